"""Distances on the ground, in the plain arithmetic that a second program can repeat.

Within a few kilometres a degree of longitude is as long as at the latitude of the first point: the error of that is
below a metre where a place's radius decides, and below a hundredth of a leap that convicts.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from aforo.domain.reading import PER_DEGREE
from aforo.domain.trip import Place

#: Metres of a degree of latitude: the mean meridian of the WGS 84 ellipsoid, 20,003,931.5 m from pole to pole.
METRES_PER_DEGREE = 111_132.953
_METRES = METRES_PER_DEGREE / PER_DEGREE

#: Of a unit of latitude: pi / 180 of 1e-7 degree.
_RADIANS = 1.7453292519943295e-09
#: Of the cosine's series, (-1)^k / (2k)!.
_TERMS = tuple((-1) ** k / math.factorial(2 * k) for k in range(11))

Float64Array = npt.NDArray[np.float64]


def metres(
    latitude: npt.NDArray[np.int32], longitude: npt.NDArray[np.int32], to_latitude: object, to_longitude: object
) -> Float64Array:
    """How far points are from others, in metres; all in 1e-7 degree."""
    a, b = np.asarray(latitude, dtype=np.float64), np.asarray(longitude, dtype=np.float64)
    north = (np.asarray(to_latitude, dtype=np.float64) - a) * _METRES
    turned = np.abs(np.asarray(to_longitude, dtype=np.float64) - b)
    east = np.minimum(turned, 360 * PER_DEGREE - turned) * _METRES * _cosine(a)
    made: Float64Array = np.sqrt(north * north + east * east)
    return made


def _cosine(latitude: Float64Array) -> Float64Array:
    """The cosine of latitudes in 1e-7 degree, to 4e-15: by sums and products in this order, which every machine has to
    the bit, as no library's cosine is."""
    turned = latitude * _RADIANS
    square = turned * turned
    made = np.full_like(square, _TERMS[-1])
    for term in reversed(_TERMS[:-1]):
        made = made * square + term
    return made


def within(place: Place, latitude: npt.NDArray[np.int32], longitude: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Which points lie in a place."""
    inside: npt.NDArray[np.bool_] = metres(latitude, longitude, place.latitude, place.longitude) <= place.radius_m
    return inside
