"""Credits that a supplier owes under a contract, each with its clause and the interruptions behind it.

Money is in cents; each line is rounded to the cent, half up. What a month's credits exceed its caps by is a line of its
own, with the clause of the cap, so that the sum of the lines is what is owed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
import numpy as np

from aforo.domain.units import Int64Array
from aforo.fleet.availability import HOUR, Cover, Hours, Monthly, Pieces
from aforo.fleet.contract import Contract, Promptness
from aforo.fleet.ledger import NEVER, Ledger
from aforo.fleet.places import Places
from aforo.fleet.record import CAUSE_CODES, Bools
from aforo.fleet.spans import totals

Reason = Literal["availability", "response", "repair", "cap"]
#: Shares are reckoned in millionths, so that money stays whole.
MICRO: Final = 1_000_000


class Credit(msgspec.Struct, frozen=True):
    """A line of a claim. `scanner` is a code of the record, -1 for a cap of the whole contract; `month` is written
    2024-07. `cents` is negative for a cap.

    `promised` and `reached` are shares of agreed service time for availability, and hours for response and repair;
    None where there is no such figure. `reported` is False where nobody said that somebody came, or where it still
    lasts: so long it was at least. `interruptions` are the numbers of those behind the line.
    """

    reason: Reason
    clause: str
    scanner: int
    month: str
    cents: int
    promised: float | None = None
    reached: float | None = None
    reported: bool = True
    interruptions: tuple[int, ...] = ()


@dataclass(frozen=True)
class Owed:
    """`fees` in cents, a row for each scanner of the cover and a column for each month, and the lines of the claim by
    month, scanner and reason."""

    fees: Int64Array
    lines: tuple[Credit, ...]

    @property
    def cents(self) -> int:
        return sum(each.cents for each in self.lines)


def owed(found: Monthly, ledger: Ledger, where: Places, hours: Hours, judged: Bools) -> Owed:
    """What is owed for the months of a contract, by its bands, promises and caps; bands are of the `judged` months."""
    covered = found.cover
    fees = _fees(found)
    lines = [*_of_availability(found, judged, fees)]
    for reason, promise in (("response", covered.contract.response), ("repair", covered.contract.repair)):
        if promise is not None:
            lines += _of_promise("response" if reason == "response" else "repair", promise, covered, ledger, where,
                                 hours, fees)  # fmt: skip
    lines += _of_caps(covered, fees, lines)
    order: dict[Reason, int] = {"availability": 0, "response": 1, "repair": 2, "cap": 3}
    lines.sort(key=lambda each: (each.month, each.scanner < 0, each.scanner, order[each.reason], each.interruptions))
    return Owed(fees, tuple(lines))


def share_of(cents: int, share: float) -> int:
    """A share of an amount, to the cent, half up."""
    return (cents * round(share * MICRO) + MICRO // 2) // MICRO


def _fees(found: Monthly) -> Int64Array:
    """The fee of each scanner and month, in cents. A whole fee is of every month under contract, with or without agreed
    service, and the part of it that the period holds where that cuts the month."""
    contract = found.cover.contract
    monthly = contract.fee.cents
    if contract.fee.part_month == "whole":
        clock = found.due == 0
        parts, wholes = np.where(clock, found.under, found.agreed), np.where(clock, found.under_due, found.due)
        wholes = np.where(found.partial, wholes, parts)
    else:
        parts, wholes = found.agreed, found.whole
    # In floats: cents times microseconds of a month would not fit; the error is far below a cent.
    share = np.divide(parts, wholes, out=np.zeros(parts.shape), where=wholes > 0)
    return np.floor(monthly * share + 0.5).astype(np.int64)


def _of_availability(found: Monthly, judged: Bools, fees: Int64Array) -> Iterator[Credit]:
    covered, terms = found.cover, found.cover.contract.availability
    if terms is None or not terms.bands:
        return
    reached = np.where(judged, found.availability, np.nan)
    behind = _behind(found)
    for band in sorted(terms.bands, key=lambda each: each.below):
        fell = np.nan_to_num(reached, nan=np.inf) < band.below
        for row, month in np.argwhere(fell).tolist():
            numbers = behind.get((row, month), ())
            cents = share_of(int(fees[row, month]), band.credit)
            yield Credit(
                "availability", band.clause, int(covered.scanner[row]), covered.months.names[month], cents, band.below,
                float(reached[row, month]), True, numbers,
            )  # fmt: skip
        reached = np.where(fell, np.nan, reached)


def _behind(found: Monthly) -> dict[tuple[int, int], tuple[int, ...]]:
    """The interruptions with agreed service time, by row of the cover and month."""
    pieces: Pieces = found.pieces
    behind: dict[tuple[int, int], list[int]] = {}
    for at in np.flatnonzero(pieces.service > 0).tolist():
        own = behind.setdefault((int(pieces.scanner[at]), int(pieces.month[at])), [])
        number = int(pieces.interruption[at])
        if not own or own[-1] != number:
            own.append(number)
    return {key: tuple(numbers) for key, numbers in behind.items()}


def _of_promise(
    reason: Literal["response", "repair"],
    promise: Promptness,
    covered: Cover,
    ledger: Ledger,
    where: Places,
    hours: Hours,
    fees: Int64Array,
) -> Iterator[Credit]:
    """The failures under a contract to which somebody came, or which were repaired, later than promised."""
    found = ledger.interruptions
    excepted = np.isin(found.cause, [CAUSE_CODES[each] for each in promise.except_causes])
    own = covered.row_of(found.scanner)
    begun = covered.spans.holding(own, found.start)
    late = np.flatnonzero((own >= 0) & begun & found.failures & ~excepted)
    told = found.responded[late] != NEVER if reason == "response" else ~found.lasts[late]
    ended = np.where(told & (reason == "response"), found.responded[late], found.end[late])
    ports = where.at(found.scanner[late], found.start[late])
    start = found.start[late]
    took = ended - start
    if promise.counted == "service":
        # The hours of the port where it was then: a scanner may be moved while it is down.
        of, port, begins, stops = where.cut(found.scanner[late], start, ended)
        took = totals(of, hours.within(port, begins, stops), len(late))
    by_site = {port: promise.hours(hours.site(port).remoteness) for port in np.unique(ports).tolist()}
    for at, number in enumerate(late.tolist()):
        promised = by_site[int(ports[at])]
        if promised is None or int(took[at]) <= round(promised * HOUR):
            continue
        row, month = int(own[number]), int(covered.months.of(start[at]))
        beyond = (int(took[at]) - round(promised * HOUR)) // HOUR
        share = min(promise.credit + promise.credit_per_hour * beyond, promise.cap)
        yield Credit(
            reason, promise.clause, int(found.scanner[number]), covered.months.names[month],
            share_of(int(fees[row, month]), share), promised, int(took[at]) / HOUR, bool(told[at]), (number,),
        )  # fmt: skip


def _of_caps(covered: Cover, fees: Int64Array, lines: list[Credit]) -> Iterator[Credit]:
    """What the lines of a month exceed its caps by: of each scanner first, then of the whole contract."""
    contract: Contract = covered.contract
    of_scanner = [each for each in contract.caps if each.of == "scanner"]
    of_all = [each for each in contract.caps if each.of == "contract"]
    row_of = {scanner: row for row, scanner in enumerate(covered.scanner.tolist())}
    sums: dict[tuple[str, int], int] = {}
    for line in lines:
        sums[line.month, line.scanner] = sums.get((line.month, line.scanner), 0) + line.cents
    by_month: dict[str, int] = {}
    for (month, scanner), cents in sums.items():
        fee = int(fees[row_of[scanner], covered.months.names.index(month)])
        for cap in of_scanner:
            if (beyond := cents - share_of(fee, cap.share)) > 0:
                yield Credit("cap", cap.clause, scanner, month, -beyond, cap.share)
                cents -= beyond
        by_month[month] = by_month.get(month, 0) + cents
    for month, cents in by_month.items():
        fee = int(fees[:, covered.months.names.index(month)].sum())
        for cap in of_all:
            if (beyond := cents - share_of(fee, cap.share)) > 0:
                yield Credit("cap", cap.clause, -1, month, -beyond, cap.share)
                cents -= beyond
