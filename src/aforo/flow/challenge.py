"""challenged → answered: a party contests, a person answers, and what is withdrawn is learnt from no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import msgspec

from aforo.domain.declaration import identity_text
from aforo.domain.event import (
    ChallengeAnswered,
    Challenged,
    ChallengeEnclosed,
    ChallengeVerdict,
    Decided,
    Document,
    Examined,
    Filed,
    Payload,
    new_event,
)
from aforo.exams.challenge import PARTIES, ChallengeRefusedError, Enclosed, check, check_answer, check_room, due
from aforo.exams.dock_record import records
from aforo.flow.crossing_events import events_of
from aforo.flow.earlier import filed_before
from aforo.flow.examinations import Examination, examinations, taught
from aforo.flow.person_named import names_person
from aforo.flow.questions import Asking, Challenge, challenge_in
from aforo.flow.recorded import unpack_identities
from aforo.log.ids import event_ids
from aforo.log.store import Log
from aforo.log.stored import StoredEvent


class NothingContestedError(LookupError):
    """The log has no crossing, decision, examination or challenge of what was named."""


@dataclass(frozen=True)
class Answered:
    """What was recorded of an answer; `relearn` tells that the memory had learnt from what is withdrawn now."""

    event_id: str
    crossing: str
    withdrawn: bool
    relearn: bool


def contest(
    log: Log,
    which: str,
    party: str,
    statement: str,
    documents: Sequence[Enclosed] = (),
    *,
    actor: str = "filer",
    filers: Sequence[str] = (),
    waiting: Sequence[Challenge] = (),
) -> Challenge:
    """Take in a challenge of a decision or an examination, by its event, or of the last thing that became of a crossing
    or a declaration: what an examination found, else the decision. `filers` are as `Challenged` has them; `waiting` are
    the challenges of the same filers that wait already, which leave so much room.

    What is said is sealed under every person of the crossing. The same challenge again is the one that stands. Raises
    NothingContestedError, ChallengeRefusedError (also where no declaration of the crossing names a `party`).
    """
    enclosed = tuple(documents)
    check(party, statement, enclosed)
    events = events_of(which, log)
    about = _contested(which, events)
    if not unpack_identities(_filings(events))[party].any():
        raise ChallengeRefusedError("challenge_not_a_party")
    stream, at = events[-1].event.stream, log.clock()
    digest = blake2b(digest_size=16, key=log.keys.secret("content"))
    said = (about.encode(), party.encode(), statement.strip().encode(), *(each.encode() for each in sorted(filers)))
    for part in (*said, *(part for each in enclosed for part in (each.name.encode(), each.body))):
        digest.update(len(part).to_bytes(8, "little") + part)
    key = f"challenge:{stream}:{digest.hexdigest()}"
    known = log.find([key]).get(key)
    own = known.event.event_id if known is not None else ""
    if not own:
        size = sum(len(each.body) for each in enclosed)
        check_room(len(waiting), sum(each.enclosed for each in waiting), size)
        persons = _persons(events)
        log.keys.ensure(persons)
        words = log.keys.seal(persons, statement.strip().encode())
        payload = Challenged(about, party, words, due(at), filers=tuple(sorted(filers)), enclosed=size)
        sealed = [
            Document(*(log.keys.seal(persons, part) for part in (each.name.encode(), each.body))) for each in enclosed
        ]
        own = _record(log, payload, sealed, events, at, actor, key)
    return next(each for each in challenges_of(log.stream(stream)) if each.challenge == own)


def answer(log: Log, challenge: str, verdict: ChallengeVerdict, officer: str, reason: str) -> Answered:
    """Answer a challenge that another has filed. Upheld against an examination, it withdraws what that recorded; what
    was ordered stands then, as if there had been no examination, until it is carried out or two officers lower it. What
    the record of a dock found is answered by nobody who worked on that record, so that it takes two to set it aside.

    `reason` is recorded in clear: it must not name a person. A node that holds a memory sets itself outdated where the
    answer says `relearn`. Raises NothingContestedError, ChallengeRefusedError, ConcurrencyError.
    """
    check_answer(officer, reason)
    events = events_of(challenge, log)
    standing = next((each for each in challenges_of(events) if each.challenge == challenge), None)
    if standing is None:
        raise NothingContestedError(challenge)
    if standing.answer is not None:
        raise ChallengeRefusedError("challenge_answered_already")
    # Compared as identities are: no mark that is not seen makes another person. What was filed for a carrier is no
    # officer's, whatever older logs have as the name of its token.
    if not standing.filers and identity_text(officer) == identity_text(standing.filed_by):
        raise ChallengeRefusedError("challenge_own")
    contested = _examination(standing.about, events)
    if contested is not None and identity_text(officer) in map(identity_text, _examined_by(contested, events)):
        raise ChallengeRefusedError("challenge_examined")
    if names_person(reason, _filings(events), log.keys):
        raise ChallengeRefusedError("challenge_names_person")
    payloads: list[Payload] = [ChallengeAnswered(challenge, verdict, reason.strip())]
    withdraws = contested if verdict == "upheld" else None
    relearn = False
    if withdraws is not None:
        withdrawn = msgspec.structs.replace(withdraws.last.outcome, violation=None, threat=None, severity=None)
        payloads.append(Examined(withdrawn, standing.about, withdraws.last.carried_out, True))
        relearn = taught(withdraws.last.outcome) != taught(withdrawn)
    own = _append(log, payloads, events, log.clock(), officer.strip())
    return Answered(own[0], standing.crossing, withdraws is not None, relearn)


def challenges(asking: Asking, *, answered: bool = False) -> list[Challenge]:
    """The challenges that wait for an answer, the most urgent first; with `answered` those too that have one."""
    return sorted(asking.challenges(answered=answered), key=lambda each: each.due)


def opened(log: Log, challenge: str) -> tuple[str | None, list[tuple[str | None, bytes | None]]]:
    """What was said and enclosed, for who may read it: the statement, and each document's name and bytes; None for what
    an erasure has closed. Raises NothingContestedError."""
    events = events_of(challenge, log)
    place = next((i for i, each in enumerate(events) if each.event.event_id == challenge), None)
    payload = None if place is None else events[place].payload
    if not isinstance(payload, Challenged):
        raise NothingContestedError(challenge)
    persons = _persons(events[:place])

    def read(sealed: str) -> bytes | None:
        return log.keys.open(persons, sealed)

    statement = read(payload.statement)
    documents = [*payload.documents]
    for stored in log.stream(f"challenge/{challenge}"):
        if isinstance(stored.payload, ChallengeEnclosed):
            documents.append(stored.payload.document)
    enclosed = [(read(each.name), read(each.body)) for each in documents]
    return (
        None if statement is None else statement.decode(),
        [(None if name is None else name.decode(), body) for name, body in enclosed],
    )


def _filings(events: Sequence[StoredEvent]) -> list[Filed]:
    return [filed for _, filed in filed_before(events, events[-1].event.version)] if events else []


def _persons(events: Sequence[StoredEvent]) -> list[int]:
    """Every person whom the filings among a crossing's events name or trace."""
    identities = unpack_identities(_filings(events))
    return sorted({int(person) for kind in (*PARTIES, "tractor") for person in identities[kind] if person})


