"""Where trucks go when one bridge closes, seen from each bridge: ranges over what the diversion's fit does not know.

The trucks of a bridge on a working day are its port's counts of the last twelve months that are known, times its share
of them. All of them are turned away; other bridges take the share that `diversion` gives them over the days of the
first week, of a shock that nobody has seen yet. Those that are looked at stand at the `MOST` nearest places within
reach: as many, and as far by road, as the fit was tried on at most. The others within reach are named. Where the
documents give two bridges one place, the road between them is not known: the model takes the shortest that the fit was
tried on, since none was ever of no length. Waits are left out on both sides. SIMULATED, and no forecast of any one
closure: whether drivers have work at the other bridge, and its hours, are not in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from aforo.domain.figure import ASSUMED
from aforo.domain.units import Float64Array
from aforo.measures.intervals import Interval
from aforo.ports.document import Bridge, PortDocument
from aforo.twin.border import Border
from aforo.twin.diversion import FITTED, Alternative, drawn_shares
from aforo.twin.diversion_fit import alternatives_of
from aforo.twin.shocks import Place, known, road_minutes
from aforo.twin.working_days import of_month

#: The days of the closure that are reckoned, the draws, and the months of counts.
DAYS: Final = 7
DRAWS: Final = 2_000
_MONTHS: Final = 12
#: Places of alternatives of a closure: as many as the shocks that the fit rests on had at most.
MOST: Final = 4
#: Bridges that are nearer than this, in minutes, have one place in the documents.
_ONE_PLACE: Final = 1.0


@dataclass(frozen=True)
class Option:
    """Another bridge that trucks may go to: the minutes by road that this adds, None where the documents give both
    bridges one place, and its lanes for trucks, with whether these have no source."""

    bridge: str
    name: str
    minutes: float | None
    lanes: int
    lanes_assumed: bool


@dataclass(frozen=True)
class Turned:
    """The trucks that a closed bridge turns away: its alternatives, the nearest first, with the share that each takes
    in each draw, `(DRAWS, alternatives)`; what is missing to one crosses nowhere, or later. `farther`: names of bridges
    within reach that are not among the nearest, and are not looked at. `placed`: whether a place is known of it."""

    options: tuple[Option, ...]
    shares: Float64Array
    farther: tuple[str, ...]
    placed: bool = True


@dataclass(frozen=True)
class Moved:
    """A bridge that trucks go to: minutes by road that this adds, None where that is not known, and trucks on a working
    day, the middle of the draws with 95 % of them between the limits. `bridge` is None for those that cross nowhere
    that day."""

    bridge: str | None
    added_minutes: float | None
    trucks: Interval


@dataclass(frozen=True)
class Closure:
    """A bridge that closes: its trucks on a working day, and where they go, the most first; `trucks` is None, and `to`
    empty, where its counts or its share of them are not known. `farther` as of `Turned`."""

    closed: str
    trucks: float | None
    to: tuple[Moved, ...]
    farther: tuple[str, ...] = ()


def trucks_a_working_day(port: PortDocument, bridge: Bridge, counts: Mapping[tuple[int, int], int]) -> float | None:
    """By the counts of the last twelve months that are known; None without any, or where the bridge's share of its
    port's is not known."""
    share = bridge.share.share if bridge.share is not None else 1.0 if len(port.bridges) == 1 else None
    months = sorted(counts)[-_MONTHS:]
    if share is None or not months:
        return None
    return share * sum(counts[each] for each in months) / sum(of_month(each) for each in months)


@cache
def reach_minutes() -> float:
    """Minutes by road to the farthest alternative of the shocks that the fit rests on."""
    return max(_fitted_roads())


@cache
def nearest_minutes() -> float:
    """Minutes by road to the nearest alternative of these shocks: what is taken where a road is not known (assumed)."""
    return min(_fitted_roads())


