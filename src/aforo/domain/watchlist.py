"""Lists of parties that a government or the United Nations has published: who is on them, and how old they are.

A list is a value. Where it came from and how it is read is intake's business; whom it resembles is risk's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Literal, get_args

import msgspec

from aforo.domain.checked import Checked, Identifier, Instant

Publisher = Literal["ofac", "bis", "un"]
PUBLISHERS: tuple[Publisher, ...] = get_args(Publisher)

PartyKind = Literal["person", "firm", "vessel", "aircraft", "unknown"]
PARTY_KINDS: tuple[PartyKind, ...] = get_args(PartyKind)
#: `primary` is the name that the entry is listed under; a `strong` alias is as good as it, a `weak` one is a nickname
#: or a name that many bear, as its publisher says; `former` and `new` are names of other times.
NameQuality = Literal["primary", "strong", "weak", "former", "new"]

#: A list that is older than this is stale, unless a setting says otherwise: publishers change theirs every few days.
STALE_AFTER_DAYS = 7


class ListedName(Checked, frozen=True, omit_defaults=True, gc=False):
    """One name of an entry, as its publisher writes it."""

    text: Identifier
    quality: NameQuality = "primary"


class ListedAddress(Checked, frozen=True, omit_defaults=True, gc=False):
    """Where an entry is, as far as it is told; `country` as the publisher writes it."""

    street: str = ""
    place: str = ""
    country: str = ""
    note: str = ""


class ListedIdentifier(Checked, frozen=True, omit_defaults=True, gc=False):
    """A number that belongs to the entry: a passport, a tax number, the IMO number of a ship."""

    kind: Identifier
    number: Identifier
    country: str = ""


class Entry(Checked, frozen=True, omit_defaults=True, gc=False):
    """One party of a list.

    `entry_id` is the publisher's. `born` holds dates as far as they are known: `1957`, `1957-07`, `1957-07-02`, or
    `1957/1959` for the years from and to. `notes` is what else the publisher says, whole.
    """

    publisher: Publisher
    entry_id: Identifier
    kind: PartyKind
    names: tuple[ListedName, ...]
    addresses: tuple[ListedAddress, ...] = ()
    born: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    identifiers: tuple[ListedIdentifier, ...] = ()
    notes: str = ""
    listed_on: str | None = None
    expires_on: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.names:
            raise self.wrong("names", "at least one name")

    def digest(self) -> str:
        """32 hexadecimal digits of the SHA-256 of all that the entry says: another digest is another entry."""
        return sha256(msgspec.json.encode(self)).hexdigest()[:32]


class Freshness(msgspec.Struct, frozen=True):
    """How old a list is: `age_days` since it was published, or fetched where its publisher does not date it.

    `counted_from` says which of the two: a copy that was fetched today may be of a list that was published long ago.
    `stale` is an alarm: whoever screens against the list must be told.
    """

    publisher: Publisher
    as_of: datetime
    age_days: float
    stale_after_days: int
    stale: bool
    counted_from: Literal["published", "fetched"]


class Watchlist(msgspec.Struct, frozen=True, dict=True):
    """One publisher's list as of a day. `digest` is the SHA-256 of its files, in the order of their names."""

    publisher: Publisher
    entries: tuple[Entry, ...]
    fetched_at: Instant
    digest: str
    published_at: Instant | None = None

    def freshness(self, now: datetime, stale_after_days: int = STALE_AFTER_DAYS) -> Freshness:
        """How old the list is now. A list that says it is of the future is as old as its copy."""
        published = self.published_at
        dated = published is not None and published <= now
        as_of = published if published is not None and dated else self.fetched_at
        age = max(now - as_of, timedelta())
        return Freshness(
            self.publisher,
            as_of,
            age / timedelta(days=1),
            stale_after_days,
            age > timedelta(days=stale_after_days),
            "published" if dated else "fetched",
        )

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        """The entries by their identifiers."""
        return {entry.entry_id: entry for entry in self.entries}
