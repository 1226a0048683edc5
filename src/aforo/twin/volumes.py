"""Trucks a month by port: those of 2024, which ship, and those of a published table that is given."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

from aforo.intake import bts
from aforo.twin.working_days import Month


@cache
def shipped() -> dict[str, dict[Month, int]]:
    """The counts of 2024 of the 22 truck ports, by Schedule D code (Bureau of Transportation Statistics)."""
    text = resources.files("aforo.twin").joinpath("counts_2024.csv").read_text("utf-8")
    found: dict[str, dict[Month, int]] = {}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        found.setdefault(row["port"], {})[int(row["month"][:4]), int(row["month"][5:])] = int(row["trucks"])
    return found


def published(table: bytes) -> dict[str, dict[Month, int]]:
    """The trucks of a published table, over those that ship. ValueError where it holds none."""
    rows = bts.read(table).frame
    found = {code: dict(months) for code, months in shipped().items()}
    taken = 0
    for port, month, measure, count in rows.select("port", "month", "measure", "count").iter_rows():
        if measure == "trucks" and count is not None:
            found.setdefault(port, {})[month.year, month.month] = count
            taken += 1
    if not taken:
        raise ValueError("no counts of trucks")
    return found
