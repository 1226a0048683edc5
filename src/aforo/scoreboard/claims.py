"""The claims document: what is said about the corridor, by whom, the figure as published, and how it is made from data.

A document is TOML, has a version, and is known by the hash of its bytes. A claim's formula is data in a small
vocabulary: a kind (`sum`, `share`, `ratio`, `change`, `trend`) over terms, and a term is a sum `from` one table
(`crossings`, `bridges`, `transborder`, `seizures`) over a period with filters, a figure that another document states
(`facts`), or a `difference` of two. Nothing in the code belongs to one claim; what the vocabulary cannot say is
refused, with the reason.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from aforo.domain.text import Text
from aforo.intake import bts, transborder

_FIRST_YEAR, _LAST_YEAR, _MOST_MONTHS = 1990, 2100, 240

Key = Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$(?!\n)", max_length=80)]
Code = Annotated[str, Meta(pattern=r"^[0-9]{2}(?:[0-9]{2}|XX)$(?!\n)")]
Word = Annotated[str, Meta(min_length=1, max_length=60)]
#: A number as it was written, without marks between thousands: its digits say how exact it is meant to be.
Number = Annotated[str, Meta(pattern=r"^-?[0-9]{1,15}(?:\.[0-9]{1,9})?$(?!\n)")]
Step = Annotated[str, Meta(pattern=r"^[0-9]{1,15}(?:\.[0-9]{1,9})?$(?!\n)")]
#: `2024`, `FY2024` (October to September), `2024-05` or `2024-01/2024-05`.
Period = Annotated[str, Meta(pattern=r"^(?:(?:FY)?[0-9]{4}|[0-9]{4}-[0-9]{2}(?:/[0-9]{4}-[0-9]{2})?)$(?!\n)")]
Unit = Literal[
    "trucks",
    "containers",
    "dollars",
    "pounds",
    "tonnes",
    "events",
    "scanners",
    "hours",
    "percent",
    "times",
    "direction",
]
Scale = Literal["one", "thousand", "million", "billion"]
#: In what a cut differs from the claim as it was said: what is counted, of what it is a share, where, when, which file.
Other = Literal["measure", "base", "place", "period", "edition"]
SCALES: Final[dict[Scale, int]] = {"one": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9}
RISING: Final = "rising"
FALLING: Final = "falling"


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of a document."""


class _Term(_Part, frozen=True, tag_field="from"):
    """A sum that a formula is made of."""


class Crossings(_Term, frozen=True, tag="crossings"):
    """Trucks northbound, or their containers, at a group of ports over a period."""

    period: Period
    ports: Key
    measure: bts.Measure = "trucks"


class Bridges(_Term, frozen=True, tag="bridges"):
    """Trucks northbound at bridges of Texas over a period, by their names in the counts of bridges."""

    period: Period
    bridges: Annotated[tuple[Word, ...], Meta(min_length=1)]


class Freight(_Term, frozen=True, tag="transborder"):
    """US dollars of freight over a period; what is not named is not told apart. `commodities` are HS chapters."""

    period: Period
    country: transborder.Country | None = None
    trade: transborder.Trade | None = None
    mode: transborder.Mode | None = None
    ports: Key | None = None
    states: tuple[Word, ...] = ()
    commodities: tuple[Word, ...] = ()


class Seized(_Term, frozen=True, tag="seizures"):
    """Drugs seized over a period, by the names of the published file; what is not named is not told apart."""

    period: Period
    measure: Literal["pounds", "tonnes", "events"]
    drugs: tuple[Word, ...] = ()
    components: tuple[Word, ...] = ()
    regions: tuple[Word, ...] = ()
    areas: tuple[Word, ...] = ()
    land: Literal["land only", "other"] | None = None


class Stated(_Term, frozen=True, tag="facts"):
    """A figure that a document states, by its key under `[facts]`."""

    fact: Key


Plain: TypeAlias = Crossings | Bridges | Freight | Seized | Stated


class Difference(_Term, frozen=True, tag="difference"):
    """`after` less `before`."""

    before: Plain
    after: Plain


Term: TypeAlias = Plain | Difference


class _Formula(_Part, frozen=True, tag_field="kind"):
    """How a figure is made."""


class Sum(_Formula, frozen=True, tag="sum"):
    """A term as it is."""

    of: Term


class Share(_Formula, frozen=True, tag="share"):
    """A part in per cent of a whole."""

    part: Term
    whole: Term


class Ratio(_Formula, frozen=True, tag="ratio"):
    """How many times a term is another."""

    part: Term
    whole: Term


class Change(_Formula, frozen=True, tag="change"):
    """From before to after, in per cent of before."""

    before: Term
    after: Term


class Trend(_Formula, frozen=True, tag="trend"):
    """Whether each term is more than the one before, or each less."""

    of: Annotated[tuple[Term, ...], Meta(min_length=2)]


