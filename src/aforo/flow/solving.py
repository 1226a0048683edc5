"""From port documents, counts and past decisions to what price tables are solved from, and into force.

A bridge's arrivals are its part of the counts, by the shape of its day; its units are those that stand there and are
manned, by the quarter hour; what an examination is worth is told by the crossings that the log has assessed, under the
policy in force now. A resource is priced at what it adds to a truck where scanners and docks are shared
(`routing.coupling`, as in the twin); where only a model's own history speaks, as if all trucks could be sent to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import polars as pl

from aforo.domain.event import Assessed, Origin
from aforo.domain.units import MICRO, PPB, Float64Array, probability_ppb
from aforo.flow import documents
from aforo.flow.judge import after_alarm, alarm_chance, prevented
from aforo.flow.priced import ordinary_minutes
from aforo.flow.prices import BridgePolicy, named, policy_named
from aforo.log.store import Log
from aforo.ports.calendar import BORDER_WIDE
from aforo.ports.document import Bridge
from aforo.ports.figure import Service
from aforo.ports.schedule import Shift, Window, by_minute
from aforo.routing.choice import (
    DOCK,
    JOINT,
    JOINT_EXAM,
    PORTAL,
    QUARTER_MINUTES,
    RESOURCES,
    SCAN,
    SCANNER,
    SECONDARY,
    YARD,
)  # fmt: skip
from aforo.routing.coupling import Wanted
from aforo.routing.coupling import wanted as wanted_of
from aforo.routing.policy import Policy
from aforo.routing.prices import (
    DAY_CLASSES,
    DayClass,
    Inputs,
    Prices,
    inputs_in,
    inputs_of,
    read,
    solved,
    solved_from,
    written,
)
from aforo.routing.rate import NANOMINUTES
from aforo.routing.running import running_at
from aforo.routing.service_time import ServiceTime
from aforo.routing.table import Resource, demand_of

#: Assessments that the worth of trucks is told by: the last ones; and how few are too few.
MOST_ASSESSED, FEWEST_ASSESSED = 20_000, 200
#: The resources that are priced, and the examination that is made at each; a booth is left to its lanes.
EXAMINED_AT: dict[int, int] = {SCANNER: SCAN, PORTAL: SCAN, YARD: SCAN, DOCK: SECONDARY, JOINT: JOINT_EXAM}
_SCANS: tuple[int, ...] = (SCANNER, PORTAL, YARD)
#: The days of the week of each day class, whose rosters and shapes are taken; a holiday is manned like a Sunday.
_DAYS: dict[DayClass, Sequence[int]] = {
    "weekday": (0, 1, 2, 3, 4), "saturday": (5,), "sunday": (6,), "holiday": (6,),
}  # fmt: skip
_WEIGHT: dict[DayClass, float] = {
    "weekday": 1.0, "saturday": BORDER_WIDE.saturday, "sunday": BORDER_WIDE.sunday, "holiday": BORDER_WIDE.holy,
}  # fmt: skip
#: No unit is repaired faster or slower than this, in minutes.
_REPAIR = 180.0
_MOST_UNITS = 64
_PAGE = 5_000


class NotSolvableError(ValueError):
    """There is too little to solve prices from; the code of the sentence that says what."""

    def __init__(self, code: str, **fields: object) -> None:
        self.code, self.fields = code, fields
        super().__init__(code)


@dataclass(frozen=True)
class Worth:
    """What each option was expected to prevent of past trucks: `values` float64[n, options] in truck-minutes, under a
    policy; the chance that a scan alarms, and what an alarm multiplies the worth of the dock by, float64[n] each (None
    where that is not known)."""

    values: Float64Array
    alarm: Float64Array | None = None
    raised: Float64Array | None = None


def worth_of(log: Log, policy: Policy) -> Worth:
    """The worth of the trucks that the log assessed last. Raises NotSolvableError where there are too few."""
    end = log.position()
    odds: list[tuple[int, ...]] = []
    after = max(0, end - 8 * MOST_ASSESSED)
    while events := log.read(after, types=(Assessed.TYPE,), limit=_PAGE):
        after = events[-1].position
        odds += [payload.log_odds for stored in events if isinstance(payload := stored.payload, Assessed)]
    return worth_under(np.array(odds[-MOST_ASSESSED:], dtype=np.int64), policy)


def worth_under(log_odds: np.typing.NDArray[np.int64], policy: Policy) -> Worth:
    """The worth of assessed trucks, int64[n, K] in micro-log-odds. Raises NotSolvableError where there are too few."""
    if len(log_odds) < FEWEST_ASSESSED:
        raise NotSolvableError("prices_few_assessed", found=len(log_odds), needed=FEWEST_ASSESSED)
    none = pl.Series([None] * len(log_odds), dtype=pl.String)
    threat, nothing = probability_ppb(log_odds), np.zeros(len(log_odds))
    found = prevented(threat, nothing, none, policy)
    after = prevented(after_alarm(threat, policy), nothing, none, policy)[:, SECONDARY]
    raised = after / np.maximum(found[:, SECONDARY], 1)
    return Worth(found / NANOMINUTES, alarm_chance(threat, policy), raised)


def worth_of_brief(interest: Sequence[int], policy: Policy) -> Worth:
    """The worth of trucks by what a model says of its own history: quantiles of the chance of any threat, in ppb (see
    `briefing`), each taken to do the most harm. Raises NotSolvableError where it says too little."""
    if len(interest) < FEWEST_ASSESSED:
        raise NotSolvableError("prices_few_assessed", found=len(interest), needed=FEWEST_ASSESSED)
    chance = np.array(interest, dtype=np.float64) / PPB
    found = policy.detection_micro().max(axis=1) / MICRO
    return Worth(chance[:, None] * float(policy.harm_minutes().max()) * found[None, :])


def trucks_a_day(tables: Sequence[Prices]) -> float:
    """What a working day brings, by what tables were solved from."""
    first = tables[0].inputs
    return sum(first.arrivals) * QUARTER_MINUTES / _WEIGHT[first.day_class]


def wanted(
    bridge: Bridge,
    trucks_a_day: float,
    worth: Worth,
    list_minutes: float = 60.0,
    times: Mapping[str, ServiceTime] = MappingProxyType({}),
) -> list[Inputs]:
    """What the tables of a bridge are to be solved from, for every day class and resource that it has.

    `trucks_a_day` is what a working day brings, `times` how long examinations were learnt to take, by resource. Raises
    NotSolvableError where the document has no shape of the day, or no resource.
    """
    week = bridge.week_shape()
    if week is None:
        raise NotSolvableError("prices_no_shape", bridge=bridge.name)
    minutes = ordinary_minutes(bridge)
    for name, known in times.items():
        if minutes[RESOURCES.index(name)] > 0.0:
            minutes[RESOURCES.index(name)] = round(known.base * known.scale, 2)
    made = []
    for day in DAY_CLASSES:
        arrivals = _arrivals(week, day, trucks_a_day)
        for resource in EXAMINED_AT:
            mean = minutes[resource]
            if not mean > 0.0:
                continue
            manned, units = _manned(bridge, resource, day)
            if units < 1:
                continue
            values, more = _added(bridge, resource, day, worth, minutes, float(arrivals.sum()) * QUARTER_MINUTES)
            demand = demand_of(values, np.full(len(values), mean), arrivals * more)
            repair, failure = _failing(bridge, resource)
            place = Resource(manned, units, mean, _residual(bridge, resource, mean), repair, failure)
            wrap = 0.0 if manned[0] == 0.0 else 120.0
            made.append(
                inputs_of(
                    bridge.id, day, RESOURCES[resource], demand, place, wrap_minutes=wrap, list_minutes=list_minutes
                )
            )
    if not made:
        raise NotSolvableError("prices_no_resource", bridge=bridge.name)
    return made


def _added(
    bridge: Bridge, resource: int, day: DayClass, worth: Worth, minutes: Sequence[float], trucks: float
) -> tuple[Float64Array, float]:
    """What a resource adds to those who may come to it, and their number over that of all trucks."""
    wants = _wants(bridge, resource, day, worth, minutes, trucks)
    if wants is None:
        return worth.values[:, EXAMINED_AT[resource]], 1.0
    if resource not in (DOCK, JOINT):
        return wants.scanner, 1.0
    alarmed = np.flatnonzero(np.cumsum(wants.alarms) % 1.0 < wants.alarms)
    values = np.concatenate((wants.dock, wants.alarmed[alarmed]))
    return values, len(values) / len(worth.values)


def _wants(
    bridge: Bridge, resource: int, day: DayClass, worth: Worth, minutes: Sequence[float], trucks: float
) -> Wanted | None:
    """What trucks want of a resource and of the other one of scanners and docks; None where that cannot be said."""
    if worth.alarm is None or worth.raised is None or not trucks > 0.0:
        return None
    by_hand = resource if resource in (DOCK, JOINT) else DOCK if minutes[DOCK] > 0.0 else JOINT
    scan = resource if resource not in (DOCK, JOINT) else next((r for r in _SCANS if minutes[r] > 0.0), SCANNER)
    n = len(worth.values)
    there = [
        float(_manned(bridge, r, day)[0].sum()) * QUARTER_MINUTES * n / trucks if minutes[r] > 0.0 else 0.0
        for r in (scan, by_hand)
    ]
    taken = [np.full(n, minutes[r] if minutes[r] > 0.0 else 1.0) for r in (scan, by_hand)]
    return wanted_of(worth.values, taken[0], taken[1], worth.alarm, worth.raised, there[0], there[1])


def solve_anew(log: Log, wants: Sequence[Inputs], by: str, origin: Origin = "live") -> Iterator[tuple[Inputs, bool]]:
    """Solve what is missing or stale and put it in force, one by one; each with whether it had to be solved."""
    in_force = documents.in_force(log, "prices")
    for one in wants:
        name = named(one.bridge, one.day_class, one.resource)
        known = in_force.get(name)
        if known is not None and _solved_from(log, known) == one.digest():
            yield one, False
            continue
        documents.put(log, "prices", name, written(solved(one)), one.digest()[:16], by, origin=origin)
        yield one, True


def put_policy(log: Log, port: str, bridge: str, policy: Policy, by: str, origin: Origin = "live") -> BridgePolicy:
    """Put in force which policy of the family a bridge runs, with its parameters, by the policy document."""
    running = running_at(policy.routing, port)
    own = BridgePolicy(bridge, running.policy.policy, tuple(running.numbers().tolist()))
    documents.put(log, "prices", policy_named(bridge), own.document(), policy.version, by, origin=origin)
    return own


def tables_of(log: Log, bridge: str) -> list[Prices]:
    """The tables of a bridge that are in force. Raises ValueError, msgspec.MsgspecError for one that is damaged."""
    return [read(document) for document in _tables_in_force(log, bridge)]


def inputs_in_force(log: Log, bridge: str) -> list[Inputs]:
    """What the tables of a bridge that are in force were solved from. Raises as `tables_of`."""
    return [inputs_in(document) for document in _tables_in_force(log, bridge)]


def _tables_in_force(log: Log, bridge: str) -> Iterator[bytes]:
    rooms = tuple(f"{bridge}/{day}/" for day in DAY_CLASSES)
    for name, hash_ in documents.in_force(log, "prices").items():
        if name.startswith(rooms):
            yield log.artefacts.get(hash_)


def _solved_from(log: Log, hash_: str) -> str:
    try:
        return solved_from(log.artefacts.get(hash_))
    except ValueError:
        return ""  # of another version: it is solved anew


def _arrivals(week: Float64Array, day: DayClass, trucks: float) -> Float64Array:
    """float64[96]: trucks a minute in each quarter hour of a day of the class."""
    shape = week[list(_DAYS[day])].sum(axis=0)
    within = shape / shape.sum() if shape.sum() > 0 else np.zeros(24)
    rates: Float64Array = np.repeat(within * trucks * _WEIGHT[day] / 60.0, 4)
    return rates


def _manned(bridge: Bridge, resource: int, day: DayClass) -> tuple[Float64Array, int]:
    """Units that are open and manned in each quarter hour (float64[96], the mean of the class's days), and how many
    there are at all."""
    units, there = standing(bridge, resource, day)
    shifts: Sequence[Shift] = bridge.staff.get(RESOURCES[resource], ())
    if shifts:
        there = np.minimum(there, _by_quarter(shifts, day))
    return there, min(units, _MOST_UNITS)


def standing(bridge: Bridge, resource: int, day: DayClass) -> tuple[int, Float64Array]:
    """How many units there are at all, and how many stand open in each quarter hour, whoever is on duty."""
    groups: list[tuple[int, Sequence[Window]]] = []
    if resource in (SCANNER, PORTAL):
        scanners = bridge.scanners if resource == SCANNER else bridge.portals
        groups = [(each.units.count, each.open) for each in scanners]
    elif resource == YARD and bridge.yard is not None:
        groups = [(bridge.yard.units.count, bridge.yard.open)]
    elif resource == DOCK and bridge.docks is not None:
        groups = [(bridge.docks.units.count, bridge.docks.open)]
    elif resource == JOINT and bridge.joint is not None:
        groups = [(bridge.joint.units.count, bridge.joint.open)]
    open_ = [count * np.minimum(_by_quarter(windows or bridge.open, day), 1.0) for count, windows in groups]
    return sum(count for count, _ in groups), np.sum(open_, axis=0) if open_ else np.zeros(96)


def _by_quarter(windows: Sequence[Window], day: DayClass) -> Float64Array:
    """float64[96]: units at the beginning of each quarter hour, the mean of the class's days."""
    quarters: Float64Array = by_minute(windows)[list(_DAYS[day])][:, ::15].mean(axis=0)
    return quarters


def _residual(bridge: Bridge, resource: int, mean: float) -> float:
    """What is left on average of a service that is looked into: E[S²] ÷ 2 E[S] (renewal theory)."""
    services: dict[int, list[Service | None]] = {
        SCANNER: [each.scan for each in bridge.scanners],
        PORTAL: [each.scan for each in bridge.portals],
        YARD: [bridge.yard.service if bridge.yard else None],
        DOCK: [bridge.docks.service if bridge.docks else None],
        JOINT: [bridge.joint.service if bridge.joint else None],
    }
    known = [each for each in services[resource] if each is not None]
    if not known:
        return mean  # nothing is said of how it varies: exponential, of which as much is left as before
    second = sum(each.mean_minutes**2 + each.sd_minutes**2 for each in known) / len(known)
    return second / (2.0 * mean)


def _failing(bridge: Bridge, resource: int) -> tuple[float, float]:
    """The rates a minute at which a unit that is down comes back, and one that is up fails."""
    groups = bridge.scanners if resource == SCANNER else bridge.portals if resource == PORTAL else ()
    known = next((each for each in groups if each.availability is not None and each.repair is not None), None)
    if known is None or known.availability is None or known.repair is None:
        return 1.0 / _REPAIR if groups else 0.0, 0.0
    repair, share = 1.0 / (known.repair.hours * 60.0), known.availability.share
    return repair, repair * (1.0 - share) / share if share > 0.0 else 0.0
