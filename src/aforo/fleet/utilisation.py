"""Utilisation and scan rate of a port's scanners by month, beside their targets.

*Utilisation*: operator hours of the scans of a port and month, over clock hours of its scanners in service less their
downtime. *Scan rate*: scans of counted conveyances over eligible ones. Where no scan is reported both are unknown, not
zero, and so is what has nothing to be divided by. Eligible numbers are of whole months: of one that the period cuts
there is no scan rate. Utilisation is of the hours that the period holds, so that it stands for a part as for the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from aforo.domain.units import Int64Array
from aforo.fleet.availability import HOUR
from aforo.fleet.ledger import NEVER, Ledger
from aforo.fleet.places import Places
from aforo.fleet.record import ABSENT, Bools, Codes
from aforo.fleet.service_hours import Months, months
from aforo.fleet.spans import cut
from aforo.fleet.target import Target, Targets, folded, targets_by_port

#: What `operator` holds where a scan does not say how long an operator was at it.
UNSAID = -1
#: What the period may lack of a month that counts as whole, assumed: less than a day. A record ends with its last scan,
#: and the days of another zone begin hours apart.
LACKING = 24 * HOUR


@dataclass(frozen=True)
class Scans:
    """Scans in columns, each told once: `scanner` a code of the record (ABSENT for one that no report names), `at` in
    microseconds since 1970, `conveyance` a code of `conveyances`, `operator` milliseconds or UNSAID."""

    conveyances: Sequence[str]
    scanner: Codes
    at: Int64Array
    conveyance: Codes
    operator: Int64Array


class Utilised(msgspec.Struct, frozen=True):
    """Utilisation of a port and month. `hours` are clock hours of its scanners in service less downtime, `scans` how
    many were reported, `unsaid` how many of them without operator time. `share` is None where it is unknown."""

    port: str
    month: str
    scanners: int
    hours: float
    scans: int
    unsaid: int
    operator_hours: float
    share: float | None
    target: float | None = None


class Rate(msgspec.Struct, frozen=True):
    """Scan rate of a port and month: `scans` and `eligible` of the conveyances that count; `share` None where unknown.

    `conveyance` is the class, or None for all that count together. `partial`: the period cuts the month, so that
    `scans` are of a part of it, `eligible` of all of it, and `share` is None: no target judges it.
    """

    port: str
    month: str
    conveyance: str | None
    scans: int
    eligible: int | None
    share: float | None
    target: float | None = None
    partial: bool = False


def utilised(ledger: Ledger, where: Places, scans: Scans, targets: Targets, start: int, end: int) -> list[Utilised]:
    """Utilisation by port and month of the period from `start` until before `end`."""
    counted = _counted_kinds(ledger, targets)
    at_scan = where.at(scans.scanner, scans.at)
    service, down = _service(ledger, where, counted, end), _down(ledger, where, counted)
    zone_of, target_of = targets.zones_by_port(), targets_by_port(targets.utilisation.targets)
    found: list[Utilised] = []
    for code in _ports(ledger, where, at_scan):
        port = ledger.record.names.ports[code]
        by_month = months(zone_of(port), start, end)
        edges = by_month.edges.copy()
        edges[0], edges[-1] = start, end
        up, present = _hours_up(service, down, code, edges)
        mine = np.flatnonzero((at_scan == code) & counted[scans.scanner] & (scans.at >= start) & (scans.at < end))
        month = by_month.of(scans.at[mine])
        size = len(by_month.names)
        many = np.bincount(month, minlength=size)
        said = scans.operator[mine] != UNSAID
        operator = np.bincount(month[said], scans.operator[mine][said].astype(np.float64), size) / 3_600_000
        unsaid = many - np.bincount(month[said], minlength=size)
        target = target_of(port)
        for number, name in enumerate(by_month.names):
            if not (present[number] or many[number]):
                continue
            known = many[number] > unsaid[number] and up[number] > 0
            found.append(
                Utilised(
                    port,
                    name,
                    int(present[number]),
                    int(up[number]) / HOUR,
                    int(many[number]),
                    int(unsaid[number]),
                    float(operator[number]),
                    float(operator[number]) / (int(up[number]) / HOUR) if known else None,
                    _share(target),
                )
            )
    return found


def rates(ledger: Ledger, where: Places, scans: Scans, targets: Targets, start: int, end: int) -> list[Rate]:
    """Scan rate by port and month, of each class of conveyance that counts and of all of them together.

    Only months of which the document gives eligible numbers have a rate; one with none of a class that counts has its
    scans, and no rate, and so has one that the period cuts.
    """
    terms = targets.scan_rate
    wanted = sorted(
        {folded(each) for each in terms.conveyances} or {folded(each.conveyance) for each in terms.eligible}
    )
    # Each is looked up by its place: a document may be long, and so may the log.
    eligible: dict[tuple[str, str], dict[str, int]] = {}
    for given in terms.eligible:
        eligible.setdefault((folded(given.port), given.month), {})[folded(given.conveyance)] = given.count
    zone_of, target_of = targets.zones_by_port(), targets_by_port(terms.targets)
    at = {folded(name): code for code, name in enumerate(ledger.record.names.ports)}
    classes = {name: code for code, name in enumerate(dict.fromkeys(map(folded, scans.conveyances)))}
    class_of = np.array([classes[folded(name)] for name in scans.conveyances] or [0], dtype=np.int64)
    own_port, own_rows = _by_port(where, scans, start, end)
    found: list[Rate] = []
    spelled: dict[str, str] = {}
    known: dict[str, Months] = {}
    for given in terms.eligible:
        spelled.setdefault(folded(given.port), given.port)
    for place, port in spelled.items():
        zone = zone_of(port)
        by_month = known.get(zone) or months(zone, start, end)
        known[zone] = by_month
        first, last = np.searchsorted(own_port, [at.get(place, ABSENT), at.get(place, ABSENT) + 1])
        mine = own_rows[first:last] if place in at else own_rows[:0]
        kinds = max(len(classes), 1)
        cells = by_month.of(scans.at[mine]) * kinds + class_of[scans.conveyance[mine]]
        table = np.bincount(cells, minlength=len(by_month.names) * kinds).reshape(-1, kinds)
        target, partial = _share(target_of(port)), _cut_months(by_month, start, end)
        for number, name in enumerate(by_month.names):
            own = eligible.get((place, name), {})
            if not own and not table[number].any():
                continue
            many = {each: int(table[number, classes[each]]) if each in classes else 0 for each in wanted}
            if not own and not any(many.values()):
                continue
            for each, count in many.items():
                found.append(_rate(port, name, each, count, own.get(each), target, partial[number]))
            whole = sum(own[each] for each in wanted) if own.keys() >= set(wanted) else None
            found.append(_rate(port, name, None, sum(many.values()), whole, target, partial[number]))
    return found


def _cut_months(by_month: Months, start: int, end: int) -> list[bool]:
    """Of which months the period from `start` until before `end` lacks `LACKING` or more."""
    edges = by_month.edges
    held = np.minimum(edges[1:], end) - np.maximum(edges[:-1], start)
    lacking: list[bool] = (np.diff(edges) - held >= LACKING).tolist()
    return lacking


def _by_port(where: Places, scans: Scans, start: int, end: int) -> tuple[Codes, Int64Array]:
    """The scans of a period by the port where their scanner was: the ports in order, and the rows."""
    port = where.at(scans.scanner, scans.at)
    order = np.argsort(port, kind="stable").astype(np.int64)
    order = order[(scans.at[order] >= start) & (scans.at[order] < end)]
    return port[order], order


def _rate(
    port: str,
    month: str,
    conveyance: str | None,
    scans: int,
    eligible: int | None,
    target: float | None,
    partial: bool,
) -> Rate:
    share = scans / eligible if eligible and scans and not partial else None
    return Rate(port, month, conveyance, scans, eligible, share, target, partial)


def _ports(ledger: Ledger, where: Places, at_scan: Codes) -> list[int]:
    """The ports where a scanner ever was, by name."""
    codes = np.unique(np.concatenate([where.port, at_scan]))
    return sorted((int(each) for each in codes if each != ABSENT), key=lambda code: ledger.record.names.ports[code])


def _counted_kinds(ledger: Ledger, targets: Targets) -> Bools:
    """Which scanners count, by code; the last place stands for a scanner that no report names, which does not."""
    wanted = {each.strip().casefold() for each in targets.utilisation.kinds}
    kinds = ledger.record.names.kinds
    own = ledger.record.last(ledger.record.kind)
    codes = [code for code, name in enumerate(kinds) if name.casefold() in wanted]
    counted = np.isin(own, codes) if wanted else np.ones(len(own), dtype=np.bool_)
    return np.append(counted, False)


@dataclass(frozen=True)
class _Stays:
    """Spans of scanners at ports, in columns."""

    scanner: Int64Array
    port: Codes
    start: Int64Array
    end: Int64Array

    def by_month(self, port: int, edges: Int64Array) -> tuple[Int64Array, Int64Array, Int64Array]:
        """Of those at a port: the scanner, the month and the microseconds of each piece."""
        here = np.flatnonzero(self.port == port)
        piece, month, begins, stops = cut(self.start[here], self.end[here], edges)
        return self.scanner[here][piece], month, stops - begins


def _service(ledger: Ledger, where: Places, counted: Bools, end: int) -> _Stays:
    """When the scanners that count were in service, where."""
    scanners = np.flatnonzero((ledger.began != NEVER) & counted[:-1]).astype(np.int64)
    of, port, begins, stops = where.cut(scanners, ledger.began[scanners], np.minimum(ledger.retired[scanners], end))
    return _Stays(scanners[of], port, begins, stops)


def _down(ledger: Ledger, where: Places, counted: Bools) -> _Stays:
    """When the scanners that count were down, where."""
    down = ledger.interruptions
    rows = np.flatnonzero(counted[down.scanner])
    of, port, begins, stops = where.cut(down.scanner[rows], down.start[rows], down.end[rows])
    return _Stays(down.scanner[rows][of], port, begins, stops)


def _hours_up(service: _Stays, down: _Stays, port: int, edges: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Microseconds that the scanners of a port were in service and not down, and how many were there, by month."""
    size = len(edges) - 1
    up = np.zeros(size, dtype=np.int64)
    scanner, month, time = service.by_month(port, edges)
    np.add.at(up, month, time)
    present = np.bincount(np.unique(scanner * size + month) % size, minlength=size)
    _, month, time = down.by_month(port, edges)
    np.subtract.at(up, month, time)
    return up, present.astype(np.int64)


def _share(target: Target | None) -> float | None:
    return None if target is None else target.share
