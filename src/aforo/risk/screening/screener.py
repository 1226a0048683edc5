"""Whom a party resembles: hits on lists, each with its entry, the parts of its score, and why.

A score is one million less what each difference costs: those of the names (`likeness`), and what is known besides. A
date of birth or a country that contradicts the entry's costs; an identifier that is the entry's is a hit by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from aforo.domain.declaration import identity_text
from aforo.domain.text import Text, catalogue
from aforo.domain.watchlist import Entry, ListedName, PartyKind, Watchlist
from aforo.risk.screening.index import NameIndex, Row, readings
from aforo.risk.screening.likeness import ALIKE, Part, likeness
from aforo.risk.screening.spelling import name_of

#: A score from which a party is a hit, in millionths.
HIT = 820_000
#: What contradicts, in millionths. They are assumed: the labelled pairs have names alone.
BIRTH_DIFFERS = -250_000
BIRTH_NEAR = -50_000
WEAK_ALIAS = -60_000
#: A year of birth may be wrong by this many.
YEARS_NEAR = 1
#: Hits of one party that are kept, the best first.
MOST_HITS = 50


class Party(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who is screened. `born` is a year, or a date in ISO 8601; `identifiers` are numbers such as an RFC or a passport.

    A party of unknown kind is read as a person and as a firm.
    """

    name: str
    kind: PartyKind = "unknown"
    born: str | None = None
    identifiers: tuple[str, ...] = ()


class Hit(msgspec.Struct, frozen=True):
    """A party resembles an entry: by which of its names, with which score, made of which parts, and why.

    `score` is one million and the shares of the `parts` together, not below zero; `identifier` is true where the party
    has a number of the entry's, which needs no likeness of names.
    """

    watchlist: str
    entry: Entry
    entry_digest: str
    listed: ListedName
    score: int
    parts: tuple[Part, ...]
    reason: Text
    identifier: bool = False


class Screener:
    """Screens parties against some lists. Not to be shared between threads."""

    def __init__(self, lists: Sequence[Watchlist], *, least: int = HIT) -> None:
        self.index = NameIndex(lists)
        self._least = least
        self._identifiers: dict[str, list[tuple[Watchlist, Entry]]] = {}
        for watchlist in lists:
            for entry in watchlist.entries:
                for each in entry.identifiers:
                    self._identifiers.setdefault(identity_text(each.number), []).append((watchlist, entry))

    @property
    def names(self) -> int:
        """How many listed names there are; those of entries of unknown kind count twice, once for each reading."""
        return len(self.index.rows)

    def screen(self, parties: Iterable[Party]) -> list[tuple[Hit, ...]]:
        """The hits of each party, the best first; at most MOST_HITS, one for each entry."""
        return [self._hits(party) for party in parties]

    def _hits(self, party: Party) -> tuple[Hit, ...]:
        best: dict[tuple[str, str], Hit] = {}
        for number in party.identifiers:
            for watchlist, entry in self._identifiers.get(identity_text(number), ()):
                hit = _hit(watchlist, entry, entry.names[0], ALIKE, (), identifier=True)
                best[(watchlist.publisher, entry.entry_id)] = hit
        scored: dict[tuple[str, str], tuple[int, Row, tuple[Part, ...]]] = {}
        for person in readings(party.kind):
            name = name_of(party.name, person=person)
            for at in self.index.candidates(name, person=person, least=self._least):
                row = self.index.rows[at]
                alike = likeness(name, row.name, person=person)
                if alike.score < self._least:
                    continue
                parts = (*alike.parts, *_besides(party, row.entry, row.listed))
                score = max(0, ALIKE + sum(part.share for part in parts))
                key: tuple[str, str] = (row.watchlist.publisher, row.entry.entry_id)
                if score >= self._least and (key not in scored or score > scored[key][0]):
                    scored[key] = (score, row, parts)
        for found, (score, row, parts) in scored.items():
            if found not in best:
                best[found] = _hit(row.watchlist, row.entry, row.listed, score, parts)
        ranked = sorted(
            best.values(), key=lambda hit: (not hit.identifier, -hit.score, hit.watchlist, hit.entry.entry_id)
        )
        return tuple(ranked[:MOST_HITS])


def _besides(party: Party, entry: Entry, listed: ListedName) -> list[Part]:
    """What else than the names speaks against it."""
    parts = []
    if listed.quality == "weak":
        parts.append(Part("weak_alias", "", listed.text, WEAK_ALIAS))
    if party.born and entry.born:
        nearest = min(_years_apart(party.born, each) for each in entry.born)
        same = any(_agrees(party.born, each) for each in entry.born)
        if nearest > YEARS_NEAR:
            parts.append(Part("birth_differs", "", ", ".join(entry.born), BIRTH_DIFFERS))
        elif not same:
            parts.append(Part("birth_near", "", ", ".join(entry.born), BIRTH_NEAR))
    return parts


def _years_apart(one: str, other: str) -> int:
    """Years between two dates of birth; 0 within a span."""
    year = int(one[:4])
    first, last = (int(other[:4]), int(other[5:9])) if "/" in other else (int(other[:4]),) * 2
    return max(first - year, year - last, 0)


def _agrees(one: str, other: str) -> bool:
    """Whether two dates of birth say the same, as far as both say it."""
    if "/" in other:
        return _years_apart(one, other) == 0
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _hit(
    watchlist: Watchlist,
    entry: Entry,
    listed: ListedName,
    score: int,
    parts: tuple[Part, ...],
    *,
    identifier: bool = False,
) -> Hit:
    reason = why(entry, listed, score, parts, identifier=identifier)
    return Hit(watchlist.publisher, entry, entry.digest(), listed, score, parts, reason, identifier)


def why(entry: Entry, listed: ListedName, score: int, parts: Sequence[Part], *, identifier: bool = False) -> Text:
    """A hit in words: what it is a hit on, and each difference with what it costs."""
    words = catalogue("aforo.risk.screening")
    publisher = entry.publisher.upper()
    if identifier:
        return words.say("hit_identifier", name=entry.names[0].text, publisher=publisher)
    quality = words.template(f"quality_{listed.quality}")
    told = [part_in_words(part) for part in parts if part.share] or [words.template("no_difference")]
    fields = {"score": f"{score / 10_000:.1f}", "name": listed.text, "publisher": publisher}
    template = words.template("hit")
    return Text(
        template.en.format(quality=quality.en, differences="; ".join(each.en for each in told), **fields),
        template.es.format(quality=quality.es, differences="; ".join(each.es for each in told), **fields),
    )


def part_in_words(part: Part) -> Text:
    """One part of a score as a sentence, with what it costs in points of a hundred."""
    return catalogue("aforo.risk.screening").say(
        f"part_{part.code}", party=part.party, listed=part.listed, cost=f"{-part.share / 10_000:.1f}"
    )
