"""What readings show of the clock that dated them, and of one index that was given twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from aforo.custody.fact import Fact
from aforo.custody.rests import resting
from aforo.custody.told import Told
from aforo.domain.reading import GRADES


def facts(device: str, told: Told, tolerance: int) -> Iterator[Fact]:
    """The first reading that claims a time which had not come, the first that one device dated before an earlier one of
    the same block by more than `tolerance` (microseconds), and the first two unsigned that contradict each other."""
    for code, rows in (
        ("clock_ahead", np.flatnonzero(told.ahead)),
        ("clock_back", back(told, tolerance)),
        ("conflicting", _conflicting(told)),
    ):
        if len(rows):
            at = int(told.time[rows].min())
            yield resting(told, rows, Fact(at, code, device, at, int(told.time[rows].max())))  # type: ignore[arg-type]


def back(told: Told, tolerance: int) -> npt.NDArray[np.intp]:
    """The readings of signed blocks that are dated before one of a lower index in their block."""
    signed = np.flatnonzero(told.grade < GRADES.index("unsigned"))
    order = signed[np.lexsort((told.readings["sequence"][signed], told.block[signed]))]
    at, block = told.readings["at"][order], told.block[order]
    found = np.flatnonzero((np.diff(block) == 0) & (np.diff(at) < -tolerance))
    return order[np.union1d(found, found + 1)]


def _conflicting(told: Told) -> npt.NDArray[np.intp]:
    """The unsigned readings that give one index and instant to different words; index 0 is of those that count none."""
    unsigned = (told.grade == GRADES.index("unsigned")) & (told.readings["sequence"] > 0)
    rows = np.flatnonzero(unsigned)
    order = rows[np.lexsort((told.readings["sequence"][rows], told.readings["at"][rows]))]
    at, sequence = told.readings["at"][order], told.readings["sequence"][order]
    found = np.flatnonzero((np.diff(at) == 0) & (np.diff(sequence.astype(np.int64)) == 0))
    return order[np.union1d(found, found + 1)]
