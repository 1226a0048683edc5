"""Waits told from readings against the waits that trucks then had, on simulated queues.

    python benchmarks/live_waits.py [--days 20]

Trucks come to one class of lanes by a Poisson process whose rate follows the hours of a day, wait first come, first
served, for 6 booths whose service is log-normal (mean 1.5 minutes, standard deviation 1), and are read at the end of
the queue and at primary. Every half hour the state is asked for the queue and for the wait of who joins now; both are
held against the truth: who stood in the queue, and how long the next truck then waited. `readable` is the share of
trucks that each reader can read; `turn back` the share that leaves the queue unseen instead of waiting for over ten
minutes; `closed` says that from noon on four booths work instead of six. An interval that holds is one with the truth
in it, a minute either way (trucks come one by one). It is made for the rate of the last hour: where the booths change
within the wait, it cannot hold, and shows it. Synthetic; plain numbers of one process.
"""

from __future__ import annotations

import argparse
import heapq
import os
import platform

import numpy as np
from rich.console import Console
from rich.table import Table

from aforo.ports.reads import MINUTE, NO_LANE, Reads, together
from aforo.ports.waits import estimated, gates

BOOTHS, MEAN, SD = 6, 1.5, 1.0
DAY = 1_440.0
#: Trucks a minute by hour: five hours of overload, which pass.
RATES = np.array([0.5] * 7 + [3.0, 4.2, 4.6, 4.6, 4.4, 4.2, 3.4] + [2.8] * 5 + [1.5] * 5)


def traffic(random: np.random.Generator, turned: float, closed: bool) -> tuple[np.ndarray, np.ndarray]:
    """When trucks came and when they reached primary, minutes of one day; infinite for those that turned back."""
    candidates = np.cumsum(random.exponential(1 / RATES.max(), size=int(DAY * RATES.max() * 1.3)))
    candidates = candidates[candidates < DAY]
    came = candidates[random.random(len(candidates)) < RATES[(candidates // 60).astype(int)] / RATES.max()]
    spread = np.sqrt(np.log1p((SD / MEAN) ** 2))
    service = random.lognormal(np.log(MEAN) - spread**2 / 2, spread, len(came))
    leaves = random.random(len(came)) < turned
    free = [0.0] * BOOTHS
    reached = np.full(len(came), np.inf)
    for truck, at in enumerate(came):
        begins = max(at, free[0])
        if leaves[truck] and begins - at > 10:
            continue
        reached[truck] = begins
        heapq.heapreplace(free, begins + service[truck])
        if closed and begins >= 720 and len(free) > 4:
            free = sorted(free)[: len(free) - 1]
            heapq.heapify(free)
    return came, reached


def reads(minutes: np.ndarray, trucks: np.ndarray, known: np.ndarray) -> Reads:
    count = len(minutes)
    plates = np.where(known, trucks + 1, 0).astype(np.uint64)
    lane = np.full(count, NO_LANE, np.int64)
    at = (minutes * MINUTE).astype(np.int64)
    return together([Reads(at, plates, np.zeros(count, np.uint64), lane, np.zeros(count, np.int64))])


def day(random: np.random.Generator, readable: float, turned: float, closed: bool) -> list[tuple[float, ...]]:
    """At each half hour: the queue told and true, the wait told with its limits and true; nothing where none is."""
    came, reached = traffic(random, turned, closed)
    trucks = np.arange(len(came))
    served = np.isfinite(reached)
    start = reads(came, trucks, random.random(len(came)) < readable)
    end = reads(reached[served], trucks[served], random.random(int(served.sum())) < readable)
    told: list[tuple[float, ...]] = []
    for asked in range(390, 1_260, 30):
        now = asked * MINUTE
        places = {"queue_end": start.where(start.at <= now), "primary": end.where(end.at <= now)}
        (every,) = estimated(gates(places, now), {}, now)  # type: ignore[arg-type]
        true = float(((came <= asked) & (reached > asked) & served).sum())
        then = np.flatnonzero((came > asked) & served)
        if every.now is None or every.queue is None or not len(then) or every.now.minutes.low is None:
            told.append(())
            continue
        limits = every.now.minutes
        wait = float(reached[then[0]] - came[then[0]])
        told.append((every.queue, true, limits.value, limits.low or 0.0, limits.high or 0.0, wait))
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=20)
    asked = parser.parse_args()
    table = Table(title=f"{asked.days} days each, asked every half hour from 06:30 to 20:30, queues of over ten trucks")
    for column in (
        "readable",
        "turn back",
        "closed",
        "told",
        "queue: mean error",
        "abs.",
        "wait: mean error",
        "abs.",
        "held",
    ):
        table.add_column(column, justify="right")
    for readable, turned, closed in (
        (1.0, 0.0, False), (0.95, 0.0, False), (0.9, 0.0, False), (0.84, 0.0, False), (0.95, 0.05, False),
        (0.95, 0.0, True),
    ):  # fmt: skip
        random = np.random.default_rng(7)
        every = [row for _ in range(asked.days) for row in day(random, readable, turned, closed)]
        kept = np.array([row for row in every if row and row[1] > 10])
        share = f"{len([row for row in every if row]) / len(every):.0%}"
        cells = [f"{readable:.0%}", f"{turned:.0%}", "yes" if closed else "no", share]
        if len(kept):
            queue, wait = kept[:, 0] - kept[:, 1], kept[:, 2] - kept[:, 5]
            held = ((kept[:, 3] - 1 <= kept[:, 5]) & (kept[:, 5] <= kept[:, 4] + 1)).mean()
            cells += [
                f"{queue.mean():+.1f}",
                f"{np.abs(queue).mean():.1f}",
                f"{wait.mean():+.1f}",
                f"{np.abs(wait).mean():.1f}",
                f"{held:.0%}",
            ]
        else:
            cells += ["–"] * 5
        table.add_row(*cells)
    console = Console(width=120)
    console.print(table)
    console.print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}; synthetic"
    )


if __name__ == "__main__":
    main()
