"""Trucks on the shipped corridor, played in blocks, for tests of where a truck goes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sealed import MINUTE, SEALING, START, in_blocks
from sealed import heard as heard_of

from aforo.custody import corridor, limits
from aforo.custody.case import Case, Sealing
from aforo.custody.fences import Circle, Fence, Fences
from aforo.custody.road import Road
from aforo.custody.road import read as road_of
from aforo.domain.reading import CLOSED, Readings, no_readings
from aforo.domain.trip import Place

ROAD: Road = road_of(corridor.example())
LIMITS = limits.shipped()
NO_FENCES = Fences()
FIRST, LAST = ROAD.at(0), ROAD.at(ROAD.length)
PLACES = (Place("yard", *FIRST, 1_000, "open"), Place("customs", *LAST, 1_000, "open"))
NOW = START + 48 * 60 * MINUTE


def driven(
    legs: list[tuple[float, float, float]], every: int = 2 * MINUTE, start: int = START, **columns: Any
) -> Readings:
    """Readings of a truck that is, in minutes from `start`, so many metres along the corridor and so many east of it;
    straight between the legs given."""
    minutes, along, east = np.array(legs).T
    times = np.arange(0, minutes[-1] * MINUTE + 1, every)
    made = no_readings(len(times))
    made["at"], made["sequence"] = start + times, 1 + np.arange(len(times))
    made["door"], made["fix"] = CLOSED, True
    where = np.interp(times / MINUTE, minutes, along)
    aside = np.interp(times / MINUTE, minutes, east)
    points = np.array([ROAD.at(float(each)) for each in where])
    made["latitude"] = points[:, 0]
    made["longitude"] = points[:, 1] + np.rint(aside / 111_133 / np.cos(np.radians(points[:, 0] / 1e7)) * 1e7)
    for name, values in columns.items():
        made[name] = values
    return made


def trip(readings: Readings, sealing: Sealing = SEALING, **changes: Any) -> Case:
    """A trip from one end of the corridor to the other."""
    size = changes.pop("size", 5)
    return Case((sealing,), {sealing.device: heard_of(in_blocks(readings, size))}, **{"places": PLACES, **changes})


def circle(name: str, along: float, metres: float, use: Any = "forbidden") -> Fence:
    """A round fence about a point of the corridor."""
    latitude, longitude = ROAD.at(along)
    return Fence(id=name, name=name, use=use, source="assumed",
                 circle=Circle(lat=latitude / 1e7, lon=longitude / 1e7, metres=metres))  # fmt: skip
