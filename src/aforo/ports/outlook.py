"""The next hours at a bridge, put together: its port's counts, its share and shape, what was counted, what was filed.

Where hours were counted for two weeks or more (gate reads), they say the volume, the shape of the week and the scatter
themselves; else the monthly counts say the volume, the port document the shape, and the scatter is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from aforo.domain.text import Text, catalogue
from aforo.domain.units import Float64Array
from aforo.ports.calendar import BORDER_WIDE, rates
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.forecast import (
    ASSUMED_FILING,
    ASSUMED_SCATTER,
    Filing,
    Forecast,
    Scatter,
    expected,
    forecast,
    level,
    measured_week,
    of_whom_file,
)
from aforo.ports.volumes import level as monthly_level

Basis = Literal["counted hours", "monthly counts"]
Filings = Literal["told", "few"]
_HOUR = timedelta(hours=1)
#: Hours of counts from which on a bridge is known by them, and hours whose counts say the level of now.
_ENOUGH, _LAST = 14 * 24, 12
#: Trucks whose ETA is longer past are taken for trucks that do not come; what is filed for later tells of the rest.
_PAST, _BEYOND = 2, 2
_LEAST_LEVEL_SD = 0.05


class OutlookError(ValueError):
    """There is no forecast; `text` says what is lacking."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text: Text = catalogue("aforo.ports").say(code, **fields)
        super().__init__(self.text.en)


@dataclass(frozen=True)
class Outlook:
    """The hours from `start` on (UTC), what a working day brings, and from what it is known: `basis`, and the counts of
    `counted` whole hours; `filings` says whether trucks that have filed were reckoned with (`told`), or are too `few`
    to be those of all who file; None without any list of them."""

    start: datetime
    forecast: Forecast
    trucks_a_day: float
    basis: Basis
    scatter: Scatter
    level: float
    counted: int = 0
    filings: Filings | None = None


def outlook(
    port: PortDocument,
    bridge: Bridge,
    months: Sequence[date],
    counts: Float64Array,
    start: datetime,
    hours: int,
    seen: Mapping[datetime, int],
    filed: Mapping[datetime, int] | None,
    filing: Filing = ASSUMED_FILING,
    coverage: float = 0.9,
) -> Outlook:
    """The next `hours` from the hour of `start` on.

    `months` and `counts` are the port's monthly trucks (NaN where missing), `seen` counted arrivals by hour (UTC),
    `filed` trucks that have filed and not arrived by the hour of their ETA, None where nothing is known of filings.
    Raises OutlookError.
    """
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    shape = bridge.week_shape()
    if shape is None:
        raise OutlookError("outlook_shape", bridge=bridge.name)
    before = {hour: count for hour, count in seen.items() if hour < first}
    basis: Basis
    filings: Filings | None
    if len(before) >= _ENOUGH:
        basis = "counted hours"
        rate, shape, scatter = _counted(before, port.zone, shape)
    else:
        basis = "monthly counts"
        rate, scatter = _of_months(port, bridge, months, counts, first)
    lately = [first - (_LAST - number) * _HOUR for number in range(_LAST)]
    observed = np.array([float(before.get(hour, np.nan)) for hour in lately])
    known = level(observed, _means(lately[0], _LAST, port, rate, shape), scatter)
    means = _means(first, hours, port, rate, shape)
    ahead, filings = None, None
    if filed is not None:
        # Whether the list holds all who file shows in every hour that they file for, however few are asked for.
        judged = max(hours, len(filing.covered))
        slots = (first + (number - _PAST) * _HOUR for number in range(_PAST + judged + _BEYOND))
        ahead = np.array([float(filed.get(hour, 0)) for hour in slots])
        of_judged = _means(first, judged, port, rate, shape)
        filing = of_whom_file(of_judged, known, ahead[_PAST : _PAST + judged], scatter, filing)
        filings = "told" if filing.tells_level else "few"
    said = forecast(means, known, ahead, _PAST, scatter=scatter, filing=filing, coverage=coverage)
    counted = len(before) if basis == "counted hours" else int(np.isfinite(observed).sum())
    return Outlook(first, said, rate, basis, scatter, known[0], counted, filings)


