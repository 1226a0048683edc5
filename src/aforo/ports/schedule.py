"""A week in windows: which days, from when until when by the port's local clock, and how many units then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import msgspec
import numpy as np
from msgspec import Meta

from aforo.domain.figure import Figure
from aforo.domain.units import Int64Array
from aforo.domain.week import DAYS, Clock, Day

MINUTES_A_DAY: Final = 1440


class Window(Figure, frozen=True):
    """From `from` until `until` on each of `days`, local clock. One past midnight is written in two."""

    days: Annotated[tuple[Day, ...], Meta(min_length=1, max_length=7)]
    since: Clock = msgspec.field(name="from")
    until: Clock

    @property
    def minutes(self) -> tuple[int, int]:
        """First minute of the local day, and the first no longer in it."""
        return minute_of(self.since), minute_of(self.until)


class Shift(Window, frozen=True):
    """A window in which `count` units work: booths that are staffed, docks that both countries staff, crews."""

    count: Annotated[int, Meta(ge=0, le=1_000)]


def minute_of(clock: str) -> int:
    """The minute of the day of a local time such as 07:30."""
    return int(clock[:2]) * 60 + int(clock[3:])


def wrong_windows(windows: Sequence[Window]) -> Iterator[tuple[int, str]]:
    """Number and code of each window that ends before it begins, names a day twice, or overlaps an earlier one."""
    taken: list[tuple[Day, int, int]] = []
    for number, window in enumerate(windows):
        start, end = window.minutes
        if start >= end:
            yield number, "window_backwards"
        elif len(set(window.days)) < len(window.days):
            yield number, "window_day_twice"
        elif any(day in window.days and start < its_end and its_start < end for day, its_start, its_end in taken):
            yield number, "window_overlaps"
        taken += [(day, start, end) for day in window.days]


def by_minute(windows: Sequence[Window]) -> Int64Array:
    """int64[7, 1440]: units by day (Monday first) and minute of the local day. A window without a count is one unit."""
    week = np.zeros((len(DAYS), MINUTES_A_DAY), dtype=np.int64)
    for window in windows:
        start, end = window.minutes
        for day in window.days:
            week[DAYS.index(day), start:end] += window.count if isinstance(window, Shift) else 1
    return week


def units_at(windows: Sequence[Window], weekday: int, minute: int) -> int:
    """Units at a minute of the local day; Monday is 0."""
    day = DAYS[weekday]
    return sum(
        window.count if isinstance(window, Shift) else 1
        for window in windows
        if day in window.days and window.minutes[0] <= minute < window.minutes[1]
    )
