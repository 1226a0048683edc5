"""Agreed service hours: a week of local windows, and how much of any span of time lies within them.

Local clocks jump twice a year: a window is from its first local minute to its last, so that one over a lost hour is an
hour shorter, and one over a repeated hour an hour longer. A local time that clocks skip is the instant at which they
jump: a window that begins or ends within the lost hour begins or ends there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta

from aforo.domain.clock import microseconds
from aforo.domain.units import Int64Array
from aforo.domain.week import DAYS, Clock, Day


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From `from` until `until` on each of `days`, local clock. One past midnight is written in two."""

    days: Annotated[tuple[Day, ...], Meta(min_length=1, max_length=7)]
    since: Clock = msgspec.field(name="from")
    until: Clock


@dataclass(frozen=True)
class Months:
    """Local calendar months that meet: `edges` are their first instants and the end of the last one, in microseconds
    since 1970; `names` are written 2024-07."""

    names: tuple[str, ...]
    edges: Int64Array

    def of(self, at: npt.ArrayLike) -> Int64Array:
        """The number of the month of each instant; instants outside are in the first or the last."""
        found = np.searchsorted(self.edges, np.asarray(at, dtype=np.int64), side="right") - 1
        return np.clip(found, 0, len(self.names) - 1).astype(np.int64)


class ServiceTime:
    """Spans of service, ordered and apart, of which the time within any other span is told at once."""

    def __init__(self, starts: Int64Array, ends: Int64Array) -> None:
        self._starts, self._ends = starts, ends
        self._before = np.concatenate([np.zeros(1, np.int64), np.cumsum(ends - starts)])

    def until(self, at: npt.ArrayLike) -> Int64Array:
        """Microseconds of service before each instant, counted from the beginning of the spans."""
        instants = np.asarray(at, dtype=np.int64)
        number = np.searchsorted(self._starts, instants, side="right") - 1
        inside = np.maximum(number, 0)
        within = np.clip(instants - self._starts[inside], 0, self._ends[inside] - self._starts[inside])
        return np.where(number < 0, 0, self._before[inside] + within)

    def within(self, starts: npt.ArrayLike, ends: npt.ArrayLike) -> Int64Array:
        """Microseconds of service from each start to each end; none where an end is no later than its start."""
        return np.asarray(np.maximum(self.until(ends) - self.until(starts), 0), dtype=np.int64)


def wrong_windows(windows: Sequence[Window]) -> str | None:
    """The code of what is wrong with windows: one that ends before it begins, or overlaps another."""
    taken: dict[Day, list[tuple[str, str]]] = {}
    for window in windows:
        if window.since >= window.until:
            return "window_backwards"
        for day in window.days:
            own = taken.setdefault(day, [])
            if any(window.since < end and start < window.until for start, end in own):
                return "window_overlaps"
            own.append((window.since, window.until))
    return None


def months(zone: str, start: int, end: int) -> Months:
    """The local months that the span from `start` until before `end` touches."""
    local = ZoneInfo(zone)
    first = datetime.fromtimestamp(start / 1e6, UTC).astimezone(local)
    year, month = first.year, first.month
    names, edges = [], [_instant(date(year, month, 1), local)]
    while edges[-1] < end:
        names.append(f"{year:04d}-{month:02d}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        edges.append(_instant(date(year, month, 1), local))
    return Months(tuple(names), np.array(edges, dtype=np.int64))


def service_time(
    windows: Sequence[Window], zone: str, start: int, end: int, closed: Sequence[date] = ()
) -> ServiceTime:
    """The service from the local day of `start` to that of `end`; around the clock where there are no windows, but for
    the local days that are `closed`."""
    local = ZoneInfo(zone)
    day = datetime.fromtimestamp(start / 1e6, UTC).astimezone(local).date()
    last = datetime.fromtimestamp(end / 1e6, UTC).astimezone(local).date()
    never = frozenset(closed)
    week: list[list[tuple[str, str]]] = [
        sorted((each.since, each.until) for each in windows if name in each.days) or ([] if windows else [_DAY])
        for name in DAYS
    ]
    spans: list[tuple[int, int]] = []
    while day <= last:
        if day not in never:
            for since, until in week[day.weekday()]:
                opens, closes = _clock(day, since, local), _clock(day, until, local)
                # A window within the hour that clocks skip is none.
                if opens < closes:
                    spans.append((opens, closes))
        day += timedelta(days=1)
    table = np.array(spans or [(start, start)], dtype=np.int64)
    return ServiceTime(table[:, 0].copy(), table[:, 1].copy())


_DAY = ("00:00", "24:00")


def _clock(day: date, clock: str, zone: ZoneInfo) -> int:
    if clock == "24:00":
        return _instant(day + timedelta(days=1), zone)
    return _first(datetime.combine(day, time.fromisoformat(clock), zone))


def _instant(day: date, zone: ZoneInfo) -> int:
    return _first(datetime.combine(day, time(), zone))


def _first(local: datetime) -> int:
    """The first instant at which local clocks show a time; of one that they skip, that at which they jump."""
    after, before = (local.replace(fold=each).astimezone(UTC) for each in (0, 1))
    # The two readings of a time that is skipped lie beside the jump, that by the clock of before it behind it; of any
    # other time the first is no later than the second.
    while after - before > timedelta.resolution:
        middle = before + (after - before) // 2
        jumped = middle.astimezone(local.tzinfo).utcoffset() != local.utcoffset()
        before, after = (before, middle) if jumped else (middle, after)
    return microseconds(after)
