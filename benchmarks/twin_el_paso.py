"""El Paso, September and October 2023, replayed: what each bridge lost and where it reappeared, told by other shocks.

    python benchmarks/twin_el_paso.py [--counts FILE] [--bridges FILE] [--seed 1]

The Bridge of the Americas was closed to trucks and the State of Texas inspected at Ysleta, 18 September to 18 October.
Nothing of these two months is used: the worth of days is fitted on the whole border, the diversion on the other shocks
of `aforo/twin/shocks.toml`, and what inspections leave of a bridge's capacity on the three bridges of April 2022. Then
every shock is predicted from all the others, to see how often the interval holds.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table
from scipy import stats

from aforo.twin.diversion import FITTED, PARAMETERS, Fit, drawn_shares, shares, utilities
from aforo.twin.diversion_fit import Seen, alternatives_of, fit, seen
from aforo.twin.expected_counts import Series, expected
from aforo.twin.shocks import Shock, Shocks, known
from aforo.twin.working_days import FITTED as WORTHS
from aforo.twin.working_days import KINDS, Month, shifted
from aforo.twin.working_days import fit as fit_days

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "crossings"
TEST = "el_paso_2023"
#: Bridges of a port, which only the CBP counts tell apart; everything else is counted by the BTS.
BRIDGES = ("World Trade Bridge", "Colombia Solidarity Bridge")
DRAWS = 20_000


def counted(ports: Path, bridges: Path) -> dict[str, dict[Month, int]]:
    """Trucks by port or bridge and month."""
    found: dict[str, dict[Month, int]] = {}
    rows = pl.read_csv(ports).filter(pl.col("Measure") == "Trucks").select("Port Name", "Month", "Value")
    for name, month, trucks in rows.iter_rows():
        found.setdefault(name, {})[int(month[:4]), int(month[5:])] = trucks
    rows = pl.read_csv(bridges).filter((pl.col("Modes") == "Commercial Trucks") & pl.col("Crossing").is_in(BRIDGES))
    for name, year, month, trucks in rows.select("Crossing", "Year", "Month", "Northbound Crossing").iter_rows():
        found.setdefault(name, {})[year, month] = trucks
    return found


def limits(drawn: np.ndarray, places: int = 0) -> str:
    low, middle, high = np.quantile(drawn, (0.025, 0.5, 0.975))
    return f"{middle:.{places}f} [{low:.{places}f}, {high:.{places}f}]"


def fitted_on(months: list[Seen]) -> Table:
    table = Table(title="What the diversion is fitted on: loss of all that were hit, gain of each alternative (trucks)")
    for heading in ("shock", "month", "loss", "alternative", "added minutes (road)", "gain", "of the loss"):
        table.add_column(heading, justify="left" if heading in ("shock", "month", "alternative") else "right")
    for month in months:
        for alternative, gain, deviation in zip(month.alternatives, month.gains, month.gain_deviations, strict=True):
            table.add_row(
                month.shock,
                f"{month.month[0]}-{month.month[1]:02d}",
                f"{month.loss:,.0f} ± {1.96 * month.loss_deviation:,.0f}",
                alternative.name,
                f"{alternative.added_minutes:.0f}",
                f"{gain:,.0f} ± {1.96 * deviation:,.0f}",
                f"{100 * gain / month.loss:.0f} %",
            )
    return table


def retained(shocks: Shocks, counts: Mapping[str, Series]) -> dict[str, float]:
    """What inspections left of a bridge's capacity on their days, by bridge, in the shocks before the test."""
    affected = shocks.affected()
    left = {}
    for shock in shocks.shock:
        for hit in shock.hit:
            if not hit.inspected or shock.name == TEST:
                continue
            month = shock.shown()[0]
            should = expected(counts[hit.port], month, affected[hit.port])
            if should is not None:
                left[f"{hit.port} {month[0]}"] = 1.0 - (1.0 - counts[hit.port][month] / should.trucks) / shock.part(
                    month
                )
    return left