def expected_lately(
    port: PortDocument, bridge: Bridge, months: Sequence[date], counts: Float64Array, at: datetime,
    seen: Mapping[datetime, int],
) -> float:  # fmt: skip
    """The trucks that were to be expected within the hour before `at`, by the same volume and shape as `outlook`, of
    which the arguments are: what the last hour's arrivals are held against. Raises OutlookError."""
    since = at.astimezone(UTC) - _HOUR
    first = since.replace(minute=0, second=0, microsecond=0)
    shape = bridge.week_shape()
    if shape is None:
        raise OutlookError("outlook_shape", bridge=bridge.name)
    before = {hour: count for hour, count in seen.items() if hour < first}
    if len(before) >= _ENOUGH:
        rate, shape, _ = _counted(before, port.zone, shape)
    else:
        rate, _ = _of_months(port, bridge, months, counts, first)
    over = (since - first) / _HOUR
    earlier, later = _means(first, 2, port, rate, shape).tolist()
    return float((1.0 - over) * earlier + over * later)


def _means(first: datetime, hours: int, port: PortDocument, rate: float, shape: Float64Array) -> Float64Array:
    return expected(first, hours, port.zone, rate, shape, BORDER_WIDE)


def _of_months(
    port: PortDocument, bridge: Bridge, months: Sequence[date], counts: Float64Array, first: datetime
) -> tuple[float, Scatter]:
    """What a working day brings to the bridge, and the scatter with the error of that in it."""
    share = 1.0 if len(port.bridges) == 1 else None if bridge.share is None else bridge.share.share
    if share is None:
        raise OutlookError("outlook_share", bridge=bridge.name)
    local = first.astimezone(ZoneInfo(port.zone))
    found = monthly_level(months, rates(months, counts), date(local.year, local.month, 1)) if len(months) else None
    if found is None:
        raise OutlookError("outlook_history", port=port.name, month=f"{local:%Y-%m}")
    spread = float(np.hypot(found.log_sd, ASSUMED_SCATTER.level_sd))
    return found.rate * share, Scatter(ASSUMED_SCATTER.dispersion, spread, ASSUMED_SCATTER.persistence)


def _counted(
    before: Mapping[datetime, int], zone: str, prior: Float64Array
) -> tuple[float, Float64Array, Scatter]:  # fmt: skip
    """Rate, shape and scatter of the hours that were counted."""
    hours = sorted(before)
    local = [hour.astimezone(ZoneInfo(zone)) for hour in hours]
    counts = np.array([float(before[hour]) for hour in hours])
    shape, dispersion = measured_week([at.weekday() for at in local], [at.hour for at in local], counts, prior)
    unit = np.concatenate([expected(hour, 1, zone, 1.0, shape, BORDER_WIDE) for hour in hours])
    if unit.sum() <= 0 or counts.sum() <= 0:
        raise OutlookError("outlook_closed")
    rate = float(counts.sum() / unit.sum())
    days = np.array([at.toordinal() for at in local])
    by_day = [(counts[days == day].sum(), rate * unit[days == day].sum()) for day in np.unique(days)]
    logs = np.array([np.log(got / due) for got, due in by_day if got > 0 and due > 0])
    # An hour's own scatter is in a day's total too; what is left is the level's.
    noise = np.mean([dispersion / due for got, due in by_day if got > 0 and due > 0]) if len(logs) else 0.0
    spread = float(np.sqrt(max(_LEAST_LEVEL_SD**2, np.var(logs) - noise))) if len(logs) > 1 else _LEAST_LEVEL_SD
    scattered = dispersion if np.isfinite(dispersion) else ASSUMED_SCATTER.dispersion
    return rate, shape, Scatter(scattered, spread, ASSUMED_SCATTER.persistence)
