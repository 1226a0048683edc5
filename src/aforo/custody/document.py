"""Documents of the roads: TOML of bounded size, its figures each with its source or the word `assumed`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from aforo.domain.figure import ASSUMED, Figure, figures, not_plain
from aforo.domain.form import fault_of, not_toml, placed
from aforo.domain.reading import PER_DEGREE
from aforo.domain.text import Text, catalogue

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$(?!\n)", max_length=60)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Latitude = Annotated[float, Meta(ge=-90.0, le=90.0)]
Longitude = Annotated[float, Meta(ge=-180.0, le=180.0)]
#: Latitude and longitude, degrees of WGS 84.
Point = tuple[Latitude, Longitude]
_Document = TypeVar("_Document", bound=msgspec.Struct)


class RoadError(ValueError):
    """A document of the roads is not valid; `text` names the place and says what to do, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text: Text = catalogue("aforo.custody").say(code, **fields)
        self.code = code
        super().__init__(self.text.en)


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of a document."""


class Metres(Figure, frozen=True):
    metres: Annotated[float, Meta(gt=0.0, le=200_000.0)]


class Minutes(Figure, frozen=True):
    minutes: Annotated[float, Meta(gt=0.0, le=44_640.0)]

    @property
    def micro(self) -> int:
        """The same in microseconds."""
        return round(self.minutes * 60_000_000)


class Speed(Figure, frozen=True):
    """Kilometres an hour."""

    kmh: Annotated[float, Meta(gt=0.0, le=250.0)]


class Count(Figure, frozen=True):
    count: Annotated[int, Meta(ge=1, le=1_000)]


class Hour(Figure, frozen=True):
    """An hour of the local day."""

    hour: Annotated[int, Meta(ge=0, le=23)]


class Share(Figure, frozen=True):
    """A fraction of what is expected, or a chance."""

    share: Annotated[float, Meta(ge=0.0, le=1.0)]


def load(document: bytes, kind: type[_Document], most_bytes: int) -> _Document:
    """The document in its form. Raises RoadError where it is too large, no TOML, not finite, or of another form."""
    if len(document) > most_bytes:
        raise RoadError("road_too_large", bytes=most_bytes)
    try:
        table = tomllib.loads(document.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as wrong:
        raise RoadError("road_not_toml", why=not_toml(wrong)) from None
    if (place := not_plain(table)) is not None:
        raise RoadError("road_not_plain", place=place[:200])
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as wrong:
        raise RoadError("road_not_valid", why=placed(*fault_of(wrong, kind, table))) from None


def check_sources(document: Any, sources: dict[str, str]) -> None:
    """Raises RoadError where a figure names a source that the document does not."""
    for error in wrong_sources(document, sources):
        raise error


def wrong_sources(document: Any, sources: dict[str, str]) -> Iterator[RoadError]:
    """All that is wrong with the sources that a document's figures name."""
    if ASSUMED in sources:
        yield RoadError("road_source_reserved")
    for place, figure in figures(document):
        if figure.source != ASSUMED and figure.source not in sources:
            yield RoadError("road_source_unknown", place=place, source=figure.source)


def units(degrees: float) -> int:
    """Degrees as positions are kept: in 1e-7 degree."""
    return round(degrees * PER_DEGREE)
