"""Readings of the gates at one place of a bridge, in columns, and trucks found again at the next place by their hashes.

Who reads a truck reads it often, readers tell the same twice, and lines to a port break: so nothing here depends on the
order in which readings came, and what comes twice counts once.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.bridge import LANE_CLASSES, GateReads
from aforo.domain.units import Int64Array

UInt64Array = npt.NDArray[np.uint64]
BoolArray = npt.NDArray[np.bool_]

MINUTE = 60_000_000
#: A truck that is read again at one place within this time after the last reading has not left it.
STANDS = 10 * MINUTE
#: The longest wait that is believed: trucks have waited for eighteen hours.
LONGEST = 24 * 60 * MINUTE
#: The code of a lane class that is not known.
NO_LANE = -1


class Reads(msgspec.Struct, frozen=True):
    """Readings in the order of their instants: microseconds since 1970, keyed hashes of plate and tag (0 for what was
    not read), the place of the lane's class in LANE_CLASSES or NO_LANE, and the reader as a number."""

    at: Int64Array
    plate: UInt64Array
    tag: UInt64Array
    lane: Int64Array
    reader: Int64Array

    def __len__(self) -> int:
        return len(self.at)

    def where(self, kept: BoolArray | Int64Array) -> Reads:
        """Some of them, by a mask or by their places."""
        return Reads(self.at[kept], self.plate[kept], self.tag[kept], self.lane[kept], self.reader[kept])

    @property
    def readable(self) -> BoolArray:
        """Which have a plate or a tag."""
        readable: BoolArray = (self.plate != 0) | (self.tag != 0)
        return readable


def nothing() -> Reads:
    """No readings."""
    empty, hashes = np.zeros(0, np.int64), np.zeros(0, np.uint64)
    return Reads(empty, hashes, hashes, empty, empty)


def of_block(block: GateReads, reader: int) -> Reads:
    """The readings of a recorded block, by a reader of this number."""
    at = np.frombuffer(base64.b64decode(block.instants), dtype="<i8").astype(np.int64)
    lane = NO_LANE if block.lane is None else LANE_CLASSES.index(block.lane)
    count = len(at)
    return Reads(
        at,
        _hashes(block.plates, count),
        _hashes(block.tags, count),
        np.full(count, lane, np.int64),
        np.full(count, reader, np.int64),
    )


def together(parts: Sequence[Reads]) -> Reads:
    """All of them in the order of their instants, each once: a reading is what one reader read at one instant."""
    if not parts:
        return nothing()
    columns = [
        np.concatenate([getattr(part, name) for part in parts]) for name in ("at", "plate", "tag", "lane", "reader")
    ]
    joined = Reads(*columns)
    order = np.lexsort((joined.reader, joined.tag, joined.plate, joined.at))
    joined = joined.where(order)
    fresh = np.ones(len(joined), np.bool_)
    fresh[1:] = (
        (np.diff(joined.at) != 0)
        | (joined.plate[1:] != joined.plate[:-1])
        | (joined.tag[1:] != joined.tag[:-1])
        | (joined.reader[1:] != joined.reader[:-1])
    )
    return joined.where(fresh)


def packed(reads: Reads) -> list[bytes]:
    """Readings as bytes, a column each, little-endian."""
    return [
        each.astype(each.dtype.newbyteorder("<")).tobytes()
        for each in (reads.at, reads.plate, reads.tag, reads.lane, reads.reader)
    ]


def unpacked(columns: Sequence[bytes]) -> Reads:
    """Readings from the bytes that `packed` gave."""
    kinds = [getattr(nothing(), name).dtype for name in ("at", "plate", "tag", "lane", "reader")]
    return Reads(
        *(np.frombuffer(data, kind.newbyteorder("<")).astype(kind) for data, kind in zip(columns, kinds, strict=True))
    )


def passings(reads: Reads, stands: int = STANDS) -> Reads:
    """One reading a truck and passing, the first of each: see STANDS. One that was not read is a passing by itself."""
    repeated = _repeated(reads.at, reads.plate, stands) | _repeated(reads.at, reads.tag, stands)
    return reads.where(~repeated)


def matched(origin: Reads, destination: Reads, longest: int = LONGEST) -> Int64Array:
    """For each passing of an origin the place of that truck's next passing at a destination, −1 where there is none.

    A truck that passes the origin again first had left the line between, so the earlier passing is not matched. Tags
    count before plates; a passing of the destination belongs to one of the origin.
    """
    found = _next(origin.at, origin.tag, destination.at, destination.tag, longest)
    by_plate = _next(origin.at, origin.plate, destination.at, destination.plate, longest)
    taken = np.zeros(len(destination) + 1, np.bool_)
    taken[found] = True
    taken[-1] = False
    more = (found < 0) & (by_plate >= 0) & ~taken[by_plate]
    return np.where(more, by_plate, found)


def _hashes(packed: str, count: int) -> UInt64Array:
    if not packed:
        return np.zeros(count, np.uint64)
    return np.frombuffer(base64.b64decode(packed), dtype="<u8").astype(np.uint64)


def _repeated(at: Int64Array, who: UInt64Array, stands: int) -> BoolArray:
    """Which readings are of somebody who was read within `stands` before; instants are in order."""
    repeated = np.zeros(len(at), np.bool_)
    known = np.flatnonzero(who)
    order = known[np.lexsort((at[known], who[known]))]
    repeated[order[1:]] = (who[order[1:]] == who[order[:-1]]) & (at[order[1:]] - at[order[:-1]] <= stands)
    return repeated


def _next(
    origin_at: Int64Array, origin: UInt64Array, destination_at: Int64Array, destination: UInt64Array, longest: int
) -> Int64Array:
    """As `matched`, by one kind of hash."""
    found = np.full(len(origin), -1, np.int64)
    here, there = np.flatnonzero(origin), np.flatnonzero(destination)
    who = np.concatenate([origin[here], destination[there]])
    at = np.concatenate([origin_at[here], destination_at[there]])
    arrives = np.arange(len(who)) >= len(here)
    order = np.lexsort((arrives, at, who))
    first, second = order[:-1], order[1:]
    pair = (who[first] == who[second]) & ~arrives[first] & arrives[second] & (at[second] - at[first] <= longest)
    found[here[first[pair]]] = there[second[pair] - len(here)]
    return found
