"""Availability under a contract, by scanner and month: agreed service time, downtime, and what of it is excluded.

Availability is agreed service time less downtime, over agreed service time, of each scanner: never only a pooled
average, which hides the scanner that is down for months behind a hundred that are up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.fleet.asked import first_instant
from aforo.fleet.contract import Contract, Exclusion, Site
from aforo.fleet.ledger import NEVER, Interruptions, Ledger
from aforo.fleet.places import ALWAYS, Places
from aforo.fleet.record import ABSENT, CAUSE_CODES, Bools, Codes
from aforo.fleet.service_hours import Months, ServiceTime, months, service_time
from aforo.fleet.spans import cut, expanded, last_before

HOUR = 3_600_000_000
#: The share of a month's time under contract that tells what the month was, assumed: a period in the days of another
#: zone cuts hours off a month, which change nothing.
ENOUGH = 0.9


@dataclass(frozen=True)
class Spans:
    """Spans of time by row of a cover and start: `row`, `start` and `end` of each."""

    row: Int64Array
    start: Int64Array
    end: Int64Array

    def holding(self, row: Int64Array, at: Int64Array) -> Bools:
        """Which instants lie in a span of their row."""
        number = last_before(self.row, self.start, row, at)
        if not len(self.row):
            return np.zeros(len(row), dtype=np.bool_)
        return np.asarray((number >= 0) & (at < self.end[np.maximum(number, 0)]), dtype=np.bool_)


@dataclass(frozen=True)
class Cover:
    """Which scanners a contract covers in the period: `scanner` their codes. Billing months are those of the contract's
    zone. `spans` are when they were under contract and in service within the period, `beyond` within its months."""

    contract: Contract
    months: Months
    scanner: Int64Array
    spans: Spans
    beyond: Spans

    def row_of(self, scanner: Int64Array) -> Int64Array:
        """The row of each scanner, -1 of one that is not covered."""
        size = 1 + max(int(self.scanner.max(initial=-1)), int(scanner.max(initial=-1)))
        rows = np.full(size, -1, dtype=np.int64)
        rows[self.scanner] = np.arange(len(self.scanner))
        return np.asarray(rows[scanner], dtype=np.int64)


@dataclass(frozen=True)
class Pieces:
    """Interruptions cut by place and month: `interruption` the number of it, `scanner` the row of `Cover`, `service`
    microseconds of agreed service time within the piece."""

    interruption: Int64Array
    scanner: Int64Array
    month: Int64Array
    service: Int64Array


@dataclass(frozen=True)
class Monthly:
    """Matrices of a row for each scanner of `cover` and a column for each month, in microseconds of agreed service
    time: `agreed` in all, `due` what it would be if the period did not cut the month, `whole` what a whole month would
    have had, `down` all downtime, `excluded` that which the supplier does not answer for, by exclusion of the document
    (first axis). `under` and `under_due` are as `agreed` and `due`, of the clock time under contract."""

    cover: Cover
    agreed: Int64Array
    due: Int64Array
    whole: Int64Array
    under: Int64Array
    under_due: Int64Array
    down: Int64Array
    excluded: Int64Array
    pieces: Pieces

    @property
    def counted(self) -> Int64Array:
        """Downtime that counts."""
        return np.asarray(self.down - self.excluded.sum(axis=0), dtype=np.int64)

    @property
    def partial(self) -> Bools:
        """Which months the period cuts: more of them was under contract than it holds."""
        return np.asarray((self.under > 0) & (self.under < self.under_due), dtype=np.bool_)

    def judged(self, start: int, end: int | None) -> Bools:
        """Which months bands are of, in the period from `start` until before `end`: those of which it holds `ENOUGH`;
        all where it holds as much of no month of the calendar, or where nobody chose its end (None), so that the record
        itself ends there. What other scanners of the contract did changes nothing."""
        given = np.asarray(self.under > 0, dtype=np.bool_)
        if end is None:
            return given
        edges = self.cover.months.edges
        held = np.minimum(edges[1:], end) - np.maximum(edges[:-1], start)
        if not (held >= ENOUGH * np.diff(edges)).any():
            return given
        return np.asarray(given & (self.under >= ENOUGH * self.under_due), dtype=np.bool_)

    @property
    def availability(self) -> Float64Array:
        """A fraction by scanner and month; NaN where no service was agreed."""
        terms = self.cover.contract.availability
        both = terms is not None and terms.excluded_from == "both"
        over = self.agreed - (self.excluded.sum(axis=0) if both else 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(over > 0, (over - self.counted) / over, np.nan)


class Hours:
    """Agreed service time of the sites of a contract, each made once."""

    def __init__(self, contract: Contract, ports: list[str], start: int, end: int) -> None:
        self._contract, self._ports, self._span = contract, ports, (start, end)
        self._made: dict[int, ServiceTime] = {}

    def site(self, port: int) -> Site:
        """What is agreed of a port by its code."""
        return self._contract.site(None if port == ABSENT else self._ports[port])

    def of(self, port: int) -> ServiceTime:
        """The service time of a port by its code."""
        if port not in self._made:
            site = self.site(port)
            service = self._contract.service_at(site)
            zone = site.zone or self._contract.zone
            self._made[port] = service_time(service.windows, zone, *self._span, service.closed)
        return self._made[port]

    def within(self, ports: Codes, starts: Int64Array, ends: Int64Array) -> Int64Array:
        """Service time of each span at its port."""
        found = np.zeros(len(starts), dtype=np.int64)
        for port in np.unique(ports).tolist():
            rows = np.flatnonzero(ports == port)
            found[rows] = self.of(port).within(starts[rows], ends[rows])
        return found


def cover(contract: Contract, ledger: Ledger, start: int, end: int) -> Cover:
    """The scanners that a contract covers from `start` until before `end`."""
    by_month = months(contract.zone, start, end)
    since = first_instant(contract.since, contract.zone)
    until = NEVER if contract.until is None else first_instant(contract.until, contract.zone)
    scanner, begins, stops = _under(contract, ledger)
    begins = np.maximum(np.maximum(begins, ledger.began[scanner]), since)
    stops = np.minimum(np.minimum(stops, ledger.retired[scanner]), until)
    named = np.unique(scanner[(np.maximum(begins, start) < np.minimum(stops, end)) & (ledger.began[scanner] != NEVER)])
    kept = np.isin(scanner, named)
    row = np.searchsorted(named, scanner[kept]).astype(np.int64)

    def within(first: int, last: int) -> Spans:
        own, other = np.maximum(begins[kept], first), np.minimum(stops[kept], last)
        some = own < other
        return Spans(row[some], own[some], other[some])

    edges = by_month.edges
    return Cover(contract, by_month, named, within(start, end), within(int(edges[0]), int(edges[-1])))


def _under(contract: Contract, ledger: Ledger) -> tuple[Int64Array, Int64Array, Int64Array]:
    """The scanners of a contract by code, with when it is theirs: from a report that gives it until one that gives
    another; before the first that gives any, that one."""
    record = ledger.record
    if contract.scanners:
        numbers = {name: number for number, name in enumerate(record.names.scanners)}
        named = np.array(sorted(numbers[each] for each in contract.scanners if each in numbers), dtype=np.int64)
        return named, np.full(len(named), ALWAYS), np.full(len(named), NEVER)
    own = [code for code, name in enumerate(record.names.contracts) if name.strip() == contract.id]
    rows = np.flatnonzero(record.contract != ABSENT)
    scanner, mine = record.scanner[rows].astype(np.int64), np.isin(record.contract[rows], own)
    heads = np.ones(len(rows), dtype=np.bool_)
    heads[1:] = scanner[1:] != scanner[:-1]
    news = heads.copy()
    news[1:] |= mine[1:] != mine[:-1]
    start = np.where(heads, ALWAYS, record.at[rows])[news]
    scanner, mine = scanner[news], mine[news]
    end = np.append(start[1:], NEVER)
    end[:-1][scanner[1:] != scanner[:-1]] = NEVER
    return scanner[mine], start[mine], end[mine]


def monthly(covered: Cover, ledger: Ledger, where: Places, hours: Hours) -> Monthly:
    """Service and downtime of the scanners of a contract."""
    edges = covered.months.edges
    shape = (len(covered.scanner), len(covered.months.names))
    agreed, under = _by_month(covered, where, hours, covered.spans)
    due, under_due = _by_month(covered, where, hours, covered.beyond)
    every = Spans(np.arange(shape[0]), np.full(shape[0], edges[0]), np.full(shape[0], edges[-1]))
    # What it was to cost is of the port that it served: not of where it was built, nor of where it went in the end.
    whole, _ = _by_month(covered, where.as_in_service(ledger.began, ledger.retired), hours, every)
    pieces = _pieces(covered, ledger.interruptions, where, hours)
    down = _summed(pieces, np.ones(len(pieces.service), dtype=np.bool_), shape)
    rest = np.ones(len(pieces.service), dtype=np.bool_)
    excluded = np.zeros((len(covered.contract.exclusions), *shape), dtype=np.int64)
    for number, exclusion in enumerate(covered.contract.exclusions):
        fits = fitting(exclusion, ledger.interruptions)[pieces.interruption] & rest
        rest &= ~fits
        cap = NEVER if exclusion.cap_hours is None else round(exclusion.cap_hours * HOUR)
        excluded[number] = np.minimum(_summed(pieces, fits, shape), cap)
    return Monthly(covered, agreed, due, whole, under, under_due, down, excluded, pieces)


def fitting(exclusion: Exclusion, interruptions: Interruptions) -> Bools:
    """Which interruptions an exclusion is of: by the first cause that was given, or as wholly planned."""
    if exclusion.planned:
        return interruptions.planned
    return np.asarray(np.isin(interruptions.cause, [CAUSE_CODES[each] for each in exclusion.causes]), dtype=np.bool_)


def _pieces(covered: Cover, interruptions: Interruptions, where: Places, hours: Hours) -> Pieces:
    """The interruptions of the scanners of a contract while they were under it."""
    spans = covered.spans
    of_row = covered.row_of(interruptions.scanner)
    numbers = np.flatnonzero(of_row >= 0)
    rows = of_row[numbers]
    # Each with every span of its scanner; what does not meet has no time.
    first, last = (np.searchsorted(spans.row, rows, side=side) for side in _SIDES)
    one, copy = expanded((last - first).astype(np.int64))
    span = first[one] + copy
    begins = np.maximum(interruptions.start[numbers[one]], spans.start[span])
    stops = np.minimum(interruptions.end[numbers[one]], spans.end[span])
    of, port, begins, stops = where.cut(covered.scanner[rows[one]], begins, stops)
    piece, month, begins, stops = cut(begins, stops, covered.months.edges)
    of, port = one[of[piece]], port[piece]
    return Pieces(numbers[of], rows[of], month, hours.within(port, begins, stops))


_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


def _by_month(covered: Cover, where: Places, hours: Hours, spans: Spans) -> tuple[Int64Array, Int64Array]:
    """Agreed service time and clock time of spans of the scanners of a contract."""
    of, port, begins, stops = where.cut(covered.scanner[spans.row], spans.start, spans.end)
    piece, month, begins, stops = cut(begins, stops, covered.months.edges)
    rows = spans.row[of[piece]]
    agreed = np.zeros((len(covered.scanner), len(covered.months.names)), dtype=np.int64)
    clock = np.zeros_like(agreed)
    np.add.at(agreed, (rows, month), hours.within(port[piece], begins, stops))
    np.add.at(clock, (rows, month), stops - begins)
    return agreed, clock


def _summed(pieces: Pieces, which: Bools, shape: tuple[int, int]) -> Int64Array:
    total = np.zeros(shape, dtype=np.int64)
    np.add.at(total, (pieces.scanner[which], pieces.month[which]), pieces.service[which])
    return total
