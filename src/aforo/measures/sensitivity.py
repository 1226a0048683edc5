"""How much of what varies in a figure comes from each factor: first-order and total Sobol indices, with intervals.

The *first-order* index of a factor is the share of the variance that would go if that factor were known: what it does
by itself. The *total* index is the share that would stay if all others were known: what it does in all, with whatever
it does together with others. They are estimated from a design of two independent sets of points, A and B, and of A with
one factor out of B each:

* first order: Saltelli and others, Computer Physics Communications 181 (2010), table 2 (b);
* total: Jansen, Computer Physics Communications 117 (1999), there table 2 (f).

Factors must be independent, as they are in such a design.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from aforo.measures.intervals import CONFIDENCE, Float64Array, Interval

#: On fewer rows of a design nothing is estimated.
FEWEST: Final = 8
#: Rows are drawn again so often for an interval, by this seed: the same figures have the same intervals.
RESAMPLES: Final = 1_000
_SEED: Final = 20_260_101
#: A figure whose deviation is a smaller part of its mean than this does not vary but by rounding.
_ROUNDING: Final = 1e-12


class Index(msgspec.Struct, frozen=True):
    """Of one factor: the share of the variance that it accounts for by itself, and with all that it does together."""

    first: Interval
    total: Interval


def sobol_indices(a: Float64Array, b: Float64Array, mixed: Float64Array) -> list[Index] | None:
    """The indices of each factor; None where the figure does not vary.

    `a`, `b` float64[n]: the figure at the rows of A and of B; `mixed` float64[d, n]: at the rows of A with factor d
    out of B. The intervals are percentiles over rows that are drawn again: they tell how sure n rows are, and nothing
    of the noise in each figure. An estimate may lie below 0 or above 1 by chance. ValueError for fewer than `FEWEST`
    rows and for numbers that are missing.
    """
    if len(a) < FEWEST or a.shape != b.shape or mixed.shape[1:] != a.shape:
        raise ValueError(f"at least {FEWEST} rows, as many in B and in each mixed set, are needed")
    if not (np.isfinite(a).all() and np.isfinite(b).all() and np.isfinite(mixed).all()):
        raise ValueError("a figure is missing somewhere")
    both = np.concatenate((a, b))
    if both.std() <= _ROUNDING * abs(both.mean()) or not both.std() > 0.0:
        return None
    first, total = _estimated(a[None], b[None], mixed[:, None])
    drawn = np.random.default_rng(_SEED).integers(0, len(a), (RESAMPLES, len(a)))
    firsts, totals = _estimated(a[drawn], b[drawn], mixed[:, drawn])
    tails = ((1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0)

    def told(value: Float64Array, values: Float64Array) -> Interval:
        known = values[np.isfinite(values)]  # a set of rows without variance says nothing
        low, high = np.quantile(known, tails) if len(known) else (-np.inf, np.inf)
        return Interval(float(value[0]), float(low), float(high))

    return [
        Index(told(one, ones), told(all_, alls))
        for one, ones, all_, alls in zip(first, firsts, total, totals, strict=True)
    ]


def _estimated(a: Float64Array, b: Float64Array, mixed: Float64Array) -> tuple[Float64Array, Float64Array]:
    """First-order and total indices, float64[d, draws], of `a`, `b` float64[draws, n] and `mixed`
    float64[d, draws, n]."""
    both = np.concatenate((a, b), axis=1)
    # About their mean: the estimator of the first order is steadier so, and the same in expectation.
    middle, variance = both.mean(axis=1, keepdims=True), both.var(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        first: Float64Array = ((b - middle) * (mixed - a)).mean(axis=2) / variance
        total: Float64Array = ((a - mixed) ** 2).mean(axis=2) / (2.0 * variance)
    return first, total
