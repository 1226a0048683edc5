"""The published claims on the real tables, and what becomes of each verdict when the tables are changed.

    python benchmarks/claims.py [--data ../shared/data] [--seed 1]

The folder of data holds `crossings`, `transborder` and `seizures`, as their owners publish them. `aforo measure
claims` runs on the files as they are; on copies in which every number of one table is multiplied by a number of its
own, drawn from .5 to 1.5; and on copies of one table without the year 2024. A verdict that rests on a table must not
stay `reproduced` on the first, unless what was claimed is a limit or a direction or has so few digits that other
numbers have them too (these are named), nor be computed from the months that the second lacks. Beside it, some claims
are computed by plain sums over the lines of the files, with nothing of the product.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

REPOSITORY = Path(__file__).resolve().parent.parent
#: Where the numbers of a table stand, and its year.
COLUMNS = {
    "crossings": (["Value"], "Month"),
    "bridges": (["Northbound Crossing"], "Year"),
    "transborder": (["VALUE"], "YEAR"),
    "seizures": (["Count of Event", "Sum Qty (lbs)"], "FY"),
}

#: The year that is left out, a calendar year or a fiscal one as the table has it.
LEFT_OUT = "2024"

Row = dict[str, str]


def files_of(data: Path) -> dict[str, list[Path]]:
    counts = data / "crossings"
    return {
        "crossings": [counts / "bts_us_mexico_trucks.csv"],
        "bridges": sorted(counts.glob("cbp_texas_bridges*.csv")),
        "transborder": sorted((data / "transborder").glob("*.csv")),
        "seizures": sorted((data / "seizures").glob("*.csv")),
    }


def judged(files: dict[str, list[Path]]) -> dict[str, dict[str, object]]:
    """The verdicts of the command by claim."""
    given = [part for table, some in files.items() for file in some for part in (f"--{table}", str(file))]
    run = subprocess.run(
        [sys.executable, "-m", "aforo", "measure", "claims", "--json", *given], capture_output=True, text=True
    )
    if run.returncode not in (0, 1):
        raise SystemExit(run.stderr)
    return {each["claim"]: each for each in json.loads(run.stdout)["claims"]}


def rows_of(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        yield from csv.DictReader(opened)


def changed(file: Path, folder: Path, change: Callable[[Row], Row | None]) -> Path:
    """A copy of a file with rows changed, or left out where the change gives none."""
    made = folder / file.name
    rows = list(rows_of(file))
    with made.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(kept for row in rows if (kept := change(row)) is not None)
    return made


def scaled(table: str, draw: random.Random) -> Callable[[Row], Row]:
    def change(row: Row) -> Row:
        return row | {name: _times(row[name], draw.uniform(0.5, 1.5)) for name in COLUMNS[table][0]}

    return change


def _times(told: str, by: float) -> str:
    try:
        return f"{float(told) * by:.0f}" if float(told).is_integer() else repr(float(told) * by)
    except ValueError:
        return told


def cut(table: str) -> Callable[[Row], Row | None]:
    name = COLUMNS[table][1]
    return lambda row: None if row[name].startswith(LEFT_OUT) else row


def plain(data: Path) -> dict[str, tuple[str, str]]:
    """Claims by plain sums over the lines: what comes out, and of what."""
    trucks: Counter[tuple[str, str]] = Counter()
    for row in rows_of(data / "crossings" / "bts_us_mexico_trucks.csv"):
        if row["Measure"] == "Trucks":
            trucks[row["Port Code"], row["Month"]] += int(row["Value"])

    def of(codes: set[str], year: str) -> int:
        return sum(number for (code, month), number in trucks.items() if code in codes and month.startswith(year))

    region = of({"2304", "2303", "2302"}, "2024")
    border = sum(number for (_, month), number in trucks.items() if month.startswith("2024"))
    return {
        "laredo-region-2024": (f"{region:,}", "Laredo + Eagle Pass + Del Rio, 2024"),
        "laredo-2021": (f"{of({'2304'}, '2021'):,}", "Laredo, 2021"),
        "border-2024": (f"{border:,}", "all ports, 2024"),
    }


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    asked.add_argument("--seed", type=int, default=1)
    told = asked.parse_args()
    out = Console(width=120)
    files = files_of(told.data)
    if missing := [str(each) for some in files.values() for each in some if not each.exists()]:
        raise SystemExit(f"missing: {', '.join(missing)}")
    out.print(f"Python {platform.python_version()}, {platform.machine()}; {sum(map(len, files.values()))} files")
    began = time.perf_counter()
    base = judged(files)
    seconds = time.perf_counter() - began
    out.print(f"{len(base)} claims in {seconds:.1f} s: {dict(Counter(each['verdict'] for each in base.values()))}")
    stated = Counter(each["verdict"] for each in base.values() if each["stated"])
    out.print(f"of these from figures as published alone, which no table changes: {dict(stated)}")
    table = Table(title="What becomes of the verdicts that rest on a table when it is changed")
    for head in ("table", "change", "computed from it", "computed now", "same figure", "reproduced before", "now"):
        table.add_column(head, justify="left" if head in ("table", "change") else "right")
    stay: list[str] = []
    for name, own in files.items():
        without = judged(files | {name: []})
        rest = [each for each in base if base[each]["computed"] is not None and without[each]["computed"] is None]
        before = sum(base[each]["verdict"] == "reproduced" for each in rest)
        for kind in ("each number × .5 to 1.5", f"{LEFT_OUT} left out"):
            with tempfile.TemporaryDirectory() as folder:
                draw = random.Random(told.seed)
                change = scaled(name, draw) if kind.startswith("each") else cut(name)
                made = [changed(file, Path(folder), change) for file in own]
                after = judged(files | {name: made})
            if kind.startswith("each"):
                stay += [each for each in rest if after[each]["verdict"] == "reproduced"]
            computed = [after[each]["computed"] for each in rest]
            same = sum(after[each]["computed"] == base[each]["computed"] is not None for each in rest)
            now = sum(after[each]["verdict"] == "reproduced" for each in rest)
            known = sum(each is not None for each in computed)
            table.add_row(name, kind, *map(str, (len(rest), known, same, before, now)))
    out.print(table)
    for each in stay:
        out.print(f"reproduced by changed numbers too: {each}, {base[each]['published']}", markup=False)
    beside = Table(title="The same by plain sums over the lines")
    for head in ("claim", "of", "plain sum", "the product's"):
        beside.add_column(head)
    for claim, (value, of) in plain(told.data).items():
        if claim in base:
            beside.add_row(claim, of, value, str(base[claim]["computed"]))
    out.print(beside)


if __name__ == "__main__":
    main()
