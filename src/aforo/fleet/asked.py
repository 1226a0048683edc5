"""The period that was asked for: its local days are days of whichever zone is reckoned in."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from aforo.domain.clock import microseconds


class Asked(msgspec.Struct, frozen=True):
    """How the bounds of a period were asked for: the local days `since` and before `until`, None where an instant was
    named or nothing. `ended` says that somebody chose its end; else the record ends there. No bound is later than
    `latest`, in microseconds since 1970: what happens after it nobody knows yet, whatever day it is elsewhere."""

    since: date | None = None
    until: date | None = None
    ended: bool = True
    latest: int | None = None

    def within(self, zone: str, start: int, end: int) -> tuple[int, int]:
        """The period in a zone, in microseconds since 1970: `start` and `end` where no day stands for them. It has no
        time where its first day has not begun there."""
        first = start if self.since is None else first_instant(self.since, zone)
        last = end if self.until is None else first_instant(self.until, zone)
        return (first, last) if self.latest is None else (min(first, self.latest), min(last, self.latest))


def first_instant(day: date, zone: str) -> int:
    """The first instant of a local day, in microseconds since 1970."""
    return microseconds(datetime.combine(day, time(), ZoneInfo(zone)))
