"""Whom a response calls, as documents: the desks of carriers and of authorities, and guarded yards.

Several may be in force at once, each kept by who knows its numbers: a carrier's association, a state, a customs office.
They name desks and services, never persons: a number that rings at somebody's home does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from aforo.custody.document import (
    Latitude,
    Longitude,
    Metres,
    Name,
    Part,
    RoadError,
    Slug,
    check_sources,
    load,
    units,
)
from aforo.custody.response_plan import Say
from aforo.domain.declaration import identity_text
from aforo.domain.figure import Figure
from aforo.domain.reading import PER_DEGREE
from aforo.domain.response import RESPONSE_KINDS, FixAt, ResponseKind

#: A document is some dozen kilobytes.
MOST_BYTES = 500_000
#: A telephone as it is dialled: digits, and the signs between them that people write.
Phone = Annotated[str, Meta(pattern=r"^\+?[0-9][0-9 ().-]{1,28}[0-9]$(?!\n)")]


class Line(Figure, frozen=True):
    """A telephone that somebody answers: whose it is, and, where it is not answered at all times, when."""

    id: Slug
    name: Say
    phone: Phone
    hours: Say | None = None


class CarrierDesk(Part, frozen=True):
    """The desks of one carrier, as trips name it."""

    carrier: Name
    lines: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=20)] = msgspec.field(name="line")


class Area(Part, frozen=True):
    """From where to where an authority answers: between two parallels and two meridians."""

    south: Latitude
    north: Latitude
    west: Longitude
    east: Longitude

    def holds(self, fix: FixAt) -> bool:
        """Whether a fix lies in it."""
        latitude, longitude = fix.latitude / PER_DEGREE, fix.longitude / PER_DEGREE
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


class Authority(Line, frozen=True):
    """The line of an authority: for which kinds it is called, and where. Its area is coarse, and says so: whoever is
    near its edge is shown both sides'."""

    kinds: Annotated[tuple[ResponseKind, ...], Meta(min_length=1, max_length=2)] = RESPONSE_KINDS
    areas: Annotated[tuple[Area, ...], Meta(max_length=50)] = msgspec.field(default=(), name="area")


class GuardedYard(Figure, frozen=True):
    """A yard that is guarded, into which a truck may be sent."""

    id: Slug
    name: Name
    lat: Latitude
    lon: Longitude
    radius: Metres
    phone: Phone | None = None

    @property
    def at(self) -> tuple[int, int]:
        """Its middle in 1e-7 degree."""
        return units(self.lat), units(self.lon)


class ContactBook(Part, frozen=True):
    """The document."""

    name: Slug
    version: Name
    carriers: Annotated[tuple[CarrierDesk, ...], Meta(max_length=5_000)] = msgspec.field(default=(), name="carrier")
    authorities: Annotated[tuple[Authority, ...], Meta(max_length=500)] = msgspec.field(default=(), name="authority")
    yards: Annotated[tuple[GuardedYard, ...], Meta(max_length=1_000)] = msgspec.field(default=(), name="yard")
    sources: dict[str, Name] = msgspec.field(default_factory=dict)


class Called(NamedTuple):
    """The lines to call for one response."""

    carrier: tuple[Line, ...]
    authority: tuple[Authority, ...]


@lru_cache(maxsize=64)
def read(document: bytes) -> ContactBook:
    """The contacts of a TOML document. Raises RoadError that names the place."""
    made = load(document, ContactBook, MOST_BYTES)
    check_sources(made, made.sources)
    desks = [identity_text(each.carrier) for each in made.carriers]
    if len(set(desks)) < len(desks):
        raise RoadError("contacts_carrier_twice", carrier=next(each for each in desks if desks.count(each) > 1))
    lines = [line.id for desk in made.carriers for line in desk.lines]
    for kind, ids in (
        ("line", [*lines, *(each.id for each in made.authorities)]),
        ("yard", [each.id for each in made.yards]),
    ):
        if len(set(ids)) < len(ids):
            raise RoadError("road_id_twice", kind=kind, id=next(each for each in ids if ids.count(each) > 1))
    for each in made.authorities:
        if any(area.south >= area.north or area.west >= area.east for area in each.areas):
            raise RoadError("contacts_area", id=each.id)
    return made


def called(books: list[ContactBook], kind: ResponseKind, carriers: Iterable[str], fix: FixAt | None) -> Called:
    """Whom to call for a response of a kind: of the carriers in their order, else in the order of the documents.

    An authority that names areas is called where one holds the fix; where no fix is known, all are: it is not for us to
    guess in which country a truck is. One that names none is called everywhere.
    """
    desks = tuple(
        line
        for own in dict.fromkeys(identity_text(each) for each in carriers)
        for book in books
        for desk in book.carriers
        if identity_text(desk.carrier) == own
        for line in desk.lines
    )
    authorities = tuple(
        each
        for book in books
        for each in book.authorities
        if kind in each.kinds and (not each.areas or fix is None or any(area.holds(fix) for area in each.areas))
    )
    return Called(desks, authorities)


def shipped() -> bytes:
    """The document that is shipped: emergency numbers of both countries, and no carrier's."""
    return (resources.files("aforo.custody") / "documents" / "contacts.toml").read_bytes()