def _record(
    log: Log,
    payload: Challenged,
    documents: Sequence[Document],
    events: Sequence[StoredEvent],
    at: datetime,
    actor: str,
    key: str,
) -> str:
    """Write a challenge behind a crossing's events, and its documents in a stream of its own; its identifier."""
    last = events[-1].event
    own, *others = event_ids(1 + len(documents), at)
    made = [
        new_event(
            own, payload, last.stream, last.version + 1, occurred_at=at, recorded_at=at, actor=actor,
            idempotency_key=key,
        ),
        *(
            new_event(
                other, ChallengeEnclosed(each), f"challenge/{own}", place, occurred_at=at, recorded_at=at, actor=actor,
                causation_id=own,
            )
            for place, (other, each) in enumerate(zip(others, documents, strict=True), 1)
        ),
    ]  # fmt: skip
    return log.append(made)[0].event_id


def _append(
    log: Log, payloads: Sequence[Payload], events: Sequence[StoredEvent], at: datetime, actor: str
) -> list[str]:
    """Write payloads behind a crossing's events; their identifiers."""
    last = events[-1].event
    made = [
        new_event(own, payload, last.stream, last.version + 1 + place, occurred_at=at, recorded_at=at, actor=actor)
        for place, (own, payload) in enumerate(zip(event_ids(len(payloads), at), payloads, strict=True))
    ]
    return [receipt.event_id for receipt in log.append(made)]


def _contested(which: str, events: Sequence[StoredEvent]) -> str:
    """The identifier of what is contested."""
    made = [stored.event.event_id for stored in events if isinstance(stored.payload, Decided)]
    examined = [each.first.event.event_id for each in examinations(events)]
    if which in (*made, *examined):
        return which
    if not made:
        raise NothingContestedError(which)
    return (examined or made)[-1]


def _examination(event_id: str, events: Sequence[StoredEvent]) -> Examination | None:
    return next((each for each in examinations(events) if each.first.event.event_id == event_id), None)


def _examined_by(contested: Examination, events: Sequence[StoredEvent]) -> list[str]:
    """The officers of the records of docks that an examination was reported by."""
    at = contested.last.outcome.found_at
    return [each for record in records(events).values() if record.ended_at == at for each in record.officers()]


def challenges_of(events: Sequence[StoredEvent]) -> Iterator[Challenge]:
    """The challenges among a crossing's events, each with its answer."""
    answers = {
        payload.challenge: payload for stored in events if isinstance(payload := stored.payload, ChallengeAnswered)
    }
    for stored in events:
        if (made := challenge_in(stored)) is not None:
            yield msgspec.structs.replace(made, answer=answers.get(made.challenge))
