"""The one clock from which events and decisions take their time; injected, so that a demo or a test can set it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def microseconds(at: datetime) -> int:
    """An instant in microseconds since 1970, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instant(at: int) -> datetime:
    """The instant, in UTC, of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at)
