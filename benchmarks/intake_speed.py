"""Reading clean declaration tables: rows a second, and memory, against bare parsing in the same run.

    python benchmarks/intake_speed.py [--rows 100000] [--repeats 5] [--data ../shared/data]

The tables are the conformance suite's sample of every column, and `kcs_valid.csv` where it is at hand, repeated with
fresh identifiers to the number of rows asked for. The ceiling is polars' own reader of CSV or Parquet into text, with
nothing checked. Polars works with one thread. Times are of the processor, medians of the repeats, in turns. Memory
is the most that a process of its own held while reading, for the table and for ten times as many rows.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl
from rich.console import Console
from rich.table import Table

from aforo.intake import declarations

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLE = REPOSITORY / "tests" / "samples" / "intake" / "declarations" / "every_column.csv"
MEASURE_MEMORY = """
import sys
from pathlib import Path
from aforo.intake import declarations
rows = sum(batch.records for batch in declarations.read(Path(sys.argv[1])))
print(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
"""


def repeated(source: Path, rows: int, target: Path) -> None:
    """The rows of a CSV file again and again under fresh identifiers."""
    once = pl.read_csv(source, infer_schema=False)
    key = once.columns[0]
    parts = []
    for number in range(-(-rows // len(once))):
        parts.append(once.with_columns(pl.concat_str(pl.lit(f"{number}-"), pl.col(key)).alias(key)))
    table = pl.concat(parts).head(rows)
    if target.suffix == ".parquet":
        table.write_parquet(target, row_group_size=65_536)
    else:
        table.write_csv(target)


def bare(path: Path) -> int:
    """The ceiling: the same file into text columns."""
    return len(pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False))


def product(path: Path) -> int:
    """The product: records read and checked, none refused."""
    batches = list(declarations.read(path))
    assert not any(batch.refused or batch.stopped for batch in batches)
    return sum(batch.records for batch in batches)


def seconds(work: Callable[[Path], int], path: Path, rows: int) -> float:
    started = time.process_time()
    assert work(path) == rows
    return time.process_time() - started


def memory_mb(path: Path) -> str:
    """The most that a process of its own held while reading, where the system tells (Linux)."""
    if not Path("/proc/self/status").is_file():
        return "-"
    run = subprocess.run([sys.executable, "-c", MEASURE_MEMORY, str(path)], check=True, capture_output=True, text=True)
    return f"{int(run.stdout) / 1024:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    asked = parser.parse_args()
    sources = [(SAMPLE, ".csv"), (SAMPLE, ".parquet")]
    korean = asked.data / "declarations" / "kcs_valid.csv"
    if korean.is_file():
        sources.append((korean, ".csv"))
    table = Table(
        title=f"reading and checking {asked.rows:,} clean declarations, one thread, medians of {asked.repeats}"
    )
    for name in ("table", "MB", "rows/s", "bare rows/s", "µs a row", "MB held", "MB held, ten times the rows"):
        table.add_column(name, justify="left" if name == "table" else "right")
    with tempfile.TemporaryDirectory() as folder:
        for source, ending in sources:
            path, large = Path(folder) / f"table{ending}", Path(folder) / f"large{ending}"
            repeated(source, asked.rows, path)
            repeated(source, 10 * asked.rows, large)
            product(path)
            times = [
                (seconds(product, path, asked.rows), seconds(bare, path, asked.rows)) for _ in range(asked.repeats)
            ]
            ours, ceiling = (statistics.median(column) for column in zip(*times, strict=True))
            table.add_row(
                source.stem + ending,
                f"{path.stat().st_size / 1e6:.1f}",
                f"{asked.rows / ours:,.0f}",
                f"{asked.rows / ceiling:,.0f}",
                f"{1e6 * ours / asked.rows:.1f}",
                memory_mb(path),
                memory_mb(large),
            )
    console = Console(width=140)
    console.print(table)
    console.print("Parquet is decoded in a process of its own, whose time and memory are not counted here")
    console.print(f"{os.cpu_count()} CPUs, Python {platform.python_version()}, polars {pl.__version__}")


if __name__ == "__main__":
    main()
