"""The compiled kernel: the events of one bridge, one after the other, with the policy in the loop.

`advanced` works through the events of a window of trucks up to an instant. `Run` holds the state between windows and is
what everybody calls; `run` is the whole of it for trucks that fit into memory.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from aforo.routing import choice
from aforo.routing.choice import BOOTH, FILED, RELEASE, SCAN, SCAN_THEN_DECIDE, SCANNED
from aforo.twin import deciding, draws, moves, pending, rings, slopes, state, worthless
from aforo.twin.compiled import entry, inlined, sources_of
from aforo.twin.deciding import decided, level_of, listed, ordered_by
from aforo.twin.draws import FINDING, chance, truck_key
from aforo.twin.moves import (
    blocked,
    changed,
    entered,
    has_room,
    noted,
    predicted_work,
    settled,
    vacated,
)
from aforo.twin.network import EXIT, INTERRUPT, LANES, NEVER
from aforo.twin.pending import first_end, first_taken
from aforo.twin.rings import unlocked
from aforo.twin.state import (
    ALARMED,
    ALL_UNITS,
    ARRIVES,
    ASKED,
    ASKED_STAGE,
    BEGUN,
    BLOCKED_FIRST,
    BOUND,
    BUSY_TIME,
    BY_FILING,
    CARRIED,
    CHANGES,
    CHANGES_FROM,
    CYCLIC,
    DECIDES,
    DECISIONS,
    DETECTION,
    ENDED,
    EVENTS,
    EXAM_END,
    EXAMINES,
    FILED_AT,
    FILED_OPTIONS,
    FILINGS,
    FOUND,
    GONE,
    HIDDEN,
    IN_LINE,
    INSTEAD,
    LANE,
    LEFT,
    LOOK,
    NEXT_ARRIVAL,
    NEXT_CHANGE,
    NEXT_FILING,
    NOW,
    NUMBER,
    ON_LIST,
    ONWARD,
    OPTION,
    PHASE,
    PLACE,
    PRIMARY_END,
    RECENT,
    RECORDED,
    RESOURCE,
    SCAN_END,
    SERVICE,
    SERVICES_ENDED,
    SHOWS,
    STREAM,
    THREAT,
    TOLD,
    TRACE_ROWS,
    TRACED,
    UNIT,
    UNITS,
    UP,
    WAITING,
    Bridge,
    Floor,
)
from aforo.twin.trucks import SCANS

_LANES = len(LANES)
#: Why `advanced` came back: the instant is reached, a decision is asked for, enough events, no room to write in.
REACHED, ASKS, ENOUGH, FULL = range(4)


@inlined
def moved_on(b: Floor, i: int) -> None:
    """The truck, done at its station, goes on, leaves, or is blocked."""
    s = b.trucks[i, PLACE]
    option = b.trucks[i, OPTION]
    # An image is taken once: what was ordered of a scan is carried out, wherever that was.
    if option in (SCAN, SCAN_THEN_DECIDE) and b.trucks[i, CARRIED] & SCANS:
        option = RELEASE
    target = b.stations[s, ONWARD + _LANES * option + b.trucks[i, LANE]]
    if target == EXIT:
        b.trucks[i, LEFT] = b.clock[NOW]
        vacated(b, s, i)
        b.trucks[i, PHASE] = GONE
        b.trucks[i, PLACE] = -1
        if b.stations[s, IN_LINE] > 0 or b.stations[s, BLOCKED_FIRST] >= 0:
            settled(b, s)
    else:
        if b.stations[target, UP] == 0 and b.stations[target, INSTEAD] >= 0 and b.stations[target, INSTEAD] != s:
            target = b.stations[target, INSTEAD]
        b.stations[target, BOUND] += predicted_work(b, i, target)
        if has_room(b, target):
            vacated(b, s, i)
            entered(b, target, i)
            if b.stations[s, IN_LINE] > 0 or b.stations[s, BLOCKED_FIRST] >= 0:
                settled(b, s)
        else:
            blocked(b, i, target)
    if b.clock[LOOK] and b.clock[CYCLIC]:
        unlocked(b)


@inlined
def _served(
    b: Bridge,
    i: int,
) -> bool:
    """A service has ended: what it found, and the decision that is taken here. True if that comes from outside."""
    s = b.floor.trucks[i, PLACE]
    now = b.floor.clock[NOW]
    b.floor.stations[s, BUSY_TIME] += now - b.floor.trucks[i, BEGUN]
    b.floor.stations[s, SERVICES_ENDED] += 1
    noted(b.floor, ENDED, s, b.floor.trucks[i, NUMBER])
    # No longer in service when the policy looks.
    b.floor.trucks[i, PHASE] = WAITING
    unit = b.floor.stations[s, UNITS] + b.floor.trucks[i, UNIT]
    b.floor.clock[unit + b.floor.clock[ALL_UNITS]] = 0
    b.floor.clock[unit + 2 * b.floor.clock[ALL_UNITS]] = 0
    if b.floor.stations[s, RESOURCE] == BOOTH:
        b.floor.trucks[i, PRIMARY_END] = now
    alarmed = False
    if b.floor.stations[s, EXAMINES]:
        b.floor.trucks[i, EXAM_END] = now
        resource = b.floor.stations[s, RESOURCE]
        b.floor.trucks[i, CARRIED] |= 1 << (resource if resource >= 0 else 6)
        threat = b.floor.trucks[i, THREAT]
        key = truck_key(np.uint64(b.floor.clock[STREAM]), b.floor.trucks[i, NUMBER])
        drawn = chance(key, FINDING + b.floor.stations[s, SERVICE])
        hides = DETECTION + HIDDEN * s + threat + 1
        if resource >= 0 and (1 << resource) & SCANS:
            b.floor.trucks[i, SCAN_END] = now
        alarmed = drawn < b.seen[hides]
        if alarmed:
            b.floor.trucks[i, ALARMED] = 1
        # The last examination speaks: who was sent on after an alarm is found by hand or not at all.
        b.floor.trucks[i, FOUND] = 1 if drawn < b.seen[hides + HIDDEN * (len(b.floor.stations) - 1)] else 0
    stage = b.floor.stations[s, DECIDES]
    if stage < 0 or (stage == SCANNED and not alarmed):
        return False
    return decided(b, i, s, stage)


@inlined
def _arrived(b: Bridge, i: int) -> None:
    """A truck comes to the bridge, or is given up."""
    if b.floor.trucks[i, ON_LIST]:
        listed(b, i, -1)
    if not b.floor.trucks[i, SHOWS]:
        b.floor.trucks[i, PHASE] = GONE
        return
    b.floor.clock[RECENT] += 1
    way = ONWARD + _LANES * b.floor.trucks[i, OPTION] + b.floor.trucks[i, LANE]
    s = b.floor.stations[len(b.floor.stations) - 1, way]
    instead = b.floor.stations[s, INSTEAD]
    if instead >= 0 and (b.floor.stations[s, UP] == 0 or not has_room(b.floor, s)):
        s = instead
    b.floor.stations[s, BOUND] += predicted_work(b.floor, i, s)
    entered(b.floor, s, i)


@inlined
def _next_filing(b: Floor) -> int:
    """The instant of the next filing that is decided; NEVER where there is none."""
    if not b.clock[FILED_OPTIONS] or b.clock[NEXT_FILING] >= b.clock[FILINGS]:
        return NEVER
    at: int = b.trucks[b.trucks[b.clock[NEXT_FILING], BY_FILING], FILED_AT]
    return at


@inlined
def _advanced(
    b: Bridge,
    until: int,
    most: int,
) -> int:
    """Works through the events before `until`, at most `most` of them; returns why it stopped.

    The next event is always the least by (instant, kind, station, truck's number), the kinds in the order: change of
    units, end of a service, filing, arrival.
    """
    n = len(b.floor.trucks)
    files = _next_filing(b.floor)
    # What one event can move: every truck that holds a unit, three rows each, and a ring.
    margin = 4 * (b.floor.clock[ALL_UNITS] + len(b.floor.stations))
    for _ in range(most):
        if b.floor.clock[TRACE_ROWS] and b.floor.clock[TRACED] + margin > b.floor.clock[TRACE_ROWS]:
            return FULL
        if len(b.records) and b.floor.clock[RECORDED] >= len(b.records):
            return FULL
        change = b.floor.clock[NEXT_CHANGE]
        change_row = b.floor.clock[CHANGES_FROM] + 4 * change
        changes = b.floor.clock[change_row] if change < b.floor.clock[CHANGES] else NEVER
        end = first_end(b.floor)
        at = min(min(changes, end), files)
        arrival = b.floor.clock[NEXT_ARRIVAL]
        if arrival < n:
            at = min(at, b.floor.trucks[arrival, ARRIVES])
        if at >= until or at == NEVER:
            return REACHED
        b.floor.clock[NOW] = at
        b.floor.clock[EVENTS] += 1
        if changes == at:
            b.floor.clock[NEXT_CHANGE] = change + 1
            s, servers = b.floor.clock[change_row + 1], b.floor.clock[change_row + 2]
            changed(b.floor, s, servers, b.floor.clock[change_row + 3] == INTERRUPT)
            unlocked(b.floor)
        elif end == at:
            i = first_taken(b.floor)
            if _served(b, i):
                return ASKS
            moved_on(b.floor, i)
        elif files == at:
            i = b.floor.trucks[b.floor.clock[NEXT_FILING], BY_FILING]
            b.floor.clock[NEXT_FILING] += 1
            b.floor.trucks[i, TOLD] = 1
            files = _next_filing(b.floor)
            if decided(b, i, -1, FILED):
                return ASKS
        else:
            b.floor.clock[NEXT_ARRIVAL] = arrival + 1
            _arrived(b, arrival)
    return ENOUGH


@inlined
def _resumed(b: Bridge, option: int, basis: int) -> None:
    """Takes the answer to a decision that was asked for, and what follows from it at once."""
    i, stage = b.floor.clock[ASKED], b.floor.clock[ASKED_STAGE]
    b.floor.clock[DECISIONS] += 1
    ordered_by(b.floor, i, option, basis, stage)
    if stage != FILED:
        moved_on(b.floor, i)


def _entries(
    sources: int,
) -> tuple[Callable[[Bridge, int, int], int], Callable[[Bridge, int, int], None], Callable[[Bridge], float]]:
    """The ways into the kernel, which are compiled again when anything that they call has changed."""

    @entry
    def advanced(b: Bridge, until: int, most: int) -> int:
        return _advanced(b, until, most) if sources else FULL

    @entry
    def resumed(b: Bridge, option: int, basis: int) -> None:
        if sources:
            _resumed(b, option, basis)

    @entry
    def level(b: Bridge) -> float:
        return level_of(b) if sources else 0.0

    return advanced, resumed, level


advanced, resumed, level = _entries(
    sources_of(choice, draws, state, pending, moves, rings, slopes, worthless, deciding, sys.modules[__name__])
)
