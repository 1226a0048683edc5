"""Challenges: a party says that a decision or a record is wrong, and a person answers by a deadline.

A challenge that is upheld against what an examination recorded withdraws it: nothing is learnt from it any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from aforo.domain.declaration import ENTITY_KINDS

#: The kinds of entity that may contest: whoever a declaration names, but no seal and no tractor.
PARTIES: tuple[str, ...] = tuple(kind for kind in ENTITY_KINDS if kind not in ("tractor", "seal"))
#: Within how many days a person answers: assumed, for want of a rule that holds in both countries.
DAYS = 10
MOST_DOCUMENTS = 5
LONGEST_STATEMENT = 10_000
LARGEST_DOCUMENT = 256 * 1024
#: What may wait for an answer of one carrier's at once: so many challenges, with so many bytes of documents.
MOST_OPEN = 20
MOST_OPEN_BYTES = 8 * 1024 * 1024


class ChallengeRefusedError(ValueError):
    """The challenge or its answer is not allowed; `code` names the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Enclosed(msgspec.Struct, frozen=True):
    """A document as it was handed in."""

    name: str
    body: bytes


def check(party: str, statement: str, documents: tuple[Enclosed, ...]) -> None:
    """Raise ChallengeRefusedError unless a challenge can be taken in."""
    if party not in PARTIES:
        raise ChallengeRefusedError("challenge_unknown_party")
    if not statement.strip():
        raise ChallengeRefusedError("challenge_needs_statement")
    if len(statement) > LONGEST_STATEMENT:
        raise ChallengeRefusedError("challenge_statement_long")
    if len(documents) > MOST_DOCUMENTS:
        raise ChallengeRefusedError("challenge_documents_many")
    if any(len(document.body) > LARGEST_DOCUMENT for document in documents):
        raise ChallengeRefusedError("challenge_document_large")


def check_room(waiting: int, enclosed: int, more: int) -> None:
    """Raise ChallengeRefusedError unless there is room for one more challenge, with `more` bytes of documents, beside
    those of the same carrier that wait, with `enclosed` bytes."""
    if waiting >= MOST_OPEN:
        raise ChallengeRefusedError("challenge_many_open")
    if more and enclosed + more > MOST_OPEN_BYTES:
        raise ChallengeRefusedError("challenge_documents_open")


def check_answer(officer: str, reason: str) -> None:
    """Raise ChallengeRefusedError unless an answer names who gives it and says why."""
    if not officer.strip():
        raise ChallengeRefusedError("challenge_needs_officer")
    if not reason.strip():
        raise ChallengeRefusedError("challenge_needs_reason")


def due(filed_at: datetime, days: int = DAYS) -> datetime:
    """Until when a challenge is to be answered."""
    return filed_at + timedelta(days=days)
