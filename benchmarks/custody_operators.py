"""How many operators the alerts of trucks under seal need, and what each tighter setting loses of what is true.

    python benchmarks/custody_operators.py [--trips 1500] [--each 150] [--processes 2] [--sealed 0.05]

SYNTHETIC: trucks of `custody_trucks` on the shipped corridor, with what honest drivers and devices do beside their plan
(`IRREGULAR`: halts at the road's side, ways around, batteries that die, doors that rattle), and breaches planted into
honest trips. Both are judged by the default limits and by others, each with one thing changed. An alert is one
as the product raises it (`aforo.trials.seals.asked`): what is of one kind joins the alert that is open, and what is
withdrawn settles it; an operator closes each half an hour after it opened (assumed), and what comes then is another. A
trip is looked at every half an hour by what had come, as any of its causes begins to show or its seal is heard again,
and when something falls due: as the watch does. From the alerts a trip follows
what the border needs: 7.6 million northbound trucks a year (2024: 7,617,207, BTS), of which an assumed share is under
seal, a range of it beside; twenty alerts a shift and operator. Intervals are 95 %: of alerts a trip from the trips'
own spread, of shares exact (Clopper and Pearson). Whole convoys and jammed roads are not in it.
"""

from __future__ import annotations

import argparse
import functools
import heapq
import os
import time
from collections.abc import Callable
from datetime import timedelta
from multiprocessing import get_context
from typing import NamedTuple

import msgspec
import numpy as np
from custody_alerts import LIMITS, between_stops, circle, fences
from custody_trucks import MIDNIGHT, MINUTE, ROAD, Truck, dropped, truck
from rich.console import Console
from rich.table import Table
from run_all import processor
from scipy.stats import beta

from aforo.custody.case import NEVER
from aforo.custody.cause import MATTER, Cause
from aforo.custody.caused import caused
from aforo.custody.causes import causes, causes_and_next
from aforo.custody.fences import Fences
from aforo.custody.limits import Limits
from aforo.domain.clock import instant
from aforo.domain.reading import OPEN
from aforo.trials.seals.asked import Asked
from aforo.trials.seals.gaps import drawn
from aforo.trials.seals.ways import Way, honest

TRUCKS, ALERTS_A_SHIFT = 7_600_000, 20
#: Shares of trucks under seal between which the truth is taken to lie, and shifts that one operator works in a year:
#: assumed.
SEALED, SHIFTS_A_YEAR = (0.01, 0.20), 220
#: How often in a trip an honest truck, or its seal, does something that was not planned. Assumed.
IRREGULAR = {"halt by the road": 0.20, "way around": 0.05, "battery dies": 0.01, "door rattles": 0.002}
STEP = 30 * MINUTE
#: How long after it opened an operator closes an alert. Assumed.
CLOSES_AFTER = timedelta(minutes=30)
PLANTED = ("opened", "silent", "stop", "night halt", "route", "fence")
MATTERS = {
    "opened": "seal",
    "silent": "silence",
    "stop": "stop",
    "night halt": "stop",
    "route": "route",
    "fence": "fence",
}


def changed(part: str, field: str, **figure: float) -> Limits:
    """The default limits with one figure changed."""
    own = getattr(LIMITS, part)
    value = msgspec.structs.replace(getattr(own, field), **figure)
    return msgspec.structs.replace(LIMITS, **{part: msgspec.structs.replace(own, **{field: value})})


SETTINGS: dict[str, Limits] = {
    "default": LIMITS,
    "stop: 10 minutes (looser)": changed("stop", "lasts", minutes=10),
    "stop: 30 minutes": changed("stop", "lasts", minutes=30),
    "stop: 45 minutes": changed("stop", "lasts", minutes=45),
    "night halt: 60 minutes": changed("night", "lasts", minutes=60),
    "off the corridor: 500 m": changed("deviation", "slack", metres=500),
    "off the corridor: 10 minutes": changed("deviation", "lasts", minutes=10),
    "off the corridor: 3 km alone": changed("deviation", "slack", metres=3_000),
    "fence: 4 fixes": changed("fence", "fixes", count=4),
    "missing block: after 2 hours": changed("silence", "fill", minutes=120),
}


class Told(NamedTuple):
    """What one trip came to: hours, and for each setting the alerts, and of a breach the minutes until it was found."""

    hours: float
    alerts: tuple[int, ...]
    delays: tuple[float | None, ...] = ()


@functools.cache
def around(seed: int) -> Fences:
    return fences(np.random.default_rng([seed, 0]))


def at_roadside(rng: np.random.Generator, way: Way) -> float:
    return way.minute_at(between_stops(rng, 15_000, 210_000))


