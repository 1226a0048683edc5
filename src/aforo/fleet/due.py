"""Which scanners are due for planned maintenance, and between which instants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.fleet.availability import HOUR, Hours, cover
from aforo.fleet.contract import Contract
from aforo.fleet.ledger import Ledger
from aforo.fleet.maintenance import Maintenance, Plan
from aforo.fleet.places import Places
from aforo.fleet.record import ABSENT, Bools
from aforo.fleet.service_hours import Months, ServiceTime, months, service_time

_DAY = 24 * HOUR


@dataclass(frozen=True)
class Due:
    """A scanner that is due: after the end of its `last` planned interruption (None: counted from when it came into
    service) in the middle at `nominal`, and from `earliest` until `latest`, where it has to be over. One that is
    `overdue` is put within as long a time from now on. Instants in microseconds since 1970.
    """

    scanner: str
    number: int
    port: str | None
    kind: str | None
    contract: Contract | None
    terms: Maintenance
    last: int | None
    nominal: int
    earliest: int
    latest: int
    overdue: bool

    @property
    def took(self) -> int:
        """How long it takes, in microseconds, in whole quarters of an hour."""
        return int(-(-self.terms.lasts.hours * 4 // 1)) * HOUR // 4


def due(
    found: Ledger, where: Places, plan: Plan, contracts: Sequence[Contract], at: int
) -> tuple[list[Due], list[str]]:
    """The scanners in service at `at`, each with when it is due; and the names of those for which nothing is planned.

    The ledger is that of the time until `at`.
    """
    record = found.record
    serving = np.flatnonzero((found.began <= at) & (found.retired > at))
    kinds, own = record.last(record.kind), record.last(record.contract)
    ports = where.at(serving, np.full(len(serving), at))
    spans = found.interruptions
    planned = np.flatnonzero(spans.planned)
    ended = np.full(len(found.began), -1, dtype=np.int64)
    np.maximum.at(ended, spans.scanner[planned], spans.end[planned])
    covered = {
        number: each for each in reversed(contracts) for number in cover(each, found, at, at + 1).scanner.tolist()
    }
    told: list[Due] = []
    without: list[str] = []
    for number, port in zip(serving.tolist(), ports.tolist(), strict=True):
        name = record.names.scanners[number]
        kind = None if kinds[number] == ABSENT else record.names.kinds[kinds[number]]
        terms = plan.of(name, kind, None if own[number] == ABSENT else record.names.contracts[own[number]])
        if terms is None:
            without.append(name)
            continue
        last = None if ended[number] < 0 else int(ended[number])
        since = int(found.began[number]) if last is None else last
        earliest, latest = since + terms.every.earliest * _DAY, since + terms.every.latest * _DAY
        overdue = latest - round(terms.lasts.hours * HOUR) < at
        nominal = since + terms.every.days * _DAY
        if overdue:
            nominal, earliest, latest = at, at, at + max(latest - earliest, _DAY * 7)
        told.append(
            Due(
                name,
                number,
                None if port == ABSENT else record.names.ports[port],
                kind,
                covered.get(number),
                terms,
                last,
                nominal,
                max(earliest, at),
                latest,
                overdue,
            )
        )
    return told, without


class Allowed:
    """When the maintenance of a scanner may be done: within its windows, or the service hours of its contract, and
    within the cap of what the contract excludes as planned."""

    def __init__(self, due: Due, found: Ledger, where: Places, zone: str) -> None:
        """`zone` is that of the site where the contract says none."""
        self._due = due
        start, end = due.earliest - _DAY, due.latest + _DAY
        contract = due.contract
        self._agreed: ServiceTime | None = None
        self._cap: float | None = None
        if contract is not None:
            self._months: Months = months(contract.zone, start - 31 * _DAY, end)
            edges = self._months.edges
            hours = Hours(contract, list(found.record.names.ports), int(edges[0]), int(edges[-1]))
            port = int(where.at(np.array([due.number]), np.array([found.until - 1]))[0])
            self._agreed = hours.of(port)
            zone = hours.site(port).zone or contract.zone
            planned = next((each for each in contract.exclusions if each.planned), None)
            self._cap = None if planned is None else planned.cap_hours
            self._used = self._planned(found)
        self._windows = service_time(due.terms.windows, zone, start, end) if due.terms.windows else self._agreed

    def inside(self, starts: Int64Array) -> Bools:
        """Whether maintenance from each of `starts` on lies within its windows, or the contract's service hours,
        wholly."""
        if self._windows is None:
            return np.ones(len(starts), dtype=np.bool_)
        return np.asarray(self._windows.within(starts, starts + self._due.took) == self._due.took, dtype=np.bool_)

    def beyond(self, starts: Int64Array) -> Float64Array:
        """Hours of agreed service by which maintenance from each of `starts` on passes what the contract excludes as
        planned, the month's other planned hours counted; 0 where it has no such cap."""
        if self._agreed is None or self._cap is None:
            return np.zeros(len(starts))
        edges = self._months.edges
        begins = np.maximum(edges[:-1], starts[:, None])
        ends = np.minimum(edges[1:], starts[:, None] + self._due.took)
        own = self._agreed.within(begins, ends) / HOUR
        over = np.minimum(np.maximum(self._used + own - self._cap, 0.0), own)
        return np.asarray(over.sum(axis=1), dtype=np.float64)

    def _planned(self, found: Ledger) -> Float64Array:
        """Hours of agreed service that planned interruptions already took, by month."""
        assert self._agreed is not None
        spans = found.interruptions
        own = np.flatnonzero((spans.scanner == self._due.number) & spans.planned)
        edges = self._months.edges
        used = np.zeros(len(self._months.names))
        for row in own[spans.end[own] > edges[0]].tolist():
            begins, ends = np.maximum(edges[:-1], spans.start[row]), np.minimum(edges[1:], spans.end[row])
            used += self._agreed.within(begins, ends) / HOUR
        return used
