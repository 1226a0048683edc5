"""The plane in which roads are measured: metres east and north, true along every parallel and the middle meridian.

The sinusoidal projection of the sphere whose degree is the mean one of the WGS 84 meridian (`ground`):
`y = latitude · M` and `x = (longitude − middle) · M · cos(latitude)`. Within two degrees of the middle meridian and
between 15° and 35° of latitude it is off by less than 2 % of a distance, most of it where one runs across both
directions; with the 0.4 degrees of the shipped corridor by less than 0.4 %, and the sphere by another 0.3 %: 11 metres
of a band 1,500 metres wide. No other library is needed to repeat it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aforo.custody.ground import METRES_PER_DEGREE, Float64Array
from aforo.domain.reading import PER_DEGREE

_METRES = METRES_PER_DEGREE / PER_DEGREE
_RADIANS = np.pi / 180 / PER_DEGREE


@dataclass(frozen=True)
class Plane:
    """A plane about a meridian, in 1e-7 degree."""

    middle: int

    def of(self, latitude: npt.ArrayLike, longitude: npt.ArrayLike) -> tuple[Float64Array, Float64Array]:
        """Metres east of the middle meridian and north of the equator; float64 of the shape of what is given, which is
        in 1e-7 degree."""
        north = np.asarray(latitude, dtype=np.float64)
        east: Float64Array = np.asarray(longitude, dtype=np.float64) - self.middle
        east *= np.cos(north * _RADIANS) * _METRES
        return east, north * _METRES

    def back(self, x: float, y: float) -> tuple[int, int]:
        """Latitude and longitude of a point of the plane, in 1e-7 degree."""
        north = y / _METRES
        return round(north), round(self.middle + x / (_METRES * float(np.cos(north * _RADIANS))))
