"""The prices of a bridge for the priced policy: tables for each resource and class of day, solved from other days.

What may come to a resource is taken from trucks of other days, at what it adds to them where scanners and docks are
shared (`routing.coupling`); whom a scan sends on with an alarm comes to the dock with all that an examination by hand
is then worth. Rosters are those of the network, repairs those of the document.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.routing.book import book_of
from aforo.routing.choice import RESOURCES, SCAN, SCAN_THEN_DECIDE
from aforo.routing.coupling import Wanted, wanted
from aforo.routing.prices import DAY_CLASSES, inputs_of, tables_of
from aforo.routing.table import Demand, Resource, demand_of, forecast_of
from aforo.twin.network import MINUTE, Network
from aforo.twin.of_port import Modelled
from aforo.twin.trucks import Trucks

#: How far the list of those who have filed looks ahead.
LIST_MINUTES: Final = 60.0
#: Where all trucks may come, at the same minutes on all days.
_SCANS: Final = ("scanner", "portal", "yard")
_QUARTERS: Final = 96
_DAY: Final = 1440
#: Weekdays, Monday first, by class of day.
_CLASS_OF: Final = (0, 0, 0, 0, 0, 1, 2)


def books_of(bridge: Modelled, trucks: Trucks) -> Float64Array:
    """float64[7, X]: a book of prices for each weekday, Monday first; `trucks` are of other days."""
    names = [name for name in ("scanner", "portal", "yard", "dock", "joint") if _stations(bridge.network, name).size]
    minutes_at = _minutes(trucks)
    by_minutes = {name: _by_minutes(_ticks(trucks, name)) for name in names if name in _SCANS}
    rows = {}
    listed: Demand | None = None
    for day_class in sorted(set(_CLASS_OF)):
        tables, forecast = {}, None
        arrivals = _arrivals(bridge, day_class)
        wants = _wants(bridge, trucks, minutes_at, arrivals, day_class)
        for name in names:
            values, minutes, alarmed = _worth(name, minutes_at[name], wants)
            order = by_minutes.get(name)
            if order is None:
                ticks = _ticks(trucks, name)
                order = _by_minutes(np.concatenate((ticks, ticks[alarmed])))
            demand = demand_of(values, minutes, arrivals * (1.0 + len(alarmed) / len(trucks)), order)
            place = _resource(bridge, name, minutes, values, day_class)
            if place is None:
                continue
            inputs = inputs_of(bridge.bridge, DAY_CLASSES[day_class], name, demand, place)
            tables[name] = tables_of(inputs)
            if forecast is None:
                # The list counts trucks by what a scan is worth at most, so its forecast does too.
                if listed is None:
                    listed = demand_of(_at_most(trucks), minutes_at[name], arrivals, by_minutes.get(name))
                forecast = forecast_of(replace(listed, arrivals=arrivals), LIST_MINUTES)
        if forecast is None:
            return np.zeros((0, 0))
        unseen = _unlisted(bridge) * forecast
        rows[day_class] = book_of(tables, forecast, unseen)
    widest = max(len(row) for row in rows.values())
    books = np.zeros((7, widest))
    for weekday, day_class in enumerate(_CLASS_OF):
        row = rows[day_class]
        books[weekday, : len(row)] = row
    return books


def _unlisted(bridge: Modelled) -> float:
    """The share of those who come within the list's horizon that have not filed yet, or never are on it."""
    profile, lanes = bridge.demand.profile, bridge.demand.lanes
    early = sum(share * min(profile.lead[lane] / LIST_MINUTES, 1.0) for lane, share in lanes.items())
    return 1.0 - (1.0 - profile.unlisted) * early / sum(lanes.values())


def _stations(network: Network, resource: str) -> Int64Array:
    found: Int64Array = np.flatnonzero(network.resource == RESOURCES.index(resource)).astype(np.int64)
    return found