def irregular(rng: np.random.Generator, way: Way) -> Callable[[Truck, int], Truck]:
    """What an honest truck does beside its plan; what becomes of its seal."""
    if rng.random() < IRREGULAR["way around"]:
        way.detour(
            at_roadside(rng, way), float(rng.uniform(10, 40)), float(rng.choice([-1, 1]) * rng.uniform(1_000, 6_000))
        )
    if rng.random() < IRREGULAR["halt by the road"]:
        way.halt(at_roadside(rng, way), float(rng.lognormal(np.log(18), 0.7)))
    dies, rattles = rng.random() < IRREGULAR["battery dies"], rng.random() < IRREGULAR["door rattles"]
    share = float(rng.uniform(0.2, 0.9))

    def done(own: Truck, start: int) -> Truck:
        at = start + round(share * way.minute[-1] * MINUTE)
        if rattles:
            own = opened(own, at, 1)
        return dropped(own, at, 2**61) if dies else own

    return done


def opened(own: Truck, at: int, count: int) -> Truck:
    """The truck with its first readings after an instant saying that the seal is open."""
    parts, left = [], count
    for block, readings in own.parts:
        if block.last >= at and left:
            readings = readings.copy()
            rows = np.flatnonzero(readings["at"] >= at)[:left]
            readings["door"][rows] = OPEN
            left -= len(rows)
        parts.append((block, readings))
    return Truck(own.sealing, tuple(parts), own.start)


def honest_trip(asked: tuple[int, int]) -> Told:
    """One honest trip by its number."""
    seed, number = asked
    rng = np.random.default_rng([seed, 1, number])
    hour = float(rng.uniform(0, 24))
    way = honest(rng, ROAD, hour)
    done = irregular(rng, way)
    start = MIDNIGHT + round(hour * 60 * MINUTE)
    own = done(truck(rng, drawn, f"h{number}", start, way, interval=int(rng.choice([60, 90, 120]))), start)
    end = start + round(way.minute[-1] * MINUTE)
    # Its seal is taken off at the end: what it does not say then is nothing.
    own = Truck(msgspec.structs.replace(own.sealing, until=end), own.parts, start)
    return Told(way.minute[-1] / 60, tuple(ever(own, limits, around(seed), end) for limits in SETTINGS.values()))


def ever(own: Truck, limits: Limits, near: Fences, end: int) -> int:
    """How many alerts a trip had at some time."""
    alerts, before, case = Asked("trip", CLOSES_AFTER), None, own.case()
    looks = [*range(own.start + STEP, end, STEP), end, *shows(own, causes(case, own.sealing, ROAD, near, end, limits))]
    heapq.heapify(looks)
    last = own.start
    while looks:
        known_by = heapq.heappop(looks)
        if not last < known_by <= end:
            continue
        last = known_by
        found, due = causes_and_next(case, own.sealing, ROAD, near, known_by, limits)
        if due is not None:
            heapq.heappush(looks, due + 1)
        if (said := caused(before, found, ("limits",), limits)) is not None:
            before = said
            alerts.take(said, instant(known_by))
    return len(alerts.alerts)


def shows(own: Truck, found: tuple[Cause, ...]) -> list[int]:
    """When each cause shows, and when what ended it came: the watch looks then."""
    arrived = np.sort([block.arrived for block, _ in own.parts])
    ended = [each.until for each in found if each.until != NEVER]
    places = np.searchsorted(arrived, [*(each.shown for each in found), *ended])
    return [*(each.shown + 1 for each in found), *(int(arrived[each]) for each in places if each < len(arrived))]


def breach(asked: tuple[int, str, int]) -> Told:
    """One planted breach, by its kind and number: minutes until each setting finds it, None where it does not."""
    seed, kind, number = asked
    rng = np.random.default_rng([seed, 2, PLANTED.index(kind), number])
    hour = 22.5 if kind == "night halt" else 11.0
    way, near = honest(rng, ROAD, hour), around(seed)
    at = way.minute_at(between_stops(rng, 70_000, 110_000))
    if kind == "stop":
        way.halt(at, float(rng.uniform(15, 90)))
    elif kind == "night halt":
        way.halt(at, float(rng.uniform(35, 120)))
    elif kind == "route":
        minutes, east = float(rng.uniform(10, 60)), float(rng.choice([-1, 1]) * rng.uniform(2_500, 15_000))
        way.detour(at, minutes, east)
        at += minutes / 3 * ROAD.half_width / abs(east)
    elif kind == "fence":
        minutes = float(rng.uniform(10, 45))
        way.detour(at, minutes, 9_000.0)
        latitude, longitude = ROAD.at(float(np.interp(at + minutes / 2, way.minute, way.along)))
        east = longitude / 1e7 + 9_000 / 111_133 / np.cos(np.radians(latitude / 1e7))
        near = Fences((circle("planted", latitude / 1e7, east, 3_000),))
        at += minutes * 2 / 9
    start = MIDNIGHT + round(hour * 60 * MINUTE)
    since = start + round(at * MINUTE)
    own = truck(rng, drawn, "p", start, way)
    if kind == "opened":
        own = opened(own, since, 3)
    elif kind == "silent":
        own = dropped(own, since, since + round(rng.uniform(30, 120)) * MINUTE)
    delays = []
    for limits in SETTINGS.values():
        told = [
            cause.shown
            for cause in causes(own.case(), own.sealing, ROAD, near, 2**61, limits)
            if MATTER[cause.kind] == MATTERS[kind] and since - 15 * MINUTE <= cause.latest < since + 180 * MINUTE
        ]
        delays.append((min(told) - since) / MINUTE if told else None)
    return Told(0.0, (), tuple(delays))


