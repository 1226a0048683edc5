"""How many trucks a working day brings: forecast from monthly counts, with the error that it had on the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from aforo.domain.units import Float64Array

#: Months whose change on the year before makes the growth, and past forecasts that the error is taken from.
_GROWTH, _TRIED, _FEWEST = 6, 60, 12


@dataclass(frozen=True)
class Level:
    """Trucks on a working day: the forecast, and the standard deviation of its logarithm's error."""

    rate: float
    log_sd: float


def months_between(one: date, other: date) -> int:
    return (other.year - one.year) * 12 + other.month - one.month


def level(months: Sequence[date], rates: Float64Array, target: date) -> Level | None:
    """The level of the month of `target`; None where the history is too short to say it or its error.

    `months` follow each other and end where the counts end, `rates` (`calendar.rates`) are NaN where missing. The
    forecast is the rate of the same month in the last year in which it is known, times the growth on the year before of
    the last six months that are known, once for each year in between. Its error is that of the same forecast, made as
    many months ahead, at up to 60 months of the past.
    """
    if not len(months):
        return None
    ahead = months_between(months[-1], target)
    if ahead <= 0:
        known = rates[len(months) - 1 + ahead] if len(months) - 1 + ahead >= 0 else np.nan
        return Level(float(known), 0.0) if np.isfinite(known) else None
    forecast = _seasonal(rates, len(months) + ahead - 1, len(months))
    ends = range(len(months) - ahead, max(24, len(months) - ahead - _TRIED), -1)
    tried = ((_seasonal(rates, end + ahead - 1, end), rates[end + ahead - 1]) for end in ends)
    errors = np.array([np.log(seen / said) for said, seen in tried if said and np.isfinite(seen) and seen > 0])
    if forecast is None or len(errors) < _FEWEST:
        return None
    return Level(forecast, float(np.sqrt(np.mean(errors**2))))


def _seasonal(rates: Float64Array, target: int, end: int) -> float | None:
    """The forecast of month number `target` from the `rates` before `end`."""
    years = (target - end) // 12 + 1
    while target - 12 * years >= 0 and not np.isfinite(rates[target - 12 * years]):
        years += 1  # that month of the year was not counted
    base = target - 12 * years
    recent = np.arange(max(12, end - _GROWTH), end)
    if base < 0 or not len(recent):
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.log(rates[recent] / rates[recent - 12])
    growth = growth[np.isfinite(growth)]
    if not len(growth) or rates[base] <= 0:
        return None
    return float(rates[base] * np.exp(years * growth.mean()))
