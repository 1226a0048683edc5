"""At which bridge a truck stood last, by who saw it there: that goes before what any paper of it names."""

from __future__ import annotations

from collections.abc import Iterable

from aforo.domain.bridge import ExaminationEnded, ExaminationStarted
from aforo.domain.dock import ExaminationBegun
from aforo.domain.event import Arrived, AtYard, Event, Payload
from aforo.log.stored import StoredEvent


def stood_in(event: Event, payload: Payload) -> str:
    """The bridge that an event saw its truck at, by its identifier or as it was said; empty where it saw it at none."""
    if isinstance(payload, Arrived | AtYard | ExaminationBegun):
        return payload.bridge
    if isinstance(payload, ExaminationStarted | ExaminationEnded):
        return event.stream.removeprefix("port/")
    return ""


def stood_at(events: Iterable[StoredEvent]) -> str:
    """The bridge at which a truck stood last by the events that saw it; empty where it was seen at none."""
    seen = [(each.event.occurred_at, bridge) for each in events if (bridge := stood_in(each.event, each.payload))]
    return max(seen, key=lambda each: each[0])[1] if seen else ""