def turned(ports: Sequence[PortDocument], closed: str, seed: int = 1) -> Turned:
    """Where the trucks of a bridge go if it closes, as shares. KeyError for a bridge that no document has."""
    bridges = _bridges(ports)
    home = _place(*bridges[closed])
    if home is None:
        return Turned((), np.zeros((DRAWS, 0)), (), placed=False)
    near = []
    for name, (port, bridge) in bridges.items():
        place = None if name == closed else _place(port, bridge)
        if place is not None and (minutes := road_minutes(home, place)) <= reach_minutes():
            road = None if minutes < _ONE_PLACE else minutes
            at = place.latitude, place.longitude
            near.append((minutes, at, name, Option(name, bridge.name, road, place.lanes, place.assumed)))
    near.sort(key=lambda each: each[:3])
    nearest = list(dict.fromkeys(at for _, at, _, _ in near))[:MOST]
    taken = [each for _, at, _, each in near if at in nearest]
    farther = tuple(each.name for _, at, _, each in near if at not in nearest)
    return Turned(tuple(taken), _shares(taken, seed), farther)


def closure(border: Border, closed: str, seed: int = 1) -> Closure:
    """What happens to the trucks of a bridge that closes. KeyError for a bridge that no document has."""
    port, own = _bridges(border.ports.ports)[closed]
    trucks = trucks_a_working_day(port, own, border.counts.get(port.code, {}))
    made = turned(border.ports.ports, closed, seed)
    if trucks is None or not made.options:
        return Closure(closed, trucks, (), made.farther)
    told = [
        Moved(each.bridge, each.minutes, range_of(trucks * made.shares[:, at])) for at, each in enumerate(made.options)
    ]
    told.sort(key=lambda each: -(each.trucks.value or 0.0))
    nowhere = Moved(None, None, range_of(trucks * (1.0 - made.shares.sum(axis=1))))
    return Closure(closed, trucks, (*told, nowhere), made.farther)


def coming_to(border: Border, bridges: Sequence[str], seed: int = 1) -> list[tuple[str, Interval]]:
    """For each other bridge that has any of these among its alternatives: the trucks that come to these together on a
    working day when that one closes, the most first. KeyError."""
    own = set(bridges)
    every = _bridges(border.ports.ports)
    for each in own:
        every[each]  # one that no document has is no bridge
    found = []
    for other, (port, bridge) in every.items():
        trucks = trucks_a_working_day(port, bridge, border.counts.get(port.code, {}))
        if other in own or trucks is None:
            continue
        made = turned(border.ports.ports, other, seed)
        at = [place for place, each in enumerate(made.options) if each.bridge in own]
        if at:
            found.append((other, range_of(trucks * made.shares[:, at].sum(axis=1))))
    return sorted(found, key=lambda each: -(each[1].value or 0.0))


def range_of(drawn: Float64Array) -> Interval:
    """The middle of what was drawn, with 95 % of it between the limits."""
    low, middle, high = np.quantile(drawn, (0.025, 0.5, 0.975))
    return Interval(float(middle), float(low), float(high))


def _fitted_roads() -> list[float]:
    own = known()
    fitted = (own.named(name) for name in FITTED.shocks)
    return [each.added_minutes for shock in fitted for each in alternatives_of(shock, own)]


def _bridges(ports: Sequence[PortDocument]) -> dict[str, tuple[PortDocument, Bridge]]:
    return {bridge.id: (port, bridge) for port in ports for bridge in port.bridges}


def _shares(options: Sequence[Option], seed: int) -> Float64Array:
    """The shares of each alternative over the days of a closure, `(DRAWS, alternatives)`."""
    if not options:
        return np.zeros((DRAWS, 0))
    roads = [nearest_minutes() if each.minutes is None else each.minutes for each in options]
    own = [Alternative(each.bridge, each.lanes, road) for each, road in zip(options, roads, strict=True)]
    ages = [day + 0.5 for day in range(DAYS)]
    shares: Float64Array = drawn_shares(FITTED, own, ages, DRAWS, seed).mean(axis=1)
    return shares


def _place(port: PortDocument, bridge: Bridge) -> Place | None:
    """Where a bridge stands: as the shocks have it, by any of its names, else where its port does. Its lanes are those
    of its document, one, which is assumed, where it has none."""
    lanes = 1 if bridge.booths is None else max(1, bridge.booths.count)
    assumed = bridge.booths is None or bridge.booths.source == ASSUMED
    of_shocks = known().place
    own = next((of_shocks[name] for name in (bridge.name, *bridge.aliases) if name in of_shocks), None)
    if own is not None:
        return Place(own.latitude, own.longitude, lanes, assumed)
    return None if port.place is None else Place(port.place.lat, port.place.lon, lanes, assumed)
