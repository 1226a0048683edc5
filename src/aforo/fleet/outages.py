"""Outages in clock hours: how long each scanner was down and for what cause, and how long outages last.

The hours of an interruption are those of the first cause that a report of it gave; where none gave one they are
unexplained, and stay so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.scanner import CAUSES, Cause
from aforo.domain.units import Int64Array
from aforo.fleet.availability import HOUR
from aforo.fleet.ledger import NEVER, Ledger
from aforo.fleet.record import ABSENT, Bools
from aforo.fleet.spans import totals

#: The hours of a cause, or of none that a report gave.
Explained = Literal[Cause, "unexplained"]
#: By the code of the cause, from ABSENT on.
_EXPLAINED: Final[tuple[Explained, ...]] = ("unexplained", *CAUSES)
_CAUSES: Final = len(_EXPLAINED)
#: Upper ends of the lengths that outages are counted by, in hours; the last is without end.
LENGTHS: Final = (1.0, 4.0, 8.0, 24.0, 72.0, 168.0, 720.0, 2_160.0)


class Lengths(msgspec.Struct, frozen=True):
    """How long outages lasted: `counts` of those up to each of `LENGTHS` and of the longer ones; hours in the middle,
    of nine in ten, and of the longest. `lasting` are those that had not ended with the period: so long at least."""

    counts: tuple[int, ...]
    median: float | None
    p90: float | None
    longest: float | None
    lasting: int


class Outages(msgspec.Struct, frozen=True):
    """Outages of some scanners within a period, in clock hours.

    `service` are the hours in service, `down` those of them that were down, by cause in `hours`. `interruptions` and
    `failures` are those of which a part lies within the period, whenever they began. `mtbf` is hours up per
    failure, `mttr` the mean length of failures that ended; None where there was none. `contested` are interruptions of
    which reports gave different causes, `merged` those that several reports told of. `silent` are the hours of `down`
    that rest on silence: somebody had said that it was up, nobody that it was down again, and not all who had said that
    it was down had said that it was up.
    """

    scanners: int
    ever_down: int
    service: float
    down: float
    hours: dict[str, float]
    interruptions: int
    failures: int
    contested: int
    merged: int
    mtbf: float | None
    mttr: float | None
    lengths: Lengths
    silent: float


class ScannerOutages(msgspec.Struct, frozen=True):
    """Outages of one scanner, in clock hours; `port` where it is at the end of the period. `hours` are those down by
    cause, of causes that have any. See `Outages`."""

    scanner: str
    port: str | None
    service: float
    down: float
    available: float | None
    interruptions: int
    failures: int
    unexplained: float
    mtbf: float | None
    mttr: float | None
    silent: float
    hours: dict[Explained, float] = msgspec.field(default_factory=dict)


def fielded(ledger: Ledger, start: int, end: int) -> Bools:
    """Which scanners were in service at any time from `start` until before `end`."""
    return np.asarray((ledger.began < end) & (ledger.retired > start) & (ledger.began != NEVER), dtype=np.bool_)


def outages(ledger: Ledger, which: Bools, start: int, end: int) -> Outages:
    """The outages of the scanners that `which` marks, within the period."""
    found = ledger.interruptions
    begins, stops = np.maximum(found.start, start), np.minimum(found.end, end)
    rows = np.flatnonzero(which[found.scanner] & (begins < stops))
    took = stops[rows] - begins[rows]
    service = int(_service(ledger, start, end)[which].sum())
    failed = found.failures[rows]
    ended = failed & ~found.lasts[rows]
    by_cause: dict[str, float] = {}
    for code, name in (*enumerate(CAUSES), (ABSENT, "unexplained")):
        by_cause[name] = int(took[found.cause[rows] == code].sum()) / HOUR
    return Outages(
        int(which.sum()),
        len(np.unique(found.scanner[rows])),
        service / HOUR,
        int(took.sum()) / HOUR,
        by_cause,
        len(rows),
        int(failed.sum()),
        int(found.contested[rows].sum()),
        int((found.reports[rows] > 1).sum()),
        _mean(service - int(took.sum()), int(failed.sum())),
        _mean(int(took[ended].sum()), int(ended.sum())),
        _lengths(took, found.lasts[rows]),
        int(_silent(ledger, start, end)[which].sum()) / HOUR,
    )


def by_scanner(ledger: Ledger, which: Bools, ports: Sequence[str | None], start: int, end: int) -> list[ScannerOutages]:
    """The outages of each scanner that `which` marks, those that were down the longest first."""
    found = ledger.interruptions
    size = len(ledger.began)
    begins, stops = np.maximum(found.start, start), np.minimum(found.end, end)
    rows = np.flatnonzero(begins < stops)
    of, took = found.scanner[rows], stops[rows] - begins[rows]
    down, many = totals(of, took, size), np.bincount(of, minlength=size)
    failed = found.failures[rows]
    failures = np.bincount(of[failed], minlength=size)
    ended = failed & ~found.lasts[rows]
    repaired, repairs = totals(of[ended], took[ended], size), np.bincount(of[ended], minlength=size)
    dark = found.cause[rows] == ABSENT
    unexplained = totals(of[dark], took[dark], size)
    service, silent = _service(ledger, start, end), _silent(ledger, start, end)
    cells = totals(of * _CAUSES + found.cause[rows] + 1, took, size * _CAUSES).reshape(size, _CAUSES)
    order = np.flatnonzero(which)
    order = order[np.lexsort((order, -down[order]))]
    return [
        ScannerOutages(
            ledger.record.names.scanners[row],
            ports[row],
            int(service[row]) / HOUR,
            int(down[row]) / HOUR,
            None if not service[row] else float(1.0 - down[row] / service[row]),
            int(many[row]),
            int(failures[row]),
            int(unexplained[row]) / HOUR,
            _mean(int(service[row] - down[row]), int(failures[row])),
            _mean(int(repaired[row]), int(repairs[row])),
            int(silent[row]) / HOUR,
            {name: int(time) / HOUR for name, time in zip(_EXPLAINED, cells[row].tolist(), strict=True) if time},
        )
        for row in order.tolist()
    ]


def _service(ledger: Ledger, start: int, end: int) -> Int64Array:
    """Microseconds in service of each scanner within the period."""
    begins = np.maximum(ledger.began, start)
    return np.asarray(np.maximum(np.minimum(ledger.retired, end) - np.minimum(begins, end), 0), dtype=np.int64)


def _silent(ledger: Ledger, start: int, end: int) -> Int64Array:
    """Microseconds of each scanner within the period that are down by silence alone."""
    found = ledger.silences
    took = np.minimum(found.end, end) - np.maximum(found.start, start)
    return totals(found.scanner, np.maximum(took, 0), len(ledger.began))


def _mean(microseconds: int, count: int) -> float | None:
    """Hours by each of so many; None of none."""
    return microseconds / HOUR / count if count else None


def _lengths(took: Int64Array, lasts: Bools) -> Lengths:
    hours: npt.NDArray[np.float64] = took / HOUR
    places = np.searchsorted(np.array(LENGTHS), hours, side="left")
    counts = tuple(np.bincount(places, minlength=len(LENGTHS) + 1).tolist())
    if not len(hours):
        return Lengths(counts, None, None, None, 0)
    middle, most = (float(np.quantile(hours, share, method="inverted_cdf")) for share in (0.5, 0.9))
    return Lengths(counts, middle, most, float(hours.max()), int(lasts.sum()))
