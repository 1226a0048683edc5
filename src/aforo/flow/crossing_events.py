"""The events of one crossing, by whatever somebody names it."""

from __future__ import annotations

from aforo.flow.filing import filing_key, stream_of
from aforo.log.store import Log
from aforo.log.stored import StoredEvent


def events_of(which: str, log: Log) -> list[StoredEvent]:
    """The events of the crossing that an event, a crossing or a declaration names; empty where the log has none."""
    event = log.event(which) or next(iter(log.find([filing_key(which)]).values()), None)
    if event is not None and event.event.stream.startswith("crossing/"):
        return log.stream(event.event.stream)
    return log.stream(stream_of(which))
