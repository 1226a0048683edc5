"""What a fleet's log says of a period: the fleet and its outages, purchases, contracts and targets, each once.

Pure: it takes columns and documents and returns values. Every figure is of the period alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import numpy as np

from aforo.domain.clock import instant
from aforo.domain.scanner import ALL_COUNTED, CAUSES, Cause, RowsNotCounted
from aforo.fleet.asked import Asked
from aforo.fleet.availability import HOUR, Hours, Monthly, cover, monthly
from aforo.fleet.bounds import Bound, Bounds, bounds, contract_bound, owed_bound
from aforo.fleet.classes import DEVICE_CLASSES, DeviceClass, classes, only
from aforo.fleet.contract import Contract
from aforo.fleet.credits import Credit, Owed, owed
from aforo.fleet.groups import GroupOutages, by_kind, by_port
from aforo.fleet.interruption_rule import (
    InterruptionRule,
    RuleReference,
    interruption_rules,
    newest_rule,
    reference,
)
from aforo.fleet.ledger import Interruptions, Ledger, ledger
from aforo.fleet.outages import Outages, ScannerOutages, by_scanner, fielded, outages
from aforo.fleet.pipeline import Waiting, bought, pipeline, waiting
from aforo.fleet.places import Places, places
from aforo.fleet.record import ABSENT, Bools, Record
from aforo.fleet.remarks import Remark, billed_twice, never_in_service, unmatched
from aforo.fleet.scans_told import ScansTold, scans_told
from aforo.fleet.target import Targets
from aforo.fleet.utilisation import Rate, Scans, Utilised, rates, utilised


class MonthOfScanner(msgspec.Struct, frozen=True):
    """A scanner's month under a contract, in hours of agreed service time: `down` all of the downtime, `excluded` what
    of it the supplier does not answer for, by clause. `availability` is None where no service was agreed. `partial`:
    the period cuts the month, so that this is of a part of it. `judged`: bands of availability are of it; of a month of
    which the period holds too little they are not."""

    scanner: str
    month: str
    agreed: float
    down: float
    excluded: dict[str, float]
    availability: float | None
    fee_cents: int
    partial: bool
    judged: bool


class LineInterruption(msgspec.Struct, frozen=True):
    """An interruption behind a line, uncut by the month. `end` is None where it had not ended with the period, `cause`
    that which counts, None where no report gave one."""

    start: datetime
    end: datetime | None
    cause: Cause | None


class Line(msgspec.Struct, frozen=True):
    """A line of a claim; see `credits.Credit`. `scanner` is None for a cap of the whole contract. `events` are the
    lines of the file, or the places in the record, of the reports that the `interruptions` behind it began with, one
    each."""

    reason: str
    clause: str
    scanner: str | None
    month: str
    cents: int
    promised: float | None
    reached: float | None
    reported: bool
    events: tuple[int, ...]
    interruptions: tuple[LineInterruption, ...]


class ContractFound(msgspec.Struct, frozen=True):
    """What a contract comes to in the period. `document` is the hash of the contract that was reckoned with; `short`
    counts the months of scanners under the availability that was promised. `partial` counts those that the period
    cuts; where some are `unjudged`, too little of them is there for bands of availability: `short` leaves them out.
    `interruption_rule` is the definition of an outage that was used. While rows of the log are not counted,
    `availability_bound` and `owed_bound` say what kind of bound the availability and the amount are."""

    id: str
    version: int
    document: str
    supplier: str
    currency: str
    scanners: int
    minimum: float | None
    short: int
    partial: int
    unjudged: bool
    fees_cents: int
    owed_cents: int
    months: tuple[MonthOfScanner, ...]
    lines: tuple[Line, ...]
    interruption_rule: RuleReference
    rows_not_counted: int
    availability_bound: Bound
    owed_bound: Bound


class OfClass(msgspec.Struct, frozen=True):
    """Devices that are no scanners, all of one class: the same as a report has of scanners."""

    device: DeviceClass
    all: Outages
    devices: tuple[ScannerOutages, ...]
    ports: tuple[GroupOutages, ...]
    kinds: tuple[GroupOutages, ...]
    ordered: dict[str, int]
    stages: tuple[Waiting, ...]
    unaccounted: tuple[str, ...]


class FleetFound(msgspec.Struct, frozen=True):
    """The report of a period, from `start` until before `end` in microseconds since 1970.

    `all` are the outages of every scanner that was fielded. `ordered` says where the scanners stand at the end that
    were bought in the period, `unaccounted` names those of any time that are. `stages` is what waits for service.
    An order is unaccounted for that nothing more is heard of for `unaccounted_after_days`.
    `remarks` tell what the documents name and the log does not, and whose trouble counts nowhere.
    Readers, cameras and weighbridges are in none of these but in `others`; contracts may be of any device.
    `recommissioned` names devices that were commissioned again after they retired: they count until they retired.
    `undocumented` are contracts that reports name, beside those that were given. Where days were asked for, contracts
    are reckoned with from and to those days in their own zones. `interruption_rule` is the definition by which outages
    are counted; `bounds` say how figures may be off while rows are not counted.
    """

    start: int
    end: int
    all: Outages
    scanners: tuple[ScannerOutages, ...]
    ports: tuple[GroupOutages, ...]
    kinds: tuple[GroupOutages, ...]
    ordered: dict[str, int]
    stages: tuple[Waiting, ...]
    unaccounted: tuple[str, ...]
    unaccounted_after_days: int
    others: tuple[OfClass, ...]
    utilisation: tuple[Utilised, ...]
    rates: tuple[Rate, ...]
    contracts: tuple[ContractFound, ...]
    undocumented: tuple[str, ...]
    recommissioned: tuple[str, ...]
    scans: ScansTold
    remarks: tuple[Remark, ...]
    interruption_rule: RuleReference
    bounds: Bounds


def report(
    record: Record,
    scans: Scans,
    contracts: Sequence[Contract],
    targets: Targets,
    start: int,
    end: int,
    asked: Asked | None = None,
    rule: InterruptionRule | None = None,
    missing: RowsNotCounted = ALL_COUNTED,
) -> FleetFound:
    """The report of the period from `start` until before `end`; by `rule` where one is given, whatever documents say.
    `missing` are rows that could not be read, and are not in the record."""
    known = classes(record)
    general = rule or rule_of(targets)
    scanners = only(record, "scanner", known)
    found, where = ledger(scanners, end, general), places(scanners)
    own = _of_class("scanner", found, where, targets, start, end)
    # Where there are none but scanners, as in most logs, all is made once.
    every, everywhere = (found, where) if scanners is record else (ledger(record, end, general), places(record))
    rules = [rule or rule_of(each, general) for each in contracts]
    agreed = tuple(_agreed(contracts, rules, every, everywhere, start, end, asked or Asked(), missing))
    bills = ((one, each.scanner, each.month) for one, own in zip(contracts, agreed, strict=True) for each in own.months)
    return FleetFound(
        start,
        end,
        own.all,
        own.devices,
        own.ports,
        own.kinds,
        own.ordered,
        own.stages,
        own.unaccounted,
        targets.unaccounted_after_days,
        tuple(
            _of_class(each, ledger(only(record, each, known), end, general), everywhere, targets, start, end)
            for each in DEVICE_CLASSES
            if each != "scanner" and each in known
        ),
        tuple(utilised(found, where, scans, targets, start, end)),
        tuple(rates(found, where, scans, targets, start, end)),
        agreed,
        _undocumented(record, contracts),
        _recommissioned(every),
        scans_told(scans, record, found, where, start, end),
        (*unmatched(record, contracts, targets), *billed_twice(bills), *never_in_service(every)),
        reference(general),
        bounds(missing, record, general),
    )


def rule_of(document: Contract | Targets, otherwise: InterruptionRule | None = None) -> InterruptionRule:
    """The definition of an interruption that a document names, else `otherwise`, else the newest."""
    if document.interruption_rule is not None:
        return interruption_rules()[document.interruption_rule]
    return otherwise or newest_rule()


def _agreed(
    contracts: Sequence[Contract],
    rules: Sequence[InterruptionRule],
    found: Ledger,
    where: Places,
    start: int,
    end: int,
    asked: Asked,
    missing: RowsNotCounted,
) -> list[ContractFound]:
    """What contracts come to, in their order, each by the rule of its own."""
    periods = [asked.within(each.zone, start, end) for each in contracts]
    told: dict[int, ContractFound] = {}
    # A ledger is of the time until one instant: contracts whose day ends later or earlier have another.
    wanted = {(last, rule.version): rule for (_, last), rule in zip(periods, rules, strict=True)}
    for (until, version), rule in sorted(wanted.items(), key=lambda each: each[0]):
        same = until == found.until and rule == found.rule
        own = found if same else ledger(found.record, until, rule)
        for number, (first, last) in enumerate(periods):
            if (last, rules[number].version) == (until, version):
                told[number] = _under(contracts[number], own, where, first, last, asked.ended, missing)
    return [told[number] for number in range(len(contracts))]


def _undocumented(record: Record, contracts: Sequence[Contract]) -> tuple[str, ...]:
    """The contracts that reports name beside those that were given; none where none was."""
    given = {each.id for each in contracts}
    named = {record.names.contracts[code].strip() for code in np.unique(record.contract).tolist() if code != ABSENT}
    return tuple(sorted(named - given)) if given else ()


def _recommissioned(found: Ledger) -> tuple[str, ...]:
    """The devices that reports commission after their retirement."""
    record = found.record
    rows = record.where("commissioned")
    again = rows[(record.at[rows] > found.retired[record.scanner[rows]]) & (record.at[rows] < found.until)]
    return tuple(record.names.scanners[code] for code in np.unique(record.scanner[again]).tolist())


def _of_class(device: DeviceClass, found: Ledger, where: Places, targets: Targets, start: int, end: int) -> OfClass:
    """What is to be said of devices of one class, whose ledger it is."""
    names = found.record.names
    which = fielded(found, start, end)
    now_at = where.at(np.arange(len(which)), np.full(len(which), end - 1))
    ports = [None if code == ABSENT else names.ports[code] for code in now_at.tolist()]
    line = pipeline(found, end - 1, targets.unaccounted_after_days)
    return OfClass(
        device,
        outages(found, which, start, end),
        tuple(by_scanner(found, which, ports, start, end)),
        tuple(by_port(found, where, start, end, targets.repeat_within_days)),
        tuple(by_kind(found, start, end, targets.repeat_within_days)),
        bought(line, start, end),
        tuple(waiting(line, found, end)),
        tuple(names.scanners[row] for row in np.flatnonzero(line.unaccounted).tolist()),
    )


def _under(
    contract: Contract, found: Ledger, where: Places, start: int, end: int, ended: bool, missing: RowsNotCounted
) -> ContractFound:
    """What a contract comes to; `ended` says that somebody chose the end of the period."""
    known = bounds(missing, found.record, found.rule)
    covered = cover(contract, found, start, end)
    edges = covered.months.edges
    hours = Hours(contract, list(found.record.names.ports), int(edges[0]), int(edges[-1]))
    by_month = monthly(covered, found, where, hours)
    judged = by_month.judged(start, end if ended else None)
    owing = owed(by_month, found, where, hours, judged)
    terms = contract.availability
    reached = np.where(judged, by_month.availability, 1.0)
    return ContractFound(
        contract.id,
        contract.version,
        contract.hash,
        contract.supplier,
        contract.currency,
        len(covered.scanner),
        None if terms is None else terms.minimum,
        0 if terms is None else int((np.nan_to_num(reached, nan=1.0) < terms.minimum).sum()),
        int(by_month.partial.sum()),
        bool((by_month.partial & ~judged).any()),
        int(owing.fees.sum()),
        owing.cents,
        tuple(_months(by_month, owing, found, judged)),
        tuple(_line(each, found) for each in owing.lines),
        reference(found.rule),
        missing.rows,
        contract_bound(contract, known),
        owed_bound(contract, known),
    )


def _months(by_month: Monthly, owing: Owed, found: Ledger, judged: Bools) -> list[MonthOfScanner]:
    """The months in which service was agreed, or that cost something; bands are of the `judged` ones."""
    covered = by_month.cover
    reached, partial = by_month.availability, by_month.partial
    told = []
    for row, month in np.argwhere((by_month.agreed > 0) | (owing.fees > 0)).tolist():
        excluded: dict[str, float] = {}
        for number, exclusion in enumerate(covered.contract.exclusions):
            if taken := int(by_month.excluded[number, row, month]):
                excluded[exclusion.clause] = excluded.get(exclusion.clause, 0.0) + taken / HOUR
        share = float(reached[row, month])
        told.append(
            MonthOfScanner(
                found.record.names.scanners[int(covered.scanner[row])],
                covered.months.names[month],
                int(by_month.agreed[row, month]) / HOUR,
                int(by_month.down[row, month]) / HOUR,
                excluded,
                None if np.isnan(share) else share,
                int(owing.fees[row, month]),
                bool(partial[row, month]),
                bool(judged[row, month]),
            )
        )
    return told


def _line(credit: Credit, found: Ledger) -> Line:
    return Line(
        credit.reason,
        credit.clause,
        None if credit.scanner < 0 else found.record.names.scanners[credit.scanner],
        credit.month,
        credit.cents,
        credit.promised,
        credit.reached,
        credit.reported,
        tuple(int(found.interruptions.row[number]) for number in credit.interruptions),
        tuple(_behind(number, found.interruptions) for number in credit.interruptions),
    )


def _behind(number: int, found: Interruptions) -> LineInterruption:
    cause = int(found.cause[number])
    return LineInterruption(
        instant(int(found.start[number])),
        None if found.lasts[number] else instant(int(found.end[number])),
        None if cause == ABSENT else CAUSES[cause],
    )
