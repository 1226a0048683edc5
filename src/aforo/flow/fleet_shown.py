"""The fleet as people and machines are shown it: instants in words, every device with how it is and how it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import numpy as np

from aforo.domain.clock import instant
from aforo.domain.scanner import Cause, ScannerEvent
from aforo.fleet.bounds import Bounds
from aforo.fleet.classes import DeviceClass, class_of
from aforo.fleet.groups import GroupOutages
from aforo.fleet.interruption_rule import RuleReference
from aforo.fleet.ledger import ledger
from aforo.fleet.life import Effect, Life
from aforo.fleet.outages import LENGTHS, Outages, ScannerOutages, outages
from aforo.fleet.pipeline import Stage
from aforo.fleet.report import ContractFound, FleetFound, Line, MonthOfScanner, OfClass, rule_of
from aforo.fleet.service_hours import months
from aforo.fleet.utilisation import UNSAID, Rate, Scans, Utilised
from aforo.flow.bridges_shown import ScannerShown
from aforo.flow.fleet_books import FleetBooks, Span

#: Events and interruptions of one device in an answer, the last ones.
MOST = 2_000


class FleetPeriod(msgspec.Struct, frozen=True):
    """From `start` until before `end`; `zone` is that of its days and months."""

    start: datetime
    end: datetime
    zone: str


class FleetDevice(msgspec.Struct, frozen=True):
    """A device: how it is now, and its outages within the period; null where it was not in service then."""

    now: ScannerShown
    outages: ScannerOutages | None


class FleetClass(msgspec.Struct, frozen=True):
    """The devices of one class in the period: all together, by port, by kind. `all.lengths.counts` are the outages up
    to each of `lengths` hours and the longer ones."""

    device: DeviceClass
    all: Outages
    ports: tuple[GroupOutages, ...]
    kinds: tuple[GroupOutages, ...]


class FleetShown(msgspec.Struct, frozen=True):
    """The fleet in a period, classes and devices; `lengths` are the hours that outages are counted by.
    `interruption_rule` is the definition of an outage; `bounds` say how figures may be off while rows that reported of
    scanners were refused."""

    period: FleetPeriod
    lengths: tuple[float, ...]
    classes: list[FleetClass]
    devices: list[FleetDevice]
    interruption_rule: RuleReference
    bounds: Bounds


class WaitingShown(msgspec.Struct, frozen=True):
    """A device that stands before service: in which stage, since when, how many days, and what blocks it."""

    scanner_id: str
    device: DeviceClass
    kind: str | None
    port: str | None
    contract_id: str | None
    stage: Stage
    since: datetime
    days: float
    blocker: str | None
    ordered: datetime | None


class BoughtShown(msgspec.Struct, frozen=True):
    """Where the devices of a class stand that were ordered in the period."""

    device: DeviceClass
    stages: dict[str, int]


class PipelineShown(msgspec.Struct, frozen=True):
    """From purchase to service, as it is at the end of the period; what was ordered of which nothing is heard for
    `unaccounted_after_days` is unaccounted for."""

    period: FleetPeriod
    unaccounted_after_days: int
    waiting: list[WaitingShown]
    bought: list[BoughtShown]


class FleetUse(msgspec.Struct, frozen=True):
    """Utilisation and scan rate of scanners by port and month, beside the targets of version `targets_version`; that is
    null where no targets are in force."""

    period: FleetPeriod
    targets_version: int | None
    utilisation: list[Utilised]
    rates: list[Rate]
    bounds: Bounds


class HappenedShown(msgspec.Struct, frozen=True):
    """A report of a device: when it happened, what it said, and what was made of it. `row` is its place in the record;
    `told` when it was told, `late` that this was more than a day after."""

    row: int
    at: datetime
    event: ScannerEvent
    effect: Effect
    reporter: str | None
    cause: Cause | None
    port: str | None
    planned: bool | None
    blocker: str | None
    told: datetime | None
    late: bool
    interruption: int | None
    displaced: bool


class InterruptedShown(msgspec.Struct, frozen=True):
    """An interruption by clock hours; `cause` is null where no report gave one. `rows` are the reports that told of its
    beginning, `reporters` by whom. `contested`: reports gave different causes."""

    number: int
    start: datetime
    end: datetime | None
    hours: float
    cause: Cause | None
    causes: tuple[Cause, ...]
    contested: bool
    planned: bool
    responded: datetime | None
    rows: tuple[int, ...]
    reporters: tuple[str, ...]
    ended_by: str | None
    overruled: int
    clipped: bool
    repeated: bool


class ScannerStay(msgspec.Struct, frozen=True):
    """Where a device was; null where nobody said."""

    port: str | None
    since: datetime | None
    until: datetime | None


class ScannerScans(msgspec.Struct, frozen=True):
    """The scans of a month: how many, of how many no operator time is told, and the hours of the others."""

    month: str
    scans: int
    unsaid: int
    operator_hours: float


class UnderContract(msgspec.Struct, frozen=True):
    """What a contract comes to for one device in the period."""

    contract: str
    version: int
    document: str
    supplier: str
    currency: str
    owed_cents: int
    months: list[MonthOfScanner]
    lines: list[Line]


class LifeShown(msgspec.Struct, frozen=True):
    """One device: how it is now, its life, and of the period its outages, scans and contracts. `more` counts earlier
    reports that are left out; `outages` is null where it was not in service in the period."""

    period: FleetPeriod
    lengths: tuple[float, ...]
    now: ScannerShown
    began: datetime | None
    retired: datetime | None
    more: int
    happened: list[HappenedShown]
    interruptions: list[InterruptedShown]
    stays: list[ScannerStay]
    outages: Outages | None
    scans: list[ScannerScans]
    contracts: list[UnderContract]


def period_of(span: Span, zone: str) -> FleetPeriod:
    """A period as it is shown."""
    return FleetPeriod(instant(span.start), instant(span.end), zone)


def fleet_shown(found: FleetFound, fleet: Sequence[ScannerShown], period: FleetPeriod) -> FleetShown:
    """The fleet of a period, and how every device is now."""
    own = OfClass(
        "scanner", found.all, found.scanners, found.ports, found.kinds, found.ordered, found.stages, found.unaccounted
    )
    every = (own, *found.others)
    known = {each.scanner: each for one in every for each in one.devices}
    return FleetShown(
        period,
        LENGTHS,
        [FleetClass(each.device, each.all, each.ports, each.kinds) for each in every],
        [FleetDevice(each, known.get(each.scanner_id)) for each in fleet],
        found.interruption_rule,
        found.bounds,
    )


def pipeline_shown(
    books: FleetBooks, found: FleetFound, fleet: Sequence[ScannerShown], span: Span, zone: str
) -> PipelineShown:
    """What stands before service at the end of a period, the oldest first."""
    now = {each.scanner_id: each for each in fleet}
    waiting = []
    for each in sorted(books.waiting(span.end - 1), key=lambda one: one.since):
        one = now.get(each.scanner)
        ordered = None if each.ordered is None else instant(each.ordered)
        kind, port, contract = (None, None, None) if one is None else (one.kind, one.port, one.contract_id)
        waiting.append(
            WaitingShown(
                each.scanner, class_of(kind), kind, port, contract, each.stage, instant(each.since), each.days,
                each.blocker, ordered,
            )
        )  # fmt: skip
    bought = [BoughtShown("scanner", found.ordered), *(BoughtShown(each.device, each.ordered) for each in found.others)]
    days = books.documents.targets().unaccounted_after_days
    return PipelineShown(period_of(span, zone), days, waiting, [each for each in bought if each.stages])


def use_shown(books: FleetBooks, found: FleetFound, period: FleetPeriod) -> FleetUse:
    """Utilisation and scan rates of a period."""
    targets = books.documents.targets()
    return FleetUse(
        period, targets.version if targets.hash else None, list(found.utilisation), list(found.rates), found.bounds
    )


def life_shown(books: FleetBooks, known: Life, now: ScannerShown, span: Span, zone: str) -> LifeShown:
    """One device."""
    found = books.report(span)
    record = books.record()
    code = list(record.names.scanners).index(known.scanner)
    which = np.arange(len(record.names.scanners)) == code
    own = ledger(record, span.end, rule_of(books.documents.targets()))
    served = known.began is not None and known.began < span.end and (known.retired or span.end) > span.start
    return LifeShown(
        period_of(span, zone),
        LENGTHS,
        now,
        _instant(known.began),
        _instant(known.retired),
        max(0, len(known.happened) - MOST),
        [
            HappenedShown(
                each.row, instant(each.at), each.event, each.effect, each.reporter, each.cause, each.port,
                each.planned, each.blocker, _instant(each.told), each.late, each.interruption, each.displaced,
            )
            for each in known.happened[-MOST:]
        ],
        [
            InterruptedShown(
                number, instant(each.start), _instant(each.end), each.hours, each.cause, each.causes,
                len(each.causes) > 1, each.planned, _instant(each.responded), each.rows, each.reporters, each.ended_by,
                each.overruled, each.clipped, each.repeated,
            )
            for number, each in enumerate(known.interruptions)
        ][-MOST:],
        [ScannerStay(each.port, _instant(each.since), _instant(each.until)) for each in known.stays],
        outages(own, which, span.start, span.end) if served else None,
        _scans(books.scans(span, known.scanner), span, zone),
        [under for each in found.contracts if (under := _under(each, known.scanner)) is not None],
    )  # fmt: skip


def _scans(scans: Scans, span: Span, zone: str) -> list[ScannerScans]:
    """The months of which a scan is told."""
    if not len(scans.at):
        return []
    by_month = months(zone, span.start, span.end)
    month = by_month.of(scans.at)
    size, said = len(by_month.names), scans.operator != UNSAID
    many = np.bincount(month, minlength=size)
    told = np.bincount(month[said], minlength=size)
    hours = np.bincount(month[said], scans.operator[said].astype(np.float64), size) / 3_600_000
    return [
        ScannerScans(name, int(many[place]), int(many[place] - told[place]), float(hours[place]))
        for place, name in enumerate(by_month.names)
        if many[place]
    ]


def _under(found: ContractFound, scanner: str) -> UnderContract | None:
    """What a contract comes to for one device; None where it does not cover it."""
    own = [each for each in found.months if each.scanner == scanner]
    lines = [each for each in found.lines if each.scanner == scanner]
    if not own and not lines:
        return None
    return UnderContract(
        found.id, found.version, found.document, found.supplier, found.currency, sum(each.cents for each in lines),
        own, lines,
    )  # fmt: skip


def _instant(at: int | None) -> datetime | None:
    return None if at is None else instant(at)
