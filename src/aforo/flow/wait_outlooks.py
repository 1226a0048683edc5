"""The waits to come at bridges, by lane class, as people and machines are shown them: drawn once a minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from aforo.domain.text import Text
from aforo.flow.bridges_shown import ALL
from aforo.flow.coming import by_hour, counted_hours
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.on_the_way import OnTheWay
from aforo.flow.outlooks import monthly
from aforo.ports.outlook import outlook
from aforo.ports.wait_outlook import COVERAGE, EVERY, HOURS, LaneOutlook, wait_outlook

#: How long a forecast is told again: by the node's clock, and, where that runs faster, by the machine's (seconds).
_SAME, _LEAST_S = timedelta(minutes=1), 10.0


class WaitTold(msgspec.Struct, frozen=True):
    """The wait of who joins the queue at `at` (local time), in minutes: the middle of what may be, and its interval.
    Null while the lanes are `closed`, and where nobody who joins then is served by the end of the next day."""

    at: datetime
    minutes: float | None
    low: float | None
    high: float | None
    closed: bool = False


class LaneForecast(msgspec.Struct, frozen=True):
    """The waits to come of one class of lanes, or of `all`; `missing` says what is lacking where there are none.
    `served_by` is the class whose booths serve it, null where it has its own."""

    lane: str
    waits: list[WaitTold]
    missing: Text | None = None
    served_by: str | None = None


class WaitForecast(msgspec.Struct, frozen=True):
    """Waits by lane class every `every_minutes` for `hours` hours from `at` on, which is `age_minutes` ago. The
    interval holds the wait of who joins then with chance `coverage`."""

    bridge: str
    at: datetime
    age_minutes: float
    hours: int
    every_minutes: int
    coverage: float
    lanes: list[LaneForecast]


class WaitOutlooks:
    """The forecasts of the waits at every bridge, each drawn when it is asked for and told again for a minute. May be
    asked from several threads."""

    def __init__(self, counts: Callable[[], pl.DataFrame | None], pace: Callable[[], float] = time.monotonic) -> None:
        """`counts` are the monthly counts; `pace` is the machine's clock in seconds."""
        self._counts = counts
        self._pace = pace
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, WaitForecast]] = {}

    def __call__(self, live: LiveBridges, bridge: str, way: OnTheWay | None, now: datetime) -> WaitForecast:
        """The waits to come at a bridge; see `outlooks.forecast_now` for the arguments. Raises OutlookError where
        arrivals cannot be forecast, KeyError."""
        with self._lock:
            drawn, kept = self._kept.get(bridge, (0.0, None))
            fresh = kept is not None and timedelta(0) <= now - kept.at
            if kept is None or not fresh or (now - kept.at >= _SAME and self._pace() - drawn >= _LEAST_S):
                kept = waits_now(live, bridge, way, self._counts(), now)
                self._kept[bridge] = self._pace(), kept
        return msgspec.structs.replace(kept, age_minutes=round((now - kept.at) / timedelta(minutes=1), 1))


def waits_now(
    live: LiveBridges, bridge: str, way: OnTheWay | None, counts: pl.DataFrame | None, now: datetime
) -> WaitForecast:
    """The waits to come at a bridge, drawn now. Raises OutlookError, KeyError."""
    port, own = live.place(bridge)
    months, trucks = monthly(port, counts)
    filed = None if way is None else by_hour(way, bridge)
    # The hour that has begun, those that are told, and the one that the last of them ends in.
    arrivals = outlook(port, own, months, trucks, now, HOURS + 2, counted_hours(live, bridge, now), filed)
    zone = ZoneInfo(port.zone)
    lanes = [_told(each, zone) for each in wait_outlook(port, own, live.state(bridge, now), arrivals)]
    return WaitForecast(bridge, now, 0.0, HOURS, EVERY, COVERAGE, lanes)


def _told(lane: LaneOutlook, zone: ZoneInfo) -> LaneForecast:
    waits = [WaitTold(each.at.astimezone(zone), each.minutes, each.low, each.high, each.closed) for each in lane.waits]
    return LaneForecast(lane.lane or ALL, waits, lane.missing, lane.served_by)
