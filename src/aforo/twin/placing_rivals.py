"""Other ways to place scanners, to hold the plan against, and what the pure max–min comes to without a solver.

In the pure max–min, where only the count is short and the level of a bridge rises with its own scanners alone, *worst
port first* is optimal: to hold a level t each bridge needs its own fewest n_p(t), whatever the others get; while the
least level is below t, its bridge has fewer than n_p(t), so a scanner given to it is one that every plan that holds t
gives. So greedy holds t with Σ n_p(t) scanners, and no plan does with fewer. It is not where scanners also shorten
queues and truck-hours are short too: where the next scanner is worth most to the queues is not where least is found.
"""

from __future__ import annotations

import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.twin.placing_game import fewest
from aforo.twin.rebuilt import spread_over


def proportional(weights: Float64Array, count: int, room: Int64Array) -> Int64Array:
    """Scanners in proportion to the weights (trucks), by largest remainders; what a bridge has no room for goes to the
    others in the same way, and what nobody has room for nowhere."""
    units = np.zeros(len(weights), np.int64)
    while (left := count - int(units.sum())) > 0:
        free = np.where(units < room, weights, 0.0)
        if not free.sum() > 0.0:
            break
        units = np.minimum(units + np.array(spread_over(left, free), dtype=np.int64), room)
    return units


def greedy(levels: Float64Array, count: int, room: Int64Array) -> Int64Array:
    """Worst port first: each scanner to the bridge of the least level (`levels` (P, n + 1)), to the next where more
    raise it no further."""
    most = np.minimum(room, levels.shape[1] - 1)
    # Scanners that still raise each bridge.
    useful = np.minimum(most, (levels < levels[:, -1:] - 1e-12).sum(axis=1))
    units = np.zeros(len(levels), np.int64)
    at = np.arange(len(levels))
    for _ in range(count):
        now = np.where(units < useful, levels[at, units], np.inf)
        worst = int(now.argmin())
        if not np.isfinite(now[worst]):
            break
        units[worst] += 1
    return units


def levelled(levels: Float64Array, count: int) -> tuple[Int64Array, float]:
    """The pure max–min without a solver: the highest level that is held with so many scanners, found by bisection over
    the levels that there are, and the fewest scanners that hold it. `levels` do not fall along a row."""
    tried = np.unique(levels)
    tried = tried[tried <= levels[:, -1].min()]
    low, high = 0, len(tried)
    while high - low > 1:
        middle = (low + high) // 2
        units = fewest(levels, float(tried[middle]))
        if units is not None and int(units.sum()) <= count:
            low = middle
        else:
            high = middle
    units = fewest(levels, float(tried[low]))
    assert units is not None  # every bridge reaches the least of the levels that all of them reach
    return units, float(tried[low])


def water_level(levels: Float64Array, count: int) -> float:
    """The level to which scanners fill if they could be parted: an upper bound of the max–min where rows are concave.

    Bridges fill from the lowest up, as water does; the level at which N scanners are in is found by bisection.
    """
    numbers = np.arange(levels.shape[1], dtype=np.float64)

    def taken(level: float) -> float:
        return sum(float(np.interp(level, *_rising(row, numbers))) for row in levels)

    low, high = float(levels[:, 0].min()), float(levels[:, -1].min())
    if taken(high) <= count:
        return high
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if taken(middle) <= count else (low, middle)
    return high


def _rising(row: Float64Array, numbers: Float64Array) -> tuple[Float64Array, Float64Array]:
    """The part of a row in which it rises, and the numbers there: a level that several numbers have is the fewest's."""
    kept = np.concatenate(([True], np.diff(row) > 0.0))
    return row[kept], numbers[kept]
