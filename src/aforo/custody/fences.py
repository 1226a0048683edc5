"""Geofences as a document: polygons and circles that a truck must not enter, or that are watched."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt
import shapely
from msgspec import Meta

from aforo.custody.document import (
    Latitude,
    Longitude,
    Name,
    Part,
    Point,
    RoadError,
    Slug,
    load,
    units,
)
from aforo.custody.grid import Grid, Rows
from aforo.custody.ground import METRES_PER_DEGREE, metres
from aforo.domain.figure import ASSUMED, Source
from aforo.domain.form import fault_of, placed
from aforo.domain.problem import Problem
from aforo.domain.reading import PER_DEGREE
from aforo.domain.text import catalogue

MOST_BYTES = 16_000_000
MOST_FENCES = 20_000
#: Degrees that one fence may span.
WIDEST = 5.0
#: Who enters a forbidden one alerts; of a watched one entering and leaving are told.
FenceUse = Literal["forbidden", "watched"]
Positions = npt.NDArray[np.int32]


class Circle(Part, frozen=True):
    """A circle on the ground, as places of a trip are: degrees, and its radius in metres."""

    lat: Latitude
    lon: Longitude
    metres: Annotated[float, Meta(gt=0.0, le=100_000.0)]


class Fence(Part, frozen=True):
    """A fence is either a `ring` of points, whose edges are straight in degrees, or a `circle`. Its edge is in it."""

    id: Slug
    name: Name
    use: FenceUse
    source: Source
    ring: Annotated[tuple[Point, ...], Meta(max_length=5_000)] = ()
    circle: Circle | None = None


class _Document(Part, frozen=True):
    id: Slug
    version: Name
    fences: Annotated[tuple[Any, ...], Meta(max_length=MOST_FENCES)] = msgspec.field(default=(), name="fence")
    sources: dict[str, Name] = msgspec.field(default_factory=dict)


class Fences:
    """Fences, prepared to be asked about many positions at once.

    A grid over all of them tells which may hold a position: those that cover its cell do, each other is asked exactly,
    a polygon in degrees by its prepared edges, a circle by the distance on the ground. `sources` are who stands behind
    what fences of one document name as theirs.
    """

    def __init__(
        self, fences: tuple[Fence, ...] = (), version: str = "", sources: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.fences, self.version, self.sources = fences, version, sources
        self._shapes = np.array([_shape(each) for each in fences], dtype=object)
        shapely.prepare(self._shapes)
        circles = [each.circle for each in fences]
        self._radius = np.array([np.inf if each is None else each.metres for each in circles])
        middles = [(0, 0) if each is None else (units(each.lat), units(each.lon)) for each in circles]
        self._middle = np.array(middles, dtype=np.int64).reshape(-1, 2)
        self._grid = Grid(self._shapes, np.isinf(self._radius))

    def __len__(self) -> int:
        return len(self.fences)

    def inside(self, latitude: Positions, longitude: Positions) -> tuple[Rows, Rows]:
        """Which positions (int32[n], 1e-7 degree) lie in which fences: pairs of rows and places in `fences`, in the
        order of the rows and, within one, of the fences."""
        x, y = longitude / PER_DEGREE, latitude / PER_DEGREE
        row, fence, held = self._grid.candidates(x, y)
        round_ones = np.isfinite(self._radius[fence])
        asked = np.flatnonzero(~held & ~round_ones)
        held[asked] = shapely.intersects_xy(self._shapes[fence[asked]], x[row[asked]], y[row[asked]])
        asked = np.flatnonzero(round_ones)
        middle, of = self._middle[fence[asked]], row[asked]
        away = metres(latitude[of], longitude[of], middle[:, 0], middle[:, 1])
        held[asked] = away <= self._radius[fence[asked]]
        return row[held], fence[held]


@lru_cache(maxsize=8)
def read(document: bytes) -> tuple[Fences, tuple[Problem, ...]]:
    """The fences of a TOML document, and what is wrong with each that cannot be one: it is left out, the others stand.

    Raises RoadError where the document as a whole is none.
    """
    made = load(document, _Document, MOST_BYTES)
    known = {ASSUMED, *made.sources}
    sound: dict[str, Fence] = {}
    problems: list[Problem] = []
    for number, table in enumerate(made.fences, 1):
        try:
            fence = msgspec.convert(table, Fence)
            _check(fence, known)
            if fence.id in sound:
                raise RoadError("road_id_twice", kind="fence", id=fence.id)
            sound[fence.id] = fence
        except msgspec.ValidationError as wrong:
            reason = catalogue("aforo.custody").say("road_not_valid", why=placed(*fault_of(wrong, Fence, table)))
            problems.append(Problem(number, f"fence[{number - 1}]", "road_not_valid", reason))
        except RoadError as wrong:
            problems.append(Problem(number, f"fence[{number - 1}]", wrong.code, wrong.text))
    return Fences(tuple(sound.values()), made.version, made.sources), tuple(problems)


def name_of(document: bytes) -> str:
    """The `id` of a document of fences. Raises RoadError where it is none."""
    return load(document, _Document, MOST_BYTES).id


def _check(fence: Fence, known: set[str]) -> None:
    if fence.source not in known:
        raise RoadError("road_source_unknown", place=f"fence[{fence.id}]", source=fence.source)
    if bool(fence.ring) == (fence.circle is not None):
        raise RoadError("road_fence_shape", id=fence.id)
    if fence.circle is not None:
        if abs(fence.circle.lat) > 75:
            raise RoadError("road_fence_ring", id=fence.id)
        return
    if len(fence.ring) < 3:
        raise RoadError("road_fence_ring", id=fence.id)
    shape = _shape(fence)
    west, south, east, north = shape.bounds
    if max(east - west, north - south) > WIDEST or shape.area <= 0 or not shape.is_valid:
        raise RoadError("road_fence_ring", id=fence.id)


def _shape(fence: Fence) -> shapely.Polygon:
    """The ring, or a box about the circle, in degrees as positions are kept."""
    if fence.circle is None:
        return shapely.Polygon([(units(lon) / PER_DEGREE, units(lat) / PER_DEGREE) for lat, lon in fence.ring])
    tall = 1.001 * fence.circle.metres / METRES_PER_DEGREE
    # A circle's own parallels shrink towards the pole: the box is as wide as the one that lies nearest to it.
    wide = tall / np.cos(np.radians(min(abs(fence.circle.lat) + tall, 89.0)))
    lat, lon = fence.circle.lat, fence.circle.lon
    return shapely.box(lon - wide, lat - tall, lon + wide, lat + tall)
