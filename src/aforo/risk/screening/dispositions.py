"""What persons have said of hits, as the log tells it: confirmed, dismissed, or to be asked (again).

A dismissal holds for one party and one entry as it read then. When the entry changes, its digest does, and the same
party is asked about once more. The seam to `flow`: for each party of a filing, `to_ask` says which hits are news;
`asked` makes their events, whose stream is `stream_of(party)`; a confirmed hit is evidence, or a mandatory examination,
by the rules of governance, which `flow` is to hand on to `assess` and `decide` as values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from aforo.domain.payload import Payload
from aforo.domain.screening import ScreeningConfirmed, ScreeningDismissed, ScreeningHit
from aforo.domain.watchlist import Watchlist
from aforo.risk.screening.screener import Hit

#: `new`: nobody was asked. `open`: asked, not answered. `changed`: answered, of what the entry said before.
Standing = Literal["new", "open", "changed", "confirmed", "dismissed"]

#: Party, publisher, entry.
Pair = tuple[str, str, str]


class ReasonMissingError(ValueError):
    """Who confirms or dismisses a hit must say why."""


@dataclass(frozen=True)
class Dispositions:
    """The last word on each pair of party and entry, and the digest of the entry of which it was said."""

    last: Mapping[Pair, tuple[Standing, str]] = field(default_factory=lambda: MappingProxyType({}))

    def after(self, payloads: Iterable[Payload]) -> Dispositions:
        """The dispositions after more events, in the order of the log; events of other kinds are passed over.

        A hit that is recorded again opens nothing that was answered of the same entry.
        """
        last = dict(self.last)
        for payload in payloads:
            if isinstance(payload, ScreeningHit):
                pair = _pair(payload)
                answered, digest = last.get(pair, ("new", ""))
                if digest != payload.entry_digest or answered == "new":
                    last[pair] = ("open", payload.entry_digest)
            elif isinstance(payload, ScreeningConfirmed):
                last[_pair(payload)] = ("confirmed", payload.entry_digest)
            elif isinstance(payload, ScreeningDismissed):
                last[_pair(payload)] = ("dismissed", payload.entry_digest)
        return Dispositions(MappingProxyType(last))

    def standing(self, party: str, hit: Hit) -> Standing:
        """How a hit of a party stands: answered for the entry as it reads now, or to be asked."""
        said, digest = self.last.get((party, hit.watchlist, hit.entry.entry_id), ("new", ""))
        if said == "new" or digest == hit.entry_digest:
            return said
        return "changed"

    def to_ask(self, party: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The hits of which no question stands and no answer holds."""
        return tuple(hit for hit in hits if self.standing(party, hit) in ("new", "changed"))


def stream_of(party: str) -> str:
    """The stream of a party's hits and of what was said of them."""
    return f"screening/{party}"


def asked(party: str, hit: Hit, watchlist: Watchlist, crossing: str | None = None) -> ScreeningHit:
    """The event that asks about a hit. It holds nothing that the party said of itself."""
    return ScreeningHit(
        party,
        watchlist.publisher,
        hit.entry.entry_id,
        hit.entry_digest,
        hit.entry.names.index(hit.listed),
        hit.score,
        tuple((part.code, part.share) for part in hit.parts),
        watchlist.digest,
        hit.identifier,
        crossing,
    )


def confirmed(hit: ScreeningHit, reason: str) -> ScreeningConfirmed:
    """The event of a person's yes. Raises ReasonMissingError. The caller sees that the reason names nobody
    (`domain.spoken.gives_away`)."""
    return ScreeningConfirmed(hit.party, hit.publisher, hit.entry, hit.entry_digest, _reason(reason))


def dismissed(hit: ScreeningHit, reason: str) -> ScreeningDismissed:
    """The event of a person's no. Raises ReasonMissingError; see `confirmed`."""
    return ScreeningDismissed(hit.party, hit.publisher, hit.entry, hit.entry_digest, _reason(reason))


def _reason(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissingError("a reason must be given")
    return reason.strip()


def _pair(payload: ScreeningHit | ScreeningConfirmed | ScreeningDismissed) -> Pair:
    return (payload.party, payload.publisher, payload.entry)
