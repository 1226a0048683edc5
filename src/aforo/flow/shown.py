"""A crossing as an officer sees it: what was filed, decided and ordered, and, where they may, the persons.

To show persons is an event of its own: who was shown what, of which crossing, and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from aforo.domain.declaration import PERSONAL_FIELDS, PRIVATE_FIELDS
from aforo.domain.event import (
    AcceptanceUndone,
    Decided,
    Examined,
    Filed,
    OrderAccepted,
    OrderUndone,
    Overridden,
    PersonRead,
    new_event,
)
from aforo.domain.stated import LinkKind
from aforo.domain.watchlist import Publisher
from aforo.flow.crossing_events import followed
from aforo.flow.earlier import EarlierCrossing, as_decided, filed_before
from aforo.flow.filed_day import day_alone
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.recorded import unpack_identities
from aforo.flow.selection import Selection
from aforo.flow.told import recalled
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.stored import StoredEvent
from aforo.risk.features import FEATURES

#: What is written of a crossing's events: their data is in the selection, or is nobody's to read as it is stored.
_TOLD_WHOLE = (Overridden.TYPE, OrderUndone.TYPE, OrderAccepted.TYPE, AcceptanceUndone.TYPE, Examined.TYPE)
#: What is said of a decision in a crossing's history: what was asked, when and where.
_OF_A_DECISION = ("examination", "basis", "stage", "bridge", "kept")


class ShownEvent(msgspec.Struct, frozen=True):
    """One event of the crossing's history. `data` is given of what was decided, officers ordered and examinations
    found."""

    event_id: str
    type: str
    at: datetime
    actor: str
    data: Any = None


class ShownListed(msgspec.Struct, frozen=True):
    """A party that resembles an entry of a list: where a declaration names it, and how it stands as it was decided.

    `name` is the entry's, null where the list is not at hand; the party is told by its keyed hash.
    """

    declaration_id: str
    column: str
    party: str
    publisher: Publisher
    entry: str
    name: str | None
    score: int
    standing: Literal["possible", "confirmed"]


class ShownFiling(msgspec.Struct, frozen=True):
    """One declaration: the fields that are no person's, and `persons`, the fields that are, if they were asked for;
    `day_alone` tells that it says the day of its filing and no time."""

    declaration_id: str
    filed_at: datetime
    fields: dict[str, Any]
    persons: dict[str, str] = {}
    day_alone: bool = False


class ShownLink(msgspec.Struct, frozen=True):
    """Another crossing that names the same tractor, seal or shipment."""

    kind: LinkKind
    crossing_id: str


class Shown(msgspec.Struct, frozen=True):
    """A crossing. `selection` has a line for each declaration, with the evidence of the last decision; `links` are
    other crossings that may be the same truck, `listed` the parties that are, or may be, on a list.
    """

    crossing_id: str
    selection: list[Selection]
    filings: list[ShownFiling]
    history: list[ShownEvent]
    links: list[ShownLink] = []
    listed: list[ShownListed] = []

    @property
    def fields_of_persons(self) -> tuple[str, ...]:
        """The columns of persons that it shows."""
        return tuple(sorted({name for filing in self.filings for name in filing.persons}))


def show(crossing: str, node: Node, *, persons: bool) -> Shown | None:
    """A crossing as the log has it, or the one that took it in; None where it was never filed. Writes nothing."""
    events = followed(node.log.stream(stream_of(crossing)), node.log)
    filed = filed_before(events, events[-1].event.version) if events else []
    if not filed:
        return None
    filings = [_filing(at, each, node.keys if persons else None) for at, each in filed]
    lines = recalled({filing.declaration_id: events[0] for filing in filings}, node)
    name = events[0].event.stream.removeprefix("crossing/")
    selection = [msgspec.json.decode(line, type=Selection) for line in lines]
    then = as_decided(events, len(FEATURES))
    listed = [] if then is None else shown_listed(then, node)
    history = [_event(stored) for stored in events]
    return Shown(name, selection, filings, history, links_of(name, events, node), listed)


def shown_listed(then: EarlierCrossing, node: Node) -> list[ShownListed]:
    """The parties that a crossing's decision was made with that are, or may be, on a list."""
    lists, ids = node.lists(), [filed.declaration["declaration_id"] for filed in then.filed]
    shown = []
    for each in then.decided.listed[: 0 if not ids else None]:  # of a crossing that was taken in nothing is left
        entry = None if lists is None else lists.entry(each.publisher, each.entry)
        name = None if entry is None else entry.names[0].text
        shown.append(
            ShownListed(
                ids[each.place], each.column, each.party, each.publisher, each.entry, name, each.score, each.standing
            )
        )
    return shown


def record_reading(shown: Shown, reader: str, token: str, node: Node) -> None:
    """Record that persons were shown, durably; nothing may be shown before. Raises ConcurrencyError."""
    record_person_read(PersonRead(shown.crossing_id, shown.fields_of_persons, token), reader, node)


def record_person_read(read: PersonRead, reader: str, node: Node) -> None:
    """Record that persons are read, durably. Raises ConcurrencyError."""
    stream, at = f"read/{read.crossing or f'person/{read.person}'}", node.clock()
    version = node.log.versions([stream]).get(stream, 0) + 1
    node.log.append([new_event(event_id(at), read, stream, version, occurred_at=at, recorded_at=at, actor=reader)])


def links_of(crossing: str, events: Sequence[StoredEvent], node: Node) -> list[ShownLink]:
    """The crossings that may be the same truck: those that its decisions found, and open ones that found it."""
    found = [link for stored in events if isinstance(decided := stored.payload, Decided) for link in decided.links]
    every = dict.fromkeys([*found, *node.trucks.links_to(crossing)])
    return [ShownLink(link.kind, link.crossing) for link in every]


def _filing(at: datetime, filed: Filed, keys: KeyStore | None) -> ShownFiling:
    own = filed.declaration["declaration_id"]
    return ShownFiling(own, at, filed.declaration, {} if keys is None else _persons(filed, keys), day_alone(filed, at))


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
    told = event.data if event.type in _TOLD_WHOLE else None
    if isinstance(decided := stored.payload, Decided):
        told = {name: getattr(decided, name) for name in _OF_A_DECISION if getattr(decided, name)}
    return ShownEvent(event.event_id, event.type, event.recorded_at, event.actor, told)
