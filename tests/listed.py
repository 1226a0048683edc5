"""A small list of invented parties, for the tests of screening."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aforo.domain.watchlist import Entry, ListedIdentifier, ListedName, PartyKind, Watchlist
from aforo.risk.screening.in_use import ListsInUse

#: A day before the clock of `journeys` stands still.
PUBLISHED = datetime(2024, 3, 19, 12, tzinfo=UTC)


def entry(number: str, kind: PartyKind, name: str, **more: Any) -> Entry:
    return Entry("ofac", number, kind, (ListedName(name),), **more)


LADISLAO = entry("7001", "person", "QUINTANAR OSORNO, Ladislao", born=("1957-07-02",), programmes=("SDNTK",))
FIRM = entry("7003", "firm", "COMERCIALIZADORA VALLE GRIS, S.A. DE C.V.")
HOLDER = entry("7005", "firm", "GRUPO TARVO", identifiers=(ListedIdentifier("R.F.C.", "GTA010203AB1"),))
#: As declarations write the first.
NAMED = "Ladislao Quintánar"


def lists(*entries: Entry, digest: str = "0" * 64, at: datetime = PUBLISHED) -> ListsInUse:
    """Lists with OFAC's alone, of these entries or the three above."""
    return ListsInUse([Watchlist("ofac", entries or (LADISLAO, FIRM, HOLDER), at, digest, at)])
