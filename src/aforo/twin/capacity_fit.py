"""The fit of a capacity factor to published waits, by simulated moments of each reading.

The factor multiplies the service times of primary. For each factor of a grid the twin gives the wait of each reading's
place, day and hour in many replications, on common random numbers. A published wait is that wait, with an error, not
below zero and rounded to `STEP` minutes. The error is a Laplace variate whose scale is fitted with the factor: it holds
what the twin leaves out, such as days that differ and how an officer estimates. The likelihood has a floor, so one
reading that cannot be explained moves little.

The interval of the factor inverts a test of the likelihood ratio: it holds each factor whose log-likelihood lies no
farther below the greatest than in 95 % of worlds in which that factor is true. Worlds are the replications themselves,
each left out of the distribution that it is judged by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from aforo.domain.units import Float64Array, Int64Array

#: Minutes to which published waits are rounded.
STEP: Final = 5
#: Rounded waits that are told apart: this many steps, the last of them and all above.
STEPS: Final = 61
#: Scales of the error of a reading, minutes: from next to none, as where waits are measured.
SCALES: Final = (0.2, 0.5, 1.0, 2.0, 3.0, 4.5, 6.5, 9.0, 13.0, 18.0, 26.0, 40.0)
#: The chance of a reading that the twin cannot explain.
STRAY: Final = 0.02
#: The chance below and above the interval that is predicted for a reading.
TAIL: Final = 0.05
#: Draws of the errors of a world's readings.
_ERRORS: Final = 2
_LONGEST: Final = STEP * (STEPS - 1)


@dataclass(frozen=True)
class CapacityFit:
    """The likeliest factor with its 95 % limits, and the factor to apply with the scale of a reading's error there.

    `low_open` and `high_open` say that a limit is the grid's end. Waits then only bound the factor, and `applied` is
    the factor of the interval that is nearest to one: the document's figure, where the waits do not contradict it.
    """

    factor: float
    low: float
    high: float
    low_open: bool
    high_open: bool
    applied: float
    scale: float


@dataclass(frozen=True)
class Prediction:
    """Limits of each reading, minutes, and the chance that it is expected within: float64[readings] each."""

    low: Float64Array
    high: Float64Array
    chance: Float64Array

    def nominal(self, readings: Int64Array) -> float:
        """The share of these readings that is expected within their limits."""
        return float(self.chance[readings].mean())

    def within(self, minutes: Float64Array, readings: Int64Array) -> float:
        """The share of these readings that is within their limits."""
        steps = STEP * steps_of(minutes[readings])
        return float(((steps >= self.low[readings]) & (steps <= self.high[readings])).mean())


def steps_of(minutes: Float64Array) -> Int64Array:
    """Waits as numbers of whole steps, the nearest."""
    return np.clip(np.floor(minutes / STEP + 0.5), 0, STEPS - 1).astype(np.int64)


def _tables() -> Float64Array:
    """float64[scales, minutes, steps]: the chance of each rounded reading where the wait is so many minutes."""
    waits = np.arange(_LONGEST + 1, dtype=np.float64)[None, :, None]
    edges = (STEP * (np.arange(1, STEPS) - 0.5))[None, None, :]
    scales = np.array(SCALES)[:, None, None]
    apart = (edges - waits) / scales
    below = np.where(apart < 0.0, 0.5 * np.exp(np.minimum(apart, 0.0)), 1.0 - 0.5 * np.exp(-np.maximum(apart, 0.0)))
    ends = [np.zeros((*below.shape[:2], 1)), np.ones((*below.shape[:2], 1))]
    chances = np.diff(np.concatenate([ends[0], below, ends[1]], axis=2), axis=2)
    table: Float64Array = (1.0 - STRAY) * chances + STRAY / STEPS
    return table


_TABLES: Final = _tables()


class CapacityModel:
    """The distribution of each reading under each factor of a grid and each scale of its error.

    `waits` float64[factors, replications, readings]: minutes at each reading's place and hour; NaN where no truck came.
    """

    def __init__(self, factors: Float64Array, waits: Float64Array) -> None:
        self.factors = factors
        self._waits = waits
        self._minutes = np.where(np.isnan(waits), -1, np.clip(np.rint(np.nan_to_num(waits)), 0, _LONGEST)).astype(
            np.int64
        )
        self._known = (self._minutes >= 0).sum(axis=1)
        count, _, readings = waits.shape
        histogram = np.zeros((count, readings, _LONGEST + 1))
        at = np.nonzero(self._minutes >= 0)
        np.add.at(histogram, (at[0], at[2], self._minutes[at]), 1.0)
        #: float64[scales, factors, readings, steps]: sums over replications.
        self._sums = np.einsum("krm,smb->skrb", histogram, _TABLES, optimize=True)

    def usable(self) -> Int64Array:
        """The readings at whose hour trucks came under every factor in half the replications or more."""
        enough: Int64Array = np.flatnonzero((2 * self._known >= self._minutes.shape[1]).all(axis=0))
        return enough

    def fit(self, minutes: Float64Array, readings: Int64Array, seed: int = 0) -> CapacityFit:
        """The factor under which these readings are likeliest, with its interval."""
        steps = steps_of(minutes)
        chances = self._sums[:, :, readings, steps[readings]] / self._known[:, readings]
        likelihood = np.log(chances).sum(axis=2)
        profile = likelihood.max(axis=0)
        best = int(profile.argmax())
        usual = np.flatnonzero(profile.max() - profile <= self._margins(readings, likelihood.argmax(axis=0), seed))
        low, high = min(int(usual.min(initial=best)), best), max(int(usual.max(initial=best)), best)
        low_open, high_open = low == 0, high == len(self.factors) - 1
        half = float(np.diff(np.log(self.factors)).mean()) / 2.0
        applied = best
        if low_open or high_open:
            applied = int(np.clip(self._nearest(1.0), low, high))
        return CapacityFit(
            factor=float(self.factors[best]),
            low=float(self.factors[low] * np.exp(-half)),
            high=float(self.factors[high] * np.exp(half)),
            low_open=low_open,
            high_open=high_open,
            applied=float(self.factors[applied]),
            scale=SCALES[int(likelihood[:, applied].argmax())],
        )

    def means(self, factor: float) -> Float64Array:
        """float64[readings]: the mean wait of each reading under a factor of the grid; NaN where no truck came."""
        known = self._waits[self._nearest(factor)]
        with np.errstate(invalid="ignore"):
            mean: Float64Array = np.nansum(known, axis=0) / (~np.isnan(known)).sum(axis=0)
        return mean

    def scale(self, minutes: Float64Array, readings: Int64Array, factor: float) -> float:
        """The scale of the error under which these readings are likeliest where the factor is given."""
        at, steps = self._nearest(factor), steps_of(minutes)
        chances = self._sums[:, at, readings, steps[readings]] / self._known[at, readings]
        return SCALES[int(np.log(chances).sum(axis=1).argmax())]

    def predict(self, factor: float, scale: float) -> Prediction:
        """The limits of every reading under a factor of the grid and a scale of its error."""
        at = self._nearest(factor)
        chances = self._sums[SCALES.index(scale), at] / np.maximum(self._known[at], 1)[:, None]
        reached = np.cumsum(chances, axis=1)
        low = (reached < TAIL).sum(axis=1)
        high = np.minimum((reached < 1.0 - TAIL).sum(axis=1), STEPS - 1)
        before = np.where(low > 0, np.take_along_axis(reached, np.maximum(low - 1, 0)[:, None], 1)[:, 0], 0.0)
        inside = np.take_along_axis(reached, high[:, None], 1)[:, 0] - before
        return Prediction(STEP * low.astype(np.float64), STEP * high.astype(np.float64), inside)

    def _nearest(self, factor: float) -> int:
        return int(np.abs(np.log(self.factors / factor)).argmin())

    def _margins(self, readings: Int64Array, scales: Int64Array, seed: int) -> Float64Array:
        """float64[factors]: how far below its greatest the log-likelihood of the true factor lies in 95 % of worlds."""
        chances = np.random.default_rng(seed)
        replications = self._minutes.shape[1]
        sums, known = self._sums[:, :, readings], self._known[:, readings]
        columns = np.arange(len(readings))
        margins = np.zeros(len(self.factors))
        for true in range(len(self.factors)):
            below = []
            for world in range(replications):
                there = self._minutes[true, world, readings] >= 0
                minutes = np.maximum(self._minutes[true, world, readings], 0).astype(np.float64)
                mine = self._minutes[:, world, readings]
                for _ in range(_ERRORS):
                    error = chances.laplace(0.0, SCALES[scales[true]], len(readings))
                    stray = chances.random(len(readings)) < STRAY
                    steps = steps_of(np.maximum(minutes + error, 0.0))
                    steps = np.where(stray, chances.integers(0, STEPS, len(readings)), steps)
                    apart = np.where(mine >= 0, _TABLES[:, np.maximum(mine, 0), steps], 0.0)
                    chance = (sums[:, :, columns, steps] - apart) / np.maximum(known - (mine >= 0), 1)
                    profile = np.log(np.maximum(chance[:, :, there], STRAY / STEPS)).sum(axis=2).max(axis=0)
                    below.append(float(profile.max() - profile[true]))
            margins[true] = np.quantile(below, 0.95)
        return margins
