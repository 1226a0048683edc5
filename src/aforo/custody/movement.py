"""Where a device says that it went: a leap that no truck makes says that it was not one device, or not one truck."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

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
    far = metres(latitude[:-1], longitude[:-1], latitude[1:], longitude[1:])
    seconds = np.diff(told.time[rows]) / 1e6
    leaps = np.flatnonzero(far > SLACK_M + FASTEST_M_S * seconds)
    if len(leaps):
        before, after = rows[leaps[0]], rows[leaps[0] + 1]
        since, until = int(told.time[before]), int(told.time[after])
        yield resting(told, np.array([before, after]), Fact(since, "teleported", device, since, until))
