"""Watches over custody that begin again or fail: what was to be looked at then is looked at, and nothing keeps the rest
waiting."""

from __future__ import annotations

from pathlib import Path

import pytest
from road_scene import START, Road, blocks_of, drive
from sealed import MINUTE, opened
from sealed import drive as sealed_drive
from sealed_scene import Scene
from straight import NAME, corridor, strayed

from aforo.custody.case import Case
from aforo.domain.clock import microseconds
from aforo.domain.device import DeviceRegistered
from aforo.domain.event import new_event
from aforo.domain.retention import ErasedVersions, LeavesErased
from aforo.flow import custody_watch, device_acts
from aforo.flow.custody import Custody
from aforo.flow.custody_coverage import Stating
from aforo.flow.custody_verdict import case_from
from aforo.flow.custody_watch import CustodyWatch
from aforo.log.ids import event_ids


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path, "T1")


def again(road: Road) -> None:
    """The watch is killed, right after it saved what it knows; another begins."""
    said = DeviceRegistered("seal", "Norte", 600, 60)
    device_acts.register(road.custody, "another", said, actor="tester", origin="live")
    road.watch.custody.device("another")
    road.watch.custody.save()
    road.watch = CustodyWatch(road.log)


def missed(road: Road) -> list[int]:
    """Since when blocks are missing, in minutes after the sealing."""
    own = [each for each in road.caused()[-1].causes if each.kind == "missing"]
    return [(each.since - microseconds(START)) // MINUTE for each in own]


def test_a_block_that_may_still_come_is_missed_by_the_next_watch_too(road: Road) -> None:
    road.announce("T1", "")
    blocks = blocks_of(opened(drive(60), 1, 3))
    road.at(9, blocks[0])
    road.at(29, blocks[2])
    road.at(39, blocks[3])
    assert 8 not in missed(road)
    again(road)
    for number in range(4, 7):
        road.at(number * 10 + 9, blocks[number])
    assert 8 in missed(road)


def test_documents_that_came_into_force_while_no_watch_ran_are_judged_by(tmp_path: Path) -> None:
    road = Road(tmp_path, "T1", document=corridor(half_width=9_000))
    for number, block in enumerate(blocks_of(strayed(drive(), 11, 18))):
        road.at(number * 10 + 9, block)
    assert road.caused() == []
    again(road)
    judged = road.watch.judged
    road.look()
    assert road.watch.judged == judged, "where nothing is another, nothing is looked at"
    road.watch.custody.save()
    road.put(corridor(version="2"))
    road.watch = CustodyWatch(road.log)
    road.look()
    assert [(each.kind, each.road) for each in road.caused()[-1].causes] == [("deviation", NAME)]


def test_what_a_watch_had_taken_up_when_it_was_killed_the_next_one_judges(road: Road) -> None:
    road.at(9, *blocks_of(drive(5)))
    road.at(10)
    again(road)
    assert [each.trip for each in road.watch.custody.silent(2**61)] == ["T1"]
    for _ in range(2):
        again(road)
        assert [each.trip for each in road.watch.custody.touched()] == ["T1"]
    again(road)
    road.at(11)
    again(road)
    assert road.watch.custody.touched() == []


def test_a_silence_that_was_told_as_the_store_failed_is_judged_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(tmp_path)
    scene.at(9, sealed_drive(5, start=scene.start, began=scene.start))
    scene.at(10)
    scene.now = scene.now.replace(minute=40)

    def fails(own: Custody) -> None:
        raise BlockingIOError

    with monkeypatch.context() as failing:
        failing.setattr(Custody, "touched", fails)
        with pytest.raises(BlockingIOError):
            scene.watch.look()
    scene.watch.look()
    assert scene.judged() == ["intact", "silent"]


def test_a_trip_that_cannot_be_judged_keeps_no_other_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    road = Road(tmp_path, "T1", "T2")

    def case(own: Custody, trip: str, known_by: int) -> Case:
        if trip == "T1":
            raise OverflowError
        return case_from(own, trip, known_by)

    monkeypatch.setattr(custody_watch, "case_from", case)
    road.now = road.now.replace(minute=40)
    for _ in range(2):
        with pytest.raises(OverflowError):
            road.watch.look()
    assert [each.kind for each in road.caused("T2")[-1].causes] == ["silent"]


def test_a_road_that_cannot_be_stated_keeps_no_trip_waiting(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(stating: Stating, now: int) -> int:
        raise OverflowError

    monkeypatch.setattr(Stating, "look", fails)
    road.now = road.now.replace(minute=40)
    with pytest.raises(OverflowError):
        road.watch.look()
    assert [each.kind for each in road.caused()[-1].causes] == ["silent"]


def test_where_many_are_sealed_at_once_what_is_unexpected_waits_for_none_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"T{number}" for number in range(1, 6)]
    road = Road(tmp_path, *names)
    road.look()
    monkeypatch.setattr(custody_watch, "LATER_AT_ONCE", 2)
    whole = road.watch.judged
    road.now = road.now.replace(minute=9)
    for name in names[:4]:
        road.take(blocks_of(drive(6)[1:], name))
    road.take(blocks_of(opened(drive(6), 2, 3)[1:], "T5"))
    road.watch.look()
    assert road.watch.judged == whole + 3, "the one that was opened, and two that began as expected"
    assert [each.kind for each in road.caused("T5")[-1].causes] == ["opened"]
    again(road)
    road.look()
    grades = [each.grade for name in names if (each := road.custody.trip(name).judged) is not None]
    assert grades == ["device"] * 5, "none is forgotten where the watch is killed"


def test_where_a_document_changes_what_is_unexpected_waits_for_none_of_those_that_it_is_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"T{number}" for number in range(1, 6)]
    road = Road(tmp_path, *names, document=corridor(half_width=9_000))
    said = {name: blocks_of(strayed(drive(25), 11, 18), name) for name in names[:4]}
    said["T5"] = blocks_of(opened(drive(25), 21, 22), "T5")
    for number in range(4):
        road.at(number * 10 + 9, *(said[name][number] for name in names))
    assert not any(each.causes for name in names for each in road.caused(name))
    monkeypatch.setattr(custody_watch, "LATER_AT_ONCE", 2)
    whole = road.watch.judged
    road.put(corridor(version="2"))
    road.now = road.now.replace(minute=49)
    road.take(said["T5"][4:])
    road.watch.look()
    assert road.watch.judged == whole + 3, "the one that was opened, and two that the document is for"
    assert [each.kind for each in road.caused("T5")[-1].causes] == ["opened"]
    again(road)
    road.look()
    road.look()
    found = [each.kind for name in names[:4] for each in road.caused(name)[-1].causes]
    assert found == ["deviation"] * 4, "none is forgotten where the watch is killed"


