"""Trucks a month by port: those of 2024, which ship, and those of a published table that is given."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources

from aforo.domain.problem import Problem
from aforo.intake import bts
from aforo.twin.working_days import Month, of_month


@cache
def shipped() -> dict[str, dict[Month, int]]:
    """The counts of 2024 of the 22 truck ports, by Schedule D code (Bureau of Transportation Statistics)."""
    text = resources.files("aforo.twin").joinpath("counts_2024.csv").read_text("utf-8")
    found: dict[str, dict[Month, int]] = {}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        found.setdefault(row["port"], {})[int(row["month"][:4]), int(row["month"][5:])] = int(row["trucks"])
    return found


def usual_start(port: str) -> date:
    """The first Monday of the month of the counts that ship in which most trucks came to a port a working day: a week
    in which what stands there is tried hardest. KeyError for a port that was not counted."""
    months = shipped()[port]
    year, month = max(months, key=lambda each: (months[each] / of_month(each), each))
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7)


def counted_days(port: str) -> tuple[date, date]:
    """The first and the last day of the months of a port that ship. KeyError for a port that was not counted."""
    months = sorted(shipped()[port])
    (year, month), begins = months[-1], months[0]
    return date(*begins, 1), date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


@dataclass(frozen=True)
class Published:
    """What a published table holds: trucks by port code and month, and what of it was refused, as `bts.read` says."""

    counts: dict[str, dict[Month, int]]
    problems: tuple[Problem, ...]
    found: dict[str, int]


def published(table: bytes) -> Published:
    """The trucks of a published table, of no other. ValueError where it holds none."""
    read = bts.read(table)
    counts: dict[str, dict[Month, int]] = {}
    for port, month, measure, count in read.frame.select("port", "month", "measure", "count").iter_rows():
        if measure == "trucks" and count is not None:
            counts.setdefault(port, {})[month.year, month.month] = count
    if not counts:
        raise ValueError("no counts of trucks")
    return Published(counts, read.problems, read.found)


def over_shipped(counts: Mapping[str, Mapping[Month, int]]) -> dict[str, dict[Month, int]]:
    """The counts that ship, with these in the place of those of the same port and month, and beside the others."""
    held = shipped()
    return {code: {**held.get(code, {}), **counts.get(code, {})} for code in dict.fromkeys((*held, *counts))}
