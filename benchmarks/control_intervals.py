"""Coverage and width of the control sample's interval, over simulated years.

    python benchmarks/control_intervals.py [--years 1000] [--seed 1]

A year's crossings are dealt to strata of port, lane and programme; each stratum has its own violation rate (log-normal
around the prevalence, sigma 1, trusted programmes at half), scaled so that the whole has exactly the stated prevalence.
The lottery draws each crossing with the chance that the plan gives its stratum. The product's estimate over the planned
pools is compared with the true rate; its peers (Korn–Graubard, gamma, mid-p gamma, and a plain Wilson that ignores the
weights) see the same years. Widths are relative to the mean Clopper–Pearson width of a simple random sample of the same
number of examinations. The last setting spends so few examinations that the minima distort the chances most.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable

import numpy as np
import scipy
from rich.console import Console
from rich.progress import track
from rich.table import Table

from aforo.measures.control import PPB, ControlPlan, PlanParameters, Stratum, make_plan
from aforo.measures.control_estimate import Cells, control_estimate, unit_weights
from aforo.measures.control_outlook import PREVALENCES, expected_width
from aforo.measures.intervals import korn_graubard, weighted_count, wilson

#: Northbound trucks in 2024 by Schedule D code: US Bureau of Transportation Statistics, Border Crossing Data.
TRUCKS_2024 = {
    "2304": 3_026_632,
    "2506": 1_059_759,
    "2305": 721_489,
    "2401": 670_627,
    "2507": 462_526,
    "2604": 404_588,
    "2301": 304_278,
    "2303": 256_225,
    "2408": 169_241,
    "2402": 133_841,
    "2302": 75_721,
    "2505": 59_689,
    "2309": 58_058,
    "2310": 45_862,
    "2608": 44_246,
    "2307": 40_989,
    "2601": 28_640,
    "2404": 20_840,
    "2406": 18_430,
    "2403": 11_669,
    "2603": 3_090,
    "2602": 767,
}
#: Assumed: no public source gives lanes and programmes by port. Only members use the FAST lane.
MIX = {
    "standard": (0.60, {"none": 0.80, "ctpat1": 0.04, "ctpat2": 0.08, "ctpat3": 0.05, "oea": 0.03}),
    "fast": (0.15, {"ctpat1": 0.15, "ctpat2": 0.45, "ctpat3": 0.30, "oea": 0.10}),
    "empty": (0.25, {"none": 0.85, "ctpat1": 0.03, "ctpat2": 0.07, "ctpat3": 0.04, "oea": 0.01}),
}
RATE = 0.05

Limits = tuple[float, float]


def strata(ports: dict[str, int]) -> list[Stratum]:
    return [
        Stratum(port, lane, programme, round(trucks * share * part))
        for port, trucks in ports.items()
        for lane, (share, parts) in MIX.items()
        for programme, part in parts.items()
    ]


def violation_rates(plan: ControlPlan, prevalence: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    crossings = np.array([s.crossings for s in plan.strata])
    trusted = np.array([s.programme != "none" for s in plan.strata])
    rates = np.exp(random.normal(0.0, 1.0, len(crossings))) * np.where(trusted, 0.5, 1.0)
    return np.minimum(rates * prevalence * crossings.sum() / (rates * crossings).sum(), 1.0)


def year(plan: ControlPlan, rates: np.ndarray, random: np.random.Generator) -> Cells:
    """One year, counted by pool; the finds come from strata of different rates within a pool."""
    crossings = np.array([s.crossings for s in plan.strata], dtype=np.int64)
    pool = np.array([s.pool for s in plan.strata])
    chance = np.array([p.propensity_ppb for p in plan.pools])
    drawn = random.binomial(crossings, chance[pool] / PPB)
    found = random.binomial(drawn, rates)
    count = len(plan.pools)
    drawn_in = np.bincount(pool, drawn, count).astype(np.int64)
    return Cells(
        np.arange(count),
        chance,
        np.bincount(pool, crossings, count).astype(np.int64),
        drawn_in,
        drawn_in,
        np.bincount(pool, found, count).astype(np.int64),
    )


def product(cells: Cells) -> Limits:
    rate = control_estimate(cells, []).rate
    return rate.low, rate.high


def effective_size(cells: Cells) -> Limits:
    weights = unit_weights(cells)
    clean = cells.examined - cells.found
    made = korn_graubard(
        np.repeat(np.repeat([1.0, 0.0], len(weights)), np.concatenate([cells.found, clean])),
        np.repeat(np.concatenate([weights, weights]), np.concatenate([cells.found, clean])),
    )
    return made.low, made.high


def gamma(cells: Cells) -> Limits:
    weights = unit_weights(cells)
    made = weighted_count(np.repeat(weights, cells.found), weights.max())
    return made.low, made.high


def gamma_mid_p(cells: Cells) -> Limits:
    weights = unit_weights(cells)
    made = weighted_count(np.repeat(weights, cells.found), weights.max(), mid_p=True)
    return made.low, made.high


def plain_wilson(cells: Cells) -> Limits:
    low, high = wilson(cells.found.sum(), cells.examined.sum())
    return float(low), float(high)


METHODS: dict[str, Callable[[Cells], Limits]] = {
    "product": product,
    "Korn–Graubard": effective_size,
    "gamma": gamma,
    "gamma, mid-p": gamma_mid_p,
    "plain Wilson": plain_wilson,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    settings = {
        "the whole border": (TRUCKS_2024, PlanParameters(rate=RATE)),
        "a mid-size port": ({"2604": TRUCKS_2024["2604"]}, PlanParameters(rate=RATE)),
        "the border without Laredo, minima at half": (
            {port: trucks for port, trucks in TRUCKS_2024.items() if port != "2304"},
            PlanParameters(rate=RATE, minimum=60.0, minimum_share=0.5, most_oversampling=20.0),
        ),
    }
    console = Console(width=120)
    for name, (ports, parameters) in settings.items():
        plan = make_plan(strata(ports), parameters)
        chances = [p.propensity_ppb / PPB for p in plan.pools]
        table = Table(
            title=f"{name}: {sum(p.crossings for p in plan.pools):,.0f} crossings and "
            f"{sum(p.examinations for p in plan.pools):,.0f} random examinations a year\n{len(plan.strata)} strata in "
            f"{len(plan.pools)} pools, chances {min(chances):.3%} to {max(chances):.3%}; "
            f"{arguments.years:,} simulated years a prevalence"
        )
        table.add_column("prevalence")
        table.add_column("95 % interval")
        for column in ("coverage", "mean width", "÷ simple random sample", "rate published"):
            table.add_column(column, justify="right")
        for prevalence in PREVALENCES:
            rates = violation_rates(plan, prevalence, arguments.seed)
            random = np.random.default_rng([arguments.seed, round(prevalence * 1e6)])
            covered, width = dict.fromkeys(METHODS, 0), dict.fromkeys(METHODS, 0.0)
            simple, published = 0.0, 0
            for _ in track(
                range(arguments.years), f"{name}, {prevalence:.2%}", console=Console(stderr=True), transient=True
            ):
                cells = year(plan, rates, random)
                simple += expected_width(int(cells.examined.sum()), prevalence)
                published += control_estimate(cells, []).published == "rate"
                for method, limits in METHODS.items():
                    low, high = limits(cells)
                    covered[method] += low <= prevalence <= high
                    width[method] += high - low
            for method in METHODS:
                table.add_row(
                    f"{prevalence:.2%}" if method == "product" else "",
                    method,
                    f"{covered[method] / arguments.years:.1%}",
                    f"{width[method] / arguments.years:.4%}",
                    f"{width[method] / simple:.3f}",
                    f"{published / arguments.years:.0%} of years" if method == "product" else "",
                    end_section=method == "plain Wilson",
                )
        console.print(table)
    console.print(
        f"rate {RATE:.0%}, a tenth of it random; {os.cpu_count()} CPUs, Python {platform.python_version()}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}; targets: coverage ≥ 93 %, width ≤ 1.5"
    )


if __name__ == "__main__":
    main()
