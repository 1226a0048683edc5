"""The live state of a bridge follows from the events alone: late, twice, cut anywhere; what is missing is missing."""

from __future__ import annotations

import base64
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest

from aforo.domain.bridge import (
    RESOURCES,
    ExaminationEnded,
    ExaminationQueued,
    ExaminationStarted,
    GateReads,
    LanesOpen,
    PublishedLaneWait,
    Staffed,
    WaitsPublished,
)
from aforo.domain.clock import microseconds
from aforo.domain.decision import Examination
from aforo.domain.event import Examined, Moved, Overridden, Payload, new_event
from aforo.domain.outcome import Outcome
from aforo.flow.bridge_state import numbers_of
from aforo.log.merkle import leaf_hash
from aforo.log.stored import StoredEvent, encode
from aforo.ports import state as states
from aforo.ports import work as works
from aforo.ports.document import PortDocument
from aforo.ports.shipped import port_called
from aforo.ports.standing import BridgeState, Capacity, bridge_load, bridge_state
from aforo.ports.state import BridgesState
from aforo.routing import choice

#: A Monday, 14:00 at Laredo.
NOW = datetime(2026, 1, 5, 20, tzinfo=UTC)
BRIDGE = "world-trade"


def laredo() -> PortDocument:
    port = port_called("2304")
    assert port is not None
    return port


def stored(place: int, payload: Payload, minutes: float, stream: str = f"port/{BRIDGE}") -> StoredEvent:
    """An event that happened so many minutes before NOW, and was recorded at NOW."""
    happened = NOW - timedelta(minutes=minutes)
    event = new_event(f"e{place}", payload, stream, place, occurred_at=happened, recorded_at=NOW, actor="tester")
    body = encode(event)
    return StoredEvent(place, leaf_hash(body), body)


def packed(values: list[int], kind: str) -> str:
    return base64.b64encode(np.array(values, kind).tobytes()).decode()


def block(reader: str, place: Any, minutes: list[float], first: int = 1, lane: Any = None) -> GateReads:
    """Readings of one truck after another, so many minutes before NOW."""
    instants = sorted(microseconds(NOW - timedelta(minutes=each)) for each in minutes)
    return GateReads(
        reader,
        BRIDGE,
        place,
        packed(instants, "<i8"),
        packed(list(range(first, first + len(minutes))), "<u8"),
        "",
        lane,
    )


def state_of(*events: StoredEvent) -> BridgesState:
    state = BridgesState()
    state.apply(events)
    return state


def at(
    state: BridgesState, minutes: float = 0, scanners: dict[Any, Capacity] | None = None, bridge: str = BRIDGE
) -> BridgeState:
    port = laredo()
    own = port.bridge(bridge)
    assert own is not None
    return bridge_state(
        state, bridge_load(state, port, own, scanners or {}, microseconds(NOW + timedelta(minutes=minutes)))
    )


def resource(told: BridgeState, name: Any) -> Any:
    return told.load.resources[RESOURCES.index(name)]


def test_resources_are_those_of_the_choice() -> None:
    assert RESOURCES == choice.RESOURCES


def test_of_a_bridge_that_nobody_reports_of_only_the_document_speaks() -> None:
    told = at(BridgesState())
    assert (told.load.bridge, told.load.port, told.load.weekday, told.load.minute) == (BRIDGE, "2304", 0, 14 * 60)
    assert (told.waits.missing, told.waits.queue, told.load.arrivals) == ("no_reads", None, None)
    assert all(math.isnan(each) for each in told.load.backlog_minutes())
    scanner = resource(told, "scanner")
    assert (scanner.up.value, scanner.up.source, scanner.waiting, scanner.backlog) == (9.0, "assumed", None, None)
    assert math.isnan(told.load.units_up()[RESOURCES.index("yard")])
    standard = told.lanes[1]
    assert (standard.lane, standard.open.value, standard.open.source) == ("standard", 11.0, "assumed")
    assert told.lanes[2].open is None, "empties have no booths of their own"
    night = at(BridgesState(), minutes=-10 * 60)
    assert resource(night, "scanner").up.value == 0.0, "the bridge is closed at four in the morning"
    assert resource(night, "scanner").stands.value == 9.0, "what stands there goes nowhere at night"
    assert (night.load.closed, told.load.closed) == (True, False)


