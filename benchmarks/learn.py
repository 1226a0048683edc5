"""aforo learn: how much memory a long history takes.

    python benchmarks/learn.py [--rows 2000000]

Draws a SYNTHETIC history, repeats its rows with identifiers of their own up to `--rows`, learns from it as a whole
process, and prints the wall time and the peak memory of that process against the bound of 2 GB.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from pathlib import Path

import polars as pl
from screen import run

from aforo.trials.world import generate

#: The bound of memory, in MB, and how many rows are drawn before they are repeated.
BOUND_MB, DRAWN = 2_000, 50_000


def write(path: Path, rows: int) -> None:
    """A history of so many rows: a drawn one again and again, each declaration and crossing under a name of its own."""
    drawn = generate(7, weeks=20, rows_per_week=DRAWN // 20).history
    names = [name for name in ("declaration_id", "crossing_id", "amends") if name in drawn.columns]
    with path.open("wb") as file:
        for begin in range(0, rows, drawn.height):
            part = drawn.head(rows - begin).with_columns((pl.col(name) + f"-{begin}").alias(name) for name in names)
            part.write_csv(file, include_header=begin == 0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "history.csv", rows)
        size = (folder / "history.csv").stat().st_size / 1e6
        arguments = ("learn", str(folder / "history.csv"), "-m", str(folder / "model"))
        seconds, megabytes = run(*arguments, store=folder / "learn.sqlite")
    print(f"{platform.python_version()}, {os.cpu_count()} processors; SYNTHETIC history, {rows:,} rows, {size:,.0f} MB")
    print(f"learn: {seconds:,.1f} s, peak memory {megabytes:,.0f} MB; bound {BOUND_MB:,} MB")


if __name__ == "__main__":
    main()
