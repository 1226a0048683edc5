"""The maintenance calendar: each scanner that is due is put where the price of its hours is least.

`fleet` says who is due and when it may be, the price tables of `routing` what a unit is worth at a bridge over the day,
and `fleet.slots` chooses. Prices are in truck-minutes, as everywhere. Readers, cameras and weighbridges have none, and
are not put.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal

import msgspec
import numpy as np

from aforo.domain.clock import instant, microseconds
from aforo.domain.units import Float64Array, Int64Array
from aforo.domain.week import DAYS
from aforo.fleet.availability import HOUR
from aforo.fleet.classes import DEVICE_CLASSES, DeviceClass, classes, only
from aforo.fleet.contract import Contract
from aforo.fleet.due import Allowed, Due, due
from aforo.fleet.ledger import ledger
from aforo.fleet.maintenance import Plan, Usual
from aforo.fleet.places import places
from aforo.fleet.record import Record
from aforo.fleet.slots import Job, chosen
from aforo.flow.scanner_places import bridge_of, used_as
from aforo.flow.slot_prices import Site, Slot, SlotPrices, local, together
from aforo.ports.document import PortDocument
from aforo.routing.prices import Inputs

#: Of slots of one price the nearer to when it is due is taken: so many truck-minutes for a day, less than any price
#: that is told.
_A_DAY_OFF: Final = 1e-3


class Placed(msgspec.Struct, frozen=True):
    """A scanner's next planned maintenance. Instants are local to its bridge; prices in truck-minutes.

    `outside` says that it could not be put within its windows, or the contract's service hours; `beyond` are the hours
    by which it passes what the contract excludes as planned. `usual_price` is that of the usual day and time within the
    same days (None where there is none), `worst_price` that of the dearest start that was allowed.
    `late`: it ends after `due_until`, since it begins on a whole hour. `down`: the scanner is down as of `at`.
    `usual_allowed` is false where the usual time lies outside the windows or passes the cap.
    """

    scanner: str
    port: str
    bridge: str
    resource: str
    maintenance: str
    contract: str | None
    last: datetime | None
    due_from: datetime
    due_until: datetime
    overdue: bool
    start: datetime
    end: datetime
    price: float
    outside: bool
    beyond: float
    usual_start: datetime | None
    usual_price: float | None
    worst_price: float
    late: bool
    down: bool
    usual_allowed: bool


class Unplaced(msgspec.Struct, frozen=True):
    """A scanner that is due and has no price: no bridge is known of its place, or that has no price tables."""

    scanner: str
    port: str | None
    due_from: datetime
    due_until: datetime
    overdue: bool
    reason: Literal["no_bridge", "no_price"]


class Calendar(msgspec.Struct, frozen=True):
    """The calendar as of `at`. `price` is the sum of all that are placed, each alone; `together` what they cost with
    those of one bridge and day taken together; `bound` what no calendar of as little overlap comes below, by the
    solver's proof. `usual` and `usual_beside` are what the usual time costs and what the calendar does, of the
    `usual_of` scanners that have a usual time; `worst` the dearest allowed. `overlap_hours`: more than one of a bridge
    out at once. `without` are scanners for which nothing is planned, `assumed` the figures that no source supports.
    `others` are how many devices that are no scanners are in service, by class: they are in none of the figures."""

    at: datetime
    plan: str
    placed: tuple[Placed, ...]
    unplaced: tuple[Unplaced, ...]
    without: tuple[str, ...]
    price: float
    together: float
    bound: float
    usual: float
    usual_beside: float
    usual_of: int
    worst: float
    overlap_hours: float
    assumed: tuple[str, ...]
    others: dict[DeviceClass, int]


@dataclass(frozen=True)
class _Job:
    """A scanner that is due at a site, with its candidates."""

    due: Due
    site: Site
    starts: Int64Array
    outside: bool
    beyond: Float64Array
    usual: int | None
    usual_allowed: bool

    def slot(self, start: int) -> Slot:
        return Slot(self.site, start, self.due.took)

    def candidates(self) -> list[Slot]:
        return [self.slot(start) for start in self.starts.tolist()]

    def slots(self) -> list[Slot]:
        """Every slot of which the price is told: the candidates, and the usual one where there is one."""
        return [*self.candidates(), *([] if self.usual is None else [self.slot(self.usual)])]


def calendar(
    record: Record,
    plan: Plan,
    contracts: Sequence[Contract],
    ports: Sequence[PortDocument],
    tables: Callable[[str], Sequence[Inputs]],
    at: int,
    bridges: Collection[str] = (),
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Calendar:
    """The calendar of a fleet as of `at`, microseconds since 1970. `tables` gives the inputs of the price tables of a
    bridge, by its identifier; `bridges` are the identifiers of those that are asked for, all without any; `progress`
    is told how many prices are solved of how many."""
    # As of `at` nothing is known of what came later.
    record = record.until(at)
    known = classes(record)
    others = _in_service(record, known, at)
    record = only(record, "scanner", known)
    found, where = ledger(record, at), places(record)
    lasting = set(found.interruptions.scanner[found.interruptions.lasts].tolist())
    every, without = due(found, where, plan, contracts, at)
    jobs: list[_Job] = []
    unplaced: list[Unplaced] = []
    sites: dict[tuple[str, str], Site | None] = {}
    for each in every:
        if bridges and ((bridge := bridge_of(each.port, ports)) is None or bridge.id not in bridges):
            continue
        site = _site(each, ports, tables, sites)
        if not isinstance(site, Site):
            span = (local(each.earliest, UTC), local(each.latest, UTC))
            unplaced.append(Unplaced(each.scanner, each.port, *span, each.overdue, site))
            continue
        jobs.append(_candidates(each, site, Allowed(each, found, where, site.port.zone), plan.usual))
    prices = SlotPrices((slot for job in jobs for slot in job.slots()), workers, progress)
    placed: list[Placed] = []
    taken: list[Slot] = []
    bound = overlap = 0.0
    for name in dict.fromkeys(job.site.bridge.id for job in jobs):
        own = [job for job in jobs if job.site.bridge.id == name]
        costs = [np.array([prices.of(slot) for slot in job.candidates()]) for job in own]
        offs = [np.abs(job.starts - job.due.nominal) / (24 * HOUR) * _A_DAY_OFF for job in own]
        programs = [Job(job.starts, cost + off, job.due.took) for job, cost, off in zip(own, costs, offs, strict=True)]
        answer = chosen(programs)
        # What is proved is of prices with what breaks their ties; without it they may lie so much lower.
        bound += max(answer.bound - sum(float(off.max()) for off in offs), 0.0)
        overlap += answer.overlap / HOUR
        for job, cost, picked in zip(own, costs, answer.starts, strict=True):
            placed.append(_placed(job, cost, picked, prices, job.due.number in lasting))
            taken.append(job.slot(int(job.starts[picked])))
    placed.sort(key=lambda each: (each.start, each.scanner))
    beside = [each for each in placed if each.usual_price is not None]
    price = sum(each.price for each in placed)
    return Calendar(
        instant(at), plan.hash, tuple(placed), tuple(unplaced), tuple(without), price, together(taken),
        min(bound, price), sum(each.usual_price or 0.0 for each in beside), sum(each.price for each in beside),
        len(beside), sum(each.worst_price for each in placed), overlap, tuple(plan.assumed()), others,
    )  # fmt: skip


def _in_service(record: Record, known: list[DeviceClass], at: int) -> dict[DeviceClass, int]:
    """How many devices that are no scanners are in service, by class; classes of which none is are left out."""
    counts: dict[DeviceClass, int] = {}
    for device in DEVICE_CLASSES:
        if device != "scanner" and device in known:
            found = ledger(only(record, device, known), at)
            if serving := int(((found.began <= at) & (found.retired > at)).sum()):
                counts[device] = serving
    return counts


def _site(
    each: Due,
    ports: Sequence[PortDocument],
    tables: Callable[[str], Sequence[Inputs]],
    known: dict[tuple[str, str], Site | None],
) -> Site | Literal["no_bridge", "no_price"]:
    """Where a scanner stands, and is priced; else why not."""
    bridge = bridge_of(each.port, ports)
    if bridge is None:
        return "no_bridge"
    resource = used_as(each.kind, bridge)
    key = (bridge.id, resource)
    if key not in known:
        inputs = {own.day_class: own for own in tables(bridge.id) if own.resource == resource}
        port = next(port for port in ports if bridge in port.bridges)
        known[key] = Site(port, bridge, resource, inputs) if inputs else None
    site = known[key]
    return "no_price" if site is None else site


def _candidates(each: Due, site: Site, allowed: Allowed, usual: Usual) -> _Job:
    """The whole hours at which the maintenance of a scanner may begin: those within its windows and the cap of its
    contract, else within its windows, else any."""
    first = -(-each.earliest // HOUR) * HOUR
    starts = np.arange(first, max(each.latest - each.took, first) + 1, HOUR, dtype=np.int64)
    inside, beyond = allowed.inside(starts), allowed.beyond(starts)
    kept = inside & (beyond <= 0.0)
    if not kept.any() and inside.any():
        # What passes the cap counts against the supplier's availability: as little of it as can be.
        kept = inside & (beyond <= beyond[inside].min())
    if not kept.any():
        kept = beyond <= beyond.min()
    own = _usual(each, site, usual)
    begins = np.array([] if own is None else [own], dtype=np.int64)
    usual_allowed = bool((allowed.inside(begins) & (allowed.beyond(begins) <= 0.0)).all())
    return _Job(each, site, starts[kept], not inside.any(), beyond[kept], own, usual_allowed)


def _usual(each: Due, site: Site, usual: Usual) -> int | None:
    """The usual day and time that is nearest to when it is due, within the same days; None where there is none."""
    day = local(each.earliest, site.zone).date()
    found: list[int] = []
    while (midnight := microseconds(datetime.combine(day, time(), site.zone))) < each.latest:
        if DAYS[day.weekday()] == usual.day:
            clock = timedelta() if usual.at == "24:00" else _clock(usual.at)
            begins = microseconds(datetime.combine(day, time(), site.zone) + clock)
            if midnight <= begins and each.earliest <= begins and begins + each.took <= each.latest:
                found.append(begins)
        day += timedelta(days=1)
    return min(found, key=lambda begins: abs(begins - each.nominal), default=None)


def _clock(clock: str) -> timedelta:
    hours, minutes = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _placed(job: _Job, costs: Float64Array, picked: int, prices: SlotPrices, down: bool) -> Placed:
    own, site, start = job.due, job.site, int(job.starts[picked])
    zone = site.zone
    return Placed(
        own.scanner, own.port or "", site.bridge.id, site.resource, own.terms.id,
        None if own.contract is None else own.contract.id, None if own.last is None else local(own.last, zone),
        local(own.earliest, zone), local(own.latest, zone), own.overdue, local(start, zone),
        local(start + own.took, zone), float(costs[picked]), job.outside, float(job.beyond[picked]),
        None if job.usual is None else local(job.usual, zone),
        None if job.usual is None else prices.of(job.slot(job.usual)), float(costs.max()),
        start + own.took > own.latest,
        down, job.usual is None or job.usual_allowed,
    )  # fmt: skip
