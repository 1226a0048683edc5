"""The priced policy and its peers on a whole port (booths, scanners, docks), at four loads and under four shocks.

    python benchmarks/twin_policies.py [--at "Otay Mesa"] [--days 30] [--yardstick-days 6] [--workers 2]

A bridge is that of its document with its traffic of a working day of October 2024; the number of its scanners is set so
that scanning every truck would take 1.2, 3.5, 7 and 14 times what they can do. A day is worth what its examinations
were expected to prevent, less all the truck-minutes that they add in the port: minutes from the queue to the exit, of
all trucks, over those of the same trucks with no examination at all. Every policy meets the same trucks (paired by
day).

Peers are tuned with `routing.tuning` on other days than those they are compared on, for the roster that is in force;
the priced policy is as it ships, with its tables solved from the trucks of the same other days and nothing tuned. A
scan by itself finds less than one that is decided on, and what it alarms on asks for a dock. What alarms is luck: a
day's worth is the mean over thirty lucks.

The yardstick is the best schedule that was found with all but that luck known, actual service times included: a linear
programme over the day's trucks (who is scanned, scanned and decided on, or examined by hand in which ten minutes) gives
a first schedule, which runs in the twin as fixed orders; then hour by hour the least worthwhile orders are dropped and
the best missing ones added, in halving steps, for as long as the day becomes worth more under five other lucks. It
starts from the best policy's own choices too, and the best of all four is kept. It is a feasible schedule and no bound;
the programme's value is given beside it. Under a shock policies are held against each other only, in per cent of what
the day is worth under the clearance rule.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import date

import msgspec
import numpy as np
from joblib import Parallel, delayed
from rich.console import Console
from rich.table import Table
from scipy import optimize, sparse

from aforo.domain.decision import EXAMINATIONS
from aforo.measures.crossing_times import mean_interval
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.figure import Count
from aforo.ports.shipped import directory
from aforo.routing.choice import POLICIES, RELEASE, RESOURCES, SCAN, SCAN_THEN_DECIDE, SECONDARY
from aforo.routing.parameters import parameters
from aforo.routing.tuning import knobs_of, tune
from aforo.twin.books import books_of
from aforo.twin.levels import levels, up_minutes
from aforo.twin.network import MINUTE
from aforo.twin.of_port import Modelled, hourly_demand, modelled
from aforo.twin.outcomes import prevented_by, scan_ordered
from aforo.twin.policy import Policy
from aforo.twin.rosters import Outage
from aforo.twin.run import run
from aforo.twin.scenario import called
from aforo.twin.traffic import Profile, trucks_of
from aforo.twin.trucks import SCANS, Fates, Trucks
from aforo.twin.volumes import shipped

LOADS = (1.2, 3.5, 7.0, 14.0)
SHOCK_LOADS = (3.5, 7.0)
SHOCKS = ("half the scanners lost for 3 h", "roster that changes", "surge", "bridge closed for 2 h")
PEERS = ("random", "threshold", "lane_criteria", "queue_aware", "clearance")
FIRST = date(2024, 10, 8)
TUNING_DAYS = 4
#: The seeds of the days that tables and numbers come from: none of them is compared on.
OTHER_DAYS = 50_000
#: Seeds of what alarms on which a schedule is made, and is then judged.
LUCKS, JUDGED = tuple(range(900_000, 900_005)), tuple(range(910_000, 910_030))
SLOT = 10.0
#: A weekday's traffic, so the same shape every day; only chance differs between days.
PROFILE = Profile(lottery=0.0)


def port_at(at: str, load: float) -> tuple[PortDocument, Bridge, np.ndarray]:
    """The bridge with as many scanners as the load asks for, staffed whenever it is open, and its hours of arrival."""
    port, bridge = called(at, directory())[0]
    hourly = hourly_demand(port, bridge, FIRST, 1, shipped()[port.code])
    group = bridge.scanners[0]
    assert group.scan is not None
    open_minutes = 60.0 * float((hourly > 0).sum())
    units = max(1, round(hourly.sum() * group.scan.mean_minutes / (load * open_minutes)))
    made = msgspec.structs.replace(
        group,
        units=Count(count=units, source="assumed"),
        places=Count(count=4 * units, source="assumed"),
        availability=None,
    )
    staff = {duty: shifts for duty, shifts in bridge.staff.items() if duty != "scanner"}
    own = msgspec.structs.replace(bridge, scanners=(made,), portals=(), joint=None, yard=None, staff=staff)
    return port, own, hourly


def day(at: str, load: float, seed: int, shock: str = "") -> tuple[Modelled, Trucks]:
    """A day at a load; a surge is not in the forecast."""
    port, bridge, forecast = port_at(at, load)
    outages: list[Outage] = []
    hourly = forecast
    if shock == SHOCKS[0]:
        outages = [Outage("scanner", 11 * 60, 14 * 60, 0.5)]
    elif shock == SHOCKS[1]:
        outages = [Outage("scanner", 14 * 60, 24 * 60, 0.5)]
    elif shock == SHOCKS[2]:
        hourly = forecast.copy()
        hourly[10:14] *= 1.6
    elif shock == SHOCKS[3]:
        outages = [Outage("booths", 12 * 60, 14 * 60, 1.0)]
    bridge_now = modelled(port, bridge, FIRST, hourly, seed, profile=PROFILE, forecast=forecast, outages=outages)
    return bridge_now, trucks_of(bridge_now.demand, seed)


class Day:
    """A day that many policies meet: what it is worth under one of them, over no examination."""

    def __init__(self, at: str, load: float, seed: int, shock: str = "") -> None:
        self.seed = seed
        self.bridge, self.trucks = day(at, load, seed, shock)
        self.free = self._minutes(self.fates(Policy(0)))

    def fates(self, policy: Policy, trucks: Trucks | None = None, luck: int | None = None) -> Fates:
        """What becomes of the day's trucks; with other `luck` scans alarm on others of them."""
        port, seed = self.bridge.demand.stream, self.seed if luck is None else luck
        return run(self.bridge.network, trucks or self.trucks, policy, seed=seed, port=port)[0]

    def worth(self, policy: Policy, lucks: Sequence[int | None] = (None,)) -> float:
        return float(np.mean([self._worth(self.fates(policy, luck=luck)) for luck in lucks]))

    def ordered(self, orders: np.ndarray, policy: Policy, lucks: Sequence[int] = LUCKS) -> float:
        """What fixed orders are worth: int64[n], the option of each truck, 0 for a release. What a scan alarms on is
        decided by a policy. The mean over other lucks than the day's: nobody knows beforehand what alarms."""
        trucks = replace(self.trucks, mandatory=orders.astype(np.int8))
        return float(np.mean([self._worth(self.fates(policy, trucks, luck)) for luck in lucks]))

    def choices(self, policy: Policy) -> np.ndarray:
        """What a policy ordered first of each truck."""
        fates = self.fates(policy)
        return np.where(fates.carried & SCANS, scan_ordered(fates), fates.option).astype(np.int64)

    def _worth(self, fates: Fates) -> float:
        return float(prevented_by(self.trucks, fates).sum()) - (self._minutes(fates) - self.free)

    def _minutes(self, fates: Fates) -> float:
        last = np.where(fates.left >= 0, fates.left, 2 * 1440 * MINUTE)
        return float((last - fates.arrives).sum()) / MINUTE


