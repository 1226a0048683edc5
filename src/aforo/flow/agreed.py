"""Who agrees with what is ordered of a truck, by its crossing's events."""

from __future__ import annotations

from collections.abc import Sequence

from aforo.domain.event import AcceptanceUndone, Decided, OrderAccepted, Overridden
from aforo.flow.edge_orders import standing_order
from aforo.flow.order import but_undone
from aforo.log.stored import StoredEvent


def agreed(events: Sequence[StoredEvent]) -> list[StoredEvent]:
    """The acceptances that stand at the end of a crossing's events, the last one first: of what is ordered now, since
    it was decided or ordered, and not taken back."""
    now = standing_order(events)
    back = {said.acceptance for each in events if isinstance(said := each.payload, AcceptanceUndone)}
    found = []
    for stored in reversed(but_undone(events)):
        payload = stored.payload
        if isinstance(payload, Decided | Overridden):
            break
        if isinstance(payload, OrderAccepted) and payload.examination == now and stored.event.event_id not in back:
            found.append(stored)
    return found
