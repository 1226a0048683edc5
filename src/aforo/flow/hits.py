"""Hits on lists as persons answer them: what is open, what each hit says and why, confirmed or dismissed for good.

An answer holds for one party and one entry as it read then. It changes what is decided from then on; a crossing that
was decided before stands, and who confirms a hit can order an examination of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from aforo.domain.declaration import PERSONAL_FIELDS
from aforo.domain.event import Event, Filed, Payload, PersonRead, new_event
from aforo.domain.screening import ScreeningConfirmed, ScreeningDismissed, ScreeningHit
from aforo.domain.text import Text
from aforo.domain.watchlist import Publisher
from aforo.flow.crossing_events import followed
from aforo.flow.names import filing_key, stream_of
from aforo.flow.person_named import names_person
from aforo.flow.questions import Asking
from aforo.flow.recorded import unpack_identities
from aforo.flow.screening import COLUMNS
from aforo.flow.told_publicly import filings_in
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.risk.screening.dispositions import confirmed, dismissed
from aforo.risk.screening.in_use import ListsInUse
from aforo.risk.screening.likeness import Part
from aforo.risk.screening.screener import why

#: `changed`: it was never answered as the entry reads in the newest hit, and that one is to be answered instead.
State = Literal["open", "confirmed", "dismissed", "changed"]
Verdict = Literal["confirmed", "dismissed"]


class NoHitError(LookupError):
    """The log has no hit of this name."""


class HitRefusedError(ValueError):
    """The answer is not allowed; `code` names the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ListedEntry(msgspec.Struct, frozen=True):
    """An entry as the list says it now; `changed` where that is not what it said when the hit was made."""

    name: str
    listed: str
    kind: str
    programmes: tuple[str, ...]
    born: tuple[str, ...]
    countries: tuple[str, ...]
    changed: bool


class ShownPart(msgspec.Struct, frozen=True):
    """One difference and what it costs, in millionths."""

    code: str
    share: int


class ShownHit(msgspec.Struct, frozen=True):
    """A hit: whom it is about (by keyed hash, and where the party was named), which entry it resembles, and why.

    `score` is one million and the shares of `parts`; `reason` says them in words, without those of the party (`…`), and
    is null where the list is not at hand. `name` is the party's, where it was asked for and no erasure has closed it.
    """

    hit: str
    state: State
    asked_at: datetime
    party: str
    crossing_id: str | None
    declaration_id: str
    column: str
    publisher: Publisher
    entry: str
    score: int
    identifier: bool
    parts: list[ShownPart]
    listed: ListedEntry | None
    reason: Text | None
    name: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: str | None = None


def hits(asking: Asking, lists: ListsInUse | None, *, answered: bool = False) -> list[ShownHit]:
    """The hits that wait for a person, the oldest first; with `answered` all of them."""
    streams = asking.streams(lambda known: known.parties if answered else known.asked)
    shown = [each for events in streams.values() for each in _shown(events, lists)]
    return sorted((each for each in shown if answered or each.state == "open"), key=lambda each: each.asked_at)


def hit(log: Log, which: str, lists: ListsInUse | None) -> ShownHit:
    """One hit, by its event. Raises NoHitError."""
    return next(each for each in _shown(_stream(log, which), lists) if each.hit == which)


def hit_with_name(log: Log, which: str, lists: ListsInUse | None, reader: str, token: str) -> ShownHit:
    """One hit with the name of the party; that somebody reads it is durable when this returns. Raises NoHitError,
    ConcurrencyError."""
    found = hit(log, which, lists)
    name = _name(found, log)
    if name is None or found.crossing_id is None:
        return found
    stream, at = f"read/{found.crossing_id}", log.clock()
    read = PersonRead(found.crossing_id, (found.column,), token)
    version = log.versions([stream]).get(stream, 0) + 1
    log.append([new_event(event_id(at), read, stream, version, occurred_at=at, recorded_at=at, actor=reader)])
    return msgspec.structs.replace(found, name=name)


def answer_hit(
    log: Log, which: str, verdict: Verdict, officer: str, reason: str, lists: ListsInUse | None = None
) -> ShownHit:
    """Confirm or dismiss a hit; the last word on a party and an entry holds.

    `reason` is recorded in clear: it must not name a person of the crossing. Raises NoHitError, HitRefusedError,
    ConcurrencyError.
    """
    if not officer.strip():
        raise HitRefusedError("hit_needs_officer")
    if not reason.strip():
        raise HitRefusedError("hit_needs_reason")
    events = _stream(log, which)
    standing = next(each for each in _shown(events, None) if each.hit == which)
    if standing.state == verdict:
        raise HitRefusedError("hit_answered_already")
    if standing.state == "changed":
        raise HitRefusedError("hit_changed")
    asked = next(stored.payload for stored in events if stored.event.event_id == which)
    assert isinstance(asked, ScreeningHit)
    if names_person(reason, _filings(asked.crossing, log), log.keys):
        raise HitRefusedError("hit_names_person")
    payload: Payload = confirmed(asked, reason) if verdict == "confirmed" else dismissed(asked, reason)
    log.append([_next(events[-1].event, payload, which, officer.strip(), log.clock())])
    return hit(log, which, lists)