def programme(one: Day) -> tuple[np.ndarray, float]:
    """The linear programme over the trucks of a day, and its value: who is examined where and in which slot.

    A truck may begin up to six slots after it comes; an examination takes its actual minutes, spread over the slots
    from its beginning. A scan that is decided on takes its minutes of the dock by the chance that it alarms. Value:
    expected to be prevented, less the minutes waited and examined.
    """
    trucks, network = one.trucks, one.bridge.network
    slots = int(2 * 1440 / SLOT)
    come = trucks.arrives / MINUTE + trucks.service[:, RESOURCES.index("booth")] / MINUTE
    at_scanner, at_dock = (trucks.service[:, RESOURCES.index(name)] / MINUTE for name in ("scanner", "dock"))
    none = np.zeros(len(trucks))
    value, rows, at, weight, owner, option = [], [], [], [], [], []
    number = 0
    for code, scan, dock, share in (
        (SCAN, at_scanner, none, none),
        (SCAN_THEN_DECIDE, at_scanner, at_dock, trucks.alarm),
        (SECONDARY, none, at_dock, none + 1.0),
    ):
        taken = scan + share * dock
        keep = np.flatnonzero(trucks.prevented[:, code] > taken)
        for later in range(7):
            slot = (come[keep] / SLOT).astype(int) + later
            wait = np.maximum(slot * SLOT - come[keep], 0.0)
            gain = trucks.prevented[keep, code] - taken[keep] - wait
            good = (gain > 0) & (slot < slots - 30)
            own = keep[good]
            value.append(gain[good])
            owner.append(own)
            option.append(np.full(len(own), code))
            index = number + np.arange(len(own))
            number += len(own)
            begins = slot[good]
            for first, minutes, part in ((0, scan[own], none[own] + 1.0), (slots, dock[own], share[own])):
                here, left = begins.copy(), minutes.copy()
                while (left > 0).any():
                    now = np.minimum(left, SLOT)
                    busy = now > 0
                    rows.append(first + here[busy])
                    at.append(index[busy])
                    weight.append(part[busy] * now[busy])
                    left = left - now
                    here = np.minimum(here + 1, slots - 1)
                begins = np.minimum(begins + (minutes / SLOT).astype(int), slots - 1)
    capacity = [_up_by_slot(network, RESOURCES.index(name), slots) * SLOT for name in ("scanner", "dock")]
    whose = np.concatenate(owner)
    n = len(trucks)
    once = sparse.csr_matrix((np.ones(number), (whose, np.arange(number))), shape=(n, number))
    room = sparse.csr_matrix((np.concatenate(weight), (np.concatenate(rows), np.concatenate(at))), (2 * slots, number))
    found = optimize.linprog(
        -np.concatenate(value),
        A_ub=sparse.vstack([once, room]),
        b_ub=np.concatenate([np.ones(n), *capacity]),
        bounds=(0, 1),
        method="highs",
    )
    chosen = np.zeros((n, len(EXAMINATIONS)))
    np.add.at(chosen, (whose, np.concatenate(option)), found.x)
    return np.where(chosen.max(axis=1) >= 0.5, chosen.argmax(axis=1), 0), float(-found.fun)


