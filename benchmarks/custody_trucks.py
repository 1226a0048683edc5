"""Synthetic trucks on the shipped corridor, for `custody_alerts`: honest ones, in the blocks that their seals send.

Gaps between readings are those of a real fleet as a distribution: each gap over the median of all, times the seal's own
interval. All else is assumed: speeds, queues that stop and go, stops where they are allowed, a road that lies up to
700 m off the line that is drawn of it, satellites that err, clocks that are off within their tolerance, blocks that
are late and overtake each other, and dead zones in which a seal keeps what it has to say until it is heard again.
"""

from __future__ import annotations

import csv
import functools
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import numpy as np

from aforo.custody import corridor
from aforo.custody.case import NEVER, Block, Case, Heard, Sealing
from aforo.custody.road import Road
from aforo.custody.road import read as road_of
from aforo.domain.reading import CLOSED, Readings, no_readings
from aforo.domain.trip import Place

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


def real_gaps(path: Path) -> np.ndarray:
    """The gaps between reports of each vehicle of an export, over the median of all."""
    seen: dict[tuple[str, str], list[float]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["timestamp"]).timestamp()
            seen[row["trip_id"], row["vehicle_id"]].append(at)
    gaps = np.concatenate([np.diff(np.sort(each)) for each in seen.values()])
    gaps = gaps[gaps > 0]
    return gaps / np.median(gaps)


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


@dataclass
class Way:
    """Where a truck is, in minutes from its start: metres along the corridor, and metres east of the road."""

    minute: list[float]
    along: list[float]
    east: list[float]

    def insert(self, at: float, minutes: float, east: float = 0.0) -> None:
        """The truck stands still for so long, or drives its way aside of the road, from a minute on."""
        place = float(np.interp(at, self.minute, self.along))
        row = int(np.searchsorted(self.minute, at, side="right"))
        if east:
            self.detour(at, minutes, east)
            return
        later = [each + minutes for each in self.minute[row:]]
        self.minute = [*self.minute[:row], at, at + minutes, *later]
        self.along = [*self.along[:row], place, place, *self.along[row:]]
        self.east = [*self.east[:row], 0.0, 0.0, *self.east[row:]]

    def detour(self, at: float, minutes: float, east: float) -> None:
        """The truck drives to a place so many metres aside of the road and back."""
        times = np.array([at, at + minutes / 3, at + 2 * minutes / 3, at + minutes])
        minute = np.unique(np.concatenate((self.minute, times)))
        self.along = np.interp(minute, self.minute, self.along).tolist()
        self.east = np.interp(minute, times, [0.0, east, east, 0.0]).tolist()
        self.minute = minute.tolist()


def honest_way(rng: np.random.Generator, hour: float) -> Way:
    """A trip from the consignor to customs from a local hour on: driving, queues, and stops where they may be."""
    length = ROAD.length
    stops = {}
    for stop in ROAD.corridor.stops:
        place = stop.place
        stops[float(ROAD.along(np.array([place.latitude]), np.array([place.longitude]))[1][0])] = stop.id
    way = Way([0.0], [0.0], [0.0])
    minute, along, speed = float(rng.uniform(5, 60)), 0.0, 60.0
    way.minute.append(minute)
    way.along.append(0.0)
    jam_until, standing_until = 0.0, 0.0
    while along < length:
        step = 0.5
        speed = float(np.clip(0.9 * speed + 0.1 * rng.normal(76, 25), 15, 100))
        if minute >= jam_until and rng.random() < step / 60 * 0.15:
            jam_until = minute + rng.uniform(10, 45)
        now = speed
        if minute < jam_until or length - along < 1_500:
            # Stop and go: it stands for minutes, then moves on.
            if minute >= standing_until and rng.random() < 0.15:
                standing_until = minute + rng.uniform(1, 7)
            now = 0.0 if minute < standing_until else float(rng.uniform(6, 25))
        ahead = min(along + now / 60 * 1_000 * step, length)
        for own in [each for each in stops if along <= each < ahead]:
            way.minute += [minute + 0.01, minute + 0.02 + rest(rng, stops.pop(own), (hour + minute / 60) % 24)]
            way.along += [own, own]
            minute = way.minute[-1]
        minute += step
        along = ahead
        way.minute.append(minute)
        way.along.append(along)
    way.minute.append(minute + rng.uniform(10, 60))
    way.along.append(length)
    way.east = [0.0] * len(way.minute)
    return way


