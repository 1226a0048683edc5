"""What is cause to act on a trip is on a stream beside the trip's own: who is given its record is not told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from both_verifiers import both
from road_scene import Road, blocks_of, drive
from sealed import opened
from straight import strayed
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.custody.bundle import Leaf, read
from aforo.domain.event import Payload, new_event
from aforo.domain.reading import Readings
from aforo.domain.trip import CustodyJudged, Discharged, TripCaused, Withdrawn
from aforo.flow import custody_watch, trip_acts
from aforo.flow.alert_acts import close
from aforo.flow.alerts import Alerts
from aforo.flow.custody import Custody
from aforo.flow.custody_bundle import bundle_of, state_custody
from aforo.flow.custody_facts import facts_of_trips
from aforo.flow.custody_watch import CustodyWatch
from aforo.log.ids import event_id
from aforo.log.sequencer import sequence

FENCES = b"""id = "watched"
version = "1"
[[fence]]
id = "hideout"
name = "Hideout"
use = "watched"
source = "assumed"
circle = { lat = 26.2, lon = -100.1, metres = 20000 }
"""


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path, "T1")


def strays() -> Readings:
    """It leaves its road, and its seal is opened there."""
    return opened(strayed(drive(), 11, 18), 14, 16)


def said(road: Road, stream: str, kind: type[Payload]) -> list[Payload]:
    return [each.payload for each in road.log.stream(stream) if isinstance(each.payload, kind)]


def told_by(road: Road, data: bytes) -> bytes:
    """All that a bundle which both verifiers take says in clear."""
    assert both(road.log, data).compared == ("T1-seal",)
    return b"\n".join(each.body for each in read(data).leaves if isinstance(each, Leaf))


def test_a_watched_fence_is_told_of_the_trip_and_asks_nobody(road: Road) -> None:
    """Each truck on the road through a town that is watched was a theft to be answered."""
    road.put(FENCES)
    for number, block in enumerate(blocks_of(drive())):
        road.at(number * 10 + 9, block)
    told = [cause for each in road.caused() for cause in each.causes]
    assert {each.kind for each in told} >= {"geofence_watched"}
    assert {each.kind for each in told} <= {"geofence_watched", "geofence_left"}
    assert [kind for kind, _ in road.open() if kind != "trip_overdue"] == []
    assert facts_of_trips([road.custody.trip("T1")]) == []


def test_what_comes_before_the_first_look_is_held_against_the_documents(road: Road) -> None:
    """Others who work with the watch's custody read the log on before it has looked once."""
    road.put(FENCES)
    told = []
    for number, block in enumerate(blocks_of(strays())):
        road.at(number * 10 + 9, block)
        told.append(CustodyWatch(road.log).custody.stands("T1-seal"))
    assert any(each is not None and each.fences for each in told)
    assert any(each is not None and each.beyond > 0 for each in told)


def test_a_bundle_says_nothing_of_where_trucks_are_watched(road: Road, tmp_path: Path) -> None:
    road.put(FENCES)
    for number, block in enumerate(blocks_of(strays())):
        road.at(number * 10 + 9, block)
    assert {"deviation", "geofence_watched", "opened"} <= {each.kind for each in road.caused()[-1].causes}
    state_custody(Custody(road.log), "T1")
    sequence(road.log)
    made = tmp_path / "made.bundle"
    where = ["--store", str(tmp_path / "log.sqlite"), "--keys", str(tmp_path / "keys")]
    result = CliRunner().invoke(complete_app(), ["bundle", "make", "T1", "-o", str(made), *where])
    assert result.exit_code == 0, result.output
    for data in (bundle_of(road.log, "T1"), made.read_bytes()):
        told = told_by(road, data)
        assert b"trip.judged" in told, "what became of its seal is the carrier's to know"
        for word in (b"trip.caused", b"hideout", b'"metres"', b'"latitude"'):
            assert word not in told.lower(), word


def test_a_log_of_before_goes_on_with_the_causes_that_its_trips_have(road: Road) -> None:
    """Versions of before recorded them on the trip's own stream."""
    road.now = road.now.replace(hour=7)
    road.take(blocks_of(strays()))
    found_of, made = custody_watch.found_of, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(custody_watch, "found_of", lambda *args: made.append(found_of(*args)) or (None, None))
        CustodyWatch(road.log).look()
    before = made[-1][0]
    version, at = road.log.versions(["trip/T1"])["trip/T1"], road.log.clock()
    road.log.append(
        [new_event(event_id(at), before, "trip/T1", version + 1, occurred_at=at, recorded_at=at, actor="node")]
    )
    road.look()
    assert ("trip_astray", "trip/T1") in road.open()
    assert road.caused() == [], "they are those that stand"
    assert Custody(road.log).trip("T1").caused == before
    # Its road is no more: what came of it is withdrawn beside the trip, and what stays keeps its name.
    open_before = road.open()
    road.announce("T1", "")
    road.look()
    (last,) = road.caused()
    assert [(each.kind, each.why) for each in last.withdrawn] == [("deviation", "judged_otherwise")]
    assert {each.id for each in last.causes} == {each.id for each in before.causes if each.kind != "deviation"}
    assert set(open_before) - set(road.open()) == {("trip_astray", "trip/T1")}
    for custody in (Custody(road.log), road.custody):
        assert custody.trip("T1").caused == last
    state_custody(Custody(road.log), "T1")
    sequence(road.log)
    assert told_by(road, bundle_of(road.log, "T1")).count(b'"trip.caused"') == 1


