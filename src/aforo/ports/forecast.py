"""Arrivals by hour with intervals: expected from history, corrected by the last hours and by what has been filed.

Arrivals of an hour are a Poisson mixture. Their mean is what was expected times a level, which varies around one
(a busy day is busy in all its hours); around that mean hours scatter with `dispersion` times a Poisson's variance. The
level is learnt from counts by the conjugate Gamma update (Jongbloed and Koole, "Managing uncertainty in call centres
using Poisson mixtures", 2001), where a count weighs the less the more hours scatter, and is forgotten hour by hour.

A truck that has filed is no longer a matter of the level: it comes unless it does not show up, in the hour it said or a
neighbouring one that is still to come. So the arrivals of an hour are those of the filed, a sum of chances, and of the
rest, the mixture; mean and variance add. Quantiles are those of the distribution of Panjer's class with that mean and
variance: negative binomial where the variance exceeds the mean, Poisson where they are equal, binomial below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import scipy

from aforo.domain.units import Float64Array
from aforo.ports.calendar import DayWeights, weight_of

#: By how much mean and variance may differ and count as equal.
_EQUAL = 1e-9
#: A list of filings that is shorter than with this chance is not that of all who file.
_FEW = 0.01


@dataclass(frozen=True)
class Scatter:
    """How arrivals scatter. All of it is measured where gate reads are, and assumed where there are none.

    `dispersion` is an hour's variance over its mean, given the level, at least 1; `level_sd` the standard deviation of
    the logarithm of the level; `persistence` how much of what is known of the level one hour is known of the next.
    """

    dispersion: float = 3.0
    level_sd: float = 0.25
    persistence: float = 0.9


@dataclass(frozen=True)
class Filing:
    """How filed trucks come. `covered[k]` is the share of the trucks with an ETA k hours ahead that have filed by now
    (0 beyond its end, and as for the first where the ETA has passed); `no_show` the share of filed trucks that never
    comes; `late[j]` the share of the others that comes `first + j` hours after the hour of its ETA. `tells_level` says
    that so many of all file that their number tells how busy the day is.
    """

    covered: tuple[float, ...] = (0.9, 0.5, 0.2)
    no_show: float = 0.05
    late: tuple[float, ...] = (0.15, 0.65, 0.15, 0.05)
    first: int = -1
    tells_level: bool = True


ASSUMED_SCATTER: Final = Scatter()
ASSUMED_FILING: Final = Filing()


@dataclass(frozen=True)
class Forecast:
    """By hour: `mean`, and the bounds of the interval that holds arrivals with chance `coverage`; float64[n] each."""

    mean: Float64Array
    low: Float64Array
    high: Float64Array
    coverage: float


def expected(
    start: datetime, hours: int, zone: str, rate: float, shape: Float64Array, weights: DayWeights
) -> Float64Array:
    """float64[hours]: the mean of each hour from `start` on, by `rate` trucks on a working day.

    `shape` is float64[7, 24], each day's proportions by local hour; what a day is worth are `weights` and the calendar.
    An hour that clocks repeat is expected twice at half.
    """
    first = start.astimezone(UTC)
    local = [(first + timedelta(hours=hour)).astimezone(ZoneInfo(zone)) for hour in range(hours)]
    daily = shape.sum(axis=1, keepdims=True)
    within = np.divide(shape, daily, out=np.zeros_like(shape), where=daily > 0)
    means = np.array([rate * weight_of(at.date(), weights) * within[at.weekday(), at.hour] for at in local])
    for hour, at in enumerate(local):
        again = at.replace(fold=1 - at.fold)
        means[hour] /= 2.0 if again.utcoffset() != at.utcoffset() and _exists(again) else 1.0
    return means


def _exists(at: datetime) -> bool:
    return at.astimezone(UTC).astimezone(at.tzinfo).replace(tzinfo=None) == at.replace(tzinfo=None)


def level(seen: Float64Array, means: Float64Array, scatter: Scatter = ASSUMED_SCATTER) -> tuple[float, float]:
    """Mean and variance of the level, after the counts of the last hours (`seen`, the latest last, NaN where an hour
    was not counted) whose means were `means`. Without counts: one, and the variance of `level_sd`.

    The update of each hour is the conjugate one: a Gamma of shape a and rate b becomes a + x / d, b + m / d, where x is
    the count, m the mean and d the dispersion; between hours mean and variance go back to the prior's by `persistence`.
    """
    prior = float(np.expm1(scatter.level_sd**2))
    mean, variance = 1.0, prior
    for count, expected_count in zip(seen.tolist(), means.tolist(), strict=True):
        mean, variance = _an_hour_on(mean, variance, prior, scatter.persistence)
        if np.isfinite(count) and expected_count > 0 and variance > 0:
            shape, rate = mean * mean / variance, mean / variance
            shape += count / scatter.dispersion
            rate += expected_count / scatter.dispersion
            mean, variance = shape / rate, shape / (rate * rate)
    return mean, variance


def _an_hour_on(mean: float, variance: float, prior: float, persistence: float) -> tuple[float, float]:
    kept = persistence * persistence
    return 1.0 + persistence * (mean - 1.0), kept * variance + (1.0 - kept) * prior


def forecast(
    means: Float64Array,
    known: tuple[float, float],
    filed: Float64Array | None = None,
    past: int = 0,
    *,
    scatter: Scatter = ASSUMED_SCATTER,
    filing: Filing = ASSUMED_FILING,
    coverage: float = 0.9,
) -> Forecast:
    """The next hours. `means` are float64[n] (`expected`), `known` the level's mean and variance now (`level`).

    `filed` is float64[past + n + e]: trucks that have filed and not arrived, by the hour of their ETA, the first `past`
    hours of it before the hour that is forecast first, the last e after the last; None where nobody files ahead.
    Raises ValueError for negative or unknown numbers.
    """
    if filed is not None and (len(filed) < past + len(means) or not np.isfinite(filed).all() or (filed < 0).any()):
        raise ValueError("filed must be counts of every hour that is forecast")
    if not np.isfinite(means).all() or (means < 0).any():
        raise ValueError("means must be finite and not negative")
    hours = len(means)
    covered = np.zeros(hours)
    sure, sure_variance = np.zeros(hours), np.zeros(hours)
    if filed is not None:
        if filing.tells_level:
            known = _with_filed(means, known, filed[past : past + hours], scatter, filing)
        covered = _covered(hours, filing)
        sure, sure_variance = _of_filed(filed, past, hours, filing)
    prior = float(np.expm1(scatter.level_sd**2))
    mean, variance = known
    centre, spread = np.zeros(hours), np.zeros(hours)
    for hour in range(hours):
        mean, variance = _an_hour_on(mean, variance, prior, scatter.persistence)
        rest = (1.0 - covered[hour]) * means[hour]
        centre[hour] = rest * mean + sure[hour]
        spread[hour] = (
            _thinned(1.0 - covered[hour], scatter) * rest * mean + rest * rest * variance + sure_variance[hour]
        )
    tail = (1.0 - coverage) / 2.0
    return Forecast(centre, _quantiles(centre, spread, tail), _quantiles(centre, spread, 1.0 - tail), coverage)


def _thinned(share: float, scatter: Scatter) -> float:
    """The dispersion of a random share of an hour's arrivals: of few of them little more than a Poisson's."""
    return 1.0 + (scatter.dispersion - 1.0) * share


def _share_filed(ahead: int, filing: Filing) -> float:
    """The share of the trucks with an ETA so many hours ahead that have filed by now."""
    return filing.covered[max(0, ahead)] if ahead < len(filing.covered) else 0.0


def _covered(hours: int, filing: Filing) -> Float64Array:
    """float64[hours]: the share of each hour's arrivals that has filed by now, whatever hour they said."""
    return np.array(
        [
            sum(share * _share_filed(hour - filing.first - step, filing) for step, share in enumerate(filing.late))
            for hour in range(hours)
        ]
    )


