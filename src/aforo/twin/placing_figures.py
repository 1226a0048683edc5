"""What the placing of scanners rests on beside ports and counts: one document, each figure with its source."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
from msgspec import Meta

from aforo.domain.decision import Examination
from aforo.domain.figure import ASSUMED, Figure, not_finite
from aforo.domain.figure import figures as figures_of
from aforo.domain.form import fault_of, not_toml
from aforo.domain.text import Text, catalogue
from aforo.domain.threat import Threat
from aforo.domain.units import Float64Array
from aforo.ports.figure import Count, PerHour, Service, Share

#: A document is a few kilobytes.
MOST_BYTES: Final = 200_000
#: Kinds of scanners, as port documents have them: behind primary, and before it.
KINDS: Final = ("secondary", "portal")

Fraction = Annotated[float, Meta(ge=0.0, le=1.0)]
Point = tuple[Fraction, Fraction]


class PlacingError(ValueError):
    """Scanners cannot be placed with what was given; `text` says why, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text: Text = catalogue("aforo.twin").say(code, **fields)
        self.code = code
        super().__init__(self.text.en)


class Ranged(Figure, frozen=True):
    """A fraction, and the range that it is drawn from."""

    share: Fraction
    low: Fraction
    high: Fraction


class Factor(Figure, frozen=True):
    """A multiple of what a document states, and the range that it is drawn from."""

    factor: Annotated[float, Meta(ge=0.0, le=10.0)]
    low: Annotated[float, Meta(ge=0.0, le=10.0)]
    high: Annotated[float, Meta(ge=0.0, le=10.0)]


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of scanner that can be placed: trucks an hour of a unit that is never idle, the whole examination of one
    truck, and the share of its hours that it is up."""

    id: Literal["secondary", "portal"]
    name: Text
    per_hour: PerHour
    scan: Service
    availability: Ranged


class Finds(Figure, frozen=True):
    """For which threat, and by which examination, the policy document's chance of a find is taken; `spread` is the part
    of it by which it may be off to either side."""

    threat: Threat
    examination: Examination
    spread: Annotated[float, Meta(ge=0.0, lt=1.0)]


class Ranking(Figure, frozen=True):
    """Of trucks that hide something, the share among those scanned: points (scanned, found among), from (0, 0) to
    (1, 1), rising and concave."""

    curve: Annotated[tuple[Point, ...], Meta(min_length=2, max_length=50)]

    def columns(self) -> tuple[Float64Array, Float64Array]:
        """The points as two columns."""
        points = np.array(self.curve)
        return points[:, 0], points[:, 1]


class Volume(Figure, frozen=True):
    """Standard deviations of the logarithm of next year's trucks: of all, and of a port beside all."""

    border: Annotated[float, Meta(ge=0.0, le=1.0)]
    port: Annotated[float, Meta(ge=0.0, le=1.0)]


class Choosing(Figure, frozen=True):
    """How strongly smugglers follow the payoff: log-odds for a load more brought through of each one sent."""

    strength: Annotated[float, Meta(ge=0.0, le=1_000.0)]


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document. `diverting` and `room` are by `port/bridge`, such as 2304/world-trade."""

    name: str
    version: str
    kinds: Annotated[tuple[Kind, ...], Meta(min_length=1, max_length=2)] = msgspec.field(name="kind")
    reached: Ranged
    use: Share
    scanned_today: Ranged
    standing: Factor
    finds: Finds
    ranking: Ranking
    believed: Ranged
    volume: Volume
    choosing: Choosing
    sources: dict[str, str] = {}
    diverting: dict[str, Share] = {}
    room: dict[str, Count] = {}

    def kind(self, name: str) -> Kind | None:
        """The kind of scanner of this name; None where the document has none."""
        return next((each for each in self.kinds if each.id == name), None)


def parse(document: bytes) -> Figures:
    """The figures of a TOML document. PlacingError names the place."""
    if len(document) > MOST_BYTES:
        raise PlacingError("placing_too_large", bytes=MOST_BYTES)
    try:
        table = tomllib.loads(document.decode("utf-8"))
        infinite = not_finite(table)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise PlacingError("placing_not_toml", why=not_toml(wrong)) from wrong
    if infinite is not None:
        raise PlacingError("placing_not_finite", place=infinite)
    try:
        figures = msgspec.convert(table, Figures)
    except msgspec.ValidationError as wrong:
        place, why = fault_of(wrong, Figures, table)
        raise PlacingError("placing_not_valid", place=place or "–", why=why) from wrong
    _check(figures)
    return figures


@cache
def shipped() -> Figures:
    """The document that ships with the product."""
    return parse(shipped_document())


def shipped_document() -> bytes:
    """The document that ships, as it is written."""
    return (resources.files("aforo.twin") / "placing.toml").read_bytes()


def _check(figures: Figures) -> None:
    """PlacingError for figures that are well formed and cannot be."""
    ranged = [(name, getattr(figures, name)) for name in ("reached", "scanned_today", "standing", "believed")]
    ranged += [(f"kind[{each.id}].availability", each.availability) for each in figures.kinds]
    for place, each in ranged:
        value = each.factor if isinstance(each, Factor) else each.share
        if not each.low <= value <= each.high:
            raise PlacingError("placing_range", place=place)
    # Scanners that scan nothing are none, and at full use the queue has no end.
    if min(figures.reached.low, *(each.availability.low for each in figures.kinds)) <= 0.0:
        raise PlacingError("placing_no_throughput")
    if not 0.0 < figures.use.share < 1.0:
        raise PlacingError("placing_use")
    if len({each.id for each in figures.kinds}) < len(figures.kinds):
        raise PlacingError("placing_kind_twice")
    for place, figure in figures_of(figures):
        if figure.source != ASSUMED and figure.source not in figures.sources:
            raise PlacingError("placing_source", place=place, source=figure.source)
    scanned, found = figures.ranking.columns()
    whole = (scanned[0], found[0], scanned[-1], found[-1]) == (0.0, 0.0, 1.0, 1.0)
    if not whole or (np.diff(scanned) <= 0.0).any() or (np.diff(found) <= 0.0).any():
        raise PlacingError("placing_curve")
    if (np.diff(np.diff(found) / np.diff(scanned)) > 1e-12).any():
        raise PlacingError("placing_curve")
