"""Replay: logged decisions made again after the model, a rule, the policy and the version have changed, to the bit.

    python benchmarks/replay.py [--decisions 100000] [--seed 7]

A synthetic history is learnt from and the crossings after it are screened by a product that calls itself one minor
version older; some are amended, some cancelled, some examined, and some drivers erased. Then another model, another
policy and another rule come into force and more is screened. `aforo replay --all`, as a process of its own, makes every
decision of the log again. As a control that must be found, the value of one decision is then changed by the least
possible in the database itself.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from aforo.trials import world

LABELS = ("outcome", "threat", "severity")
RULE = """
id = "benchmark-watch"
version = "1"
condition = "gross_mass_kg > 9000"
author = "Ana"
source = "assumed; for the benchmark alone"
reason = {en = "Heavy.", es = "Pesado."}
public_reason = {en = "The goods have to be verified.", es = "Hay que verificar la mercancía."}
[[band]]
from = 0.0
contraband = 0.4
"""
#: Runs a command of the product under another version number.
AS_VERSION = (
    "import sys; from importlib import metadata as m; real = m.version; "
    "m.version = lambda name: sys.argv[1] if name == 'aforo' else real(name); "
    "from aforo.cli import complete_app; complete_app()(sys.argv[2:])"
)


class Product:
    """The commands of the product on one store, as processes."""

    def __init__(self, store: Path) -> None:
        self._environment = {**os.environ, "AFORO_STORE": str(store), "LC_ALL": "C"}
        self.version = metadata.version("aforo")

    def __call__(self, *arguments: str, fails: bool = False) -> tuple[str, float]:
        """Standard output and wall seconds; `fails` where exit code 1 is what is wanted."""
        started = time.perf_counter()
        made = subprocess.run(
            [sys.executable, "-c", AS_VERSION, self.version, *arguments],
            env=self._environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - started
        if made.returncode != int(fails):
            raise SystemExit(f"aforo {' '.join(arguments[:2])} ended with {made.returncode}: {made.stderr[-2000:]}")
        return made.stdout, seconds


def older(version: str) -> str:
    """A version with another minor number."""
    major, minor, *rest = version.split(".")
    return ".".join([major, str(int(minor) + 1 if minor == "0" else int(minor) - 1), *rest])


def amendments(filed: pl.DataFrame) -> pl.DataFrame:
    """Every twentieth declaration is filed again in other words, every hundredth cancelled."""
    own = pl.col("declaration_id")
    replaced = filed.gather_every(20).with_columns(
        amends=own, action=pl.lit("replace"), declaration_id=own + "-R", value_usd=pl.col("value_usd") * 0.7
    )
    cancelled = filed.gather_every(100, offset=7).with_columns(
        amends=own, action=pl.lit("cancel"), declaration_id=own + "-C"
    )
    return pl.concat([replaced, cancelled])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decisions", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    learnt = 10_000
    share_amended = 1 / 20 + 1 / 100
    first = round(0.9 * arguments.decisions / (1 + share_amended))
    later = arguments.decisions - first - len(range(0, first, 20)) - len(range(7, first, 100))
    weeks = 52
    rows = -(-(2 * learnt + first + later) // weeks)
    history = world.generate(arguments.seed, weeks, max(rows, 50)).history
    filings = history.drop(LABELS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        product = Product(folder / "log.sqlite")
        today, product.version = product.version, older(product.version)

        def put(frame: pl.DataFrame, file: str) -> str:
            frame.write_csv(folder / file)
            return str(folder / file)

        def screen(frame: pl.DataFrame, file: str, model: str, *more: str) -> None:
            product("screen", put(frame, file), "-m", str(folder / model), "-o", str(folder / "out.ndjson"), *more)

        product("learn", put(history.head(learnt), "h1.csv"), "-m", str(folder / "one"))
        day = filings[learnt : learnt + first]
        screen(day, "day.csv", "one")
        screen(amendments(day), "amended.csv", "one")
        found = history[learnt : learnt + first].gather_every(50).select("declaration_id", *LABELS)
        reports = put(found.with_columns(examined=pl.lit(1)), "reports.csv")
        product("outcomes", reports, "-m", str(folder / "one"))
        logged_by = product.version
        for driver in day["driver_id"].drop_nulls().unique(maintain_order=True).gather_every(50).head(20):
            product("erase", "--kind", "driver", "--value", driver, "--ground", "benchmark")
        # Now everything changes.
        product.version = today
        (folder / "rule.toml").write_text(RULE, encoding="utf-8")
        product("rules", "add", str(folder / "rule.toml"), "--by", "Ana")
        for stage in ("shadow", "active"):
            product("rules", "promote", "benchmark-watch", "--to", stage, "--by", "Bea")
        product("learn", put(history.head(2 * learnt), "h2.csv"), "-m", str(folder / "two"))
        policy = (Path(world.__file__).parents[1] / "routing" / "policy.toml").read_text(encoding="utf-8")
        (folder / "policy.toml").write_text(policy.replace("minutes = 600", "minutes = 450"), encoding="utf-8")
        rest = filings[learnt + first : learnt + first + later]
        screen(rest, "rest.csv", "two", "--rate", "0.08", "--policy", str(folder / "policy.toml"))
        told, seconds = product("replay", "--all", "--json")
        replayed = json.loads(told)
        store = folder / "log.sqlite"
        size = sum(path.stat().st_size for path in folder.glob("log.sqlite*")) / replayed["decisions"]
        changed = change_one(store)
        control, _ = product("replay", "--all", "--json", fails=True)
        caught = json.loads(control)["different"]
    if [each["event_id"] for each in caught] != [changed]:
        raise SystemExit("the changed decision was not found: this benchmark shows nothing")
    shown = Table(title="every field of every logged decision, made again")
    for column in ("decisions", "equal to the bit", "different", "seconds", "decisions/s"):
        shown.add_column(column, justify="right")
    count = replayed["decisions"]
    shown.add_row(
        f"{count:,}", f"{replayed['equal']:,}", f"{len(replayed['different']):,}", f"{seconds:.1f}",
        f"{count / seconds:,.0f}",
    )  # fmt: skip
    Console(width=110).print(shown)
    print(
        f"of them {first:,} filed and {count - first - later:,} amended or cancelled under version {logged_by}, model "
        f"one and the shipped rules; {later:,} under {today}, model two, one rule more, another policy and rate\n"
        f"the version is a number alone here: the code that decided is the code that replays; 20 drivers were erased\n"
        f"seconds are of the whole process; {size:,.0f} bytes of store a decision (SQLite)\n"
        f"control: one decision's value changed by one unit in the database: found, named, and nothing else\n"
        f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, "
        f"aforo {today}, polars {metadata.version('polars')}"
    )


def change_one(store: Path) -> str:
    """Change the value of one decision in the middle of the log; its identifier."""
    with sqlite3.connect(store) as db:
        rows = db.execute("SELECT count(*) FROM event WHERE type = 'crossing.decided'").fetchone()[0]
        event_id, body = db.execute(
            "SELECT event_id, body FROM event WHERE type = 'crossing.decided' ORDER BY position LIMIT 1 OFFSET ?",
            (rows // 2,),
        ).fetchone()
        event = json.loads(body)
        event["data"]["value"] += 1
        db.execute("UPDATE event SET body = ? WHERE event_id = ?", (json.dumps(event).encode(), event_id))
    db.close()
    return str(event_id)


if __name__ == "__main__":
    main()