def losses(shock: Shock, shocks: Shocks, counts: Mapping[str, Series], left: dict[str, float], seed: int) -> Table:
    """What each bridge lost against what the closure and the inspections predict."""
    random = np.random.default_rng((seed, 2))
    values = np.array(list(left.values()))
    spread = values.std(ddof=1) * np.sqrt(1 + 1 / len(values))
    drawn = np.clip(values.mean() + spread * stats.t(len(values) - 1).rvs(DRAWS, random_state=random), 0, 1)
    table = Table(title="What each bridge lost (trucks; predicted: median and 95 % interval)")
    for heading in (
        "bridge",
        "month",
        "working days hit",
        "predicted",
        "counted below expected",
        "counted, year on year",
    ):
        table.add_column(heading, justify="left" if heading in ("bridge", "month") else "right")
    for hit in shock.hit:
        for month in shock.shown():
            should = expected(counts[hit.port], month, shocks.affected()[hit.port])
            assert should is not None
            trucks = should.trucks + should.deviation * random.standard_normal(DRAWS)
            part = np.full(DRAWS, shock.part(month)) * (1.0 if hit.closed else 1.0 - drawn)
            before = counts[hit.port][shifted(month, -12)]
            table.add_row(
                f"{hit.port} ({'closed' if hit.closed else 'inspected'})",
                f"{month[0]}-{month[1]:02d}",
                f"{100 * shock.part(month):.0f} %",
                limits(trucks * part),
                f"{should.trucks - counts[hit.port][month]:,.0f} (of {should.trucks:,.0f})",
                f"{before - counts[hit.port][month]:,} (of {before:,})",
            )
    return table


def year_on_year(counts: Mapping[str, Series], names: tuple[str, ...], month: Month) -> int:
    return sum(counts[name].get(shifted(month, -12), 0) - counts[name].get(month, 0) for name in names)


def _of_net(drawn: np.ndarray) -> np.ndarray:
    return drawn[:, 0] / (1 - drawn[:, 1])


def _of_gross(drawn: np.ndarray) -> np.ndarray:
    return drawn[:, 0]


def _at_tornillo(drawn: np.ndarray) -> np.ndarray:
    return drawn[:, 1]


def _lost(drawn: np.ndarray) -> np.ndarray:
    return 1 - drawn.sum(axis=1)


def reappears(shock: Shock, shocks: Shocks, counts: Mapping[str, Series], found: Fit, seed: int) -> Table:
    """Santa Teresa's and Tornillo's shares, predicted for a shock nobody has seen, against the counts."""
    months = shock.shown()
    alternatives = alternatives_of(shock, shocks)
    drawn = drawn_shares(found, alternatives, [shock.age(month) for month in months], DRAWS, seed)
    parameters = found.draws(DRAWS, seed)
    mean_shock = np.stack([shares(utilities(parameters, alternatives, shock.age(month))) for month in months], axis=1)
    hit = tuple(each.port for each in shock.hit)
    table = Table(title="Where it reappears, in per cent of the loss (predicted: median and 95 % interval)")
    for heading in (
        "month",
        "share",
        "a shock like the average",
        "a shock not seen yet",
        "counted, year on year",
        "holds",
    ):
        table.add_column(heading, justify="left" if heading in ("month", "share") else "right")
    for at, month in enumerate(months):
        gross = year_on_year(counts, hit, month)
        net = year_on_year(counts, (*hit, "Tornillo"), month)
        gains = {name: -year_on_year(counts, (name,), month) for name in ("Santa Teresa", "Tornillo")}
        rows = (
            ("Santa Teresa, of the net loss", _of_net, gains["Santa Teresa"] / net),
            ("Santa Teresa, of the gross loss", _of_gross, gains["Santa Teresa"] / gross),
            ("Tornillo, of the gross loss", _at_tornillo, gains["Tornillo"] / gross),
            ("lost or deferred", _lost, 1 - sum(gains.values()) / gross),
        )
        for label, of, truth in rows:
            unseen = of(drawn[:, at])
            low, high = np.quantile(unseen, (0.025, 0.975))
            table.add_row(
                f"{month[0]}-{month[1]:02d}",
                label,
                limits(100 * of(mean_shock[:, at])),
                f"{limits(100 * unseen)}, ± {50 * (high - low):.0f}",
                f"{100 * truth:.0f}",
                "yes" if low <= truth <= high else "NO",
            )
    return table


def after_first_month(months: list[Seen], found: Fit, seed: int) -> str:
    """The second month's share once the first is counted: draws weighed by how well they tell the first."""
    first, second = months
    drawn = drawn_shares(found, first.alternatives, [first.days, second.days], DRAWS, seed)
    deviation = np.hypot(first.gain_deviations, drawn[:, 0] * first.loss_deviation)
    off = (np.array(first.gains) - drawn[:, 0] * first.loss) / deviation
    weights = (-0.5 * off * off - np.log(deviation)).sum(axis=1)
    weights = np.exp(weights - weights.max())
    chosen = np.random.default_rng((seed, 4)).choice(DRAWS, DRAWS, p=weights / weights.sum())
    return (
        f"Once September is counted, October's share at Santa Teresa of the gross loss is told as "
        f"{limits(100 * drawn[chosen, 1, 0])} per cent; counted {100 * second.gains[0] / second.loss:.0f}."
    )


