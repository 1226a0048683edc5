"""Monthly counts of trucks by port of entry, as the US Bureau of Transportation Statistics publishes them.

Columns as in its table (`Port Name, Port Code, Date or Month, Measure, Value`, in either spelling); measures other than
trucks and their containers, and other borders, are passed over. A port and month that are not there are missing, never
zero. From late 2023 on the loaded containers of most ports exceed their trucks, which is told and kept as it stands.

Port codes were re-cut: until February 2020, 2402 (El Paso) counts the Bridge of the Americas and Ysleta together, from
March on Ysleta has 2401. Tornillo (2404, called Marcelino Serna since) has no rows from June 2017 to July 2023.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import polars as pl

from aforo.domain.codes import schedule_d
from aforo.domain.problem import Problem
from aforo.intake.published import Found, rows, whole_number

Measure = Literal["trucks", "loaded", "empty"]
_MEASURES: dict[str, Measure] = {
    "trucks": "trucks",
    "truck containers loaded": "loaded",
    "truck containers full": "loaded",
    "loaded truck containers": "loaded",
    "truck containers empty": "empty",
    "empty truck containers": "empty",
}
#: More trucks than any port, or all of them, see in a month.
_MOST = 10_000_000
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"^([0-9]{4})-([0-9]{2})(?:-01(?:T00:00:00(?:\.0+)?)?)?$")
_NAMED = re.compile(r"^([A-Za-z]{3})[a-z]* ([0-9]{4})$")
_SLASHED = re.compile(r"^0?([0-9]{1,2})/0?1/([0-9]{4})(?: 12:00:00 AM)?$")
_CODE = re.compile(r"^[0-9]{3,4}$")

SCHEMA: Final = pl.Schema({"port": pl.String, "month": pl.Date, "measure": pl.String, "count": pl.Int64})


@dataclass(frozen=True)
class Recut:
    """Until `since`, what was counted under `code` held the trucks of all of `held`."""

    code: str
    held: frozenset[str]
    since: date


RECUTS: Final = (Recut("2402", frozenset({"2401", "2402"}), date(2020, 3, 1)),)


@dataclass(frozen=True)
class Counts:
    """What a file holds. `frame` has SCHEMA, one row a port, month and measure; `names` are the ports' last ones."""

    frame: pl.DataFrame
    names: dict[str, str]
    problems: tuple[Problem, ...]
    found: dict[str, int]


def read(data: bytes) -> Counts:
    """The counts of a file. Never raises for what `data` holds."""
    found = Found()
    kept: dict[tuple[str, date, Measure], int | None] = {}
    names: dict[str, str] = {}
    latest: dict[str, date] = {}
    for record, line, row in rows(data, ("port_name", "port_code", "measure", "value"), found):
        measure = _MEASURES.get(row["measure"].casefold())
        if measure is None or row.get("border", "").casefold().startswith("us-canada"):
            continue
        place = f"line {line}"
        text = row.get("month") or row.get("date") or ""
        month, count, code = month_of(text), whole_number(row["value"], _MOST), row["port_code"]
        if month is None:
            found.add("bts_month", record, place, value=text)
        elif not (code.isascii() and _CODE.match(code)):
            found.add("bts_port", record, place, value=code)
        elif count is None:
            found.add("bts_count", record, place, value=row["value"])
        else:
            code = code.zfill(4)
            key = code, month, measure
            if key not in kept:
                kept[key] = count
            elif kept[key] != count:
                # Nobody can say which of the two is right.
                kept[key] = None
                found.add("bts_contradicts", record, place, port=code, month=f"{month:%Y-%m}")
            else:
                found.add("bts_twice", record, place, gravity="warning", port=code, month=f"{month:%Y-%m}")
            if month >= latest.get(code, month):
                latest[code], names[code] = month, row["port_name"]
    whole = [(*key, count) for key, count in kept.items() if count is not None]
    frame = pl.DataFrame(whole, schema=SCHEMA, orient="row").sort("port", "month", "measure")
    if not whole and not found.counts:
        found.add("bts_nothing", 0, "file")
    for code in sorted(names):
        if code not in schedule_d():
            found.add("bts_port_unlisted", 0, "file", gravity="warning", port=code)
    if months := _too_many_containers(frame):
        found.add("bts_containers", 0, "file", gravity="warning", months=months)
    return Counts(frame, names, tuple(found.problems), dict(found.counts))


def month_of(text: str) -> date | None:
    """The first day of a month, as 2024-05, 2024-05-01T00:00:00.000, May 2024 or 05/01/2024; None where it is none."""
    if matched := _ISO.match(text):
        year, month = int(matched[1]), int(matched[2])
    elif matched := _NAMED.match(text):
        name = matched[1].casefold()
        year, month = int(matched[2]), _MONTHS.index(name) + 1 if name in _MONTHS else 0
    elif matched := _SLASHED.match(text):
        month, year = int(matched[1]), int(matched[2])
    else:
        return None
    return date(year, month, 1) if text.isascii() and 1 <= month <= 12 and _FIRST_YEAR <= year <= _LAST_YEAR else None


def monthly(frame: pl.DataFrame, ports: Sequence[str], measure: Measure = "trucks") -> pl.DataFrame:
    """Columns `month` and `count` of ports together: each month from the frame's first to its last, null where missing.

    A month is missing where a port has no row, or where its code counted other ports too that are not among `ports`;
    where they are, the common count stands for all of them.
    """
    wanted = set(ports)
    if frame.is_empty():
        return pl.DataFrame(schema={"month": pl.Date, "count": pl.Int64})
    span = pl.date_range(pl.col("month").min(), pl.col("month").max(), "1mo").alias("month")
    months = frame.select(span)
    own = frame.filter(pl.col("measure") == measure, pl.col("port").is_in(wanted))
    wide = months.join(
        own.pivot(on="port", index="month", values="count", on_columns=sorted(wanted)), on="month", how="left"
    )
    total = pl.sum_horizontal([pl.col(port) for port in sorted(wanted)], ignore_nulls=False)
    for recut in RECUTS:
        if wanted & recut.held:
            apart = wanted - recut.held
            before = pl.sum_horizontal([pl.col(port) for port in sorted({recut.code, *apart})], ignore_nulls=False)
            common = before if recut.held <= wanted else pl.lit(None, pl.Int64)
            total = pl.when(pl.col("month") < recut.since).then(common).otherwise(total)
    return wide.select("month", count=total.cast(pl.Int64))


def _too_many_containers(frame: pl.DataFrame) -> str:
    """The months in which the containers of all ports exceed their trucks by a tenth: first and last, or nothing."""
    if frame.is_empty():
        return ""
    sums = frame.group_by("month").agg(
        trucks=pl.col("count").filter(pl.col("measure") == "trucks").sum(),
        containers=pl.col("count").filter(pl.col("measure") != "trucks").sum(),
    )
    odd = sums.filter(pl.col("trucks") > 0, pl.col("containers") > 1.1 * pl.col("trucks")).sort("month")["month"]
    return f"{odd[0]:%Y-%m}, {odd[-1]:%Y-%m} ({len(odd)})" if len(odd) else ""
