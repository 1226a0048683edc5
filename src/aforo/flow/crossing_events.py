"""The events of one crossing, by whatever somebody names it."""

from __future__ import annotations

from aforo.domain.event import Filed, Moved
from aforo.flow.names import filing_key, stream_of
from aforo.log.store import Log
from aforo.log.stored import StoredEvent


def events_of(which: str, log: Log) -> list[StoredEvent]:
    """The events of the crossing that an event, a crossing or a declaration names; empty where the log has none."""
    event = log.event(which) or next(iter(log.find([filing_key(which)]).values()), None)
    if event is not None and event.event.stream.startswith("crossing/"):
        return followed(log.stream(event.event.stream), log)
    return followed(log.stream(stream_of(which)), log)


def followed(events: list[StoredEvent], log: Log) -> list[StoredEvent]:
    """The events of a crossing, or of the one that took it in and has not let anything be filed in it since."""
    for stored in reversed(events):
        payload = stored.payload
        if isinstance(payload, Moved):
            return log.stream(stream_of(payload.into))
        if isinstance(payload, Filed):
            break
    return events