def _up_by_slot(network: object, resource: int, slots: int) -> np.ndarray:
    """Mean units up in each slot."""
    summed = np.array([up_minutes(network, RESOURCES[resource], slot * SLOT) for slot in range(slots + 1)])  # type: ignore[arg-type]
    return np.diff(summed) / SLOT


def improved(one: Day, orders: np.ndarray, after: Policy, rounds: int = 3) -> np.ndarray:
    """Hour by hour the worst orders dropped and the best missing ones added, for as long as the day is worth more."""
    trucks = one.trucks
    best = one.ordered(orders, after)
    hour = (trucks.arrives // (60 * MINUTE)) % 24
    at_scanner, at_dock = (trucks.service[:, RESOURCES.index(name)] / MINUTE for name in ("scanner", "dock"))
    ways = (
        (SCAN, RELEASE, np.maximum(at_scanner, 0.1)),
        (SCAN_THEN_DECIDE, RELEASE, np.maximum(at_scanner + trucks.alarm * at_dock, 0.1)),
        (SCAN_THEN_DECIDE, SCAN, np.maximum(trucks.alarm * at_dock, 0.1)),
        (SECONDARY, RELEASE, np.maximum(at_dock, 0.1)),
        (SECONDARY, SCAN_THEN_DECIDE, np.maximum(at_dock, 0.1)),
    )
    for step in range(rounds):
        size = 2 ** (rounds - 1 - step) * 2
        for code, instead, taken in ways:
            density = (trucks.prevented[:, code] - trucks.prevented[:, instead]) / taken
            for h in np.unique(hour):
                mine = np.flatnonzero(hour == h)
                inside = mine[orders[mine] == code]
                outside = mine[orders[mine] == instead]
                worst = inside[np.argsort(density[inside], kind="stable")][:size]
                missing = outside[np.argsort(-density[outside], kind="stable")][:size]
                for dropped, added in ((worst, []), ([], missing), (worst, missing)):
                    if not len(dropped) and not len(added):
                        continue
                    tried = orders.copy()
                    tried[dropped] = instead
                    tried[added] = code
                    value = one.ordered(tried, after)
                    if value > best:
                        orders, best = tried, value
                        break
    return orders


def priced(at: str, load: float, shock: str = "") -> Policy:
    """The priced policy as it ships, with tables of the days on which its peers are tuned; a roster is known
    beforehand, other shocks are not."""
    made = [day(at, load, OTHER_DAYS + seed, shock if shock == SHOCKS[1] else "") for seed in range(TUNING_DAYS)]
    columns = (np.concatenate([getattr(trucks, column.name) for _, trucks in made]) for column in fields(Trucks))
    return Policy(POLICIES.index("priced"), parameters(), books_of(made[0][0], Trucks(*columns)), sees_list=True)


def tuned(at: str, load: float, name: str, shock: str = "") -> Policy:
    """A peer with its best numbers on other days, with the roster of the days on which it is compared."""
    days = [Day(at, load, OTHER_DAYS + seed, shock if shock == SHOCKS[1] else "") for seed in range(TUNING_DAYS)]
    level = levels(days[0].bridge, days[0].trucks)
    minutes = {resource: days[0].bridge.demand.services[resource].mean for resource in level}
    usual = {resource: value * minutes[resource] for resource, value in level.items()}
    code = POLICIES.index(name)

    def worth(params: np.ndarray) -> float:
        return float(np.mean([each.worth(Policy(code, params)) for each in days]))

    per_minute = name in ("threshold", "queue_aware", "clearance")
    knobs = knobs_of(name, usual, minutes, per_minute=per_minute)
    return Policy(code, tune(worth, parameters(), knobs, per_minute=per_minute).params)


def cell(
    at: str, load: float, policies: dict[str, Policy], shock: str, seeds: range, yardstick: int
) -> dict[str, list[float]]:
    """What each day is worth under each policy; for the first days the yardstick and the programme's value too."""
    found: dict[str, list[float]] = {name: [] for name in (*policies, "yardstick", "programme")}
    for number, seed in enumerate(seeds):
        one = Day(at, load, seed, shock)
        values = {name: one.worth(policy, JUDGED) for name, policy in policies.items()}
        for name, value in values.items():
            found[name].append(value)
        if number < yardstick:
            orders, bound = programme(one)
            best_policy = max(values, key=lambda name: values[name])
            after = policies[best_policy]
            starts = (orders, one.choices(after))
            made = [improved(one, start, after) for start in starts]
            found["yardstick"].append(max(one.ordered(orders, after, JUDGED) for orders in (*made, *starts)))
            found["programme"].append(bound)
    return found


def per_cent(values: np.ndarray) -> str:
    told = mean_interval(100.0 * values)
    return f"{told.value:.1f} [{told.low:.1f}, {told.high:.1f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description="The priced policy and its peers on a whole port.")
    parser.add_argument("--at", default="Otay Mesa", help="a bridge, or the port of a single one")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--yardstick-days", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    console = Console(width=190)
    console.print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the "
        f"start; {arguments.at}, {arguments.days} days a cell, yardstick on the first {arguments.yardstick_days} "
        "without a shock, R² of service times .5; the priced policy as it ships, with the last hour and the list"
    )
    began = time.perf_counter()
    pool: Callable[..., list] = Parallel(n_jobs=arguments.workers)
    peers = pool(delayed(tuned)(arguments.at, load, name) for load in LOADS for name in PEERS)
    on_roster = pool(delayed(tuned)(arguments.at, load, name, SHOCKS[1]) for load in SHOCK_LOADS for name in PEERS)
    tables = pool(delayed(priced)(arguments.at, load, shock) for load in LOADS for shock in ("", SHOCKS[1]))
    console.print(f"tuned and solved in {time.perf_counter() - began:.0f} s")
    policies = {}
    for place, load in enumerate(LOADS):
        policies[load] = dict(zip(PEERS, peers[place * len(PEERS) : (place + 1) * len(PEERS)], strict=True))
        policies[load]["priced"] = tables[2 * place]
    asked = [(load, "") for load in LOADS] + [(load, shock) for shock in SHOCKS for load in SHOCK_LOADS]
    jobs = []
    for load, shock in asked:
        own = dict(policies[load])
        if shock == SHOCKS[1]:
            place = SHOCK_LOADS.index(load) * len(PEERS)
            own = dict(zip(PEERS, on_roster[place : place + len(PEERS)], strict=True))
            own["priced"] = tables[2 * LOADS.index(load) + 1]
        measured = 0 if shock else arguments.yardstick_days
        jobs.append(delayed(cell)(arguments.at, load, own, shock, range(arguments.days), measured))
    results = pool(jobs)
    table = Table(
        title="A day's worth, per cent of that day's best schedule found (under a shock: of the mean under clearance); "
        "points of the mean one between policies"
    )
    names = (*PEERS, "priced")
    for heading in (
        "load",
        "shock",
        *names,
        "priced − clearance (all days)",
        "priced − queue-aware",
        "schedule / programme",
    ):
        table.add_column(heading, justify="left" if heading in ("load", "shock") else "right")
    for (load, shock), found in zip(asked, results, strict=True):
        yardstick = np.array(found["yardstick"])
        own = {name: np.array(found[name]) for name in names}
        unit = float(yardstick.mean() if len(yardstick) else own["clearance"].mean())
        table.add_row(
            f"{load:g}",
            shock or "–",
            *(
                per_cent(own[name][: len(yardstick)] / yardstick if len(yardstick) else own[name] / unit)
                for name in names
            ),
            per_cent((own["priced"] - own["clearance"]) / unit),
            per_cent((own["priced"] - own["queue_aware"]) / unit),
            f"{100 * unit / float(np.mean(found['programme'])):.1f}" if len(yardstick) else "–",
        )
    console.print(table)
    quiet = [found for (load, shock), found in zip(asked, results, strict=True) if not shock]
    if arguments.yardstick_days:
        shares = [np.sum(found["priced"][: len(found["yardstick"])]) / np.sum(found["yardstick"]) for found in quiet]
        mean = 100 * np.mean(shares)
        console.print(f"Priced policy, mean over the four loads: {mean:.1f} per cent of the best schedule found.")
    console.print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