def share(few: int, all_: int) -> str:
    """A share with its exact interval."""
    low = beta.ppf(0.025, few, all_ - few + 1) if few else 0.0
    high = beta.ppf(0.975, few + 1, all_ - few) if few < all_ else 1.0
    return f"{few / all_:.1%} ({low:.1%}–{high:.1%})"


def needed(alerts: np.ndarray, sealed: float, trucks: float) -> tuple[float, float]:
    """Alerts a day, and operators, by the mean of alerts a trip."""
    a_day = trucks * sealed / 365 * float(alerts.mean())
    return a_day, a_day / ALERTS_A_SHIFT * 365 / SHIFTS_A_YEAR


def load(trips: list[Told], sealed: float, trucks: float) -> Table:
    """What honest trips raise under each setting, and what that needs."""
    table = Table("setting", "alerts per 1,000 trips (95 %)", "saved", "alerts a day", "shifts a day", "operators")
    default = np.array([each.alerts[0] for each in trips], dtype=np.float64)
    for number, name in enumerate(SETTINGS):
        own = np.array([each.alerts[number] for each in trips], dtype=np.float64)
        spread = 1.96 * float(own.std(ddof=1)) / np.sqrt(len(own))
        a_day, people = needed(own, sealed, trucks)
        low, high = (needed(own, each, trucks)[1] for each in SEALED)
        mean, least, most = (1_000 * each for each in (own.mean(), own.mean() - spread, own.mean() + spread))
        told = f"{mean:.0f} ({max(0.0, least):.0f}–{most:.0f})"
        saved = 1 - own.sum() / default.sum() if default.sum() else 0.0
        table.add_row(
            name, told, f"{saved:.0%}", f"{a_day:.0f}", f"{a_day / ALERTS_A_SHIFT:.1f}",
            f"{people:.0f} ({low:.0f}–{high:.0f})",
        )  # fmt: skip
    return table


def found(breaches: dict[str, list[Told]]) -> Table:
    """What each setting finds of what was planted, all and by kind."""
    table = Table("setting", "found of all (95 %)", "lost of the default's", "median delay", "later", *PLANTED)
    every = [each for kind in PLANTED for each in breaches[kind]]
    for number, name in enumerate(SETTINGS):
        delays = [each.delays[number] for each in every if each.delays[number] is not None]
        known = [each for each in every if each.delays[0] is not None]
        lost = sum(each.delays[number] is None for each in known)
        later = [each.delays[number] - each.delays[0] for each in known if each.delays[number] is not None]
        kinds = [sum(each.delays[number] is not None for each in breaches[kind]) for kind in PLANTED]
        by_kind = [f"{few / len(breaches[kind]):.0%}" for few, kind in zip(kinds, PLANTED, strict=True)]
        table.add_row(
            name, share(len(delays), len(every)), share(lost, len(known)), f"{np.median(delays):.1f} min",
            f"{np.mean(later):+.1f} min", *by_kind,
        )  # fmt: skip
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trips", type=int, default=1_500)
    parser.add_argument("--each", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--sealed", type=float, default=0.05, help="the share of trucks under seal (assumed)")
    parser.add_argument("--trucks", type=float, default=TRUCKS, help="northbound trucks a year")
    asked = parser.parse_args()
    begun = time.perf_counter()
    print(f"SYNTHETIC. {processor()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} when it began, ", end="")
    print(f"{asked.processes} processes; seed {asked.seed}", flush=True)
    console = Console(width=150)
    with get_context("fork").Pool(asked.processes) as pool:
        trips = pool.map(honest_trip, [(asked.seed, number) for number in range(asked.trips)], chunksize=8)
        breaches = {
            kind: pool.map(breach, [(asked.seed, kind, number) for number in range(asked.each)], chunksize=8)
            for kind in PLANTED
        }
    hours = sum(each.hours for each in trips)
    console.print(
        f"{asked.trips:,} honest trips of {hours / asked.trips:.1f} h on average; assumed in a trip: ", end=""
    )
    console.print("; ".join(f"{name} {often:g}" for name, often in IRREGULAR.items()))
    console.print(
        f"{asked.trucks / 1e6:.1f} million trucks a year, {asked.sealed:.0%} of them under seal ({SEALED[0]:.0%} to "
        f"{SEALED[1]:.0%} in brackets of the operators); {ALERTS_A_SHIFT} alerts a shift and operator, "
        f"{SHIFTS_A_YEAR} shifts a year and operator, each alert closed after {CLOSES_AFTER} (assumed)"
    )
    console.print(load(trips, asked.sealed, asked.trucks))
    console.print(f"{asked.each} planted of each kind")
    console.print(found(breaches))
    console.print(f"{time.perf_counter() - begun:.0f} s in all")


if __name__ == "__main__":
    main()
