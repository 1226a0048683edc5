"""Drug seizures by month, as US Customs and Border Protection publishes them.

Events and pounds by component, region, area of responsibility (a field office or a sector) and drug. No port and no
vehicle: nothing here supports a rate per truck. `FY` is the fiscal year, October to September, `2026 (FYTD)` one that
is not over: the calendar month is what is kept. The file has a row only where something was seized. Names are kept as
published, in lower case. The agency revises its files: a figure is that of the file that was read. A seizure of two
drugs is an event of each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import polars as pl

from aforo.domain.problem import Problem
from aforo.intake.decimals import MILLIONTHS, scaled
from aforo.intake.published import Found, rows, whole_number
from aforo.intake.whole_months import joined, undamaged

_COMPONENT, _REGION, _LAND, _AREA, _DRUG = (
    "component", "region", "land_filter", "area_of_responsibility", "drug_type",
)  # fmt: skip
_OF = (_COMPONENT, _REGION, _LAND, _AREA, _DRUG)
_EVENTS, _MONTH = "count_of_event", "month_(abbv)"
_POUNDS = "sum_qty_(lbs)"
_MONTHS = ("oct", "nov", "dec", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep")
_YEAR = re.compile(r"^([0-9]{4})(?: \(FYTD\))?$(?!\n)", re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
#: Pounds and events in one row: no area seizes as much in a month, and no sum leaves 64 bits.
_MOST_POUNDS, _MOST_EVENTS = 1_000_000, 1_000_000

SCHEMA: Final = pl.Schema(
    {
        "month": pl.Date, "component": pl.String, "region": pl.String, "land": pl.String, "area": pl.String,
        "drug": pl.String, "events": pl.Int64, "micropounds": pl.Int64,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Seizures:
    """What a file, or several, hold: `frame` has SCHEMA and only months that could be read as a whole."""

    frame: pl.DataFrame
    problems: tuple[Problem, ...]
    found: dict[str, int]


def read(data: bytes) -> Seizures:
    """The seizures in a file. Never raises for what `data` holds."""
    found = Found()
    seen: set[tuple[object, ...]] = set()
    taken: list[tuple[object, ...]] = []
    damaged: set[date] = set()
    for record, line, row in rows(data, ("fy", _MONTH, *_OF, _EVENTS, _POUNDS), found):
        place = f"line {line}"
        month = _month(row["fy"], row[_MONTH].casefold())
        if month is None:
            found.add("seizures_month", record, place, value=f"{row['fy']} {row[_MONTH]}")
            continue
        component, region, land, area, drug = (row[name].casefold().rstrip("*") for name in _OF)
        key = month, component, region, land, area, drug
        events, micropounds = whole_number(row[_EVENTS], _MOST_EVENTS), _micropounds(row[_POUNDS])
        if not all(key):
            found.add("seizures_of", record, place)
        elif events is None or micropounds is None:
            found.add("seizures_figure", record, place, value=row[_EVENTS if events is None else _POUNDS])
        elif key in seen:
            found.add("seizures_twice", record, place, value=f"{month:%Y-%m}")
        else:
            seen.add(key)
            taken.append((*key, events, micropounds))
            continue
        damaged.add(month)
    # A row that could not be split, or that names no month, may be of any.
    lost = any(code not in ("seizures_of", "seizures_figure", "seizures_twice") for code in found.counts)
    frame = undamaged(pl.DataFrame(taken, schema=SCHEMA, orient="row"), damaged, lost, found)
    if frame.is_empty() and not found.counts:
        found.add("seizures_nothing", 0, "file")
    return Seizures(frame, tuple(found.problems), dict(found.counts))


def together(files: Sequence[Seizures]) -> Seizures:
    """One file or several as one, with the problems of that alone; a month that two tell differently is in none."""
    found = Found()
    frame = joined([each.frame for each in files], ("month",), found)
    return Seizures(frame, tuple(found.problems), dict(found.counts))


@lru_cache(maxsize=1024)
def _month(fiscal_year: str, month: str) -> date | None:
    """The first day of the calendar month of a month of a fiscal year; None where they name none."""
    matched = _YEAR.match(fiscal_year)
    if matched is None or month not in _MONTHS or not _FIRST_YEAR <= int(matched[1]) <= _LAST_YEAR:
        return None
    place = _MONTHS.index(month)
    # October to December belong to the calendar year before.
    return date(int(matched[1]) - (place < 3), (place + 9) % 12 + 1, 1)


def _micropounds(text: str) -> int | None:
    """Pounds in whole millionths."""
    return scaled(text, MILLIONTHS, 0, _MOST_POUNDS * MILLIONTHS[0])
