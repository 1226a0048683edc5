"""Challenges as those see them who file and answer them from afar: a carrier its own, an officer all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from aforo.domain.actor import carrier_actor
from aforo.domain.event import ChallengeVerdict, PersonRead
from aforo.exams.challenge import Enclosed
from aforo.flow.challenge import NothingContestedError, answer, challenges, challenges_of, contest, opened
from aforo.flow.crossing_events import events_of
from aforo.flow.earlier import filed_before
from aforo.flow.node import Node
from aforo.flow.questions import Challenge
from aforo.flow.recorded import unpack_identities
from aforo.flow.shown import record_person_read
from aforo.flow.subscriptions import carrier_hashes
from aforo.log.stored import StoredEvent

State = Literal["waits", "overdue", "upheld", "dismissed"]


class Asker(msgspec.Struct, frozen=True):
    """Who asks: staff by name, and a carrier, which names its tokens itself, by the identifier of its token or session;
    and the carriers whose crossings they may speak of (None for everybody's)."""

    name: str
    carriers: frozenset[str] | None = None


class ShownChallenge(msgspec.Struct, frozen=True):
    """A challenge and how it stands: who contests what, until when a person answers, and the answer's reason."""

    challenge: str
    crossing_id: str
    about: str
    party: str
    filed_at: datetime
    due: datetime
    state: State
    reason: str | None = None


class OpenedDocument(msgspec.Struct, frozen=True):
    """A document of a challenge; its body is base64 in JSON."""

    name: str | None
    body: bytes | None


class OpenedChallenge(msgspec.Struct, frozen=True):
    """A challenge with what was said and enclosed; null where an erasure has closed it."""

    challenge: ShownChallenge
    statement: str | None
    documents: list[OpenedDocument]


def file_challenge(
    which: str, party: str, statement: str, documents: Sequence[Enclosed], asker: Asker, node: Node
) -> ShownChallenge:
    """Take a challenge in. Raises what `contest` raises, and NothingContestedError for a crossing of which no
    declaration names a carrier of the asker's."""
    filers: set[str] = set()
    waiting: list[Challenge] = []
    actor = asker.name
    if asker.carriers is not None:
        filers = set(_carriers(events_of(which, node.log))) & _own(asker, node)
        if not filers:
            raise NothingContestedError(which)
        actor = carrier_actor(filers, asker.name)
        waiting = [each for each in node.asking.challenges() if not filers.isdisjoint(each.filers)]
    made = contest(node.log, which, party, statement, documents, actor=actor, filers=tuple(filers), waiting=waiting)
    return shown_challenge(made, node.clock())


def list_challenges(asker: Asker, node: Node, *, answered: bool) -> list[ShownChallenge]:
    """The challenges that the asker may know and that wait, the most urgent first; with `answered` all of them."""
    now, own = node.clock(), _own(asker, node)
    found = challenges(node.asking, answered=answered)
    return [shown_challenge(each, now) for each in found if asker.carriers is None or _is_known_to(own, each, node)]


def find_challenge(challenge: str, asker: Asker, node: Node) -> ShownChallenge:
    """One challenge. Raises NothingContestedError where there is none that the asker may know."""
    found = next((each for each in challenges_of(events_of(challenge, node.log)) if each.challenge == challenge), None)
    if found is None or not (asker.carriers is None or _is_known_to(_own(asker, node), found, node)):
        raise NothingContestedError(challenge)
    return shown_challenge(found, node.clock())


def open_challenge(challenge: str, reader: str, token: str, node: Node) -> OpenedChallenge:
    """What was said and enclosed. That somebody reads it is durable when this returns. Raises NothingContestedError,
    ConcurrencyError."""
    shown = find_challenge(challenge, Asker(reader), node)
    statement, documents = opened(node.log, challenge)
    record_person_read(PersonRead(shown.crossing_id, ("challenge",), token), reader, node)
    return OpenedChallenge(shown, statement, [OpenedDocument(name, body) for name, body in documents])


def answer_challenge(
    challenge: str, verdict: ChallengeVerdict, officer: str, reason: str, node: Node
) -> ShownChallenge:
    """Answer a challenge; what it withdraws is learnt from no more. Raises what `answer` raises."""
    made = answer(node.log, challenge, verdict, officer, reason)
    node.outdated |= made.relearn
    return find_challenge(challenge, Asker(officer), node)


def _carriers(events: Sequence[StoredEvent]) -> list[str]:
    """The keyed hash of the carrier of each declaration of a crossing; of zero where it names none."""
    filed = [each for _, each in filed_before(events, events[-1].event.version)] if events else []
    return [f"{each:016x}" for each in unpack_identities(filed)["carrier"].tolist()] if filed else []


def _own(asker: Asker, node: Node) -> set[str]:
    """The keyed hashes of the carriers that an asker may speak of; none where that is everybody."""
    return set(carrier_hashes(asker.carriers or (), node.keys))


def _is_known_to(own: set[str], challenge: Challenge, node: Node) -> bool:
    """Whether a challenge is some carriers' to see: filed for them alone, or by staff on a crossing of theirs alone.

    Which token filed it does not matter: a carrier has several, in time, and names of tokens are nobody's own. Who it
    was filed for is named by the crossing for ever, so only what staff filed is looked up there.
    """
    if challenge.filers:
        return own.issuperset(challenge.filers)
    named = set(_carriers(node.log.stream(f"crossing/{challenge.crossing}")))
    return bool(named) and named <= own


def shown_challenge(each: Challenge, now: datetime) -> ShownChallenge:
    """A challenge and how it stands at an instant."""
    state: State = each.answer.verdict if each.answer else "overdue" if each.due < now else "waits"
    return ShownChallenge(
        each.challenge, each.crossing, each.about, each.party, each.filed_at, each.due, state,
        each.answer.reason if each.answer else None,
    )  # fmt: skip
