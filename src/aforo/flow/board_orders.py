"""What all events of a crossing say of its orders, for the board and for its page."""

from __future__ import annotations

from collections.abc import Sequence

from aforo.domain.clock import microseconds
from aforo.domain.event import Overridden
from aforo.flow.acted_on import acted_on
from aforo.flow.agreed import agreed
from aforo.flow.board_truck import Agreed, Given, Seen
from aforo.flow.edge_orders import carried_out, standing_order
from aforo.flow.findings import claims
from aforo.flow.order import but_undone, found_in, order_of, whereabouts
from aforo.log.stored import StoredEvent


def seen_in(events: Sequence[StoredEvent], beside: Sequence[StoredEvent] = ()) -> Seen:
    """What the events of a crossing say of its orders at their end; `beside` is what else speaks of its truck."""
    stands = but_undone(events)
    finished = carried_out(stands) or whereabouts(stands) != "waiting"
    accepted = next((_agreed(each, events, beside) for each in agreed(events)), None)
    found = found_in(stands)
    people = found and any(claim.kind == "people_found" for claim in claims(stands).values())
    return Seen(standing_order(stands), found, finished, _given(events, stands, beside), accepted, people)


def _agreed(accepted: StoredEvent, events: Sequence[StoredEvent], beside: Sequence[StoredEvent]) -> Agreed:
    event = accepted.event
    return Agreed(event.actor, microseconds(event.recorded_at), event.event_id, not acted_on(events, accepted, beside))


def _given(events: Sequence[StoredEvent], stands: Sequence[StoredEvent], beside: Sequence[StoredEvent]) -> Given | None:
    """The last order, where it stands over the decision."""
    _, over = order_of(stands)
    if over is None:
        return None
    at = max(place for place, stored in enumerate(stands) if isinstance(stored.payload, Overridden))
    event, order = stands[at].event, stands[at].payload
    assert isinstance(order, Overridden)
    undoable = event.reported_at is None and order.examination != "hold" and not acted_on(events, stands[at], beside)
    return Given(
        event.event_id, event.actor, microseconds(event.recorded_at), standing_order(stands[:at]), order.examination,
        order.seconded_by, order.reason, undoable, order.ground,
    )  # fmt: skip