def test_what_may_wait_goes_on_waiting_where_a_look_has_no_time_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"T{number}" for number in range(1, 6)]
    road = Road(tmp_path, *names)
    road.look()
    road.now = road.now.replace(minute=9)
    for name in names[:4]:
        road.take(blocks_of(drive(6)[1:], name))
    monkeypatch.setattr(custody_watch, "LATER_AT_ONCE", 0)
    for _ in range(3):
        road.watch.look()
    road.take(blocks_of(opened(drive(6), 2, 3)[1:], "T5"))
    seen: list[str] = []
    whole = CustodyWatch._judge

    def judge(watch: CustodyWatch, trip: str, now: int) -> tuple[bool, int | None]:
        seen.append(trip)
        return whole(watch, trip, now)

    monkeypatch.setattr(CustodyWatch, "_judge", judge)
    monkeypatch.setattr(custody_watch, "LATER_AT_ONCE", 50)
    road.watch.look()
    assert seen[0] == "T5"
    assert sorted(seen) == names


def test_what_is_erased_of_a_device_is_no_trip_that_is_named_like_its_stream(tmp_path: Path) -> None:
    road = Road(tmp_path, "T1")
    road.announce("device/T1-seal")
    road.look()
    at = road.log.clock()
    said = LeavesErased("no longer kept", "1", "0" * 64, (ErasedVersions("device/T1-seal", 1, 1),))
    (own,) = event_ids(1, at)
    road.log.append([new_event(own, said, "retention/log", 1, occurred_at=at, recorded_at=at, actor="tester")])
    assert {each.trip for each in road.watch.custody.trips()} == {"T1", "device/T1-seal"}
