"""What a fact rests on: the blocks of the readings that show it, and the weakest of their grades."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.custody.fact import Fact
from aforo.custody.told import Told
from aforo.domain.reading import GRADES, Grade

#: Blocks that are named, at most: who wants all of them has the readings.
MOST = 8


def shown(told: Told, rows: npt.NDArray[np.intp]) -> tuple[Grade, tuple[str, ...]]:
    """The weakest grade of these readings, and the hashes (hex) of their blocks."""
    named = sorted({told.blocks[place].hash.hex() for place in np.unique(told.block[rows]).tolist()})[:MOST]
    return GRADES[int(told.grade[rows].max())] if len(rows) else "unsigned", tuple(named)


def resting(told: Told, rows: npt.NDArray[np.intp], fact: Fact) -> Fact:
    """The fact, resting on these readings."""
    grade, named = shown(told, rows)
    return msgspec.structs.replace(fact, grade=grade, rests_on=named)
