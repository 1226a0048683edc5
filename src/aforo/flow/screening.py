"""filed → screened: the parties that new filings name are compared with the lists in use, and hits are asked about.

A hit is evidence, by the weight that the policy gives it, and a question to a person: its event is in the transaction
of the filing that brought it. What a person dismissed is no evidence and is not asked again while the entry says the
same; what a person confirmed is evidence of more weight. No truck is held for a hit alone, unless the policy says so.

A crossing that is filed to again keeps the hits of its declarations that still stand: names are sealed by then, so the
decision before is where they are read from, with what persons have said since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

import msgspec
import polars as pl

from aforo.domain.credential import Credentials, current_credential, use_credential
from aforo.domain.declaration import PERSONAL_FIELDS, identity_text
from aforo.domain.event import Event, Payload
from aforo.domain.screening import ListedParty, ScreeningListed
from aforo.domain.watchlist import PartyKind
from aforo.flow.asked import Question
from aforo.flow.batch import Batch
from aforo.flow.filing import Filings
from aforo.flow.node import Node
from aforo.flow.recording import EventMaker
from aforo.log.keys import KeyStore
from aforo.risk.screening import Dispositions, Hit
from aforo.risk.screening.dispositions import Pair, asked, stream_of
from aforo.risk.screening.in_use import ListsInUse

#: The columns of a declaration that name parties, and of what kind these are.
COLUMNS: dict[str, PartyKind] = {
    "importer_name": "unknown",
    "exporter_name": "unknown",
    "carrier_name": "unknown",
    "driver_name": "person",
}
#: Hits of one party that are asked about, the best first: who has more namesakes is told from them by other means.
MOST_ASKED = 10


@dataclass(frozen=True)
class Screening:
    """What screening says of a batch: the parties that count, by crossing, and the questions that are news."""

    listed: dict[int, list[ListedParty]] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)


@dataclass(frozen=True)
class _Named:
    """A party that a new row names in a column, with its hits."""

    row: int
    column: str
    party: str
    hits: tuple[Hit, ...]


def party_of(kind: PartyKind, name: str | None, identifier: str | None, keys: KeyStore) -> str:
    """The keyed hash of a party, in 16 hexadecimal digits: what is said of it holds for this name with this identifier,
    however they are spelled, and for no namesake."""
    own = identity_text(identifier or "")
    (person,) = keys.identity_hashes(f"screening/{kind}", [f"{len(own)}X{own}{identity_text(name or '')}"]).tolist()
    return f"{person:016x}"


def screen_parties(filings: Filings, batch: Batch, node: Node) -> Screening:
    """Screen the parties of a batch's new filings, and look up again those that its crossings had before."""
    lists = node.lists()
    named, before = _named(filings, lists, node), batch.listed
    if not named and not before:
        return Screening()
    parties = dict.fromkeys([*(each.party for each in named), *(each.party for own in before.values() for each in own)])
    said, versions = said_of(parties, node)
    listed: dict[int, list[ListedParty]] = defaultdict(list)
    for c, own in before.items():
        for each in own:
            standing = _standing_of(said.last.get((each.party, each.publisher, each.entry)), each.entry_digest)
            if standing is not None:
                listed[c].append(msgspec.structs.replace(each, standing=standing))
    place = {row: (c, at) for c, rows in enumerate(batch.rows) for at, row in enumerate(rows)} if named else {}
    ids = filings.table["declaration_id"]
    questions: dict[Pair, Question] = {}
    for one in named:
        if one.row not in place:  # it was cancelled, or replaced, in the batch that brought it
            continue
        c, at = place[one.row]
        for hit in one.hits[:MOST_ASKED]:
            entry, pair = hit.entry, (one.party, hit.watchlist, hit.entry.entry_id)
            if pair not in questions and said.standing(one.party, hit) in ("new", "changed"):
                assert lists is not None
                versions[one.party] += 1
                asks = asked(one.party, hit, lists.of(entry.publisher), batch.names[c])
                asks = msgspec.structs.replace(asks, declaration=ids[one.row], column=one.column)
                questions[pair] = Question(versions[one.party], asks)
                node.asked.add(questions[pair])
            standing = _standing_of(said.last.get(pair), hit.entry_digest)
            if standing is not None:
                own_place = (at, one.column, one.party, entry.publisher)
                listed[c].append(ListedParty(*own_place, entry.entry_id, hit.entry_digest, hit.score, standing))
    return Screening(dict(listed), list(questions.values()))