def test_what_is_stated_counts_for_a_shift_and_a_late_word_changes_nothing() -> None:
    state = state_of(
        stored(1, LanesOpen({"standard": 7, "fast": 2}), 30),
        stored(2, LanesOpen({"standard": 3}), 90),
        stored(3, Staffed({"scanner": 4}), 10),
        stored(4, LanesOpen({"fast": 1}), 5),
    )
    told = at(state)
    assert [(each.open.value, each.open.source) for each in told.lanes[:2]] == [(1.0, "stated"), (7.0, "stated")]
    assert resource(told, "booth").up.value == 8.0
    assert resource(told, "booth").up.at == microseconds(NOW - timedelta(minutes=30))
    assert (resource(told, "scanner").up.value, resource(told, "scanner").up.source) == (4.0, "stated")
    later = at(state, minutes=24 * 60)
    assert later.lanes[1].open.source == "assumed"


def test_what_is_up_is_the_lesser_of_what_stands_and_what_is_manned() -> None:
    state = state_of(stored(1, Staffed({"scanner": 4, "dock": 50}), 10))
    assert resource(at(state, scanners={"scanner": Capacity(2, 3, 77)}), "scanner").up.value == 2.0
    known = resource(at(state, scanners={"scanner": Capacity(6, 9, 77)}), "scanner")
    assert (known.up.value, known.up.source, known.stands.value, known.stands.source) == (4.0, "stated", 9.0, "log")
    assert resource(at(state), "dock").up.value == 7.0
    assert resource(at(state, scanners={"scanner": Capacity(0, 9, 77)}), "scanner").up.value == 0.0


def test_who_waits_beyond_the_room_that_there_is_has_none() -> None:
    def waiting(count: int) -> Any:
        events = (stored(each, ExaminationQueued(f"T{each}", "scanner", 480_000), 20) for each in range(1, count + 1))
        return resource(at(state_of(*events)), "scanner")

    assert (waiting(35).room.value, waiting(35).room.source) == (36.0, "assumed")
    # Nobody is served yet: nine of those that are sent have a free scanner, as they come.
    assert waiting(36).up.value == 9.0
    assert [(waiting(each).full, waiting(each).without_room) for each in (36, 44, 45, 49)] == [
        (False, 0), (False, 0), (True, 0), (True, 4),
    ]  # fmt: skip
    crowded = [stored(each, ExaminationQueued(f"T{each}", "scanner", 480_000), 20) for each in range(1, 46)]
    served = [stored(each + 45, ExaminationStarted(f"T{each}", "scanner"), 10) for each in range(1, 11)]
    for serving, told in ((8, (True, 0)), (9, (True, 0)), (10, (False, 0))):
        busy = resource(at(state_of(*crowded, *served[:serving])), "scanner")
        assert (busy.serving, busy.waiting, (busy.full, busy.without_room)) == (serving, 45 - serving, told)
    seen = numbers_of(at(state_of(*crowded)).load)
    assert list(seen.full) == [True, *[False] * 5]
    assert list(seen.room)[:2] == [36.0, 4.0]
    unheard = resource(at(BridgesState()), "scanner")
    assert (unheard.full, unheard.without_room) == (False, None)
    assert resource(at(BridgesState()), "joint").room is None, "World Trade has no joint docks"
    assert resource(at(BridgesState()), "booth").room is None


