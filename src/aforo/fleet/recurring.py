"""Failures that come back: of one scanner, for one cause, within some days of the end of the last one."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from aforo.domain.scanner import CAUSES, Cause
from aforo.fleet.availability import HOUR
from aforo.fleet.ledger import Ledger
from aforo.fleet.places import Places
from aforo.fleet.record import ABSENT

_DAY: Final = 24 * HOUR


class Again(msgspec.Struct, frozen=True):
    """One failure of a run; instants in microseconds since 1970, `end` None where it lasts. `row` is the number of the
    first report of it in the log, `reports` how many tell of it."""

    start: int
    end: int | None
    row: int
    reports: int


class Recurring(msgspec.Struct, frozen=True):
    """A run of failures of one scanner for one cause, each within the days of the end of the one before it. `hours`
    down in all, `port` where it was at the last one."""

    scanner: str
    port: str | None
    cause: Cause
    failures: tuple[Again, ...]
    hours: float


def recurring(ledger: Ledger, where: Places, days: int, start: int, end: int) -> list[Recurring]:
    """The runs of failures that came back in the period, the longest first; each with the failure before the period
    that its first one in it came back from, if there is one.

    Failures without a reported cause are in none: nothing says that they are of one cause.
    """
    found = ledger.interruptions
    rows = np.flatnonzero(found.failures & (found.cause != ABSENT) & (found.start < end))
    rows = rows[np.lexsort((found.start[rows], found.cause[rows], found.scanner[rows]))]
    same = (found.scanner[rows[1:]] == found.scanner[rows[:-1]]) & (found.cause[rows[1:]] == found.cause[rows[:-1]])
    near = found.start[rows[1:]] - found.end[rows[:-1]] <= days * _DAY
    runs = np.split(rows, np.flatnonzero(~(same & near)) + 1) if len(rows) else []
    names = ledger.record.names
    told: list[Recurring] = []
    for whole in runs:
        before = int((found.start[whole] < start).sum())
        run = whole[max(before - 1, 0) :]
        if before == len(whole) or len(run) < 2:
            continue
        last = int(run[-1])
        port = int(where.at([found.scanner[last]], [found.start[last]])[0])
        told.append(
            Recurring(
                names.scanners[int(found.scanner[last])],
                None if port == ABSENT else names.ports[port],
                CAUSES[int(found.cause[last])],
                tuple(
                    Again(
                        int(found.start[row]),
                        None if found.lasts[row] else int(found.end[row]),
                        int(found.row[row]),
                        int(found.reports[row]),
                    )
                    for row in run.tolist()
                ),
                float((np.minimum(found.end[run], end) - found.start[run]).sum()) / HOUR,
            )
        )
    return sorted(told, key=lambda each: (-len(each.failures), -each.hours, each.scanner, each.cause))
