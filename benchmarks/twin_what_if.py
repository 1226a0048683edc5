"""Seconds for one what-if with its paired 95 % interval on one port-week, after compilation.

    python benchmarks/twin_what_if.py [--repeats 5]

Two scanners more at a port for a week of October 2024. At hand are the port's document, the model of its traffic, and
the policy of each world (the levels of a rule, or the stored price tables). All else is the what-if and is timed: for
ten pairs the bridge rebuilt, its units' breakdowns and its trucks drawn, both worlds simulated with the policy in the
loop, the measures, and the differences with their intervals. `anew` is the same with the policies found first: levels
from other days, or price tables solved for both worlds.

Beside it stand the interval that the same replications would give unpaired (each world its own seeds), and how many
replications each needs for half the paired interval.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from statistics import median

import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table

from aforo.measures.crossing_times import mean_interval, required
from aforo.ports.shipped import directory
from aforo.twin.border import shipped
from aforo.twin.changes import ScannersAdded
from aforo.twin.comparison import compared
from aforo.twin.replication import policies_of, replications
from aforo.twin.results import row_of
from aforo.twin.scenario import Scenario, parse

FIGURE = "crossing_mean"
SCENARIO = b"""
name = "what-if"
title = { en = "two scanners more", es = "dos escaneres mas" }
ports = ["PORT"]
first = 2024-10-07
days = 7
replications = 10
change = [{ kind = "scanners_added", number = 2 }]
"""


def asked(port: str, policy: str) -> Scenario:
    scenario = parse(SCENARIO.replace(b"PORT", port.encode()), directory())
    assert isinstance(scenario.change[0], ScannersAdded)
    return msgspec.structs.replace(scenario, policy=policy)


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds for one what-if on one port-week.")
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    console = Console(width=190)
    load = os.getloadavg()[0]
    console.print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, load {load:.1f} at the start")
    table = Table(title="One what-if on one port-week, 10 pairs; medians over the repeats")
    for heading in (
        "port", "policy", "trucks a week", "processor s", "s, 1 worker", "s, 2 workers", "s anew, 2 workers",
        "mean crossing time, difference (min)",
        "same, unpaired", "replications for half that, paired", "unpaired",
    ):  # fmt: skip
        table.add_column(heading, justify="left" if heading in ("port", "policy") else "right")
    border = shipped()
    for port in ("Santa Teresa", "Otay Mesa", "Laredo/world-trade"):
        for policy in ("clearance", "priced"):
            scenario = asked(port, policy)
            pair = [scenario.base(), scenario]
            list(replications(pair, border, range(2), 1))  # compiles
            policies = [policies_of(each, border) for each in pair]
            ways = {"1": (1, policies), "2": (2, policies), "anew": (2, None)}
            seconds: dict[str, list[float]] = {way: [] for way in ways}
            processor: list[float] = []
            for _ in range(repeats):
                for way, (workers, known) in ways.items():
                    began, used = time.perf_counter(), time.process_time()
                    numbers = range(scenario.replications)
                    made = [own for _, own in replications(pair, border, numbers, workers, known)]
                    told = compared([(one, other) for one, other in made])
                    seconds[way].append(time.perf_counter() - began)
                    if way == "1":
                        processor.append(time.process_time() - used)
            row, trucks = row_of(told, FIGURE), row_of(told, "trucks")
            assert row is not None
            assert trucks is not None
            first = np.array([one.whole[FIGURE] for one, _ in made])
            later = [own for _, own in replications([scenario], border, range(100, 100 + len(made)), 2)]
            second = np.array([each[0].whole[FIGURE] for each in later])
            unpaired = mean_interval(second - first)
            half = 0.25 * (row.difference.high - row.difference.low)
            table.add_row(
                port,
                policy,
                f"{trucks.first.value:,.0f}",
                f"{median(processor):.2f}",
                *(f"{median(seconds[way]):.2f}" for way in ways),
                f"{row.difference.value:+.3f} [{row.difference.low:+.3f}, {row.difference.high:+.3f}]",
                f"[{unpaired.low:+.3f}, {unpaired.high:+.3f}]",
                f"{required(_paired(made), half):,}",
                f"{required(second - first, half):,}",
            )
    console.print(table)


def _paired(made: list[tuple[object, ...]]) -> np.ndarray:
    return np.array([other.whole[FIGURE] - one.whole[FIGURE] for one, other in made])  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
