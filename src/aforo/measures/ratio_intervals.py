"""Intervals of ratios: of two rates, of sums over days, and of the time that outages took.

* one rate over another, of independent units of equal weight: `ratio_of_rates`, the score interval of Koopman
  (Biometrics 40, 1984), which holds where few or none were found and a logarithm does not (Katz's method gives none).
* a sum over a sum, where what belongs together comes in clusters: `ratio_of_sums`, the linearised ratio estimator over
  whole clusters with Student's quantile (Cochran, Sampling Techniques, 1977, sections 6.4 and 9A.1).
* the time that is not lost to outages: `share_up`. Hours of one outage come together, so outages are what is counted:
  they come at random, each with the time that it took, which is a compound Poisson count. Its interval is that of
  `intervals.weighted_count` (Fay and Feuer, 1997) with an outage's time for its weight, but for the upper limit of the
  time lost. There the weights are not known beforehand: the variance Σw² is itself estimated, and too small in just
  those years that missed the long outages. One standard deviation of it, √Σw⁴, is added.

All limits are two-sided, at CONFIDENCE. One that the data cannot give is None.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import scipy

from aforo.measures.intervals import CONFIDENCE, weighted_count

#: Of fewer outages no interval is told: how much their lengths spread is not known.
FEWEST_OUTAGES: Final = 10
#: Ratios beyond these are not told apart from none.
_LEAST, _MOST = 1e-9, 1e9


class Limits(msgspec.Struct, frozen=True):
    """An estimate with its limits, None where there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None


def ratio_of_rates(found: int, examined: int, other_found: int, other_examined: int) -> Limits:
    """found/examined over other_found/other_examined. Where the other rate is zero there is no ratio and no upper
    limit; where nothing was found in either there is neither."""
    if examined <= 0 or other_examined <= 0 or found + other_found == 0:
        return Limits(None)
    chi = float(scipy.special.ndtri(0.5 + CONFIDENCE / 2.0)) ** 2
    own, other = found / examined, other_found / other_examined

    def beyond(log_ratio: float) -> float:
        return _score(float(np.exp(log_ratio)), found, examined, other_found, other_examined) - chi

    least, most = float(np.log(_LEAST)), float(np.log(_MOST))
    if found == 0:
        return Limits(0.0, 0.0, _root(beyond, most, least))
    if other_found == 0:
        return Limits(None, _root(beyond, least, most), None)
    middle = float(np.log(own / other))
    return Limits(own / other, _root(beyond, least, middle), _root(beyond, most, middle))


def _root(beyond: object, outer: float, inner: float) -> float | None:
    """Where the score reaches the limit between a ratio far out and one that holds; None where it does not."""
    assert callable(beyond)
    if beyond(outer) <= 0.0:
        return None
    return float(np.exp(scipy.optimize.brentq(beyond, outer, inner, xtol=1e-10)))


def _score(ratio: float, found: int, examined: int, other_found: int, other_examined: int) -> float:
    """Koopman's statistic: the squared distance of both counts from what is likeliest where the ratio is this one."""
    # The likeliest rate of the others is the smaller root of a quadratic equation.
    a = (examined + other_examined) * ratio
    b = ratio * (examined + other_found) + found + other_examined
    c = found + other_found
    q = 2.0 * c / (b + float(np.sqrt(max(b * b - 4.0 * a * c, 0.0))))
    p = min(ratio * q, 1.0)
    total = 0.0
    for count, number, rate in ((found, examined, p), (other_found, other_examined, q)):
        variance = number * rate * (1.0 - rate)
        distance = (count - number * rate) ** 2
        if variance > 0.0:
            total += distance / variance
        elif distance > 1e-9:
            return float("inf")
    return total


def ratio_of_sums(parts: npt.ArrayLike, wholes: npt.ArrayLike) -> Limits:
    """Σ parts over Σ wholes, an entry a cluster; no limit lies below zero. One cluster has no interval."""
    a, b = np.asarray(parts, dtype=np.float64), np.asarray(wholes, dtype=np.float64)
    kept = (b > 0) | (a > 0)
    a, b = a[kept], b[kept]
    total = float(b.sum())
    if not total > 0.0:
        return Limits(None)
    ratio, count = float(a.sum()) / total, len(b)
    if count < 2:
        return Limits(ratio)
    residuals = a - ratio * b
    variance = float((residuals * residuals).sum()) * count / (count - 1) / (total * total)
    half = float(scipy.special.stdtrit(count - 1, 0.5 + CONFIDENCE / 2.0)) * float(np.sqrt(variance))
    return Limits(ratio, max(0.0, ratio - half), ratio + half)


def share_up(agreed: float, outages: npt.ArrayLike) -> Limits:
    """The share of agreed time that outages left, each by the agreed time that it took, in the unit of `agreed`.

    No interval is told of fewer than FEWEST_OUTAGES outages, and none where no time was agreed.
    """
    took = np.asarray(outages, dtype=np.float64)
    took = took[took > 0.0]
    if not agreed > 0.0:
        return Limits(None)
    value = max(0.0, 1.0 - float(took.sum()) / agreed)
    if len(took) < FEWEST_OUTAGES:
        return Limits(value)
    least = weighted_count(took, float(took.max())).low
    squares = took * took
    lost = float(took.sum() + took.max())
    variance = float(squares.sum() + np.sqrt((squares * squares).sum()) + squares.max())
    most = float(scipy.special.gammaincinv(lost * lost / variance, 0.5 + CONFIDENCE / 2.0)) * variance / lost
    return Limits(value, max(0.0, 1.0 - most / agreed), min(1.0, 1.0 - least / agreed))
