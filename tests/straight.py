"""A corridor that runs straight from the yard to customs of `sealed`, and drives that leave it, for tests of roads."""

from __future__ import annotations

import numpy as np
from sealed import CUSTOMS, YARD, drive

from aforo.domain.reading import PER_DEGREE, Readings

NAME = "straight"


def corridor(name: str = NAME, half_width: int = 2_000, version: str = "1", more: str = "") -> bytes:
    """Its document; `more` are further tables."""
    points = ", ".join(f"[{each.latitude / PER_DEGREE}, {each.longitude / PER_DEGREE}]" for each in (YARD, CUSTOMS))
    return f"""id = "{name}"
name = "From the yard to customs (synthetic)"
version = "{version}"
zone = "America/Monterrey"
half_width = {{ metres = {half_width}, source = "assumed" }}

[line]
points = [{points}]
source = "assumed"
{more}""".encode()


def strayed(readings: Readings, first: int, last: int, degrees: float = 0.04) -> Readings:
    """The readings, those from row `first` until before `last` so many degrees north and west of the road: 6 km."""
    made = readings.copy()
    made["latitude"][first:last] += np.int32(round(degrees * PER_DEGREE))
    made["longitude"][first:last] -= np.int32(round(degrees * PER_DEGREE))
    return made


def on_the_road(start: int, count: int = 31) -> Readings:
    """A drive along the road, every two minutes."""
    return drive(count, start=start, began=start)
