"""What a seal says of a load after it was taken off is judged, raises what it shows, and fills what it fills."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sealed import MINUTE, drive, opened
from sealed_scene import Scene

from aforo.custody import state as custody_state
from aforo.custody.retention import shipped
from aforo.domain.alert import AlertRaised
from aforo.domain.reading import Readings
from aforo.domain.trip import Discharged, Sealed, TripCause, TripOpened, Unsealed
from aforo.flow import trip_acts
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_loads import loads_since
from aforo.flow.custody_verdict import verdict_on
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.response_watch import Responding
from aforo.flow.responses import Responses
from aforo.flow.retention import erase_due

HOUR = 60


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def part(scene: Scene, first: int, last: int, count: int = 31) -> Readings:
    return drive(count, start=scene.start, began=scene.start)[first:last]


def discharge(scene: Scene, minutes: float, trip: str = "T1") -> None:
    """A trip is discharged, and the watches have seen that."""
    scene.at(minutes)
    trip_acts.discharge(scene.custody, trip, Discharged("yard"), actor="tester", origin="live")
    scene.at(minutes + 0.1)


def seal(scene: Scene, trip: str) -> None:
    said = TripOpened("export", "ABCD", scene.now + timedelta(hours=5))
    trip_acts.open_(scene.custody, trip, said, actor="tester", origin="live")
    trip_acts.seal(scene.custody, trip, Sealed("seal-1", f"MX {trip}"), actor="tester", origin="live")


def before(scene: Scene, trip: str = "T1") -> str:
    """What the list says that the seal was, as the watch recorded it last."""
    judged = scene.custody.trip(trip).judged
    assert judged is not None
    return judged.before


def causes(scene: Scene, trip: str = "T1") -> dict[str, TripCause]:
    """What is cause to act on a trip, as it was recorded last, by kind; of each the last."""
    caused = scene.custody.trip(trip).caused
    return {} if caused is None else {each.kind: each for each in caused.causes}


def test_an_opening_that_a_seal_tells_after_the_discharge_is_found(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    discharge(scene, 60)
    assert scene.open() == []
    scene.at(70, opened(part(scene, 5, 15), 2, 4))
    assert verdict_on(scene.custody, "T1", None, None).before == "broken"
    assert before(scene) == "broken"
    assert "opened" in causes(scene)
    assert scene.open() == ["custody_broken"]
    looked = scene.watch.judged
    scene.at(71)
    assert scene.watch.judged == looked, "once"


def test_no_response_on_the_road_starts_for_a_trip_that_is_over(scene: Scene) -> None:
    responding = Responding(Custody(scene.log))
    scene.at(9, part(scene, 0, 5))
    discharge(scene, 60)
    scene.at(70, opened(part(scene, 5, 15), 2, 4))
    scene.at(71)
    responding.look()
    assert scene.open() == ["custody_broken"]
    assert Responses(Custody(scene.log)).all() == []


def test_what_was_raised_before_the_discharge_has_its_response(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    scene.at(29, opened(part(scene, 5, 15), 2, 4))
    discharge(scene, 30)
    Responding(Custody(scene.log)).look()
    assert [each.kind for each in Responses(Custody(scene.log)).open()] == ["theft"]


@pytest.mark.parametrize("since", [61, 75])
def test_what_a_seal_tells_of_the_load_before_is_of_that_load(scene: Scene, since: int) -> None:
    """Whether the next load has it on before that is heard, or only after."""
    scene.at(9, part(scene, 0, 5))
    discharge(scene, 60)
    if since < 70:
        scene.at(since)
        seal(scene, "T2")
    scene.at(70, opened(part(scene, 5, 15), 2, 4))
    if since > 70:
        scene.at(since)
        seal(scene, "T2")
    scene.at(90, part(scene, 39, 43, 60))
    assert before(scene) == "broken"
    assert scene.open() == ["custody_broken"]
    assert "opened" not in causes(scene, "T2")
    [raised] = [each.payload for each in scene.log.read(types=(AlertRaised.TYPE,))
                if isinstance(each.payload, AlertRaised) and each.payload.kind == "custody_broken"]  # fmt: skip
    assert raised.subject == "trip/T1"


def test_a_seal_that_was_replaced_on_the_road_breaks_the_trip_that_goes_on(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    scene.at(30)
    trip_acts.unseal(scene.custody, "T1", Unsealed("seal-1", "customs"), actor="tester", origin="live")
    scene.at(31)
    scene.at(40, opened(part(scene, 5, 15), 2, 4))
    scene.at(40.1)
    assert before(scene) == "broken"
    assert scene.open() == ["custody_broken"]


def test_a_seal_that_reports_on_without_a_load_has_nothing_judged(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    scene.at(19, part(scene, 5, 10))
    discharge(scene, 19.5)
    looked = scene.watch.judged
    for number in range(2, 7):
        scene.at(10 * number + 9, part(scene, 5 * number, 5 * number + 5, 60))
    assert scene.watch.judged == looked


def test_that_the_last_of_a_load_never_came_is_told_by_what_follows_it(scene: Scene) -> None:
    """What would have come next is of the load, and what shows that it did not is not."""
    scene.at(9, part(scene, 0, 5))
    lost, after = scene.blocks(part(scene, 5, 10)), scene.blocks(part(scene, 10, 15))
    discharge(scene, 19.8)
    scene.now += timedelta(minutes=10)
    scene.take(after)
    scene.at(30)
    scene.at(200)
    assert "missing" in causes(scene)
    scene.take(lost)
    scene.at(201)
    assert "missing" not in causes(scene)


def test_two_blocks_of_one_place_convict_after_the_load_is_over_too(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    discharge(scene, 18)
    assert before(scene) == "intact"
    scene._chain = (0, bytes(32))
    scene.at(40, part(scene, 15, 19))
    assert before(scene) == "suspect"
    assert scene.open() == ["custody_suspect"]


def test_a_gap_is_permanent_when_it_can_be_filled_no_more_though_the_trip_is_over(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    scene.at(39, part(scene, 15, 20))
    discharge(scene, 40)
    assert causes(scene)["silent"].gap == "late_filled", "the last of them"
    assert "open" in gaps(scene)
    for hour in range(1, 27):
        scene.at(HOUR * hour)
    assert gaps(scene) == {"late_filled", "permanent"}
    looked = scene.watch.judged
    for hour in range(27, 60):
        scene.at(HOUR * hour)
    assert scene.watch.judged <= looked + 1, "and then it is over"


def gaps(scene: Scene) -> set[str]:
    caused = scene.custody.trip("T1").caused
    return set() if caused is None else {each.gap for each in caused.causes}


def test_a_watch_that_begins_anew_waits_for_the_gap_of_a_trip_that_is_over(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    scene.at(39, part(scene, 15, 20))
    discharge(scene, 40)
    scene.watch.custody.save()
    scene.watch = CustodyWatch(scene.log)
    scene.at(27 * HOUR)
    assert gaps(scene) == {"late_filled", "permanent"}


def test_a_watch_that_begins_anew_judges_what_came_late_while_none_ran(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    discharge(scene, 60)
    scene.watch.custody.save()
    scene.now += timedelta(minutes=9)
    scene.hear(opened(part(scene, 5, 15), 2, 4))
    # Another process reads that, keeps what it knows, and judges nothing.
    Custody(scene.log).save()
    scene.watch = CustodyWatch(scene.log)
    scene.at(71)
    assert before(scene) == "broken"


def test_of_a_trip_that_is_known_by_the_log_alone_it_is_told_too(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody_state, "MOST_OVER", 1)
    scene.at(9, part(scene, 0, 5))
    discharge(scene, 60)
    for number in range(2, 5):
        scene.at(60 + number)
        seal(scene, f"T{number}")
        discharge(scene, 60 + number, f"T{number}")
    scene.at(70, opened(part(scene, 5, 15), 2, 4))
    assert before(scene) == "broken"
    assert scene.open() == ["custody_broken"]
    scene.watch.custody.touch(["T1"])
    assert [each.trip for each in scene.watch.custody.touched()] == ["T1"]


def test_a_trip_that_was_sealed_and_over_before_anybody_looked_is_judged(scene: Scene) -> None:
    """As it is where somebody looked in between."""
    scene.now += timedelta(minutes=40)
    trip_acts.discharge(scene.custody, "T1", Discharged("yard"), actor="tester", origin="live")
    scene.at(45, opened(part(scene, 0, 15), 2, 4))
    assert before(scene) == "broken"


def test_a_trip_whose_words_were_erased_is_left_alone(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    discharge(scene, 60)
    late = scene.blocks(opened(part(scene, 5, 15), 2, 4))
    scene.now += timedelta(days=6 * 366)
    erase_due(scene.log, shipped(), scene.now, "due", actor="tester")
    written = scene.log.versions(["trip/T1", "causes/T1"])
    scene.take(late)
    scene.watch.look()
    scene.alerts.look()
    assert scene.log.versions(["trip/T1", "causes/T1"]) == written
    with pytest.raises(UnknownTripError):
        scene.custody.trip("T1")
    assert scene.open() == []


def test_a_clock_that_was_set_back_by_years_is_of_no_load(scene: Scene) -> None:
    """Seals wake up in 1970: each block would have every load judged anew that the seal ever was on."""
    scene.at(9, part(scene, 0, 5))
    discharge(scene, 10)
    looked = scene.watch.judged
    woken = part(scene, 5, 10)
    woken["at"][0] = 0
    scene.at(20, woken)
    assert scene.watch.judged == looked


def test_the_loads_of_a_device_are_found_page_by_page(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.flow.custody_loads._PAGE", 2)
    scene.at(9, part(scene, 0, 5))
    for number in range(2, 5):
        discharge(scene, 10 * number, f"T{number - 1}")
        scene.at(10 * number + 1)
        seal(scene, f"T{number}")
        scene.at(10 * number + 2, part(scene, 5 * number - 5, 5 * number))

    def found(minutes: int) -> list[str]:
        return loads_since(scene.log, "seal-1", scene.start + minutes * MINUTE)

    assert found(100) == ["T4"]
    assert found(31) == ["T4", "T3"]
    assert found(30) == ["T4", "T3", "T2"]
    assert found(-1) == ["T4", "T3", "T2", "T1"]
    monkeypatch.setattr("aforo.flow.custody_loads.MOST_LOADS", 3)
    assert found(-1) == ["T4", "T3", "T2"]
    assert loads_since(scene.log, "nobody", scene.start) == []
