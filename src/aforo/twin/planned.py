"""A bridge's document with what a plan says stands there: booths by lane, scanners, docks, and its hours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from aforo.domain.week import Clock
from aforo.ports.document import Bridge, Docks, Lane, LaneClass, Scanners
from aforo.ports.figure import Count
from aforo.ports.schedule import Shift, Window, minute_of
from aforo.twin.changes import Planned
from aforo.twin.of_port import ModelError

W = TypeVar("W", bound=Window)

#: The source of a figure that a scenario sets.
SOURCE: Final = "scenario"
#: Trucks that wait for a scanner or a booth that is added, as `assumed` for those that stand there.
PLACES_A_SCANNER: Final = 4
PLACES_A_BOOTH: Final = 5


class Standing(msgspec.Struct, frozen=True):
    """What stands at a bridge, as a plan may set it: booths by lane class at the hours with the most of them, scanners
    behind primary, docks of one's own (None without any), and its hours where they are the same on all its days. The
    `portals` before primary stand there too; no plan sets them."""

    booths: dict[LaneClass, int]
    scanners: int
    docks: int | None
    opens: str | None
    closes: str | None
    portals: int = 0


def standing(bridge: Bridge) -> Standing:
    """What stands at a bridge by its document."""
    hours = {(window.since, window.until) for window in bridge.open}
    opens, closes = hours.pop() if len(hours) == 1 else (None, None)
    return Standing(
        {lane: max((shift.count for shift in line.booths), default=0) for lane, line in bridge.lanes.items()},
        sum(group.units.count for group in bridge.scanners),
        None if bridge.docks is None else bridge.docks.units.count,
        opens,
        closes,
        sum(group.units.count for group in bridge.portals),
    )


def planned(bridge: Bridge, plan: Planned) -> Bridge:
    """The bridge as a plan has it. ModelError for what cannot be there."""
    now = standing(bridge)
    if plan.opens is not None or plan.closes is not None:
        bridge = _hours(bridge, now, plan)
    for lane, number in plan.booths.items():
        if lane not in bridge.lanes and number:
            raise ModelError("plan_lane", bridge=bridge.name, lane=lane)
        if number != now.booths.get(lane, 0):
            bridge = _booths(bridge, lane, number, now.booths[lane])
    if not any(line.booths for line in bridge.lanes.values()):
        raise ModelError("plan_no_booths", bridge=bridge.name)
    if plan.scanners is not None and plan.scanners != now.scanners:
        bridge = _scanners(bridge, plan.scanners, now.scanners)
    if plan.docks is not None and plan.docks != now.docks:
        bridge = _docks(bridge, plan.docks)
    return bridge


def _booths(bridge: Bridge, lane: LaneClass, number: int, before: int) -> Bridge:
    own, lanes = bridge.lanes[lane], dict(bridge.lanes)
    others = [name for name, line in bridge.lanes.items() if name != lane and line.booths]
    if number == 0:
        server = "standard" if "standard" in others else next(iter(others), None)
        if server is None or any(line.served_by == lane for line in bridge.lanes.values()):
            raise ModelError("plan_lane_serves", bridge=bridge.name, lane=lane)
        lanes[lane] = Lane(served_by=server, primary=own.primary)
    elif own.booths:
        shifts = _moved(own.booths, number - before)
        lanes[lane] = msgspec.structs.replace(own, booths=shifts, places=_places(own.places, number - before))
    else:
        shifts = tuple(
            Shift(days=each.days, since=each.since, until=each.until, count=number, source=SOURCE)
            for each in bridge.open
        )
        primary = own.primary or (bridge.lanes[own.served_by].primary if own.served_by in bridge.lanes else None)
        lanes[lane] = Lane(booths=shifts, primary=primary, places=Count(count=PLACES_A_BOOTH * number, source=SOURCE))
    return msgspec.structs.replace(bridge, lanes=lanes)


def _places(places: Count | None, more: int) -> Count | None:
    if places is None:
        return None
    return Count(count=max(places.count + PLACES_A_BOOTH * more, PLACES_A_BOOTH), source=SOURCE)


def _moved(shifts: Sequence[Shift], more: int) -> tuple[Shift, ...]:
    """Shifts with more or fewer units; who works at all keeps one."""
    return tuple(
        msgspec.structs.replace(each, count=max(each.count + more, min(each.count, 1)), source=SOURCE)
        for each in shifts
    )


def _scanners(bridge: Bridge, number: int, before: int) -> Bridge:
    if not bridge.scanners:
        raise ModelError("plan_no_scanners", bridge=bridge.name)
    groups: list[Scanners] = []
    more = number - before
    for group in bridge.scanners:
        units = max(group.units.count + more, 0)
        more -= units - group.units.count
        places = group.places
        if places is not None and units != group.units.count:
            moved = places.count + PLACES_A_SCANNER * (units - group.units.count)
            places = Count(count=max(moved, PLACES_A_SCANNER if units else 0), source=SOURCE)
        groups.append(msgspec.structs.replace(group, units=Count(count=units, source=SOURCE), places=places))
    staff = dict(bridge.staff)
    if "scanner" in staff:
        staff["scanner"] = _moved(staff["scanner"], number - before)
    return msgspec.structs.replace(bridge, scanners=tuple(groups), staff=staff)


def _docks(bridge: Bridge, number: int) -> Bridge:
    if bridge.docks is None:
        raise ModelError("plan_no_docks", bridge=bridge.name)
    before: Docks = bridge.docks
    places = before.places
    if places is not None:
        places = Count(count=max(places.count + 2 * (number - before.units.count), 2), source=SOURCE)
    docks = msgspec.structs.replace(before, units=Count(count=number, source=SOURCE), places=places)
    staff = dict(bridge.staff)
    if "dock" in staff:
        staff["dock"] = _moved(staff["dock"], number - before.units.count)
    return msgspec.structs.replace(bridge, docks=docks, staff=staff)


def _hours(bridge: Bridge, now: Standing, plan: Planned) -> Bridge:
    """The bridge with other hours: who began or ended with it still does, and nobody works while it is shut."""
    if now.opens is None or now.closes is None:
        raise ModelError("plan_hours_differ", bridge=bridge.name)
    opens, closes = plan.opens or now.opens, plan.closes or now.closes
    if not minute_of(opens) < minute_of(closes):
        raise ModelError("plan_hours_backwards", bridge=bridge.name)

    def fitted(windows: Sequence[W]) -> tuple[W, ...]:
        made = []
        for each in windows:
            since = opens if each.since == now.opens else _later(each.since, opens)
            until = closes if each.until == now.closes else _earlier(each.until, closes)
            if minute_of(since) < minute_of(until):
                made.append(msgspec.structs.replace(each, since=since, until=until, source=SOURCE))
        return tuple(made)

    def part(one: Docks | None) -> Docks | None:
        return None if one is None else msgspec.structs.replace(one, open=fitted(one.open))

    return msgspec.structs.replace(
        bridge,
        open=fitted(bridge.open),
        lanes={name: msgspec.structs.replace(line, booths=fitted(line.booths)) for name, line in bridge.lanes.items()},
        scanners=tuple(msgspec.structs.replace(each, open=fitted(each.open)) for each in bridge.scanners),
        docks=part(bridge.docks),
        staff={duty: fitted(shifts) for duty, shifts in bridge.staff.items()},
    )


def _later(one: Clock, other: Clock) -> Clock:
    return one if minute_of(one) >= minute_of(other) else other


def _earlier(one: Clock, other: Clock) -> Clock:
    return one if minute_of(one) <= minute_of(other) else other
