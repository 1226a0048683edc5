"""Selective labels: what each way to select finds when only what was examined is known, on fresh seeds of the world.

    python benchmarks/selective_labels.py [--seeds 5] [--first-seed 101] [--weeks 104] [--rows-per-week 2000]
                                          [--prevalence 0.025] [--rate 0.05] [--arms NAME ...] [--processes 2]

Every arm replays the same worlds week by week at the same rate and refits after each week. `aforo` is the product as
`aforo backtest` runs it, a tenth of its examinations by lot; `all-labels` the same, lot included, with every past label
revealed: the ceiling. The peers are those of `aforo.trials.peers`. Ratios are paired by seed: the interval is Student's
on the logarithm of the ratio over the seeds. Finished runs are kept in bench-out/selective_labels, under a hash of
the product's code, so that a stopped benchmark goes on; `--fresh` forgets them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats

from aforo.routing import policy as policies
from aforo.trials import world
from aforo.trials.backtest import Setting
from aforo.trials.history import read_history
from aforo.trials.replay import LEARNERS, replay
from aforo.trials.report import report

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "bench-out" / "selective_labels"
ALL_LABELS = "all-labels"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")
ARMS = ("random", "importer-rule", "random-90/10", "exploit-loo", "exploit-past-only", "aforo", ALL_LABELS)
#: (arm, against, figure, target): at least so many times the other's.
TARGETS = (
    ("aforo", "exploit-loo", "precision", 1.25),
    ("aforo", "exploit-loo", "scheme_recall", 1.25),
    ("aforo", ALL_LABELS, "precision", 0.85),
    ("aforo", ALL_LABELS, "scheme_recall", 0.80),
)


def code_hash() -> str:
    """A hash of the product's code: results of other code are not taken for this one's."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src" / "aforo").rglob("*")):
        if path.suffix in (".py", ".toml") and {"risk", "trials", "routing", "flow"} & set(path.parts):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def run(arm: str, seed: int, size: tuple[int, int, float], rate: float, folder: Path) -> dict[str, Any]:
    """Replay one world with one arm, or what an earlier run of it found."""
    name = f"{arm.replace('/', '-')}-{seed}-{size[0]}x{size[1]}-{size[2]}-{rate}"
    done = folder / f"{name}.json"
    if done.exists():
        return dict(json.loads(done.read_text(encoding="utf-8")))
    policy = policies.parse(policies.default_document())
    with tempfile.TemporaryDirectory() as made:
        drawn = world.generate(seed, *size)
        history = Path(made) / "history.parquet"
        drawn.history.join(drawn.truth, on="declaration_id", maintain_order="left").write_parquet(history)
        read = read_history(history, scheme="scheme")
    learner = LEARNERS["aforo" if arm == ALL_LABELS else arm](policy, 0)
    setting = Setting(rate, "full" if arm == ALL_LABELS else "selective", policy)
    state = folder / name
    started, used = time.perf_counter(), time.process_time()
    finished = report(replay(read, learner, setting, "week", resume=state, every=13))
    figures = finished.overall.figures
    assert figures.scheme_recall is not None
    result = {
        "arm": arm,
        "seed": seed,
        "precision": figures.precision.value,
        "recall": figures.recall.value,
        "scheme_recall": figures.scheme_recall.value,
        "schemes": {each.scheme: each.examined / max(each.violations, 1) for each in finished.schemes},
        "seconds": time.perf_counter() - started,
        "processor_seconds": time.process_time() - used,
    }
    done.write_text(json.dumps(result), encoding="utf-8")
    shutil.rmtree(state, ignore_errors=True)
    return result


def ratio(
    results: dict[tuple[str, int], dict[str, Any]], arm: str, other: str, figure: str, seeds: Sequence[int]
) -> str:
    """The paired ratio of two arms with its 95 % interval over the seeds."""
    if any(results[each, seed][figure] <= 0.0 for each in (arm, other) for seed in seeds):
        return "–"
    logs = np.log([results[arm, seed][figure] / results[other, seed][figure] for seed in seeds])
    centre = float(np.exp(logs.mean()))
    if len(logs) < 2:
        return f"{centre:.2f}"
    half = float(stats.t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / np.sqrt(len(logs)))
    return f"{centre:.2f} ({centre * np.exp(-half):.2f}–{centre * np.exp(half):.2f})"


