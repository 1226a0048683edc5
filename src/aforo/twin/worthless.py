"""Which decisions are plain without the whole price: no examination is expected to prevent what it must cost.

The least slopes of the tables (`twin.slopes`) bound a price from below. Where no option is worth even its bound the
truck is released, and neither level, list nor price is asked for; elsewhere `routing.choice.choose` decides. The
choice is the same for every truck.
"""

from __future__ import annotations

from typing import Final

from aforo.routing.choice import (
    CELLS,
    COARSE,
    CREDIT,
    DOCK,
    FILED,
    FINE,
    HOLD,
    JOINT,
    JOINT_EXAM,
    MEANS,
    PORTAL,
    PRIMARY,
    QUARTER_MINUTES,
    QUARTERS,
    RESIDUALS,
    ROSTER,
    SCAN,
    SCAN_THEN_DECIDE,
    SCANNER,
    SURCHARGE,
    TOPS,
    UNAVAILABLE,
    WORKS,
    YARD,
)
from aforo.twin.compiled import inlined
from aforo.twin.slopes import SLACK
from aforo.twin.state import ALARM, ALL_UNITS, BOUND, FIRST_OF, HELD, NEXT_OF, NOW, PREDICTED, UNITS, UP, Bridge

_CELLS: Final = WORKS - 1
#: The grid of work, in fine cells; beyond it nothing is bounded.
_GRID: Final = FINE + COARSE * (WORKS - 1 - FINE)
_MINUTE: Final = 60_000_000.0


@inlined
def _least_cost(b: Bridge, i: int, resource: int, now: float, kind: int) -> float:
    """A bound below what the priced policy asks for an examination of truck `i` at a resource, from the slopes."""
    predicted = b.floor.trucks[i, PREDICTED + resource]
    if predicted < 0:
        return UNAVAILABLE
    start = int(b.slopes[kind, resource])
    if start == 0:
        return 0.0
    outstanding = 0.0
    units = 0
    instant = b.floor.clock[NOW]
    s = b.floor.clock[FIRST_OF + resource]
    while s >= 0:
        work = b.floor.stations[s, BOUND]
        ends = b.floor.stations[s, UNITS] + b.floor.clock[ALL_UNITS]
        for u in range(ends, ends + b.floor.stations[s, HELD]):
            work += max(b.floor.clock[u] - instant, b.floor.clock[u + b.floor.clock[ALL_UNITS]])
        units += b.floor.stations[s, UP]
        outstanding += work / _MINUTE
        s = b.floor.stations[s, NEXT_OF]
    minutes = predicted / _MINUTE
    cells = 1.0 / b.books[kind, CELLS + resource]
    if not (outstanding >= 0.0 and (outstanding + minutes) * cells < _GRID):
        return 0.0
    place = outstanding * cells
    if place > FINE:
        place = FINE + (place - FINE) / COARSE
    manned = max(units, 1)
    top = int(b.books[kind, TOPS + resource])
    # As in `choose`: another table holds only for what is lost of the roster of the quarter hour.
    lost = b.books[kind, ROSTER + QUARTERS * resource + int(now / QUARTER_MINUTES)] - units
    units = max(top - int(lost + 0.5), 0) if lost > 0.0 else top
    quarter = min(int(now / QUARTER_MINUTES), QUARTERS - 2)
    # A cell below, where the rounding of the place in `choose` might lie.
    cell = max(int(place - 1e-9), 0)
    least = minutes * b.slopes[kind, start + (units * (QUARTERS - 1) + quarter) * _CELLS + cell]
    wait = outstanding / manned - b.books[kind, RESIDUALS + resource]
    if wait > 0.0:
        least += (1.0 - minutes / b.books[kind, MEANS + resource] + b.params[SURCHARGE + resource]) * wait
    least -= b.params[CREDIT + resource] + b.slopes[kind, SLACK]
    return least if least > 0.0 else 0.0


@inlined
def worthless(b: Bridge, i: int, stage: int, allowed: int, now: float, kind: int) -> bool:
    """Whether the priced policy can be seen by the bounds to release truck `i` at a stage, where that is allowed.

    `now` is the minute of the day and `kind` the book. False where it takes the price to say.
    """
    scan = dock = 0.0
    if allowed & ((1 << SCAN) | (1 << SCAN_THEN_DECIDE)):
        place = SCANNER
        if stage == FILED and b.floor.trucks[i, PREDICTED + PORTAL] >= 0:
            place = PORTAL
        elif stage < PRIMARY:
            place = YARD
        scan = _least_cost(b, i, place, now, kind)
        # The option that most trucks are worth first.
        if allowed & (1 << SCAN) and not b.figures[i, SCAN] <= scan:
            return False
    if allowed & ~((1 << SCAN) | 1):
        dock = _least_cost(b, i, DOCK, now, kind)
    alarm = b.figures[i, ALARM]
    chance = alarm if alarm >= 0.0 and alarm <= 1.0 else 1.0
    for option in range(SCAN_THEN_DECIDE, HOLD):
        if not allowed & (1 << option):
            continue
        if option == SCAN_THEN_DECIDE:
            least = scan + chance * dock
        elif option == JOINT_EXAM:
            least = _least_cost(b, i, JOINT, now, kind)
        else:
            least = dock
        if not b.figures[i, option] <= least:
            return False
    return True
