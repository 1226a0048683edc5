"""Arrivals of the next hours at a bridge, from monthly counts, the hours counted at its gates, and what has filed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import polars as pl

from aforo.domain.units import Float64Array
from aforo.flow.coming import by_hour, counted_hours
from aforo.flow.live_bridges import Live, LiveBridges
from aforo.flow.on_the_way import OnTheWay
from aforo.intake import bts
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.outlook import Basis, Filings, Outlook, OutlookError, expected_lately, outlook

#: What was expected is told anew every so many minutes.
_STEP_MINUTES = 5
_MOST_HELD = 1_000


class HourForecast(msgspec.Struct, frozen=True):
    """One hour: local beginning, mean, and the bounds of the interval."""

    hour: datetime
    mean: float
    low: int
    high: int


class BridgeForecast(msgspec.Struct, frozen=True):
    """Arrivals by hour. `trucks_a_day` is what a working day brings, `level` how today stands to it, `counts_until` the
    last month of the counts, null where counted hours say all themselves. `hours_counted` are the whole hours that
    readers counted and that are in it; `filings` says whether the trucks that have filed are in it (`told`), or are too
    `few` to be those of all who file, null without a list of them."""

    port: str
    bridge: str
    basis: Basis
    counts_until: str | None
    trucks_a_day: float
    level: float
    coverage: float
    dispersion: float
    level_sd: float
    hours: list[HourForecast]
    hours_counted: int = 0
    filings: Filings | None = None


def forecast_now(
    live: LiveBridges, bridge: str, way: OnTheWay | None, counts: pl.DataFrame | None, now: datetime, hours: int
) -> BridgeForecast:
    """The next `hours` at a bridge, as a log tells them; `way` are the trucks that have filed, None where filings put
    none on a list; `counts` those of the Bureau of Transportation Statistics, None without any.

    Raises OutlookError, KeyError.
    """
    port, own = live.place(bridge)
    months, trucks = monthly(port, counts)
    filed = None if way is None else by_hour(way, bridge)
    said = outlook(port, own, months, trucks, now, hours, counted_hours(live, bridge, now), filed)
    until = f"{months[-1]:%Y-%m}" if months and said.basis == "monthly counts" else None
    return forecast_of(port, own, said, until)


class ExpectedLately:
    """How many trucks were to be expected at a bridge within the hour before an instant, by the counts that there are
    and the hours that readers counted; NaN where neither tells. For bridges whose prices bring no forecast."""

    def __init__(self, live: Live, counts: Callable[[], pl.DataFrame | None]) -> None:
        self._live = live
        self._counts = counts
        self._known: dict[tuple[str, datetime], float] = {}

    def __call__(self, bridge: str, at: datetime) -> float:
        """The trucks of the hour before `at`, to a step of minutes."""
        then = at.astimezone(UTC)
        then = then.replace(minute=then.minute - then.minute % _STEP_MINUTES, second=0, microsecond=0)
        if (known := self._known.get((bridge, then))) is None:
            if len(self._known) >= _MOST_HELD:
                self._known.clear()
            known = self._known[bridge, then] = self._expected(bridge, then)
        return known

    def _expected(self, bridge: str, at: datetime) -> float:
        live = self._live()
        if not live.has(bridge):
            return float("nan")
        port, own = live.place(bridge)
        try:
            return expected_lately(port, own, *monthly(port, self._counts()), at, counted_hours(live, bridge, at))
        except OutlookError:
            return float("nan")


def monthly(port: PortDocument, counts: pl.DataFrame | None) -> tuple[list[date], Float64Array]:
    """The months that a port was counted in, and its trucks in each, NaN where missing."""
    table = bts.monthly(pl.DataFrame() if counts is None else counts, [port.code])
    return table["month"].to_list(), table["count"].cast(pl.Float64).fill_null(np.nan).to_numpy()


def forecast_of(port: PortDocument, bridge: Bridge, said: Outlook, until: str | None) -> BridgeForecast:
    """A forecast as people and machines are shown it."""
    zone = ZoneInfo(port.zone)
    rows = zip(said.forecast.mean.tolist(), said.forecast.low.tolist(), said.forecast.high.tolist(), strict=True)
    return BridgeForecast(
        port.code,
        bridge.id,
        said.basis,
        until,
        round(said.trucks_a_day, 1),
        round(said.level, 3),
        said.forecast.coverage,
        round(said.scatter.dispersion, 2),
        round(said.scatter.level_sd, 3),
        [
            HourForecast((said.start + timedelta(hours=n)).astimezone(zone), round(mean, 1), int(low), int(high))
            for n, (mean, low, high) in enumerate(rows)
        ],
        said.counted,
        said.filings,
    )
