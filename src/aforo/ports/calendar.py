"""What a day is worth in trucks: a working day is 1, other days a share of it, estimated from monthly counts.

A month's count is the sum of its days' weights times the rate of a working day, so that months of different make-up can
be compared and Holy Week, which wanders between March and April, can be told from a fall in traffic. Estimated are
Saturdays, Sundays, and Holy Thursday with Good Friday; the first of January and the 25th of December are taken for
Sundays. Other holidays are taken for the days they fall on, since monthly counts cannot tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from aforo.domain.units import Float64Array

_WORKING, _SATURDAY, _SUNDAY, _HOLY = range(4)
#: Months of a pandemic are no guide to what a day is worth: the traffic changed within them.
_UNLIKE: Final = (date(2020, 3, 1), date(2020, 8, 1))


@dataclass(frozen=True)
class DayWeights:
    """Shares of a working day, with their standard errors where they were estimated."""

    saturday: float
    sunday: float
    holy: float
    errors: tuple[float, float, float] | None = None

    def array(self) -> Float64Array:
        """float64[4]: working day, Saturday, Sunday, Holy Thursday and Good Friday."""
        return np.array([1.0, self.saturday, self.sunday, self.holy])


#: Estimated by `estimate` from the BTS counts of all US-Mexico ports, 2010-01 to 2025-02 (a test does it again).
BORDER_WIDE: Final = DayWeights(0.39, 0.20, 0.37, (0.06, 0.06, 0.08))


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar: the anonymous algorithm (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    last = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + last - 7 * ((a + 11 * h + 22 * last) // 451) + 114, 31)
    return date(year, month, day + 1)


def kind_of(day: date) -> int:
    """The place of a day in the arrays of weights."""
    if (easter(day.year) - day).days in (2, 3):
        return _HOLY
    if day.weekday() == 6 or (day.month, day.day) in ((1, 1), (12, 25)):
        return _SUNDAY
    return _SATURDAY if day.weekday() == 5 else _WORKING


def weight_of(day: date, weights: DayWeights) -> float:
    """What a day is worth."""
    return float(weights.array()[kind_of(day)])


def days_of(months: Sequence[date]) -> Float64Array:
    """float64[n, 4]: how many days of each kind a month has; `months` are their first days."""
    counts = np.zeros((len(months), 4))
    for row, month in enumerate(months):
        day = month
        while day.month == month.month:
            counts[row, kind_of(day)] += 1
            day += timedelta(days=1)
    return counts


def rates(months: Sequence[date], counts: Float64Array, weights: DayWeights = BORDER_WIDE) -> Float64Array:
    """float64[n]: trucks on a working day in each month; NaN where the count is."""
    rate: Float64Array = counts / (days_of(months) @ weights.array())
    return rate


def estimate(months: Sequence[date], counts: Float64Array) -> DayWeights | None:
    """The weights that monthly counts bear out, with standard errors; None where there are too few to tell.

    `months` follow each other, `counts` are NaN where missing. Fitted are the changes of the logarithm from month to
    month (which takes the trend away), with an effect for each month of the year, by least squares with a soft-L1 loss
    so that a shock counts for little.
    """
    from scipy.optimize import least_squares  # loaded where it is needed: commands read this module for the days alone

    first, last = _UNLIKE
    known = np.isfinite(counts) & (counts > 0) & np.array([not first <= month <= last for month in months], dtype=bool)
    pairs = known[1:] & known[:-1]
    if pairs.sum() < 60:  # fewer than five years do not part the days from the seasons
        return None
    days, season = days_of(months), np.array([month.month - 1 for month in months])
    logs = np.log(np.where(known, counts, 1.0))

    def left(parameters: Float64Array) -> Float64Array:
        worth = days @ np.array([1.0, *parameters[:3]])
        changes: Float64Array = np.diff(logs - np.log(worth) - np.concatenate([[0.0], parameters[3:]])[season])[pairs]
        centred: Float64Array = changes - changes.mean()
        return centred

    fitted = least_squares(left, np.r_[0.5, 0.2, 0.5, np.zeros(11)], bounds=(-0.5, 2.0), loss="soft_l1", f_scale=0.03)
    covariance = np.linalg.pinv(fitted.jac.T @ fitted.jac) * np.mean(fitted.fun**2)
    errors = np.sqrt(np.diag(covariance))[:3]
    saturday, sunday, holy = (float(value) for value in fitted.x[:3])
    return DayWeights(saturday, sunday, holy, (float(errors[0]), float(errors[1]), float(errors[2])))
