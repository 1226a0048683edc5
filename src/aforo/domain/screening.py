"""What is recorded of list screening: which list was screened against, who resembled whom, and what a person said.

A party is the keyed hash of its kind, its name and the identifier that came with it (`log.keys`), in 16 hexadecimal
digits as persons are named elsewhere: no name of a party is in these events, and the words that a score compared are
not either. What an entry says is public.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from aforo.domain.payload import Payload
from aforo.domain.watchlist import Publisher


class ScreeningListed(Payload, frozen=True, omit_defaults=True, gc=False):
    """A copy of a publisher's list came into use. Stream `artefact/list/<publisher>`.

    `digest` is the SHA-256 of its files; `published_at` is absent where the publisher does not date the list.
    """

    TYPE: ClassVar[str] = "screening.listed"

    publisher: Publisher
    digest: str
    entries: int
    fetched_at: datetime
    published_at: datetime | None = None


class ScreeningHit(Payload, frozen=True, omit_defaults=True, gc=False):
    """A party resembles an entry, and a person is to say whether it is that party. Stream `screening/<party>`.

    `entry_digest` names what the entry said then, `listed` which of its names (counted from 0). `score` is one million
    and the shares of `parts` (code, share in millionths) together, not below zero; of an `identifier` that is the
    entry's there are no parts. `list_digest` names the copy of the list, `crossing` the crossing that the party came
    with, `declaration` the declaration of it and `column` where that names the party.
    """

    TYPE: ClassVar[str] = "screening.hit"

    party: str
    publisher: Publisher
    entry: str
    entry_digest: str
    listed: int
    score: int
    parts: tuple[tuple[str, int], ...]
    list_digest: str
    identifier: bool = False
    crossing: str | None = None
    declaration: str = ""
    column: str = ""


class ScreeningConfirmed(Payload, frozen=True, omit_defaults=True, gc=False):
    """A person found that the party is the one on the list. Same stream; the actor is the envelope's."""

    TYPE: ClassVar[str] = "screening.confirmed"

    party: str
    publisher: Publisher
    entry: str
    entry_digest: str
    reason: str


class ScreeningDismissed(Payload, frozen=True, omit_defaults=True, gc=False):
    """A person found that the party is another. It is not asked again while the entry says the same. Same stream."""

    TYPE: ClassVar[str] = "screening.dismissed"

    party: str
    publisher: Publisher
    entry: str
    entry_digest: str
    reason: str


class ListedParty(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A party of a crossing that resembles an entry, as a decision was made with it.

    `place` counts the crossing's standing declarations from 0, `column` is where that one names the party. `possible`:
    no person has said yet whether it is that entry; a party of which a person said no is not told at all.
    """

    place: int
    column: str
    party: str
    publisher: Publisher
    entry: str
    entry_digest: str
    score: int
    standing: Literal["possible", "confirmed"]
