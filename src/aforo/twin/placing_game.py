"""The game against smugglers who choose the bridge: the best plan, its proof, and the frontier with what trucks wait.

The defender puts N scanners, the smuggler sees where, and goes where least is found: the equilibrium of this zero-sum
game of one leader and one follower is the plan whose least level is greatest. `placing_programs.strongest` finds it;
`cheapest` finds the fewest truck-hours at a level that is to be held. The second at a row of levels is the frontier
between detection and waits (the ε-constraint method). The plan under a ceiling is at the last level whose fewest
truck-hours stay below it: that those of the next, a step higher, do not is what the bound of the second program proves.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.twin.placing import EQUAL, Board
from aforo.twin.placing_programs import Solved, cheapest, strongest

#: Truck-hours a day that a scanner saves at least where it is placed for the sake of the queue: a truck-second.
SAVES: Final = 1.0 / 3_600.0
#: Levels under a ceiling are told apart to this part of a level.
STEP: Final = 1e-4


class Proof(msgspec.Struct, frozen=True):
    """What the solver proved: no plan has a worst case above `bound`; `gap` is what that is above the plan's, relative
    to it. `programs` how many were solved, in `seconds`."""

    bound: float
    gap: float
    programs: int
    seconds: float


@dataclass(frozen=True)
class Best:
    """The best plan: scanners by bridge, the level that it holds everywhere, and the proof."""

    units: Int64Array
    level: float
    proof: Proof


class Point(msgspec.Struct, frozen=True):
    """A point of the frontier: the level held everywhere, the fewest truck-hours a day beyond today at it, the bound
    that the solver proved of those, and the fewest scanners that hold it."""

    level: float
    hours: float
    bound: float
    enough: int


def fewest(levels: Float64Array, level: float) -> Int64Array | None:
    """The fewest scanners of each bridge that hold a level; None where one cannot hold it."""
    holds = levels >= level - EQUAL
    if not holds.any(axis=1).all():
        return None
    first: Int64Array = holds.argmax(axis=1).astype(np.int64)
    return first


def hours_by_number(board: Board, levels: Float64Array, level: float, count: int) -> Float64Array | None:
    """(P, n + 1): the truck-hours a day beyond today that a bridge takes at a level, by the number of scanners that it
    gets; infinite where so many do not hold it, are more than it has room for, or save less than SAVES beside fewer.
    None where a bridge cannot hold the level, or all of them take more scanners than there are."""
    least = fewest(levels, level)
    if least is None or int(least.sum()) > count:
        return None
    # Nobody gets more than what is left where all the others have what the level takes.
    coverage, most = board.held(level), np.minimum(board.sites.room, least + count - int(least.sum()))
    costs = np.full(levels.shape, np.inf)
    kept = np.full(len(least), np.inf)
    for number in range(int(least.min()), int(most.max()) + 1):
        added = board.added_hours(np.full(len(least), number, np.int64), coverage)
        may = (least <= number) & (number <= most) & (added < kept - SAVES)
        costs[may, number] = kept[may] = added[may]
    return costs


@dataclass(frozen=True)
class Held:
    """A plan, the level that it holds everywhere within a ceiling, and the level above which none was found to."""

    units: Int64Array
    level: float
    bound: float


def highest(
    board: Board, low: float, top: float, ceiling: float, cheapest_at: Callable[[float], Solved | None]
) -> Held:
    """The plan of the highest level, between one that is held within the ceiling and one that is held without it, at no
    more truck-hours a day beyond today; levels nearer than STEP are one. `cheapest_at` has the plan of the fewest
    truck-hours at a level, with a bound on them; None where no plan holds it.

    A plan that is within the ceiling often holds more than the level that it was made for, and is best at what it
    holds: so next the level just above that is tried, which ends most searches. Halving ends the others.
    """
    held = cheapest_at(top)
    assert held is not None  # it is held without the ceiling
    if board.hours_at(held.units, top) <= ceiling:
        return Held(held.units, top, top)
    held, high = cheapest_at(low), top
    assert held is not None  # so is each level below
    low, near = max(low, min(board.worst(held.units, ceiling), high)), True
    while high - low > STEP * high:
        level = low + 0.5 * STEP * high if near else 0.5 * (low + high)
        tried = cheapest_at(level)
        if tried is not None and board.hours_at(tried.units, level) <= ceiling:
            # With these scanners the ceiling may leave room for a little more.
            held, low = tried, max(level, min(board.worst(tried.units, ceiling), high))
        elif tried is None or tried.bound > ceiling:
            high = level
        elif not near:  # the ceiling lies between what was found and its bound: neither is proved
            break
        near = not near
    # What was best at the level that it was made for is not always so at the one that it holds.
    last = cheapest_at(low)
    if last is not None and board.hours_at(last.units, low) <= ceiling:
        held = last
    return Held(held.units, low, high)


class Game:
    """The game on one board with so many scanners."""

    def __init__(self, board: Board, count: int) -> None:
        self.board = board
        self.count = count
        self.levels = board.levels(count)
        self._programs = 0

    def best(self, ceiling: float = np.inf) -> Best:
        """The plan of the greatest worst case at no more truck-hours a day beyond today than `ceiling`, which is not
        negative; of those as good, the one of the fewest truck-hours."""
        self._programs, began = 0, time.perf_counter()
        whole = strongest(self.levels[None], self.count, self.board.sites.room)
        self._programs += 1
        top = float(self.levels[np.arange(len(self.levels)), whole.units].min())
        today = min(float(self.board.level_today().min()), top)
        found = highest(self.board, today, top, ceiling, self._cheapest)
        return self._told(found.units, found.level, max(whole.bound, top) if found.level == top else found.bound, began)

    def frontier(self, points: int) -> list[Point]:
        """So many levels from today's worst case to the greatest, evenly, each at the fewest truck-hours."""
        top = self.best().level
        lowest = min(float(self.board.level_today().min()), top)
        found = []
        for level in np.linspace(lowest, top, points).tolist():
            solved, enough = self._cheapest(level), fewest(self.levels, level)
            assert solved is not None  # the greatest level is held by the best plan, and so is each below it
            assert enough is not None
            found.append(Point(level, self.board.hours_at(solved.units, level), solved.bound, int(enough.sum())))
        return found

    def _told(self, units: Int64Array, level: float, bound: float, began: float) -> Best:
        gap = (bound - level) / level if level > 0.0 else 0.0
        return Best(units, level, Proof(bound, gap, self._programs, time.perf_counter() - began))

    def _cheapest(self, level: float) -> Solved | None:
        """The fewest truck-hours at a level; None where no plan holds it."""
        costs = hours_by_number(self.board, self.levels, level, self.count)
        if costs is None:
            return None
        self._programs += 1
        found = cheapest(costs, self.count)
        # Scanners that save next to nothing were left out: with them so much less might be taken.
        return None if found is None else Solved(found.units, found.bound - SAVES * len(costs))