def rest(rng: np.random.Generator, stop: str, hour: float) -> float:
    """How many minutes a truck that comes to a stop at a local hour stands there: at night long in a yard alone."""
    dark = hour >= 21 or hour < 5
    if stop == "toll-26":
        return float(rng.uniform(0.5, 12))
    if stop == "pre-bridge":
        return float(rng.uniform(5, 200))
    if stop == "sabinas" and rng.random() < (0.5 if dark else 0.2):
        return float(rng.uniform(180, 500) if dark else rng.uniform(15, 90))
    if stop == "cienega" and rng.random() < 0.4:
        return float(rng.uniform(5, 25) if dark else rng.uniform(5, 75))
    return 0.0


def readings_of(rng: np.random.Generator, way: Way, start: int, interval: int, gaps: np.ndarray) -> Readings:
    """What a seal reads on a way, with its clock and its satellites as they are."""
    minutes = way.minute[-1]
    steps = rng.choice(gaps, size=int(minutes * 60 / interval * 3) + 50) * interval
    times = np.concatenate(([0.0], np.cumsum(np.maximum(steps, 1.0)))) / 60
    times = times[times <= minutes]
    made = no_readings(len(times))
    made["at"] = start + np.rint(times * MINUTE).astype(np.int64) + int(rng.uniform(-0.5, 0.5) * TOLERANCE)
    made["at"] = np.maximum(made["at"], start)
    made["sequence"], made["door"], made["fix"] = 1 + np.arange(len(times)), CLOSED, rng.random(len(times)) > 0.02
    along = np.interp(times, way.minute, way.along)
    aside = np.interp(times, way.minute, way.east)
    # The road itself lies off the line that was drawn of it.
    off = 450 * np.sin(along / 37_000 * 2 * np.pi) + 200 * np.sin(along / 11_000 * 2 * np.pi)
    points = np.array([ROAD.at(float(each)) for each in along], dtype=np.float64)
    errors = rng.normal(0, 8, (len(times), 2))
    wild = rng.random(len(times)) < 0.003
    errors[wild] += rng.normal(0, 250, (int(wild.sum()), 2))
    lost = rng.random(len(times)) < 1e-4
    errors[lost] += rng.normal(0, 30_000, (int(lost.sum()), 2))
    scale = 1e7 / 111_133
    made["latitude"] = np.rint(points[:, 0] + errors[:, 0] * scale)
    made["longitude"] = np.rint(points[:, 1] + (errors[:, 1] + aside + off) * scale / np.cos(np.radians(26.6)))
    return made


def blocks_of(
    rng: np.random.Generator, readings: Readings, way: Way, start: int, device: str
) -> tuple[tuple[Block, Readings], ...]:  # fmt: skip
    """The readings in signed blocks, as they come: what is taken where nobody is heard comes when it is heard again."""
    minutes = (readings["at"] - start) / MINUTE
    along = np.interp(minutes, way.minute, way.along) / 1_000
    deaf = np.zeros(len(readings), dtype=bool)
    for zone in ROAD.corridor.dead_zones:
        if rng.random() > zone.heard.share:
            deaf |= (along >= zone.from_km) & (along <= zone.until_km)
    parts, previous, row, number = [], bytes(32), 0, 0
    while row < len(readings):
        size = int(rng.integers(1, 4))
        while row + size < len(readings) and deaf[row + size - 1] and size < 60:
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


def truck(
    rng: np.random.Generator, gaps: np.ndarray, device: str, start: int, way: Way, *, interval: int = 60
) -> Truck:
    """A truck that drives a way; its seal promises as its supplier can."""
    readings = readings_of(rng, way, start, interval, gaps)
    parts = blocks_of(rng, readings, way, start, device)
    sealing = Sealing(device, f"MX {device}", start, NEVER, PROMISE * interval * S, TOLERANCE)
    return Truck(sealing, parts, start)


def dropped(own: Truck, since: int, until: int) -> Truck:
    """The truck without any block that speaks of some time: its seal was heard by nobody, and kept nothing."""
    return replace(own, parts=tuple(each for each in own.parts if each[0].last < since or each[0].first >= until))
