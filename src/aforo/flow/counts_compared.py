"""Trucks a month at each port, by the log and as an agency counted them: shown together, month by month.

A month is counted from the log where every local day of it is kept, and crossings of the port were heard of on each:
a part of a month is never held against the whole of one. The trucks of a port are those of all its bridges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec
import polars as pl

from aforo.domain.clock import instant
from aforo.flow.scoreboard import Board
from aforo.intake import bts
from aforo.measures.disagreement import Disagreement, Said, together
from aforo.scoreboard.places import number_of
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
    """The first days of those months, with the numbers of all their days, of which every local day is kept and has
    crossings at some of the bridges of a port."""
    first, last = board.kept()
    heard = board.days_heard(bridges)
    for begins, ends in _months(first, last):
        days = range(number_of(begins), number_of(ends) + 1)
        if heard.issuperset(days):
            yield begins, days


def _months(first: int, last: int) -> Iterator[tuple[date, date]]:
    """The first and last days of the whole months between two instants (microseconds), as far as days are kept."""
    begins = max(instant(first).date() + timedelta(days=1), instant(last).date() - timedelta(days=DAYS - 2))
    month = (begins.replace(day=1) + timedelta(days=31)).replace(day=1) if begins.day > 1 else begins
    while True:
        after = (month + timedelta(days=31)).replace(day=1)
        if after > instant(last).date():
            return
        yield month, after - timedelta(days=1)
        month = after
