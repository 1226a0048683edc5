"""Events for the tests of the log, and a clock that stands where it is put."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aforo.domain.event import Event, PersonErased, new_event
from aforo.log.ids import event_id

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that moves a second each time it is read."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def event(
    stream: str = "crossing/1",
    version: int = 1,
    *,
    key: str | None = None,
    cause: str | None = None,
    ground: str = "a test",
    identifier: str | None = None,
) -> Event:
    """An event with a small payload."""
    return new_event(
        identifier or event_id(START),
        PersonErased("0", ground),
        stream,
        version,
        occurred_at=START,
        recorded_at=START,
        actor="test",
        idempotency_key=key,
        causation_id=cause,
    )
