"""Where trucks go when one bridge closes, seen from each bridge: ranges over what the diversion's fit does not know.

The trucks of a bridge on a working day are its port's counts of the last twelve months that are known, times its share
of them. All of them are turned away; each other bridge within reach takes the share that `diversion` gives it over the
days of the first week, of a shock that nobody has seen yet. Reach is as far as the farthest alternative of the shocks
that the fit rests on: farther away it was never tried. Waits are left out on both sides. SIMULATED, and no forecast of
any one closure: whether drivers have work at the other bridge, and its hours, are not in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from aforo.domain.units import Float64Array
from aforo.measures.intervals import Interval
from aforo.ports.directory import Directory
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


@dataclass(frozen=True)
class Moved:
    """A bridge that trucks go to: minutes by road that this adds, and trucks on a working day, the middle of the draws
    with 95 % of them between the limits. `bridge` is None for those that cross nowhere that day."""

    bridge: str | None
    added_minutes: float | None
    trucks: Interval


@dataclass(frozen=True)
class Closure:
    """A bridge that closes: its trucks on a working day, and where they go, the most first; `trucks` is None, and `to`
    empty, where its counts or its share of them are not known."""

    closed: str
    trucks: float | None
    to: tuple[Moved, ...]


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
    own = known()
    fitted = (own.named(name) for name in FITTED.shocks)
    return max(each.added_minutes for shock in fitted for each in alternatives_of(shock, own))


def closure(border: Border, closed: str, seed: int = 1) -> Closure:
    """What happens to the trucks of a bridge that closes. KeyError for a bridge that no document has."""
    bridges = _bridges(border.ports)
    port, own = bridges[closed]
    trucks = trucks_a_working_day(port, own, border.counts.get(port.code, {}))
    options = _options(bridges, closed)
    if trucks is None or not options:
        return Closure(closed, trucks, ())
    shares = _shares(options, seed)
    told = [Moved(name, each.added_minutes, _range(trucks * shares[:, at])) for at, (name, each) in enumerate(options)]
    told.sort(key=lambda each: -(each.trucks.value or 0.0))
    nowhere = Moved(None, None, _range(trucks * (1.0 - shares.sum(axis=1))))
    return Closure(closed, trucks, (*told, nowhere))


def coming_to(border: Border, bridges: Sequence[str], seed: int = 1) -> list[tuple[str, Interval]]:
    """For each other bridge from which any of these is within reach: the trucks that come to these together on a
    working day when that one closes, the most first. KeyError."""
    own = set(bridges)
    every = _bridges(border.ports)
    for each in own:
        every[each]  # one that no document has is no bridge
    found = []
    for other in every:
        options = _options(every, other)
        at = [place for place, (name, _) in enumerate(options) if name in own]
        port, bridge = every[other]
        trucks = trucks_a_working_day(port, bridge, border.counts.get(port.code, {}))
        if other in own or not at or trucks is None:
            continue
        found.append((other, _range(trucks * _shares(options, seed)[:, at].sum(axis=1))))
    return sorted(found, key=lambda each: -(each[1].value or 0.0))


def _bridges(ports: Directory) -> dict[str, tuple[PortDocument, Bridge]]:
    return {bridge.id: (port, bridge) for port in ports.ports for bridge in port.bridges}


def _options(bridges: Mapping[str, tuple[PortDocument, Bridge]], closed: str) -> list[tuple[str, Alternative]]:
    """The other bridges within reach, with the lanes that stand there at most."""
    home = _place(*bridges[closed])
    if home is None:
        return []
    found = []
    for name, (port, bridge) in bridges.items():
        place = None if name == closed else _place(port, bridge)
        if place is not None and (minutes := road_minutes(home, place)) <= reach_minutes():
            found.append((name, Alternative(name, place.lanes, minutes)))
    return found


def _shares(options: Sequence[tuple[str, Alternative]], seed: int) -> Float64Array:
    """The shares of each alternative over the days of a closure, `(DRAWS, alternatives)`."""
    ages = [day + 0.5 for day in range(DAYS)]
    shares: Float64Array = drawn_shares(FITTED, [each for _, each in options], ages, DRAWS, seed).mean(axis=1)
    return shares


def _place(port: PortDocument, bridge: Bridge) -> Place | None:
    """Where a bridge stands: as the shocks have it, by any of its names, else where its port does."""
    lanes = max(1, bridge.booths.count if bridge.booths is not None else 1)
    of_shocks = known().place
    own = next((of_shocks[name] for name in (bridge.name, *bridge.aliases) if name in of_shocks), None)
    if own is not None:
        return Place(own.latitude, own.longitude, lanes)
    return None if port.place is None else Place(port.place.lat, port.place.lon, lanes)


def _range(drawn: Float64Array) -> Interval:
    low, middle, high = np.quantile(drawn, (0.025, 0.5, 0.975))
    return Interval(float(middle), float(low), float(high))
