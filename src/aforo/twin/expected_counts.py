"""What a month's count would have been without a shock: last year's, corrected for weekdays, Holy Week and growth.

    expected = count a year before × working days now ÷ working days then × growth

Growth is the median, over the unaffected months within half a year on both sides, of the port's own change year on year
after the same correction; how far these months scatter about it is the figure's standard deviation. A port without a
count a year before (a bridge that opened) is expected to do what it did a working day in the six months before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
import numpy as np

from aforo.twin.working_days import PANDEMIC, Month, of_month, shifted

#: Trucks by month of one port or bridge. A month without a count is absent, never zero.
Series = Mapping[Month, int]

#: Months on each side from which growth is taken.
_AROUND = 6
#: No month is known better than this, whatever the others say.
_LEAST_DEVIATION = 0.02
#: What the standard deviation of a normal variate is to its median absolute deviation.
_MAD = 1.4826


class Expected(msgspec.Struct, frozen=True):
    """An expected count and its standard deviation, in trucks a month."""

    trucks: float
    deviation: float


def expected(series: Series, month: Month, affected: Collection[Month]) -> Expected | None:
    """What `series` would have counted in `month`; `affected` are months that show nothing normal.

    None where neither last year nor the months before can say it.
    """
    year_before = shifted(month, -12)
    growths = [
        np.log(series[each] / series[before] * of_month(before) / of_month(each))
        for each, before in ((shifted(month, by), shifted(month, by - 12)) for by in range(-_AROUND, _AROUND + 1))
        if _normal(series, each, affected) and _normal(series, before, affected)
    ]
    if _normal(series, year_before, affected) and len(growths) >= 3:
        level = float(np.median(growths))
        scatter = _MAD * float(np.median(np.abs(np.array(growths) - level)))
        trucks = series[year_before] * of_month(month) / of_month(year_before) * float(np.exp(level))
        return Expected(trucks, trucks * max(scatter, _LEAST_DEVIATION))
    rates = [
        series[each] / of_month(each)
        for each in (shifted(month, -by) for by in range(1, _AROUND + 1))
        if _normal(series, each, affected)
    ]
    if len(rates) < 3:
        return None
    trucks = float(np.mean(rates)) * of_month(month)
    return Expected(trucks, max(float(np.std(rates, ddof=1)) * of_month(month), _LEAST_DEVIATION * trucks))


def _normal(series: Series, month: Month, affected: Collection[Month]) -> bool:
    return series.get(month, 0) > 0 and month not in affected and month not in PANDEMIC
