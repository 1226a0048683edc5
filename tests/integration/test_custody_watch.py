"""The watch over custody: what is made of a trip is recorded as it changes; what must be seen to is an alert."""

from __future__ import annotations

import base64
import threading
import time
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from at_custody import key_of
from sealed import CUSTOMS, MINUTE, YARD, drive, opened
from sealed_scene import KEY, Scene

from aforo.custody.reach import reach_of
from aforo.custody.state import CustodyState
from aforo.domain.clock import instant, microseconds
from aforo.domain.device import BlockReceived, DeviceRegistered
from aforo.domain.reading import Readings, lasted
from aforo.domain.trip import Covered, Discharged, TripCause
from aforo.flow import device_acts, trip_acts
from aforo.flow.custody import Custody
from aforo.flow.custody_facts import facts_of_trips
from aforo.flow.custody_shown import device_shown
from aforo.flow.custody_verdict import verdict_on
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.telemetry import Statement, record
from aforo.intake import seal_block
from aforo.intake.seal_block import FIRST, encode
from aforo.log.stored import StoredEvent


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def part(scene: Scene, first: int, last: int) -> Readings:
    """The drive's readings from row `first` until before `last`, two minutes each."""
    return drive(31, start=scene.start, began=scene.start)[first:last]


def test_a_seal_that_reports_raises_nothing(scene: Scene) -> None:
    for minute in range(0, 60, 10):
        scene.at(minute + 9, part(scene, minute // 2, minute // 2 + 5))
    assert scene.judged() == ["intact"], "what is in order is recorded once, for lists to tell"
    assert scene.open() == []


def test_what_was_a_claim_until_the_seal_spoke_is_told_as_proven(scene: Scene) -> None:
    scene.at(0.5)
    known = scene.custody.trip("T1").judged
    assert known is not None
    assert (known.state, known.grade) == ("intact", "unsigned"), "nothing was heard yet"
    scene.at(9, part(scene, 1, 5))
    known = scene.custody.trip("T1").judged
    assert known is not None
    assert (known.state, known.grade) == ("intact", "device")


def test_a_claim_is_not_told_as_proven(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    # Of before, when what came unsigned was taken in the name of a device with a key too.
    claim, raw = part(scene, 5, 6), seal_block.unsigned("seal-1", part(scene, 5, 6))
    first, last = lasted(claim)
    hash_ = sha256(raw).hexdigest()
    block = BlockReceived("seal_text", "unsigned", base64.b64encode(raw).decode(), hash_, 1, first, last)
    record([Statement(block, "device/seal-1", instant(last), hash_)], scene.log, actor="tester")
    scene.at(12)
    known = scene.custody.trip("T1").judged
    assert known is not None
    assert (known.state, known.grade) == ("intact", "unsigned")


def test_a_breach_is_an_alert_that_a_person_closes(scene: Scene) -> None:
    scene.at(19, opened(part(scene, 0, 10), 4, 6))
    scene.at(20)
    assert scene.judged() == ["broken"]
    assert scene.open() == ["custody_broken"]
    scene.at(29, part(scene, 10, 15))
    assert scene.open() == ["custody_broken"], "that it says that it is closed settles nothing"
    trip_acts.discharge(scene.custody, "T1", Discharged("customs"), actor="tester", origin="live")
    scene.at(30)
    assert scene.judged() == ["broken", "unsealed"]
    known = scene.custody.trip("T1").judged
    assert known is not None
    assert known.before == "broken", "the list of trips tells what the seal was"
    assert scene.open() == ["custody_broken"]


def test_silence_is_told_within_a_second_of_its_due_and_over_when_the_seal_is_heard(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    scene.at(18.9)
    assert scene.open() == []
    scene.at(19 + 1 / 60)
    assert scene.judged() == ["intact", "silent"]
    assert scene.open() == ["custody_silent"]
    scene.at(30, part(scene, 5, 15))
    assert scene.judged() == ["intact", "silent", "intact"]
    assert scene.open() == []


@pytest.mark.parametrize("promise_s", [60, 7200])
def test_a_seal_is_held_to_what_was_promised_when_it_was_put_on(scene: Scene, promise_s: int) -> None:
    """Registered anew on the road, it is silent neither sooner nor later, for the watch, the verdict and the list."""
    scene.at(9, part(scene, 0, 5))
    said = DeviceRegistered("seal", "Norte", promise_s, 0, key_of(KEY))
    device_acts.register(scene.custody, "seal-1", said, actor="tester", origin="live")
    scene.at(18.9)
    assert (scene.open(), silent_in_the_list(scene)) == ([], False)
    scene.at(19 + 1 / 60)
    assert scene.open() == ["custody_silent"]
    assert verdict_on(scene.custody, "T1", None, None).state == "silent"
    scene.at(20.1)
    assert silent_in_the_list(scene)


def silent_in_the_list(scene: Scene) -> bool:
    now = microseconds(scene.now)
    return device_shown(scene.custody.device("seal-1"), scene.custody.sealed_by("seal-1"), now).silent


def test_what_comes_late_is_judged_anew(scene: Scene) -> None:
    """Silence was all that was known; what came late shows that the seal was opened meanwhile."""
    scene.at(25, part(scene, 0, 5))
    assert scene.open() == ["custody_silent"]
    scene.at(30, opened(part(scene, 5, 15), 2, 4))
    assert scene.judged() == ["silent", "broken"]
    assert scene.open() == ["custody_broken"]


def test_two_blocks_of_one_place_raise_an_alert(scene: Scene) -> None:
    scene.hear(part(scene, 0, 5))
    twin = drive(5, start=scene.start, began=scene.start, battery=7)
    scene.take([encode("seal-1", "seal-1", 1, 0, FIRST, twin, lambda said: KEY.sign(said).signature)])
    scene.at(9)
    assert scene.judged() == ["suspect"]
    assert scene.open() == ["custody_suspect"]


def test_a_trip_that_is_not_discharged_in_time_is_an_alert_until_it_is(scene: Scene) -> None:
    scene.at(4 * 60)
    assert "trip_overdue" not in scene.open()
    scene.at(5 * 60 + 1)
    assert "trip_overdue" in scene.open()
    trip_acts.discharge(scene.custody, "T1", Discharged("customs"), actor="tester", origin="live")
    scene.at(5 * 60 + 2)
    assert scene.open() == []


def test_a_watch_that_begins_anew_and_one_beside_it_say_nothing_twice(scene: Scene) -> None:
    scene.at(19, opened(part(scene, 0, 10), 4, 6))
    other = CustodyWatch(scene.log)
    assert other.look() == 0
    scene.watch = CustodyWatch(scene.log)
    scene.at(20)
    assert scene.judged() == ["broken"]


def test_of_many_statements_on_roads_the_last_one_counts_too(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene.log, "read", partial(scene.log.read, limit=2))
    said = [Covered(0, scene.start + each * MINUTE, 1, 9, CUSTOMS) for each in range(-1, 5)]
    at = scene.now
    record([Statement(each, "road/1", at, f"road:{each.until}") for each in said], scene.log, actor="tester")
    end = scene.start + 60 * MINUTE
    found = [each.payload.until for each in Custody(scene.log).covered_between(scene.start, end, reach_of(CUSTOMS))]
    assert found == [scene.start + each * MINUTE for each in range(1, 5)]


def test_of_a_trip_of_years_ago_nothing_is_read_that_roads_said_since(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    day, read = 24 * 60 * MINUTE, list[int]()
    for number in range(30):
        since = scene.start + number * day
        said = [Covered(since, since + 15 * MINUTE, 1, 9, CUSTOMS), Covered(since, since + 15 * MINUTE, 1, 9, YARD)]
        record([Statement(each, "road/1", instant(each.until), f"{number} {place}") for place, each in enumerate(said)],
               scene.log, actor="tester")  # fmt: skip
    stream = scene.log.stream

    def counted(*arguments: Any, **named: Any) -> list[StoredEvent]:
        read.append(len(found := stream(*arguments, **named)))
        return found

    custody = Custody(scene.log)
    custody.trip("T1")
    monkeypatch.setattr(scene.log, "stream", counted)
    begun, over = scene.start + 3 * day, scene.start + 4 * day + 10 * MINUTE
    found = [each.event.version for each in custody.covered_between(begun, over, reach_of(CUSTOMS))]
    assert (found, sum(read)) == ([7, 8, 9, 10], 6), "of its days, and of one more that a window may reach into"
    assert [each.event.version for each in custody.covered_between(begun, 2**60, reach_of(CUSTOMS))] == [*range(7, 61)]
    assert custody.covered_between(scene.start - 9 * day, scene.start - 8 * day, reach_of(CUSTOMS)) == []


def test_what_one_look_has_no_time_for_the_next_ones_judge(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.flow.custody_watch._LONGEST_S", 0.0)
    scene.at(19, opened(part(scene, 0, 10), 4, 6))
    scene.at(20)
    assert scene.judged() == []
    monkeypatch.setattr("aforo.flow.custody_watch._LONGEST_S", 2.0)
    scene.at(21)
    assert scene.judged() == ["broken"]


def test_what_takes_long_to_save_keeps_no_silence_waiting(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.flow.custody_watch._SAVE_EVERY", 1)
    begun, may_end, saved = threading.Event(), threading.Event(), list[tuple[int, int]]()
    keep = scene.log.projections.save

    def slowly(name: str, cursor: int, state: bytes) -> None:
        if name.startswith("custody/"):
            begun.set()
            assert may_end.wait(60)
            saved.append((cursor, threading.get_ident()))
        keep(name, cursor, state)

    monkeypatch.setattr(scene.log.projections, "save", slowly)
    scene.now += timedelta(minutes=9)
    scene.hear(part(scene, 0, 5))
    with CustodyWatch(scene.log, interval=0.01) as watch:
        assert begun.wait(60)
        scene.now += timedelta(minutes=30)
        until = time.monotonic() + 60
        while scene.judged()[-1:] != ["silent"] and time.monotonic() < until:
            time.sleep(0.01)
        assert (scene.judged()[-1:], saved) == (["silent"], [])
        may_end.set()
    assert watch.judged
    assert [cursor for cursor, _ in saved] == sorted(cursor for cursor, _ in saved), "nothing older comes after"
    assert saved[-1][0] == scene.log.read(0)[-1].position, "what is known at the end is saved before the watch is left"
    assert saved[0][1] != saved[-1][1]


def test_a_saving_that_rests_ends_when_the_watch_is_told_to_stop(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.flow.custody_watch._SAVE_EVERY", 1)
    monkeypatch.setattr("aforo.flow.custody_watch._REST", 1e9)
    scene.hear(part(scene, 0, 5))
    with CustodyWatch(scene.log, interval=0.01):
        until = time.monotonic() + 60
        while not (resting := [each for each in threading.enumerate() if each.name == "custody saving"]):
            assert time.monotonic() < until
            time.sleep(0.01)
        time.sleep(0.5)
        assert resting[0].is_alive(), "it rests behind its first part"
    assert not resting[0].is_alive()
    saved = scene.log.projections.load(f"{CustodyState.name}/{CustodyState.version}")
    assert saved is not None
    assert saved[0] == scene.log.read(0)[-1].position


def test_what_cannot_be_saved_is_told_and_keeps_nobody_from_being_told(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("aforo.flow.custody_watch._SAVE_EVERY", 1)
    monkeypatch.setattr(scene.log.projections, "save", full)
    with CustodyWatch(scene.log, interval=0.01):
        scene.now += timedelta(minutes=30)
        until = time.monotonic() + 60
        while scene.judged()[-1:] != ["silent"] and time.monotonic() < until:
            time.sleep(0.01)
    assert scene.judged()[-1:] == ["silent"]
    assert "what is known of custody could not be saved: OSError" in caplog.text
    assert "the disk" not in caplog.text


def test_a_block_that_never_comes_asks_somebody_though_the_seal_is_heard(scene: Scene) -> None:
    """Who takes out the one block that has the opening makes no silence that is longer than was promised."""
    readings = drive(56, start=scene.start, began=scene.start)
    blocks = scene.blocks(opened(readings[:30], 11, 13))
    scene.now += timedelta(minutes=59)
    scene.take([each for number, each in enumerate(blocks) if number != 2])
    scene.at(59.5)
    assert scene.open() == [], "blocks overtake each other"
    scene.at(61)
    [cause] = [each for each in caused(scene) if each.kind == "missing"]
    assert cause.grade == "device"
    assert scene.open() == ["custody_silent"]
    assert "silent" in {each.code for each in facts_of_trips([scene.watch.custody.trip("T1")])}, "it is evidence"
    scene.at(69, readings[30:35])
    assert scene.open() == ["custody_silent"], "that the seal is heard does not bring the block"
    scene.take([blocks[2]])
    scene.at(70)
    assert scene.open() == ["custody_broken"], "what was in it"
    assert "missing" not in {each.kind for each in caused(scene)}


def test_a_silence_that_ended_is_permanent_once_it_can_be_filled_no_more(scene: Scene) -> None:
    readings = drive(31, start=scene.start, began=scene.start)
    scene.at(9, readings[:5])
    scene.at(39, readings[15:20])
    scene.at(40)
    [between] = [each for each in caused(scene) if each.gap == "open"]
    for hour in range(1, 28):
        scene.at(60 * hour)
    now = {each.gap for each in caused(scene) if each.since == between.since}
    assert now == {"permanent", "late_filled"}, "though nothing else was heard"


def caused(scene: Scene) -> list[TripCause]:
    """What is cause to act on the trip, as it was recorded last."""
    said = scene.watch.custody.trip("T1").caused
    return [] if said is None else list(said.causes)
