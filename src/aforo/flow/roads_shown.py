"""Corridors, fences and limits of alerts as people are shown them: what they say, each figure with its source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec
import shapely

from aforo.custody.corridor import StopUse
from aforo.custody.document import Count, Hour, Metres, Minutes, Share, Speed
from aforo.custody.fences import FenceUse
from aforo.custody.limits import Limits, Saved
from aforo.custody.road import Road
from aforo.domain.figure import Figure, figures
from aforo.domain.reading import PER_DEGREE
from aforo.flow.roads import Fenced

#: A ring is drawn thinned: what is left out lies within this part of its larger side.
_THINNED = 1 / 500

Spot = tuple[float, float]
LimitUnit = Literal["m", "min", "km/h", "count", "hour", "share"]


class DeadZoneShown(msgspec.Struct, frozen=True):
    """A stretch on which few are heard: kilometres along the line, the share of trucks that is heard, and its points in
    degrees (latitude, longitude)."""

    id: str
    from_km: float
    until_km: float
    heard: float
    source: str
    note: str
    line: list[Spot]


class RoadStopShown(msgspec.Struct, frozen=True):
    """A stop or a yard: a circle, its middle in degrees; `longest_min` where it says how long one may stand there."""

    id: str
    name: str
    latitude: float
    longitude: float
    radius_m: int
    use: StopUse
    longest_min: float | None
    source: str
    note: str


class CorridorContents(msgspec.Struct, frozen=True):
    """What the document of a corridor says. `line` is its middle in degrees (latitude, longitude), `sources` who stands
    behind what its figures name; `assumed` is nobody."""

    id: str
    name: str
    version: str
    zone: str
    length_km: float
    half_width_m: int
    half_width_source: str
    half_width_note: str
    line: list[Spot]
    line_source: str
    line_note: str
    dead_zones: list[DeadZoneShown]
    stops: list[RoadStopShown]
    sources: dict[str, str]


class FenceShown(msgspec.Struct, frozen=True):
    """A fence in force: a ring in degrees (latitude, longitude), thinned, or a circle about a middle. `document` is the
    one that it is of, and `published` who stands behind its source there: empty where that is assumed."""

    id: str
    name: str
    use: FenceUse
    document: str
    source: str
    published: str
    ring: list[Spot]
    middle: Spot | None
    radius_m: int | None


class LimitShown(msgspec.Struct, frozen=True):
    """A figure of the limits: its place in the document, its value in `unit`. Of what a response can still save
    (`saves.kind`) the share halves every `halves_min` minutes."""

    place: str
    value: float
    unit: LimitUnit
    source: str
    note: str
    halves_min: float | None = None


def corridor_contents(road: Road) -> CorridorContents:
    """What a corridor's document says, with the points of its dead zones."""
    made = road.corridor
    return CorridorContents(
        made.id, made.name, made.version, made.zone, round(road.length / 1_000, 1), round(made.half_width.metres),
        made.half_width.source, made.half_width.note, list(made.line.points), made.line.source, made.line.note,
        [
            DeadZoneShown(
                each.id, each.from_km, each.until_km, each.heard.share, each.heard.source, each.heard.note,
                [
                    (latitude / PER_DEGREE, longitude / PER_DEGREE)
                    for latitude, longitude in road.part(each.from_km * 1_000, each.until_km * 1_000)
                ],
            )
            for each in made.dead_zones
        ],
        [
            RoadStopShown(
                each.id, each.name, each.lat, each.lon, round(each.radius.metres), each.use,
                None if each.longest is None else each.longest.minutes, each.radius.source,
                each.radius.note or (each.longest.note if each.longest else ""),
            )
            for each in made.stops
        ],
        dict(made.sources),
    )  # fmt: skip


def fence_shown(told: Fenced) -> FenceShown:
    """A fence in degrees; a ring of many points is thinned to what a map can show."""
    fence = told.fence
    said = fence.id, fence.name, fence.use, told.document, fence.source, told.published
    if fence.circle is not None:
        middle, metres = (fence.circle.lat, fence.circle.lon), round(fence.circle.metres)
        return FenceShown(*said, [], middle, metres)
    shape = shapely.Polygon(fence.ring)
    south, west, north, east = shape.bounds
    thinned = shape.simplify(max(north - south, east - west) * _THINNED)
    ring = [(float(latitude), float(longitude)) for latitude, longitude in thinned.exterior.coords[:-1]]
    return FenceShown(*said, ring, None, None)


def limits_shown(made: Limits) -> list[LimitShown]:
    """Every figure of the limits, in the order of the document."""
    return list(_limits(made))


def _limits(made: Limits) -> Iterator[LimitShown]:
    for place, figure in figures(made):
        value, unit = _value(figure)
        halves = figure.halves if isinstance(figure, Saved) else None
        yield LimitShown(place, value, unit, figure.source, figure.note, halves)


def _value(figure: Figure) -> tuple[float, LimitUnit]:
    """A figure's value and its unit. Raises TypeError for one that limits do not have."""
    match figure:
        case Metres():
            return figure.metres, "m"
        case Minutes():
            return figure.minutes, "min"
        case Speed():
            return figure.kmh, "km/h"
        case Count():
            return figure.count, "count"
        case Hour():
            return figure.hour, "hour"
        case Share() | Saved():
            return figure.share, "share"
    raise TypeError(type(figure).__name__)
