"""What is told late of trips that are over: not of years ago to who reads the log anew, by the documents of their day,
with those that they set out with, and never so long that a silence is told late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from at_custody import key_of
from road_scene import KEY, START, Road, blocks_of
from road_scene import drive as on_the_road
from sealed import MINUTE, drive, opened
from sealed_scene import Scene
from straight import NAME, corridor, strayed
from test_custody_late import discharge, part, seal

from aforo.custody.state import CustodyState
from aforo.custody.trip import KnownTrip
from aforo.domain.device import DeviceRegistered
from aforo.domain.trip import Discharged, Sealed
from aforo.flow import custody_watch, device_acts, trip_acts
from aforo.flow.custody import Custody
from aforo.flow.custody_watch import CustodyWatch

DAY = 24 * 60
SAVED = f"{CustodyState.name}/{CustodyState.version}"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path, "T1")


def end(road: Road, trip: str, minutes: float) -> None:
    """A trip is discharged, and the watches see that."""
    road.now = START + timedelta(minutes=minutes)
    trip_acts.discharge(road.custody, trip, Discharged("customs"), actor="tester", origin="live")
    road.look()


def late_loads(custody: Custody) -> list[list[str]]:
    """What is told late, device by device."""
    found = []
    while (told := custody.late()) is not None:
        found.append([each.trip for each in told])
    return found


@pytest.mark.parametrize(("days", "told"), [(1, ["T2", "T1"]), (30, ["T2"])])
def test_who_reads_the_log_anew_looks_again_at_none_of_long_ago(scene: Scene, days: int, told: list[str]) -> None:
    """The block that is under way when a seal is taken off speaks of the load; so each load of years was looked at."""
    scene.at(9, part(scene, 0, 5))
    under_way = scene.blocks(part(scene, 5, 10))
    discharge(scene, 18.5)
    scene.take(under_way)
    scene.at(DAY * days)
    seal(scene, "T2")
    again = drive(10, start=scene.start + DAY * days * MINUTE, began=scene.start + DAY * days * MINUTE, first=11)
    scene.at(DAY * days + 9, again[:5])
    under_way = scene.blocks(again[5:])
    discharge(scene, DAY * days + 18.5, "T2")
    scene.take(under_way)
    scene.log.projections.drop(SAVED)
    assert late_loads(Custody(scene.log)) == [told]


def test_of_whom_a_watch_saved_what_it_knows_all_is_judged_however_long_none_ran(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    discharge(scene, 60)
    scene.watch.custody.save()
    scene.now += timedelta(minutes=9)
    scene.hear(opened(part(scene, 5, 15), 2, 4))
    scene.now += timedelta(days=9)
    seal(scene, "T2")
    scene.watch = CustodyWatch(scene.log)
    scene.at(10 * DAY)
    assert "custody_broken" in scene.open()


@pytest.mark.parametrize("widths", [(9_000, 2_000), (2_000, 9_000)])
def test_a_trip_that_is_over_is_judged_by_the_documents_of_its_day(tmp_path: Path, widths: tuple[int, int]) -> None:
    """By a corridor of later it would have left its road, or would not."""
    road = Road(tmp_path, "T1", document=corridor(half_width=widths[0]))
    blocks = blocks_of(strayed(on_the_road(), 11, 18))
    road.at(49, *blocks[:5])
    end(road, "T1", 59.5)
    told, opened_before = road.caused(), road.open()
    assert [each.kind for each in told[-1].causes if each.kind == "deviation"] == ["deviation"] * (widths[0] == 2_000)
    road.now = START + timedelta(days=9)
    road.put(corridor(half_width=widths[1], version="2"))
    road.look()
    road.look()
    road.take(blocks[5:])
    road.look()
    road.log.projections.drop(SAVED)
    road.watch = CustodyWatch(road.log)
    road.look()
    assert [each for each in road.caused()[len(told) :] if each.withdrawn] == []
    assert {each.kind for each in road.caused()[-1].causes} <= {each.kind for each in told[-1].causes} | {"silent"}
    assert road.open() == opened_before


def test_a_fence_of_later_is_none_for_trips_that_were_over(road: Road) -> None:
    fence = b"""id = "shut"
