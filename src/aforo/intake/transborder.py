"""US freight with Canada and Mexico by month, as the Bureau of Transportation Statistics publishes it (TransBorder).

A month comes as three tables of the same trade, told apart by their columns: `dot1` by state and port, `dot2` by state
and commodity, `dot3` by port and commodity. They are never added together. Codes are those of its code book: TRDTYPE 1
export, 2 import (of the United States); DISAGMOT the mode; COUNTRY 1220 Canada, 2010 Mexico; DEPE the port in Schedule
D, `23XX` what of a district is at none of its listed border ports; COMMODITY2 the HS chapter; VALUE in US dollars.

Both directions of trade are in it, so its trucks go south too, unlike those of the border crossing counts. Weights are
left out: exports over land have none, which the table writes as 0.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal

import polars as pl

from aforo.domain.problem import Problem
from aforo.intake.published import Found, rows, whole_number
from aforo.intake.whole_months import joined, undamaged

Table = Literal["dot1", "dot2", "dot3"]
Trade = Literal["export", "import"]
Country = Literal["canada", "mexico"]
Mode = Literal["vessel", "air", "mail", "truck", "rail", "pipeline", "other", "trade zones"]

#: What tells the three tables apart: the columns that each has of state, port and commodity.
TABLES: Final[dict[Table, frozenset[str]]] = {
    "dot1": frozenset({"state", "port"}),
    "dot2": frozenset({"state", "commodity"}),
    "dot3": frozenset({"port", "commodity"}),
}
_COLUMNS = {"usastate": "state", "depe": "port", "commodity2": "commodity"}
_TRADES: dict[str, Trade] = {"1": "export", "2": "import"}
_COUNTRIES: dict[str, Country] = {"1220": "canada", "2010": "mexico"}
_MODES: dict[str, Mode] = {
    "1": "vessel", "3": "air", "4": "mail", "5": "truck", "6": "rail", "7": "pipeline", "8": "other",
    "9": "trade zones",
}  # fmt: skip
_NEEDED = ("trdtype", "disagmot", "country", "value", "month", "year")
#: What a row is of, besides its figures: two rows that agree in all of these are one row twice.
_OF = ("trdtype", *_COLUMNS, "disagmot", "mexstate", "canprov", "country", "df", "contcode")
_FORMS = {
    "state": re.compile(r"^[A-Z]{2}$(?!\n)"),
    "port": re.compile(r"^[0-9]{2}(?:[0-9]{2}|XX)$(?!\n)"),
    "commodity": re.compile(r"^[0-9]{2}$(?!\n)"),
}
#: Dollars in one row: less than the trade of a month with both neighbours, so that no sum leaves 64 bits.
_MOST_DOLLARS = 10**11
_FIRST_YEAR, _LAST_YEAR = 1990, 2100

SCHEMA: Final = pl.Schema(
    {
        "table": pl.String, "month": pl.Date, "trade": pl.String, "country": pl.String, "mode": pl.String,
        "state": pl.String, "port": pl.String, "commodity": pl.String, "dollars": pl.Int64,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Freight:
    """What a file, or several, hold: `frame` has SCHEMA and only months that could be read as a whole. A column that
    the table of a row does not have is null."""

    frame: pl.DataFrame
    problems: tuple[Problem, ...]
    found: dict[str, int]


def read(data: bytes) -> Freight:
    """The freight in a file of any of the three tables. Never raises for what `data` holds."""
    found = Found()
    seen: set[tuple[object, ...]] = set()
    taken: list[tuple[object, ...]] = []
    damaged: set[date] = set()
    table: Table | None = None
    for record, line, row in rows(data, _NEEDED, found):
        if table is None and (table := _table(row)) is None:
            found.add("transborder_table", 0, "file")
            break
        month = _month(row["year"], row["month"])
        if month is None:
            found.add("transborder_month", record, f"line {line}", value=f"{row['year']}-{row['month']}")
            continue
        places = {name: row[column].upper() for column, name in _COLUMNS.items() if name in TABLES[table]}
        key = (month, *(row.get(column, "") for column in _OF))
        dollars = whole_number(row["value"], _MOST_DOLLARS)
        if wrong := _wrong(row, places):
            found.add("transborder_code", record, f"line {line}", value=wrong)
        elif dollars is None:
            found.add("transborder_value", record, f"line {line}", value=row["value"])
        elif key in seen:
            # The table has one row of each: nobody can say whether a second one is to be added.
            found.add("transborder_twice", record, f"line {line}", value=f"{month:%Y-%m}")
        else:
            seen.add(key)
            taken.append((
                table, month, _TRADES[row["trdtype"]], _COUNTRIES[row["country"]], _MODES[row["disagmot"]],
                places.get("state"), places.get("port"), places.get("commodity"), dollars,
            ))  # fmt: skip
            continue
        damaged.add(month)
    # A row that could not be split, or that names no month, may be of any.
    lost = any(code not in ("transborder_code", "transborder_value", "transborder_twice") for code in found.counts)
    frame = undamaged(pl.DataFrame(taken, schema=SCHEMA, orient="row"), damaged, lost, found)
    if frame.is_empty() and not found.counts:
        found.add("transborder_nothing", 0, "file")
    return Freight(frame, tuple(found.problems), dict(found.counts))


def together(files: Sequence[Freight]) -> Freight:
    """One file or several as one, with the problems of that alone; a month of a table that two of them tell differently
    is in none."""
    found = Found()
    frame = joined([each.frame for each in files], ("table", "month"), found)
    return Freight(frame, tuple(found.problems), dict(found.counts))


def _table(columns: Collection[str]) -> Table | None:
    has = {name for column, name in _COLUMNS.items() if column in columns}
    return next((table for table, own in TABLES.items() if own == has), None)


@lru_cache(maxsize=1024)
def _month(year: str, month: str) -> date | None:
    """The first day of the month that two columns name; None where they name none."""
    of_year, of_month = whole_number(year, _LAST_YEAR), whole_number(month, 12)
    return date(of_year, of_month, 1) if of_year and of_month and of_year >= _FIRST_YEAR else None


def _wrong(row: Mapping[str, str], places: Mapping[str, str]) -> str:
    """The first code of a row that is none, empty where all are known."""
    listed = ((row["trdtype"], _TRADES), (row["country"], _COUNTRIES), (row["disagmot"], _MODES))
    unknown = [code or "–" for code, known in listed if code not in known]
    return (unknown + [code or "–" for name, code in places.items() if not _FORMS[name].match(code)] + [""])[0]
