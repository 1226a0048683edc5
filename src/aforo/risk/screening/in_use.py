"""The lists that a node screens against: names are compared once, and what was found is remembered.

Common names come again and again; a name that was seen costs a look into a table. Not to be shared between threads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from aforo.domain.declaration import identity_text
from aforo.domain.watchlist import PUBLISHERS, STALE_AFTER_DAYS, Entry, Freshness, PartyKind, Publisher, Watchlist
from aforo.risk.screening.screener import Hit, Party, Screener

#: Names that are remembered before they are forgotten, about 200 bytes each.
REMEMBERED = 500_000
#: Identifiers that lists give too and that are telling: tax and population numbers (RFC, CURP). A short number of a
#: carrier's own is another's passport by chance.
_TELLING = re.compile(r"[A-ZÑ&]{3,4}[0-9]{6}[A-Z0-9]{3}|[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}[A-Z0-9][0-9]")


class ListsInUse:
    """Some lists, and what was found on them so far."""

    def __init__(self, lists: Sequence[Watchlist], stale_after: Mapping[Publisher, int] | None = None) -> None:
        """`stale_after`: after how many days a publisher's list is stale (STALE_AFTER_DAYS where it is not given)."""
        self.lists = tuple(lists)
        self.screener = Screener(self.lists)
        self._stale_after = dict(stale_after or {})
        self._by_publisher = {each.publisher: each for each in self.lists}
        self._known: dict[tuple[PartyKind, str | None, str | None], tuple[Hit, ...]] = {}

    def hits(
        self, kind: PartyKind, names: Sequence[str | None], identifiers: Sequence[str | None]
    ) -> dict[int, tuple[Hit, ...]]:
        """The hits of n parties, each by its name and its identifier, by place; those without any are left out."""
        known = self._known
        found = {}
        for place, (name, identifier) in enumerate(zip(names, identifiers, strict=True)):
            telling = identifier if identifier is not None and self._is_telling(identifier) else None
            if name is None and telling is None:
                continue
            hits = known.get((kind, name, telling))
            if hits is None:
                hits = self._screen(kind, name, telling)
            if hits:
                found[place] = hits
        return found

    def _screen(self, kind: PartyKind, name: str | None, identifier: str | None) -> tuple[Hit, ...]:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        (hits,) = self.screener.screen([Party(name or "", kind, identifiers=(identifier,) if identifier else ())])
        self._known[kind, name, identifier] = hits
        return hits

    @staticmethod
    def _is_telling(identifier: str) -> bool:
        return len(identifier) >= 12 and _TELLING.fullmatch(identity_text(identifier)) is not None

    def freshness(self, now: datetime) -> dict[Publisher, Freshness | None]:
        """How old each publisher's list is; None where there is none."""
        return {
            publisher: None
            if (watchlist := self._by_publisher.get(publisher)) is None
            else watchlist.freshness(now, self._stale_after.get(publisher, STALE_AFTER_DAYS))
            for publisher in PUBLISHERS
        }

    def of(self, publisher: Publisher) -> Watchlist:
        """A publisher's list. Raises KeyError where there is none."""
        return self._by_publisher[publisher]

    def entry(self, publisher: Publisher, entry_id: str) -> Entry | None:
        """An entry as the list says it now; None where it does not say it any more."""
        watchlist = self._by_publisher.get(publisher)
        return None if watchlist is None else watchlist.by_id.get(entry_id)


def alarms(freshness: Mapping[Publisher, Freshness | None]) -> list[Publisher]:
    """The publishers whose list is missing or stale: a name without a hit is then not cleared."""
    return [publisher for publisher, each in freshness.items() if each is None or each.stale]