def test_work_waits_is_served_and_ends() -> None:
    events = [
        stored(1, ExaminationQueued("A", "scanner", 480_000), 20),
        stored(2, ExaminationQueued("B", "scanner", 600_000), 15),
        stored(3, ExaminationStarted("A", "scanner", unit="S-1"), 3),
        stored(4, ExaminationQueued("C", "scanner"), 2),
        stored(5, ExaminationStarted("D", "dock", 3_600_000), 10),
    ]
    told = at(state_of(*events))
    scanner = resource(told, "scanner")
    assert (scanner.waiting, scanner.serving, scanner.unpredicted) == (2, 1, 1)
    # A has five of its eight minutes to go, B ten, and C the document's mean of eight.
    assert scanner.backlog.value == 5 + 10 + 8
    assert scanner.backlog.at == microseconds(NOW - timedelta(minutes=2))
    assert resource(told, "dock").backlog.value == 50.0
    assert resource(told, "joint").backlog is None
    assert told.load.backlog_minutes()[:1] == [23.0]
    ended = at(state_of(*events, stored(6, ExaminationEnded("A", "scanner"), 1)))
    assert (resource(ended, "scanner").serving, resource(ended, "scanner").backlog.value) == (0, 18.0)
    overdue = at(state_of(*events), minutes=60)
    assert resource(overdue, "dock").backlog.value == 18.0, "it is not over yet: three tenths of what was predicted"
    unended = at(state_of(*events), minutes=4 * 60)
    assert resource(unended, "dock").backlog.value == 0.0, "its end was not reported"
    day_later = at(state_of(*events), minutes=25 * 60)
    assert resource(day_later, "scanner").waiting == 0, "nobody is waited for that nothing is heard of for a day"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
def test_a_late_word_of_work_does_not_bring_it_back(order: tuple[int, ...]) -> None:
    events = [
        stored(1, ExaminationQueued("A", "scanner", 480_000), 20),
        stored(2, ExaminationStarted("A", "scanner"), 10),
        stored(3, ExaminationEnded("A", "scanner"), 5),
    ]
    scanner = resource(at(state_of(*(events[place] for place in order))), "scanner")
    assert (scanner.waiting, scanner.serving) == (0, 0)
    assert scanner.backlog.value == 0.0


def test_what_goes_on_elsewhere_is_there_and_what_was_examined_is_nowhere() -> None:
    scanned = stored(1, ExaminationStarted("A", "scanner", 480_000), 20)
    sent = stored(2, ExaminationQueued("A", "dock", 3_600_000), 10)
    late_end = stored(3, ExaminationEnded("A", "scanner"), 9)
    told = at(state_of(scanned, sent, late_end))
    assert (resource(told, "scanner").serving, resource(told, "dock").waiting) == (0, 1)
    outcome = Outcome("A", NOW, None, None, None, False)
    examined = stored(4, Examined(outcome), 1, "crossing/A")
    assert resource(at(state_of(scanned, sent, examined)), "dock").waiting == 0
    orders: list[tuple[Examination, int]] = [("release", 0), ("secondary", 1)]
    for ordered, waiting in orders:
        told_to = stored(4, Overridden(ordered, "Seen.", 0), 1, "crossing/A")
        assert resource(at(state_of(sent, told_to)), "dock").waiting == waiting
    unknown = stored(4, Examined(outcome), 1, "crossing/Z")
    assert resource(at(state_of(sent, unknown)), "dock").waiting == 1


def test_a_crossing_that_is_taken_into_another_waits_under_its_name() -> None:
    waits = stored(1, ExaminationQueued("A", "dock", 60_000), 20)
    moved = stored(2, Moved("TRIP"), 15, "crossing/A")
    assert list(state_of(waits, moved).work) == ["TRIP"]
    ended = state_of(
        waits, moved, stored(3, Examined(Outcome("TRIP", NOW, None, None, None, False)), 1, "crossing/TRIP")
    )
    assert resource(at(ended), "dock").waiting == 0
    later = stored(3, ExaminationStarted("TRIP", "scanner"), 18)
    assert state_of(waits, later, moved).work["TRIP"].resource == "scanner"


def test_published_waits_and_lanes_are_the_last_ones() -> None:
    state = state_of(
        stored(1, WaitsPublished("cbp-bwt", (PublishedLaneWait("standard", 35, 4), PublishedLaneWait("fast"))), 30),
        stored(2, WaitsPublished("cbp-bwt", (PublishedLaneWait("standard", 90, 1),)), 60),
    )
    told = at(state)
    standard = told.lanes[1]
    assert (standard.open.value, standard.open.source) == (4.0, "cbp-bwt")
    assert (standard.waits.now.minutes.value, standard.waits.now.source) == (35.0, "cbp-bwt")
    assert told.lanes[0].waits.now is None
    assert at(state, minutes=180).lanes[1].waits.now is None