def _of_filed(filed: Float64Array, past: int, hours: int, filing: Filing) -> tuple[Float64Array, Float64Array]:
    """Mean and variance, by hour, of the arrivals of trucks that have filed.

    A truck's chances are those of one that has not come yet: of the hours that are left to it, or of never.
    """
    mean, variance = np.zeros(hours), np.zeros(hours)
    for place, count in enumerate(filed.tolist()):
        earliest = place - past + filing.first
        left = {earliest + step: share for step, share in enumerate(filing.late) if earliest + step >= 0}
        weight = filing.no_show + (1.0 - filing.no_show) * sum(left.values())
        for hour, share in left.items():
            if hour < hours and weight > 0:
                chance = (1.0 - filing.no_show) * share / weight
                mean[hour] += count * chance
                variance[hour] += count * chance * (1.0 - chance)
    return mean, variance


def _with_filed(
    means: Float64Array, known: tuple[float, float], filed: Float64Array, scatter: Scatter, filing: Filing
) -> tuple[float, float]:
    """The level after the filings: more of them than were expected say that it is up.

    The hour that has begun tells nothing, since of its trucks some have arrived.
    """
    there, due = _there_and_due(means, filed, filing)
    mean, variance = known
    if due <= 0 or variance <= 0:
        return known
    shape = mean * mean / variance + there / scatter.dispersion
    rate = mean / variance + due / scatter.dispersion
    return shape / rate, shape / (rate * rate)


