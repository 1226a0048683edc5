"""Trips that look alike: how a load that goes in several small trips is known.

Each part of a load looks like little, and so like the others. How many trips that are tied together (by the tractor,
or by parties and goods) look alike within 24 hours is counted: those before a trip, and those that have been filed. By
that count outcomes teach what such trips hide (`Alike.factor`), as they do by hour or party. Where nobody splits loads,
trips that look alike hide no more than others and nothing is changed. (Their values summed would weigh honest short
hauls too high: in the test world of filers who try that costs 2 to 7 % of what a bridge prevents.)
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numba import njit

from aforo.domain.units import Float64Array, Int64Array

#: How long a trip counts in those after it, minutes, and the ratio of values up to which two look alike.
WINDOW: Final = 1440.0
LIKENESS: Final = 1.25
#: Trips alike are counted up to this, with the trip itself.
MOST_ALIKE: Final = 4
#: Findings by which a count leans on what was expected, and the most that the count changes a risk.
LEAN, MOST = 20.0, 8.0


class Alike(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found, and was expected to be, among examined trips by how many look alike."""

    format: str = "aforo.alike/1"
    found: tuple[float, ...] = (0.0,) * MOST_ALIKE
    expected: tuple[float, ...] = (0.0,) * MOST_ALIKE

    def after(self, counts: Int64Array, found: Float64Array, expected: Float64Array) -> Alike:
        """With more examined trips: `counts` int64[n] by `alike`, `found` 1 where something was, `expected` the chance
        that risk gave it. Raises ValueError on counts that there are not."""
        if len(counts) and not (int(counts.min()) >= 1 and int(counts.max()) <= MOST_ALIKE):
            raise ValueError(f"trips alike are counted from 1 to {MOST_ALIKE}")
        sums = [
            np.array(old) + np.bincount(counts - 1, weights=new, minlength=MOST_ALIKE)
            for old, new in ((self.found, found), (self.expected, expected))
        ]
        return Alike(self.format, tuple(sums[0].tolist()), tuple(sums[1].tolist()))

    def factor(self) -> Float64Array:
        """float64[MOST_ALIKE]: by the count less one, what the risk is to be multiplied by; never less than 1."""
        found, expected = np.array(self.found), np.array(self.expected)
        factor: Float64Array = np.clip((found + LEAN) / (expected + LEAN), 1.0, MOST)
        return factor


def alike(values: Float64Array, tied: Int64Array, arrives: Float64Array, filed: Float64Array) -> Int64Array:
    """int64[n], 1 to MOST_ALIKE: how many of the trips tied to it look as each does, itself among them.

    `tied` int64[n] is equal for trips that are tied. Those count that came within WINDOW before, or had been filed
    when this one came (`arrives`, `filed` in minutes). `values` in truck-minutes; a missing one (NaN) is like none.
    """
    counts = np.ones(len(values), dtype=np.int64)
    _count(values, tied, arrives, filed, np.argsort(tied, kind="stable"), counts)
    return np.minimum(counts, MOST_ALIKE)


@njit(cache=True, nogil=True)
def _count(
    values: Float64Array, tied: Int64Array, arrives: Float64Array, filed: Float64Array, order: Int64Array,
    counts: Int64Array,
) -> None:  # fmt: skip
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and tied[order[end]] == tied[order[start]]:
            end += 1
        for a in range(start, end):
            i = order[a]
            for b in range(start, end):
                j = order[b]
                before = arrives[i] - arrives[j]
                known = 0.0 < before < WINDOW or (before <= 0.0 and filed[j] <= arrives[i])
                like = values[j] <= LIKENESS * values[i] and values[i] <= LIKENESS * values[j]
                if j != i and known and like:
                    counts[i] += 1
        start = end