def show(results: dict[tuple[str, int], dict[str, Any]], arms: Sequence[str], seeds: Sequence[int]) -> None:
    out = Console(width=150)
    for figure, title in (("precision", "precision"), ("scheme_recall", "scheme recall")):
        table = Table(title=title, title_justify="left")
        table.add_column("arm")
        for seed in seeds:
            table.add_column(f"seed {seed}", justify="right")
        table.add_column("median", justify="right")
        for arm in arms:
            values = [results[arm, seed][figure] for seed in seeds]
            table.add_row(arm, *(f"{value:.3f}" for value in values), f"{np.median(values):.3f}")
        out.print(table)
    table = Table(title="scheme recall by scheme, mean over the seeds", title_justify="left")
    table.add_column("scheme")
    for arm in arms:
        table.add_column(arm, justify="right")
    for scheme in results[arms[0], seeds[0]]["schemes"]:
        means = [np.mean([results[arm, seed]["schemes"][scheme] for seed in seeds]) for arm in arms]
        table.add_row(scheme, *(f"{mean:.2f}" for mean in means))
    out.print(table)
    table = Table(title="ratios, paired by seed, with 95 % intervals", title_justify="left")
    for column in ("what", "figure", "ratio", "target", "reached"):
        table.add_column(column)
    for arm, other, figure, target in TARGETS:
        if arm in arms and other in arms:
            told = ratio(results, arm, other, figure, seeds)
            reached = "–" if told == "–" else "yes" if float(told.split()[0]) >= target else "no"
            table.add_row(f"{arm} ÷ {other}", figure.replace("_", " "), told, f"≥ {target}", reached)
    out.print(table)
    table = Table(title="cost of one arm and seed, median", title_justify="left")
    for column in ("arm", "wall s", "processor s"):
        table.add_column(column, justify="right")
    for arm in arms:
        seconds, used = (np.median([results[arm, seed][k] for seed in seeds]) for k in ("seconds", "processor_seconds"))
        table.add_row(arm, f"{seconds:,.0f}", f"{used:,.0f}")
    out.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=101)
    parser.add_argument("--weeks", type=int, default=104)
    parser.add_argument("--rows-per-week", type=int, default=2000)
    parser.add_argument("--prevalence", type=float, default=0.025)
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--fresh", action="store_true")
    asked = parser.parse_args()
    folder = OUT / code_hash()
    if asked.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    seeds = list(range(asked.first_seed, asked.first_seed + asked.seeds))
    size = (asked.weeks, asked.rows_per_week, asked.prevalence)
    print(
        f"world version {world.VERSION}, {asked.weeks} weeks × {asked.rows_per_week:,} rows, "
        f"prevalence {asked.prevalence}, rate {asked.rate}, default policy\n"
        f"{os.cpu_count()} CPUs, {asked.processes} processes of one thread, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {metadata.version(name)}" for name in ("aforo", "numpy", "scikit-learn", "polars")),
        flush=True,
    )
    results: dict[tuple[str, int], dict[str, Any]] = {}
    # The costly arms first, so that the processes end together.
    tasks = [(arm, seed) for arm in reversed(asked.arms) for seed in seeds]
    # One thread a process: they share the processors between them. Read when a process starts.
    os.environ.update(dict.fromkeys(THREADS, "1"))
    with ProcessPoolExecutor(asked.processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(run, arm, seed, size, asked.rate, folder): (arm, seed) for arm, seed in tasks}
        for future in as_completed(waiting):
            arm, seed = waiting[future]
            results[arm, seed] = future.result()
            told = results[arm, seed]
            print(
                f"[{len(results)}/{len(tasks)}] {arm}, seed {seed}: precision {told['precision']:.3f}, scheme recall "
                f"{told['scheme_recall']:.3f}, {told['seconds']:.0f} s",
                file=sys.stderr,
                flush=True,
            )
    show(results, asked.arms, seeds)


if __name__ == "__main__":
    main()