def each_from_others(months: list[Seen], seed: int) -> tuple[Table, int, int]:
    """Every shock predicted from the others: the whole share that reappeared anywhere we look."""
    table = Table(title="Each shock predicted from all others: each alternative's share of the loss, per cent")
    for heading in ("shock", "month", "alternative", "predicted (95 %, with the noise of counts)", "counted", "holds"):
        table.add_column(heading, justify="right" if heading in ("predicted", "counted") else "left")
    held = total = 0
    random = np.random.default_rng((seed, 3))
    for name in dict.fromkeys(month.shock for month in months):
        found = fit([month for month in months if month.shock != name and month.shock != TEST], seed, 6000)
        own = [month for month in months if month.shock == name]
        for month in own:
            drawn = drawn_shares(found, month.alternatives, [month.days], DRAWS, seed)[:, 0]
            for at, alternative in enumerate(month.alternatives):
                noise = np.hypot(month.gain_deviations[at], drawn[:, at] * month.loss_deviation) / month.loss
                told = drawn[:, at] + noise * random.standard_normal(DRAWS)
                low, high = np.quantile(told, (0.025, 0.975))
                share = month.gains[at] / month.loss
                total += 1
                held += low <= share <= high
                table.add_row(
                    name,
                    f"{month.month[0]}-{month.month[1]:02d}",
                    alternative.name,
                    limits(100 * told),
                    f"{100 * share:.0f}",
                    "yes" if low <= share <= high else "NO",
                )
    return table, held, total


def main() -> None:
    parser = argparse.ArgumentParser(description="El Paso 2023, replayed from other shocks.")
    parser.add_argument("--counts", type=Path, default=DATA / "bts_us_mexico_trucks.csv", help="BTS, trucks by port")
    parser.add_argument(
        "--bridges", type=Path, default=DATA / "cbp_texas_bridges_to_2025-02.csv", help="CBP, by bridge"
    )
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    console = Console(width=150)
    if not (arguments.counts.is_file() and arguments.bridges.is_file()):
        raise SystemExit("the counts are absent: give --counts and --bridges")
    console.print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, seed {arguments.seed}")
    began = time.perf_counter()
    counts = counted(arguments.counts, arguments.bridges)
    totals: dict[Month, int] = {}
    for name, series in counts.items():
        if name not in BRIDGES:
            for month, trucks in series.items():
                if month >= (2009, 1):
                    totals[month] = totals.get(month, 0) + trucks
    worths, errors, left_over = fit_days(totals)
    console.print(
        "Worth of a day, fitted on the whole border (an ordinary day is 1): "
        + ", ".join(f"{kind} {w:.2f} ± {1.96 * e:.2f}" for kind, w, e in zip(KINDS, worths, errors, strict=True))
        + f"; {100 * left_over:.1f} % left; in use {WORTHS}"
    )
    shocks = known()
    months = [month for shock in shocks.shock for month in seen(shock, shocks, counts)]
    others = [month for month in months if month.shock != TEST]
    console.print(fitted_on(others))
    found = fit(others, arguments.seed)
    deviations = np.sqrt(np.diag(np.array(found.covariance)))
    table = Table(title="Parameters of the diversion (posterior mean ± 95 %), and those that ship")
    for heading in ("parameter", "fitted now", "shipped"):
        table.add_column(heading, justify="left" if heading == "parameter" else "right")
    for name, mean, deviation, shipped in zip(PARAMETERS, found.means, deviations, FITTED.means, strict=True):
        table.add_row(name, f"{mean:.2f} ± {1.96 * deviation:.2f}", f"{shipped:.2f}")
    console.print(table)
    shock = shocks.named(TEST)
    left = retained(shocks, counts)
    console.print("What inspections left of capacity: " + ", ".join(f"{k} {100 * v:.0f} %" for k, v in left.items()))
    console.print(losses(shock, shocks, counts, left, arguments.seed))
    console.print(reappears(shock, shocks, counts, found, arguments.seed))
    console.print(after_first_month([month for month in months if month.shock == TEST], found, arguments.seed))
    told, held, total = each_from_others(months, arguments.seed)
    console.print(told)
    between = np.exp(found.means[4])
    console.print(
        f"Of {total} shares {held} lie in their 95 % interval. Shocks differ by a standard deviation of {between:.2f} "
        "in log-odds, and no public figure says why (waits at the alternatives, hours lengthened, who was told when): "
        "that, not the number of draws, is the width of the interval for a shock not seen yet."
    )
    console.print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