def flow_of_trucks() -> list[StoredEvent]:
    """A truck a minute for three hours, half an hour's wait, in blocks of which some overlap and some come late."""
    come = [float(minute) for minute in range(180, 0, -1)]
    reach = [minute - 30 for minute in come if minute > 30]
    ends = [
        block("q", "bridge", come[first : first + 40], 1 + first) for first in range(0, 180, 30)
    ]  # each block repeats ten readings of the next
    primaries = [block("p", "primary", reach[first : first + 50], 1 + first, "standard") for first in range(0, 150, 50)]
    payloads = [ends[1], primaries[2], ends[0], ends[0], *ends[2:], primaries[0], primaries[1]]
    return [stored(place, each, 0, f"device/{each.reader}") for place, each in enumerate(payloads, 1)]


def test_readings_make_queues_waits_and_arrivals() -> None:
    told = at(state_of(*flow_of_trucks()))
    assert told.waits.missing is None
    assert told.waits.queue == 30.0
    assert told.waits.waits is not None
    assert told.waits.waits.p50.value == 30.0
    assert told.waits.since == "bridge"
    assert told.load.arrivals is not None
    assert (told.load.arrivals.value, told.load.arrivals.source) == (60.0, "reads")
    assert told.lanes[1].waits.queue == 30.0
    short = at(state_of(stored(1, block("q", "bridge", [2.0, 1.0, 0.0]), 0, "device/q")))
    assert short.load.arrivals is None, "two minutes of a reader are no hour"
    elsewhere = at(state_of(*flow_of_trucks()), bridge="colombia")
    assert (elsewhere.waits.missing, elsewhere.load.arrivals) == ("no_reads", None)
    assert at(state_of(*flow_of_trucks()), minutes=120).load.arrivals is None


def test_a_state_can_be_dropped_cut_and_taken_up_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    events = [
        *flow_of_trucks(),
        stored(20, LanesOpen({"standard": 7}), 30),
        stored(21, WaitsPublished("cbp-bwt", (PublishedLaneWait("fast", 5),)), 30),
        stored(22, ExaminationQueued("A", "scanner", 480_000), 20),
        stored(23, ExaminationStarted("B", "scanner"), 25 * 60),
    ]
    whole = state_of(*events)
    expected, told = whole.dump(), at(whole)
    for cut in range(len(events) + 1):
        before, after = state_of(*events[:cut]), BridgesState()
        after.load(before.dump())
        after.apply(events[cut:])
        assert after.dump() == expected
        assert at(after) == told
    monkeypatch.setattr(states, "_MOST_WAITING", 1)
    assert state_of(*events).dump() == expected, "when readings are put in order changes nothing"


def test_readings_are_kept_for_a_day_and_no_more_than_many(monkeypatch: pytest.MonkeyPatch) -> None:
    old = stored(1, block("q", "bridge", [25 * 60.0, 23 * 60.0]), 0, "device/q")
    new = stored(2, block("q", "bridge", [0.0], 9), 0, "device/q")
    state = state_of(old, new)
    state.dump()
    assert [len(each) for each in state.reads_of(BRIDGE).values()] == [2]
    monkeypatch.setattr(states, "MOST_READS", 1)
    few = state_of(old, new)
    assert [each.plate.tolist() for each in few.reads_of(BRIDGE).values()] == [[9]]


def test_the_state_holds_no_more_bridges_and_work_than_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "MOST_BRIDGES", 1)
    monkeypatch.setattr(works, "MOST_WORK", 2)
    state = state_of(
        *(stored(place, ExaminationQueued(f"C{place}", "dock"), 5) for place in range(1, 5)),
        stored(5, LanesOpen({"fast": 1}), 5, "port/elsewhere"),
        stored(6, msgspec.structs.replace(block("q", "bridge", [1.0]), bridge="elsewhere"), 5, "device/q"),
    )
    assert (list(state.bridges), list(state.work)) == ([BRIDGE], ["C3", "C4"])
    assert state.reads_of("elsewhere") == {}
