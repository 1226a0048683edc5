"""When each of several scanners is maintained, so that the price is least: a program of whole numbers, with HiGHS.

x_{i,s} is 1 where scanner i is maintained from s on, p_{i,s} its price, and o_g the scanners beyond one that are out in
a stretch g between two instants at which something may begin or end:

    min Σ p·x   s.t.   Σ_s x_{i,s} = 1,   Σ_{(i,s) out in g} x − o_g ≤ 1,   Σ_g |g|·o_g ≤ the least that there can be

Two scanners of one bridge are out at once only where that cannot be helped: whether no overlap is possible is tried
first, else the least overlap is found, then the least price with it. The price is that of each alone.

Of a scanner only the cheapest starts are looked at, one more than all others together can keep it from: where its start
in any answer is not among them, one of them is free and no dearer, so that an optimum among them is one of all.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import scipy

from aforo.domain.units import Float64Array, Int64Array

#: The solver stops when value and bound are so near to each other, relative to the value.
GAP: Final = 1e-6
#: A solver that has not proved it by then says how far it came, in seconds.
SECONDS: Final = 30.0


@dataclass(frozen=True)
class Job:
    """A scanner that is to be maintained for `took` from one of `starts` (each once, in any unit of time), at `price`
    each. There is at least one start."""

    starts: Int64Array
    price: Float64Array
    took: int


@dataclass(frozen=True)
class Chosen:
    """By job the number of the start that was chosen; the time for which more than one was out at once, each beyond the
    first counted; the sum of prices, and the bound on it that the solver proved."""

    starts: tuple[int, ...]
    overlap: int
    price: float
    bound: float


def chosen(jobs: Sequence[Job]) -> Chosen:
    """The starts of least price, of those with the least overlap."""
    kept = [_cheapest(job, [other for other in jobs if other is not job]) for job in jobs]
    program = _Program(jobs, kept)
    found = program.cheapest(0.0)
    if found is None:
        taken = program.least_overlap()
        # Of a solver that ran out of time the answer of the least overlap stands, and no bound is proved.
        found = program.cheapest(_overlap(jobs, program.picked(taken))) or (taken, 0.0)
    picked, bound = program.picked(found[0]), found[1]
    price = float(sum(job.price[at] for job, at in zip(jobs, picked, strict=True)))
    return Chosen(picked, _overlap(jobs, picked), price, min(bound, price))


def _cheapest(job: Job, others: Sequence[Job]) -> Int64Array:
    """The starts that are looked at, cheapest first."""
    ordered = np.sort(job.starts)
    apart = int(np.diff(ordered).min()) if len(ordered) > 1 else 1
    most = 1 + sum(-(-(job.took + other.took) // apart) for other in others)
    return np.argsort(job.price, kind="stable")[:most].astype(np.int64)


def _overlap(jobs: Sequence[Job], picked: Sequence[int]) -> int:
    edges = sorted(
        (at, step)
        for job, number in zip(jobs, picked, strict=True)
        for at, step in ((int(job.starts[number]), 1), (int(job.starts[number]) + job.took, -1))
    )
    total = out = since = 0
    for at, step in edges:
        total += max(out - 1, 0) * (at - since)
        out, since = out + step, at
    return total


class _Program:
    """The variables x of the starts that are looked at, then o of the stretches of time."""

    def __init__(self, jobs: Sequence[Job], kept: Sequence[Int64Array]) -> None:
        self._kept = kept
        counts = [len(own) for own in kept]
        firsts = np.concatenate([[0], np.cumsum(counts)])
        #: Of each job its variables.
        self._places = [slice(int(a), int(b)) for a, b in itertools.pairwise(firsts)]
        starts = np.concatenate([job.starts[own] for job, own in zip(jobs, kept, strict=True)])
        ends = np.concatenate([job.starts[own] + job.took for job, own in zip(jobs, kept, strict=True)])
        self._price = np.concatenate([job.price[own] for job, own in zip(jobs, kept, strict=True)])
        edges = np.unique(np.concatenate([starts, ends]))
        self._length = np.diff(edges).astype(np.float64)
        self._x, self._o = len(starts), len(self._length)
        first, last = np.searchsorted(edges, starts), np.searchsorted(edges, ends)
        column = np.repeat(np.arange(self._x), last - first)
        row = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
        width = self._x + self._o
        stretch = np.arange(self._o)
        out = scipy.sparse.csr_array(
            (
                np.concatenate([np.ones(len(row)), -np.ones(self._o)]),
                (np.concatenate([row, stretch]), np.concatenate([column, self._x + stretch])),
            ),
            shape=(self._o, width),
        )
        owner = np.repeat(np.arange(len(jobs)), counts)
        once = scipy.sparse.csr_array((np.ones(self._x), (owner, np.arange(self._x))), shape=(len(jobs), width))
        self._held = [
            scipy.optimize.LinearConstraint(out, -np.inf, 1.0),
            scipy.optimize.LinearConstraint(once, 1.0, 1.0),
        ]

    def picked(self, taken: Float64Array) -> tuple[int, ...]:
        """By job the number of the start that an answer takes."""
        return tuple(int(own[taken[place].argmax()]) for own, place in zip(self._kept, self._places, strict=True))

    def cheapest(self, overlap: float) -> tuple[Float64Array, float] | None:
        """The answer of least price with no more overlap, and its bound; None where there is none."""
        weight = np.concatenate([np.zeros(self._x), self._length])
        most = scipy.optimize.LinearConstraint(weight[None, :], -np.inf, overlap + 1e-6)
        return self._solved(np.concatenate([self._price, np.zeros(self._o)]), [*self._held, most], overlap == 0.0)

    def least_overlap(self) -> Float64Array:
        """An answer of the least overlap; of a solver that found none in its time, each at its cheapest start."""
        found = self._solved(np.concatenate([np.zeros(self._x), self._length]), self._held, False)
        if found is not None:
            return found[0]
        taken = np.zeros(self._x)
        taken[[place.start for place in self._places]] = 1.0
        return taken

    def _solved(
        self, objective: Float64Array, held: list[scipy.optimize.LinearConstraint], apart: bool
    ) -> tuple[Float64Array, float] | None:
        whole = np.ones(self._x + self._o)
        upper = np.ones(self._x + self._o)
        upper[self._x :] = 0.0 if apart else np.inf
        options = {"mip_rel_gap": GAP, "time_limit": SECONDS}
        found: Any = scipy.optimize.milp(
            objective, integrality=whole, bounds=scipy.optimize.Bounds(0.0, upper), constraints=held, options=options
        )
        if found.x is None:
            return None
        bound = found.fun if found.mip_dual_bound is None else found.mip_dual_bound
        return found.x, float(bound)
