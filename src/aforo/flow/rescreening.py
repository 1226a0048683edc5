"""screened → screened again: when lists change, trucks that are expected are compared with what is new.

What a filing named is opened for it, compared, and shown to nobody. A hit is asked about as it would have been with the
filing; the decision stands as it was made, and who confirms the hit can order an examination. A name that no identifier
stands beside is sealed under itself, and cannot be opened: how many these are is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from aforo.domain.declaration import PERSONAL_FIELDS
from aforo.domain.event import Arrived, Examined, Filed, Passed
from aforo.domain.watchlist import PartyKind
from aforo.flow.asked import Question
from aforo.flow.earlier import amendment_of, filed_before, standing
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.recorded import unpack_identities
from aforo.flow.screening import COLUMNS, MOST_ASKED, party_of, question_events, record_lists, said_of
from aforo.log.keys import KeyStore
from aforo.log.stored import StoredEvent
from aforo.risk.screening.dispositions import Pair, asked


@dataclass(frozen=True)
class Rescreened:
    """Of some crossings: how many are expected still, the names that were compared, those that cannot be opened, and
    the hits that were asked about."""

    crossings: int = 0
    names: int = 0
    closed: int = 0
    asked: int = 0

    def __add__(self, other: Rescreened) -> Rescreened:
        return Rescreened(
            self.crossings + other.crossings, self.names + other.names, self.closed + other.closed,
            self.asked + other.asked,
        )  # fmt: skip


@dataclass(frozen=True)
class _Named:
    """A party of a standing filing: its name is None where it cannot be opened."""

    crossing: str
    declaration: str
    column: str
    kind: PartyKind
    name: str | None
    identifier: str | None


def rescreen(crossings: Sequence[str], node: Node) -> Rescreened:
    """Compare the parties of crossings whose trucks have not arrived with the lists in use, and ask about what is new,
    durably. Raises ConcurrencyError, with nothing asked."""
    lists = node.lists()
    if lists is None:
        return Rescreened()
    record_lists(node)
    streams = node.log.streams([stream_of(name) for name in crossings])
    expected = [events for events in streams.values() if _expected(events)]
    named = [each for events in expected for each in _named(events, node.keys)]
    opened = [each for each in named if each.name is not None]
    found = []
    for kind in dict.fromkeys(COLUMNS.values()):
        own = [each for each in opened if each.kind == kind]
        hits = lists.hits(kind, [each.name for each in own], [each.identifier for each in own])
        found += [(own[place], each) for place, each in hits.items()]
    parties = [party_of(each.kind, each.name, each.identifier, node.keys) for each, _ in found]
    said, versions = said_of(dict.fromkeys(parties), node)
    questions: dict[Pair, Question] = {}
    for party, (each, hits_of_it) in zip(parties, found, strict=True):
        for hit in hits_of_it[:MOST_ASKED]:
            pair = party, hit.watchlist, hit.entry.entry_id
            if pair in questions or said.standing(party, hit) not in ("new", "changed"):
                continue
            versions[party] += 1
            asks = asked(party, hit, lists.of(hit.entry.publisher), each.crossing)
            asks = msgspec.structs.replace(asks, declaration=each.declaration, column=each.column)
            questions[pair] = Question(versions[party], asks)
    if questions:
        node.log.append(question_events(list(questions.values()), node, node.clock()))
    return Rescreened(len(expected), len(opened), len(named) - len(opened), len(questions))


def _expected(events: Sequence[StoredEvent]) -> bool:
    return not any(isinstance(stored.payload, Arrived | Passed | Examined) for stored in events)


def _named(events: Sequence[StoredEvent], keys: KeyStore) -> Iterator[_Named]:
    """The parties that the standing filings of a crossing name."""
    filings = [filed for _, filed in filed_before(events, events[-1].event.version)]
    decided, _ = order_of(events)
    upkeep = 1 if decided is None else decided.upkeep
    crossing = events[0].event.stream.removeprefix("crossing/")
    for place in standing([amendment_of(filed) for filed in filings], upkeep):
        yield from _parties(crossing, filings[place], keys)


def _parties(crossing: str, filed: Filed, keys: KeyStore) -> Iterator[_Named]:
    identities, sealed = unpack_identities([filed]), filed.sealed or {}
    for column, kind in COLUMNS.items():
        if column not in sealed:
            continue
        person = int(identities[PERSONAL_FIELDS[column]][0])
        named_by = f"{PERSONAL_FIELDS[column]}_id"
        identifier = filed.declaration.get(named_by) or _opened(person, sealed.get(named_by), keys)
        name = _opened(person, sealed[column], keys)
        yield _Named(crossing, filed.declaration["declaration_id"], column, kind, name, identifier)


def _opened(person: int, sealed: str | None, keys: KeyStore) -> str | None:
    opened = keys.open([person], sealed) if person and sealed is not None else None
    return None if opened is None else opened.decode()
