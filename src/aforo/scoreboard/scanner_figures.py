"""Figures of scanners: the share of agreed time that they were up, how much of it they were used, and their scans over
the trucks that passed.

A scanner counts at the bridge that its reports name as its place. One whose reports name a port of several bridges
counts where all of these are asked for together, one of which no place is known where all bridges are, and at none of
them.

*Agreed* is the service that a contract agrees of the scanner; where none is known to the node, every hour of the clock.
What was reported up to `now` says when a scanner was down, also on earlier days, so that one ledger does for all rows.
All downtime counts, planned or not: what a supplier answers for is another figure (`fleet.availability`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.fleet.availability import HOUR, Hours, cover
from aforo.fleet.contract import Contract
from aforo.fleet.ledger import NEVER, Ledger
from aforo.fleet.places import Places as Stays
from aforo.fleet.record import ABSENT, Codes
from aforo.fleet.spans import expanded, totals
from aforo.fleet.utilisation import UNSAID
from aforo.measures.definition import Definition
from aforo.measures.estimates import Estimate, Measured, Missing, Portion, pooled, without
from aforo.measures.ratio_intervals import ratio_of_sums, share_up
from aforo.scoreboard.places import Places
from aforo.scoreboard.scanners import Rows, ScannersSoFar

_OPERATOR_MS = 3_600_000
#: Scanners of a figure that are told one by one.
MOST_TOLD = 2_000


@dataclass(frozen=True)
class _Up:
    """Scanners in some time: by code the agreed microseconds, those of them that were down, and by outage likewise."""

    agreed: Int64Array
    down: Int64Array
    outages: Float64Array


def availability(
    measure: Definition, scanners: ScannersSoFar, places: Places, bridges: Sequence[str], span: tuple[int, int],
    contracts: Sequence[Contract], now: int,
) -> Measured:  # fmt: skip
    """The share of agreed time within `span` (microseconds) that scanners of some bridges were up, pooled and each."""
    start, end = span
    kept, stays = scanners.ledger(now)
    found = _up(kept, stays, _here(kept, places, bridges), start, end, contracts)
    mine = np.flatnonzero(found.agreed > 0)
    if not len(mine):
        return without(measure, _why_none(kept))
    own = share_up(float(found.agreed.sum()), found.outages)
    each = 1.0 - found.down[mine] / found.agreed[mine]
    least, p10, p50 = (float(np.quantile(each, share)) for share in (0.0, 0.1, 0.5))
    hours = np.sort(found.outages) / HOUR
    made = [
        Estimate("share", own.value, own.low, own.high),
        Estimate("scanner_least", least), Estimate("scanner_p10", p10), Estimate("scanner_p50", p50),
        Estimate("outages", float(len(hours))),
    ]  # fmt: skip
    if len(hours):
        p50_hours, p95_hours = (float(np.quantile(hours, share)) for share in (0.5, 0.95))
        made += [Estimate("outage_p50", p50_hours), Estimate("outage_p95", p95_hours)]
    names = kept.record.names.scanners
    told = sorted(
        (float(share), names[code], float(found.agreed[code] - found.down[code]) / HOUR, found.agreed[code] / HOUR)
        for share, code in zip(each, mine.tolist(), strict=True)
    )
    portions = tuple(Portion(name, share, up, float(agreed)) for share, name, up, agreed in told[:MOST_TOLD])
    return Measured(measure.id, measure.version, measure.hash, tuple(made), whole=len(mine), portions=portions)


def utilisation(
    measure: Definition, scanners: ScannersSoFar, places: Places, bridges: Sequence[str],
    days: Sequence[tuple[int, int]], now: int,
) -> Measured:  # fmt: skip
    """Operator hours of scans over clock hours in service less downtime, of some bridges, by the instants between which
    each day lies. A time without any scan, or of which no scan says how long an operator was at it, has no figure."""
    start, end = days[0][0], days[-1][1]
    kept, stays = scanners.ledger(now)
    here = _here(kept, places, bridges)
    edges = np.array([days[0][0], *(until for _, until in days)], dtype=np.int64)
    operator, scans, unsaid = np.zeros(len(days)), 0, 0
    for code, name in enumerate(kept.record.names.scanners):
        rows = _within(scanners.scans(name), stays, code, here, start, end)
        said = rows[rows[:, 2] != UNSAID]
        scans, unsaid = scans + len(rows), unsaid + len(rows) - len(said)
        day = np.searchsorted(edges, said[:, 0], side="right") - 1
        operator += np.bincount(day, said[:, 2].astype(np.float64), len(days)) / _OPERATOR_MS
    up = np.array([_hours_up(kept, stays, here, since, until) for since, until in days])
    if not up.sum() > 0.0:
        return without(measure, _why_none(kept))
    if not scans or scans == unsaid:
        return without(measure, "no_operator" if scans else "no_scan")
    own = ratio_of_sums(operator, up)
    return Measured(
        measure.id, measure.version, measure.hash, (Estimate("share", own.value, own.low, own.high),), whole=scans,
        left_out=unsaid, portions=(Portion("hours", own.value, float(operator.sum()), float(up.sum())),),
    )  # fmt: skip


def scan_rate(
    measure: Definition, scanners: ScannersSoFar, places: Places, bridges: Sequence[str], span: tuple[int, int],
    passed: int, now: int,
) -> Measured:  # fmt: skip
    """Scans of each class of conveyance; of those that are trucks over the trucks that `passed`. How many of another
    class passed is not in the log: of these there are counts alone."""
    kept, stays = scanners.ledger(now)
    here = _here(kept, places, bridges)
    counts = np.zeros(len(scanners.classes), np.int64)
    for code, name in enumerate(kept.record.names.scanners):
        rows = _within(scanners.scans(name), stays, code, here, *span)
        counts += np.bincount(rows[:, 1], minlength=len(counts))
    by_class = {name: int(counts[code]) for name, code in sorted(scanners.classes.items()) if counts[code]}
    if not by_class:
        return without(measure, "no_scan")
    trucks = sum(count for name, count in by_class.items() if name in measure.conveyances)
    others = tuple(Portion(name, None, count) for name, count in by_class.items() if name not in measure.conveyances)
    if not passed or trucks > passed:
        made = without(measure, "more_scans" if passed else "none_counted")
        trucks_alone = (Portion(name, None, own) for name, own in by_class.items() if name in measure.conveyances)
        return msgspec.structs.replace(made, portions=(*trucks_alone, *others))
    made = pooled(measure, [("trucks", trucks, passed)])
    own = [
        Portion(name, count / passed, count, passed) for name, count in by_class.items() if name in measure.conveyances
    ]
    return msgspec.structs.replace(made, portions=(*own, *others))


def _here(kept: Ledger, places: Places, bridges: Collection[str]) -> Codes:
    """The codes of the ports that are some bridges; where all bridges of a port are asked for, those that say no more
    than the port too, and where all are, those that are none of them."""
    asked = set(bridges)
    every = asked.issuperset(places.zones)
    meant = [places.meant(port) for port in kept.record.names.ports]
    own = [code for code, found in enumerate(meant) if every or (found and asked.issuperset(found))]
    return np.array([*own, ABSENT] if every else own, dtype=np.int32)


def _why_none(kept: Ledger) -> Missing:
    """Why there is no scanner: none is known at all, or of none it is known that it stands at these bridges."""
    return "no_scanner" if not (kept.began != NEVER).any() else "scanner_of_bridge"


def _up(kept: Ledger, stays: Stays, here: Codes, start: int, end: int, contracts: Sequence[Contract]) -> _Up:
    """Agreed time and downtime of the scanners at some ports."""
    size, down = len(kept.record.names.scanners), kept.interruptions
    scanner, port, begins, stops = _in_service(kept, stays, here, start, end)
    agreed = _agreed(kept, contracts, (scanner, port, begins, stops), start, end)
    outage, port, begins, stops = _down(kept, stays, here, start, end)
    took = _agreed(kept, contracts, (down.scanner[outage], port, begins, stops), start, end)
    by_outage = totals(outage, took, len(down))
    return _Up(
        totals(scanner, agreed, size),
        totals(down.scanner[outage], took, size),
        by_outage[by_outage > 0].astype(np.float64),
    )


#: Of each piece of time whose it is, at which port, and between which instants.
_Pieces = tuple[Int64Array, Codes, Int64Array, Int64Array]


def _in_service(kept: Ledger, stays: Stays, here: Codes, start: int, end: int) -> _Pieces:
    """When scanners were in service at some ports, by scanner."""
    known = np.flatnonzero(kept.began != NEVER).astype(np.int64)
    begins, stops = np.maximum(kept.began[known], start), np.minimum(kept.retired[known], end)
    of, port, begins, stops = stays.cut(known, begins, stops)
    mine = np.isin(port, here)
    return known[of][mine], port[mine], begins[mine], stops[mine]


def _down(kept: Ledger, stays: Stays, here: Codes, start: int, end: int) -> _Pieces:
    """When scanners were down at some ports, by interruption."""
    down = kept.interruptions
    begins, stops = np.maximum(down.start, start), np.minimum(down.end, end)
    of, port, begins, stops = stays.cut(down.scanner, begins, stops)
    mine = np.isin(port, here)
    return of[mine], port[mine], begins[mine], stops[mine]


def _agreed(kept: Ledger, contracts: Sequence[Contract], pieces: _Pieces, start: int, end: int) -> Int64Array:
    """The microseconds of each piece, of a scanner, in which service is agreed: those of the contract that covers it
    then, and of time that none covers all."""
    scanner, port, begins, stops = pieces
    found = np.asarray(stops - begins, dtype=np.int64)
    for contract in contracts:
        covered = cover(contract, kept, start, end)
        own = covered.spans
        of = covered.scanner[own.row]
        order = np.argsort(of, kind="stable")
        first, last = (np.searchsorted(of[order], scanner, side=side) for side in ("left", "right"))
        # The spans of the cover that are of a piece's scanner, one after another.
        piece, copy = expanded(last - first)
        row = order[first[piece] + copy]
        since, until = np.maximum(begins[piece], own.start[row]), np.minimum(stops[piece], own.end[row])
        within = since < until
        piece, since, until = piece[within], since[within], until[within]
        hours = Hours(contract, list(kept.record.names.ports), start, end)
        np.add.at(found, piece, hours.within(port[piece], since, until) - (until - since))
    return found


def _hours_up(kept: Ledger, stays: Stays, here: Codes, start: int, end: int) -> float:
    """Clock hours in which scanners at some ports were in service and not down."""
    served, down = _in_service(kept, stays, here, start, end), _down(kept, stays, here, start, end)
    return float(sum((each[3] - each[2]).sum() * sign for each, sign in ((served, 1), (down, -1)))) / HOUR


def _within(rows: Rows, stays: Stays, scanner: int, here: Codes, start: int, end: int) -> Rows:
    """The scans of a scanner between two instants that were made at some ports."""
    first, last = np.searchsorted(rows[:, 0], (start, end))
    own: Rows = rows[first:last]
    if not len(own):
        return own
    kept: Rows = own[np.isin(stays.at(np.full(len(own), scanner), own[:, 0]), here)]
    return kept
