"""False causes of honest trucks, and planted breaches found: where a truck goes, and what its seal says.

    python benchmarks/custody_alerts.py [--hours 3000] [--each 40] [--gaps FILE]

Honest trucks (see `custody_trucks`) drive the shipped corridor with 300 fences beside it. Every ten minutes of each
trip it is asked what cause there is to act by what had come; one that is told once and withdrawn later counts like one
that stays, and one whose beginning moves counts twice. The rate is per 1,000 truck-hours before any grouping, with the
exact upper 95 % bound of a Poisson count (one-sided). What the roads' coverage says goes into the cases. Then `each`
breaches of every kind are planted into honest trips: the share that is found, and from the breach until it can be told
(the coming of the reading that shows it). Gaps are those of FILE (a fleet's export with `timestamp`, `vehicle_id`,
`trip_id`), over their median; without it the program says so and ends. Synthetic: false rates hold for these trucks.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
from custody_trucks import (
    MIDNIGHT,
    MINUTE,
    ROAD,
    Truck,
    Way,
    dropped,
    honest_way,
    real_gaps,
    truck,
)
from rich.console import Console
from rich.table import Table
from run_all import processor
from scipy.stats import chi2

from aforo.custody import limits
from aforo.custody.case import Case, Seen
from aforo.custody.cause import CAUSE_KINDS, Cause
from aforo.custody.causes import causes, driven_by
from aforo.custody.convoy import splits
from aforo.custody.coverage import coverage
from aforo.custody.fences import Circle, Fence, Fences
from aforo.domain.reading import OPEN, READING_KINDS
from aforo.domain.trip import Covered

GAPS = Path(os.environ.get("AFORO_DATA", "/nonexistent")) / "custody/gps/liverpool_bus_route14.csv"
LIMITS = limits.shipped()
#: Trucks that leave within one day, in the honest run.
A_DAY = 60
STEP = 10 * MINUTE
FORBIDDEN_EAST = 9_000


def fences(rng: np.random.Generator) -> Fences:
    """Forbidden circles beside the road, none of which an honest truck enters."""
    made = []
    for number in range(300):
        latitude, longitude = ROAD.at(rng.uniform(0, ROAD.length))
        radius = rng.uniform(200, 2_500)
        away = (2_500 + radius + rng.uniform(0, 8_000)) * rng.choice([-1, 1])
        east = longitude / 1e7 + away / 111_133 / np.cos(np.radians(26.6))
        fence = circle(f"f{number}", latitude / 1e7, east, radius)
        if ROAD.along(np.array([latitude]), np.array([round(east * 1e7)]))[0][0] > radius + 2_000:
            made.append(fence)
    return Fences(tuple(made))


def circle(name: str, lat: float, lon: float, metres: float) -> Fence:
    return Fence(id=name, name=name, use="forbidden", source="assumed", circle=Circle(lat=lat, lon=lon, metres=metres))


def of_trip(own: Truck, around: Fences, covered: tuple[tuple[int, Covered], ...], known_by: int) -> tuple[Cause, ...]:
    return causes(own.case(covered=covered), own.sealing, ROAD, around, known_by, LIMITS)


def statements(day: list[Truck], since: int, until: int) -> tuple[tuple[int, Covered], ...]:
    """What is said of the road in each quarter of an hour, five minutes after its end."""
    made = []
    for begin in range(since, until, 15 * MINUTE):
        end = begin + 15 * MINUTE
        here = [each for each in day if each.start < end and each.start + each.hours * 3.6e9 > begin - 2 * 60 * MINUTE]
        asked = {each.sealing.device: driven_by(each.case(), each.sealing, ROAD, end + 5 * MINUTE) for each in here}
        made += [(end + 5 * MINUTE, each) for each in coverage(asked, ROAD, [(begin, end)], end + 5 * MINUTE, LIMITS)]
    return tuple(made)


def honest(
    rng: np.random.Generator, gaps: np.ndarray, hours: float, around: Fences
) -> tuple[float, Counter, list[str]]:
    """Truck-hours, causes by kind that were told of honest trucks at some time, and a line on each."""
    driven, told, lines = 0.0, Counter(), []
    while driven < hours:
        starts = np.sort(rng.uniform(0, 24, A_DAY))
        day = []
        for number, hour in enumerate(starts):
            interval = int(rng.choice([60, 90, 120]))
            start = MIDNIGHT + round(hour * 60 * MINUTE)
            day.append(truck(rng, gaps, f"h{number}", start, honest_way(rng, hour), interval=interval))
        covered = statements(day, MIDNIGHT, MIDNIGHT + 36 * 60 * MINUTE)
        told["jammed road"] += sum(each.jammed for _, each in covered)
        for own in day:
            driven += own.hours
            ever: dict[tuple[object, ...], Cause] = {}
            last = own.start + round(own.hours * 3.6e9) + 5 * MINUTE
            for known_by in range(own.start, last, STEP):
                for cause in of_trip(own, around, covered, known_by):
                    ever.setdefault((cause.kind, cause.since, cause.place), cause)
            for cause in ever.values():
                told[cause.kind] += 1
                at = (cause.since - own.start) / MINUTE
                where = "" if cause.latitude is None else round(along(cause) / 1_000)
                lines.append(f"{cause.kind} {cause.fact or ''} at minute {at:.0f}, km {where}, {cause.metres} m")
        # Convoys of two that set out together: the same way, two minutes apart.
        pair = _convoy(rng, gaps)
        driven += sum(each.hours for each in pair)
        for found in splits("c", {each.sealing.device: _driven(each) for each in pair}, LIMITS).values():
            told["convoy_split"] += len(found)
    return driven, told, lines


def along(cause: Cause) -> float:
    return float(ROAD.along(np.array([cause.latitude]), np.array([cause.longitude]))[1][0])


def _driven(own: Truck):
    return driven_by(own.case(), own.sealing, ROAD, 2**61)


def _convoy(rng: np.random.Generator, gaps: np.ndarray, apart: tuple[float, float] | None = None) -> list[Truck]:
    """Two trucks that drive one way; with `apart`, the second stands for so many minutes from a minute on."""
    way = honest_way(rng, 9.0)
    second = Way(list(way.minute), list(way.along), list(way.east))
    if apart is not None:
        second.insert(*apart)
    start = MIDNIGHT + 9 * 60 * MINUTE
    return [
        truck(rng, gaps, f"c{number}", start + 2 * number * MINUTE, each) for number, each in enumerate((way, second))
    ]


def planted(rng: np.random.Generator, gaps: np.ndarray, kind: str, around: Fences) -> float | None:
    """Minutes from a planted breach until it can be told; None where it is not found."""
    hour = 11.0 if kind != "night_halt" else 22.5
    way = honest_way(rng, hour)
    start = MIDNIGHT + round(hour * 60 * MINUTE)
    at = minute_at(way, rng.uniform(70_000, 110_000))
    if kind == "convoy_split":
        pair = _convoy(rng, gaps, (minute_at(way, 30_000), float(rng.uniform(40, 90))))
        # The split begins when the first is far enough away.
        found = splits("c", {each.sealing.device: _driven(each) for each in pair}, LIMITS)
        every = [cause for own in found.values() for cause in own]
        return (min(each.shown for each in every) - min(each.latest for each in every)) / MINUTE if every else None
    if kind == "jammed":
        return _jammed(rng, gaps, around)
    if kind == "deviation":
        way.detour(at, rng.uniform(20, 60), float(rng.choice([-1, 1]) * rng.uniform(4_000, 15_000)))
        # Off the band from where the way aside is as wide as it.
        at += way_out(way, at) - at
    elif kind == "unplanned_stop":
        way.insert(at, rng.uniform(30, 90))
    elif kind in ("dwell", "night_halt"):
        stop = next(each for each in ROAD.corridor.stops if each.id == "cienega")
        own = float(ROAD.along(np.array([stop.place.latitude]), np.array([stop.place.longitude]))[1][0])
        at = minute_at(way, own)
        way.insert(at, rng.uniform(120, 240) if kind == "dwell" else rng.uniform(40, 120))
        at += 90 if kind == "dwell" else 0
    elif kind == "geofence_entered":
        way.detour(at, 45.0, float(FORBIDDEN_EAST))
        latitude, longitude = ROAD.at(float(np.interp(at + 22.5, way.minute, way.along)))
        lon = longitude / 1e7 + FORBIDDEN_EAST / 111_133 / np.cos(np.radians(26.6))
        around = Fences((circle("planted", latitude / 1e7, lon, 3_000),))
        at += 15
    own = truck(rng, gaps, "p", start, way)
    breach = start + round(at * MINUTE)
    case = own.case()
    if kind == "silent":
        own = dropped(own, breach, breach + round(rng.uniform(30, 120)) * MINUTE)
        case = own.case()
    elif kind in ("opened", "tampered", "removed"):
        own = _marked(own, breach, {"opened": "door", "tampered": "tamper", "removed": "drop"}[kind])
        case = own.case()
    elif kind == "swapped":
        case = own.case(seen=(Seen(breach, breach, "MX 9999"),))
    elif kind in ("cloned", "replayed", "clock_skew", "teleported"):
        case = _doubted(own, breach, kind)
    known = [each for each in causes(case, own.sealing, ROAD, around, 2**61, LIMITS) if each.kind == kind]
    known = [each for each in known if each.latest >= breach - 15 * MINUTE]
    if not known:
        return None
    shown = min(each.shown for each in known)
    blocks = case.heard["p"].blocks
    came = [block.arrived for block in blocks if block.last >= shown]
    if kind in ("cloned", "replayed"):
        # It takes all the blocks that contradict each other.
        behind = {each for cause in known for each in cause.rests_on}
        came = [max(block.arrived for block in blocks if block.hash.hex() in behind)]
    heard = max(shown, min(came, default=shown)) if kind not in ("silent", "swapped") else shown
    return max(0.0, (heard - breach) / MINUTE)


def minute_at(way: Way, metres: float) -> float:
    """The minute at which a truck is so many metres along."""
    after = int(np.searchsorted(way.along, metres))
    return float(np.interp(metres, way.along[after - 1 : after + 1], way.minute[after - 1 : after + 1]))


def way_out(way: Way, at: float) -> float:
    """The minute from `at` on at which a way is farther aside than the corridor is wide."""
    minutes = np.arange(at, at + 30, 0.1)
    east = np.abs(np.interp(minutes, way.minute, way.east))
    return float(minutes[np.argmax(east > ROAD.half_width)])


def _marked(own: Truck, breach: int, kind: str) -> Truck:
    """The truck with the first readings after an instant saying that the seal is open, as it itself reports at once."""
    parts = []
    left = 2
    for block, readings in own.parts:
        if block.last >= breach and left:
            readings = readings.copy()
            rows = np.flatnonzero(readings["at"] >= breach)[:left]
            readings["door"][rows], readings["kind"][rows] = OPEN, READING_KINDS.index(kind)
            left -= len(rows)
        parts.append((block, readings))
    return dataclasses.replace(own, parts=tuple(parts))


def _doubted(own: Truck, breach: int, kind: str) -> Case:
    """The truck's case with a block that contradicts the others."""
    parts = list(own.parts)
    number = next(place for place, (block, _) in enumerate(parts) if block.first >= breach)
    block, readings = parts[number]
    other = readings.copy()
    if kind == "cloned":
        other["battery"] = 3_000
        parts.append((msgspec.structs.replace(block, hash=bytes([1]) * 32), other))
    elif kind == "replayed":
        # An earlier start speaks of what the later one speaks of.
        early = msgspec.structs.replace(block, hash=bytes([2]) * 32, boot=0, previous=bytes([3]) * 32)
        parts.append((early, other))
    elif kind == "clock_skew":
        other["at"] += 30 * MINUTE
        parts[number] = (msgspec.structs.replace(block, last=block.last + 30 * MINUTE), other)
    else:
        other["latitude"] += 12_000_000
        parts[number] = (block, other)
        for place in range(number + 1, len(parts)):
            later = parts[place][1].copy()
            later["latitude"] += 12_000_000
            parts[place] = (parts[place][0], later)
    return dataclasses.replace(own, parts=tuple(parts)).case()


