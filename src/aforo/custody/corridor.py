"""A planned corridor as a document: where its road runs, where one may stand, and where nobody is heard."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from msgspec import Meta

from aforo.custody.document import (
    Latitude,
    Longitude,
    Metres,
    Minutes,
    Name,
    Part,
    Point,
    RoadError,
    Share,
    Slug,
    load,
    units,
    wrong_sources,
)
from aforo.custody.plane import Plane
from aforo.domain.codes import zones
from aforo.domain.figure import Figure
from aforo.domain.trip import Place

#: A corridor is some dozen kilobytes.
MOST_BYTES = 1_000_000
#: Degrees that a corridor may span from its middle meridian: see `plane`.
WIDEST = 5.0
#: A stop is where one may stand by day; a yard is guarded, and one may halt there for the night.
StopUse = Literal["stop", "yard"]


class Line(Figure, frozen=True):
    """The middle of the road, from where loads are sealed to where they are discharged."""

    points: Annotated[tuple[Point, ...], Meta(min_length=2, max_length=5_000)]


class DeadZone(Part, frozen=True):
    """A stretch on which few are heard. Kilometres along the line; `heard` is the share of trucks that are heard."""

    id: Slug
    from_km: Annotated[float, Meta(ge=0.0, le=10_000.0)]
    until_km: Annotated[float, Meta(gt=0.0, le=10_000.0)]
    heard: Share


class Stop(Part, frozen=True):
    """A circle in which a truck may stand, not longer than `longest` where that is given."""

    id: Slug
    name: Name
    lat: Latitude
    lon: Longitude
    radius: Metres
    use: StopUse = "stop"
    longest: Minutes | None = None

    @property
    def place(self) -> Place:
        """The same as trips name places."""
        return Place(self.name, units(self.lat), units(self.lon), round(self.radius.metres))


class Corridor(Part, frozen=True):
    """The document. `zone` is the IANA zone whose nights are meant; `half_width` is to either side of the line."""

    id: Slug
    name: Name
    version: Name
    zone: Name
    line: Line
    half_width: Metres
    dead_zones: Annotated[tuple[DeadZone, ...], Meta(max_length=500)] = msgspec.field(default=(), name="dead_zone")
    stops: Annotated[tuple[Stop, ...], Meta(max_length=1_000)] = msgspec.field(default=(), name="stop")
    sources: dict[str, Name] = msgspec.field(default_factory=dict)

    @property
    def plane(self) -> Plane:
        """The plane about the middle meridian of the line."""
        longitudes = [point[1] for point in self.line.points]
        return Plane(units((min(longitudes) + max(longitudes)) / 2))


@lru_cache(maxsize=64)
def read(document: bytes) -> Corridor:
    """The corridor of a TOML document. Raises RoadError that names the first place that is wrong."""
    made = load(document, Corridor, MOST_BYTES)
    for error in _wrong(made):
        raise error
    return made


def wrong(document: bytes) -> Iterator[RoadError]:
    """All that is wrong with a corridor's document; of its form, the first."""
    try:
        made = load(document, Corridor, MOST_BYTES)
    except RoadError as error:
        yield error
        return
    yield from _wrong(made)


def _wrong(made: Corridor) -> Iterator[RoadError]:
    yield from wrong_sources(made, made.sources)
    if made.zone not in zones():
        yield RoadError("road_zone", zone=made.zone)
    for kind, ids in (("dead_zone", [each.id for each in made.dead_zones]), ("stop", [each.id for each in made.stops])):
        for twice in sorted({each for each in ids if ids.count(each) > 1}):
            yield RoadError("road_id_twice", kind=kind, id=twice)
    latitudes, longitudes = np.array(made.line.points).T
    if np.ptp(longitudes) > 2 * WIDEST or np.abs(latitudes).max() > 75:
        # Nothing can be said of lengths where the plane does not reach.
        yield RoadError("road_too_wide", degrees=2 * WIDEST)
        return
    x, y = made.plane.of(latitudes * 1e7, longitudes * 1e7)
    steps = np.hypot(np.diff(x), np.diff(y))
    for step in np.flatnonzero(steps < 1.0).tolist():
        yield RoadError("road_point_twice", number=step + 2)
    for zone in made.dead_zones:
        if not zone.from_km < zone.until_km or zone.from_km * 1_000 > steps.sum():
            yield RoadError("road_dead_zone", id=zone.id, length=f"{steps.sum() / 1_000:.1f}")


def zone_of(corridor: Corridor) -> ZoneInfo:
    """The zone whose local hours the corridor keeps."""
    return ZoneInfo(corridor.zone)


def example() -> bytes:
    """The corridor that ships, from Monterrey to Laredo: drawn roughly by us, every figure of it assumed."""
    return (resources.files("aforo.custody") / "documents" / "monterrey-laredo.toml").read_bytes()