def question_events(
    questions: Sequence[Question], node: Node, at: datetime, credentials: Credentials = MappingProxyType({})
) -> list[Event]:
    """The events of questions, for the transaction of the filings that brought them, each by the credential that its
    crossing was filed by."""
    make = EventMaker(node, len(questions), at)
    for each in questions:
        with use_credential(credentials.get(each.hit.crossing or "", current_credential())):
            make.add(each.hit, stream_of(each.hit.party), each.version)
    return make.events


def record_lists(node: Node) -> None:
    """Record which copies of lists are in use, each once, before the first name is compared with it."""
    lists = node.lists()
    fresh = [] if lists is None else [each for each in lists.lists if each.digest not in node.listed]
    if not fresh:
        return
    streams = [f"artefact/list/{each.publisher}" for each in fresh]
    versions = node.log.versions(streams)
    make = EventMaker(node, len(fresh), node.clock())
    for each, stream in zip(fresh, streams, strict=True):
        told = ScreeningListed(each.publisher, each.digest, len(each.entries), each.fetched_at, each.published_at)
        with use_credential(None):  # the node's own doing, whosever names are compared first
            make.add(told, stream, versions.get(stream, 0) + 1, key=f"list:{each.publisher}:{each.digest}")
    node.log.append(make.events)
    node.listed.update(each.digest for each in fresh)


def _named(filings: Filings, lists: ListsInUse | None, node: Node) -> list[_Named]:
    """The parties of new rows that have hits."""
    if lists is None:
        return []
    table, found = filings.table, list[_Named]()
    for column, kind in COLUMNS.items():
        identifiers = _identifiers(table, f"{PERSONAL_FIELDS[column]}_id", filings.private)
        names: list[str | None] = table[column].to_list()
        for row, hits in lists.hits(kind, names, identifiers).items():
            party = party_of(kind, names[row], identifiers[row], node.keys)
            found.append(_Named(row, column, party, hits))
    return found


def _identifiers(table: pl.DataFrame, column: str, private: Mapping[str, list[str | None]]) -> list[str | None]:
    """A column of identifiers with those that are a person's own, which are kept apart."""
    clear: list[str | None] = table[column].to_list()
    own = private.get(column)
    return clear if own is None else [a if a is not None else b for a, b in zip(clear, own, strict=True)]


def said_of(parties: Iterable[str], node: Node) -> tuple[Dispositions, dict[str, int]]:
    """What was asked and said of parties, in the log and in batches that are in hand; and the last version of each
    party's stream."""
    streams = node.log.streams([stream_of(party) for party in parties])
    payloads: list[Payload] = []
    versions: dict[str, int] = {}
    for party in parties:
        events = streams.get(stream_of(party), [])
        last = events[-1].event.version if events else 0
        waiting = node.asked.after(party, last)
        payloads += [*(stored.payload for stored in events), *(each.hit for each in waiting)]
        versions[party] = waiting[-1].version if waiting else last
    return Dispositions().after(payloads), versions


def _standing_of(said: tuple[str, str] | None, digest: str) -> Literal["possible", "confirmed"] | None:
    """As what a hit counts: not at all where a person dismissed it as the entry reads."""
    standing, of = said or ("new", "")
    if of == digest and standing in ("dismissed", "confirmed"):
        return "confirmed" if standing == "confirmed" else None
    return "possible"
