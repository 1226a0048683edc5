"""What holds for a crossing: its last decision, or what an officer ordered over it.

An order that an officer gave stands until the crossing is decided again; then it stands on only where it asks for more
than the new decision, so that no amendment undoes what an officer ordered, and none escapes by an order to release.
"""

from __future__ import annotations

from collections.abc import Iterable

from aforo.domain.decision import STRICTNESS
from aforo.domain.event import Decided, Overridden
from aforo.log.stored import StoredEvent


def stands_over(overridden: Overridden | None, decided: Decided) -> Overridden | None:
    """The officer's order where it stands over a decision that was made after it."""
    if overridden is None or STRICTNESS[overridden.examination] <= STRICTNESS[decided.examination]:
        return None
    return overridden


def order_of(events: Iterable[StoredEvent]) -> tuple[Decided | None, Overridden | None]:
    """The last decision among a crossing's events, and the officer's order that stands over it."""
    decided: Decided | None = None
    overridden: Overridden | None = None
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Decided):
            decided, overridden = payload, stands_over(overridden, payload)
        elif isinstance(payload, Overridden):
            overridden = payload
    return decided, overridden