version = "1"
[[fence]]
id = "hill"
name = "Hill"
use = "forbidden"
source = "assumed"
circle = { lat = 26.2, lon = -100.1, metres = 20000 }
"""
    at = START + timedelta(minutes=1)
    ruled = road.watch.custody.roads.ruled
    before = ruled(NAME, at)
    road.now = at + timedelta(minutes=1)
    road.put(fence)
    assert (len(before.fences.fences), len(ruled(NAME, at).fences.fences), len(ruled(NAME, None).fences.fences)) == (
        0,
        0,
        1,
    )
    assert ruled(NAME, at).hashes == before.hashes
    assert ruled(NAME, road.now) == ruled(NAME, None)
    assert ruled(NAME, START - timedelta(days=1)).road is None


def convoy(folder: Path) -> Road:
    """A and B set out together under seals of their own; that of A may be silent for half an hour."""
    road = Road(folder)
    for trip, promise_s in (("A", 1800), ("B", 600)):
        said = DeviceRegistered("seal", "Norte", promise_s, 60, key_of(KEY))
        device_acts.register(road.custody, f"{trip}-seal", said, actor="tester", origin="live")
        road.announce(trip, convoy="night")
        trip_acts.seal(road.custody, trip, Sealed(f"{trip}-seal", "MX 1"), actor="tester", origin="live")
    return road


def splits(road: Road, trip: str) -> int:
    caused = road.caused(trip)
    return 0 if not caused else sum(each.kind == "convoy_split" for each in caused[-1].causes)


@pytest.mark.parametrize(("minutes", "again"), [(34, False), (40, False), (40, True)])
def test_what_one_that_arrived_tells_late_joins_those_that_it_set_out_with(
    tmp_path: Path, minutes: int, again: bool
) -> None:
    """It stood where it was heard last, as was thought, and drove on beside the other. Whether that is over or not, and
    whether another convoy bears the name now."""
    road = convoy(tmp_path)
    beside, own = blocks_of(on_the_road(15), "A"), blocks_of(on_the_road(15), "B")
    road.at(8, beside[0], own[0])
    road.at(28, *own[1:3])
    end(road, "A", 29)
    road.at(30)
    assert splits(road, "B") == 1
    assert ("convoy_split", "convoy/ABCD/night") in road.open()
    if minutes > 35:
        end(road, "B", 35)
        if again:
            road.announce("C", convoy="night")
    assert splits(road, "B") == 1
    road.at(minutes, *beside[1:])
    road.look()
    assert splits(road, "B") == 0
    assert [each[0] for each in road.open() if each[0] == "convoy_split"] == []


class Slow:
    """A clock by which each judgement takes a second."""

    def __init__(self) -> None:
        self.now, self.judged = 0.0, list[str]()

    def monotonic(self) -> float:
        return self.now


def test_a_device_of_many_loads_ends_no_look_late(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its loads may take long, and meanwhile no silence is told."""
    for number in range(1, 7):
        scene.at(20 * number, part(scene, 10 * number - 5, 10 * number, 99))
        discharge(scene, 20 * number + 1, f"T{number}")
        scene.at(20 * number + 2)
        seal(scene, f"T{number + 1}")
    slow, see_to = Slow(), CustodyWatch._see_to

    def seen(watch: CustodyWatch, known: KnownTrip, now: int) -> bool:
        slow.now += 1.0
        slow.judged.append(known.trip)
        return see_to(watch, known, now)

    scene.now += timedelta(minutes=1)
    scene.take(scene.blocks(opened(part(scene, 0, 5), 1, 2)))
    monkeypatch.setattr(CustodyWatch, "_see_to", seen)
    monkeypatch.setattr(custody_watch, "time", slow)
    looks: list[Sequence[str]] = []
    for _ in range(6):
        slow.judged = []
        scene.watch.look()
        looks.append(slow.judged)
    assert max(map(len, looks)) <= 4, looks
    assert {f"T{number}" for number in range(1, 8)} <= {each for own in looks for each in own}
    assert looks[-1] == []
