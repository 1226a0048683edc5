"""Monthly truck counts by Texas bridge, as CBP's counts are compiled (`Year, Month, POE, Crossing, Modes, Northbound
Crossing`): what a port's count is divided by between its bridges.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from aforo.domain.problem import Problem
from aforo.intake.published import Found, rows, whole_number

_NEEDED = ("year", "month", "poe", "crossing", "modes", "northbound_crossing")
_TRUCKS = "commercial trucks"
_MOST = 10_000_000
SCHEMA: Final = pl.Schema({"port": pl.String, "bridge": pl.String, "month": pl.Date, "count": pl.Int64})


@dataclass(frozen=True)
class BridgeCounts:
    """What a file holds: `frame` has SCHEMA, ports and bridges by the names that the file gives them. A count is null
    where the file has a row of it that cannot be taken: it is missing, and no sum of its port is one without it."""

    frame: pl.DataFrame
    problems: tuple[Problem, ...]
    found: dict[str, int]


def read(data: bytes) -> BridgeCounts:
    """The counts of a file. Never raises for what `data` holds."""
    found = Found()
    kept: dict[tuple[str, str, date], int | None] = {}
    for record, line, row in rows(data, _NEEDED, found):
        if row["modes"].casefold() != _TRUCKS:
            continue
        place = f"line {line}"
        year, month = whole_number(row["year"], 2100), whole_number(row["month"], 12)
        count = whole_number(row["northbound_crossing"], _MOST)
        if not year or not month or year < 1990:
            found.add("bts_month", record, place, value=f"{row['year']}-{row['month']}")
        elif not row["poe"] or not row["crossing"]:
            found.add("bts_port", record, place, value=row["crossing"])
        else:
            key = row["poe"], row["crossing"], date(year, month, 1)
            if count is None:
                kept[key] = None
                found.add("bts_count", record, place, value=row["northbound_crossing"])
            elif kept.setdefault(key, count) != count:
                kept[key] = None
                found.add("bts_contradicts", record, place, port=row["crossing"], month=f"{key[2]:%Y-%m}")
    frame = pl.DataFrame([(*key, count) for key, count in kept.items()], schema=SCHEMA, orient="row")
    return BridgeCounts(frame.sort("port", "bridge", "month"), tuple(found.problems), dict(found.counts))


def shares(frame: pl.DataFrame, port: str, year: int) -> dict[str, float]:
    """The share of each bridge in the trucks of a port in a year; nothing where a month of a bridge that has trucks
    is missing, or a count could not be taken, since a share of what was counted would then be none of what came.
    """
    own = frame.filter(pl.col("port") == port, pl.col("month").dt.year() == year)
    sums = own.group_by("bridge").agg(pl.col("count").sum(), months=pl.len()).filter(pl.col("count") > 0)
    total = int(sums["count"].sum())
    if total == 0 or (sums["months"] < 12).any() or own["count"].null_count():
        return {}
    return {bridge: count / total for bridge, count, _ in sums.sort("bridge").iter_rows()}
