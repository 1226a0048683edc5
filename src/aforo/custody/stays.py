"""Where a truck stood, and for how long: seen in its fixes, never in a gap between them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aforo.custody.case import Int64Array
from aforo.custody.fixes import Fixes, runs
from aforo.custody.ground import Float64Array
from aforo.custody.plane import Plane


class Stay(NamedTuple):
    """That a truck stood from the fix in place `first` to that in `last`, shown by the one in `shown`; its middle."""

    first: int
    last: int
    shown: int
    latitude: int
    longitude: int


def stays(found: Fixes, radius: float, lasts: int, longest: int) -> list[Stay]:
    """The stays of a truck, in the order of time.

    It stands from a fix on where all of the next `lasts` microseconds lie in a square whose diagonal is twice `radius`
    (metres), and no two of them are more than `longest` microseconds apart. Each fix is first taken to the middle of
    itself and its neighbours, in both directions: a single one that satellites misplaced ends no stay.
    """
    if len(found) < 2:
        return []
    latitude, longitude = _middled(found.latitude), _middled(found.longitude)
    x, y = Plane(int(longitude[0])).of(latitude, longitude)
    end = np.searchsorted(found.time, found.time + lasts, side="left")
    first = np.flatnonzero(end < len(found))
    end = end[first]
    wide = _over(x, first, end, np.maximum) - _over(x, first, end, np.minimum)
    tall = _over(y, first, end, np.maximum) - _over(y, first, end, np.minimum)
    gaps = np.concatenate((np.diff(found.time), [0])).astype(np.float64)
    still = (np.hypot(wide, tall) <= 2 * radius) & (_over(gaps, first, end - 1, np.maximum) <= longest)
    # Windows that share a fix are one stay: each marks the fixes it spans.
    marks = np.zeros(len(found) + 1, dtype=np.int64)
    np.add.at(marks, first[still], 1)
    np.add.at(marks, end[still], -1)
    made = []
    for begin, last in runs(np.cumsum(marks)[:-1] > 0, 1):
        middle = [round(float(np.median(values[begin : last + 1]))) for values in (latitude, longitude)]
        made.append(Stay(begin, last, int(np.searchsorted(found.time, found.time[begin] + lasts)), *middle))
    return made


def _middled(values: np.typing.NDArray[np.int32]) -> Int64Array:
    """Each value, the median of itself and its neighbours; the first and the last as they are."""
    made = values.astype(np.int64)
    if len(made) > 2:
        made[1:-1] = np.median(np.stack((made[:-2], made[1:-1], made[2:])), axis=0)
    return made


def _over(values: Float64Array, first: Int64Array, last: Int64Array, choose: np.ufunc) -> Float64Array:
    """The greatest (or the least) of the values from `first` to `last`, both of them, for each pair at once.

    Of two overlapping spans of a power of two the choice is that of the whole.
    """
    made = values[first].copy()
    level, size = values, 1
    length = last - first + 1
    while size <= int(length.max(initial=0)):
        own = np.flatnonzero((length >= size) & (length < 2 * size))
        made[own] = choose(level[first[own]], level[last[own] - size + 1])
        if size >= len(level):
            break
        level = choose(level[:-size], level[size:])
        size *= 2
    return made
