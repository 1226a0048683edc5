"""Events that stay without some of their words: said anew in today's schema before what they said is erased.

Of an event whose earlier schema held what may not be kept for long, the rest may have to stay: what follows from it was
published. It is recorded anew as an event of its own (`restate`), and then its words are erased (module `withheld`).
Whoever follows the log from its beginning is given that in the event's place (`in_place`), so that the same follows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import msgspec

from aforo.domain.event import Origin, new_event
from aforo.domain.retention import LeafRestated, LeafWithheld
from aforo.log.ids import event_id
from aforo.log.stored import StoredEvent, encode

if TYPE_CHECKING:
    from aforo.log.store import Log

PREFIX = "restated/"


def restate(log: Log, events: Sequence[StoredEvent], *, actor: str, origin: Origin = "live") -> None:
    """Record durably what events say in today's schema, each once whoever else does. Raises ConcurrencyError."""
    at = log.clock()
    said = []
    for event, payload in ((each.event, each.payload) for each in events):
        own = LeafRestated(payload.TYPE, payload.SCHEMA, msgspec.to_builtins(payload))
        said.append(
            new_event(
                event_id(at), own, PREFIX + event.event_id, 1, occurred_at=event.occurred_at, recorded_at=at,
                actor=actor, origin=origin, causation_id=event.event_id, idempotency_key=f"restated:{event.event_id}",
            )
        )  # fmt: skip
    log.append(said)


def in_place(log: Log, events: Sequence[StoredEvent], types: Collection[str]) -> list[StoredEvent]:
    """Events with each of `types` whose words were erased as it was said anew; one that was not is left out. What did
    not stay of its envelope is as `withheld` leaves it, and its bytes are not those that its leaf is the hash of."""
    if not any(each.event.type == LeafWithheld.TYPE for each in events):
        return list(events)
    erased = {}
    for each in events:
        if isinstance(said := each.payload, LeafWithheld):
            erased[each.position] = PREFIX + each.event.event_id if said.was in types else ""
    found = log.streams(sorted({stream for stream in erased.values() if stream}))
    made = []
    for each in events:
        if each.position not in erased:
            made.append(each)
        elif (anew := found.get(erased[each.position])) and isinstance(said := anew[0].payload, LeafRestated):
            event = msgspec.structs.replace(each.event, type=said.type, schema=said.schema, data=said.data)
            made.append(msgspec.structs.replace(each, body=encode(event)))
    return made
