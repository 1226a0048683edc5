"""A corridor prepared to be asked about many positions at once: how far off they are, and how far along."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely

from aforo.custody.corridor import Corridor, DeadZone
from aforo.custody.corridor import read as corridor_of
from aforo.custody.ground import Float64Array
from aforo.domain.trip import Place

Positions = npt.NDArray[np.int32]


class Road:
    """The line of a corridor in the plane about its middle meridian (`plane`), prepared.

    Distances are exact to the line: the band about it, whose round ends are polygons within it, only spares those
    positions the question that are in it for sure.
    """

    def __init__(self, corridor: Corridor) -> None:
        self.corridor = corridor
        self.half_width = corridor.half_width.metres
        self._plane = corridor.plane
        latitude, longitude = np.rint(np.array(corridor.line.points).T * 1e7)
        self._x, self._y = self._plane.of(latitude, longitude)
        self._dx, self._dy = np.diff(self._x), np.diff(self._y)
        steps = np.hypot(self._dx, self._dy)
        self._square = steps * steps
        self._starts = np.concatenate(([0.0], np.cumsum(steps)))
        line = np.column_stack((self._x, self._y))
        self._band = shapely.buffer(shapely.LineString(line), self.half_width, quad_segs=16)
        shapely.prepare(self._band)
        self._parts = shapely.STRtree(shapely.linestrings(np.stack((line[:-1], line[1:]), axis=1)))

    @property
    def length(self) -> float:
        """Metres from one end to the other."""
        return float(self._starts[-1])

    def beyond(self, latitude: Positions, longitude: Positions) -> Float64Array:
        """Metres that each position (1e-7 degree) is outside of the band; 0 in it. float64[n]."""
        x, y = self._plane.of(latitude, longitude)
        made = np.zeros(len(x))
        rows = np.flatnonzero(~shapely.contains_xy(self._band, x, y))
        if len(rows):
            made[rows] = np.maximum(self._nearest(x[rows], y[rows])[0] - self.half_width, 0.0)
        return made

    def along(self, latitude: Positions, longitude: Positions) -> tuple[Float64Array, Float64Array]:
        """Metres from each position (1e-7 degree) to the line, and metres along it of the point nearest to it."""
        x, y = self._plane.of(latitude, longitude)
        return self._nearest(x, y)

    def at(self, metres: float) -> tuple[int, int]:
        """Latitude and longitude (1e-7 degree) of the line so many metres along it."""
        return self._plane.back(
            float(np.interp(metres, self._starts, self._x)), float(np.interp(metres, self._starts, self._y))
        )

    def part(self, since: float, until: float) -> list[tuple[int, int]]:
        """The line between two distances along it (metres): latitude and longitude (1e-7 degree) of its points."""
        since, until = max(0.0, since), min(until, self.length)
        within = self._starts[(self._starts > since) & (self._starts < until)].tolist()
        return [self.at(each) for each in (since, *within, until)]

    def circle(self, since: float, until: float, margin: float) -> Place:
        """A circle about the stretch between two distances along the line, its band, and a margin (metres)."""
        latitude, longitude = self.at((since + until) / 2)
        radius = (until - since) / 2 + self.half_width + margin
        name = f"{self.corridor.id} km {since / 1_000:.0f}–{until / 1_000:.0f}"
        return Place(name, latitude, longitude, round(radius))

    def dead_zone(self, since: float, until: float) -> DeadZone | None:
        """The dead zone, that in which the fewest are heard, which the stretch between two distances touches."""
        touched = [
            each
            for each in self.corridor.dead_zones
            if each.from_km * 1_000 <= until and each.until_km * 1_000 >= since
        ]
        return min(touched, key=lambda each: (each.heard.share, each.from_km, each.id), default=None)

    def _nearest(self, x: Float64Array, y: Float64Array) -> tuple[Float64Array, Float64Array]:
        part = self._parts.nearest(shapely.points(x, y))
        east, north = x - self._x[part], y - self._y[part]
        share = np.clip((east * self._dx[part] + north * self._dy[part]) / self._square[part], 0.0, 1.0)
        away: Float64Array = np.hypot(east - share * self._dx[part], north - share * self._dy[part])
        along: Float64Array = self._starts[part] + share * (self._starts[part + 1] - self._starts[part])
        return away, along


@lru_cache(maxsize=64)
def read(document: bytes) -> Road:
    """The road of a corridor's document, prepared once: many trips ask about the same. Raises `document.RoadError`."""
    return Road(corridor_of(document))
