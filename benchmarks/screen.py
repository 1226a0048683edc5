"""aforo screen: declarations a second after start-up, and whether memory grows with the file.

    python benchmarks/screen.py [--data FOLDER] [--rows 100000] [--runs 3]

Learns on kcs_train*.csv, then screens kcs_valid.csv repeated to `--rows` rows with fresh identifiers: model, evidence
per threat, reasons, decisions in the log (SQLite, synchronous=FULL), selection written. The rate is (rows − rows of a
short run) ÷ (time − time of the short run), as whole processes, so start-up and compilation count for neither (the
short run is long enough to start the process that writes the log, as the long one does); the median of the runs. What
whole processes make of it, start-up included, is told beside it. Peak memory is that of the process at `--rows` and at
four times as many.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET = 20_000


def repeated(source: Path, target: Path, rows: int) -> Path:
    """The rows of `source` again and again, each with an identifier of its own."""
    with source.open(encoding="utf-8-sig", newline="") as stream:
        header, *known = csv.reader(stream)
    with target.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for i in range(rows):
            writer.writerow([str(10_000_000_000 + i), *known[i % len(known)][1:]])
    return target


def run(*arguments: str, store: Path) -> tuple[float, float]:
    """Wall seconds and peak memory (MB) of one `aforo` process."""
    environment = {**os.environ, "AFORO_STORE": str(store), "AFORO_KEYS": str(store.with_name("keys.sqlite"))}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "aforo.cli", *arguments], env=environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status != 0:
        raise SystemExit(f"aforo {' '.join(arguments)} ended with status {status}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "declarations")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if not (arguments.data / "kcs_valid.csv").exists():
        raise SystemExit(f"no kcs_valid.csv in {arguments.data}: give the folder with --data")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, store = folder / "model", folder / "learn.sqlite"
        train = [str(path) for path in sorted(arguments.data.glob("kcs_train*.csv"))]
        seconds, _ = run("learn", *train, "-m", str(model), store=store)
        print(f"learn: {seconds:.1f} s on {len(train)} file(s)")
        valid = arguments.data / "kcs_valid.csv"
        short_rows = 24_000
        short = repeated(valid, folder / "short.csv", short_rows)
        whole = repeated(valid, folder / "whole.csv", arguments.rows)
        long = repeated(valid, folder / "long.csv", 4 * arguments.rows)

        def screen(file: Path, label: str) -> tuple[float, float]:
            screen_store = folder / f"{label}.sqlite"
            measured = run("screen", str(file), "-m", str(model), "-o", str(folder / "out.ndjson"), store=screen_store)
            for old in folder.glob(f"{label}*sqlite*"):
                old.unlink()
            return measured

        screen(short, "warm")
        rates: list[float] = []
        whole_rates: list[float] = []
        peak = 0.0
        for i in range(arguments.runs):
            base, _ = screen(short, f"s{i}")
            seconds, peak = screen(whole, f"w{i}")
            rates.append((arguments.rows - short_rows) / (seconds - base))
            whole_rates.append(arguments.rows / seconds)
        seconds, long_peak = screen(long, "long")
        print(f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
        print(f"load average at the end: {os.getloadavg()[0]:.1f}; rows {arguments.rows:,}; runs {arguments.runs}")
        print(f"{'figure':44} {'target':>12} {'measured':>12}")
        print(f"{'declarations/s after start-up, median':44} {TARGET:>12,} {statistics.median(rates):>12,.0f}")
        print(f"{'  least and most of the runs':44} {'':>12} {min(rates):>6,.0f}–{max(rates):,.0f}")
        whole_rate = statistics.median(whole_rates)
        print(f"{'  start-up and end of the process included':44} {'':>12} {whole_rate:>12,.0f}")
        print(f"{f'peak memory at {arguments.rows:,} rows, MB':44} {'':>12} {peak:>12,.0f}")
        print(f"{f'peak memory at {4 * arguments.rows:,} rows, MB':44} {'flat':>12} {long_peak:>12,.0f}")


if __name__ == "__main__":
    main()
