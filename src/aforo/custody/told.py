"""What a device had said by an instant, each reading once and in order: the same whatever order it came in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aforo.custody.case import Block, Heard, Int64Array
from aforo.domain.reading import CLOSED, GRADES, OPEN, READING, READING_KINDS, Readings

#: Kinds of reading that say that the seal is not closed, whatever the door's switch says.
OPENING = tuple(READING_KINDS.index(kind) for kind in ("unlock", "drop", "tamper"))


@dataclass(frozen=True)
class Told:
    """A device's readings, each once, by `time` and within one instant by their index and bytes.

    `time` int64[n] is a reading's own where it can be right, else when it first came: `ahead` bool[n] marks those that
    claim a time that had not come. `arrived` int64[n] is when it first came. `block` int64[n] is the place in `blocks`
    of the one that vouches best for it, `grade` int64[n] that block's place in GRADES.
    """

    blocks: tuple[Block, ...]
    readings: Readings
    time: Int64Array
    arrived: Int64Array
    block: Int64Array
    grade: Int64Array
    ahead: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.time)

    def between(self, since: int, until: int) -> Told:
        """What was said from `since` until before `until`."""
        first, last = np.searchsorted(self.time, (since, until), side="left")
        rows = slice(int(first), int(last))
        return Told(
            self.blocks, self.readings[rows], self.time[rows], self.arrived[rows],
            self.block[rows], self.grade[rows], self.ahead[rows],
        )  # fmt: skip

    @property
    def opened(self) -> npt.NDArray[np.bool_]:
        """Which readings say that the seal is open or gone."""
        door: npt.NDArray[np.bool_] = self.readings["door"] == OPEN
        return door | np.isin(self.readings["kind"], OPENING)

    @property
    def closed(self) -> npt.NDArray[np.bool_]:
        """Which readings say that the seal is closed; one that knows nothing of its door says neither."""
        door: npt.NDArray[np.bool_] = self.readings["door"] == CLOSED
        return door & ~np.isin(self.readings["kind"], OPENING)


def known(heard: Heard, known_by: int) -> Heard:
    """What had come by an instant."""
    rows = [place for place, each in enumerate(heard.blocks) if each.arrived <= known_by]
    if len(rows) == len(heard.blocks):
        return heard
    place = np.full(len(heard.blocks), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    block = place[heard.block]
    return Heard(tuple(heard.blocks[row] for row in rows), heard.readings[block >= 0], block[block >= 0])


def told(heard: Heard, tolerance: int) -> Told:
    """What a device said, where its clock may be off by `tolerance` microseconds.

    A reading that came several times, in the same words, is one: it came when it came first, and is vouched for by the
    strongest of its blocks.
    """
    count = len(heard.block)
    words = np.ascontiguousarray(heard.readings).view(f"V{READING.itemsize}")
    _, one = np.unique(words, return_inverse=True)
    one = one.reshape(count)
    arrivals = np.fromiter((each.arrived for each in heard.blocks), np.int64, len(heard.blocks))
    strength = np.fromiter((GRADES.index(each.grade) for each in heard.blocks), np.int64, len(heard.blocks))
    # Blocks are ranked by their hashes, so that of equals the same one is kept in whatever order they came.
    ranks = np.empty(len(heard.blocks), dtype=np.int64)
    ranks[sorted(range(len(heard.blocks)), key=lambda place: heard.blocks[place].hash)] = np.arange(len(ranks))
    arrived, grade = arrivals[heard.block], strength[heard.block]
    order = np.lexsort((ranks[heard.block], arrived, grade, one))
    kept = order[np.flatnonzero(np.diff(one[order], prepend=-1))]
    earliest = np.full(len(kept), np.iinfo(np.int64).max)
    np.minimum.at(earliest, one, arrived)
    at = heard.readings["at"][kept]
    ahead = at > earliest + tolerance
    time = np.where(ahead, earliest, at)
    order = np.lexsort((np.arange(len(kept)), heard.readings["sequence"][kept], time))
    # Whole readings are moved once: that costs more than all the sorting.
    return Told(
        heard.blocks, heard.readings[kept[order]], time[order], earliest[order],
        heard.block[kept][order], grade[kept][order], ahead[order],
    )  # fmt: skip
