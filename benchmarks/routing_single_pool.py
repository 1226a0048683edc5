"""The priced policy and its peers on one pool of scanners, beside what could have been done had everything been known.

    python benchmarks/routing_single_pool.py [--days 30] [--tuning-days 12] [--seed 1] [--sigma 0.5]

The world is that of `single_pool` (synthetic; its docstring states it), the yardsticks those of `single_pool_bounds`.
Every policy sees the same days (common random numbers); peers are tuned on other days, the priced policy on none: its
tables are solved from the values, services and mean arrivals of the tuning days. Differences are paired by day, with
95 % intervals (t). Tables: the four pools; half the scanners lost from 10 to 13 o'clock; what the list, the precision
of the ETA and the predicted service are worth; filers who file late on purpose; what a table and a decision cost.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import single_pool as world
from numba import njit
from rich.console import Console
from rich.table import Table
from scipy import stats
from single_pool import CLOSES, NO_SHOW, OPENS, Day, Floats, Pool, day, play, profile
from single_pool_bounds import MINUTES, best_schedule, upper_bound

from aforo.routing import choice as c
from aforo.routing.book import NO_BOOK, ResourceTables, book_of
from aforo.routing.lateness import Lateness
from aforo.routing.parameters import parameters
from aforo.routing.service_time import mean_residual
from aforo.routing.table import Resource, cell_of, demand_of, forecast_of, solve
from aforo.routing.tuning import knobs_of, tune

POOLS = (Pool(8, 1.0, 9_000), Pool(4, 3.0, 4_500), Pool(4, 3.0, 9_000), Pool(2, 3.0, 9_000))
TARGETS = (0.99, 0.97, 0.96, 0.945)
LOST = (600.0, 780.0)
#: A unit that is lost is expected back within three hours; assumed, as governance would.
REPAIR = 1.0 / 180.0
PEERS = ("random", "threshold", "queue_aware", "clearance", "lane_criteria")
LEVEL_WEIGHT, LIST_WEIGHT = 0.8, 0.8
console = Console(width=170)


@dataclass(frozen=True)
class Runner:
    """A policy as it is run: its code, numbers and book, and whether it sees predicted services."""

    policy: int
    params: Floats
    book: Floats
    predicts: bool

    def worth(self, pool: Pool, days: Sequence[Day]) -> Floats:
        """float64[days], truck-minutes a day."""
        forecast = profile(pool.trucks)
        return np.array([
            play(one if self.predicts else world.without_prediction(one, pool), self.policy, self.params, self.book,
                 forecast)[0]
            for one in days
        ])  # fmt: skip


def priced(
    pool: Pool, days: Sequence[Day], *, predicts: bool, level: float = 0.0, on_list: float = 0.0,
    lateness: Lateness | None = None,
) -> Runner:  # fmt: skip
    """The priced policy with tables solved from these days; nothing of it is tuned."""
    seen = days if predicts else [world.without_prediction(one, pool) for one in days]
    value, predicted, actual = (np.concatenate([getattr(one, name)[one.comes] for one in seen])
                                for name in ("value", "predicted", "actual"))  # fmt: skip
    demand = demand_of(value, predicted, profile(pool.trucks) * (1.0 - NO_SHOW))
    mean, residual = float(predicted.mean()), mean_residual(actual)
    cell = cell_of(pool.scanners, mean)
    place = Resource(np.full(96, float(pool.scanners)), pool.scanners, mean, residual, REPAIR)
    tables = ResourceTables(solve(demand, place, cell), cell, mean, residual)
    forecast = forecast_of(demand, 60.0)
    late = np.zeros(c.CLASSES) if lateness is None else lateness.late()
    shown = np.full(c.CLASSES, 1.0 - NO_SHOW) if lateness is None else lateness.shown()
    book = book_of({"scanner": tables}, forecast, forecast * late[None, :])
    params = parameters(level_weight=level, list_weight=on_list, shown=shown)
    return Runner(c.PRICED, params, book, predicts)


def peer(name: str, pool: Pool, days: Sequence[Day], *, per_minute: bool = False) -> Runner:
    """A peer, tuned on these days; per minute of predicted service if it is to see that too."""
    policy = c.POLICIES.index(name)

    def worth(params: Floats) -> float:
        return float(Runner(policy, params, NO_BOOK, per_minute).worth(pool, days).mean())

    usual = float(np.quantile(days[0].value, max(1.0 - 1.0 / pool.load, 0.3)))
    tuned = tune(
        worth, parameters(), knobs_of(name, {"scanner": usual}, {"scanner": pool.service}, per_minute=per_minute),
        per_minute=per_minute,
    )  # fmt: skip
    return Runner(policy, tuned.params, NO_BOOK, per_minute)


def yardsticks(pool: Pool, days: Sequence[Day], guide: Runner) -> tuple[Floats, Floats]:
    """(bounds of the linear programme, best real schedules), truck-minutes a day; `guide` gives the first prices."""
    bounds, schedules = [], []
    for one in days:
        own, _, state = play(one, guide.policy, guide.params, guide.book, profile(pool.trucks))
        arrival, value, actual = one.arrival[one.comes], one.value[one.comes], one.actual[one.comes]
        minute = arrival.astype(np.int64)
        asked = state[one.comes, 2] / one.predicted[one.comes]
        near = np.ones(7)
        counted = np.convolve(np.bincount(minute, minlength=MINUTES), near, "same")
        start = np.convolve(np.bincount(minute, asked, minlength=MINUTES), near, "same") / np.maximum(counted, 1.0)
        start = start[:MINUTES]
        capacity = np.zeros(MINUTES)
        for begins, ends in one.down:
            up = np.ones(MINUTES)
            if np.isfinite(begins):
                up[int(begins) : int(ends)] = 0.0
            capacity += up
        first, _ = best_schedule(arrival, value, actual, start, one.down, 0)
        bound, price = upper_bound(arrival, value, actual, capacity, start, max(own, first))
        found, _ = best_schedule(arrival, value, actual, price, one.down)
        bounds.append(bound)
        schedules.append(max(found, first, own))
    return np.array(bounds), np.array(schedules)


def interval(differences: Floats) -> str:
    half = stats.t.ppf(0.975, len(differences) - 1) * differences.std(ddof=1) / np.sqrt(len(differences))
    return f"{100 * differences.mean():+.2f} ± {100 * half:.2f}"


def runners(pool: Pool, tuning: Sequence[Day]) -> dict[str, Runner]:
    found = {name.replace("_", " "): peer(name, pool, tuning) for name in PEERS}
    found["lane criteria, top-up"] = found.pop("lane criteria")
    found["clearance, predicted"] = peer("clearance", pool, tuning, per_minute=True)
    found["priced"] = priced(pool, tuning, predicts=False)
    found["… + level"] = priced(pool, tuning, predicts=False, level=LEVEL_WEIGHT)
    found["… + list"] = priced(pool, tuning, predicts=False, level=LEVEL_WEIGHT, on_list=LIST_WEIGHT)
    found["… + predicted"] = priced(pool, tuning, predicts=True, level=LEVEL_WEIGHT, on_list=LIST_WEIGHT)
    return found


def compare(
    title: str, days: int, tuning: int, seed: int, lost: tuple[float, float] | None = None,
    surge: tuple[float, float, float] | None = None,
) -> None:  # fmt: skip
    table = Table(title=title, caption="share of the best schedule found · share of the linear programme · "
                  "points of the linear programme above the clearance rule, paired, 95 %")  # fmt: skip
    table.add_column("policy")
    rows: dict[str, list[str]] = {}
    for pool, target in zip(POOLS, TARGETS, strict=True):
        table.add_column(f"{pool.name}, load {pool.load:.1f}")
        others = [day(pool, seed * 1_000_000 + 500_000 + i, r_squared=0.5) for i in range(tuning)]
        tests = [day(pool, seed * 1_000_000 + i, r_squared=0.5, lost=lost, surge=surge) for i in range(days)]
        all_runners = runners(pool, others)
        bounds, schedules = yardsticks(pool, tests, all_runners["… + predicted"])
        worths = {name: runner.worth(pool, tests) for name, runner in all_runners.items()}
        for name, worth in worths.items():
            apart = interval((worth - worths["clearance"]) / bounds)
            plain = ""
            if lost and "predicted" in name:
                plain = f" (plain {interval((worth - worths['queue aware']) / bounds)})"
            reached = f" of {target}" if name == "… + predicted" and not (lost or surge) else ""
            rows.setdefault(name, []).append(
                f"{worth.sum() / schedules.sum():.4f}{reached} · {worth.sum() / bounds.sum():.4f} · {apart}{plain}"
            )
        rows.setdefault("best schedule found", []).append(f"1 · {schedules.sum() / bounds.sum():.4f}")
    for name, cells in rows.items():
        table.add_row(name, *cells)
    console.print(table)


def worth_of_knowing(days: int, tuning: int, seed: int) -> None:
    title = "What knowing is worth: points of the full policy's day (R² .5, list, ETA within 10 min), paired, 95 %"
    table = Table(title=title)
    table.add_column("known")
    rows: dict[str, list[str]] = {}
    for pool in POOLS:
        table.add_column(pool.name)

        def worth(r_squared: float, eta: float, level: float, on_list: float, pool: Pool = pool) -> Floats:
            others = [day(pool, seed * 1_000_000 + 500_000 + i, r_squared=r_squared) for i in range(tuning)]
            tests = [day(pool, seed * 1_000_000 + i, r_squared=r_squared, eta_error=eta) for i in range(days)]
            return priced(pool, others, predicts=True, level=level, on_list=on_list).worth(pool, tests)

        full = worth(0.5, 10.0, LEVEL_WEIGHT, LIST_WEIGHT)
        cases = {
            "no level, no list": (0.5, 10.0, 0.0, 0.0), "no list": (0.5, 10.0, LEVEL_WEIGHT, 0.0),
            "ETA within 2 min": (0.5, 2.0, LEVEL_WEIGHT, LIST_WEIGHT),
            "ETA within 20 min": (0.5, 20.0, LEVEL_WEIGHT, LIST_WEIGHT),
            "R² 0": (0.0, 10.0, LEVEL_WEIGHT, LIST_WEIGHT), "R² .25": (0.25, 10.0, LEVEL_WEIGHT, LIST_WEIGHT),
            "R² .75": (0.75, 10.0, LEVEL_WEIGHT, LIST_WEIGHT), "R² 1": (1.0, 10.0, LEVEL_WEIGHT, LIST_WEIGHT),
        }  # fmt: skip
        for name, case in cases.items():
            rows.setdefault(name, []).append(interval((worth(*case) - full) / full.mean()))
    for name, cells in rows.items():
        table.add_row(name, *cells)
    console.print(table)


def late(one: Day, worst: float, empty: float, seed: int) -> Day:
    """The riskiest share `worst` file only as they arrive, and file `empty` times as many trips that never come."""
    risky = one.value >= np.quantile(one.value, 1.0 - worst)
    listed = np.where(risky & one.comes, one.arrival, one.listed_from)
    changed = replace(one, listed_from=listed)
    ghosts = np.flatnonzero(risky & one.comes)
    ghosts = np.repeat(ghosts, int(empty))
    if not len(ghosts):
        return changed
    rng = np.random.default_rng([seed, 99])
    at = one.arrival[ghosts] + rng.uniform(-30.0, 30.0, len(ghosts))
    columns = {name: np.concatenate([getattr(changed, name), getattr(changed, name)[ghosts]])
               for name in ("value", "predicted", "actual", "draw")}  # fmt: skip
    arrival = np.concatenate([one.arrival, at])
    order = np.argsort(arrival, kind="stable")
    return Day(
        arrival[order], columns["value"][order], columns["predicted"][order], columns["actual"][order],
        np.concatenate([listed, at - 60.0])[order], np.concatenate([one.listed_to, at + 15.0])[order],
        np.concatenate([one.comes, np.zeros(len(ghosts), dtype=np.bool_)])[order], columns["draw"][order], one.down,
    )  # fmt: skip


def learnt(days: Sequence[Day]) -> Lateness:
    known = Lateness()
    for one in days:
        kinds = np.array([c.class_of(x) for x in one.value / one.predicted])
        known = known.after(kinds, one.listed_to - one.listed_from, one.comes)
    return known


def gamed(days: int, tuning: int, seed: int) -> None:
    table = Table(title="Filers who play: points of a day above the clearance rule, paired, 95 %")
    table.add_column("filers, and what the price knows of them")
    rows: dict[str, list[str]] = {}
    for pool in POOLS:
        table.add_column(pool.name)
        for name, empty in (("the riskiest fifth file late", 0), ("… and file three empty trips each", 3)):
            first = seed * 1_000_000
            others = [late(day(pool, first + 500_000 + i, r_squared=0.5), 0.2, empty, i) for i in range(tuning)]
            tests = [late(day(pool, first + i, r_squared=0.5), 0.2, empty, i) for i in range(days)]
            rule = peer("clearance", pool, others, per_minute=True).worth(pool, tests)
            plain = peer("clearance", pool, others).worth(pool, tests)
            for how, lateness in (("nothing", None), ("learnt", learnt(others))):
                mine = priced(
                    pool, others, predicts=True, level=LEVEL_WEIGHT, on_list=LIST_WEIGHT, lateness=lateness
                ).worth(pool, tests)  # fmt: skip
                beside = interval((mine - rule) / plain.mean())
                rows.setdefault(f"{name}: {how}", []).append(
                    f"{interval((mine - plain) / plain.mean())} (with predicted {beside})"
                )
    for name, cells in rows.items():
        table.add_row(name, *cells)
    console.print(table)


@njit(cache=True, nogil=True)
def _decisions(n, params, prevented, minutes, backlog, up, listed, book):
    """n decisions at changing states, the sum of their costs."""
    total = 0.0
    for i in range(n):
        backlog[0] = i & 63
        prevented[1] = i & 31
        total += c.choose(
            c.PRICED, params, 2, 3, 1, 0.5, prevented, minutes, 0.1, 400.0 + (i & 511), backlog, up, 1.1, listed, book
        )[1]
    return total


def costs(seed: int) -> None:
    table = Table(title="What it costs (processor time)")
    for column in ("what", "figure"):
        table.add_column(column)
    for pool in POOLS:
        others = [day(pool, seed * 1_000_000 + 500_000, r_squared=0.5)]
        priced(pool, others, predicts=True)
        began = time.process_time()
        for _ in range(3):
            priced(pool, others, predicts=True)
        each = (time.process_time() - began) / 3 / pool.scanners * 1e3
        table.add_row(f"a price table, {pool.name}", f"{each:.1f} ms a number of units up")
    runner = priced(POOLS[2], [day(POOLS[2], 7, r_squared=0.5)], predicts=True, level=0.8, on_list=0.8)
    nan = np.nan
    arrays = (
        runner.params, np.array([0.0, 20.0, 0, 0, 0, 0]), np.array([3.0, nan, nan, nan, nan, 0.0]), np.zeros(6),
        np.array([4, 0, 0, 0, 0, 0]), np.full(c.CLASSES, 50.0), runner.book,
    )  # fmt: skip
    _decisions(1, *arrays)
    began = time.process_time()
    _decisions(5_000_000, *arrays)
    table.add_row("a decision, compiled, with level and list", f"{(time.process_time() - began) / 5e6 * 1e9:.0f} ns")
    lists = [each.tolist() for each in arrays]
    took = []
    plain: Callable[..., object] = c.choose.py_func
    for i in range(50_000):
        lists[3][0] = float(i & 63)
        start = time.perf_counter_ns()
        plain(
            c.PRICED, lists[0], 2, 3, 1, 0.5, lists[1], lists[2], 0.1, 700.0, lists[3], lists[4], 1.1, lists[5],
            lists[6],
        )  # fmt: skip
        took.append(time.perf_counter_ns() - start)
    half, most = (np.quantile(took, share) / 1e3 for share in (0.5, 0.99))
    table.add_row("a decision, plain Python", f"p50 {half:.1f} µs, p99 {most:.1f} µs")
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--tuning-days", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sigma", type=float, default=world.SIGMA_SERVICE, help="of the logarithm of a service")
    given = parser.parse_args()
    world.SIGMA_SERVICE = given.sigma
    console.print(
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; synthetic days "
        f"{OPENS / 60:.0f}–{CLOSES / 60:.0f} h, {given.days} compared, {given.tuning_days} others to tune on; "
        f"values log-normal (median {world.MEDIAN_VALUE:g} truck-minutes, sigma {world.SIGMA_VALUE:g}), services "
        f"log-normal (sigma {given.sigma:g})"
    )
    days, tuning, seed = given.days, given.tuning_days, given.seed
    compare("Four pools", days, tuning, seed)
    compare("Half the scanners lost from 10 to 13 h", days, tuning, seed, lost=LOST)
    compare("Three times the trucks from 10 to 13 h", days, tuning, seed, surge=(*LOST, 3.0))
    worth_of_knowing(given.days, given.tuning_days, given.seed)
    gamed(given.days, given.tuning_days, given.seed)
    costs(given.seed)


if __name__ == "__main__":
    main()
