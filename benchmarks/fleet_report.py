"""The audit's figures out of a log that is told badly, and the report of ten years of 2,000 scanners.

    python benchmarks/fleet_report.py [--scanners 2000] [--rows 5000000]

First: a log of five years and 361 scanners is drawn so that it has the figures of the audit of 2025 (DHS Office of
Inspector General, OIG-25-24, June 2025: 150 bought, of which 50 installed, 21 delivered and not installed, 31 being
built, 43 in store, 5 unaccounted for; 166 of 361 down at some time, 400,369 hours), each outage with a cause or none.
It is told late and out of order, twice, by reporters that overlap and contradict each other, in several time zones,
with causes missing. `aforo fleet report` has to give every figure exactly, the hours of each cause too; ten seeds.

Then: so many rows of so many scanners and ten years, with a contract, by the command itself: how long, and in how much
memory at most (median of three runs), beside how long it takes merely to read the file's lines, and with
every interruption listed. SYNTHETIC throughout.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from run_all import processor

from aforo.trials.fleet_log import Fleet, history, write

PORTS = ("2304", "2305", "2402", "2404", "2406", "2501", "2506", "2604")
AUDIT = Fleet()
BOUGHT = {"installed": 50, "delivered": 21, "built": 31, "stored": 43, "unaccounted": 5}
#: Reports of the large log.
_RUNS = 3
CONTRACT = """id = "C-1"
version = 1
supplier = "Example Imaging (synthetic)"
currency = "USD"
zone = "America/Chicago"
from = 2010-01-01
[fee]
monthly = 12000.00
[service]
windows = [{ days = ["mon", "tue", "wed", "thu", "fri", "sat"], from = "06:00", until = "22:00" }]
[availability]
clause = "4.1"
minimum = 0.95
[[availability.band]]
clause = "4.2"
below = 0.95
credit = 0.05
[[exclusion]]
clause = "4.3"
planned = true
cap_hours = 8
[repair]
clause = "5.2"
credit = 0.01
[[repair.term]]
hours = 48
[[cap]]
clause = "6.1"
share = 0.25
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scanners", type=int, default=2_000)
    parser.add_argument("--rows", type=int, default=5_000_000)
    asked = parser.parse_args()
    out = Console(width=160)
    load = os.getloadavg()[0]
    out.print(f"{processor()}, {os.cpu_count()} CPUs, load {load:.1f}, Python {platform.python_version()}; SYNTHETIC")
    with tempfile.TemporaryDirectory() as folder:
        _audit(Path(folder), out)
        _large(Path(folder), asked.scanners, asked.rows, out)


def _audit(folder: Path, out: Console) -> None:
    """Ten logs that have the audit's figures."""
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    exact = 0
    rows = 0
    for seed in range(10):
        true = history(seed, AUDIT, PORTS, start, end, repeats=2)
        file = folder / f"audit-{seed}.csv"
        with file.open("w", encoding="utf-8") as stream:
            write(true.rows, stream)
        rows += len(true.rows)
        told = _report(file, "--from", start.isoformat(), "--until", end.isoformat())[0]
        found = told["report"]["all"]
        wrong = [
            what
            for what, ours, theirs in (
                ("fielded", found["scanners"], AUDIT.fielded),
                ("down at some time", found["ever_down"], AUDIT.down),
                ("hours", found["down"], float(AUDIT.hours)),
                ("interruptions", found["interruptions"], len(true.outages)),
                ("bought", told["report"]["ordered"], BOUGHT),
                *((name, round(found["hours"][name], 6), round(hours, 6)) for name, hours in true.hours.items()),
            )
            if ours != theirs
        ]
        exact += not wrong
        if wrong:
            out.print(f"seed {seed}: differs in {', '.join(wrong)}", style="red")
    out.print(f"the audit's figures: {exact} of 10 logs exact ({rows:,} rows in all)")


def _large(folder: Path, scanners: int, rows: int, out: Console) -> None:
    """One log of ten years."""
    start, end = datetime(2015, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    file = folder / "large.csv"
    written = 0
    batches = max(1, scanners // 100)
    with file.open("w", encoding="utf-8") as stream:
        for batch in range(batches):
            # More than seven rows tell of an outage, so that there are no fewer rows than were asked for.
            fleet = Fleet(100, 95, 180_000, 20, 2, 2, 2, 1, rows // batches // 7, f"B{batch:02d}")
            made = history(batch, fleet, PORTS, start, end, repeats=3)
            write(made.rows, stream, header=not batch)
            written += len(made.rows)
    contract = folder / "c-1.toml"
    contract.write_text(CONTRACT, encoding="utf-8")
    began = time.perf_counter()
    with file.open("rb") as raw:
        lines = sum(1 for _ in raw)
    bare = time.perf_counter() - began
    options = ("--contracts", str(contract), "--from", start.isoformat(), "--until", end.isoformat())
    told, seconds, most = _report(file, *options)
    took, peaks = [seconds], [most]
    for _ in range(_RUNS - 1):
        _, seconds, most = _report(file, *options)
        took.append(seconds)
        peaks.append(most)
    listing = folder / "interruptions.csv"
    _, listed, most = _report(file, *options, "--interruptions", str(listing))
    peaks.append(most)
    found = told["report"]
    table = Table(title="a log of ten years (SYNTHETIC)")
    for column in ("rows", "scanners", "file", "lines merely read", "report", "all listed", "memory", "interruptions",
                   "owed"):  # fmt: skip
        table.add_column(column)
    table.add_row(
        f"{written:,}",
        f"{found['all']['scanners']:,}",
        f"{file.stat().st_size / 1e6:,.0f} MB",
        f"{bare:.1f} s",
        f"{statistics.median(took):.1f} s ({min(took):.1f}–{max(took):.1f})",
        f"{listed:.1f} s",
        f"{max(peaks) / 1e6:,.0f} MB",
        f"{found['all']['interruptions']:,}",
        f"{found['contracts'][0]['owed_cents'] / 100:,.2f}",
    )
    assert lines == written + 1, "no row of the log holds a line break"
    assert written >= rows, "as many rows as were asked for"
    with listing.open("rb") as raw:
        assert sum(1 for _ in raw) == found["all"]["interruptions"] + 1, "every interruption is listed, once"
    out.print(table)
    hours = batches * 180_000
    out.print(f"hours down: {found['all']['down']:,.1f} of {hours:,} that were drawn")


def _report(file: Path, *options: str) -> tuple[Any, float, int]:
    """What the command says, how long it took, and its peak of resident memory in bytes."""
    script = (
        "import resource, sys; from aforo.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))\n"
    )
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", script, "fleet", "report", str(file), "--json", *options],
        capture_output=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout), seconds, int(done.stderr.split()[-1])


if __name__ == "__main__":
    main()
