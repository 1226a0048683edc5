"""Documents that plans are made from: TOML that is checked, figures with a range, and those that ship by name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Annotated, Any, Final, TypeVar

import msgspec
import numpy as np
from msgspec import Meta

from aforo.domain.figure import ASSUMED, Figure, figures, not_plain
from aforo.domain.form import fault_of, not_toml
from aforo.domain.text import Text, catalogue
from aforo.twin.scenario import Title

T = TypeVar("T", bound=msgspec.Struct)

#: A document is some kilobytes.
MOST_BYTES: Final = 200_000

Amount = Annotated[float, Meta(ge=0.0, le=1e12)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$(?!\n)", max_length=60)]


class PlanError(ValueError):
    """A plan cannot be made from what was given; `text` says why, in both languages, and `place` where."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text: Text = catalogue("aforo.twin").say(code, **fields)
        self.code = code
        self.place = str(fields.get("place") or "")
        super().__init__(self.text.en)


class Drawn(Figure, frozen=True, kw_only=True):
    """A figure with the range that it is drawn from, evenly; without `low` and `high` it is what it says."""

    low: Amount | None = None
    high: Amount | None = None

    def stated(self) -> float:
        """Its value."""
        raise NotImplementedError

    def ends(self) -> tuple[float, float]:
        """The range that it is drawn from."""
        value = self.stated()
        return (value if self.low is None else self.low), (value if self.high is None else self.high)

    def drawn(self, chance: float) -> float:
        """Its value where this chance, 0 to 1, was drawn."""
        low, high = self.ends()
        return low + chance * (high - low)


class Dollars(Drawn, frozen=True, kw_only=True):
    """US$ of the document's year."""

    dollars: Amount

    def stated(self) -> float:
        return self.dollars


class Fraction(Drawn, frozen=True, kw_only=True):
    """A fraction."""

    share: Annotated[float, Meta(ge=0.0, le=1.0)]

    def stated(self) -> float:
        return self.share


class Multiple(Drawn, frozen=True, kw_only=True):
    """A multiple of something that is named where it stands."""

    factor: Annotated[float, Meta(ge=0.0, le=20.0)]

    def stated(self) -> float:
        return self.factor


class Weeks(Drawn, frozen=True, kw_only=True):
    """Weeks."""

    weeks: Annotated[float, Meta(ge=0.0, le=104.0)]

    def stated(self) -> float:
        return self.weeks


class Years(Figure, frozen=True, kw_only=True):
    """How long something lasts."""

    years: Annotated[float, Meta(ge=1.0, le=200.0)]


class Metres(Figure, frozen=True, kw_only=True):
    """A length."""

    metres: Annotated[float, Meta(gt=0.0, le=1_000.0)]


def parsed(document: bytes, kind: type[T]) -> T:
    """The document as a `kind`, its form checked. PlanError names the place."""
    if len(document) > MOST_BYTES:
        raise PlanError("plan_document_too_large", bytes=MOST_BYTES)
    try:
        table = tomllib.loads(document.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise PlanError("plan_document_not_toml", why=not_toml(wrong)) from wrong
    wrong_at = not_plain(table)
    if wrong_at is not None:
        raise PlanError("plan_document_not_plain", place=wrong_at or "–")
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as wrong:
        place, why = fault_of(wrong, kind, table)
        raise PlanError("plan_document_not_valid", place=place or "–", why=why) from wrong


def check_figures(document: Any, sources: dict[str, str]) -> None:
    """PlanError for a figure whose source is not named, or whose value lies outside its range."""
    if ASSUMED in sources:
        raise PlanError("plan_document_reserved")
    for place, figure in figures(document):
        if figure.source != ASSUMED and figure.source not in sources:
            raise PlanError("plan_document_source", place=place, source=figure.source)
        if isinstance(figure, Drawn):
            low, high = figure.ends()
            most = 1.0 if isinstance(figure, Fraction) else np.inf
            if not low <= figure.stated() <= high <= most:
                raise PlanError("plan_document_range", place=place)


def assumed_in(document: Any) -> tuple[str, ...]:
    """The places of the figures of a document that are assumed."""
    return tuple(place for place, figure in figures(document) if figure.source == ASSUMED)


def figures_in(document: Any) -> int:
    """How many figures a document has."""
    return sum(1 for _ in figures(document))


def chances(seed: int, future: int, purpose: int) -> Iterator[float]:
    """Chances of one future in their order, 0 to 1; the same seed, future and purpose give the same."""
    generator = np.random.Generator(np.random.PCG64((seed, purpose, future)))
    while True:
        yield float(generator.random())


def text_of(title: Title) -> Text:
    """A title as a text."""
    return Text(title.en, title.es)


def shipped(begins: str) -> dict[str, bytes]:
    """The documents that ship and begin with this line, by name."""
    folder = resources.files("aforo.twin") / "plans"
    found = {
        each.name.removesuffix(".toml"): each.read_bytes() for each in folder.iterdir() if each.name.endswith(".toml")
    }
    return {name: held for name, held in sorted(found.items()) if held.startswith(begins.encode())}
