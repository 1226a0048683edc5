"""Outages by port and by kind of scanner, in clock hours: where scanners are down, and what waits for parts."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from aforo.domain.units import Int64Array
from aforo.fleet.availability import HOUR
from aforo.fleet.ledger import NEVER, Ledger
from aforo.fleet.places import Places
from aforo.fleet.record import ABSENT, CAUSE_CODES, Bools, Codes
from aforo.fleet.spans import totals


class GroupOutages(msgspec.Struct, frozen=True):
    """Outages of the scanners of a port, or of a kind; `name` is None for those of which none is known.

    A scanner that was moved counts at each port with its hours there. `least` is the lowest availability that one of
    them had, `available` that of all together: never the one without the other. `failures` are those within the period,
    as in `Outages`, each of the place where it began or where the period found it. `repeats` are failures that began
    within some days of the end of the same scanner's last one; `parts` are the interruptions whose cause was parts,
    with `parts_hours` of waiting, and `parts_a_year` of them by scanner and year of service.
    """

    name: str | None
    scanners: int
    service: float
    down: float
    unexplained: float
    available: float
    least: float
    failures: int
    repeats: int
    parts: int
    parts_hours: float
    parts_a_year: float


#: Hours of a year, for rates.
_YEAR = 8_766.0


def by_port(ledger: Ledger, where: Places, start: int, end: int, repeat_days: int) -> list[GroupOutages]:
    """Outages by port within the period from `start` until before `end`."""
    scanners = np.flatnonzero(ledger.began != NEVER).astype(np.int64)
    begins = np.maximum(ledger.began[scanners], start)
    stops = np.minimum(ledger.retired[scanners], end)
    of, port, begins, stops = where.cut(scanners, begins, stops)
    spans = _Spans(scanners[of], port, stops - begins)
    found = ledger.interruptions
    down, places, began, ended = where.cut(found.scanner, np.maximum(found.start, start), np.minimum(found.end, end))
    return _grouped(ledger, spans, _Down(down, places, began, ended), ledger.record.names.ports, repeat_days, start)


def by_kind(ledger: Ledger, start: int, end: int, repeat_days: int) -> list[GroupOutages]:
    """Outages by kind of scanner, the last that a report gave, within the period."""
    kinds = ledger.record.last(ledger.record.kind)
    scanners = np.flatnonzero((ledger.began < end) & (ledger.retired > start)).astype(np.int64)
    service = np.minimum(ledger.retired[scanners], end) - np.maximum(ledger.began[scanners], start)
    found = ledger.interruptions
    rows = np.flatnonzero((found.start < end) & (found.end > start)).astype(np.int64)
    began, ended = np.maximum(found.start[rows], start), np.minimum(found.end[rows], end)
    down = _Down(rows, kinds[found.scanner[rows]], began, ended)
    return _grouped(
        ledger, _Spans(scanners, kinds[scanners], service), down, ledger.record.names.kinds, repeat_days, start
    )


class _Spans(msgspec.Struct, frozen=True):
    """Service of scanners in groups, in microseconds."""

    scanner: Int64Array
    group: Codes
    service: Int64Array


class _Down(msgspec.Struct, frozen=True):
    """Interruptions, by their numbers, in groups."""

    number: Int64Array
    group: Codes
    start: Int64Array
    end: Int64Array


def _grouped(
    ledger: Ledger, spans: _Spans, down: _Down, names: Sequence[str], repeat_days: int, start: int
) -> list[GroupOutages]:
    """The groups by name, those without one last."""
    found = ledger.interruptions
    again = _again(ledger, repeat_days)
    told: list[GroupOutages] = []
    for group in np.unique(spans.group[spans.service > 0]).tolist():
        own = (spans.group == group) & (spans.service > 0)
        rows = np.flatnonzero((down.group == group) & (down.start < down.end))
        numbers, took = down.number[rows], down.end[rows] - down.start[rows]
        # A failure is of the place where it began, or where the period found it: so all together have each once.
        begun = np.maximum(found.start[numbers], start) == down.start[rows]
        failed = begun & found.failures[numbers]
        waits = found.cause[numbers] == CAUSE_CODES["parts"]
        service = totals(spans.scanner[own], spans.service[own], len(ledger.began))
        lost = totals(found.scanner[numbers], took, len(ledger.began))
        served = service > 0
        hours = int(service.sum()) / HOUR
        parts = int((waits & begun).sum())
        told.append(
            GroupOutages(
                None if group == ABSENT else names[group],
                int(served.sum()),
                hours,
                int(took.sum()) / HOUR,
                int(took[found.cause[numbers] == ABSENT].sum()) / HOUR,
                1.0 - int(took.sum()) / HOUR / hours,
                float((1.0 - lost[served] / service[served]).min()),
                int(failed.sum()),
                int((failed & again[numbers]).sum()),
                parts,
                int(took[waits].sum()) / HOUR,
                parts / (hours / _YEAR),
            )
        )
    return sorted(told, key=lambda each: (each.name is None, each.name or ""))


def _again(ledger: Ledger, days: int) -> Bools:
    """Which failures began within so many days of the end of the same scanner's last failure."""
    found = ledger.interruptions
    again = np.zeros(len(found), dtype=np.bool_)
    rows = np.flatnonzero(found.failures)
    same = found.scanner[rows[1:]] == found.scanner[rows[:-1]]
    again[rows[1:]] = same & (found.start[rows[1:]] - found.end[rows[:-1]] <= days * 24 * HOUR)
    return again
