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

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.fleet.availability import HOUR, Hours, cover
from aforo.fleet.contract import Contract
from aforo.fleet.ledger import NEVER, Ledger
from aforo.fleet.places import Places as Stays
from aforo.fleet.record import ABSENT, Codes
from aforo.fleet.spans import expanded, totals
from aforo.measures.definition import Definition
from aforo.measures.estimates import Covered, Estimate, Measured, Missing, Portion, pooled, without
from aforo.measures.ratio_intervals import ratio_of_sums, share_up
from aforo.scoreboard.bridge_days import BridgeDay
from aforo.scoreboard.places import Places
from aforo.scoreboard.scanner_days import Pieces, ScannerDays, in_service, interrupted
from aforo.scoreboard.scanners import ScannersSoFar

#: Scanners of a figure that are told one by one.
MOST_TOLD = 2_000
#: The least share of the days of bridges of which it has to be known what was scanned. With fewer, more of what a
#: figure would be taken for is unknown than known, and the days that are known need not be like the others.
LEAST_KNOWN = 0.5
_NO_SCAN: Final[Missing] = "no_scan"
_NO_OPERATOR: Final[Missing] = "no_operator"


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
    kept, stays = scanners.ledger(now, measure)
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


def utilisation(measure: Definition, scanners: ScannersSoFar, told: ScannerDays, now: int) -> Measured:
    """Operator hours of scans over clock hours in service less downtime. Days of bridges on which scanners were up and
    no scan was told of, or none says how long an operator was at it, are in neither; there is no figure where so few
    are left that it would be of less than LEAST_KNOWN of them."""
    served = told.up > 0
    if not served.any():
        return without(measure, _why_none(scanners.ledger(now, measure)[0]))
    known = served & (told.said > 0)
    covered = Covered(int(known.sum()), int(served.sum()))
    for has, code in ((told.scans > 0, _NO_SCAN), (told.said > 0, _NO_OPERATOR)):
        if not _enough(int((served & has).sum()), covered.of):
            return msgspec.structs.replace(without(measure, code), covered=covered)
    operator, up = (np.where(known, each, 0).sum(axis=0) for each in (told.operator, told.up / HOUR))
    own = ratio_of_sums(operator, up)
    return Measured(
        measure.id, measure.version, measure.hash, (Estimate("share", own.value, own.low, own.high),),
        whole=int(told.scans[known].sum()), left_out=int((told.scans - told.said).sum()),
        portions=(Portion("hours", own.value, float(operator.sum()), float(up.sum())),), covered=covered,
    )  # fmt: skip


def scan_rate(
    measure: Definition, scanners: ScannersSoFar, told: ScannerDays, passed: Mapping[BridgeDay, int]
) -> Measured:
    """Scans of each class of conveyance; of those that are trucks over the trucks that `passed`, by bridge-day: both on
    the days on which trucks passed and of which it is known what was scanned. Scans of other days are left out. How
    many of another class passed is not in the log: of these there are counts alone. Where there is no rate, the counts
    are of all days."""
    known = told.known().intersection(passed)
    covered = Covered(len(known), len(passed))
    every, both = _scans(scanners, told), _scans(scanners, told, known)
    whole = sum(passed[each] for each in known)
    refused: Missing | None = None
    if every and not passed:
        refused = "none_counted"
    elif not _enough(len(known), len(passed)):
        refused = _NO_SCAN
    elif _of_trucks(measure, both) > whole:
        refused = "more_scans"
    if refused is not None:
        made = without(measure, refused)
        counts = [
            *(Portion(name, None, own) for name, own in every.items() if name in measure.conveyances),
            *(Portion(name, None, own) for name, own in every.items() if name not in measure.conveyances),
        ]
        return msgspec.structs.replace(made, portions=tuple(counts), covered=covered)
    made = pooled(measure, [("trucks", _of_trucks(measure, both), whole)])
    portions = [
        *(Portion(name, own / whole, own, whole) for name, own in both.items() if name in measure.conveyances),
        *(Portion(name, None, own) for name, own in both.items() if name not in measure.conveyances),
    ]
    left_out = sum(every.values()) - sum(both.values())
    return msgspec.structs.replace(made, portions=tuple(portions), left_out=left_out, covered=covered)


def _scans(scanners: ScannersSoFar, told: ScannerDays, on: Collection[BridgeDay] | None = None) -> dict[str, int]:
    """Scans by class of conveyance: all, or those on some days of bridges."""
    counts = told.by_class(len(scanners.classes), on)
    found = {name: int(counts[code]) for name, code in sorted(scanners.classes.items())}
    return {name: count for name, count in found.items() if count}


def _of_trucks(measure: Definition, by_class: Mapping[str, int]) -> int:
    return sum(count for name, count in by_class.items() if name in measure.conveyances)


def _enough(known: int, of: int) -> bool:
    return known > 0 and known >= LEAST_KNOWN * of


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
    scanner, port, begins, stops = _at(in_service(kept, stays, start, end), here)
    agreed = _agreed(kept, contracts, (scanner, port, begins, stops), start, end)
    outage, port, begins, stops = _at(interrupted(kept, stays, start, end), here)
    took = _agreed(kept, contracts, (down.scanner[outage], port, begins, stops), start, end)
    by_outage = totals(outage, took, len(down))
    return _Up(
        totals(scanner, agreed, size),
        totals(down.scanner[outage], took, size),
        by_outage[by_outage > 0].astype(np.float64),
    )


def _at(pieces: Pieces, here: Codes) -> Pieces:
    """Those pieces of time that were spent at some ports."""
    of, port, begins, stops = pieces
    mine = np.isin(port, here)
    return of[mine], port[mine], begins[mine], stops[mine]


def _agreed(kept: Ledger, contracts: Sequence[Contract], pieces: Pieces, start: int, end: int) -> Int64Array:
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
