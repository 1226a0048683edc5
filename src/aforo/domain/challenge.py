"""Challenges: a party contests what was decided or recorded, and a person answers."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from aforo.domain.payload import Payload


class Document(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A document of a challenge: its sealed name and bytes (base64, under every person of the crossing)."""

    name: str
    body: str


class Challenged(Payload, frozen=True, omit_defaults=True, gc=False):
    """A party contests a decision on its crossing, or what an examination recorded. Stream `crossing/<id>`.

    `about` is the identifier of the contested event: a decision, or the first record of an examination. `party` is the
    kind of entity that contests, one that a declaration of the crossing names. `statement` and `documents` are sealed
    under every person of the crossing. A person answers until `due`. `filers` are the keyed hashes (hexadecimal) of the
    carriers of the crossing for whom it was filed; none where it came by no carrier's token. `enclosed` is how many
    bytes of documents were handed in with it: they are `ChallengeEnclosed`, in a stream of their own, so that nobody
    reads them with the crossing. Older logs have them in `documents`.
    """

    TYPE: ClassVar[str] = "crossing.challenged"

    about: str
    party: str
    statement: str
    due: datetime
    documents: tuple[Document, ...] = ()
    filers: tuple[str, ...] = ()
    enclosed: int = 0


class ChallengeEnclosed(Payload, frozen=True, omit_defaults=True, gc=False):
    """A document that was handed in with a challenge. Stream `challenge/<event id of the challenge>`."""

    TYPE: ClassVar[str] = "challenge.enclosed"

    document: Document


ChallengeVerdict = Literal["upheld", "dismissed"]


class ChallengeAnswered(Payload, frozen=True, omit_defaults=True, gc=False):
    """A person answered a challenge. Stream `crossing/<id>`.

    `challenge` is its event's identifier. Where an outcome is withdrawn, the event that withdraws it follows: an
    `Examined` without a finding either way, which corrects the contested one.
    """

    TYPE: ClassVar[str] = "crossing.challenge_answered"

    challenge: str
    verdict: ChallengeVerdict
    reason: str