def _there_and_due(means: Float64Array, filed: Float64Array, filing: Filing) -> tuple[float, float]:
    """How many of the filed come, and how many were to be expected, in the hours that have not begun."""
    shares = np.array([_share_filed(hour, filing) for hour in range(len(means))])
    told = (shares > 0) & (np.arange(len(means)) > 0)
    return float(filed[told].sum()) * (1.0 - filing.no_show), float((means * shares)[told].sum())


def of_whom_file(
    means: Float64Array,
    known: tuple[float, float],
    filed: Float64Array,
    scatter: Scatter = ASSUMED_SCATTER,
    filing: Filing = ASSUMED_FILING,
) -> Filing:
    """`filing` as it stands where `filed` (float64[n], as `means`) may be all of whom it says that they file; else with
    the shares that `filed` comes to.

    Fewer than the distribution of what is expected has at one in a hundred are no sign of a quiet day, but of trucks
    that do not file, or file elsewhere: they are held against what is expected, and tell nothing of the level.
    """
    there, due = _there_and_due(means, filed, filing)
    centre = due * known[0]
    spread = scatter.dispersion * centre + due * due * known[1]
    if due <= 0 or there >= _quantiles(np.array([centre]), np.array([spread]), _FEW)[0]:
        return filing
    come = filed * (1.0 - filing.no_show)
    shares = np.divide(come, means * known[0], out=np.zeros(len(means)), where=means * known[0] > 0)
    covered = tuple(min(said, share) for said, share in zip(filing.covered, shares.tolist(), strict=False))
    return replace(filing, covered=covered or (0.0,), tells_level=False)


def _quantiles(mean: Float64Array, variance: Float64Array, at: float) -> Float64Array:
    """float64[n]: a quantile of the count distribution of Panjer's class with these means and variances."""
    out = np.zeros(len(mean))
    over = variance > mean * (1 + _EQUAL)
    under = (variance < mean * (1 - _EQUAL)) & (mean > 0)
    equal = ~over & ~under & (mean > 0)
    over &= mean > 0
    if over.any():
        m, v = mean[over], variance[over]
        out[over] = scipy.stats.nbinom.ppf(at, m * m / (v - m), m / v)
    if equal.any():
        out[equal] = scipy.stats.poisson.ppf(at, mean[equal])
    if under.any():
        m, v = mean[under], variance[under]
        size = np.maximum(np.round(m / (1.0 - v / m)), np.ceil(m))
        out[under] = scipy.stats.binom.ppf(at, size, m / size)
    return out


def measured_week(
    weekday: Sequence[int], hour: Sequence[int], count: Float64Array, prior: Float64Array, weeks: float = 4.0
) -> tuple[Float64Array, float]:
    """The shape of a week from counted hours, and their dispersion: float64[7, 24] summing to one, and a number.

    `prior` is the shape without them, which counts as `weeks` weeks of the counted volume. The dispersion is the sum of
    squared Pearson residuals over the degrees of freedom (McCullagh and Nelder, Generalized Linear Models, 4.5), at
    least 1; NaN where no hour of the week was counted twice.
    """
    cells = np.asarray(weekday, dtype=np.int64) * 24 + np.asarray(hour, dtype=np.int64)
    times = np.bincount(cells, minlength=168).astype(np.float64)
    sums = np.bincount(cells, weights=count, minlength=168)
    flat = prior.ravel() / prior.sum()
    seen = times > 0
    # The prior's volume is put on the scale of what was counted, hour by hour of those that were counted.
    scale = sums.sum() / (flat * times).sum() if (flat * times).sum() > 0 else 0.0
    blended = (sums + weeks * scale * flat) / (times + weeks)
    means = np.where(seen, np.divide(sums, times, out=np.zeros(168), where=seen), 0.0)
    freedom = len(cells) - int((seen & (means > 0)).sum())
    counted = means[cells] > 0
    residual = float((((count - means[cells]) ** 2)[counted] / means[cells][counted]).sum())
    dispersion = max(1.0, residual / freedom) if freedom > 0 else float("nan")
    total = blended.sum()
    return (blended / total if total > 0 else flat).reshape(7, 24), dispersion
