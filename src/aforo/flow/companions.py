"""Who came with whom: of each party its last crossings, and the other parties that it came with.

A party is its kind's place in ENTITIES and its keyed hash. What is kept is bounded: the parties that were heard of
last, and of each the last crossings and its companions: those that it came with most often, and the last one. A
companion that is let go of is counted from one again when it comes back.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from aforo.domain.event import Filed
from aforo.flow.recorded import unpack_identities
from aforo.risk.features import ENTITIES

Party = tuple[int, int]
#: Parties that are kept, those heard of last; of one, its last crossings and hits, and its companions.
MOST_PARTIES, MOST_CROSSINGS, MOST_COMPANIONS, MOST_HITS = 40_000, 30, 24, 20


class Together(msgspec.Struct, array_like=True):
    """How often two parties came together, for the first time and the last (microseconds since 1970)."""

    count: int
    first: int
    last: int


class Known(msgspec.Struct, array_like=True):
    """A party: when it was first and last heard of, with how many crossings, the last of these, its companions, and the
    positions of the hits on lists that one of its kind had in a crossing of its own."""

    first: int
    last: int
    count: int = 0
    crossings: list[str] = []
    companions: dict[Party, Together] = {}
    hits: list[int] = []


class Companions:
    """See the module."""

    def __init__(self) -> None:
        self.parties: dict[Party, Known] = {}

    def came(self, crossing: str, before: Sequence[Party], fresh: Sequence[Party], at: int) -> None:
        """Parties that a crossing names now and did not before; `before` are those that it named already. Two are
        together once a crossing, however many of its filings say so."""
        for place, party in enumerate(fresh):
            known = self._heard(party, at)
            known.count += 1
            known.crossings.append(crossing)
            del known.crossings[:-MOST_CROSSINGS]
            for other in (*before, *fresh[:place]):
                if other[0] != party[0]:
                    _met(known, other, at)
                    _met(self._heard(other, at), party, at)

    def resembled(self, parties: Sequence[Party], kind: str, position: int) -> None:
        """A hit on a list at this position, of somebody of a kind among a crossing's parties."""
        for party in parties:
            if ENTITIES[party[0]] == kind and (known := self.parties.get(party)) is not None:
                known.hits.append(position)
                del known.hits[:-MOST_HITS]

    def dump(self) -> bytes:
        """The state, as bytes."""
        return msgspec.msgpack.encode([(party, known) for party, known in self.parties.items()])

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        self.parties = dict(msgspec.msgpack.decode(state, type=list[tuple[Party, Known]]))

    def _heard(self, party: Party, at: int) -> Known:
        known = self.parties.pop(party, None) or Known(at, at)
        known.first, known.last = min(known.first, at), max(known.last, at)
        self.parties[party] = known
        if len(self.parties) > MOST_PARTIES:
            del self.parties[next(iter(self.parties))]
        return known


def _met(known: Known, other: Party, at: int) -> None:
    together = known.companions.pop(other, None) or Together(0, at, at)
    together.count += 1
    together.first, together.last = min(together.first, at), max(together.last, at)
    known.companions[other] = together
    if len(known.companions) > MOST_COMPANIONS:
        others = ((each.count, each.last, party) for party, each in known.companions.items() if party != other)
        del known.companions[min(others)[2]]


def parties_of(filed: Filed) -> list[Party]:
    """The parties that a filing names, in the order of ENTITIES."""
    identities = unpack_identities([filed])
    return [(place, own) for place, kind in enumerate(ENTITIES) if (own := int(identities[kind][0]))]
