"""Which bridges have which protections, the gap at mid-sized ones, and where traffic moves when one is closed.

It names the bridges that are protected least, so it is for official use alone: it is never published, in no form.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
import polars as pl

from aforo.domain.event import Origin
from aforo.domain.spreadsheet import cell
from aforo.scoreboard.protections import PROTECTIONS, Protected, Protection, unit_of
from aforo.scoreboard.size_classes import Gap, size_of


class Taken(msgspec.Struct, frozen=True):
    """What another bridge takes of the trucks that one turns away: a share with the ends of 95 % of a model's draws.
    `minutes` by road, None where the documents give both one place; `lanes_assumed`: its lanes have no source."""

    bridge: str
    name: str
    minutes: float | None
    share: float
    low: float
    high: float
    lanes_assumed: bool


class Closed(msgspec.Struct, frozen=True):
    """A bridge that is closed: the alternatives, the nearest first, and the share that is lost or put off (`nowhere`,
    with its ends `nowhere_low` and `nowhere_high`), None where the model knows no alternative within reach. `farther`:
    names of bridges that are within reach too, and no part of the model, which has the nearest alone."""

    bridge: str
    name: str
    taken: tuple[Taken, ...]
    nowhere: float | None
    nowhere_low: float | None
    nowhere_high: float | None
    farther: tuple[str, ...] = ()


class Held(msgspec.Struct, frozen=True):
    """The model against a closure that was counted: the share of the loss that a place gained in a month, counted, and
    by the model with the ends of 95 % of its draws; `within` says whether the first lies between them."""

    name: str
    month: str
    counted: float
    share: float
    low: float
    high: float
    within: bool


class Counted(msgspec.Struct, frozen=True):
    """Trucks of a place by month, as published; None where it was not counted."""

    name: str
    trucks: tuple[int | None, ...]


class Moves(msgspec.Struct, frozen=True):
    """Where traffic moves: by a model, which is synthetic. `days` are the first days of a closure over which shares are
    told, `farthest` the minutes by road within which alternatives are looked for, `most` at how many places they
    are, `fitted_on` the shocks that the model knows, and `nearest` the minutes that it takes for a road that is not
    known (assumed). `months` head the counts of `counted`."""

    days: int
    farthest: float
    nearest: float
    most: int
    fitted_on: tuple[str, ...]
    closed: tuple[Closed, ...]
    held: tuple[Held, ...]
    months: tuple[str, ...]
    counted: tuple[Counted, ...]


class Coverage(msgspec.Struct, frozen=True):
    """All of it, at an instant. `since` and `until` (not in it) are the local days that the log was looked at, None
    where there was no log; `origin` is what the log's events are. A bridge is mid-sized from `mid` trucks a day on and
    large from `large`, which is assumed. `counts` are the first and the last month of the trucks. `unplaced` are
    scanners in service of which nobody said at which bridge they stand: they are in no row."""

    now: datetime
    official: bool
    origin: Origin | None
    since: date | None
    until: date | None
    counts: tuple[str, str] | None
    mid: float
    large: float
    bridges: tuple[Protected, ...]
    gaps: tuple[Gap, ...]
    moves: Moves
    unplaced: int = 0


def frame(told: Coverage) -> pl.DataFrame:
    """A row for each figure of each bridge; texts are made safe for spreadsheets. `since` and `until` (not in it) are
    the local days of the log, `origin` what its events are: null without a log, which is then in no figure."""
    rows = [
        {
            "official_use_only": True,
            "synthetic": None if told.origin is None else told.origin != "live",
            "origin": told.origin,
            "since": None if told.since is None else f"{told.since}",
            "until": None if told.until is None else f"{told.until}",
            "bridge": cell(each.bridge),
            "name": cell(each.name),
            "port": each.port,
            "trucks_a_day": each.trucks,
            "size": size_of(each, told.mid, told.large),
            "protection": known.name,
            "unit": unit_of(known.name),
            "value": float(known.value),
            "low": known.low,
            "high": known.high,
            "part": known.part,
            "whole": known.whole,
            "compared": each.rate(known.name),
            "assumed": known.assumed,
            "sources": cell("; ".join(known.sources)),
            "notes": cell("; ".join(note.en for note in known.notes)),
        }
        for each in told.bridges
        for known in each.known
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def unknown(bridges: Sequence[Protected]) -> dict[Protection, list[str]]:
    """Of each protection the bridges of which nothing says whether they have it, by name."""
    lacking: dict[Protection, list[str]] = {
        name: [each.name for each in bridges if each.of(name) is None] for name in PROTECTIONS
    }  # fmt: skip
    return {name: own for name, own in lacking.items() if own}
