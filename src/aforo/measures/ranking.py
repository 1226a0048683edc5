"""How well a score ranks: area under the curve, precision at a rate, and paired differences between two scores."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import scipy

from aforo.measures.intervals import CONFIDENCE, Interval

BoolArray = npt.NDArray[np.bool_]
Float64Array = npt.NDArray[np.float64]
Figure = Callable[[Float64Array, BoolArray], float]


def area_under_curve(score: Float64Array, violation: BoolArray) -> float:
    """The chance that a random violating crossing scores above a random clean one, ties counted half (Mann–Whitney).

    NaN where one of the two is missing.
    """
    positives = int(violation.sum())
    negatives = len(violation) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    ranks = scipy.stats.rankdata(score)
    return float((ranks[violation].sum() - positives * (positives + 1) / 2.0) / (positives * negatives))


def precision_at_rate(score: Float64Array, violation: BoolArray, rate: float) -> float:
    """The share of violations among the best-scored `rate` of the crossings (at least one).

    Where equal scores straddle the edge, the expectation over their order is taken, so the order of rows has no say.
    """
    count = max(1, round(rate * len(score)))
    edge = np.partition(score, len(score) - count)[len(score) - count]
    above, at = score > edge, score == edge
    share = (count - int(above.sum())) / int(at.sum())
    return float((violation[above].sum() + share * violation[at].sum()) / count)


def paired_difference(
    figure: Figure,
    score: Float64Array,
    other: Float64Array,
    violation: BoolArray,
    *,
    repeats: int = 1_000,
    seed: int = 0,
    confidence: float = CONFIDENCE,
) -> Interval:
    """`figure(score) − figure(other)` on the same crossings with its percentile bootstrap interval.

    Both scores see the same resampled crossings in each repeat, so what they share cancels (Efron and Tibshirani, *An
    Introduction to the Bootstrap*, 1993). `figure` takes (score, violation).
    """
    random = np.random.default_rng(seed)
    differences = np.empty(repeats)
    for repeat in range(repeats):
        rows = random.integers(0, len(violation), len(violation))
        differences[repeat] = figure(score[rows], violation[rows]) - figure(other[rows], violation[rows])
    tail = (1.0 - confidence) / 2.0
    low, high = np.nanquantile(differences, [tail, 1.0 - tail])
    return Interval(figure(score, violation) - figure(other, violation), float(low), float(high))
