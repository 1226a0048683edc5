"""A year of the 22 truck ports in the twin, with blocking and the priced policy in the loop, against SimPy.

    python benchmarks/twin_border_year.py [--year 2024] [--seed 1] [--policy priced] [--simpy-days 2]

Every bridge of the port documents, the counts of 2024, price tables solved beforehand for each bridge, kind of day,
resource and number of units up. Then the oracle of the tests, which is the same model in SimPy with the same choice
(compiled), on the first days of the busiest bridge, and whether both say the same of every truck. Synthetic: most
figures of the documents are assumed.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import time
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import numpy as np
import simpy

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from twin_oracle import Oracle

from aforo.ports.shipped import ports
from aforo.routing.choice import POLICIES, RESOURCES, STARTS
from aforo.twin import levels
from aforo.twin.network import DAY, HOUR
from aforo.twin.of_port import Modelled, hourly_demand, modelled
from aforo.twin.policy import Policy
from aforo.twin.run import Run, run
from aforo.twin.state import DECISIONS, EVENTS
from aforo.twin.traffic import trucks_of
from aforo.twin.trucks import Fates
from aforo.twin.volumes import shipped
from aforo.twin.windows import fates_by_window

#: Kinds of day with tables of their own: working days, Saturday, Sunday, by weekday.
KINDS = np.array([0, 0, 0, 0, 0, 1, 2])
FIRST_OF_KIND = (0, 5, 6)
SAMPLE_DAYS = 14


def border(year: int, seed: int) -> list[Modelled]:
    """Every bridge with booths, its network for the year and what comes to it."""
    first = date(year, 1, 1)
    days = (date(year + 1, 1, 1) - first).days
    counts = {
        code: {(year, month): trucks for (_, month), trucks in months.items()} for code, months in shipped().items()
    }
    bridges = []
    for port in ports():
        for bridge in port.bridges:
            hourly = hourly_demand(port, bridge, first, days, counts[port.code])
            bridges.append(modelled(port, bridge, first, hourly, seed))
    return bridges


def of_days(bridge: Modelled, days: int) -> Modelled:
    """The bridge with the demand and the forecast of its first days alone."""
    hourly, expected = bridge.demand.hourly[: 24 * days], bridge.network.expected[: 24 * days]
    return replace(
        bridge, demand=replace(bridge.demand, hourly=hourly), network=replace(bridge.network, expected=expected)
    )


def policy_of(name: str, bridge: Modelled) -> tuple[Policy, int]:
    """The policy at a bridge, from two weeks of other days, and how many price tables were solved for it.

    The books of the five working days are one; days are by kind (`by_kind`).
    """
    weeks = of_days(bridge, SAMPLE_DAYS)
    policy = levels.policy_of(name, weeks, trucks_of(weeks.demand, levels.OTHER_DAYS))
    if policy.books is None or not len(policy.books):
        return policy, 0
    books = policy.books[list(FIRST_OF_KIND)].copy()
    tables = sum(int(np.count_nonzero(book[STARTS : STARTS + len(RESOURCES)])) for book in books)
    return replace(policy, books=books), tables


def by_kind(bridge: Modelled) -> Modelled:
    """The bridge with its days by the kinds that have books."""
    return replace(bridge, network=replace(bridge.network, day_class=KINDS[bridge.network.day_class]))


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def year(bridges: list[Modelled], policies: list[Policy], seed: int) -> dict[str, float]:
    """One run of all bridges, one after the other on one core."""
    waits: list[np.ndarray] = []
    options = np.zeros(6, np.int64)
    found = trucks = events = decisions = 0
    wall, processor = time.perf_counter(), time.process_time()
    for bridge, policy in zip(bridges, policies, strict=True):
        one = Run(bridge.network, policy, seed=seed, port=bridge.demand.stream)
        for fates in fates_by_window(one, bridge.demand, seed):
            waits.append(((fates.primary - fates.arrives) // 1_000_000).astype(np.int32))
            options += np.bincount(fates.option, minlength=6)
            found += int(fates.found.sum())
            trucks += len(fates)
        events += int(one.bridge.floor.clock[EVENTS])
        decisions += int(one.bridge.floor.clock[DECISIONS])
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    told = np.concatenate(waits)
    waits.clear()
    told.sort()
    p50, p95 = (told[int(np.ceil(share * len(told))) - 1] / 60.0 for share in (0.5, 0.95))
    return {
        "trucks": trucks, "wall": wall, "processor": processor, "events": events, "decisions": decisions,
        "examined": trucks - int(options[0]), "found": found, "p50": float(p50), "p95": float(p95),
    }  # fmt: skip


def against_simpy(bridge: Modelled, policy: Policy, seed: int, days: int) -> tuple[float, float, int]:
    """Trucks a second of kernel and of SimPy on the same days, and how many; stops where they differ on one."""
    few = of_days(bridge, days)
    until = days * DAY + 12 * HOUR
    kept = few.network.change_at < until
    changes = ("change_at", "change_station", "change_servers", "change_kind")
    network = replace(few.network, **{name: getattr(few.network, name)[kept] for name in changes})
    trucks = trucks_of(few.demand, seed)
    run(network, trucks, policy, seed=seed, port=few.demand.stream, until=until)
    started = time.process_time()
    fates, _ = run(network, trucks, policy, seed=seed, port=few.demand.stream, until=until)
    kernel = len(trucks) / (time.process_time() - started)
    oracle = Oracle(network, trucks, policy, seed, few.demand.stream, plain=False)
    oracle.tracing = False
    started = time.process_time()
    oracle.run(until)
    slow = len(trucks) / (time.process_time() - started)
    for column in fields(Fates):
        if column.name not in ("number", "arrives", "lane", "threat"):
            told = [getattr(truck, column.name) for truck in oracle.trucks]
            assert getattr(fates, column.name).tolist() == told, f"kernel and SimPy differ in {column.name}"
    return kernel, slow, len(trucks)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--year", type=int, default=2024)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--policy", choices=POLICIES, default="priced")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--simpy-days", type=int, default=2)
    arguments = parser.parse_args()
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print(f"NumPy {np.__version__}, SimPy {simpy.__version__}; load average at the start: {os.getloadavg()[0]:.1f}")
    bridges = border(arguments.year, arguments.seed)
    policy_of(arguments.policy, bridges[0])  # compiles
    started = time.process_time()
    policies, tables = [], 0
    for bridge in bridges:
        policy, count = policy_of(arguments.policy, bridge)
        policies.append(policy)
        tables += count
    bridges = [by_kind(bridge) for bridge in bridges]
    solving = time.process_time() - started
    print(f"price tables: {tables} of (bridge, kind of day, resource), each for every number of units up")
    print(f"  {solving:.1f} s processor to draw two weeks of other days and to solve them")
    year(bridges[:1], policies[:1], arguments.seed)  # compiles
    for _ in range(arguments.runs):
        told = year(bridges, policies, arguments.seed)
        rate = told["trucks"] / told["processor"]
        print(
            f"border-year: {len(bridges)} bridges, {told['trucks']:,.0f} trucks, {told['events']:,.0f} events, "
            f"{told['decisions']:,.0f} decisions: {told['processor']:.2f} s processor, {told['wall']:.2f} s wall "
            f"({rate / 1e6:.2f} M trucks/s)"
        )
    print(f"  waits P50 {told['p50']:.1f} min, P95 {told['p95']:.1f} min (synthetic)")
    print(f"  examined {told['examined']:,.0f}, found {told['found']:,.0f}")
    print(f"  memory of the process (ru_maxrss), SimPy not yet run: {megabytes():,.0f} MB")
    busiest = max(range(len(bridges)), key=lambda k: bridges[k].demand.hourly.sum())
    kernel, slow, trucks = against_simpy(bridges[busiest], policies[busiest], arguments.seed, arguments.simpy_days)
    name = bridges[busiest].bridge
    print(f"SimPy, {name}, {arguments.simpy_days} days, {trucks:,} trucks, every truck equal: {slow:,.0f} trucks/s")
    print(f"  kernel: {kernel:,.0f} on the same days ({kernel / slow:,.0f} times), {rate:,.0f} in the year")


if __name__ == "__main__":
    main()
