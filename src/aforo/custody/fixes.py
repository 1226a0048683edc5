"""Where a device was, by those of its fixes that can be believed, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aforo.custody import clocks
from aforo.custody.case import Int64Array
from aforo.custody.ground import Float64Array
from aforo.custody.movement import MISPLACED_IN, leapt
from aforo.custody.told import Told
from aforo.domain.reading import PER_DEGREE

Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int32]
#: A fix that is farther than this from both its neighbours, beyond what a truck can drive, is an error of satellites.
SPIKE_M = 300


@dataclass(frozen=True)
class Fixes:
    """Fixes of one device by `time` (int64[n]): `row` is each one's in what was told, positions are in 1e-7 degree."""

    told: Told
    row: Rows
    time: Int64Array
    latitude: Positions
    longitude: Positions

    def __len__(self) -> int:
        return len(self.time)

    def at(self, place: int) -> tuple[int | None, int | None]:
        """Latitude and longitude of a fix; None of one before the first."""
        return (int(self.latitude[place]), int(self.longitude[place])) if 0 <= place < len(self) else (None, None)

    def before(self, instant: int) -> int:
        """The place of the last fix until an instant; -1 where there is none."""
        return int(np.searchsorted(self.time, instant, side="right")) - 1

    def positions(self, instants: Int64Array, longest: int) -> tuple[Float64Array, Float64Array]:
        """Latitude and longitude (1e-7 degree) at instants, straight between the fixes about each; NaN where these are
        more than `longest` microseconds apart, or there are none."""
        if len(self) < 2:
            return np.full(len(instants), np.nan), np.full(len(instants), np.nan)
        after = np.clip(np.searchsorted(self.time, instants, side="left"), 1, len(self) - 1)
        known = (self.time[after] - self.time[after - 1] <= longest) & (instants >= self.time[0])
        known &= instants <= self.time[-1]
        made = [np.interp(instants, self.time, values.astype(np.float64)) for values in (self.latitude, self.longitude)]
        return np.where(known, made[0], np.nan), np.where(known, made[1], np.nan)


def fixes(told: Told, tolerance: int) -> Fixes:
    """The fixes of a device whose clock may be off by `tolerance` microseconds.

    Left out are those that claim a time that had not come, those whose clock jumped back within a block, those that are
    nowhere on Earth, and single ones from which the next returns faster than any truck.
    """
    latitude, longitude = told.readings["latitude"], told.readings["longitude"]
    good = told.readings["fix"] & ~told.ahead & (np.abs(latitude.astype(np.int64)) <= 90 * PER_DEGREE)
    good &= np.abs(longitude.astype(np.int64)) <= 180 * PER_DEGREE
    good[clocks.back(told, tolerance)] = False
    row = np.flatnonzero(good)
    time, latitude, longitude = told.time[row], latitude[row], longitude[row]
    kept = ~_spikes(time, latitude, longitude)
    row, time, latitude, longitude = row[kept], time[kept], latitude[kept], longitude[kept]
    return Fixes(told, row, time, latitude, longitude)


def runs(flags: Flags, bridged: int) -> list[tuple[int, int]]:
    """The runs of what is flagged, each from its first place until before the one after its last; those between which
    fewer than `bridged` places are not flagged are one."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    made: list[tuple[int, int]] = []
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if made and first - made[-1][1] < bridged:
            made[-1] = (made[-1][0], after)
        else:
            made.append((first, after))
    return made


def _spikes(time: Int64Array, latitude: Positions, longitude: Positions) -> Flags:
    """Which fixes satellites misplaced: single ones from which the next returns faster than any truck drives.

    Where they are many, or stand beside each other, they are no errors: two devices may speak in one name.
    """
    spikes = np.zeros(len(time), dtype=np.bool_)
    if len(time) > 2:
        leaps = leapt(time, latitude, longitude, SPIKE_M)
        spikes[1:-1] = leaps[:-1] & leaps[1:] & ~leapt(time, latitude, longitude, SPIKE_M, 2)
        beside = np.zeros(len(time), dtype=np.bool_)
        beside[1:] |= spikes[:-1]
        beside[:-1] |= spikes[1:]
        spikes &= ~beside
    return spikes if spikes.sum() <= max(2, len(time) // MISPLACED_IN) else np.zeros(len(time), dtype=np.bool_)
