"""What a port must go on doing with a truck: what holds it, what an order comes from, and what is left to carry out.

A bundle is made of these, and what officers at an edge lowered is held against them. Pure functions of a crossing's
events.
"""

from __future__ import annotations

from collections.abc import Sequence

from aforo.domain.decision import Examination
from aforo.domain.event import Decided, Examined, Overridden
from aforo.flow.examinations import examinations
from aforo.flow.order import but_undone, floor_of, found_in, order_of, ordered
from aforo.log.stored import StoredEvent


def standing_order(events: Sequence[StoredEvent]) -> Examination:
    """What is ordered at the end of a crossing's events; a hold where something was found."""
    return "hold" if found_in(events) else ordered(events)


def ordered_by(events: Sequence[StoredEvent]) -> str:
    """The event that what is ordered comes from: the last decision, officer's order or finding of the node's own; empty
    where there is none. What an edge handed in is none of these: it was made over what the edge knew."""
    own = ""
    for stored in but_undone(events):
        payload, event = stored.payload, stored.event
        officers = isinstance(payload, Overridden) and event.reported_at is None
        finding = isinstance(payload, Examined) and bool(payload.outcome.violation) and event.causation_id is None
        if isinstance(payload, Decided) or officers or finding:
            own = event.event_id
    return own


def left_to_do(events: Sequence[StoredEvent]) -> bool:
    """Whether an examination left what was ordered, being less than that, and none has carried it out by now."""
    events = but_undone(events)
    made = examinations(events)
    if not any(each.last.order_stands for each in made):
        return False
    if floor_of(events) is not None:
        return True
    _, over = order_of(events)
    if over is None or over.examination == "release":
        return False
    since = max(stored.event.version for stored in events if isinstance(stored.payload, Overridden))
    return all(each.last.order_stands for each in made if each.first.event.version > since)


def carried_out(events: Sequence[StoredEvent]) -> bool:
    """Whether the truck was examined and nothing of what was ordered is left to do, nor was anything found."""
    return bool(examinations(events)) and floor_of(events) is None and not left_to_do(events) and not found_in(events)
