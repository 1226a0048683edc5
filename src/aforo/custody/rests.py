"""What a fact rests on: the blocks of the readings that show it, and the weakest of their grades."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.custody.fact import Fact
from aforo.custody.told import Told
from aforo.domain.reading import GRADES

#: Blocks that are named, at most: who wants all of them has the readings.
MOST = 8


def resting(told: Told, rows: npt.NDArray[np.intp], fact: Fact) -> Fact:
    """The fact, resting on these readings."""
    named = sorted({told.blocks[place].hash.hex() for place in np.unique(told.block[rows]).tolist()})[:MOST]
    grade = GRADES[int(told.grade[rows].max())] if len(rows) else "unsigned"
    return msgspec.structs.replace(fact, grade=grade, rests_on=tuple(named))
