"""What the memory holds of a party, for somebody who may know: looked up by its identifier, which is recorded."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aforo.domain.event import PersonRead
from aforo.flow.handles import handle_of
from aforo.flow.node import Node
from aforo.flow.shown import record_person_read
from aforo.risk.remembered import Remembered, remembered


class Entity(msgspec.Struct, frozen=True):
    """A party: `party` is its keyed hash in 16 hexadecimal digits, as events name persons; `memory` is null where it
    was never seen, in which case nothing was read. `handle` is what the party is called in an address."""

    kind: str
    party: str
    as_of: datetime
    memory: Remembered | None
    handle: str = ""


def look_up(kind: str, identifier: str, reader: str, token: str, node: Node) -> Entity:
    """What the memory holds of the party of a kind (one of `risk.features.ENTITIES`) that is called so, however it is
    spelled. That somebody read it is durable in the log when this returns. Raises ConcurrencyError.
    """
    at = node.clock()
    named = node.keys.persons_named(kind, identifier)
    for person in named:
        found = remembered(node.memory, kind, person, at)
        if found is not None:
            record_person_read(PersonRead("", (f"{kind}_id",), token, f"{person:016x}"), reader, node)
            return Entity(kind, f"{person:016x}", at, found, handle_of(kind, person, node.keys))
    return Entity(kind, f"{named[0]:016x}", at, None, handle_of(kind, named[0], node.keys))
