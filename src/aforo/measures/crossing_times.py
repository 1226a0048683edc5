"""Waits and crossing times of trucks, as those who own the indicators define them.

*Wait*: from the end of the queue to the beginning of primary inspection. *Crossing time*: from the end of the queue to
the exit of the whole port. *Buffer time* is the 95th percentile less the mean, *buffer index* that over the mean (Texas
A&M Transportation Institute; Federal Highway Administration). A truck that has not come so far has no time: it is
counted as missing, never as zero. All times are minutes.

Of fewer than `FEWEST` times there is no 95th percentile, since not one of twenty lies above it: it would be the longest
time under another name. A buffer index has no meaning where the mean is below a minute, the unit in which waits are
published: it would compare hardly any wait with hardly any wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.measures.intervals import CONFIDENCE, Float64Array, Interval
from aforo.measures.order_statistics import quantile

#: So many times are needed for a 95th percentile: one in twenty lies above it.
FEWEST: Final = 20
#: A mean of fewer minutes has no buffer index.
LEAST_MEAN: Final = 1.0
#: Of fewer values their skewness tells nothing of what they were drawn from.
FEWEST_SKEW: Final = 5
#: Less skewness than this moves no limit by a millionth of its width, and would be divided by.
NO_SKEWNESS: Final = 1e-6


class Spread(msgspec.Struct, frozen=True):
    """Times of `known` trucks; `missing` have none. All other figures are None where nothing is known.

    `p95`, `buffer` and `buffer_index` are None of fewer than `FEWEST` times, `buffer_index` also where the mean is
    below `LEAST_MEAN`; `over` is the share above the target that was asked for.
    """

    known: int
    missing: int
    mean: float | None
    median: float | None
    p95: float | None
    buffer: float | None
    buffer_index: float | None
    over: float | None


@dataclass(frozen=True)
class Times:
    """Times in minutes: those that are known in `order`, with their `total`, and how many are `missing`."""

    order: Float64Array
    total: float
    missing: int


def times_of(minutes: npt.ArrayLike) -> Times:
    """Times in minutes, NaN where a truck has none. Sorts once."""
    given = np.asarray(minutes, dtype=np.float64)
    known = given[~np.isnan(given)]
    total = float(known.sum())
    known.sort()
    return Times(known, total, len(given) - len(known))


def spread(minutes: npt.ArrayLike, target: float | None = None) -> Spread:
    """The figures of some times in minutes, NaN where a truck has none; `target` in minutes."""
    return spread_of([times_of(minutes)], target)


def spread_of(times: Sequence[Times], target: float | None = None) -> Spread:
    """The figures of several trucks' times as of those of all of them; `target` in minutes."""
    orders = [each.order for each in times]
    known, missing = sum(len(each) for each in orders), sum(each.missing for each in times)
    if not known:
        return Spread(0, missing, None, None, None, None, None, None)
    mean = sum(each.total for each in times) / known
    over = None
    if target is not None:
        over = sum(len(each) - int(np.searchsorted(each, target, side="right")) for each in orders) / known
    median = quantile(orders, 0.5)
    if known < FEWEST:
        return Spread(known, missing, mean, median, None, None, None, over)
    p95 = quantile(orders, 0.95)
    buffer = p95 - mean
    return Spread(known, missing, mean, median, p95, buffer, buffer / mean if mean >= LEAST_MEAN else None, over)


def mean_interval(values: Sequence[float] | Float64Array, confidence: float = CONFIDENCE) -> Interval:
    """Student's interval of the mean of independent values, as of the replications of a simulation.

    One value has no interval (infinite limits); none has no mean.
    """
    from scipy import special

    given = np.asarray(values, dtype=np.float64)
    if not len(given):
        return Interval(None, -np.inf, np.inf)
    mean = float(given.mean())
    if len(given) == 1:
        return Interval(mean, -np.inf, np.inf)
    t = float(special.stdtrit(len(given) - 1, 0.5 + confidence / 2.0))
    half = t * float(given.std(ddof=1)) / float(np.sqrt(len(given)))
    return Interval(mean, mean - half, mean + half)


def skewed_mean_interval(values: Sequence[float] | Float64Array, confidence: float = CONFIDENCE) -> Interval:
    """The interval of the mean of independent values that may be skew, as of times of which most are short.

    Student's statistic is skewed by such values: of twenty its interval holds the mean of exponential times in 92 %,
    and misses it far more often above than below. Hall's transformation (On the removal of skewness by transformation,
    Journal of the Royal Statistical Society B 54, 1992, 221–228) is a cubic of the statistic, always rising, by the
    skewness of the values themselves; the limits are where it reaches Student's quantiles. They draw near to Student's
    as values become many, and are Student's of fewer than `FEWEST_SKEW`.

    What it costs: width where values are few and even (1.3 times Student's of five, equal from forty on). What it does
    not do: of values with long tails on both sides (Student's law with three degrees of freedom) it holds the mean of
    twenty in 92 to 93 %, since chance alone makes them look skew; of values of which the longest decide the mean
    (log-normal, sigma 0.9) in 92 to 93 %, too, where Student's holds 88 %.

    One value has no interval (infinite limits); none has no mean.
    """
    from scipy import special

    student = mean_interval(values, confidence)
    given = np.asarray(values, dtype=np.float64)
    deviation = float(given.std()) if len(given) >= FEWEST_SKEW else 0.0
    if student.value is None or deviation == 0.0:
        return student
    skewness = float((((given - student.value) / deviation) ** 3).mean())
    if abs(skewness) < NO_SKEWNESS:
        return student
    root = float(np.sqrt(len(given)))
    unit = float(given.std(ddof=1)) / root
    t = float(special.stdtrit(len(given) - 1, 0.5 + confidence / 2.0))

    def reached(quantile: float) -> float:
        """Where the transformed statistic is at a quantile, in standard errors."""
        cubed = 1.0 + skewness / root * (quantile - skewness / (6.0 * root))
        return 3.0 * root / skewness * (float(np.cbrt(cubed)) - 1.0)

    return Interval(student.value, student.value - unit * reached(t), student.value - unit * reached(-t))


def required(values: Sequence[float] | Float64Array, half_width: float, confidence: float = CONFIDENCE) -> int:
    """How many such values give an interval of at most `half_width` on each side, judged by these values' spread.

    The smallest n with t(n − 1) · s / √n ≤ half_width (Law, Simulation Modeling and Analysis, 9.4.1). ValueError for
    fewer than two values, and for a half-width that is not positive.
    """
    from scipy import special

    given = np.asarray(values, dtype=np.float64)
    if len(given) < 2 or not half_width > 0.0:
        raise ValueError("at least two values and a half-width above zero are needed")
    deviation = float(given.std(ddof=1))
    if deviation == 0.0:
        return 2

    def enough(n: int) -> bool:
        t = float(special.stdtrit(n - 1, 0.5 + confidence / 2.0))
        return bool(t * deviation <= half_width * np.sqrt(n))

    high = 2
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return max(2, high)
