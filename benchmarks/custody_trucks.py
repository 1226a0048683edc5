"""Synthetic trucks on the shipped corridor, for `custody_alerts`: honest ones, in the blocks that their seals send.

What they drive and read is that of `aforo.trials.seals`: gaps between readings are those of a real fleet as a
distribution, all else is assumed. Blocks are late and overtake each other, and in dead zones a seal keeps what it has
to say until it is heard again.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from aforo.custody import corridor
from aforo.custody.case import NEVER, Block, Case, Heard, Sealing
from aforo.custody.road import Road
from aforo.custody.road import read as road_of
from aforo.domain.reading import Readings
from aforo.domain.trip import Place
from aforo.trials.seals.readings import Gaps, deaf, taken
from aforo.trials.seals.ways import Way

ROAD: Road = road_of(corridor.example())
S = 1_000_000
MINUTE = 60 * S
#: 2 March 2026, 06:00 UTC: midnight in Monterrey.
MIDNIGHT = 1_772_431_200 * S
TOLERANCE = 60 * S
#: Intervals within which a report is promised: the longest real gap is nine of them, and a block waits for three.
PROMISE = 15
PLACES = (
    Place("consignor", *ROAD.at(0), 1_000, "open"),
    Place("customs", *ROAD.at(ROAD.length), 1_500, "open"),
)


@dataclass(frozen=True)
class Truck:
    """One truck: its seal, and its readings as `parts` in the order in which it sent them."""

    sealing: Sealing
    parts: tuple[tuple[Block, Readings], ...]
    start: int

    @functools.cached_property
    def heard(self) -> Heard:
        """All that it said."""
        return Heard(
            tuple(block for block, _ in self.parts), np.concatenate([own for _, own in self.parts]),
            np.repeat(np.arange(len(self.parts)), [len(own) for _, own in self.parts]),
        )  # fmt: skip

    @property
    def hours(self) -> float:
        return (max(block.last for block, _ in self.parts) - self.start) / 3.6e9

    def case(self, **changes) -> Case:
        return Case((self.sealing,), {self.sealing.device: self.heard}, places=PLACES, **changes)


def blocks_of(
    rng: np.random.Generator, readings: Readings, way: Way, start: int, device: str
) -> tuple[tuple[Block, Readings], ...]:  # fmt: skip
    """The readings in signed blocks, as they come: what is taken where nobody is heard comes when it is heard again."""
    unheard = deaf(rng, ROAD, way, readings, start)
    parts, previous, row, number = [], bytes(32), 0, 0
    while row < len(readings):
        size = int(rng.integers(1, 4))
        while row + size < len(readings) and unheard[row + size - 1] and size < 60:
            size += 1
        own = readings[row : row + size]
        last = int(own["at"].max())
        delay = rng.lognormal(0.7, 0.8) + (rng.uniform(10, 240) if rng.random() < 0.01 else 0)
        hash_ = sha256(own.tobytes() + previous + device.encode()).digest()
        block = Block(
            hash_,
            "device",
            last + TOLERANCE // 2 + round(delay * S),
            int(own["at"].min()),
            last,
            device,
            1,
            number,
            previous,
        )
        parts.append((block, own))
        previous, row, number = hash_, row + size, number + 1
    return tuple(parts)


def truck(rng: np.random.Generator, gaps: Gaps, device: str, start: int, way: Way, *, interval: int = 60) -> Truck:
    """A truck that drives a way; its seal promises as its supplier can."""
    readings = taken(rng, ROAD, way, start, interval, TOLERANCE, gaps)
    parts = blocks_of(rng, readings, way, start, device)
    sealing = Sealing(device, f"MX {device}", start, NEVER, PROMISE * interval * S, TOLERANCE)
    return Truck(sealing, parts, start)


def dropped(own: Truck, since: int, until: int) -> Truck:
    """The truck without any block that speaks of some time: its seal was heard by nobody, and kept nothing."""
    return replace(own, parts=tuple(each for each in own.parts if each[0].last < since or each[0].first >= until))
