"""Availability under a contract, by scanner and month: agreed service time, downtime, and what of it is excluded.

Availability is agreed service time less downtime, over agreed service time, of each scanner: never only a pooled
average, which hides the scanner that is down for months behind a hundred that are up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from aforo.domain.clock import microseconds
from aforo.domain.units import Float64Array, Int64Array
from aforo.fleet.contract import Contract, Exclusion, Site
from aforo.fleet.ledger import NEVER, Interruptions, Ledger
from aforo.fleet.places import Places
from aforo.fleet.record import ABSENT, CAUSE_CODES, Bools, Codes
from aforo.fleet.service_hours import Months, ServiceTime, months, service_time
from aforo.fleet.spans import cut

HOUR = 3_600_000_000


@dataclass(frozen=True)
class Cover:
    """Which scanners a contract covers in the period: `scanner` their codes, `start` and `end` of each, when it was
    under contract and in service. Billing months are those of the contract's zone."""

    contract: Contract
    months: Months
    scanner: Int64Array
    start: Int64Array
    end: Int64Array


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
    time: `agreed` in all, `whole` what a whole month would have had, `down` all downtime, `excluded` that which the
    supplier does not answer for, by exclusion of the document (first axis)."""

    cover: Cover
    agreed: Int64Array
    whole: Int64Array
    down: Int64Array
    excluded: Int64Array
    pieces: Pieces

    @property
    def counted(self) -> Int64Array:
        """Downtime that counts."""
        return np.asarray(self.down - self.excluded.sum(axis=0), dtype=np.int64)

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
            service = site.service or self._contract.service
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
    record = ledger.record
    if contract.scanners:
        numbers = {name: number for number, name in enumerate(record.names.scanners)}
        named = np.array(sorted(numbers[each] for each in contract.scanners if each in numbers), dtype=np.int64)
    else:
        own = {code for code, name in enumerate(record.names.contracts) if name.strip() == contract.id}
        named = np.flatnonzero(np.isin(record.last(record.contract), list(own))).astype(np.int64)
    by_month = months(contract.zone, start, end)
    zone = _edge(contract, contract.since), NEVER if contract.until is None else _edge(contract, contract.until)
    began = ledger.began[named]
    begins = np.maximum(began, max(start, zone[0]))
    stops = np.minimum(ledger.retired[named], min(end, zone[1]))
    kept = (began != NEVER) & (begins < stops)
    return Cover(contract, by_month, named[kept], begins[kept], stops[kept])


def monthly(covered: Cover, ledger: Ledger, where: Places, hours: Hours) -> Monthly:
    """Service and downtime of the scanners of a contract."""
    edges = covered.months.edges
    shape = (len(covered.scanner), len(covered.months.names))
    agreed = _by_month(covered, where, hours, covered.start, covered.end, shape)
    spans = np.full(shape[0], edges[0]), np.full(shape[0], edges[-1])
    whole = _by_month(covered, where, hours, *spans, shape)
    pieces = _pieces(covered, ledger.interruptions, where, hours)
    down = _summed(pieces, np.ones(len(pieces.service), dtype=np.bool_), shape)
    rest = np.ones(len(pieces.service), dtype=np.bool_)
    excluded = np.zeros((len(covered.contract.exclusions), *shape), dtype=np.int64)
    for number, exclusion in enumerate(covered.contract.exclusions):
        fits = fitting(exclusion, ledger.interruptions)[pieces.interruption] & rest
        rest &= ~fits
        cap = NEVER if exclusion.cap_hours is None else round(exclusion.cap_hours * HOUR)
        excluded[number] = np.minimum(_summed(pieces, fits, shape), cap)
    return Monthly(covered, agreed, whole, down, excluded, pieces)


def fitting(exclusion: Exclusion, interruptions: Interruptions) -> Bools:
    """Which interruptions an exclusion is of: by the first cause that was given, or as wholly planned."""
    if exclusion.planned:
        return interruptions.planned
    return np.asarray(np.isin(interruptions.cause, [CAUSE_CODES[each] for each in exclusion.causes]), dtype=np.bool_)


def _pieces(covered: Cover, interruptions: Interruptions, where: Places, hours: Hours) -> Pieces:
    """The interruptions of the scanners of a contract while they were under it."""
    row_of = np.full(int(interruptions.scanner.max(initial=-1)) + 1, -1, dtype=np.int64)
    known = covered.scanner < len(row_of)
    row_of[covered.scanner[known]] = np.flatnonzero(known)
    numbers = np.flatnonzero(row_of[interruptions.scanner] >= 0)
    rows = row_of[interruptions.scanner[numbers]]
    begins = np.maximum(interruptions.start[numbers], covered.start[rows])
    stops = np.minimum(interruptions.end[numbers], covered.end[rows])
    of, port, begins, stops = where.cut(covered.scanner[rows], begins, stops)
    piece, month, begins, stops = cut(begins, stops, covered.months.edges)
    of, port = of[piece], port[piece]
    return Pieces(numbers[of], rows[of], month, hours.within(port, begins, stops))


def _by_month(
    covered: Cover, where: Places, hours: Hours, start: Int64Array, end: Int64Array, shape: tuple[int, int]
) -> Int64Array:
    """Agreed service time of spans of the scanners of a contract, one each."""
    of, port, begins, stops = where.cut(covered.scanner, start, end)
    piece, month, begins, stops = cut(begins, stops, covered.months.edges)
    of = of[piece]
    total = np.zeros(shape, dtype=np.int64)
    np.add.at(total, (of, month), hours.within(port[piece], begins, stops))
    return total


def _summed(pieces: Pieces, which: Bools, shape: tuple[int, int]) -> Int64Array:
    total = np.zeros(shape, dtype=np.int64)
    np.add.at(total, (pieces.scanner[which], pieces.month[which]), pieces.service[which])
    return total


def _edge(contract: Contract, day: date) -> int:
    """The first instant of a local day of the contract."""
    return microseconds(datetime.combine(day, time(), ZoneInfo(contract.zone)))
