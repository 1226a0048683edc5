"""How trucks move between stations: compiled, in place, with nothing allocated.

After every event each move that has become possible is made at once. A freed place goes to the truck that has been
blocked longest, and of those blocked at one instant to the one whose event came first. Trucks that block each other in
a ring move together: see `rings`.
"""

from __future__ import annotations

from aforo.domain.service_left import LEAST_TENTHS
from aforo.routing.choice import BOOTH
from aforo.twin.compiled import inlined, kernel
from aforo.twin.pending import pushed, withdrawn
from aforo.twin.state import (
    ALL_UNITS,
    BEGAN,
    BEGUN,
    BEHIND,
    BLOCKED,
    BLOCKED_FIRST,
    BLOCKED_LAST,
    BLOCKED_TIME,
    BLOCKING,
    BLOCKINGS,
    BOUND,
    BUFFER,
    BUSY_TIME,
    DONE,
    ENTERED,
    EXAM_AT,
    EXAMINES,
    FIRST,
    HELD,
    IN_LINE,
    LAST,
    LOOK,
    NOW,
    NUMBER,
    PHASE,
    PLACE,
    PREDICTED,
    PRIMARY_AT,
    RESOURCE,
    SCRATCH_FROM,
    SERVED,
    SERVICE,
    TARGET,
    TIMES,
    TRACE_FROM,
    TRACE_ROWS,
    TRACED,
    TYPICAL,
    UNIT,
    UNITS,
    UP,
    UP_SINCE,
    UP_TIME,
    WAITING,
    WENT,
    Floor,
)

#: A key puts events of one instant in order: kind, then station, then the truck's number.
KIND_SHIFT, STATION_SHIFT = 56, 48


@inlined
def noted(b: Floor, what: int, station: int, number: int) -> None:
    """Writes a row of the trace, if there is one."""
    if b.clock[TRACE_ROWS]:
        row = b.clock[TRACE_FROM] + 4 * b.clock[TRACED]
        b.clock[row] = b.clock[NOW]
        b.clock[row + 1] = what
        b.clock[row + 2] = station
        b.clock[row + 3] = number
        b.clock[TRACED] += 1


@inlined
def predicted_work(b: Floor, i: int, s: int) -> int:
    """Predicted µs of a truck at a station; the station's typical one where there is no prediction."""
    r = b.stations[s, RESOURCE]
    if r >= 0 and r != BOOTH:
        work: int = b.trucks[i, PREDICTED + r]
        if work >= 0:
            return work
    typical: int = b.stations[s, TYPICAL]
    return typical


@inlined
def has_room(b: Floor, s: int) -> bool:
    """Whether a truck can come into a station now."""
    waiting, buffer = b.stations[s, IN_LINE], b.stations[s, BUFFER]
    if buffer < 0 or waiting < buffer:
        return True
    return bool(waiting == 0 and b.stations[s, HELD] < b.stations[s, UP])


@inlined
def started(b: Floor, s: int, i: int) -> None:
    """A unit of the station takes the truck."""
    now = b.clock[NOW]
    unit = b.stations[s, HELD]
    b.stations[s, HELD] = unit + 1
    place = b.stations[s, UNITS] + unit
    work = predicted_work(b, i, s)
    b.clock[place] = i
    b.clock[place + b.clock[ALL_UNITS]] = now + work
    b.clock[place + 2 * b.clock[ALL_UNITS]] = work * LEAST_TENTHS // 10
    b.trucks[i, UNIT] = unit
    b.trucks[i, PHASE] = SERVED
    b.trucks[i, BEGUN] = now
    service = b.stations[s, SERVICE]
    until = now
    if service >= 0:
        until += b.trucks[i, TIMES + service]
    b.stations[s, BOUND] -= work
    if b.stations[s, RESOURCE] == BOOTH and b.trucks[i, PRIMARY_AT] < 0:
        b.trucks[i, PRIMARY_AT] = now
    if b.stations[s, EXAMINES] and b.trucks[i, EXAM_AT] < 0:
        b.trucks[i, EXAM_AT] = now
    noted(b, BEGAN, s, b.trucks[i, NUMBER])
    pushed(b, until, (DONE << KIND_SHIFT) | (s << STATION_SHIFT) | b.trucks[i, NUMBER], i)


@kernel
def entered(b: Floor, s: int, i: int) -> None:
    """The truck, bound for the station, comes in: to a free unit or to the end of the line."""
    b.trucks[i, PLACE] = s
    noted(b, ENTERED, s, b.trucks[i, NUMBER])
    if b.stations[s, HELD] < b.stations[s, UP] and b.stations[s, IN_LINE] == 0:
        started(b, s, i)
        return
    b.trucks[i, PHASE] = WAITING
    b.trucks[i, BEHIND] = -1
    if b.stations[s, IN_LINE] == 0:
        b.stations[s, FIRST] = i
    else:
        b.trucks[b.stations[s, LAST], BEHIND] = i
    b.stations[s, LAST] = i
    b.stations[s, IN_LINE] += 1


