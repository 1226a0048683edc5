"""All that a verdict on one trip rests on, as values: its seals, what they said and when that came, and the road."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.reading import READING, Grade, Readings
from aforo.domain.trip import Covered, Place

Int64Array = npt.NDArray[np.int64]
#: An instant after all others: of what has not ended.
NEVER = 2**62


class Block(msgspec.Struct, frozen=True, gc=False):
    """A block of readings as the log has it: who signed it, its place in the signer's chain, and when it came.

    `hash` and `previous` are 32 bytes; `arrived` is when it was acknowledged, `first` and `last` the earliest and the
    latest that its readings claim, in microseconds since 1970. Of what came unsigned `boot`, `sequence` and `previous`
    say nothing.
    """

    hash: bytes
    grade: Grade
    arrived: int
    first: int
    last: int
    signer: str = ""
    boot: int = 0
    sequence: int = 0
    previous: bytes = b""


class Sealing(msgspec.Struct, frozen=True, gc=False):
    """That a device sealed the load from `since` until before `until` (NEVER while it does).

    The device reports at least every `promise` and its clock is off by `tolerance` at most, as its supplier promises;
    both in microseconds, as the instants.
    """

    device: str
    seal_id: str
    since: int
    until: int
    promise: int
    tolerance: int


@dataclass(frozen=True)
class Heard:
    """What one device said: its readings in no particular order, and the block that each came in.

    `readings` READING[n], `block` int64[n] the place in `blocks` of each one's block.
    """

    blocks: tuple[Block, ...] = ()
    readings: Readings = field(default_factory=lambda: np.zeros(0, dtype=READING))
    block: Int64Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


class Seen(msgspec.Struct, frozen=True, gc=False):
    """That a number was read on a seal of the trip, `at` a time and `recorded` at another (microseconds since 1970), at
    a `place` that is named; `grade` is `gateway` where a registered reader signed it."""

    at: int
    recorded: int
    seal_id: str
    grade: Grade = "unsigned"
    place: str = ""


@dataclass(frozen=True)
class Case:
    """One trip: its seals, what each device said, whose numbers were seen, where a seal may be opened, and the road.

    `covered` are the statements of coverage with the instant at which each was recorded. `before` has of a device the
    blocks of before it sealed this load that contradict what it said for it: of these only the place in the chain is
    looked at.
    """

    sealings: tuple[Sealing, ...]
    heard: dict[str, Heard]
    seen: tuple[Seen, ...] = ()
    places: tuple[Place, ...] = ()
    covered: tuple[tuple[int, Covered], ...] = ()
    before: dict[str, tuple[Block, ...]] = field(default_factory=dict)
