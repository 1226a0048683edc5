"""Blocks of many devices at once, in columns: by device, and of each in the order in which they were recorded."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, ClassVar, Final

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.custody.case import Int64Array
from aforo.custody.fixes import Flags
from aforo.domain.device import BlockReceived
from aforo.domain.reading import GRADES, READING, Grade, Readings
from aforo.intake import seal_block

#: The shortest year, in microseconds.
YEAR = 365 * 86_400_000_000
_BY_SIGNER: Final[tuple[Grade, ...]] = ("device", "unsigned", "gateway")
#: The grade of a block, as a place among GRADES, by its signer: the device, nobody, or a gateway of whatever number.
_GRADE_OF: Final = np.array([GRADES.index(each) for each in _BY_SIGNER], dtype=np.uint8)


class Came(msgspec.Struct, frozen=True, gc=False):
    """A block that was recorded, of a device, at an instant (microseconds since 1970); `signer` is empty where nobody
    signed it, `hash` and `previous` are 32 bytes."""

    device: str
    signer: str
    boot: int
    sequence: int
    previous: bytes
    hash: bytes
    arrived: int
    readings: Readings


def came_of(own: str, said: BlockReceived, arrived: int) -> Came | None:
    """A block with its readings; None where it is none, and says nothing."""
    unsigned = said.grade == "unsigned"
    try:
        raw = base64.b64decode(said.block)
        block = seal_block.decode_unsigned(raw) if unsigned else seal_block.decode(raw)
        hash_ = bytes.fromhex(said.hash)
    except (binascii.Error, ValueError):
        return None
    if block.device != own or len(hash_) != seal_block.HASH_BYTES:
        return None
    return Came(own, block.signer, block.boot, block.sequence, block.previous, hash_, arrived, block.readings)


@dataclass(frozen=True)
class Blocks:
    """See the module. `row` is the device's, `of` the block of each reading, `starts` the first reading of each block;
    `first` and `last` mark the first and the last block of a device."""

    #: The signer of what nobody signed.
    UNSIGNED: ClassVar[int] = 1

    row: Int64Array
    arrived: Int64Array
    signer: npt.NDArray[np.uint64]
    boot: npt.NDArray[np.uint64]
    sequence: Int64Array
    hash: npt.NDArray[np.void]
    previous: npt.NDArray[np.void]
    readings: Readings
    of: Int64Array
    starts: Int64Array
    first: Flags
    last: Flags

    def __len__(self) -> int:
        return len(self.row)

    @property
    def grade(self) -> npt.NDArray[np.uint8]:
        """Who vouches for each block, as a place among GRADES."""
        return _GRADE_OF[np.minimum(self.signer, 2)]

    def shifted(self, values: npt.NDArray[Any], kept: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """What the block before each one of its device has; of a device's first what was kept of the device."""
        made = np.empty_like(values)
        made[1:] = values[:-1]
        made[self.first] = kept[self.first]
        return made

    def keep(self, values: npt.NDArray[Any], kept: npt.NDArray[Any]) -> None:
        """Keep of each device what its last block has."""
        kept[self.row[self.last]] = values[self.last]

    def any(self, readings: Flags) -> Flags:
        """Which blocks have a reading that is flagged."""
        found: Flags = np.logical_or.reduceat(readings, self.starts)
        return found

    def risen(self, values: Int64Array) -> Int64Array:
        """The greatest value of each block and those before it of its device."""
        made = values.copy()
        for place in np.flatnonzero(~self.first).tolist():
            made[place] = max(made[place], made[place - 1])
        return made

    def first_of(self, rows: Int64Array) -> Int64Array:
        """The first block of each of these devices, which all have one here."""
        starts = np.flatnonzero(self.first)
        return starts[np.searchsorted(self.row[starts], rows)]


def joined(came: Sequence[Came], row: Int64Array) -> Blocks:
    """Blocks in columns; they come by `row`, their device's, and `row` ascends."""
    counts = np.fromiter((len(each.readings) for each in came), np.int64, len(came))
    first = np.diff(row, prepend=-1) != 0
    last = np.diff(row, append=-1) != 0
    # Bytes are joined, and not arrays: numpy would copy every field of every reading by itself.
    readings = np.frombuffer(b"".join([each.readings.tobytes() for each in came]), dtype=READING)
    return Blocks(
        row,
        np.fromiter((each.arrived for each in came), np.int64, len(came)),
        np.fromiter((_signer(each) for each in came), np.uint64, len(came)),
        np.fromiter((each.boot for each in came), np.uint64, len(came)),
        np.fromiter((each.sequence for each in came), np.int64, len(came)),
        np.frombuffer(b"".join([each.hash for each in came]), dtype="V32"),
        np.frombuffer(b"".join([each.previous for each in came]), dtype="V32"),
        readings,
        np.repeat(np.arange(len(came)), counts),
        np.cumsum(counts) - counts,
        first,
        last,
    )


def _signer(each: Came) -> int:
    """A number for who signed: 0 for the device itself, Blocks.UNSIGNED for nobody, a gateway's own otherwise."""
    if each.signer == each.device:
        return 0
    if not each.signer:
        return Blocks.UNSIGNED
    return int.from_bytes(blake2b(each.signer.encode(), digest_size=8).digest(), "little") | 2


def earliest_before(block: Came, off: int) -> int | None:
    """The earliest of before `off` that a block speaks of; None where it does of none. No seal keeps for a year what it
    has to tell: what is dated so is of a clock that was set back, which would be of every load that it ever was on."""
    # What claims a time that had not come is of when it came.
    at = np.minimum(block.readings["at"], block.arrived)
    of_before = at[(at < off) & (at > block.arrived - YEAR)]
    return int(of_before.min()) if len(of_before) else None
