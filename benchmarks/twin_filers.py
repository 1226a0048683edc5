"""Filers with something to hide who try ploys, in the test world of the twin: does it pay them, and what does it cost?

    python benchmarks/twin_filers.py [--days 30] [--learning-days 8] [--tuning-days 3] [--seed 1] [--share 0.25]

The world is that of `aforo.twin.trying` (one bridge, four scanners of three minutes, 6,000 trucks a day; synthetic).
For each ploy four policies meet the same days with the ploy and without (common random numbers): the clearance rule,
tuned on other days of the ploy; the same rule on what is known; the priced policy that believes what it is told; and
the priced policy on what is known: who never comes by class and by filer, what outcomes teach of the hour and of trips
that look alike, and an order that stands wherever the truck comes. Of those who try is shown the share of their harm
that is found (expected, given who was scanned) against honest filing under the same policy: below zero it pays. What a
policy is worth is truck-minutes of harm found less minutes of those scanned, against the clearance rule.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats

from aforo.twin.filers import Filed, PloyName, elsewhere, played
from aforo.twin.policy import Policy
from aforo.twin.trucks import ANY
from aforo.twin.trying import Day, Place, played_out
from aforo.twin.trying_policies import as_known, clearance, learnt, priced

HERE, OTHER = Place(), Place(scanners=2, stream=2)
CASES: tuple[tuple[str, PloyName, dict[str, object]], ...] = (
    ("honest", "honest", {}),
    ("not on the list, not filed before arrival", "late", {}),
    ("3 filings a trip that never come", "decoys", {"number": 3}),
    ("10 that never come", "decoys", {"number": 10}),
    ("10 that never come, of filers and tractors never seen", "decoys", {"number": 10, "fresh": True}),
    ("3 trucks with nothing in them before each trip", "clean", {"number": 3}),
    ("one trip in 4, which look a quarter each", "split", {"number": 4}),
    ("one trip in 2, which look half each", "split", {"number": 2}),
    ("one trip in 4, which nothing ties together", "split", {"number": 4, "fresh": True}),
    ("one trip in 4, which look as it did each", "split", {"number": 4, "looks": 4.0}),
    ("all at 17 o'clock", "retimed", {"hour": 17}),
    ("all at 21 o'clock", "retimed", {"hour": 21}),
)  # fmt: skip
ARMS = ("clearance", "clearance, known", "priced, believing", "priced, known")
console = Console(width=190)


def interval(differences: np.ndarray, scale: float = 1.0, digits: int = 1) -> str:
    half = stats.t.ppf(0.975, len(differences) - 1) * differences.std(ddof=1) / np.sqrt(len(differences))
    return f"{scale * differences.mean():+.{digits}f} ± {scale * half:.{digits}f}"


Seeds = tuple[list[int], list[int]]


def arms(
    place: Place, learning: Sequence[Filed], tests: Sequence[Filed], seeds: Seeds, tuning: int, rule: Policy | None,
    hold: dict[str, list[Day]] | None = None,
) -> tuple[dict[str, list[Day]], Policy]:  # fmt: skip
    """By policy the test days, and the rule; `seeds` of the learning days and of the test days. `rule` is the clearance
    rule where it has been tuned; with `hold` those who tried are scanned where they would have been there."""
    rule = rule or clearance(place, learning[:tuning], seeds[0][:tuning])
    outcomes = [played_out(place, day, rule, seed) for day, seed in zip(learning, seeds[0], strict=True)]
    known = learnt(learning, outcomes)
    aware = [as_known(day, known) for day in learning]
    believing, knowing = priced(place, learning, None), priced(place, aware, known.lateness)
    found: dict[str, list[Day]] = {}
    for name, policy in zip(ARMS, (rule, rule, believing, knowing), strict=True):
        days = list(tests)
        if name.endswith("known"):
            days = [as_known(day, known) for day in tests]
            if hold is not None:
                days = [held(day, home) for day, home in zip(days, hold[name], strict=True)]
        found[name] = [played_out(place, day, policy, seed) for day, seed in zip(days, seeds[1], strict=True)]
    return found, rule


def row(table: Table, title: str, found: dict[str, list[Day]], base: dict[str, list[Day]]) -> None:
    rule = np.array([day.worth for day in found["clearance"]])
    cells = []
    for name in ARMS:
        mine = np.array([day.found.mean() for day in found[name]])
        before = np.array([day.found.mean() for day in base[name]])
        caught = np.array([day.caught.mean() for day in found[name]]) - [day.caught.mean() for day in base[name]]
        worth = np.array([day.worth for day in found[name]])
        against = "" if name == "clearance" else f" · {interval((worth - rule) / rule.mean(), 100.0)}"
        if title == "honest":
            cells.append(f"{100 * mine.mean():.1f}{against}")
        else:
            cells.append(f"{interval(mine - before, 100.0)} ({interval(caught, 100.0)}){against}")
    table.add_row(title, *cells)


def held(trucks_of: Filed, at_home: Day) -> Filed:
    """Who would have been scanned where it filed is scanned where it comes."""
    mandatory = trucks_of.trucks.mandatory.copy()
    rows = np.flatnonzero(trucks_of.trip >= 0)
    mandatory[rows] = np.where(at_home.scanned[trucks_of.trip[rows]] > 0.0, ANY, -1)
    return replace(trucks_of, trucks=replace(trucks_of.trucks, mandatory=mandatory))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--learning-days", type=int, default=8)
    parser.add_argument("--tuning-days", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.25)
    args = parser.parse_args()
    began = time.perf_counter()
    first = args.seed * 1_000_000
    seeds = ([first + 500_000 + i for i in range(args.learning_days)], [first + i for i in range(args.days)])
    learning = [HERE.day(seed, share=args.share) for seed in seeds[0]]
    tests = [HERE.day(seed, share=args.share) for seed in seeds[1]]
    table = Table(
        title=f"Filers who try (synthetic): share {args.share:g} of those with something to hide, load {HERE.load:.1f}",
        caption="honest: % of their harm that is found; else points more or less of it than honest filing under the "
        "same policy (chance that a load is caught at all likewise) · % of its worth above the clearance rule; paired "
        "by day, 95 %",
    )
    table.add_column("ploy")
    for name in ARMS:
        table.add_column(name)
    base: dict[str, list[Day]] = {}
    usual: Policy | None = None
    for title, ploy, how in CASES:
        own = [played(day, ploy, **how) for day in learning]  # type: ignore[arg-type]
        met = [played(day, ploy, **how) for day in tests]  # type: ignore[arg-type]
        # What only the list is told of does not touch the rule.
        rule = usual if ploy in ("late", "decoys") else None
        found, rule = arms(HERE, own, met, seeds, args.tuning_days, rule)
        usual, base = usual or rule, base or found
        row(table, title, found, base)
    own = [elsewhere(day, OTHER.day(seed))[1] for day, seed in zip(learning, seeds[0], strict=True)]
    met = [elsewhere(day, OTHER.day(seed))[1] for day, seed in zip(tests, seeds[1], strict=True)]
    found, rule = arms(OTHER, own, met, seeds, args.tuning_days, None)
    row(table, "filed here, come to a bridge twice as loaded", found, base)
    found, rule = arms(OTHER, own, met, seeds, args.tuning_days, rule, base)
    row(table, "… and what was ordered for here is done there", found, base)
    console.print(table)
    console.print(
        f"{args.days} days, {args.learning_days} others to learn from and {args.tuning_days} of them to tune on, seed "
        f"{args.seed}; {time.perf_counter() - began:.0f} s; {platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}; synthetic"
    )


if __name__ == "__main__":
    main()
