"""A backtest of two years: 104 weeks × 2,000 crossings with weekly refits, as one `aforo backtest` process.

    python benchmarks/backtest_104_weeks.py [--weeks 104] [--rows-per-week 2000] [--seed 7] [--feedback selective ...]

Target: under 15 minutes on two cores. Wall and processor time, peak memory, the size of the selections, and what it
found; a run that is stopped half-way and resumed must write the same bytes, which is checked in the same run with
`--resumed`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

from rich.console import Console
from rich.table import Table

TARGET_MINUTES = 15.0


def aforo(*arguments: str, out: Path | None = None) -> tuple[float, float, float, int]:
    """(wall s, processor s, peak MB, exit status) of one process; its standard output goes to `out`."""
    started = time.perf_counter()
    with open(out or os.devnull, "wb") as stream:
        process = subprocess.Popen([sys.executable, "-m", "aforo.cli", *arguments], stdout=stream)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def stopped_and_resumed(history: Path, folder: Path, feedback: str) -> str:
    """The SHA-256 of the selections of a run that was killed once its state was saved, and resumed."""
    selections, state = folder / f"resumed-{feedback}.ndjson", folder / f"resumed-{feedback}"
    command = [
        "backtest", str(history), "--label", "outcome", "--feedback", feedback,
        "--selections", str(selections), "--resume", str(state), "--save-every", "8",
    ]  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "aforo.cli", *command], stdout=subprocess.DEVNULL)
    while process.poll() is None and not (state / "backtest.npz").exists():
        time.sleep(0.2)
    time.sleep(2.0)
    process.send_signal(signal.SIGKILL)
    process.wait()
    if aforo(*command)[3] != 0:
        raise SystemExit("the resumed run failed")
    return hashlib.sha256(selections.read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int, default=104)
    parser.add_argument("--rows-per-week", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--feedback", nargs="+", choices=("selective", "full"), default=["selective"])
    parser.add_argument("--resumed", action="store_true", help="also kill and resume a run, and compare the bytes")
    asked = parser.parse_args()
    print(
        f"{asked.weeks} weeks × {asked.rows_per_week:,} rows, prevalence 0.025, rate 0.05, refits every week\n"
        f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the start, Python {platform.python_version()}, "
        + ", ".join(
            f"{name} {metadata.version(name)}" for name in ("aforo", "numpy", "scikit-learn", "numba", "polars")
        ),
        flush=True,
    )
    table = Table()
    for column in (
        "feedback",
        "wall min",
        "target",
        "processor min",
        "peak MB",
        "selections MB",
        "precision",
        "resumed",
    ):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        history = folder / "history.parquet"
        sizes = ("--weeks", str(asked.weeks), "--rows-per-week", str(asked.rows_per_week))
        if aforo("world", "--seed", str(asked.seed), *sizes, "-o", str(history), "--truth-columns")[3] != 0:
            raise SystemExit("aforo world failed")
        for feedback in asked.feedback:
            selections, told = folder / f"{feedback}.ndjson", folder / f"{feedback}.json"
            wall, used, peak, status = aforo(
                "backtest", str(history), "--label", "outcome", "--scheme", "scheme", "--feedback", feedback,
                "--selections", str(selections), "--resume", str(folder / f"state-{feedback}"), "--json", out=told,
            )  # fmt: skip
            if status != 0:
                raise SystemExit(f"aforo backtest ended with status {status}")
            same = ""
            if asked.resumed:
                whole = hashlib.sha256(selections.read_bytes()).hexdigest()
                same = "same bytes" if stopped_and_resumed(history, folder, feedback) == whole else "OTHER BYTES"
            figures = json.loads(told.read_text(encoding="utf-8"))["overall"]["figures"]
            table.add_row(
                feedback,
                f"{wall / 60:.1f}",
                f"< {TARGET_MINUTES:.0f}",
                f"{used / 60:.1f}",
                f"{peak:,.0f}",
                f"{selections.stat().st_size / 1e6:,.0f}",
                f"{figures['precision']['value']:.3f}",
                same,
            )
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