def _arrivals(bridge: Modelled, day_class: int) -> Float64Array:
    """float64[96]: trucks a minute by quarter hour, the mean of the days of a class; of all days if it has none."""
    days = bridge.network.day_class[: len(bridge.demand.hourly) // 24]
    hourly = bridge.network.expected.reshape(-1, 24)
    mine = np.array([_CLASS_OF[day] == day_class for day in days])
    mean = hourly[mine].mean(axis=0) if mine.any() else hourly.mean(axis=0)
    return np.repeat(mean / 60.0, 4)


def _at_most(trucks: Trucks) -> Float64Array:
    most: Float64Array = trucks.prevented[:, [SCAN, SCAN_THEN_DECIDE]].max(axis=1)
    return most


@dataclass(frozen=True)
class _Wants:
    """What trucks want: of the place where they are scanned before they come (None: there is none), of the scanner
    behind primary, and of the dock, with the values of those that alarm and their expected number by truck."""

    before: Float64Array | None
    scanner: Float64Array
    dock: Float64Array
    alarmed: Float64Array
    alarms: Float64Array


def _wants(
    bridge: Modelled, trucks: Trucks, minutes: dict[str, Float64Array], arrivals: Float64Array, day_class: int
) -> _Wants:
    """What the trucks of a day of a class want of scanners and docks; joint docks where there are no others.

    Whom the place before primary takes, at the price that fills it, wants nothing of the scanner behind primary. It
    adds no more to a truck than what that scanner would cost.
    """
    # The trucks are of other days, more or fewer than come on one of this class.
    share = len(trucks) / max(float(arrivals.sum()) * 15.0, 1e-9)
    up = {
        name: share * float(_manned(bridge, name, day_class)[0].sum()) * 15.0
        for name in ("scanner", "portal", "yard", "dock", "joint")
    }
    dock = "dock" if up["dock"] > 0.0 else "joint"
    place = next((name for name in ("yard", "portal") if up[name] > 0.0), None)

    def of(prevented: Float64Array, scan: str, docks: float) -> Wanted:
        return wanted(prevented, minutes[scan], minutes[dock], trucks.alarm, trucks.raised, up[scan], docks)

    if place is None:
        alone = of(trucks.prevented, "scanner", up[dock])
        return _Wants(None, alone.scanner, alone.dock, alone.alarmed, alone.alarms)
    first = of(trucks.prevented, place, up[dock])
    taken = first.scanner > first.scan_price * minutes[place]
    left = trucks.prevented.copy()
    left[taken, SCAN] = left[taken, SCAN_THEN_DECIDE] = 0.0
    asked = float((first.alarms * minutes[dock])[taken].sum())
    rest = of(left, "scanner", max(up[dock] - asked, 0.1 * up[dock]))
    most = rest.scan_price * minutes["scanner"] if up["scanner"] > 0.0 else np.inf
    return _Wants(
        np.minimum(first.scanner, most),
        rest.scanner,
        np.where(taken, first.dock, rest.dock),
        rest.alarmed,
        np.where(taken, first.alarms, rest.alarms),
    )


def _ticks(trucks: Trucks, name: str) -> Int64Array:
    """Predicted service at a resource, µs, never none."""
    return np.maximum(trucks.predicted[:, RESOURCES.index(name)], 1)


def _minutes(trucks: Trucks) -> dict[str, Float64Array]:
    """Predicted minutes at each resource, never none."""
    return {name: _ticks(trucks, name) / MINUTE for name in RESOURCES}


def _by_minutes(ticks: Int64Array) -> Int64Array:
    """The places of these services (µs, above zero) from the shortest on, of equal ones as they stand.

    Sorted as one number, the service before the place: a tenth of the time that sorting the places takes.
    """
    bits = len(ticks).bit_length()
    if int(ticks.max(initial=0)).bit_length() + bits > 63:
        return np.argsort(ticks, kind="stable")
    keys = (ticks << bits) | np.arange(len(ticks))
    keys.sort()
    places: Int64Array = keys & ((1 << bits) - 1)
    return places


def _worth(name: str, minutes: Float64Array, wants: _Wants) -> tuple[Float64Array, Float64Array, Int64Array]:
    """Values and minutes of those who may come to a resource: all trucks, and behind them those that come once more,
    by their places."""
    none = np.zeros(0, np.int64)
    if name in ("portal", "yard") and wants.before is not None:
        return wants.before, minutes, none
    if name in _SCANS:
        return wants.scanner, minutes, none
    # Alarms: each truck by its own chance, so that so many stand for all.
    weight = wants.alarms
    alarmed = np.flatnonzero(np.cumsum(weight) % 1.0 < weight)
    values = np.concatenate((wants.dock, wants.alarmed[alarmed]))
    return values, np.concatenate((minutes, minutes[alarmed])), alarmed


def _manned(bridge: Modelled, name: str, day_class: int) -> tuple[Float64Array, int]:
    """Units up in each quarter hour of a class of day, float64[96], and the most there are."""
    network = bridge.network
    manned = np.zeros(_QUARTERS)
    units = 0
    days = len(bridge.demand.hourly) // 24
    for station in _stations(network, name):
        mine = network.change_station == station
        at = network.change_at[mine] // MINUTE
        to = network.change_servers[mine]
        quarters = np.arange(0, days * _DAY, 15)
        place = np.searchsorted(at, quarters, side="right")
        up = np.concatenate(([network.servers[station]], to))[place].reshape(days, _QUARTERS)
        own = np.array([_CLASS_OF[day] == day_class for day in network.day_class[:days]])
        manned += np.median(up[own], axis=0) if own.any() else np.median(up, axis=0)
        units += int(up.max(initial=0))
    return manned, units


def _resource(
    bridge: Modelled, name: str, minutes: Float64Array, values: Float64Array, day_class: int
) -> Resource | None:
    """What a resource can do on a class of day, by the units that the network has up; None where it has none."""
    manned, units = _manned(bridge, name, day_class)
    if units == 0:
        return None
    # Of those examined, the mean: they are worth more than others and no longer; what is left of one in service.
    density, examined = -values / minutes, max(len(values) // 5, 1)
    first = np.flatnonzero(density <= np.partition(density, examined - 1)[examined - 1])
    order = first[np.argsort(density[first])][:examined]
    mean = float(minutes[order].mean())
    spread = float((minutes[order] ** 2).mean())
    variation = bridge.demand.services[name]
    actual = (variation.deviation / variation.mean) ** 2 if variation.mean > 0 else 0.0
    residual = 0.5 * max(spread, mean * mean * (1.0 + actual)) / mean
    repair, failure = bridge.breaks.get(name, (0.0, 0.0))
    return Resource(np.minimum(manned, units), min(units, 64), mean, residual, repair, failure)
