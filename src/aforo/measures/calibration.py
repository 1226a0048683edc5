"""Calibration: whether what was predicted with probability p happened in a share p of the cases."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.measures.intervals import CONFIDENCE, Interval, weighted_proportion

BoolArray = npt.NDArray[np.bool_]
Float64Array = npt.NDArray[np.float64]


class CalibrationBin(msgspec.Struct, frozen=True):
    """Crossings whose predicted probability is in [`start`, `end`]: what was predicted and what was observed."""

    start: float
    end: float
    crossings: int
    predicted: float
    observed: Interval


class Calibration(msgspec.Struct, frozen=True):
    """How far predictions and observations are apart.

    `observed_over_predicted` is 1 for a prediction that is right on the whole; its limits are those of the observed
    rate over the predicted one. `error` is the mean distance between predicted and observed over the bins, weighted by
    the crossings in them; `error_by_chance` is what a perfect prediction would show in samples of this size (the best
    that can be asked for). `brier` is the mean squared error of the probabilities, `brier_of_base_rate` that of the
    constant rate: the second is what a prediction has to beat.
    """

    bins: tuple[CalibrationBin, ...]
    observed_over_predicted: Interval
    error: float
    error_by_chance: float
    brier: float
    brier_of_base_rate: float


def calibration(
    probability: Float64Array,
    violation: BoolArray,
    weight: Float64Array | None = None,
    *,
    bins: int = 10,
    confidence: float = CONFIDENCE,
) -> Calibration | None:
    """The calibration of predicted probabilities; None for no rows or where nothing at all was predicted.

    The bins hold equal shares of the predicted violations, not of the crossings: at a low prevalence nearly all
    crossings are alike and the few that matter would share one bin. Equal predictions are never split. `weight` is the
    number of crossings that a row stands for (the inverse of its propensity).
    """
    w = np.ones(len(probability)) if weight is None else weight
    total, mass = float(w.sum()), float((w * probability).sum())
    if total <= 0.0 or mass <= 0.0:
        return None
    index = np.unique(probability, return_inverse=True)[1]
    cumulative = np.cumsum(np.bincount(index, w * probability)) / mass
    bin_of_value = np.minimum((cumulative * bins * (1.0 - 1e-12)).astype(np.int64), bins - 1)
    row_bin = bin_of_value[index]
    made: list[CalibrationBin] = []
    error = by_chance = 0.0
    for code in np.unique(row_bin):
        rows = np.flatnonzero(row_bin == code)
        size = float(w[rows].sum())
        predicted = float((w[rows] * probability[rows]).sum()) / size
        observed = weighted_proportion(violation[rows], w[rows], confidence)
        effective = size * size / float((w[rows] ** 2).sum())
        error += size / total * abs(predicted - (observed.value or 0.0))
        # the mean absolute deviation of a normal distribution is √(2/π) of its standard deviation
        by_chance += size / total * float(np.sqrt(2.0 / np.pi * predicted * (1.0 - predicted) / effective))
        made.append(
            CalibrationBin(
                float(probability[rows].min()), float(probability[rows].max()), len(rows), predicted, observed
            )
        )
    overall = weighted_proportion(violation, w, confidence)
    base = overall.value or 0.0
    expected = mass / total
    return Calibration(
        bins=tuple(made),
        observed_over_predicted=Interval(base / expected, overall.low / expected, overall.high / expected),
        error=error,
        error_by_chance=by_chance,
        brier=float((w * (probability - violation) ** 2).sum()) / total,
        brier_of_base_rate=base * (1.0 - base),
    )