def _jammed(rng: np.random.Generator, gaps: np.ndarray, around: Fences) -> float | None:
    """A road on which all trucks of a stretch of 25 km, three minutes apart, are unheard for one to two hours: minutes
    until the cause of one of them says so."""
    start = MIDNIGHT + 11 * 60 * MINUTE
    since = start + 150 * MINUTE
    until = since + round(rng.uniform(60, 120)) * MINUTE
    begin = rng.uniform(128_000, 150_000)
    trucks = []
    for number in range(40):
        way = honest_way(rng, 11.0)
        went = start + number * 3 * MINUTE
        own = truck(rng, gaps, f"j{number}", went, way)
        enters, leaves = (went + round(minute_at(way, begin + far) * MINUTE) for far in (0, 25_000))
        if enters < until and leaves > since:
            own = dropped(own, max(enters, since), min(leaves, until))
        trucks.append(own)
    covered = statements(trucks, since - 30 * MINUTE, until + 60 * MINUTE)
    for known_by in range(since, until + 120 * MINUTE, 5 * MINUTE):
        for own in trucks:
            if any(each.kind == "jammed" for each in of_trip(own, around, covered, known_by)):
                return (known_by - since) / MINUTE
    return None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=float, default=3_000)
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gaps", type=Path, default=GAPS)
    asked = parser.parse_args()
    if not asked.gaps.exists():
        print(f"{asked.gaps} is not there: no gaps of a real fleet, so nothing is measured (give --gaps FILE)")
        sys.exit(0)
    gaps = real_gaps(asked.gaps)
    rng = np.random.default_rng(asked.seed)
    around = fences(rng)
    begun = time.perf_counter()
    hours, told, lines = honest(rng, gaps, asked.hours, around)
    print(f"{processor()}, {os.cpu_count()} CPUs, one process; seed {asked.seed}")
    print(f"{len(gaps):,} real gaps, the longest {gaps.max():.1f} medians")
    console = Console(width=110)
    console.print(f"{hours:,.0f} honest truck-hours with {len(around)} fences, {time.perf_counter() - begun:.0f} s")
    table = Table("false causes", "count", "per 1,000 truck-hours", "upper 95 %")
    total = sum(count for kind, count in told.items() if kind != "jammed road")
    for kind, count in [*sorted(told.items()), ("all", total)]:
        table.add_row(
            kind, str(count), *(f"{value / hours * 1_000:.2f}" for value in (count, chi2.ppf(0.95, 2 * count + 2) / 2))
        )
    console.print(table)
    for line, count in Counter(lines).most_common(12):
        console.print(f"  {count} × {line}")
    table = Table("planted", "found", "share", "minutes until told: median", "95 %", "most")
    for kind in CAUSE_KINDS:
        if kind == "geofence_left":
            continue
        found = [planted(rng, gaps, kind, around) for _ in range(asked.each)]
        delays = [each for each in found if each is not None]
        shown = (
            (f"{np.median(delays):.1f}", f"{np.quantile(delays, 0.95):.1f}", f"{max(delays):.1f}")
            if delays
            else ("–",) * 3
        )
        share = f"{len(delays) / asked.each:.3f}" if asked.each else "–"
        table.add_row(kind, f"{len(delays)}/{asked.each}", share, *shown)
    console.print(table)
    console.print(f"{time.perf_counter() - begun:.0f} s in all")


if __name__ == "__main__":
    main()
