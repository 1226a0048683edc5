"""The ends of service that are to come, by instant and then by key: the first, and a binary heap of the others.

The first stands apart where it came as the first: a service that takes no time is done at once, and need not go through
the heap. Where nothing stands apart (its instant is NEVER) the heap's own first is the first. All in the floor's clock.
"""

from __future__ import annotations

from aforo.twin.compiled import inlined
from aforo.twin.network import NEVER
from aforo.twin.state import (
    HEAP_FROM,
    PENDING,
    Floor,
)


@inlined
def _sifted(b: Floor, place: int, at: int, key: int, row: int) -> None:
    """Puts a pending end at a place of the heap, or above it where it comes first (instant, then key)."""
    heap = b.clock[HEAP_FROM] + 3
    while place > 0:
        above = heap + 3 * ((place - 1) >> 1)
        there = b.clock[above]
        if there < at or (there == at and b.clock[above + 1] < key):
            break
        here = heap + 3 * place
        b.clock[here] = there
        b.clock[here + 1] = b.clock[above + 1]
        b.clock[here + 2] = b.clock[above + 2]
        place = (place - 1) >> 1
    here = heap + 3 * place
    b.clock[here] = at
    b.clock[here + 1] = key
    b.clock[here + 2] = row


@inlined
def pushed(b: Floor, at: int, key: int, row: int) -> None:
    """Adds the end of a service to those pending."""
    first = b.clock[HEAP_FROM]
    until = b.clock[first]
    if until == NEVER:
        root = first + 3
        if b.clock[PENDING] == 0 or at < b.clock[root] or (at == b.clock[root] and key < b.clock[root + 1]):
            b.clock[first] = at
            b.clock[first + 1] = key
            b.clock[first + 2] = row
            return
    elif at < until or (at == until and key < b.clock[first + 1]):
        later, other = b.clock[first + 1], b.clock[first + 2]
        b.clock[first] = at
        b.clock[first + 1] = key
        b.clock[first + 2] = row
        at, key, row = until, later, other
    place = b.clock[PENDING]
    b.clock[PENDING] = place + 1
    _sifted(b, place, at, key, row)


@inlined
def _removed(b: Floor, place: int) -> None:
    """Takes the pending end at a place of the heap away."""
    heap = b.clock[HEAP_FROM] + 3
    size = b.clock[PENDING] - 1
    b.clock[PENDING] = size
    if place == size:
        return
    end = heap + 3 * size
    at, key, row = b.clock[end], b.clock[end + 1], b.clock[end + 2]
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        below = heap + 3 * child
        if child + 1 < size:
            other = b.clock[below + 3]
            if other < b.clock[below] or (other == b.clock[below] and b.clock[below + 4] < b.clock[below + 1]):
                child += 1
                below += 3
        there = b.clock[below]
        if at < there or (at == there and key < b.clock[below + 1]):
            break
        here = heap + 3 * place
        b.clock[here] = there
        b.clock[here + 1] = b.clock[below + 1]
        b.clock[here + 2] = b.clock[below + 2]
        place = child
    _sifted(b, place, at, key, row)


@inlined
def first_end(b: Floor) -> int:
    """The instant of the first pending end of a service; NEVER if there is none."""
    first = b.clock[HEAP_FROM]
    apart: int = b.clock[first]
    if apart != NEVER or b.clock[PENDING] == 0:
        return apart
    root: int = b.clock[first + 3]
    return root


@inlined
def first_taken(b: Floor) -> int:
    """Takes the first pending end of a service away; the row of its truck. There is one."""
    first = b.clock[HEAP_FROM]
    row: int = b.clock[first + 2]
    if b.clock[first] != NEVER:
        b.clock[first] = NEVER
        return row
    row = b.clock[first + 5]
    _removed(b, 0)
    return row


@inlined
def withdrawn(b: Floor, row: int) -> None:
    """Takes the pending end of a truck's service away."""
    first = b.clock[HEAP_FROM]
    if b.clock[first] != NEVER and b.clock[first + 2] == row:
        b.clock[first] = NEVER
        return
    for place in range(b.clock[PENDING]):
        if b.clock[first + 3 * place + 5] == row:
            _removed(b, place)
            return
