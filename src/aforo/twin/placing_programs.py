"""The two programs of whole numbers of the game (`placing_game`), solved with HiGHS (`scipy.optimize.milp`).

* `strongest`: the greatest least level, or the greatest mean of it over S worlds. y_{p,k} is 1 where bridge p gets a
  k-th scanner (and so a (k − 1)-th):

      max Σ_s t_s / S   s.t.   t_s ≤ L_sp(0) + Σ_k (L_sp(k) − L_sp(k − 1))·y_{p,k},   y_{p,k} ≤ y_{p,k−1},   Σ y ≤ N

* `cheapest`: the least summed cost, of the numbers that are allowed. z_{p,n} is 1 where bridge p gets n scanners:

      min Σ W_p(n)·z_{p,n}   s.t.   Σ_n z_{p,n} = 1,   Σ n·z ≤ N

Both are exact for any table: levels need not be concave in n, nor costs monotone. The bound is the solver's own, of its
branch and bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from aforo.domain.units import Float64Array, Int64Array
from aforo.twin.placing_figures import PlacingError

#: The solver stops when value and bound are so near to each other, relative to the value.
GAP: Final = 1e-6
#: A solver that has not proved it by then says how far it came, in seconds.
SECONDS: Final = 60.0


@dataclass(frozen=True)
class Solved:
    """A program's answer: scanners by bridge, and the bound on its objective that the solver proved."""

    units: Int64Array
    bound: float


def strongest(levels: Float64Array, count: int, room: Int64Array, gap: float = GAP) -> Solved:
    """The plan of the greatest least level, in the mean over worlds.

    `levels` (S, P, n + 1) does not fall along a row; `room` is the most that each bridge takes. The bound is on the
    level, and the solver stops within `gap` of it. PlacingError where it found no plan in its time.
    """
    worlds, bridges, numbers = levels.shape
    most = np.minimum(np.minimum(room, count), numbers - 1)
    # The first variables are the least level of each world; those of each bridge follow, one a scanner.
    owner = np.repeat(np.arange(bridges), most)
    column = worlds + np.arange(len(owner))
    width = worlds + len(owner)
    gains = np.concatenate([np.diff(levels[:, at, : top + 1], axis=1) for at, top in enumerate(most)], axis=1)
    row = np.arange(worlds * bridges)
    held = sparse.csr_array(
        (
            np.concatenate((np.ones(len(row)), -gains.ravel())),
            (
                np.concatenate((row, (bridges * np.arange(worlds)[:, None] + owner).ravel())),
                np.concatenate((row // bridges, np.tile(column, worlds))),
            ),
        ),
        shape=(len(row), width),
    )
    constraints = [LinearConstraint(held, -np.inf, levels[:, :, 0].ravel())]
    # Scanners that follow another at their bridge.
    after = column[1:][owner[1:] == owner[:-1]]
    if len(after):
        ones, number = np.ones(len(after)), np.tile(np.arange(len(after)), 2)
        order = sparse.csr_array(
            (np.concatenate((ones, -ones)), (number, np.concatenate((after, after - 1)))), shape=(len(after), width)
        )
        constraints.append(LinearConstraint(order, -np.inf, 0.0))
    spent = np.ones((1, width))
    spent[0, :worlds] = 0.0
    constraints.append(LinearConstraint(spent, -np.inf, count))
    lower, upper, whole, objective = np.zeros(width), np.ones(width), np.ones(width), np.zeros(width)
    lower[:worlds], upper[:worlds] = float(levels.min()), float(levels.max())
    whole[:worlds], objective[:worlds] = 0.0, -1.0 / worlds
    taken, bound = _solved(objective, whole, Bounds(lower, upper), constraints, gap)
    units = np.bincount(owner, np.rint(taken[worlds:]), bridges).astype(np.int64)
    return Solved(units, -bound)


def cheapest(costs: Float64Array, count: int) -> Solved | None:
    """The plan of the least summed cost; `costs` (P, n + 1), infinite where a bridge may not have so many. None where
    no plan of so many scanners is allowed. The bound is on the cost. PlacingError where the solver found no plan in its
    time."""
    allowed = np.isfinite(costs)
    if not allowed.any(axis=1).all() or int(allowed.argmax(axis=1).sum()) > count:
        return None
    at, number = np.nonzero(allowed)
    width = len(at)
    one = sparse.csr_array((np.ones(width), (at, np.arange(width))), shape=(len(costs), width))
    taken, bound = _solved(
        costs[at, number],
        np.ones(width),
        Bounds(0.0, 1.0),
        [LinearConstraint(one, 1.0, 1.0), LinearConstraint(number[None, :].astype(np.float64), -np.inf, count)],
        GAP,
    )
    units = np.zeros(len(costs), np.int64)
    units[at[taken > 0.5]] = number[taken > 0.5]
    return Solved(units, bound)


def cheapest_by_number(costs: Float64Array, count: int) -> Int64Array:
    """The plan of `cheapest`, bridge by bridge and scanner by scanner (dynamic programming, O(P·n·N)): as exact,
    without the solver and its bound, for the many boards that a plan is tried on. Some plan has to be allowed."""
    taken = np.zeros((len(costs), count + 1), np.int64)
    best = np.zeros(count + 1)
    for at, row in enumerate(costs):
        after = np.full(count + 1, np.inf)
        for number in np.flatnonzero(np.isfinite(row)).tolist():
            with_it = best[: count + 1 - number] + row[number]
            better = with_it < after[number:]
            after[number:][better] = with_it[better]
            taken[at, number:][better] = number
        best = after
    units, left = np.zeros(len(costs), np.int64), int(best.argmin())
    for at in range(len(costs) - 1, -1, -1):
        units[at] = taken[at, left]
        left -= int(units[at])
    return units


def _solved(
    objective: Float64Array, whole: Float64Array, bounds: Bounds, constraints: list[LinearConstraint], gap: float
) -> tuple[Float64Array, float]:
    """The best that the solver found in its time, and its bound, for a program that has a solution."""
    options = {"mip_rel_gap": gap, "time_limit": SECONDS}
    found: Any = milp(objective, integrality=whole, bounds=bounds, constraints=constraints, options=options)
    if found.x is None:
        raise PlacingError("placing_unsolved", seconds=round(SECONDS))
    # A program without whole numbers is solved outright, and has no bound beside its value.
    bound = found.fun if found.mip_dual_bound is None else found.mip_dual_bound
    return found.x, float(bound)
