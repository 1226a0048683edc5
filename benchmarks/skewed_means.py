"""Limits of a mean by the ways that were considered: how often each holds it, where it misses, and how wide it is.

    python benchmarks/skewed_means.py [--draws 4000] [--seed 1]

Every way reads the same values, drawn from laws whose mean is known: times (gamma, exponential, log-normal), even ones
(normal, uniform), what is skew to the left (mirrored), what has long tails on both sides (Student's law with three
degrees of freedom), and the street of a port, which is empty in three of four weeks and log-normal else. Student's and
Hall's limits are the product's own functions. Beside them: Johnson's correction (Journal of the American Statistical
Association 73, 1978, 536-544), Student's limits on the logarithm of the mean, and the percentiles of 400 means of the
values drawn again. Width is over the shortest that limits of the mean can be that hold it in 95 % of draws: between the
2.5 % and the 97.5 % quantile of the mean itself. What this shows is told in ADR 35 and ADR 38. Nothing is judged here:
`measure_intervals.py` judges what is in use.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy import special

from aforo.measures.crossing_times import mean_interval, skewed_mean_interval
from aforo.measures.intervals import CONFIDENCE, Interval

Values = np.ndarray
#: Lower and upper limits, one of each for every row of values.
Limits = tuple[np.ndarray, np.ndarray]

TAIL = (1.0 - CONFIDENCE) / 2.0
AGAIN = 400


def street(draw: np.random.Generator, shape: tuple[int, int]) -> Values:
    return np.where(draw.random(shape) < 0.75, 0.0, draw.lognormal(0.0, 1.1, shape))


#: Each law: its mean, and values of it.
LAWS: dict[str, tuple[float, Callable[[np.random.Generator, tuple[int, int]], Values]]] = {
    "gamma, shape 2": (2.0, lambda draw, shape: draw.gamma(2.0, 1.0, shape)),
    "exponential": (1.0, lambda draw, shape: draw.exponential(1.0, shape)),
    "log-normal, sigma .9": (float(np.exp(0.405)), lambda draw, shape: draw.lognormal(0.0, 0.9, shape)),
    "normal about 5": (5.0, lambda draw, shape: draw.normal(5.0, 1.0, shape)),
    "uniform": (0.5, lambda draw, shape: draw.random(shape)),
    "exponential, mirrored about 5": (4.0, lambda draw, shape: 5.0 - draw.exponential(1.0, shape)),
    "long tails on both sides of 20": (20.0, lambda draw, shape: 20.0 + draw.standard_t(3.0, shape)),
    "street, empty in three of four": (0.25 * float(np.exp(1.1**2 / 2.0)), street),
}


def by_rows(way: Callable[[Values], Interval]) -> Callable[[Values], Limits]:
    """The product's own function, row by row."""

    def limits(values: Values) -> Limits:
        told = [way(row) for row in values]
        return np.array([each.low for each in told]), np.array([each.high for each in told])

    return limits


def half(values: Values) -> np.ndarray:
    count = values.shape[1]
    t = float(special.stdtrit(count - 1, 1.0 - TAIL))
    return np.asarray(t * values.std(axis=1, ddof=1) / np.sqrt(count))


def johnson(values: Values) -> Limits:
    """Student's limits, moved by the third moment over six variances and their number."""
    mean, variance = values.mean(axis=1), values.var(axis=1, ddof=1)
    third = ((values - mean[:, None]) ** 3).mean(axis=1)
    middle = mean + np.divide(third, 6.0 * variance * values.shape[1], out=np.zeros_like(mean), where=variance > 0.0)
    return middle - half(values), middle + half(values)


def logarithms(values: Values) -> Limits:
    """Not there where the mean is not above zero, which counts as a miss."""
    mean = values.mean(axis=1)
    told = np.where(mean > 0.0, mean, np.nan)
    factor = np.exp(half(values) / told)
    return told / factor, told * factor


def drawn_again(values: Values) -> Limits:
    draw = np.random.default_rng(7)
    count = values.shape[1]
    made = [row[draw.integers(0, count, (AGAIN, count))].mean(axis=1) for row in values]
    low, high = np.quantile(np.array(made), (TAIL, 1.0 - TAIL), axis=1)
    return low, high


WAYS: dict[str, Callable[[Values], Limits]] = {
    "Student's": by_rows(mean_interval),
    "Hall's": by_rows(skewed_mean_interval),
    "Johnson's": johnson,
    "on logarithms": logarithms,
    "drawn again": drawn_again,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--values", type=int, nargs="+", default=[5, 20, 30, 60, 100, 200])
    options = parser.parse_args()
    begun, console = time.perf_counter(), Console(width=180)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("values of this law")
    table.add_column("how many")
    for name in WAYS:
        table.add_column(name)
    settings = [(law, count) for law in LAWS for count in options.values]
    for number, (law, count) in enumerate(track(settings, console=Console(stderr=True))):
        truth, values = LAWS[law]
        own = values(np.random.default_rng((options.seed, number)), (options.draws, count))
        low, high = np.quantile(own.mean(axis=1), (TAIL, 1.0 - TAIL))
        row = [law, f"{count}"]
        for way in WAYS.values():
            lows, highs = way(own)
            under, over = (lows > truth).mean(), (highs < truth).mean()
            held = ((lows <= truth) & (truth <= highs)).mean()
            wide = np.nanmean(highs - lows) / (high - low)
            row.append(f"{held:.1%} ({under:.1%}, {over:.1%}) {wide:.2f}")
        table.add_row(*row)
    console.print(table)
    console.print(
        f"SYNTHETIC values, {options.draws:,} draws of each. Told is how often the limits hold the mean, and in "
        "brackets how often both are above it, and below it; then their width over the shortest.\n"
        f"{time.perf_counter() - begun:.0f} s; Python {platform.python_version()}, numpy {np.__version__}, "
        f"{os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
