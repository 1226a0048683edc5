"""Where scanners go on the 22 truck ports: how good, proved how, in what time, and how sure.

    python benchmarks/plan_scanners.py [--count 100] [--draws 1000] [--seed 1]

For the count, for fewer and for more, without a ceiling on truck-hours and under ceilings (parts of what the free plan
takes): the worst case of the plan, the bound that the solver proved and its gap; the worst cases of worst port first
and of scanners in proportion to trucks, by the same evaluator; the same without the solver (bisection, and scanners
that could be parted); seconds of the solver and of the whole plan with its draws. For the count also the interval of
every worst case and of the paired differences, over draws of the assumed figures from their ranges.

SYNTHETIC: trucks are counted (2024); scanners that stand there, throughput as reached, what a scan finds, hours and
staff are `assumed` by the documents that ship, or published for the whole border alone.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from dataclasses import replace
from importlib import metadata

import numpy as np
from msgspec import structs
from rich.console import Console
from rich.table import Table

from aforo.measures.intervals import Interval
from aforo.ports import shipped as ships
from aforo.routing.policy import default_document, parse
from aforo.twin import border, placing_figures
from aforo.twin.placement import Asked, Placement, placement
from aforo.twin.placing import Board, stated
from aforo.twin.placing_draws import worlds
from aforo.twin.placing_game import Game
from aforo.twin.placing_rivals import greedy, levelled, proportional, water_level
from aforo.twin.placing_sites import sites_of
from aforo.twin.scenario import called

CEILINGS = (0.75, 0.5, 0.25)


def told(interval: Interval | None) -> str:
    if interval is None or interval.value is None:
        return ""
    return f"{100 * interval.value:.2f} [{100 * interval.low:.2f}, {100 * interval.high:.2f}]"


def shown(title: str, plan: Placement, seconds: float) -> Table:
    """Every way on the same draws."""
    table = Table(title=f"{title}: {plan.draws} draws, 95 % intervals, {seconds:.1f} s in all")
    for head in (
        "way", "worst case (%)", "mean", "the plan above it (pp, paired)", "mean", "above, below in", "truck-h a day",
        "nobody moves", "some move",
    ):  # fmt: skip
        table.add_column(head, justify="left" if head == "way" else "right")
    for each in plan.plans:
        apart = ("", "", "")
        if each.above_mean is not None and each.better is not None and each.poorer is not None:
            both = f"{100 * each.better:.1f} %, {100 * each.poorer:.1f} %"
            apart = (told(each.above), f"{100 * each.above_mean:+.2f}", both)
        table.add_row(
            each.name, told(each.worst), f"{100 * each.mean:.2f}", *apart, f"{each.hours:.0f}",
            f"{100 * each.stays:.1f}", f"{100 * each.drifts:.1f}",
        )  # fmt: skip
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description="Scanners on the 22 truck ports.")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    console = Console(width=170)
    console.print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the "
        f"start, scipy {metadata.version('scipy')} (HiGHS), seed {arguments.seed}"
    )
    console.print(
        "SYNTHETIC: trucks counted in 2024; scanners, staff, hours and what a scan finds mostly assumed", style="red"
    )
    figures, policy = placing_figures.shipped(), parse(default_document())
    kind = figures.kind("secondary")
    assert kind is not None
    bridges = called("all", ships.directory())
    whole = border.shipped()
    sites = sites_of(bridges, whole.counts, figures, kind)
    board = Board(sites, stated(sites, figures, policy))
    table = Table(
        title=f"{len(set(sites.ports))} ports, {sites.count} bridges: worst case, per cent of smugglers' trucks found"
    )
    for head in (
        "scanners", "truck-h a day", "plan", "bound", "gap", "worst first", "proportional", "bisection", "parted",
        "programs", "seconds",
    ):  # fmt: skip
        table.add_column(head, justify="right")
    for count in sorted({10, 25, 50, arguments.count, 2 * arguments.count}):
        started = time.perf_counter()
        game = Game(board, count)
        free = game.best()
        took = time.perf_counter() - started
        most = board.hours_at(free.units, free.level)
        first, shared = greedy(game.levels, count, sites.room), proportional(sites.trucks, count, sites.room)
        bisected, parted = levelled(game.levels, count)[1], water_level(game.levels, count)
        rows = [(np.inf, free, took)]
        if count == arguments.count:
            for part in CEILINGS:
                started = time.perf_counter()
                bounded = Game(board, count).best(part * most)
                rows.append((part * most, bounded, time.perf_counter() - started))
        for ceiling, best, seconds in rows:
            bound = np.isfinite(ceiling)
            table.add_row(
                str(count),
                f"≤ {ceiling:.0f}" if bound else f"{most:.0f}",
                f"{100 * best.level:.3f}",
                f"{100 * best.proof.bound:.3f}",
                f"{100 * best.proof.gap:.4f} %",
                f"{100 * board.worst(first, ceiling):.3f}",
                f"{100 * board.worst(shared, ceiling):.3f}",
                "" if bound else f"{100 * bisected:.3f}",
                "" if bound else f"{100 * parted:.3f}",
                str(best.proof.programs),
                f"{seconds:.1f}",
            )
    console.print(table)
    asked = Asked(arguments.count, kind, draws=arguments.draws, seed=arguments.seed)
    free = Game(board, arguments.count).best()
    half = 0.5 * board.hours_at(free.units, free.level)
    documented = structs.replace(figures.standing, low=figures.standing.factor, high=figures.standing.factor)
    for title, own, ceiling in (
        ("no ceiling", figures, np.inf),
        (f"at most {half:.0f} truck-hours a day", figures, half),
        ("no ceiling, scanners that stand there as documented", structs.replace(figures, standing=documented), np.inf),
    ):
        started = time.perf_counter()
        plan = placement(whole, bridges, own, policy, replace(asked, ceiling=ceiling))
        seconds = time.perf_counter() - started
        console.print(shown(f"{arguments.count} scanners, {title}", plan, seconds))
        drawn = worlds(sites, own, policy, arguments.draws, arguments.seed)
        units = [np.array(plan.plan(name).units) for name in ("hedged", "proportional")]
        tried = [[Board(sites, world).worst(each, ceiling) for each in units] for world in drawn]
        apart = 100 * np.subtract(*np.array(tried).T)
        low, high = np.quantile(apart, (0.025, 0.975))
        console.print(
            f"hedged less proportional, paired: mean {apart.mean():+.2f} pp [{low:.2f}, {high:.2f}], above in "
            f"{100 * (apart > 1e-4).mean():.1f} % of draws, below in {100 * (apart < -1e-4).mean():.1f} %"
        )
    console.print(
        f"figures: {plan.figures}, {len(plan.assumed)} of them assumed, {plan.assumed_ports} of the port documents"
    )


if __name__ == "__main__":
    main()