def _next(last: Event, payload: Payload, cause: str, actor: str, at: datetime) -> Event:
    return new_event(
        event_id(at), payload, last.stream, last.version + 1, occurred_at=at, recorded_at=at, actor=actor,
        causation_id=cause,
    )  # fmt: skip


def _stream(log: Log, which: str) -> list[StoredEvent]:
    """The events of the party that a hit is about. Raises NoHitError."""
    stored = log.event(which)
    if stored is None or stored.event.type != ScreeningHit.TYPE:
        raise NoHitError(which)
    return log.stream(stored.event.stream)


def _shown(events: Sequence[StoredEvent], lists: ListsInUse | None) -> list[ShownHit]:
    """The hits of one party, each with the last word on it."""
    answers: dict[tuple[str, str, str], StoredEvent] = {}
    newest: dict[tuple[str, str], str] = {}
    asked: list[tuple[Event, ScreeningHit]] = []
    for stored in events:
        payload = stored.payload
        if isinstance(payload, ScreeningHit):
            asked.append((stored.event, payload))
            newest[payload.publisher, payload.entry] = payload.entry_digest
        elif isinstance(payload, ScreeningConfirmed | ScreeningDismissed):
            answers[payload.publisher, payload.entry, payload.entry_digest] = stored
    shown = []
    for own, said in asked:
        answer = answers.get((said.publisher, said.entry, said.entry_digest))
        state: State = "open" if newest[said.publisher, said.entry] == said.entry_digest else "changed"
        reply = None if answer is None else answer.payload
        if isinstance(reply, ScreeningConfirmed | ScreeningDismissed):
            state = "confirmed" if isinstance(reply, ScreeningConfirmed) else "dismissed"
        listed, reason = _listed(said, lists)
        made = ShownHit(
            own.event_id, state, own.recorded_at, said.party, said.crossing, said.declaration, said.column,
            said.publisher, said.entry, said.score, said.identifier,
            [ShownPart(code, share) for code, share in said.parts], listed, reason,
        )  # fmt: skip
        if answer is not None and isinstance(reply, ScreeningConfirmed | ScreeningDismissed):
            by = answer.event
            made = msgspec.structs.replace(made, answered_by=by.actor, answered_at=by.recorded_at, answer=reply.reason)
        shown.append(made)
    return shown


def _listed(said: ScreeningHit, lists: ListsInUse | None) -> tuple[ListedEntry | None, Text | None]:
    entry = None if lists is None else lists.entry(said.publisher, said.entry)
    if entry is None:
        return None, None
    changed = entry.digest() != said.entry_digest
    listed = entry.names[said.listed if said.listed < len(entry.names) and not changed else 0]
    told = ListedEntry(
        entry.names[0].text, listed.text, entry.kind, entry.programmes, entry.born, entry.countries, changed
    )
    parts = [Part(code, "…", "…", share) for code, share in said.parts]
    return told, None if changed else why(entry, listed, said.score, parts, identifier=said.identifier)


def _filings(crossing: str | None, log: Log) -> list[Filed]:
    return list(filings_in(followed(log.stream(stream_of(crossing)), log))) if crossing else []


def _name(found: ShownHit, log: Log) -> str | None:
    """The name of the party as the declaration says it, where it can be opened."""
    if found.column not in COLUMNS:
        return None
    stored = next(iter(log.find([filing_key(found.declaration_id)]).values()), None)
    filed = None if stored is None else stored.payload
    sealed = filed.sealed or {} if isinstance(filed, Filed) else {}
    if not isinstance(filed, Filed) or found.column not in sealed:
        return None
    kind = PERSONAL_FIELDS[found.column]
    identity = int(unpack_identities([filed])[kind][0])
    return _open(identity, sealed[found.column], log.keys)


def _open(identity: int, sealed: str, keys: KeyStore) -> str | None:
    """A name is sealed under the identifier beside it; without one it is sealed under itself and stays closed."""
    opened = keys.open([identity], sealed) if identity else None
    return None if opened is None else opened.decode()
