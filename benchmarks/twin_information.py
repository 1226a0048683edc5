"""What the list, the ETA's precision and the predicted service time are each worth: on one pool, and on one whole port.

    python benchmarks/twin_information.py [--days 30] [--tuning-days 12] [--port-days 30] [--seed 1]

The pools are those of `routing_single_pool`, held against the clairvoyant linear programme and the best real schedule
found with everything known. The whole port is World Trade Bridge at Laredo on a working day of 2024 (booths by lane
class, scanners, docks, rosters; most figures `assumed`), run by the twin's kernel; days and hours differ from the
forecast as in `aforo.twin.trying`. There a policy is worth what its examinations are expected to prevent, less the
minutes by which all trucks cross later than with no examination; the yardstick is the linear programme of its scanners
and that of its docks, each with every truck at its best there, which together no policy reaches. Differences are to the
policy that knows all (R² .5, list, ETA within 10 minutes), in truck-minutes a day and in points of the linear
programme, paired by day with 95 % intervals (t). Then the same policy where the riskiest fifth file late on purpose,
and where they file three trips each that never come as well, against the clearance rule. All of it is synthetic.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec
import numpy as np
import routing_single_pool as pools
from rich.console import Console
from rich.table import Table
from scipy import special, stats
from single_pool import Day, Floats, Pool, day
from single_pool_bounds import MINUTES, upper_bound

from aforo.ports.shipped import port_called
from aforo.routing.choice import (
    CLASSES,
    CLEARANCE,
    DOCK,
    EXPECTED,
    NONE,
    PRICED,
    QUARTERS,
    ROSTER,
    SCAN,
    SCANNER,
    SECONDARY,
)
from aforo.routing.lateness import Lateness
from aforo.routing.parameters import parameters
from aforo.routing.tuning import knobs_of, tune
from aforo.twin.books import books_of
from aforo.twin.draws import LANE, PREDICTION, uniforms
from aforo.twin.filers import Filed, honest, played, with_values
from aforo.twin.levels import levels
from aforo.twin.network import MINUTE
from aforo.twin.of_port import Modelled, hourly_demand, modelled
from aforo.twin.outcomes import prevented_by
from aforo.twin.policy import Policy
from aforo.twin.run import run
from aforo.twin.traffic import Profile, trucks_of
from aforo.twin.trucks import Trucks
from aforo.twin.trying import DAY_SPREAD, HOUR_SPREAD
from aforo.twin.trying_policies import list_of, on_the_list
from aforo.twin.volumes import shipped

LEVEL, LIST = pools.LEVEL_WEIGHT, pools.LIST_WEIGHT
#: (name, R², error of the ETA in minutes, level believed, list believed); the others are held against the first.
KNOWING = (
    ("R² .5, list, ETA ± 10", 0.5, 10.0, LEVEL, LIST),
    ("no list", 0.5, 10.0, LEVEL, 0.0),
    ("no list, no level", 0.5, 10.0, 0.0, 0.0),
    ("ETA exact", 0.5, 0.0, LEVEL, LIST),
    ("ETA ± 5", 0.5, 5.0, LEVEL, LIST),
    ("ETA ± 20", 0.5, 20.0, LEVEL, LIST),
    ("ETA ± 40", 0.5, 40.0, LEVEL, LIST),
    ("R² 0", 0.0, 10.0, LEVEL, LIST),
    ("R² .25", 0.25, 10.0, LEVEL, LIST),
    ("R² .75", 0.75, 10.0, LEVEL, LIST),
    ("R² 0, no list, no level", 0.0, 10.0, 0.0, 0.0),
)
#: Empty trips of each of the riskiest fifth; with None all are honest.
GAMES = (("honest filers", None), ("the riskiest fifth file late", 0), ("… and file three empty trips each", 3))
WHEN = date(2024, 5, 14)
console = Console(width=190)


def half(differences: Floats) -> float:
    return float(stats.t.ppf(0.975, len(differences) - 1) * differences.std(ddof=1) / np.sqrt(len(differences)))


def against(differences: Floats, scale: float) -> str:
    """Truck-minutes a day, and points of what `scale` is (truck-minutes a day)."""
    points = 100.0 / scale
    return (
        f"{differences.mean():+,.0f} ± {half(differences):,.0f} ({points * differences.mean():+.2f} ± "
        f"{points * half(differences):.2f})"
    )


def one_pool(pool: Pool, days: int, tuning: int, seed: int) -> list[list[str]]:
    """The cells of one pool for both tables."""
    first, others_from = seed * 1_000_000, seed * 1_000_000 + 500_000

    def made(r_squared: float, eta: float) -> tuple[list[Day], list[Day]]:
        others = [day(pool, others_from + i, r_squared=r_squared, eta_error=eta) for i in range(tuning)]
        return others, [day(pool, first + i, r_squared=r_squared, eta_error=eta) for i in range(days)]

    cells: list[str] = []
    full: Floats = np.zeros(days)
    bounds: Floats = np.ones(days)
    for n, (_, r_squared, eta, level, on_list) in enumerate(KNOWING):
        others, tests = made(r_squared, eta)
        runner = pools.priced(pool, others, predicts=r_squared > 0.0, level=level, on_list=on_list)
        worth = runner.worth(pool, tests)
        if n == 0:
            full = worth
            bounds, schedules = pools.yardsticks(pool, tests, runner)
            cells.append(
                f"{worth.mean():,.0f} · {worth.sum() / schedules.sum():.3f} of best, "
                f"{worth.sum() / bounds.sum():.3f} of LP"
            )
        else:
            cells.append(against(worth - full, float(bounds.mean())))
    games: list[str] = []
    for _, empty in GAMES:
        others, tests = (
            [one if empty is None else pools.late(one, 0.2, empty, i) for i, one in enumerate(part)]
            for part in made(0.5, 10.0)
        )
        mine = pools.priced(
            pool, others, predicts=True, level=LEVEL, on_list=LIST, lateness=pools.learnt(others)
        ).worth(pool, tests)
        for per_minute in (False, True):
            rule = pools.peer("clearance", pool, others, per_minute=per_minute).worth(pool, tests)
            games.append(against(mine - rule, float(bounds.mean())))
    return [cells, games]


@dataclass(frozen=True)
class PortDay:
    """A day of the port: its network, its trucks as filed, and their crossing minutes with no examination."""

    bridge: Modelled
    filed: Filed
    seed: int
    alone: float


def port_day(seed: int, r_squared: float, eta: float) -> PortDay:
    """A working day by its seed; level and hours differ from the forecast."""
    port = port_called("2304")
    bridge = next(each for each in port.bridges if "world" in each.name.lower())
    bridge = msgspec.structs.replace(bridge, portals=())  # the yardstick knows scanners and docks
    forecast = hourly_demand(port, bridge, WHEN, 1, shipped()[port.code])
    normal = special.ndtri(np.clip(uniforms(seed, 2304, 0, 25, LANE), 1e-9, 1.0 - 1e-9))
    spread = DAY_SPREAD * normal[24] + HOUR_SPREAD * normal[:24] - (DAY_SPREAD**2 + HOUR_SPREAD**2) / 2.0
    profile = Profile(prediction=1.0, lottery=0.0)
    made = modelled(port, bridge, WHEN, forecast * np.exp(spread), seed, profile=profile, forecast=forecast)
    trucks = predicted(trucks_of(made.demand, seed), made, seed, r_squared)
    filed = honest(trucks, seed, made.demand.stream, eta_minutes=eta, share=0.0)
    fates, _ = run(made.network, filed.trucks, Policy(NONE), seed=seed, port=made.demand.stream)
    return PortDay(made, filed, seed, crossing(filed, fates))


def predicted(trucks: Trucks, bridge: Modelled, seed: int, r_squared: float) -> Trucks:
    """Trucks whose services are as they are, and are predicted with this share of their variance."""
    told = trucks.predicted.copy()
    for place, name in ((SCANNER, "scanner"), (DOCK, "dock")):
        times = bridge.demand.services[name]
        whole = float(np.sqrt(np.log1p((times.deviation / times.mean) ** 2)))
        seen = float(np.sqrt(np.log1p(r_squared * np.expm1(whole**2))))
        known = (np.log(np.maximum(trucks.service[:, place], 1) / (times.mean * MINUTE)) + whole**2 / 2.0) / whole
        chance = uniforms(seed, bridge.demand.stream, 0, len(trucks), PREDICTION + 8 + place)
        unknown = special.ndtri(np.clip(chance, 1e-9, 1.0 - 1e-9))
        turn = seen / whole
        part = turn * known + np.sqrt(1.0 - turn**2) * unknown
        told[:, place] = (times.mean * MINUTE * np.exp(seen * part - seen**2 / 2.0)).astype(np.int64)
    return with_values(replace(trucks, predicted=told), np.ones(len(trucks)))


def crossing(filed: Filed, fates: object) -> float:
    """Minutes of all trucks that came until they left."""
    left = fates.left  # type: ignore[attr-defined]
    here = (left >= 0) & (filed.trucks.shows == 1)
    return float((left - fates.arrives)[here].sum()) / MINUTE  # type: ignore[attr-defined]


def port_worth(one: PortDay, policy: Policy) -> float:
    """What its examinations are expected to prevent, less the minutes that all trucks cross later for them."""
    trucks = one.filed.trucks
    fates, _ = run(one.bridge.network, trucks, policy, seed=one.seed, port=one.bridge.demand.stream)
    return float(prevented_by(trucks, fates).sum()) - (crossing(one.filed, fates) - one.alone)


def port_bound(one: PortDay) -> float:
    """The linear programmes of the scanners and of the docks of a day, together."""
    trucks = one.filed.trucks
    here = trucks.shows == 1
    arrival = trucks.arrives[here] / MINUTE
    total = 0.0
    for place, option in ((SCANNER, SCAN), (DOCK, SECONDARY)):
        value = trucks.prevented[here, option]
        actual = trucks.service[here, place] / MINUTE
        capacity = units_up(one.bridge, place)
        worth_it = value > actual
        price = np.full(MINUTES, float(np.median(value[worth_it] / actual[worth_it])) if worth_it.any() else 1.0)
        reached = 0.8 * float(np.sort((value - actual)[worth_it])[::-1][: int(capacity.sum() / actual.mean())].sum())
        bound, _ = upper_bound(arrival[worth_it], value[worth_it], actual[worth_it], capacity, price, reached, 250)
        total += bound
    return total


def units_up(bridge: Modelled, place: int) -> Floats:
    """float64[MINUTES]: units of a resource that are up in each minute of the day and after it."""
    network = bridge.network
    capacity = np.zeros(MINUTES)
    for station in np.flatnonzero(network.resource == place):
        mine = network.change_station == station
        at = np.concatenate(([0], network.change_at[mine] // MINUTE))
        units = np.concatenate(([network.servers[station]], network.change_servers[mine]))
        capacity += units[np.searchsorted(at, np.arange(MINUTES), side="right") - 1]
    return capacity


def port_priced(days: Sequence[PortDay], level: float, on_list: float, lateness: Lateness) -> Policy:
    """The priced policy with tables solved from the first of these days, and what they teach of the list."""
    seen = days[0].filed.trucks
    books = books_of(days[0].bridge, seen.rows(seen.shows == 1)).copy()
    late = lateness.late()
    for book in books:
        rows = book[EXPECTED:ROSTER].reshape(QUARTERS, 2, CLASSES)
        above = np.concatenate((rows[:, 0], np.zeros((QUARTERS, 1))), axis=1)
        rows[:, 1] = np.cumsum(((above[:, :-1] - above[:, 1:]) * late)[:, ::-1], axis=1)[:, ::-1]
    params = parameters(level_weight=level, list_weight=on_list, shown=lateness.shown().tolist())
    return Policy(PRICED, params, books, sees_list=True)


def port_clearance(days: Sequence[PortDay]) -> Policy:
    """The clearance rule for a predicted minute, tuned on these days: a and b of the scanners and of the docks."""

    def worth(params: Floats) -> float:
        policy = Policy(CLEARANCE, params)
        return sum(port_worth(one, policy) for one in days) / len(days)

    bridge = days[0].bridge
    minutes = {name: bridge.demand.services[name].mean for name in ("scanner", "dock")}
    found = levels(bridge, days[0].filed.trucks)
    usual = {name: found[name] * minutes[name] for name in minutes}
    knobs = knobs_of("clearance", usual, minutes, per_minute=True)
    return Policy(CLEARANCE, tune(worth, parameters(), knobs, per_minute=True).params)


def port_gamed(one: PortDay, empty: int | None) -> PortDay:
    """The riskiest fifth are not on the list, and file `empty` trips each that never come; None: all are honest."""
    if empty is None:
        return one
    value = one.filed.trucks.prevented[:, SCAN]
    risky = np.flatnonzero((value >= np.quantile(value, 0.8)) & (one.filed.trucks.shows == 1))
    trip = np.full(len(value), -1, np.int64)
    trip[risky] = np.arange(len(risky))
    filed = replace(one.filed, trip=trip)
    if empty:
        filed = played(filed, "decoys", number=empty)
    return replace(one, filed=played(filed, "late"))


def whole_port(days: int, tuning: int, seed: int) -> list[list[str]]:
    first, others_from = seed * 1_000_000, seed * 1_000_000 + 500_000
    cells: list[str] = []
    full: Floats = np.zeros(days)
    scale = 1.0
    tests: list[PortDay] = []
    others: list[PortDay] = []
    kept: dict[tuple[float, float], tuple[list[PortDay], list[PortDay]]] = {}
    for n, (_, r_squared, eta, level, on_list) in enumerate(KNOWING):
        if (r_squared, eta) not in kept:
            kept[r_squared, eta] = (
                [port_day(others_from + i, r_squared, eta) for i in range(tuning)],
                [port_day(first + i, r_squared, eta) for i in range(days)],
            )
        others, tests = kept[r_squared, eta]
        _, lateness = list_of([one.filed for one in others])
        policy = port_priced(others, level, on_list, lateness)
        worth = np.array([port_worth(one, policy) for one in tests])
        if n == 0:
            full = worth
            scale = float(np.mean([port_bound(one) for one in tests[: min(days, 10)]]))
            cells.append(f"{worth.mean():,.0f} · {worth[: min(days, 10)].mean() / scale:.3f} of the two LPs")
        else:
            cells.append(against(worth - full, scale))
    games: list[str] = []
    honest_others, honest_tests = kept[0.5, 10.0]
    rules = tuple(port_clearance(part[:3]) for part in (kept[0.0, 10.0][0], honest_others))
    for _, empty in GAMES:
        others = [port_gamed(one, empty) for one in honest_others]
        tests = [port_gamed(one, empty) for one in honest_tests]
        filers, lateness = list_of([one.filed for one in others])
        tests = [replace(one, filed=on_the_list(one.filed, filers)) for one in tests]
        policy = port_priced(others, LEVEL, LIST, lateness)
        mine = np.array([port_worth(one, policy) for one in tests])
        blind = [port_gamed(one, empty) for one in kept[0.0, 10.0][1]]
        for rule, seen in zip(rules, (blind, tests), strict=True):
            games.append(against(mine - np.array([port_worth(one, rule) for one in seen]), scale))
    return [cells, games]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--tuning-days", type=int, default=12)
    parser.add_argument("--port-days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("pools", "port"))
    args = parser.parse_args()
    began = time.perf_counter()
    known = Table(
        title="What knowing is worth: truck-minutes a day (points of the linear programme), paired, 95 %; synthetic"
    )
    gamed = Table(title="Filers who play, learnt: above the clearance rule; synthetic")
    for table in (known, gamed):
        table.add_column("")
    results: list[list[list[str]]] = []
    if args.only != "port":
        for pool in pools.POOLS:
            results.append(one_pool(pool, args.days, args.tuning_days, args.seed))
            for table in (known, gamed):
                table.add_column(f"{pool.name}, load {pool.load:.1f}")
    if args.only != "pools":
        results.append(whole_port(args.port_days, min(args.tuning_days, 6), args.seed))
        for table in (known, gamed):
            table.add_column("World Trade Bridge")
    for n, (name, *_) in enumerate(KNOWING):
        known.add_row(name, *(cells[0][n] for cells in results))
    names = [f"{name}: {rule}" for name, _ in GAMES for rule in ("plain clearance", "clearance, predicted")]
    for n, name in enumerate(names):
        gamed.add_row(name, *(cells[1][n] for cells in results))
    console.print(known)
    console.print(gamed)
    console.print(
        f"{args.days} days of a pool, peers tuned on {args.tuning_days} others; {args.port_days} of the port; seed "
        f"{args.seed}; {time.perf_counter() - began:.0f} s; {platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
