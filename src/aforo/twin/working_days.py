"""What a day of each kind is worth in trucks, so that months with other weekdays and another Holy Week can be compared.

A month's *working days* are the sum over its days of what each is worth, an ordinary Monday to Friday being 1. The
worths of `FITTED` were fitted by `fit` to the year-on-year change of all northbound trucks of the border (Bureau of
Transportation Statistics, Border Crossing Data, 2009 to 2025 without the months of the pandemic): they
bring the standard deviation of that change, about its local level, from 4 to 2.5 per cent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from aforo.ports.calendar import easter

#: A month is (year, month).
Month = tuple[int, int]

#: The kinds of days beside the ordinary one: Saturday (Holy Saturday too), Sunday, Maundy Thursday and Good Friday,
#: Monday to Wednesday of Holy Week, a public holiday of either country from Monday to Saturday.
KINDS: Final = ("saturday", "sunday", "holy_thursday_friday", "holy_week", "holiday")
#: What a day of each kind is worth, in the order of `KINDS`; standard errors .09, .09, .14, .09, .16.
FITTED: Final = (0.405, 0.156, 0.454, 0.969, 0.670)
#: The months in which the pandemic held traffic down: they are in no comparison of years.
PANDEMIC: Final = frozenset((2020, month) for month in range(3, 9))


def shifted(month: Month, by: int) -> Month:
    """The month `by` months later."""
    year, index = divmod(month[0] * 12 + month[1] - 1 + by, 12)
    return year, index + 1


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


@lru_cache(maxsize=256)
def holidays(year: int) -> frozenset[date]:
    """The days on which cargo offices of the United States or of Mexico rest, beside Holy Week."""
    last_of_may = _nth(year, 6, 0, 1) - timedelta(days=7)
    fixed = {date(year, 1, 1), date(year, 5, 1), date(year, 7, 4), date(year, 9, 16), date(year, 12, 25)}
    moving = {
        _nth(year, 2, 0, 1),
        _nth(year, 3, 0, 3),
        last_of_may,
        _nth(year, 9, 0, 1),
        _nth(year, 11, 0, 3),
        _nth(year, 11, 3, 4),
    }
    return frozenset(fixed | moving)


def kind(day: date) -> int:
    """The index of the day's kind in `KINDS`, or −1 for an ordinary day."""
    before = (easter(day.year) - day).days
    if before in (2, 3):
        return 2
    if day.weekday() == 6:
        return 1
    if day in holidays(day.year):
        return 4
    if day.weekday() == 5:
        return 0
    return 3 if before in (4, 5, 6) else -1


def worth(day: date, worths: Sequence[float] = FITTED) -> float:
    """What the day is worth in ordinary days."""
    index = kind(day)
    return 1.0 if index < 0 else worths[index]


def working_days(first: date, last: date, worths: Sequence[float] = FITTED) -> float:
    """The working days from `first` to `last`, both included; 0 where `last` is before `first`."""
    return sum(worth(first + timedelta(days=passed), worths) for passed in range((last - first).days + 1))


def bounds(month: Month) -> tuple[date, date]:
    """The first and the last day of a month."""
    return date(*month, 1), date(*shifted(month, 1), 1) - timedelta(days=1)


def of_month(month: Month, worths: Sequence[float] = FITTED) -> float:
    """The working days of a month."""
    return sum(count * value for count, value in zip(_counts(month), (*worths, 1.0), strict=True))


@lru_cache(maxsize=1024)
def _counts(month: Month) -> tuple[int, ...]:
    """How many days of each kind the month has, ordinary days last."""
    first, last = bounds(month)
    kinds = [kind(first + timedelta(days=passed)) for passed in range((last - first).days + 1)]
    return tuple(kinds.count(index) for index in (*range(len(KINDS)), -1))


def fit(totals: Mapping[Month, int]) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """The worths by least squares on the year-on-year change, their standard errors, and what deviation is left.

    `totals` are trucks a month of the whole border. The level of the change is the mean of the nine months around, so
    growth is not mistaken for weekdays. Needs at least 60 comparable months; fewer are a ValueError.
    """
    from scipy import optimize  # loaded where it is needed: every command of the twin reads this module

    months = sorted(
        month
        for month in totals
        if shifted(month, -12) in totals and month not in PANDEMIC and shifted(month, -12) not in PANDEMIC
    )
    if len(months) < 60:
        raise ValueError(f"{len(months)} comparable months are too few to fit the worth of days: 60 are needed")
    changes = np.array([np.log(totals[month] / totals[shifted(month, -12)]) for month in months])

    def residuals(worths: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        days = [
            np.log(of_month(month, tuple(worths)) / of_month(shifted(month, -12), tuple(worths))) for month in months
        ]
        left = changes - np.array(days)
        level = np.array([left[max(0, at - 4) : at + 5].mean() for at in range(len(left))])
        off: npt.NDArray[np.float64] = left - level
        return off

    found = optimize.least_squares(residuals, FITTED, loss="soft_l1", f_scale=0.02, bounds=(0.01, 2.0))
    left = residuals(found.x)
    errors = np.sqrt(np.diag(np.linalg.inv(found.jac.T @ found.jac)) * left.var())
    return tuple(map(float, found.x)), tuple(map(float, errors)), float(left.std())
