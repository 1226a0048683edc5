"""Why a truck is held: for lives, since people or something else was found in it, by an officer, or as decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aforo.domain.event import Decided, Examined, Overridden
from aforo.domain.text import Text, catalogue
from aforo.flow.edge_orders import standing_order
from aforo.flow.findings import claims
from aforo.flow.order import but_undone, found_in, order_of
from aforo.flow.order_reason import reason_of
from aforo.log.stored import StoredEvent

_CATALOGUE = catalogue("aforo.flow")

HeldFor = Literal["people_found", "people", "found", "ordered", "decided"]


@dataclass(frozen=True)
class Hold:
    """What holds a truck, why, and the event that it is held by."""

    reason: HeldFor
    why: Text
    by: StoredEvent


def hold_of(events: Sequence[StoredEvent]) -> Hold | None:
    """The hold that stands at the end of a crossing's events; None where none does."""
    events = but_undone(events)
    if standing_order(events) != "hold":
        return None
    events = but_undone(events)
    decided, over = order_of(events)
    if found_in(events):
        found = [each for each in events if isinstance(said := each.payload, Examined) and said.outcome.violation]
        people = any(claim.kind == "people_found" for claim in claims(events).values())
        return Hold("people_found" if people else "found", _CATALOGUE.say("held_found"), found[-1])
    if over is not None and over.examination == "hold":
        orders = [each for each in events if isinstance(each.payload, Overridden)]
        return Hold("ordered", reason_of(over), orders[-1])
    held = [each for each in events if isinstance(said := each.payload, Decided) and said.examination == "hold"]
    by = (held or list(events))[-1]
    if decided is not None and "people" in decided.mandatory:
        return Hold("people", _CATALOGUE.say("people"), by)
    grounds = "; ".join(decided.mandatory) if decided is not None else ""
    return Hold(
        "decided", _CATALOGUE.say("held_decided", grounds=grounds) if grounds else _CATALOGUE.say("held_before"), by
    )
