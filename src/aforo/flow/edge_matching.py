"""Which crossing a visit at an edge was: by the decision that the edge acted on, by its number, by its plate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from aforo.domain.edge import EdgeArrived, EdgeOrdered
from aforo.domain.event import Arrived, Decided, Examined, Filed, Passed
from aforo.flow.crossing_events import followed
from aforo.flow.edge_book import EdgeBook, Seen
from aforo.flow.edge_expected import Expecting, may_name
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: How long before it arrived a truck may have been filed, where its plate alone is known; and how far two accounts of
#: one passage may lie apart in time.
_FILED_BEFORE = timedelta(days=1)
_APART = timedelta(hours=1)


def matched(seen: Seen, fact: StoredEvent, book: EdgeBook, expecting: Expecting, node: Node) -> str | None:
    """The crossing of a visit, `fact` being the last that is known of it; None where there is none yet."""
    if seen.crossing is not None:
        return seen.crossing
    payload = fact.payload
    arrived = payload if isinstance(payload, EdgeArrived) else seen.arrived
    decision = arrived.decision if arrived is not None else None
    if decision is None and isinstance(payload, EdgeOrdered):
        decision = payload.over
    if decision is not None and (crossing := _of_decision(decision, expecting.port, node.log)) is not None:
        return crossing
    numbers = [seen.visit] if arrived is None else [arrived.number, seen.visit]
    for number in numbers:
        for crossing in expecting.crossings(number) if number else ():
            if (name := _decided(crossing, node.log)) is not None:
                return name
    if arrived is None:
        return None
    at = fact.event.occurred_at if seen.at is None else seen.at
    return _of_plate(arrived, at, book, expecting, node)


def _of_decision(decision: str, port: str, log: Log) -> str | None:
    """The crossing of a decision that the bundle of a port may have named."""
    stored = log.event(decision)
    if stored is None or not stored.event.stream.startswith("crossing/"):
        return None
    events = log.stream(stored.event.stream)
    return _name(followed(events, log)) if may_name(port, events) else None


def _decided(crossing: str, log: Log) -> str | None:
    """The name under which a crossing is decided; None where it is not."""
    events = followed(log.stream(stream_of(crossing)), log)
    return _name(events) if any(stored.event.type == Decided.TYPE for stored in events) else None


def _of_plate(arrived: EdgeArrived, at: datetime, book: EdgeBook, expecting: Expecting, node: Node) -> str | None:
    """Of the crossings with this plate that were filed when the truck arrived, or within the lead time after, and that
    no other visit is, the one filed first."""
    latest = at + timedelta(minutes=node.force.policy.lead.standard.minutes)
    found: list[tuple[datetime, str]] = []
    for crossing in dict.fromkeys(name for own in arrived.marks for name in expecting.crossings(own)):
        events = followed(node.log.stream(stream_of(crossing)), node.log)
        name = _name(events)
        if book.is_taken(name) or not any(stored.event.type == Decided.TYPE for stored in events):
            continue
        filed = next(stored.event.occurred_at for stored in events if isinstance(stored.payload, Filed))
        if at - _FILED_BEFORE <= filed <= latest and not _done_before(events, at - _APART):
            found.append((filed, name))
    return min(found, default=(at, None))[1]


def _done_before(events: Sequence[StoredEvent], instant: datetime) -> bool:
    """Whether the truck of a crossing had been at the booth before an instant: then this is another trip of it."""
    return any(
        isinstance(stored.payload, Arrived | Passed | Examined) and stored.event.occurred_at < instant
        for stored in events
    )


def _name(events: Sequence[StoredEvent]) -> str:
    return events[0].event.stream.removeprefix("crossing/")
