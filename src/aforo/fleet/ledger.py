"""The downtime ledger of a fleet: when each scanner was in service, and its interruptions, in columns.

The rules are those of `interruptions`, which states them for one scanner: a report begins at `down` or
`maintenance_start` and ends at the same reporter's next `up` (for maintenance also `maintenance_end`) if that comes
before the same reporter begins another report, else at the first later `up` by anyone, else at retirement or the end of
the period; reports that overlap are one interruption. What ends a report is a definition with versions
(`interruption_rule`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from aforo.domain.scanner import CAUSES, Cause, ScannerEvent
from aforo.domain.units import Int64Array
from aforo.fleet.interruption_rule import InterruptionRule, newest_rule
from aforo.fleet.record import ABSENT, CAUSE_CODES, EVENT_CODES, Bools, Record, Small
from aforo.fleet.spans import last_before

#: An instant that nothing said.
NEVER = np.iinfo(np.int64).max
#: Rows of the record that are worked on at once: what is needed beside it stays small.
_ROWS_AT_ONCE: Final = 1 << 19


@dataclass(frozen=True)
class Interruptions:
    """Interruptions ordered by scanner and start, in columns of one row each. Instants in microseconds since 1970.

    `end` is the end of the period where the interruption `lasts`. `cause` is the code of the first cause that a report
    of it gave, ABSENT where none did, and `causes` a bit for each that one gave: two bits are reports that contradict
    each other. `planned`: every report of it was planned. `reports` says how many reports it is made of, `row` the
    number of the first. `responded` is NEVER where nobody said that somebody came.
    """

    scanner: Int64Array
    start: Int64Array
    end: Int64Array
    lasts: Bools
    cause: Small
    causes: Int64Array
    planned: Bools
    reports: Int64Array
    row: Int64Array
    responded: Int64Array

    def __len__(self) -> int:
        return len(self.start)

    @property
    def failures(self) -> Bools:
        """Which are failures: not wholly planned."""
        return ~self.planned

    @property
    def contested(self) -> Bools:
        """Of which reports gave different causes."""
        return np.asarray((self.causes & (self.causes - 1)) != 0, dtype=np.bool_)

    def causes_of(self, number: int) -> tuple[Cause, ...]:
        """The causes that reports gave of an interruption, that which counts first."""
        given = [each for each in CAUSES if int(self.causes[number]) >> CAUSE_CODES[each] & 1]
        return tuple(sorted(given, key=lambda each: CAUSE_CODES[each] != self.cause[number]))


@dataclass(frozen=True)
class Silences:
    """Spans of interruptions, by scanner and start, in which a scanner is down by silence alone: since anybody said
    last that it was down somebody has said that it is up, and not all who said that it was down."""

    scanner: Int64Array
    start: Int64Array
    end: Int64Array


@dataclass(frozen=True)
class Ledger:
    """`began` and `retired` by scanner: NEVER where a scanner was never in service, or still is. `until` ends the
    period that the reports were read to, by `rule`. `silences` are within the interruptions."""

    record: Record
    until: int
    rule: InterruptionRule
    began: Int64Array
    retired: Int64Array
    interruptions: Interruptions
    silences: Silences


def first(record: Record, event: ScannerEvent) -> Int64Array:
    """Of each scanner the first instant of an event, NEVER where there is none."""
    found = np.full(len(record.names.scanners), NEVER, dtype=np.int64)
    rows = record.where(event)
    np.minimum.at(found, record.scanner[rows], record.at[rows])
    return found


@dataclass(frozen=True)
class ReportEnds:
    """By report that begins an interruption: the first later `up` by `anyone`, the `own` end that its reporter gave
    next, when the same reporter began `another` report, and the `end` by the rule. NEVER where there is none."""

    anyone: Int64Array
    own: Int64Array
    another: Int64Array
    end: Int64Array


def ledger(record: Record, until: int, rule: InterruptionRule | None = None) -> Ledger:
    """The ledger of what is reported up to the end `until` of the period, by the newest rule unless another is given.

    What is said to happen from then on ends nothing and begins nothing; who was commissioned later is not in service.
    """
    commissioned, installed, retired = (first(record, each) for each in ("commissioned", "installed", "retired"))
    # Who is commissioned once they retired does not come into service by that.
    began = np.where(commissioned < retired, commissioned, np.where(installed < retired, installed, NEVER))
    rule = rule or newest_rule()
    parts = [_interruptions(part, began, retired, until, rule) for part in record.parts(_ROWS_AT_ONCE)]
    joined = (np.concatenate([getattr(part, each.name) for part, _ in parts]) for each in fields(Interruptions))
    silent = (np.concatenate([getattr(part, each.name) for _, part in parts]) for each in fields(Silences))
    return Ledger(record, until, rule, began, retired, Interruptions(*joined), Silences(*silent))


def _interruptions(
    record: Record, began: Int64Array, retired: Int64Array, until: int, rule: InterruptionRule
) -> tuple[Interruptions, Silences]:
    """The interruptions of the scanners of a record, or of a part of it."""
    begins = record.where("down", "maintenance_start")
    told = report_ends(record, begins, rule)
    anyone, ends = told.anyone, told.end
    scanner = record.scanner[begins].astype(np.int64)
    start = np.maximum(record.at[begins], began[scanner])
    last = np.minimum(retired[scanner], until)
    stop = np.minimum(ends, last)
    lasts = (ends > until) & (retired[scanner] > until)
    kept = np.flatnonzero((began[scanner] != NEVER) & ((start < stop) | (lasts & (start == until))))
    kept = kept[np.lexsort((record.at[begins[kept]], start[kept], scanner[kept]))]
    quiet = np.minimum(anyone, stop)[kept]
    return _joined(record, begins[kept], scanner[kept], start[kept], stop[kept], lasts[kept], quiet)


def report_ends(record: Record, begins: Int64Array, rule: InterruptionRule) -> ReportEnds:
    """What ends each of some rows that begin a report, and what might have."""
    ups, closings = record.where("up"), record.where("up", "maintenance_end")
    begun = record.where("down", "maintenance_start")
    anyone = _next(record, begins, ups, own=False)
    own = np.where(
        record.event[begins] == EVENT_CODES["down"],
        _next(record, begins, ups, own=True),
        _next(record, begins, closings, own=True),
    )
    another = _next(record, begins, begun, own=True)
    # Rows are in the order of time and of telling, so that the smaller number comes first.
    counts = own < another if rule.own_end == "before_next_report" else own < len(record)
    anyone_at, own_at, another_at = (_instants(record, rows) for rows in (anyone, own, another))
    return ReportEnds(anyone_at, own_at, another_at, np.where(counts, own_at, anyone_at))


def _instants(record: Record, rows: Int64Array) -> Int64Array:
    """The instants of rows, NEVER of the number behind the last."""
    return np.append(record.at, NEVER)[rows]


def _next(record: Record, begins: Int64Array, among: Int64Array, *, own: bool) -> Int64Array:
    """The first row of `among` of the same scanner at a later instant than each of `begins`; with `own` the first row
    told later by the same reporter, which may be of the same instant. The number of all rows where there is none."""
    found = np.full(len(begins), len(record), dtype=np.int64)
    if not len(among) or not len(begins):
        return found
    # Rows are in the order of time, so that "later" is a later row than the last one of the same scanner and instant.
    later = begins if own else _last_of_instant(record, begins)
    groups, number = np.unique(_group(record, among, own), return_inverse=True)
    keys = np.sort(number * len(record) + among)
    wanted = _group(record, begins, own)
    number = np.minimum(np.searchsorted(groups, wanted), len(groups) - 1)
    place = np.searchsorted(keys, number * len(record) + later, side="right")
    key = keys[np.minimum(place, len(keys) - 1)]
    inside = (place < len(keys)) & (groups[number] == wanted) & (key // len(record) == number)
    found[inside] = key[inside] % len(record)
    return found


def _group(record: Record, rows: Int64Array, own: bool) -> Int64Array:
    """What of each row has to be the same: its scanner, with `own` its reporter too."""
    scanner = record.scanner[rows].astype(np.int64)
    return scanner * (len(record.names.reporters) + 1) + record.reporter[rows] + 1 if own else scanner


def _last_of_instant(record: Record, rows: Int64Array) -> Int64Array:
    """The last row of the scanner and instant of each row."""
    ends = np.flatnonzero((record.scanner[1:] != record.scanner[:-1]) | (record.at[1:] != record.at[:-1]))
    ends = np.append(ends, len(record) - 1)
    return ends[np.searchsorted(ends, rows)].astype(np.int64)


def _joined(
    record: Record,
    rows: Int64Array,
    scanner: Int64Array,
    start: Int64Array,
    stop: Int64Array,
    lasts: Bools,
    told: Int64Array,
) -> tuple[Interruptions, Silences]:
    """Reports ordered by scanner and start; those of a scanner that overlap are one. `told` is when the first one said
    that each was over."""
    if not len(rows):
        none = np.empty(0, dtype=np.int64)
        flags = np.empty(0, dtype=np.bool_)
        return Interruptions(
            none, none, none, flags, np.empty(0, np.int8), none, flags, none, none, none
        ), Silences(none, none, none)  # fmt: skip
    # What lasts is beyond the end of the period, where others may begin.
    reached = _latest(scanner, stop + lasts)
    news = np.ones(len(rows), dtype=np.bool_)
    news[1:] = (scanner[1:] != scanner[:-1]) | (start[1:] >= reached[:-1])
    heads = np.flatnonzero(news)
    ends = np.maximum.reduceat(stop, heads)
    begin = start[heads]
    of = scanner[heads]
    group = np.cumsum(news) - 1
    opened = record.cause[rows]
    causes, cause = _causes(record, of, begin, ends, group, opened)
    planned = (record.planned[rows] == 1) | ((record.planned[rows] == ABSENT) & (opened == CAUSE_CODES["planned"]))
    found = Interruptions(
        of,
        begin,
        ends,
        np.logical_or.reduceat(lasts, heads),
        cause,
        causes,
        np.logical_and.reduceat(planned, heads),
        np.diff(np.append(heads, len(rows))).astype(np.int64),
        np.minimum.reduceat(record.row[rows], heads).astype(np.int64),
        _responded(record, of, begin, ends),
    )
    # Silent from when the last of the reports so far was said to be over until the next begins, or all is over.
    quiet = _latest(group.astype(np.int64), told)
    heard = ends[group]
    heard[:-1] = np.where(news[1:], heard[:-1], start[1:])
    silent = quiet < heard
    return found, Silences(scanner[silent], quiet[silent], heard[silent])


def _latest(of: Int64Array, at: Int64Array) -> Int64Array:
    """The latest instant so far of each scanner, or other number that does not fall from row to row."""
    # Ranks of instants grow from scanner to scanner with this, so that one pass does.
    order = np.argsort(at, kind="stable")
    reached = np.empty(len(at), dtype=np.int64)
    reached[order] = np.arange(len(at))
    reached += of * len(at)
    np.maximum.accumulate(reached, out=reached)
    return np.asarray(at[order][reached % len(at)], dtype=np.int64)


def _causes(
    record: Record, scanner: Int64Array, start: Int64Array, end: Int64Array, group: Int64Array, opened: Small
) -> tuple[Int64Array, Small]:
    """Bits of all causes given of each interruption, and that which counts: the first that a report began with, else
    the first that a row within it gives, such as the `up` of who repaired it."""
    bits = np.zeros(len(start), dtype=np.int64)
    counts = np.full(len(start), ABSENT, dtype=np.int8)
    told = np.flatnonzero(opened != ABSENT)
    np.bitwise_or.at(bits, group[told], np.left_shift(1, opened[told].astype(np.int64)))
    # Written from the last to the first, the first stays.
    counts[group[told[::-1]]] = opened[told[::-1]]
    later = record.where("up", "responded", "maintenance_end")
    later = later[record.cause[later] != ABSENT]
    # At the instant at which one ends and the next begins, an end is of the first, and who came of the next.
    came = record.event[later] == EVENT_CODES["responded"]
    number = _within(record, later, scanner, start, end, came)
    later, number = later[number >= 0], number[number >= 0]
    np.bitwise_or.at(bits, number, np.left_shift(1, record.cause[later].astype(np.int64)))
    unnamed = counts[number] == ABSENT
    counts[number[unnamed][::-1]] = record.cause[later[unnamed]][::-1]
    return bits, counts


def _within(
    record: Record, rows: Int64Array, scanner: Int64Array, start: Int64Array, end: Int64Array, first: bool | Bools
) -> Int64Array:
    """The number of the interruption that each row lies in, its end included, and where `first` its first instant; -1
    where in none."""
    number = last_before(scanner, start, record.scanner[rows], np.where(first, record.at[rows], record.at[rows] - 1))
    if not len(start):
        return number
    return np.where((number >= 0) & (record.at[rows] <= end[np.maximum(number, 0)]), number, -1)


def _responded(record: Record, scanner: Int64Array, start: Int64Array, end: Int64Array) -> Int64Array:
    """When somebody came: the first `responded` within an interruption, else the first `maintenance_start`."""
    came = np.full(len(start), NEVER, dtype=np.int64)
    for event in ("maintenance_start", "responded"):
        rows = record.where(event)
        number = _within(record, rows, scanner, start, end, first=True)
        first_of = np.full(len(start), NEVER, dtype=np.int64)
        np.minimum.at(first_of, number[number >= 0], record.at[rows[number >= 0]])
        came = np.where(first_of == NEVER, came, first_of)
    return came
