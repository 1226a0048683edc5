"""The public feed attacked for the bridge that examines least now: what does it give, over what is known anyway?

    python benchmarks/public_feed_attack.py [--borders 240] [--seed 1] [--processes 2]

Borders of six bridges over 65 weeks (tests/feed_smuggler.py), whose examination rates differ, drift, fall when a bridge
is busy and fall by two thirds in odds while scanners are out of service, one week in twelve; bridges close, things
happen on the road and make them busier, readings come late and weeks are published anew, readers fall silent, by
themselves. Each week's feed is made by the product's own code from the state of the scoreboard, and read as JSON. Each
half of the borders is gone through by a smuggler who learnt from the whole truth of the other half.

Told for three ways of learning and the best of them: how often it finds the bridge that examines least, and how much
more often than who knows less, with 95 % limits of a paired bootstrap over borders (weeks of one border are not
independent). There are three who know less: who has the truth of the first half year alone, which is what could be
learnt before there was a feed; who has waits as an agency publishes them by the hour beside it, rougher than readings
and never silent; and who has the feed's own live waits and their silences. Over each stand the feed's weeks, its
quarters and all of it, and over the truth alone also the times and the counts of its weeks by themselves.

The same attack is given feeds that leak, as the proof that it has teeth: each bridge's rate by week; scanners' outages
with their bridge; and when the last truck was read before primary, to the second, a hundred times a week. Told beside,
and no feed of the product's: what readers would give that failed with scanners, three times as often. Told apart: weeks
in which scanners are out of service somewhere. And whether reports of outages move any bit of any feed.

SYNTHETIC. It shows nothing of leaks that need another law than these borders have. Judged is what the feed gives over
an agency's waits and over its own; exit 1 where that may be three points or more, where a leak is not found, or where a
report of an outage moves a feed.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from feed_smuggler import FEED, WAYS, WEEKS_TOLD, Choices, Floats, World, chosen, world

#: The feed is to give less than this, where leaks give tens of points.
MOST = 0.03
_RESAMPLED, _COMPARED = 4_000, 12
#: Who knows less.
TRUTH, AGENCY, LIVE = "truth of half a year", "an agency's hourly waits", "the feed's live waits"
KNOWN: dict[str, tuple[str, ...]] = {
    TRUTH: ("half_year",),
    AGENCY: ("half_year", "agency"),
    LIVE: ("half_year", "live"),
}
EVERY = "every feed"
ALL, FAILING = "all weeks", "weeks with scanners out of service somewhere"
_TOLD = {"its weeks": WEEKS_TOLD, "its quarters": ("quarters",), EVERY: ("live", *FEED)}


@dataclass(frozen=True)
class Row:
    """What a smuggler has beside what is known to one who knows less (`over`); whether it is a leak, which is to be
    found, and whether it is judged."""

    name: str
    over: str
    parts: tuple[str, ...]
    leak: bool = False
    judged: bool = True

    @property
    def has(self) -> tuple[str, ...]:
        return (*KNOWN[self.over], *(each for each in self.parts if each not in KNOWN[self.over]))


ROWS = (
    Row(AGENCY, TRUTH, ("agency",), judged=False),
    Row(LIVE, TRUTH, ("live",), judged=False),
    Row("its weeks: times alone", TRUTH, ("week_waits",), judged=False),
    Row("its weeks: counts alone", TRUTH, ("week_counts",), judged=False),
    *(Row(name, over, parts, judged=over != TRUTH) for over in KNOWN for name, parts in _TOLD.items()),
    Row("leak: rates by bridge and week", LIVE, (*FEED, "rates"), leak=True),
    Row("leak: outages by bridge", LIVE, (*FEED, "outages"), leak=True),
    Row("leak: ages to the second", LIVE, (*FEED, "ages"), leak=True),
    Row("readers that fail with scanners", LIVE, ("silences_with_outages",), judged=False),
)


def found(choices: Choices, truth: Floats, among: Floats | None = None) -> Floats:
    """By border, the share of weeks in which the bridge that examines least is found; NaN without such a week."""
    hit = choices == truth.argmin(axis=-1)
    where = np.ones_like(hit) if among is None else among
    with np.errstate(invalid="ignore"):
        share: Floats = (hit & where).sum(axis=1) / where.sum(axis=1)
    return share


def limits(by_border: Floats, seed: int) -> tuple[float, float, float]:
    """The mean over borders with its 95 % limits, by drawing borders again."""
    own = by_border[~np.isnan(by_border)]
    draw = np.random.default_rng(seed)
    means = own[draw.integers(0, len(own), (_RESAMPLED, len(own)))].mean(axis=1)
    return float(own.mean()), *map(float, np.quantile(means, (0.025, 0.975)))


def told(value: tuple[float, float, float]) -> str:
    return f"{100 * value[0]:+.1f} [{100 * value[1]:+.1f}, {100 * value[2]:+.1f}]"


def through(pool: ProcessPoolExecutor, worlds: list[World], parts: tuple[str, ...]) -> list[Future[Any]]:
    """Each half of the borders gone through by who learnt from the other half."""
    half = len(worlds) // 2
    read, truth = np.array([each.read(parts) for each in worlds]), np.array([each.truth for each in worlds])
    return [
        pool.submit(chosen, read[learnt], truth[learnt], read[asked])
        for learnt, asked in ((slice(half, None), slice(half)), (slice(half), slice(half, None)))
    ]


def together(halves: list[Future[Any]]) -> dict[str, Choices]:
    first, second = (each.result() for each in halves)
    return {way: np.concatenate([first[way], second[way]]) for way in WAYS}


@dataclass(frozen=True)
class Gain:
    """What a row gives over who knows less, in some weeks."""

    row: Row
    weeks: str
    more: tuple[float, float, float]

    @property
    def fine(self) -> bool:
        _, low, high = self.more
        if not self.row.leak:
            return high < MOST
        # Outages are few: what is known of them tells in the weeks that have them.
        return low > 0.0 or (self.weeks == ALL and "outages" in self.row.name)

    @property
    def said(self) -> str:
        _, low, high = self.more
        if self.row.leak:
            return "the leak is found" if low > 0.0 else "the leak is NOT found"
        shown = f"less than {100 * MOST:.0f}" if high < MOST else f"{100 * high:.1f} at most"
        return f"{shown}, and some" if low > 0.0 else f"{shown}, none shown"


def main() -> int:
    parser = argparse.ArgumentParser(description="The public feed against who looks for the weakest bridge.")
    parser.add_argument("--borders", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    console = Console(width=170)
    console.print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    console.print("SYNTHETIC borders; feeds by the product's own code", style="red")
    started = time.perf_counter()
    seeds = range(1_000 * arguments.seed, 1_000 * arguments.seed + arguments.borders)
    with ProcessPoolExecutor(arguments.processes, get_context("spawn")) as pool:
        worlds: list[World] = list(pool.map(world, seeds, chunksize=4))
        silent = list(pool.map(world, seeds[:_COMPARED], [False] * _COMPARED))
        made = time.perf_counter() - started
        has = KNOWN | {f"{row.over} | {row.name}": row.has for row in ROWS}
        choices = {name: together(through(pool, worlds, parts)) for name, parts in has.items()}
    truth, outage = (np.array([getattr(each, name) for each in worlds]) for name in ("truth", "outage"))
    gains: list[Gain] = []
    for weeks, among in ((ALL, None), (FAILING, outage.any(axis=2))):
        hits = {name: {way: found(own[way], truth, among) for way in WAYS} for name, own in choices.items()}
        table, own = told_by(weeks, hits, len(worlds), arguments.seed)
        console.print(table)
        gains += own
    moved = sum(one.digest != other.digest for one, other in zip(worlds, silent, strict=False))
    outages = sum(float(each.outage.sum()) for each in worlds[:_COMPARED])
    console.print(
        f"reports of outages left out: {moved} of {_COMPARED} borders with another feed ({outages:.0f} bridge-weeks "
        f"with scanners out of service); {made:.0f} s to make {arguments.borders} borders, "
        f"{time.perf_counter() - started:.0f} s in all"
    )
    missed = [each for each in gains if each.row.judged and not each.fine]
    for each in missed:
        console.print(f"MISSED  {each.weeks}, over {each.row.over}, {each.row.name}: {told(each.more)} points")
    console.print(claimed(gains), soft_wrap=True)
    return 0 if moved == 0 and not missed else 1


def told_by(weeks: str, hits: dict[str, dict[str, Floats]], borders: int, seed: int) -> tuple[Table, list[Gain]]:
    """The table of some weeks, and what each row gives by the best way over the best way of who knows less."""
    best = {name: max(WAYS, key=lambda way, own=own: float(np.nanmean(own[way]))) for name, own in hits.items()}
    table = Table(title=f"{weeks}: the bridge that examines least is found, per cent of weeks; {borders} borders")
    for head in ("who has", "best way", "more: best way", *(f"more: {way}" for way in WAYS), "points"):
        table.add_column(head, justify="left" if head in ("who has", "points") else "right")
    gains = []
    for over in KNOWN:
        least = hits[over]
        table.add_row(over, f"{100 * np.nanmean(least[best[over]]):.1f} ({best[over]})", style="bold")
        for row in (each for each in ROWS if each.over == over):
            name = f"{over} | {row.name}"
            own = hits[name]
            gain = Gain(row, weeks, limits(own[best[name]] - least[best[over]], seed))
            gains.append(gain)
            table.add_row(
                f"  and {row.name}", f"{100 * np.nanmean(own[best[name]]):.1f} ({best[name]})", told(gain.more),
                *(told(limits(own[way] - least[way], seed)) for way in WAYS), gain.said,
            )  # fmt: skip
        table.add_section()
    return table, gains


def claimed(gains: list[Gain]) -> str:
    """What all rows show together."""
    said = []
    for weeks in (ALL, FAILING):
        for over in KNOWN:
            own = [each for each in gains if each.weeks == weeks and each.row.over == over and not each.row.leak]
            said.append(f"{weeks}, over {over}: " + "; ".join(f"{_named(each)} {told(each.more)}" for each in own))
    judged = [each for each in gains if each.row.judged and not each.row.leak]
    most = 100 * max(each.more[2] for each in judged)
    said.append(
        f"Over waits that are public anyway, no part of the feed and not all of it gives over {most:.1f} points."
    )
    truth = [each for each in gains if (each.row.over, each.row.name) == (TRUTH, EVERY)]
    said.append(f"Over {TRUTH} all of it gives up to {100 * max(each.more[2] for each in truth):.1f}.")
    leaks = [each for each in gains if each.row.leak]
    said.append(f"The same attack finds {sum(each.fine for each in leaks)} of {len(leaks)} leaks that are to be found.")
    return "\n".join(said)


def _named(gain: Gain) -> str:
    return f"{gain.row.name} ({gain.said})"


if __name__ == "__main__":
    sys.exit(main())
