"""Rings of trucks that block each other: they move together, or never.

A ring is no freed place, so nobody in a line is passed over.
"""

from __future__ import annotations

from aforo.twin.compiled import kernel
from aforo.twin.moves import entered, taken_up, vacated
from aforo.twin.state import (
    BEHIND,
    BLOCKED,
    BLOCKED_FIRST,
    BLOCKED_LAST,
    BLOCKING,
    CYCLIC,
    HELD,
    IN_LINE,
    LOOK,
    PHASE,
    PLACE,
    SCRATCH_FROM,
    TARGET,
    UNITS,
    UP,
    Floor,
)


@kernel
def _out_of_line(b: Floor, i: int) -> None:
    """Takes a blocked truck out of the line for its target, wherever it stands in it."""
    target = b.trucks[i, TARGET]
    before = -1
    j = b.stations[target, BLOCKED_FIRST]
    while j != i:
        before = j
        j = b.trucks[j, BEHIND]
    if before < 0:
        b.stations[target, BLOCKED_FIRST] = b.trucks[i, BEHIND]
    else:
        b.trucks[before, BEHIND] = b.trucks[i, BEHIND]
    if b.stations[target, BLOCKED_LAST] == i:
        b.stations[target, BLOCKED_LAST] = before


@kernel
def _next_blocked(b: Floor, s: int, after: int) -> int:
    """The truck blocked in a unit of the station whose blocking came first after `after`; −1 if there is none."""
    best = -1
    for u in range(b.stations[s, UNITS], b.stations[s, UNITS] + b.stations[s, HELD]):
        j = b.clock[u]
        if b.trucks[j, PHASE] != BLOCKED or b.trucks[j, BLOCKING] <= after:
            continue
        if best < 0 or b.trucks[j, BLOCKING] < b.trucks[best, BLOCKING]:
            best = j
    return best


@kernel
def _ring_from(b: Floor, i: int) -> int:
    """The length of a ring of blocked trucks from `i` on, left in the second row of the scratch; 0: there is none.

    Searched depth first, at each station from the truck that has been blocked longest. A station is part of a ring only
    if a truck that leaves it gives a place: units that are over the number now up give none.
    """
    start = b.trucks[i, PLACE]
    if b.stations[start, HELD] - 1 >= b.stations[start, UP]:
        return 0
    path = b.clock[SCRATCH_FROM] + len(b.stations)
    tried = path + len(b.stations)
    for x in range(len(b.stations)):
        b.clock[tried + x] = -1
    b.clock[path] = i
    depth = 1
    first = b.trucks[i, TARGET]
    if b.stations[first, HELD] - 1 >= b.stations[first, UP]:
        return 0
    b.clock[tried + first] = 0
    while depth > 0:
        x = b.trucks[b.clock[path + depth - 1], TARGET]
        j = _next_blocked(b, x, b.clock[tried + x])
        if j < 0:
            depth -= 1
            continue
        b.clock[tried + x] = b.trucks[j, BLOCKING]
        y = b.trucks[j, TARGET]
        if y == start:
            b.clock[path + depth] = j
            return depth + 1
        if b.clock[tried + y] < 0 and b.stations[y, HELD] - 1 < b.stations[y, UP]:
            b.clock[tried + y] = 0
            b.clock[path + depth] = j
            depth += 1
    return 0


@kernel
def _turned(b: Floor, length: int) -> None:
    """All trucks of the ring that was found move at once, each into the place that the next one leaves."""
    path = b.clock[SCRATCH_FROM] + len(b.stations)
    for k in range(length):
        i = b.clock[path + k]
        _out_of_line(b, i)
        vacated(b, b.trucks[i, PLACE], i)
    for k in range(length):
        i = b.clock[path + k]
        s = b.trucks[i, TARGET]
        if b.stations[s, IN_LINE] > 0 and b.stations[s, HELD] < b.stations[s, UP]:
            taken_up(b, s)
        entered(b, s, i)


@kernel
def unlocked(b: Floor) -> None:
    """Turns every ring of blocked trucks, once each; a ring is no freed place, so nobody in a line is passed over.

    Rings are looked for from the stations in their order, at each from the truck that has been blocked longest, and
    after a ring has turned from the beginning. Nothing is done where no ring can have come about since the last time.
    """
    if not b.clock[CYCLIC] or b.clock[LOOK] == 0:
        return
    looking = True
    while looking:
        looking = False
        for s in range(len(b.stations) - 1):
            after = 0
            while not looking:
                i = _next_blocked(b, s, after)
                if i < 0:
                    break
                after = b.trucks[i, BLOCKING]
                length = _ring_from(b, i)
                if length:
                    _turned(b, length)
                    looking = True
            if looking:
                break
    b.clock[LOOK] = 0
