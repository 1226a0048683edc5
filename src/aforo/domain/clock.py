"""The one clock from which events and decisions take their time; injected, so that a demo or a test can set it.

Which instants the product takes is said here too. Every input (a body, a query, a file, an option, what an edge hands
in) may name instants from EARLIEST until LATEST, with their offset; who takes one asks `is_valid`. A log may hold
others, from before that was asked: whoever reads it is given the nearest that calendars, zones and sums can bear.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

Clock = Callable[[], datetime]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: The instants that any input may name: from the first, and before the second.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
#: The instants that an event is read to name: from the first until the second. They reach beyond those of inputs, so
#: that an old event is read as it was written wherever that can be borne, and what follows from it can be recorded.
FIRST, LAST = _EPOCH, datetime(2101, 1, 1, tzinfo=UTC) - timedelta(microseconds=1)
_FIRST_YEAR, _LAST_YEAR = FIRST.year, LAST.year
_FIRST_US, _LAST_US = 0, (LAST - _EPOCH) // timedelta(microseconds=1)


class InstantError(ValueError):
    """An event is to carry an instant that none can: it is of no year that the product takes, or has no offset."""


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def microseconds(at: datetime) -> int:
    """An instant in microseconds since 1970, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instant(at: int) -> datetime:
    """The instant, in UTC, of microseconds since 1970; the nearest that can be read where it is beyond FIRST or
    LAST."""
    return _EPOCH + timedelta(microseconds=min(max(at, _FIRST_US), _LAST_US))


def is_valid(at: datetime) -> bool:
    """Whether an input may name this instant: it has its offset, and is between EARLIEST and LATEST."""
    return at.tzinfo is not None and EARLIEST <= at < LATEST


def is_valid_day(day: date) -> bool:
    """Whether an input may name this day."""
    return EARLIEST.year <= day.year < LATEST.year


def is_readable(at: datetime) -> bool:
    """Whether an event may carry this instant."""
    return at.tzinfo is not None and FIRST <= at <= LAST


def check_readable(kind: str, *instants: datetime | None) -> None:
    """Raises InstantError where an event of this kind is to carry an instant that could not be read again: inputs ask
    for less (`is_valid`), and this stands behind them."""
    if not all(at is None or is_readable(at) for at in instants):
        raise InstantError(
            f"{kind} is to carry an instant without an offset, or of no year from {FIRST:%Y} to {LAST:%Y}"
        )


def readable(at: datetime) -> datetime:
    """The instant, or the nearest that can be read; one without an offset is of UTC."""
    if _FIRST_YEAR < at.year < _LAST_YEAR and at.tzinfo is not None:
        return at
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return min(max(at, FIRST), LAST)


def readable_day(day: date) -> date:
    """The day, or the nearest that can be read."""
    return min(max(day, FIRST.date()), LAST.date())
