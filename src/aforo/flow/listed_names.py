"""Whom a name resembles on the lists, told whole: the entry, the parts of the score, and why."""

from __future__ import annotations

import msgspec

from aforo.domain.text import Text
from aforo.domain.watchlist import PartyKind
from aforo.risk.screening import Hit
from aforo.risk.screening.likeness import Part


class Found(msgspec.Struct, frozen=True):
    """One hit as it is told; `score` and the shares of its parts are in millionths."""

    publisher: str
    entry_id: str
    entry_digest: str
    kind: PartyKind
    name: str
    listed: str
    quality: str
    score: int
    identifier: bool
    parts: tuple[Part, ...]
    reason: Text
    programmes: tuple[str, ...]
    born: tuple[str, ...]
    countries: tuple[str, ...]
    expires_on: str | None


def found_of(hit: Hit) -> Found:
    """A hit as it is told."""
    entry = hit.entry
    return Found(
        publisher=hit.watchlist,
        entry_id=entry.entry_id,
        entry_digest=hit.entry_digest,
        kind=entry.kind,
        name=entry.names[0].text,
        listed=hit.listed.text,
        quality=hit.listed.quality,
        score=hit.score,
        identifier=hit.identifier,
        parts=hit.parts,
        reason=hit.reason,
        programmes=entry.programmes,
        born=entry.born,
        countries=entry.countries,
        expires_on=entry.expires_on,
    )
