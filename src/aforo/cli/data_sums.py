"""What tables of freight and of seizures hold, in a few rows: which months, and what they come to."""

from __future__ import annotations

from datetime import date

import msgspec
import polars as pl
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.intake.decimals import MILLIONTHS


class FreightHeld(msgspec.Struct, frozen=True):
    """One of the tables of TransBorder: its first and last month, how many it has, and their US dollars together."""

    table: str
    first: str
    last: str
    months: int
    dollars: int


class DrugHeld(msgspec.Struct, frozen=True):
    """One drug: the first and last month of the file, and the events and pounds (in millionths) of all of them."""

    drug: str
    first: str
    last: str
    events: int
    micropounds: int


def freight_held(frame: pl.DataFrame) -> list[FreightHeld]:
    """The tables of a frame of `intake.transborder`."""
    sums = frame.group_by("table").agg(
        first=pl.col("month").min(),
        last=pl.col("month").max(),
        months=pl.col("month").n_unique(),
        dollars=pl.sum("dollars"),
    )
    return [
        FreightHeld(table, _month(first), _month(last), months, dollars)
        for table, first, last, months, dollars in sums.sort("table").iter_rows()
    ]


def drugs_held(frame: pl.DataFrame) -> list[DrugHeld]:
    """The drugs of a frame of `intake.seizures`, the heaviest first."""
    if frame.is_empty():
        return []
    first, last = frame["month"].sort()[0], frame["month"].sort()[-1]
    sums = frame.group_by("drug").agg(pl.sum("events"), pl.sum("micropounds"))
    ordered = sums.sort("micropounds", "drug", descending=[True, False])
    return [DrugHeld(drug, _month(first), _month(last), events, pounds) for drug, events, pounds in ordered.iter_rows()]


def table_of_freight(held: list[FreightHeld], say: Sentences) -> Table:
    """The tables of TransBorder, for people. They are the same trade told apart in three ways."""
    table = terminal.listing(say, "data", "table", "first", "last", "months", "dollars", right=("months", "dollars"))
    for own in held:
        table.add_row(own.table, own.first, own.last, str(own.months), f"{own.dollars:,}")
    return table


def table_of_drugs(held: list[DrugHeld], say: Sentences) -> Table:
    """The drugs, for people."""
    table = terminal.listing(say, "data", "drug", "first", "last", "events", "pounds", right=("events", "pounds"))
    for own in held:
        pounds = own.micropounds / MILLIONTHS[0]
        table.add_row(own.drug, own.first, own.last, f"{own.events:,}", f"{pounds:,.0f}")
    return table


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