def test_of_two_watches_side_by_side_the_slower_says_nothing_of_it(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other judges the trip when this one has read it and recorded nothing yet: once of it all, once of its causes
    alone."""
    other, found_of = CustodyWatch(road.log), custody_watch.found_of
    between: list[None] = []

    def slower(*args: Any) -> Any:
        made = found_of(*args)
        if between:
            between.pop()
            other.look()
        return made

    monkeypatch.setattr(custody_watch, "found_of", slower)
    for number, block in enumerate(blocks_of(strayed(drive(), 11, 18))):
        between.append(None)
        road.at(number * 10 + 9, block)
    other.look()
    assert [each.kind for each in road.caused()[-1].causes] == ["deviation"]
    for stream, kind in (("causes/T1", TripCaused), ("trip/T1", CustodyJudged)):
        every = [repr(each) for each in said(road, stream, kind)]
        assert every
        assert len(every) == len(set(every))
    assert road.open() == [("trip_astray", "trip/T1")]
    assert len(Alerts(road.log).open()[0].causes) == 1


def test_a_silence_is_settled_by_the_discharge_however_long_its_trip_was_watched(road: Road) -> None:
    """Versions of the stream of causes are none of the trip's: the trip may have fewer."""
    blocks = blocks_of(strayed(drive(), 11, 18))
    for number, block in enumerate(blocks[:4]):
        road.at(number * 10 + 9, block)
    while len(road.caused()) <= road.log.versions(["trip/T1"])["trip/T1"]:
        _another(road)
    road.at(120)
    assert ("custody_silent", "trip/T1") in road.open()
    trip_acts.discharge(road.custody, "T1", Discharged("customs"), actor="tester", origin="live")
    road.alerts.look()
    assert ("custody_silent", "trip/T1") not in road.open()


@pytest.mark.parametrize("silent", [True, False])
def test_a_block_that_never_came_is_not_settled_by_the_discharge(road: Road, silent: bool) -> None:
    """What was in it is not known: whoever took it out had only to reach the end of the trip."""
    road.announce("T1", "")
    blocks = blocks_of(drive(30))
    road.at(59, *blocks[:2], *blocks[3:])
    road.at(61)
    if silent:
        road.at(200)
    assert road.open() == [("custody_silent", "trip/T1")]
    causes = [each.about.partition("#")[2].partition(":")[0] for each in Alerts(road.log).open()[0].causes]
    assert causes == ["missing", "silent"][: 1 + silent]
    trip_acts.discharge(road.custody, "T1", Discharged("customs"), actor="tester", origin="live")
    road.look()
    assert road.open() == [("custody_silent", "trip/T1")]
    assert "silent" in {each.code for each in facts_of_trips([road.custody.trip("T1")])}, "it is evidence still"
    # The block comes.
    last = road.caused()[-1]
    (missing,) = [each for each in last.causes if each.kind == "missing"]
    rest = tuple(each for each in last.causes if each is not missing)
    _record(road, TripCaused(rest, (Withdrawn(missing.id, missing.kind, "late_data"),), last.judged_by))
    road.alerts.look()
    assert road.open() == []


def test_a_person_closes_the_alert_of_a_block_that_never_came(road: Road) -> None:
    road.announce("T1", "")
    blocks = blocks_of(drive(30))
    road.at(59, *blocks[:2], *blocks[3:])
    road.at(61)
    trip_acts.discharge(road.custody, "T1", Discharged("customs"), actor="tester", origin="live")
    road.look()
    (alert,) = Alerts(road.log).open()
    close(Alerts(road.log), alert.alert_id, "The seal was read out at the yard.", "tester")
    assert road.open() == []


def _another(road: Road) -> None:
    """The causes once more, as they might stand after another reading."""
    _record(road, road.caused()[-1])


def _record(road: Road, said: TripCaused) -> None:
    version, at = road.log.versions(["causes/T1"])["causes/T1"], road.log.clock()
    road.log.append(
        [new_event(event_id(at), said, "causes/T1", version + 1, occurred_at=at, recorded_at=at, actor="node")]
    )
