"""The maintenance calendar: each scanner that is due is put where the price of its hours is least.

`fleet` says who is due and when it may be, the price tables of `routing` what a unit is worth at a bridge over the day,
and `fleet.slots` chooses. Prices are in truck-minutes, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from joblib import Parallel, delayed

from aforo.domain.clock import instant, microseconds
from aforo.domain.units import Float64Array, Int64Array
from aforo.domain.week import DAYS
from aforo.fleet.availability import HOUR
from aforo.fleet.contract import Contract
from aforo.fleet.due import Allowed, Due, due
from aforo.fleet.ledger import ledger
from aforo.fleet.maintenance import Plan, Usual
from aforo.fleet.places import places
from aforo.fleet.record import Record
from aforo.fleet.slots import Job, chosen
from aforo.flow.prices import class_of_day
from aforo.flow.scanner_places import bridge_of, used_as
from aforo.flow.solving import standing
from aforo.ports.document import Bridge, PortDocument
from aforo.routing.choice import QUARTER_MINUTES, RESOURCES
from aforo.routing.prices import DayClass, Inputs, nearest_day, price_of_units

#: Of slots of one price the nearer to when it is due is taken: so many truck-minutes for a day, less than any price
#: that is told.
_A_DAY_OFF: Final = 1e-3
_QUARTER: Final = HOUR // 4
_QUARTERS: Final = 96

#: A stretch of a day: its class, from which quarter hour until before which.
Stretch = tuple[DayClass, int, int]


class Placed(msgspec.Struct, frozen=True):
    """A scanner's next planned maintenance. Instants are local to its bridge; prices in truck-minutes.

    `outside` says that it could not be put within its windows, or the contract's service hours; `beyond` are the hours
    by which it passes what the contract excludes as planned. `usual_price` is that of the usual day and time within the
    same days (None where there is none), `worst_price` that of the dearest start that was allowed.
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
    out at once. `without` are scanners for which nothing is planned, `assumed` the figures that no source supports."""

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


@dataclass(frozen=True)
class Site:
    """A resource of a bridge with the inputs of its price tables by class of day, at least one."""

    port: PortDocument
    bridge: Bridge
    resource: str
    inputs: Mapping[DayClass, Inputs]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.port.zone)

    def price(self, day: DayClass, out: Float64Array) -> float:
        """What units out of service cost on a day of a class, float64[96] by quarter hour."""
        own = nearest_day(day, self.inputs)
        assert own is not None
        there = standing(self.bridge, RESOURCES.index(self.resource), own)[1]
        return price_of_units(self.inputs[own], there, out)


@dataclass(frozen=True)
class _Job:
    """A scanner that is due at a site, with its candidates."""

    due: Due
    site: Site
    starts: Int64Array
    outside: bool
    beyond: Float64Array
    usual: int | None


def calendar(
    record: Record,
    plan: Plan,
    contracts: Sequence[Contract],
    ports: Sequence[PortDocument],
    tables: Callable[[str], Sequence[Inputs]],
    at: int,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Calendar:
    """The calendar of a fleet as of `at`, microseconds since 1970. `tables` gives the inputs of the price tables of a
    bridge, by its identifier; `progress` is told how many prices are solved of how many."""
    found, where = ledger(record, at), places(record)
    every, without = due(found, where, plan, contracts, at)
    jobs: list[_Job] = []
    unplaced: list[Unplaced] = []
    sites: dict[tuple[str, str], Site | None] = {}
    for each in every:
        site = _site(each, ports, tables, sites)
        if not isinstance(site, Site):
            span = (_local(each.earliest, UTC), _local(each.latest, UTC))
            unplaced.append(Unplaced(each.scanner, each.port, *span, each.overdue, site))
            continue
        jobs.append(_candidates(each, site, Allowed(each, found, where, site.port.zone), plan.usual))
    prices = _Prices(jobs, workers, progress)
    placed: list[Placed] = []
    bound = overlap = 0.0
    for bridge in dict.fromkeys(job.site.bridge.id for job in jobs):
        own = [job for job in jobs if job.site.bridge.id == bridge]
        costs = [prices.of(job) for job in own]
        offs = [np.abs(job.starts - job.due.nominal) / (24 * HOUR) * _A_DAY_OFF for job in own]
        programs = [Job(job.starts, cost + off, job.due.took) for job, cost, off in zip(own, costs, offs, strict=True)]
        answer = chosen(programs)
        ties = sum(float(off[at]) for off, at in zip(offs, answer.starts, strict=True))
        bound += max(answer.bound - ties, 0.0)
        overlap += answer.overlap / HOUR
        for job, cost, picked in zip(own, costs, answer.starts, strict=True):
            placed.append(_placed(job, cost, picked, prices))
    placed.sort(key=lambda each: (each.start, each.scanner))
    beside = [each for each in placed if each.usual_price is not None]
    price = sum(each.price for each in placed)
    return Calendar(
        instant(at), plan.hash, tuple(placed), tuple(unplaced), tuple(without), price, prices.together(jobs, placed),
        min(bound, price), sum(each.usual_price or 0.0 for each in beside), sum(each.price for each in beside),
        len(beside), sum(each.worst_price for each in placed), overlap, tuple(plan.assumed()),
    )  # fmt: skip


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
    return _Job(each, site, starts[kept], not inside.any(), beyond[kept], _usual(each, site, usual))


def _usual(each: Due, site: Site, usual: Usual) -> int | None:
    """The usual day and time that is nearest to when it is due, within the same days; None where there is none."""
    day = _local(each.earliest, site.zone).date()
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


class _Prices:
    """What a unit out of service costs, by site and stretch of a day, each solved once."""

    def __init__(self, jobs: Sequence[_Job], workers: int, progress: Callable[[int, int], None]) -> None:
        wanted: dict[tuple[str, str, Stretch], Site] = {}
        self._stretches: dict[tuple[str, int, int], tuple[Stretch, ...]] = {}
        for job in jobs:
            usual = [] if job.usual is None else [job.usual]
            for start in [*job.starts.tolist(), *usual]:
                for stretch in self._of(job.site, start, job.due.took):
                    wanted[job.site.bridge.id, job.site.resource, stretch] = job.site
        self._known: dict[tuple[str, str, Stretch], float] = {}
        solved = Parallel(n_jobs=workers, backend="threading", return_as="generator")(
            delayed(_alone)(site, key[2]) for key, site in wanted.items()
        )
        for key, price in zip(wanted, solved, strict=True):
            self._known[key] = price
            progress(len(self._known), len(wanted))

    def of(self, job: _Job) -> Float64Array:
        """The price of every start of a job."""
        return np.array([self.at(job.site, start, job.due.took) for start in job.starts.tolist()])

    def at(self, site: Site, start: int, took: int) -> float:
        """The price of a unit out from `start` on: of each day that it touches, added up."""
        return sum(self._known[site.bridge.id, site.resource, each] for each in self._of(site, start, took))

    def together(self, jobs: Sequence[_Job], placed: Sequence[Placed]) -> float:
        """The price of all that are placed, those of one bridge, resource and day at once."""
        by_scanner = {job.due.scanner: job for job in jobs}
        out: dict[tuple[str, str, date], Float64Array] = {}
        sites: dict[tuple[str, str], Site] = {}
        for each in placed:
            job = by_scanner[each.scanner]
            sites[each.bridge, each.resource] = job.site
            for day, since, until in _days(job.site.zone, microseconds(each.start), job.due.took):
                own = out.setdefault((each.bridge, each.resource, day), np.zeros(_QUARTERS))
                own[since:until] += 1.0
        return sum(sites[bridge, name].price(class_of_day(day), own) for (bridge, name, day), own in out.items())

    def _of(self, site: Site, start: int, took: int) -> tuple[Stretch, ...]:
        key = (site.port.zone, start, took)
        if key not in self._stretches:
            self._stretches[key] = tuple(
                (class_of_day(day), since, until) for day, since, until in _days(site.zone, start, took)
            )
        return self._stretches[key]


def _alone(site: Site, stretch: Stretch) -> float:
    day, since, until = stretch
    out = np.zeros(_QUARTERS)
    out[since:until] = 1.0
    return site.price(day, out)


def _days(zone: ZoneInfo, start: int, took: int) -> list[tuple[date, int, int]]:
    """The local days that a span touches, each with its quarter hours; where clocks jump, the hours that they show."""
    found: list[tuple[date, int, int]] = []
    begin, end = _local(start, zone), _local(start + took, zone)
    day = begin.date()
    while day <= end.date():
        since = _quarter(begin) if day == begin.date() else 0
        until = _quarter(end) if day == end.date() else _QUARTERS
        if since < until:
            found.append((day, since, until))
        day += timedelta(days=1)
    return found


def _quarter(local: datetime) -> int:
    return int((60 * local.hour + local.minute) // QUARTER_MINUTES)


def _local(at: int, zone: tzinfo) -> datetime:
    return instant(at).astimezone(zone)


def _placed(job: _Job, costs: Float64Array, picked: int, prices: _Prices) -> Placed:
    own, site, start = job.due, job.site, int(job.starts[picked])
    zone = site.zone
    return Placed(
        own.scanner, own.port or "", site.bridge.id, site.resource, own.terms.id,
        None if own.contract is None else own.contract.id, None if own.last is None else _local(own.last, zone),
        _local(own.earliest, zone), _local(own.latest, zone), own.overdue, _local(start, zone),
        _local(start + own.took, zone), float(costs[picked]), job.outside, float(job.beyond[picked]),
        None if job.usual is None else _local(job.usual, zone),
        None if job.usual is None else prices.at(site, job.usual, own.took), float(costs.max()),
    )  # fmt: skip
