"""Distances on the ground, in the plain arithmetic that a second program can repeat.

Within a few kilometres a degree of longitude is as long as at the latitude of the first point: the error of that is
below a metre where a place's radius decides, and below a hundredth of a leap that convicts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aforo.domain.reading import PER_DEGREE
from aforo.domain.trip import Place

#: Metres of a degree of latitude: the mean meridian of the WGS 84 ellipsoid, 20,003,931.5 m from pole to pole.
METRES_PER_DEGREE = 111_132.953
_METRES = METRES_PER_DEGREE / PER_DEGREE

Float64Array = npt.NDArray[np.float64]


def metres(
    latitude: npt.NDArray[np.int32], longitude: npt.NDArray[np.int32], to_latitude: object, to_longitude: object
) -> Float64Array:
    """How far points are from others, in metres; all in 1e-7 degree."""
    a, b = np.asarray(latitude, dtype=np.float64), np.asarray(longitude, dtype=np.float64)
    north = (np.asarray(to_latitude, dtype=np.float64) - a) * _METRES
    turned = np.abs(np.asarray(to_longitude, dtype=np.float64) - b)
    east = np.minimum(turned, 360 * PER_DEGREE - turned) * _METRES * np.cos(np.radians(a / PER_DEGREE))
    made: Float64Array = np.sqrt(north * north + east * east)
    return made


def within(place: Place, latitude: npt.NDArray[np.int32], longitude: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Which points lie in a place."""
    inside: npt.NDArray[np.bool_] = metres(latitude, longitude, place.latitude, place.longitude) <= place.radius_m
    return inside
