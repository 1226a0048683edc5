"""Trucks a month at each port, by the log and as an agency counted them: shown together, month by month.

A month is counted from the log where every local day of it is kept, and crossings of the port were heard of on each:
a part of a month is never held against the whole of one. The trucks of a port are those of all its bridges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec
import polars as pl

from aforo.flow.scoreboard import Board
from aforo.intake import bts
from aforo.measures.disagreement import Disagreement, Said, together
from aforo.scoreboard.places import date_of, number_of
from aforo.scoreboard.state import DAYS

#: What the log, and the table of the Bureau of Transportation Statistics, are called among sources.
LOG, PUBLISHED = "log", "bts"


class MonthCompared(msgspec.Struct, frozen=True):
    """A port and a month, and what both sources say of its trucks."""

    port: str
    month: str
    compared: Disagreement


def counts_compared(board: Board, frame: pl.DataFrame) -> list[MonthCompared]:
    """The months that both have, by port. `frame` has the schema of `intake.bts`; what it lacks stays missing."""
    measure = board.measures.find("scan-rate", 1)
    found = []
    for port, bridges in sorted(board.places.by_port.items()):
        published = dict(bts.monthly(frame, [port]).iter_rows())
        for begins, days in whole_months(board, bridges):
            own = board.figure(measure, bridges, days).whole
            other = published.get(begins)
            told = [
                Said(LOG, None if own is None else float(own), count=own),
                Said(PUBLISHED, None if other is None else float(other), count=other),
            ]
            both = together("crossings", "trucks", told)
            if both is not None:
                found.append(MonthCompared(port, f"{begins:%Y-%m}", both))
    return found


def whole_months(board: Board, bridges: Sequence[str]) -> Iterator[tuple[date, range]]:
    """The first days of those months, with the numbers of all their days, of which every local day is kept and over at
    all of the bridges of a port, and has crossings at some of them."""
    first, last = board.kept()
    begins = max(board.places.day(each, first) for each in bridges) + 1
    ends = [board.places.day(each, last) for each in bridges]
    heard = board.days_heard(bridges)
    for month, until in _months(max(begins, max(ends) - (DAYS - 2)), min(ends)):
        days = range(month, until)
        if heard.issuperset(days):
            yield date_of(month), days


def _months(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The numbers of the first days of the whole months between two local days, and of the first days after them: the
    last day is not over."""
    begins = date_of(first)
    month = _next(begins) if begins.day > 1 else begins
    while number_of(after := _next(month)) <= last:
        yield number_of(month), number_of(after)
        month = after


def _next(day: date) -> date:
    """The first day of the month after that of a day."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
