"""Where a device says that it went: a leap that no truck makes says that it was not one device, or not one truck."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from aforo.custody.case import Int64Array
from aforo.custody.fact import Fact
from aforo.custody.ground import metres
from aforo.custody.rests import resting
from aforo.custody.told import Told

#: Metres a second that no truck drives (252 km/h), and metres that satellites may be off beside it.
FASTEST_M_S = 70
SLACK_M = 5_000


def facts(device: str, told: Told) -> Iterator[Fact]:
    """The first leap between two fixes that follow each other."""
    rows = np.flatnonzero(told.readings["fix"] & ~told.ahead)
    if len(rows) < 2:
        return
    latitude, longitude = told.readings["latitude"][rows], told.readings["longitude"][rows]
    leaps = np.flatnonzero(leapt(told.time[rows], latitude, longitude, SLACK_M))
    if len(leaps):
        before, after = rows[leaps[0]], rows[leaps[0] + 1]
        since, until = int(told.time[before]), int(told.time[after])
        yield resting(told, np.array([before, after]), Fact(since, "teleported", device, since, until))


def leapt(
    time: Int64Array, latitude: npt.NDArray[np.int32], longitude: npt.NDArray[np.int32], slack: int, step: int = 1
) -> npt.NDArray[np.bool_]:
    """Whether a truck cannot have driven from each fix (1e-7 degree) to the one `step` later, with so many metres of
    slack; bool, as many as there are such pairs."""
    far = metres(latitude[:-step], longitude[:-step], latitude[step:], longitude[step:])
    leaps: npt.NDArray[np.bool_] = far > slack + FASTEST_M_S * (time[step:] - time[:-step]) / 1e6
    return leaps
