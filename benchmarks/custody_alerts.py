"""False causes of honest trucks, and planted breaches found: where a truck goes, and what its seal says.

    python benchmarks/custody_alerts.py [--hours 30000] [--each 300] [--processes 2] [--gaps FILE]

Honest trucks (see `custody_trucks`) drive the shipped corridor with 300 fences beside it. Every ten minutes of each
trip it is asked what cause there is to act by what had come; one that is told once and withdrawn later counts like one
that stays, and one whose beginning moves counts twice. The rate is per 1,000 truck-hours before any grouping, with the
exact upper 95 % bound of a Poisson count (one-sided). What the roads' coverage says goes into the cases. Then `each`
breaches of every kind are planted into honest trips: the share that is found, with the exact lower 95 % bound, and from
the breach until it can be told (the coming of the reading that shows it). Gaps are those that were fitted to a real
fleet (`aforo.trials.seals.gaps`), or of FILE (an export with `timestamp`, `vehicle_id`, `trip_id`), over their median.
A day and a breach are drawn by their numbers, however many processes share them. Synthetic: all of it holds for these
trucks.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import os
import time
from collections import Counter
from multiprocessing import get_context
from multiprocessing.pool import Pool
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
    truck,
)
from rich.console import Console
from rich.table import Table
from run_all import processor
from scipy.stats import beta, chi2

from aforo.custody import limits
from aforo.custody.case import Case, Seen
from aforo.custody.cause import CAUSE_KINDS, TOLD_ALONE, Cause
from aforo.custody.causes import causes, driven_by
from aforo.custody.convoy import Member, splits
from aforo.custody.coverage import coverage
from aforo.custody.fences import Circle, Fence, Fences
from aforo.custody.ground import within
from aforo.domain.reading import OPEN, READING_KINDS
from aforo.domain.trip import Covered
from aforo.trials.seals.gaps import drawn, of_export
from aforo.trials.seals.readings import Gaps
from aforo.trials.seals.ways import honest as honest_way

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


def honest(rng: np.random.Generator, gaps: Gaps, around: Fences) -> tuple[float, Counter, list[str]]:
    """A day of honest trucks: truck-hours, causes by kind that were told of them at some time, and a line on each."""
    driven, told, lines = 0.0, Counter(), []
    day = []
    for number, hour in enumerate(np.sort(rng.uniform(0, 24, A_DAY)).tolist()):
        interval = int(rng.choice([60, 90, 120]))
        start = MIDNIGHT + round(hour * 60 * MINUTE)
        day.append(truck(rng, gaps, f"h{number}", start, honest_way(rng, ROAD, hour), interval=interval))
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
    for found in splits("c", {each.sealing.device: Member(_driven(each)) for each in pair}, LIMITS).values():
        told["convoy_split"] += len(found)
    return driven, told, lines


def along(cause: Cause) -> float:
    return float(ROAD.along(np.array([cause.latitude]), np.array([cause.longitude]))[1][0])


def _driven(own: Truck):
    return driven_by(own.case(), own.sealing, ROAD, 2**61)


def _convoy(rng: np.random.Generator, gaps: Gaps, apart: tuple[float, float] | None = None) -> list[Truck]:
    """Two trucks that drive one way; with `apart`, the second stands for so many minutes from a minute on."""
    way = honest_way(rng, ROAD, 9.0)
    second = Way(list(way.minute), list(way.along), list(way.east))
    if apart is not None:
        second.halt(*apart)
    start = MIDNIGHT + 9 * 60 * MINUTE
    return [
        truck(rng, gaps, f"c{number}", start + 2 * number * MINUTE, each) for number, each in enumerate((way, second))
    ]


def planted(rng: np.random.Generator, gaps: Gaps, around: Fences, kind: str) -> float | None:
    """Minutes from a planted breach until it can be told; None where it is not found."""
    hour = 11.0 if kind != "night_halt" else 22.5
    way = honest_way(rng, ROAD, hour)
    start = MIDNIGHT + round(hour * 60 * MINUTE)
    at = way.minute_at(between_stops(rng, 70_000, 110_000))
    if kind == "convoy_split":
        pair = _convoy(rng, gaps, (way.minute_at(30_000), float(rng.uniform(40, 90))))
        # The split begins when the first is far enough away.
        found = splits("c", {each.sealing.device: Member(_driven(each)) for each in pair}, LIMITS)
        every = [cause for own in found.values() for cause in own]
        return (min(each.shown for each in every) - min(each.latest for each in every)) / MINUTE if every else None
    if kind == "jammed":
        return _jammed(rng, gaps, around)
    if kind == "deviation":
        way.detour(at, rng.uniform(20, 60), float(rng.choice([-1, 1]) * rng.uniform(4_000, 15_000)))
        # Off the band from where the way aside is as wide as it.
        at += way_out(way, at) - at
    elif kind == "unplanned_stop":
        way.halt(at, rng.uniform(30, 90))
    elif kind in ("dwell", "night_halt"):
        stop = next(each for each in ROAD.corridor.stops if each.id == "cienega")
        own = float(ROAD.along(np.array([stop.place.latitude]), np.array([stop.place.longitude]))[1][0])
        at = way.minute_at(own)
        way.halt(at, rng.uniform(120, 240) if kind == "dwell" else rng.uniform(40, 120))
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
    elif kind == "missing":
        number = next(place for place, (block, _) in enumerate(own.parts) if block.last >= breach)
        case = dataclasses.replace(own, parts=(*own.parts[:number], *own.parts[number + 1 :])).case()
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
    heard = max(shown, min(came, default=shown)) if kind not in ("silent", "missing", "swapped") else shown
    return max(0.0, (heard - breach) / MINUTE)


def between_stops(rng: np.random.Generator, since: float, until: float) -> float:
    """Metres along the road, between two distances, where nobody may stand: who halts within a stop does nothing that
    could be found."""
    while True:
        metres = float(rng.uniform(since, until))
        latitude, longitude = (np.array([each]) for each in ROAD.at(metres))
        places = (each.place for each in ROAD.corridor.stops)
        wide = [msgspec.structs.replace(each, radius_m=each.radius_m + 2_000) for each in places]
        if not any(within(each, latitude, longitude)[0] for each in wide):
            return metres


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


def _jammed(rng: np.random.Generator, gaps: Gaps, around: Fences) -> float | None:
    """A road on which all trucks of a stretch of 25 km, three minutes apart, are unheard for one to two hours: minutes
    until the cause of one of them says so."""
    start = MIDNIGHT + 11 * 60 * MINUTE
    since = start + 150 * MINUTE
    until = since + round(rng.uniform(60, 120)) * MINUTE
    begin = rng.uniform(128_000, 150_000)
    trucks = []
    for number in range(40):
        way = honest_way(rng, ROAD, 11.0)
        went = start + number * 3 * MINUTE
        own = truck(rng, gaps, f"j{number}", went, way)
        enters, leaves = (went + round(way.minute_at(begin + far) * MINUTE) for far in (0, 25_000))
        if enters < until and leaves > since:
            own = dropped(own, max(enters, since), min(leaves, until))
        trucks.append(own)
    covered = statements(trucks, since - 30 * MINUTE, until + 60 * MINUTE)
    for known_by in range(since, until + 120 * MINUTE, 5 * MINUTE):
        for own in trucks:
            if any(each.kind == "jammed" for each in of_trip(own, around, covered, known_by)):
                return (known_by - since) / MINUTE
    return None


@functools.cache
def world(seed: int, gaps: Path | None) -> tuple[Gaps, Fences]:
    """What all trucks of a run share."""
    if gaps is None:
        return drawn, fences(np.random.default_rng([seed, 0]))
    known = of_export(gaps)
    return (lambda rng, count: rng.choice(known, size=count)), fences(np.random.default_rng([seed, 0]))


def day_of(asked: tuple[int, Path | None, int]) -> tuple[float, Counter, list[str]]:
    """One honest day, by its number."""
    seed, gaps, number = asked
    return honest(np.random.default_rng([seed, 1, number]), *world(seed, gaps))


def breach_of(asked: tuple[int, Path | None, str, int]) -> float | None:
    """One planted breach, by its kind and number."""
    seed, gaps, kind, number = asked
    return planted(np.random.default_rng([seed, 2, CAUSE_KINDS.index(kind), number]), *world(seed, gaps), kind)


def days(pool: Pool, seed: int, gaps: Path | None, hours: float) -> tuple[float, Counter, list[str]]:
    """Honest days until so many truck-hours are driven."""
    driven, told, lines, first = 0.0, Counter(), [], 0
    while driven < hours:
        more = max(2, round((hours - driven) / (A_DAY * 8)))
        for own, kinds, said in pool.imap_unordered(day_of, [(seed, gaps, first + each) for each in range(more)]):
            driven, first = driven + own, first + 1
            told.update(kinds)
            lines += said
    return driven, told, lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=30_000)
    parser.add_argument("--each", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--gaps", type=Path, help="an export of a fleet, in place of the fitted figures")
    asked = parser.parse_args()
    begun = time.perf_counter()
    of = "fitted figures" if asked.gaps is None else asked.gaps.name
    print(f"SYNTHETIC. {processor()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} when it began, ", end="")
    print(f"{asked.processes} processes; seed {asked.seed}; gaps of {of}", flush=True)
    console = Console(width=110)
    with get_context("fork").Pool(asked.processes) as pool:
        hours, told, lines = days(pool, asked.seed, asked.gaps, asked.hours)
        console.print(f"{hours:,.0f} honest truck-hours with 300 fences, {time.perf_counter() - begun:.0f} s")
        console.print(false_ones(hours, told))
        for line, count in Counter(lines).most_common(12):
            console.print(f"  {count} × {line}")
        console.print(f"{total_of(told)} false causes in {hours:,.0f} truck-hours")
        table = Table("planted", "found", "share", "lower 95 %", "minutes until told: median", "95 %", "most")
        for kind in CAUSE_KINDS:
            if kind not in TOLD_ALONE and asked.each:
                numbers = [(asked.seed, asked.gaps, kind, number) for number in range(asked.each)]
                table.add_row(kind, *figures(pool.map(breach_of, numbers, chunksize=4)))
    console.print(table)
    console.print(f"{time.perf_counter() - begun:.0f} s in all")


def total_of(told: Counter) -> int:
    """All false causes: a road that was said to be jammed is none by itself."""
    return sum(count for kind, count in told.items() if kind != "jammed road")


def false_ones(hours: float, told: Counter) -> Table:
    """False causes with the exact upper bound of a Poisson count (one-sided)."""
    table = Table("false causes", "count", "per 1,000 truck-hours", "upper 95 %")
    for kind, count in [*sorted(told.items()), ("all", total_of(told))]:
        bound = chi2.ppf(0.95, 2 * count + 2) / 2
        table.add_row(kind, str(count), *(f"{value / hours * 1_000:.3f}" for value in (count, bound)))
    return table


def figures(found: list[float | None]) -> tuple[str, ...]:
    """What is told of planted breaches of one kind; the share's lower bound is Clopper and Pearson's (one-sided)."""
    delays = [each for each in found if each is not None]
    few, all_ = len(delays), len(found)
    least = beta.ppf(0.05, few, all_ - few + 1) if few else 0.0
    told = (f"{np.median(delays):.1f}", f"{np.quantile(delays, 0.95):.1f}", f"{max(delays):.1f}") if few else ("–",) * 3
    return f"{few}/{all_}", f"{few / all_:.3f}", f"{least:.4f}", *told


if __name__ == "__main__":
    main()
