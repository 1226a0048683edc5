"""Intervals of proportions and of weighted counts.

Every rate that the product publishes carries one of these. Which one applies depends on how the units were drawn:

* units of equal weight: `clopper_pearson` (exact; Clopper and Pearson, Biometrika 26, 1934) or, where a shorter
  interval with the right coverage on average is wanted, `wilson` (Wilson, JASA 22, 1927), never on unequal weights.
* the difference of two such proportions: `difference` (Newcombe, Statistics in Medicine 17, 1998).
* units of unequal weight or in clusters: `korn_graubard`, the exact interval on the effective sample size (Korn and
  Graubard, Survey Methodology 24, 1998).
* rare finds counted with unequal weights: `weighted_count`, the gamma interval of Fay and Feuer (Statistics in Medicine
  16, 1997), whose upper limit stays honest at zero finds; `mid_p` gives the shorter variant of Fay and Kim (Biometrical
  Journal 59, 2017).
* a rate estimated with unequal weights, rare or not: `weighted_rate`, the same construction with beta distributions in
  place of gamma ones. It is Clopper–Pearson for equal weights and Fay–Feuer for rare finds; the construction is the
  product's own and stands on simulation (`benchmarks/control_intervals.py`).

All limits are two-sided and equal-tailed. Proportions are fractions, not per cent.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
import scipy

Float64Array = npt.NDArray[np.float64]

#: The confidence of every interval that the product publishes, unless it says otherwise.
CONFIDENCE = 0.95


class Interval(msgspec.Struct, frozen=True):
    """An estimate with its limits; the estimate is None where there is nothing to estimate it from."""

    value: float | None
    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


def shown(interval: Interval | None, factor: float = 1.0, digits: int = 1, signed: bool = False) -> str:
    """An estimate with its limits in brackets, each times a factor; alone where it has none, or they are equal to it; a
    dash where there is no estimate."""
    if interval is None or interval.value is None:
        return "–"
    value = f"{factor * interval.value:{'+' if signed else ''}z,.{digits}f}"
    low, high = sorted((factor * interval.low, factor * interval.high))
    limits = "" if low == high or not np.isfinite(low) else f" [{low:z,.{digits}f}, {high:z,.{digits}f}]"
    return f"{value}{limits}".replace("-", "−")


def clopper_pearson(
    found: npt.ArrayLike, examined: npt.ArrayLike, confidence: float = CONFIDENCE
) -> tuple[Float64Array, Float64Array]:
    """Exact limits of a binomial proportion, elementwise.

    `found` and `examined` need not be whole numbers (an effective sample size is not). Nothing examined gives (0, 1).
    """
    k, n = np.broadcast_arrays(np.asarray(found, dtype=np.float64), np.asarray(examined, dtype=np.float64))
    tail = (1.0 - confidence) / 2.0
    with np.errstate(invalid="ignore"):
        low = np.where(k > 0, scipy.special.betaincinv(np.maximum(k, 1e-300), n - k + 1.0, tail), 0.0)
        high = np.where(k < n, scipy.special.betaincinv(k + 1.0, np.maximum(n - k, 1e-300), 1.0 - tail), 1.0)
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def wilson(
    found: npt.ArrayLike, examined: npt.ArrayLike, confidence: float = CONFIDENCE
) -> tuple[Float64Array, Float64Array]:
    """Score limits of a binomial proportion, elementwise; for units of equal weight only. Nothing gives (0, 1)."""
    k, n = np.broadcast_arrays(np.asarray(found, dtype=np.float64), np.asarray(examined, dtype=np.float64))
    z = float(scipy.special.ndtri(0.5 + confidence / 2.0))
    safe = np.where(n > 0, n, 1.0)
    p = k / safe
    centre = (p + z * z / (2.0 * safe)) / (1.0 + z * z / safe)
    half = z * np.sqrt(p * (1.0 - p) / safe + z * z / (4.0 * safe * safe)) / (1.0 + z * z / safe)
    low = np.where(n > 0, np.where(k > 0, np.maximum(centre - half, 0.0), 0.0), 0.0)
    high = np.where(n > 0, np.where(k < n, np.minimum(centre + half, 1.0), 1.0), 1.0)
    return low, high


def proportion(found: float, examined: float, confidence: float = CONFIDENCE) -> Interval:
    """The exact (Clopper–Pearson) interval of one proportion."""
    low, high = clopper_pearson(found, examined, confidence)
    return Interval(found / examined if examined > 0 else None, float(low), float(high))


def difference(found: float, examined: float, other_found: float, other_examined: float) -> Interval:
    """The interval of one proportion less another, of independent units of equal weight.

    Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, method 10), at CONFIDENCE: the limits of both by
    `wilson`, joined. Where either has nothing examined it is (−1, 1).
    """
    if examined <= 0.0 or other_examined <= 0.0:
        return Interval(None, -1.0, 1.0)
    p, q = found / examined, other_found / other_examined
    (low, high), (other_low, other_high) = (
        tuple(float(limit) for limit in wilson(*each)) for each in ((found, examined), (other_found, other_examined))
    )
    d = p - q
    return Interval(d, d - float(np.hypot(p - low, other_high - q)), d + float(np.hypot(high - p, q - other_low)))


def korn_graubard(
    values: npt.ArrayLike,
    weights: npt.ArrayLike,
    confidence: float = CONFIDENCE,
    clusters: npt.ArrayLike | None = None,
) -> Interval:
    """The interval of a weighted mean of values in [0, 1]: Clopper–Pearson on the effective sample size.

    The variance is the linearised one of a ratio of sums over `clusters` (by default every unit is its own). The
    effective size is p(1 − p)/variance, corrected by the ratio of Student quantiles at n − 1 and clusters − 1 degrees
    of freedom, and never above the number of units. Where the variance cannot be seen (all values equal) the effective
    size is Kish's (Σw)²/Σw², with each cluster counted by its whole weight.
    """
    y = np.asarray(values, dtype=np.float64)
    w = np.asarray(weights, dtype=np.float64)
    total = float(w.sum())
    if total <= 0.0:
        return Interval(None, 0.0, 1.0)
    p = float(np.clip((w * y).sum() / total, 0.0, 1.0))
    if clusters is None:
        residuals, sizes = w * (y - p), w
    else:
        _, index = np.unique(np.asarray(clusters), return_inverse=True)
        residuals = np.bincount(index, w * (y - p)).astype(np.float64)
        sizes = np.bincount(index, w).astype(np.float64)
    count = len(sizes)
    kish = total * total / float((sizes * sizes).sum())
    variance = float((residuals * residuals).sum()) / (total * total) * count / max(count - 1, 1)
    if count > 1 and variance > 0.0 and 0.0 < p < 1.0:
        effective = p * (1.0 - p) / variance
        tail = 0.5 + confidence / 2.0
        effective *= float(scipy.special.stdtrit(len(y) - 1, tail) / scipy.special.stdtrit(count - 1, tail)) ** 2
        effective = min(effective, float(len(y)))
    else:
        effective = kish
    low, high = clopper_pearson(p * effective, effective, confidence)
    return Interval(p, float(low), float(high))


def weighted_proportion(values: npt.ArrayLike, weights: npt.ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """The interval of a weighted mean of values in [0, 1]: exact where all weights are equal, else `korn_graubard`."""
    w = np.asarray(weights, dtype=np.float64)
    if len(w) and float(w.min()) == float(w.max()) > 0.0:
        return proportion(float(np.asarray(values, dtype=np.float64).sum()), float(len(w)), confidence)
    return korn_graubard(values, w, confidence)


def weighted_count(
    weights: npt.ArrayLike, largest: float, confidence: float = CONFIDENCE, *, mid_p: bool = False
) -> Interval:
    """The interval of Σ weights over independent rare finds (Poisson), one weight a find.

    `largest` is the greatest weight that a find could have had, found or not: it bounds what one more find would add
    and keeps the upper limit honest at zero finds. Weights of zero or less do not count.

    The gamma interval matches a gamma distribution to the estimate y and its variance v = Σw²: the lower limit is the
    quantile of Gamma(y²/v, v/y), the upper that of Gamma with y + largest and v + largest². With equal weights it is
    the exact (Garwood) interval. `mid_p` takes both limits from the equal mixture of the two distributions.
    """
    w = np.asarray(weights, dtype=np.float64)
    w = w[w > 0.0]
    y, v = float(w.sum()), float((w * w).sum())
    tail = (1.0 - confidence) / 2.0
    if largest <= 0.0 and y == 0.0:
        return Interval(0.0, 0.0, 0.0)
    largest = max(largest, float(w.max())) if len(w) else largest
    above_y, above_v = y + largest, v + largest * largest
    low = float(scipy.special.gammaincinv(y * y / v, tail)) * v / y if y > 0.0 else 0.0
    high = float(scipy.special.gammaincinv(above_y * above_y / above_v, 1.0 - tail)) * above_v / above_y
    if not mid_p:
        return Interval(y, low, high)

    def below(x: float, probability: float) -> float:
        under = float(scipy.special.gammainc(y * y / v, x * y / v)) if y > 0.0 else 1.0
        over = float(scipy.special.gammainc(above_y * above_y / above_v, x * above_y / above_v))
        return (under + over) / 2.0 - probability

    middle_low = float(scipy.optimize.brentq(below, low, above_y, args=(tail,))) if y > 0.0 else 0.0
    middle_high = float(scipy.optimize.brentq(below, min(y, high) / 2.0, high, args=(1.0 - tail,)))
    return Interval(y, middle_low, middle_high)


def weighted_rate(weights: npt.ArrayLike, largest: float, confidence: float = CONFIDENCE) -> Interval:
    """The interval of a rate Σ weights in [0, 1] over independent finds, one weight a find.

    A unit's weight is the share of the population that it stands for, so that the weights of all units, found or not,
    sum to 1. `largest` is the greatest weight of any unit, as in `weighted_count`.

    With y = Σw and v = Σw², x = y²/v finds among n = y/v units carry the same rate and variance. The lower limit is the
    quantile of Beta(x, n − x + 1). For the upper one more find of the largest weight is added to y and v, and the limit
    is the quantile of Beta(x, n − x + 1) of those. Equal weights 1/n give the limits of Clopper and Pearson.
    """
    w = np.asarray(weights, dtype=np.float64)
    w = w[w > 0.0]
    y, v = float(w.sum()), float((w * w).sum())
    if largest <= 0.0 and y == 0.0:
        return Interval(None, 0.0, 1.0)
    largest = max(largest, float(w.max())) if len(w) else largest
    tail = (1.0 - confidence) / 2.0
    low = high = 0.0
    if y > 0.0:
        low = float(scipy.special.betaincinv(y * y / v, max(y / v * (1.0 - y), 0.0) + 1.0, tail))
    above_y, above_v = y + largest, v + largest * largest
    if above_y < 1.0 + largest / 2.0:
        size = above_y / above_v
        high = float(scipy.special.betaincinv(above_y * size, max(size * (1.0 - above_y), 0.0) + 1.0, 1.0 - tail))
    else:
        high = 1.0
    return Interval(min(y, 1.0), min(low, y), max(high, min(y, 1.0)))
