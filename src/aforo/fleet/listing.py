"""Every interruption of a period, one by one, with who told of it and where: what an auditor goes back to the log with.

Made part by part of the record, so that a log of years is listed in little memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from aforo.domain.scanner import Cause
from aforo.domain.units import Int64Array
from aforo.fleet.availability import HOUR
from aforo.fleet.classes import DeviceClass, classes
from aforo.fleet.interruption_rule import InterruptionRule
from aforo.fleet.ledger import Interruptions, ledger
from aforo.fleet.places import Places
from aforo.fleet.record import ABSENT, Bools, Record
from aforo.fleet.spans import last_before

#: Rows of the record that are worked on at once.
_ROWS_AT_ONCE: Final = 1 << 17


class Listed(NamedTuple):
    """An interruption, from `start` in microseconds since 1970 to `end`, None where it had not ended with the period.

    `port` is that where it began, or where the scanner was as the period did; `hours` are clock hours within the
    period. `causes` are all that were given, that which counts first. `reporters` are those that told of its beginning,
    each once, `reports` how many reports it is made of; `contradicted` says that they gave different causes. `lines`
    are all rows within it that say `down`, `up`, `responded` or that maintenance starts or ends, by their numbers.
    """

    scanner: str
    device: DeviceClass
    port: str | None
    start: int
    end: int | None
    hours: float
    causes: tuple[Cause, ...]
    planned: bool
    reporters: tuple[str, ...]
    reports: int
    contradicted: bool
    lines: tuple[int, ...]


def listed(
    record: Record, where: Places, start: int, end: int, rule: InterruptionRule | None = None
) -> Iterator[Listed]:
    """The interruptions of every device from `start` until before `end`, by scanner and start; by the newest rule
    unless another is given."""
    known = classes(record)
    for part in record.parts(_ROWS_AT_ONCE):
        found = ledger(part, end, rule).interruptions
        began, ended = np.maximum(found.start, start), np.minimum(found.end, end)
        own = np.flatnonzero(began < ended)
        if not len(own):
            continue
        yield from _of_part(part, known, where, found, own, began, ended)


def _of_part(
    part: Record,
    known: list[DeviceClass],
    where: Places,
    found: Interruptions,
    own: Int64Array,
    began: Int64Array,
    ended: Int64Array,
) -> Iterator[Listed]:
    names = part.names
    rows, edges, opens = _rows(part, found)
    # Plain numbers once for all: one by one they take as long as all the rest.
    lines = part.row[rows].tolist()
    reporters = np.where(opens, part.reporter[rows], ABSENT).tolist()
    causes: dict[tuple[int, int], tuple[Cause, ...]] = {}
    columns = (
        own, found.scanner[own], where.at(found.scanner[own], began[own]), found.start[own], found.end[own],
        found.lasts[own], ended[own] - began[own], found.causes[own], found.cause[own], found.planned[own],
        found.reports[own], found.contested[own], found.row[own], edges[own], edges[own + 1],
    )  # fmt: skip
    for (
        number,
        scanner,
        port,
        start,
        end,
        lasts,
        took,
        given,
        cause,
        planned,
        reports,
        contested,
        row,
        first,
        last,
    ) in zip(*(column.tolist() for column in columns), strict=True):
        inside, told = lines[first:last], reporters[first:last]
        if row not in inside:
            # A report of the time before service began lies before it.
            inside, told = [row, *inside], [*part.reporter[part.row == row].tolist(), *told]
        if (given, cause) not in causes:
            causes[given, cause] = found.causes_of(number)
        yield Listed(
            names.scanners[scanner],
            known[scanner],
            None if port == ABSENT else names.ports[port],
            start,
            None if lasts else end,
            took / HOUR,
            causes[given, cause],
            planned,
            tuple(names.reporters[code] for code in dict.fromkeys(told) if code != ABSENT),
            reports,
            contested,
            tuple(sorted(inside)),
        )


def _rows(record: Record, found: Interruptions) -> tuple[Int64Array, Int64Array, Bools]:
    """The rows within interruptions, by the number of theirs; from where to where those of each number stand; and which
    of them begin a report."""
    opening, closing = record.where("down", "maintenance_start", "responded"), record.where("up", "maintenance_end")
    # At the instant at which one ends and the next begins, an end is of the first.
    rows = np.concatenate([opening, closing])
    at = record.at[rows] - np.repeat([0, 1], [len(opening), len(closing)])
    number = last_before(found.scanner, found.start, record.scanner[rows], at)
    inside = np.flatnonzero((number >= 0) & (record.at[rows] <= found.end[np.maximum(number, 0)]))
    order = inside[np.lexsort((rows[inside], number[inside]))]
    edges = np.searchsorted(number[order], np.arange(len(found) + 1)).astype(np.int64)
    begins = np.zeros(len(record), dtype=np.bool_)
    begins[record.where("down", "maintenance_start")] = True
    return rows[order], edges, begins[rows[order]]
