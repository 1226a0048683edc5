"""What rules cost: microseconds a declaration for the five rules that ship, and for five that no column filter helps.

    python benchmarks/rules.py [--rows 100000] [--repeats 5]

The ceiling, in the same run, is bare evaluation of the same five compiled expressions on dictionaries made beforehand.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

import msgspec
import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from aforo.domain.table import DECLARATION_SCHEMA
from aforo.risk.rules import RuleSet, default_rules
from aforo.risk.rules.condition import compile_condition

#: Disjunctions of computed values: nothing in them can be decided by a column alone.
UNFILTERED = (
    "gross_mass_kg > 24 * 1000 or value_usd > 500 * 1000",
    "upper(lane) == 'FAST' or upper(trade_programme) == 'CTPAT3'",
    "value_usd / gross_mass_kg < 0.2 or value_usd / gross_mass_kg > 900",
    "startsWith(hs6, '22') or startsWith(hs6, '24')",
    "gross_mass_kg / packages > 2000 or duty_rate > 0.3",
)


def declarations(rows: int, seed: int = 1) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    empty = random.random(rows) < 0.25
    columns: dict[str, object] = {
        "filed_at": np.datetime64("2024-01-01T00:00:00", "us") + random.integers(0, 10**13, rows),
        "filed_offset_minutes": np.full(rows, -360),
        "hs6": random.choice(["220300", "240220", "870829", "070200", "853710"], rows),
        "gross_mass_kg": np.where(empty, 15_000.0, random.lognormal(9.2, 0.6, rows)),
        "value_usd": random.lognormal(10.0, 1.2, rows),
        "duty_rate": random.choice([0.0, 0.05, 0.25], rows),
        "packages": random.integers(1, 900, rows).astype(float),
        "declared_empty": empty,
        "lane": np.where(empty, "empty", random.choice(["standard", "fast"], rows)),
        "trade_programme": random.choice(["none", "ctpat2", "ctpat3"], rows),
        "seal_id": random.choice(["S1", "S2", "S3"], rows),
    }
    frame = pl.DataFrame(columns)
    return frame.select(
        (pl.col(name) if name in columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in DECLARATION_SCHEMA.items()
        if name != "filed_at"
    ).with_columns(filed_at=frame["filed_at"].dt.replace_time_zone("UTC"))


def median_us(work: Callable[[], object], rows: int, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e6 * statistics.median(times) / rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    table = declarations(arguments.rows)
    score = np.random.default_rng(2).integers(0, 300_000_000, arguments.rows)
    instant = datetime(2024, 6, 1, tzinfo=UTC)
    plain = default_rules()[1]
    unfiltered = RuleSet.compile(
        [msgspec.structs.replace(plain, id=f"rule-{i}", condition=text) for i, text in enumerate(UNFILTERED)]
    )
    shown = Table(title=f"{arguments.rows:,} declarations, 5 rules, median of {arguments.repeats}")
    for column in ("rules", "what", "hits", "µs a declaration"):
        shown.add_column(column, justify="left" if column in ("rules", "what") else "right")
    for name, rules in (("as shipped", RuleSet.default()), ("without a filter", unfiltered)):
        hits = sum(rules.evaluate(table, score, instant).fired.values())
        cost = median_us(lambda r=rules: r.evaluate(table, score, instant), arguments.rows, arguments.repeats)
        shown.add_row(name, "rule set", f"{hits:,}", f"{cost:.2f}")
        compiled = [compile_condition(rule.condition) for rule in rules.rules]
        ready = [
            (c.evaluate, table.filter(pl.lit(True)).select([f for f in c.fields if f in table.columns]).to_dicts())
            for c in compiled
        ]

        def bare(ready: list[tuple[Callable[..., object], list[dict[str, object]]]] = ready) -> None:
            for evaluate, rows in ready:
                for row in rows:
                    try:
                        evaluate(row)
                    except RuntimeError:
                        continue

        if name != "as shipped":  # some of those compare with an absent hour here, and would measure exceptions
            shown.add_row("", "bare zen evaluation", "", f"{median_us(bare, arguments.rows, 1):.2f}")
    Console(width=110).print(shown)
    print(f"{os.cpu_count()} CPUs, Python {platform.python_version()}, zen-engine {version('zen-engine')}; budget 5 µs")


if __name__ == "__main__":
    main()