@inlined
def vacated(b: Floor, s: int, i: int) -> None:
    """The truck leaves its unit, and the unit stands empty."""
    if b.trucks[i, PHASE] == BLOCKED:
        b.stations[s, BLOCKED_TIME] += b.clock[NOW] - b.trucks[i, BEGUN]
    held = b.stations[s, HELD]
    if held > b.stations[s, UP]:
        b.clock[LOOK] = 1
    end = b.stations[s, UNITS] + held - 1
    place = b.stations[s, UNITS] + b.trucks[i, UNIT]
    moved = b.clock[end]
    b.clock[place] = moved
    b.clock[place + b.clock[ALL_UNITS]] = b.clock[end + b.clock[ALL_UNITS]]
    b.clock[place + 2 * b.clock[ALL_UNITS]] = b.clock[end + 2 * b.clock[ALL_UNITS]]
    b.trucks[moved, UNIT] = b.trucks[i, UNIT]
    b.stations[s, HELD] = held - 1
    noted(b, WENT, s, b.trucks[i, NUMBER])


@inlined
def taken_up(b: Floor, s: int) -> None:
    """The first in the line of a station goes to a free unit."""
    i = b.stations[s, FIRST]
    b.stations[s, FIRST] = b.trucks[i, BEHIND]
    b.stations[s, IN_LINE] -= 1
    started(b, s, i)


@kernel
def settled(b: Floor, s: int) -> None:
    """Makes every move that a free unit or place at the station allows, there and upstream."""
    stack = b.clock[SCRATCH_FROM]
    b.clock[stack] = s
    top = 1
    while top > 0:
        top -= 1
        x = b.clock[stack + top]
        while True:
            if b.stations[x, IN_LINE] > 0 and b.stations[x, HELD] < b.stations[x, UP]:
                taken_up(b, x)
                continue
            i = b.stations[x, BLOCKED_FIRST]
            if i < 0 or not has_room(b, x):
                break
            b.stations[x, BLOCKED_FIRST] = b.trucks[i, BEHIND]
            before = b.trucks[i, PLACE]
            vacated(b, before, i)
            entered(b, x, i)
            known = False
            for k in range(top):
                known = known or b.clock[stack + k] == before
            if not known:
                b.clock[stack + top] = before
                top += 1


@inlined
def blocked(b: Floor, i: int, target: int) -> None:
    """The truck stays in its unit and is the last of those who wait for a place at the target."""
    b.clock[BLOCKINGS] += 1
    b.clock[LOOK] = 1
    b.trucks[i, PHASE] = BLOCKED
    b.trucks[i, BEGUN] = b.clock[NOW]
    b.trucks[i, TARGET] = target
    b.trucks[i, BLOCKING] = b.clock[BLOCKINGS]
    b.trucks[i, BEHIND] = -1
    if b.stations[target, BLOCKED_FIRST] < 0:
        b.stations[target, BLOCKED_FIRST] = i
    else:
        b.trucks[b.stations[target, BLOCKED_LAST], BEHIND] = i
    b.stations[target, BLOCKED_LAST] = i


@kernel
def _put_back(b: Floor, s: int) -> bool:
    """The truck in service that began last (of several, the greatest number) goes back to the head of the line."""
    found = -1
    for u in range(b.stations[s, UNITS], b.stations[s, UNITS] + b.stations[s, HELD]):
        j = b.clock[u]
        if b.trucks[j, PHASE] == SERVED and (
            found < 0
            or b.trucks[j, BEGUN] > b.trucks[found, BEGUN]
            or (b.trucks[j, BEGUN] == b.trucks[found, BEGUN] and b.trucks[j, NUMBER] > b.trucks[found, NUMBER])
        ):
            found = j
    if found < 0:
        return False
    withdrawn(b, found)
    b.stations[s, BUSY_TIME] += b.clock[NOW] - b.trucks[found, BEGUN]
    b.stations[s, BOUND] += predicted_work(b, found, s)
    vacated(b, s, found)
    b.trucks[found, PHASE] = WAITING
    b.trucks[found, BEHIND] = b.stations[s, FIRST] if b.stations[s, IN_LINE] > 0 else -1
    if b.stations[s, IN_LINE] == 0:
        b.stations[s, LAST] = found
    b.stations[s, FIRST] = found
    b.stations[s, IN_LINE] += 1
    return True


@kernel
def changed(b: Floor, s: int, servers: int, interrupts: bool) -> None:
    """The number of units that are up at a station becomes `servers`."""
    now = b.clock[NOW]
    b.stations[s, UP_TIME] += b.stations[s, UP] * (now - b.stations[s, UP_SINCE])
    b.stations[s, UP_SINCE] = now
    b.stations[s, UP] = servers
    if interrupts:
        while b.stations[s, HELD] > servers and _put_back(b, s):
            pass
    b.clock[LOOK] = 1
    settled(b, s)
