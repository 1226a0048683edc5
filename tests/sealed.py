"""A seal on the road from Monterrey to Laredo, played in blocks, for tests of custody."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
import numpy as np

from aforo.custody.case import NEVER, Block, Case, Heard, Sealing
from aforo.domain.reading import CLOSED, OPEN, READING_KINDS, Grade, Readings, no_readings
from aforo.domain.trip import Place

S = 1_000_000
MINUTE = 60 * S
#: 2 March 2026, 06:00 UTC.
START = 1_772_431_200 * S
#: A yard in Monterrey, and one of customs at the bridge.
YARD = Place("yard", 257_000_000, -1_003_000_000, 2_000, "open")
CUSTOMS = Place("customs", 275_970_000, -995_360_000, 2_000, "open")
SEALING = Sealing("seal-1", "MX 0001", START, NEVER, 10 * MINUTE, 60 * S)


def drive(
    count: int, *, every: int = 2 * MINUTE, start: int = START, began: int = START, first: int = 1, **columns: Any
) -> Readings:
    """Readings of a closed seal that left the yard at `began`, towards customs at some 80 km/h."""
    made = no_readings(count)
    made["at"] = start + every * np.arange(count)
    made["sequence"] = first + np.arange(count)
    made["door"], made["fix"] = CLOSED, True
    gone = (made["at"] - began) / (180 * MINUTE)
    made["latitude"] = YARD.latitude + (CUSTOMS.latitude - YARD.latitude) * gone
    made["longitude"] = YARD.longitude + (CUSTOMS.longitude - YARD.longitude) * gone
    for name, values in columns.items():
        made[name] = values
    return made


def opened(readings: Readings, first: int, last: int, kind: str = "door") -> Readings:
    """The readings with the door open from row `first` until before `last`."""
    made = readings.copy()
    made["door"][first:last] = OPEN
    made["kind"][first:last] = READING_KINDS.index(kind)
    return made


def in_blocks(
    readings: Readings, size: int = 5, *, grade: Grade = "device", delay: int = 5 * S, boot: int = 1, begins: int = 0,
    previous: bytes = bytes(32),
) -> list[tuple[Block, Readings]]:  # fmt: skip
    """The readings in blocks of `size`, each of which names the one before it and comes `delay` after its last."""
    made = []
    for place, start in enumerate(range(0, len(readings), size)):
        own = readings[start : start + size]
        last = int(own["at"].max())
        hash_ = sha256(own.tobytes() + previous + bytes([boot])).digest()
        chained = {"boot": boot, "sequence": begins + place, "previous": previous} if grade != "unsigned" else {}
        block = Block(hash_, grade, last + delay, int(own["at"].min()), last, signer="seal-1", **chained)
        made.append((block, own))
        previous = hash_
    return made


def heard(parts: list[tuple[Block, Readings]]) -> Heard:
    """What came, in the order given."""
    if not parts:
        return Heard()
    return Heard(
        tuple(block for block, _ in parts),
        np.concatenate([own for _, own in parts]),
        np.repeat(np.arange(len(parts)), [len(own) for _, own in parts]),
    )


def case(parts: list[tuple[Block, Readings]], sealing: Sealing = SEALING, **changes: Any) -> Case:
    """A trip under one seal."""
    return Case((sealing,), {sealing.device: heard(parts)}, places=(YARD, CUSTOMS), **changes)


def arriving(part: tuple[Block, Readings], at: int) -> tuple[Block, Readings]:
    """A block that comes at another time."""
    return msgspec.structs.replace(part[0], arrived=at), part[1]