Formula: TypeAlias = Sum | Share | Ratio | Change | Trend


class Published(_Part, frozen=True):
    """A figure as it was published: `figure` by its digits, in `unit` and `scale` (9.5 million trucks).

    `step` is the step it was rounded to, where zeros at its end are no digits (14,700 to hundreds). `bound` says that
    it is only a limit: more than, less than. Of the unit `direction` the figure is `rising` or `falling`.
    """

    figure: Annotated[str, Meta(max_length=30)]
    unit: Unit
    scale: Scale = "one"
    step: Step | None = None
    bound: Literal["over", "under"] | None = None


class Cut(_Part, frozen=True):
    """Another way of counting that the figure may be meant by, or that can be counted where the claim's own cannot."""

    said: Text
    other: Other
    formula: Formula


class Claim(_Part, frozen=True):
    """One claim: `said` in our words, `source` a key of the document's sources, `note` what a reader should know."""

    id: Key
    name: Text
    said: Text
    source: Key
    published: Published
    formula: Formula
    cuts: tuple[Cut, ...] = msgspec.field(default=(), name="cut")
    note: Text | None = None


class Source(_Part, frozen=True):
    """Who said it, and where; `called` is its name where neither title nor publisher says that in a few words."""

    title: Annotated[str, Meta(min_length=1, max_length=300)]
    publisher: Annotated[str, Meta(max_length=200)] = ""
    date: Annotated[str, Meta(max_length=30)] = ""
    url: Annotated[str, Meta(max_length=300)] = ""
    called: Text | None = None

    @property
    def told(self) -> Text:
        """In a few words: what it is called, else the publisher or the title, and the date."""
        name = self.publisher or self.title
        called = self.called or Text(name, name)
        date_told = f", {self.date}" if self.date else ""
        return Text(called.en + date_told, called.es + date_told)


class Closed(_Part, frozen=True):
    """That a port was closed to trucks, by a source: the months in which it has no count have none to be missed."""

    port: Code
    name: Text
    period: Period
    source: Key


class Ports(_Part, frozen=True):
    """A group of ports by Schedule D codes, what it is called, and when some of them were closed to trucks."""

    name: Text
    codes: Annotated[tuple[Code, ...], Meta(min_length=1)]
    closed: tuple[Closed, ...] = ()


class Fact(_Part, frozen=True):
    """A figure of a document, with its source; `value` is left out where no source gives it."""

    said: Text
    unit: Unit
    source: Key
    value: Number | None = None


class Claims(_Part, frozen=True):
    """A document of claims. `hash` is that of its bytes."""

    id: Key
    version: Annotated[int, Meta(ge=1)]
    name: Text
    sources: dict[Key, Source]
    claims: Annotated[tuple[Claim, ...], Meta(min_length=1)] = msgspec.field(name="claim")
    ports: dict[Key, Ports] = {}
    facts: dict[Key, Fact] = {}
    hash: str = ""


def months_of(period: str) -> tuple[date, ...]:
    """The first days of a period's months, in order. Raises ValueError where there are none."""
    if matched := re.fullmatch(r"(FY)?([0-9]{4})", period):
        year = int(matched[2])
        first = date(year - 1, 10, 1) if matched[1] else date(year, 1, 1)
        last = date(year, 9 if matched[1] else 12, 1)
    else:
        first, last = (date(int(own[:4]), int(own[5:7]), 1) for own in (period[:7], period[-7:]))
    count = 12 * (last.year - first.year) + last.month - first.month + 1
    if not (0 < count <= _MOST_MONTHS and first.year >= _FIRST_YEAR and last.year <= _LAST_YEAR):
        raise ValueError(period)
    months = (first.month - 1 + number for number in range(count))
    return tuple(date(first.year + month // 12, month % 12 + 1, 1) for month in months)


def terms_of(formula: Formula) -> tuple[Term, ...]:
    """The terms of a formula, in the order in which they are read."""
    match formula:
        case Sum():
            return (formula.of,)
        case Trend():
            return formula.of
        case Change():
            return (formula.before, formula.after)
        case Share() | Ratio():
            return (formula.part, formula.whole)


def plain_of(term: Term) -> tuple[Plain, ...]:
    """A term, or the two that it is the difference of."""
    return (term.before, term.after) if isinstance(term, Difference) else (term,)


def stated_alone(formula: Formula) -> bool:
    """Whether a formula is made of figures that documents state, and of no table."""
    return all(isinstance(own, Stated) for term in terms_of(formula) for own in plain_of(term))


def unit_of(term: Term, claims: Claims) -> Unit:
    """What a term counts."""
    match term:
        case Crossings():
            return "trucks" if term.measure == "trucks" else "containers"
        case Bridges():
            return "trucks"
        case Freight():
            return "dollars"
        case Seized():
            return term.measure
        case Stated():
            return claims.facts[term.fact].unit
        case Difference():
            return unit_of(term.after, claims)
