"""Boxes on the ground: which roads may say anything of a trip, found without reading all that is said of them."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.custody.ground import METRES_PER_DEGREE
from aforo.domain.reading import PER_DEGREE
from aforo.domain.trip import Place


class Reach(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A box that holds all places that statements on a road speak of: latitudes and longitudes in 1e-7 degree."""

    south: int
    north: int
    west: int
    east: int

    def meets(self, other: Reach) -> bool:
        """Whether the two have a point in common."""
        return (
            self.south <= other.north
            and other.south <= self.north
            and self.west <= other.east
            and other.west <= self.east
        )

    def widened(self, other: Reach) -> Reach:
        """The box that holds both."""
        return Reach(
            min(self.south, other.south), max(self.north, other.north), min(self.west, other.west),
            max(self.east, other.east),
        )  # fmt: skip


def about(latitude: npt.NDArray[np.int32], longitude: npt.NDArray[np.int32]) -> Reach:
    """The box that holds points, of which there is at least one."""
    return Reach(int(latitude.min()), int(latitude.max()), int(longitude.min()), int(longitude.max()))


def reach_of(place: Place) -> Reach:
    """A box about a circle: a degree of longitude is shorter the nearer it is to a pole. What reaches over a pole, or
    over the meridian of 180 degrees, has all longitudes."""
    tall = round(place.radius_m / METRES_PER_DEGREE * PER_DEGREE) + 1
    south, north = place.latitude - tall, place.latitude + tall
    nearest = max(abs(south), abs(north)) / PER_DEGREE
    wide = round(tall / math.cos(math.radians(min(nearest, 89.0)))) + 1
    west, east = place.longitude - wide, place.longitude + wide
    half = 180 * PER_DEGREE
    if nearest > 89.0 or west < -half or east > half:
        return Reach(south, north, -half, half)
    return Reach(south, north, west, east)
