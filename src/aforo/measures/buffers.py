"""Intervals of buffer time and buffer index: the 95th percentile less the mean, and over it less one.

Two ways. `apart` joins limits of both parts at half the error each (Bonferroni): it holds, and is half as wide again as
it need be. `recovered` recovers the variance of each part from its own 95 % limits and reckons with how percentile and
mean go together (MOVER: Zou and Donner, Statistics in Medicine 27, 2008; with a correlation, Zou, American Journal of
Epidemiology 168, 2008). The correlation of the two follows from their influence functions without a density: with q the
percentile, σ the standard deviation and m the mean of the times above q, it is 0.05 (m − mean) / (√(0.05 · 0.95) σ).
For the index the same is done on logarithms.

`ordered` are the times in minutes, ascending; limits that they cannot give are None.
"""

from __future__ import annotations

import math

import numpy as np

from aforo.measures.crossing_times import LEAST_MEAN, mean_interval
from aforo.measures.intervals import CONFIDENCE, Float64Array, Interval
from aforo.measures.waits import interpolated, limits

#: Low and high limit.
Two = tuple[float | None, float | None]
_SHARE = 0.95


def apart(ordered: Float64Array) -> tuple[Two, Two]:
    """The limits of buffer time and of buffer index, both parts at half the error each."""
    half = (1.0 + CONFIDENCE) / 2.0
    least, most = limits(ordered, _SHARE, half)
    mean = mean_interval(ordered, half)
    below, above = (float(each) if np.isfinite(each) else None for each in (mean.low, mean.high))
    time = (
        None if least is None or above is None else least - above,
        None if most is None or below is None else most - below,
    )
    index = (
        None if least is None or above is None else least / above - 1.0,
        None if most is None or below is None or below < LEAST_MEAN else most / below - 1.0,
    )
    return time, index


def recovered(ordered: Float64Array, mean: Interval) -> tuple[Two, Two]:
    """The limits of buffer time and of buffer index by recovered variances, from the mean with its limits."""
    least, most = interpolated(ordered, _SHARE)
    if mean.value is None or not np.isfinite(mean.low):
        return (None, None), (None, None)
    p95, middle, below, above = float(np.quantile(ordered, _SHARE)), mean.value, mean.low, mean.high
    deviation, beyond = float(ordered.std(ddof=1)), ordered[ordered > p95]
    together = 0.0
    if deviation > 0.0 and len(beyond):
        tail = len(beyond) / len(ordered)
        together = tail * (float(beyond.mean()) - middle) / (math.sqrt(tail * (1.0 - tail)) * deviation)
    together = min(max(together, 0.0), 1.0)
    time = (
        None if least is None else p95 - middle - _joined(p95 - least, above - middle, together),
        None if most is None else p95 - middle + _joined(most - p95, middle - below, together),
    )
    if below < LEAST_MEAN or p95 <= 0.0:
        return time, (None, None)
    ratio = math.log(p95 / middle)
    index = (
        None if not least else _index(ratio - _joined(math.log(p95 / least), math.log(above / middle), together)),
        None if most is None else _index(ratio + _joined(math.log(most / p95), math.log(middle / below), together)),
    )
    return time, index


def _joined(one: float, other: float, together: float) -> float:
    return math.sqrt(max(one * one + other * other - 2.0 * together * one * other, 0.0))


def _index(log_ratio: float) -> float:
    return math.exp(log_ratio) - 1.0
