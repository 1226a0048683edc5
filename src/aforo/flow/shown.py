"""A crossing as an officer sees it: what was filed, decided and ordered, and, where they may, the persons.

To show persons is an event of its own: who was shown what, of which crossing, and when.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from aforo.domain.declaration import PERSONAL_FIELDS, PRIVATE_FIELDS
from aforo.domain.event import Filed, PersonRead, new_event
from aforo.flow.filing import stream_of
from aforo.flow.node import Node
from aforo.flow.recorded import unpack_identities
from aforo.flow.selection import Selection
from aforo.flow.told import recalled
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.stored import StoredEvent

#: What is written of a crossing's events: their data is in the selection, or is nobody's to read as it is stored.
_ORDERED = "crossing.overridden"


class ShownEvent(msgspec.Struct, frozen=True):
    """One event of the crossing's history. `data` is given of what officers ordered and examinations found."""

    event_id: str
    type: str
    at: datetime
    actor: str
    data: Any = None


class ShownFiling(msgspec.Struct, frozen=True):
    """One declaration: the fields that are no person's, and `persons`, the fields that are, if they were asked for."""

    declaration_id: str
    filed_at: datetime
    fields: dict[str, Any]
    persons: dict[str, str] = {}


class Shown(msgspec.Struct, frozen=True):
    """A crossing. `selection` has a line for each declaration, with the evidence of the last decision."""

    crossing_id: str
    selection: list[Selection]
    filings: list[ShownFiling]
    history: list[ShownEvent]

    @property
    def fields_of_persons(self) -> tuple[str, ...]:
        """The columns of persons that it shows."""
        return tuple(sorted({name for filing in self.filings for name in filing.persons}))


def show(crossing: str, node: Node, *, persons: bool) -> Shown | None:
    """A crossing as the log has it; None where it was never filed. Reads, and writes nothing."""
    events = node.log.stream(stream_of(crossing))
    filed = {payload.declaration["declaration_id"]: stored for stored in events
             if isinstance(payload := stored.payload, Filed)}  # fmt: skip
    if not filed:
        return None
    lines = [msgspec.json.decode(line, type=Selection) for line in recalled(filed, node)]
    filings = [_filing(own, stored, node.keys if persons else None) for own, stored in filed.items()]
    return Shown(crossing, lines, filings, [_event(stored) for stored in events])


def record_reading(shown: Shown, reader: str, token: str, node: Node) -> None:
    """Record that persons were shown, durably; nothing may be shown before. Raises ConcurrencyError."""
    stream, at = f"read/{shown.crossing_id}", node.clock()
    version = node.log.versions([stream]).get(stream, 0) + 1
    payload = PersonRead(shown.crossing_id, shown.fields_of_persons, token)
    node.log.append([new_event(event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=reader)])


def _filing(own: str, stored: StoredEvent, keys: KeyStore | None) -> ShownFiling:
    filed = stored.payload
    assert isinstance(filed, Filed)
    return ShownFiling(own, stored.event.occurred_at, filed.declaration, {} if keys is None else _persons(filed, keys))


def _persons(filed: Filed, keys: KeyStore) -> dict[str, str]:
    """The fields that name or trace persons, of those who were not erased; a name that stands without an identifier is
    sealed under itself and cannot be opened."""
    identities = unpack_identities([filed])
    opened: dict[str, str] = {}
    for column, sealed in (filed.sealed or {}).items():
        kind = PERSONAL_FIELDS.get(column) or PRIVATE_FIELDS.get(column)
        person = int(identities[kind][0]) if kind else 0
        if person and (text := keys.open([person], sealed)) is not None:
            opened[column] = text.decode()
    return opened


def _event(stored: StoredEvent) -> ShownEvent:
    event = stored.event
    told = event.data if event.type in (_ORDERED, "crossing.examined") else None
    return ShownEvent(event.event_id, event.type, event.recorded_at, event.actor, told)
