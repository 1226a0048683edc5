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
#: Satellites misplace no more than one fix in so many (or two, of a few fixes). Assumed.
MISPLACED_IN = 100


def facts(device: str, told: Told) -> Iterator[Fact]:
    """The first leap between two fixes that follow each other that is more than one misplaced fix."""
    rows = np.flatnonzero(told.readings["fix"] & ~told.ahead)
    first = first_leap(told.time[rows], told.readings["latitude"][rows], told.readings["longitude"][rows])
    if first is not None:
        before, after = rows[first], rows[first + 1]
        since, until = int(told.time[before]), int(told.time[after])
        yield resting(told, np.array([before, after]), Fact(since, "teleported", device, since, until))


def first_leap(time: Int64Array, latitude: npt.NDArray[np.int32], longitude: npt.NDArray[np.int32]) -> int | None:
    """The place of the fix before the first leap that is more than one fix that satellites misplaced: no truck drives
    over it from the fix before it either, nor to the one after it, which shows it. Of many leaps no one need be so: two
    devices that speak in turn in one name return at each. None where there is no such leap. Positions in 1e-7 degree.
    """
    if len(time) < 4:
        return None
    one = leapt(time, latitude, longitude, SLACK_M)
    two = leapt(time, latitude, longitude, SLACK_M, 2)
    for_good = 1 + np.flatnonzero(one[1:-1] & two[:-1] & two[1:])
    if len(for_good):
        return int(for_good[0])
    leaps = np.flatnonzero(one)
    return int(leaps[0]) if len(leaps) > 2 * max(2, len(time) // MISPLACED_IN) else None


def leapt(
    time: Int64Array, latitude: npt.NDArray[np.int32], longitude: npt.NDArray[np.int32], slack: int, step: int = 1
) -> npt.NDArray[np.bool_]:
    """Whether a truck cannot have driven from each fix (1e-7 degree) to the one `step` later, with so many metres of
    slack; bool, as many as there are such pairs."""
    far = metres(latitude[:-step], longitude[:-step], latitude[step:], longitude[step:])
    leaps: npt.NDArray[np.bool_] = far > slack + FASTEST_M_S * (time[step:] - time[:-step]) / 1e6
    return leaps
