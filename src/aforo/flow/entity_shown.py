"""A party as staff see it: its history, what the memory holds of it, with whom it comes, hits on lists, challenges.

It is named by a handle. Whom an address would name is told only where somebody may read persons and asks for it, and
both that and the opening of the page are recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from aforo.domain.clock import instant
from aforo.domain.decision import Basis, Examination
from aforo.domain.declaration import PERSONAL_FIELDS
from aforo.domain.event import Examined, Filed, Origin, PersonRead
from aforo.domain.screening import ScreeningHit
from aforo.domain.threat import Threat
from aforo.exams.dock_record import records
from aforo.flow.companions import Known, Party
from aforo.flow.contested import ShownChallenge, shown_challenge
from aforo.flow.crossing_events import followed
from aforo.flow.dossiers import Dossiers
from aforo.flow.edge_orders import standing_order
from aforo.flow.filed_day import day_alone
from aforo.flow.handles import handle_of, party_of
from aforo.flow.hits import ShownHit, hit
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.order import Whereabouts, order_of, whereabouts
from aforo.flow.recorded import unpack_identities
from aforo.flow.shown import record_person_read
from aforo.flow.stood import stood_at
from aforo.flow.told_publicly import filings_in
from aforo.log.places import events_at
from aforo.log.stored import StoredEvent
from aforo.risk.features import ENTITIES
from aforo.risk.posterior import ThreatPosterior, posteriors
from aforo.risk.remembered import Remembered, remembered

#: Two that came together for the first time within these days are a new link, if the party was followed for as long
#: before that: else nobody knows with whom it came.
NEW = timedelta(days=14)
#: The same reader who opens the same page within this time is recorded once.
READ_ONCE = timedelta(minutes=15)
#: Challenges that wait and are looked at, the most urgent first.
_MOST_CHALLENGES = 200


class EntityCrossing(msgspec.Struct, frozen=True):
    """A crossing that named the party: what is to be done with it, on which basis it was decided, and what was found:
    null where nobody looked, or looked without a result. `seized` counts what was seized there; `day_alone`
    tells that the day of its filing is known, and no time."""

    crossing_id: str
    filed_at: datetime
    port: str | None
    bridge: str | None
    instruction: Examination
    basis: Basis | None
    whereabouts: Whereabouts
    found: bool | None
    threat: Threat | None
    origin: Origin
    seized: int
    day_alone: bool = False


class EntityCompanion(msgspec.Struct, frozen=True):
    """Another party that came with it: in how many crossings, since when and until when; `new` marks a link that began
    lately, of a party that was followed for long enough before."""

    kind: str
    handle: str
    party: str
    together: int
    first: datetime
    last: datetime
    new: bool


class EntityPage(msgspec.Struct, frozen=True):
    """A party: `party` is its keyed hash in 16 hexadecimal digits, as events name persons. `memory` and `posteriors`
    are what the memory holds, null and empty where it knows nothing; findings fade to half in `half_life_days`.

    `crossings` are the last ones of `crossings_seen` since `first_seen`, as far as the node follows them (null where it
    does not, or not any more); `companions` are those it came with, the most frequent first. `names` are the fields
    that name it, by column, where they were asked for and no erasure has closed them.
    """

    handle: str
    kind: str
    party: str
    as_of: datetime
    memory: Remembered | None
    posteriors: list[ThreatPosterior]
    half_life_days: float
    first_seen: datetime | None
    last_seen: datetime | None
    crossings_seen: int | None
    crossings: list[EntityCrossing]
    companions: list[EntityCompanion]
    hits: list[ShownHit]
    challenges: list[ShownChallenge]
    names: dict[str, str] = {}


class CrossingParty(msgspec.Struct, frozen=True):
    """A party of a crossing: which role it has there, and its handle; `declarations` name it."""

    kind: str
    handle: str
    declarations: list[str]


def show_entity(handle: str, node: Node, *, names: bool) -> EntityPage | None:
    """The page of a handle's party but for what the memory holds; None for what is no handle. Not to be shown before
    `record_opening`. Reads, and writes nothing."""
    found = party_of(handle, node.keys)
    if found is None:
        return None
    kind, party = found
    at, own = node.clock(), (ENTITIES.index(kind), party)
    known = node.dossiers.ask(lambda dossiers: _copied(dossiers, own))
    streams = _streams(known.crossings if known is not None else (), node)
    return EntityPage(
        handle,
        kind,
        f"{party:016x}",
        at,
        None,
        [],
        node.memory.settings.findings,
        None if known is None else instant(known.first),
        None if known is None else instant(known.last),
        None if known is None else known.count,
        [_crossing(each) for each in reversed(streams)],
        [] if known is None else _companions(known, at, node),
        [] if known is None else _hits(kind, party, known, node),
        _challenges(own, node, at),
        _names(kind, party, streams, node) if names else {},
    )


def record_opening(page: EntityPage, reader: str, token: str, node: Node) -> EntityPage:
    """The whole page, with what the memory holds; that somebody reads it is durable in the log when this returns. Only
    for the thread that keeps the memory. Raises ConcurrencyError."""
    kind, party, at = page.kind, int(page.party, 16), node.clock()
    _record(kind, party, tuple(page.names), reader, token, node)
    return msgspec.structs.replace(
        page,
        memory=remembered(node.memory, kind, party, at),
        posteriors=posteriors(node.memory, node.force.risk.combiner, kind, party, at),
    )


def parties(crossing: str, node: Node) -> list[CrossingParty] | None:
    """The parties of a crossing, by role; None where it was never filed."""
    filings = list(filings_in(followed(node.log.stream(stream_of(crossing)), node.log)))
    if not filings:
        return None
    named: dict[tuple[str, int], list[str]] = {}
    identities = unpack_identities(filings)
    for kind in ENTITIES:
        for filed, party in zip(filings, identities[kind].tolist(), strict=True):
            if party:
                named.setdefault((kind, int(party)), []).append(filed.declaration["declaration_id"])
    return [CrossingParty(kind, handle_of(kind, party, node.keys), own) for (kind, party), own in named.items()]


def _copied(dossiers: Dossiers, party: Party) -> Known | None:
    known = dossiers.companions.parties.get(party)
    if known is None:
        return None
    return Known(known.first, known.last, known.count, list(known.crossings), dict(known.companions), list(known.hits))


def _streams(crossings: Sequence[str], node: Node) -> list[list[StoredEvent]]:
    """The events of crossings, the oldest first, each as it stands now; what became part of another is told once."""
    found = node.log.streams([stream_of(each) for each in crossings])
    streams: dict[str, list[StoredEvent]] = {}
    for each in crossings:
        events = followed(found.get(stream_of(each), []), node.log)
        if events:
            streams[events[0].event.stream] = events
    return list(streams.values())


def _crossing(events: Sequence[StoredEvent]) -> EntityCrossing:
    filed = next(stored for stored in reversed(events) if isinstance(stored.payload, Filed))
    fields = filed.event.data["declaration"]
    decided, _ = order_of(events)
    outcomes = [payload.outcome for stored in events if isinstance(payload := stored.payload, Examined)]
    last = outcomes[-1] if outcomes else None
    return EntityCrossing(
        events[0].event.stream.removeprefix("crossing/"),
        filed.event.occurred_at,
        fields.get("port"),
        stood_at(events) or (decided.bridge if decided is not None else "") or fields.get("bridge"),
        standing_order(events),
        None if decided is None else decided.basis,
        whereabouts(events),
        None if last is None else last.violation,
        last.threat if last is not None and last.violation else None,
        filed.event.origin,
        sum(len(each.seized()) for each in records(events).values()),
        isinstance(filed.payload, Filed) and day_alone(filed.payload, filed.event.occurred_at),
    )


def _companions(known: Known, at: datetime, node: Node) -> list[EntityCompanion]:
    told = []
    for (place, party), together in known.companions.items():
        kind, first = ENTITIES[place], instant(together.first)
        new = at - first <= NEW and first - instant(known.first) >= NEW
        handle = handle_of(kind, party, node.keys)
        told.append(EntityCompanion(kind, handle, f"{party:016x}", together.count, first, instant(together.last), new))
    return sorted(told, key=lambda each: (-each.together, each.kind, each.handle))


def _hits(kind: str, party: int, known: Known, node: Node) -> list[ShownHit]:
    """The hits of declarations that name this very party in that role, the last first."""
    told = []
    for stored in reversed(events_at(node.log.database, known.hits)):
        said = stored.payload
        if isinstance(said, ScreeningHit) and said.crossing is not None:
            filings = filings_in(followed(node.log.stream(stream_of(said.crossing)), node.log))
            own = [each for each in filings if each.declaration["declaration_id"] == said.declaration]
            if any(int(each) == party for each in (unpack_identities(own)[kind].tolist() if own else ())):
                told.append(hit(node.log, stored.event.event_id, node.lists()))
    return told


def _challenges(own: Party, node: Node, at: datetime) -> list[ShownChallenge]:
    """The challenges that wait and are of a crossing that names the party."""

    def named(dossiers: Dossiers) -> set[str]:
        return {
            each.crossing
            for each in waiting
            if (known := dossiers.crossings.get(each.crossing)) is not None and own in known.parties
        }

    waiting = sorted(node.asking.challenges(), key=lambda each: each.due)[:_MOST_CHALLENGES]
    crossings = node.dossiers.ask(named)
    return [shown_challenge(each, at) for each in waiting if each.crossing in crossings]


def _names(kind: str, party: int, streams: Sequence[Sequence[StoredEvent]], node: Node) -> dict[str, str]:
    """The fields that name a party, as the last of its declarations that can be opened has them."""
    named = f"{kind}_name"
    columns = [f"{kind}_id", *([named] if named in PERSONAL_FIELDS else [])]
    found: dict[str, str] = {}
    for events in reversed(streams):
        for filed in reversed(list(filings_in(events))):
            if int(unpack_identities([filed])[kind][0]) != party:
                continue
            for column in columns:
                sealed, clear = (filed.sealed or {}).get(column), filed.declaration.get(column)
                text = node.keys.open([party], sealed) if sealed is not None else None
                value = text.decode() if text is not None else clear
                if value and column not in found:
                    found[column] = value
        if len(found) == len(columns):
            break
    return found


def _record(kind: str, party: int, opened: tuple[str, ...], reader: str, token: str, node: Node) -> None:
    """Record that a party's page is read, once for a reader who comes back soon and is shown no more than then."""
    read = PersonRead("", opened or (f"{kind}_id",), token, f"{party:016x}")
    before = node.log.stream(f"read/person/{party:016x}")
    since = node.clock() - READ_ONCE
    for stored in reversed(before):
        if stored.event.recorded_at < since:
            break
        if stored.event.actor == reader and stored.payload == read:
            return
    record_person_read(read, reader, node)
