"""Intervals of the means of figures over futures.

Waits and truck-hours have long tails, so their limits reckon with skewness (`measures.crossing_times`). The street is
empty in most futures and full in few: its limits are percentiles of means of futures that are drawn again (Efron and
Tibshirani, *An Introduction to the Bootstrap*, 1993). Of few futures these are too narrow, so there it has the others'.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from aforo.domain.units import Float64Array
from aforo.measures.crossing_times import skewed_mean_interval
from aforo.measures.intervals import CONFIDENCE, Interval

#: The figures of the street.
STREET: Final = frozenset({"street_mean", "street_p95", "street_most", "street_over"})
#: Of fewer futures nothing is drawn again.
FEWEST: Final = 30
_REPEATS: Final = 1_000


def over_futures(figure: str, values: Float64Array) -> Interval:
    """The mean of a figure over futures, or of its differences, with its limits; float64[futures], all known."""
    return _resampled(values) if figure in STREET and len(values) >= FEWEST else skewed_mean_interval(values)


def _resampled(values: Float64Array) -> Interval:
    random = np.random.default_rng(0)
    number = len(values)
    means = np.array([values[random.integers(0, number, number)].mean() for _ in range(_REPEATS)])
    tail = (1.0 - CONFIDENCE) / 2.0
    mean = float(values.mean())
    low, high = (float(end) for end in np.quantile(means, (tail, 1.0 - tail)))
    return Interval(mean, min(low, mean), max(high, mean))
