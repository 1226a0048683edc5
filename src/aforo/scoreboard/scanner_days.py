"""Scanners of some bridges day by day: how long they were in service and up, and which scans were told of each day.

A local day of a bridge of which no scan was told is unknown: nobody knows whether nothing was scanned, or nothing was
sent. One on which every scanner in service was down from its beginning to its end had no scan, and that is known.

A scanner is at the bridge that its reports name as its place. One whose reports name a port of several bridges may be
at any of them, and is looked at where all of them are asked for together; one of no place that is known may be at any
bridge at all, and is where all bridges are. What they tell of a day is then told of each bridge where they may be and
no other scanner stands.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aforo.domain.units import Float64Array, Int64Array
from aforo.fleet.ledger import NEVER, Ledger
from aforo.fleet.places import Places as Stays
from aforo.fleet.record import ABSENT, Codes
from aforo.fleet.utilisation import UNSAID
from aforo.measures.definition import Definition
from aforo.scoreboard.bridge_days import BridgeDay
from aforo.scoreboard.places import Places
from aforo.scoreboard.scanners import Rows, ScannersSoFar

_OPERATOR_MS = 3_600_000
#: Of each piece of time whose it is, at which port, and between which instants.
Pieces = tuple[Int64Array, Codes, Int64Array, Int64Array]


@dataclass(frozen=True)
class ScannerDays:
    """By place (row) and local day (column): microseconds in service and up, scans, those of which an operator's time
    was said, and the hours of these. `bridges` are those that a place may mean, `each` the place, the day and the code
    of the class of every scan."""

    days: Sequence[int]
    bridges: Sequence[Sequence[str]]
    served: Int64Array
    up: Int64Array
    scans: Int64Array
    said: Int64Array
    operator: Float64Array
    each: Rows

    def by_class(self, classes: int, on: Collection[BridgeDay] | None = None) -> Int64Array:
        """Scans by the code of their class, of `classes` that there are: all, or those on some days of bridges. A scan
        at a place that may mean several bridges counts on a day that any of these has there."""
        code = self.each[:, 2]
        if on is not None:
            chosen = np.array([[any((own, day) in on for own in place) for day in self.days] for place in self.bridges])
            code = code[chosen[self.each[:, 0], self.each[:, 1]]] if len(code) else code
        return np.bincount(code, minlength=classes)

    def known(self) -> frozenset[BridgeDay]:
        """The days of bridges of which scans were told, and those on which no scanner could make any. Where a bridge
        has scanners of its own, these alone tell of its day."""
        found: set[BridgeDay] = set()
        for bridge in {each for own in self.bridges for each in own}:
            mine = [place for place, each in enumerate(self.bridges) if bridge in each]
            alone = [place for place in mine if len(self.bridges[place]) == 1]
            stands = (self.served[alone] + self.scans[alone]).sum(axis=0) > 0
            told = np.where(stands, self._told(alone), self._told(mine))
            found |= {(bridge, self.days[day]) for day in np.flatnonzero(told).tolist()}
        return frozenset(found)

    def _told(self, places: list[int]) -> npt.NDArray[np.bool_]:
        """By day, whether scans were told of some places together, or all scanners there were down throughout."""
        scans, served, up = (each[places].sum(axis=0) for each in (self.scans, self.served, self.up))
        return np.asarray((scans > 0) | ((served > 0) & (up <= 0)))


@dataclass(frozen=True)
class _Place:
    """Ports that mean the same bridges, and the instants at which the days begin there, and the last one ends."""

    bridges: Sequence[str]
    ports: Sequence[int]
    edges: Int64Array


def scanner_days(
    measure: Definition, scanners: ScannersSoFar, places: Places, bridges: Sequence[str], days: Sequence[int], now: int
) -> ScannerDays:
    """Scanners of some bridges on some local days, one after another, up to `now` (microseconds since 1970), for a
    measure."""
    kept, stays = scanners.ledger(now, measure)
    found = _places(kept, places, bridges, days, now)
    start = min((int(each.edges[0]) for each in found), default=now)
    end = max((int(each.edges[-1]) for each in found), default=now)
    of_port = _of_port(kept, found)
    served, down = (
        _spent(pieces, of_port, found, len(days))
        for pieces in (in_service(kept, stays, start, end), interrupted(kept, stays, start, end))
    )
    place, day, code, took = _scanned(scanners, kept, stays, of_port, found, start, end).T
    spoke = took != UNSAID
    scans, said, operator = np.zeros_like(served), np.zeros_like(served), np.zeros(served.shape)
    np.add.at(scans, (place, day), 1)
    np.add.at(said, (place[spoke], day[spoke]), 1)
    np.add.at(operator, (place[spoke], day[spoke]), took[spoke] / _OPERATOR_MS)
    return ScannerDays(
        days, [each.bridges for each in found], served, served - down, scans, said, operator,
        np.column_stack([place, day, code]),
    )  # fmt: skip


def in_service(kept: Ledger, stays: Stays, start: int, end: int) -> Pieces:
    """When scanners were in service, by scanner and where they were."""
    known = np.flatnonzero(kept.began != NEVER).astype(np.int64)
    begins, stops = np.maximum(kept.began[known], start), np.minimum(kept.retired[known], end)
    of, port, begins, stops = stays.cut(known, begins, stops)
    return known[of], port, begins, stops


def interrupted(kept: Ledger, stays: Stays, start: int, end: int) -> Pieces:
    """When scanners were down, by interruption and where they were."""
    down = kept.interruptions
    begins, stops = np.maximum(down.start, start), np.minimum(down.end, end)
    return stays.cut(down.scanner, begins, stops)


def _places(kept: Ledger, places: Places, bridges: Sequence[str], days: Sequence[int], now: int) -> list[_Place]:
    """The places at which scanners of some bridges stand."""
    asked = set(bridges)
    every = asked.issuperset(places.zones)
    ports: dict[tuple[str, ...], list[int]] = {}
    for code, port in enumerate(kept.record.names.ports):
        meant = places.meant(port)
        if meant and asked.issuperset(meant):
            ports.setdefault(tuple(meant), []).append(code)
        elif every:
            ports.setdefault(tuple(bridges), []).append(code)
    if every:
        ports.setdefault(tuple(bridges), []).append(ABSENT)
    return [_Place(own, codes, _edges(places, min(own), days, now)) for own, codes in ports.items()]


def _edges(places: Places, bridge: str, days: Sequence[int], now: int) -> Int64Array:
    """The instants at which local days begin, and the last one ends; none is later than `now`."""
    begins = [places.bounds(bridge, day)[0] for day in days]
    return np.minimum(np.array([*begins, places.bounds(bridge, days[-1])[1]], dtype=np.int64), now)


def _of_port(kept: Ledger, found: Sequence[_Place]) -> Int64Array:
    """By the code of a port its place, -1 where it has none; ABSENT, below zero, counts from the end."""
    of_port = np.full(len(kept.record.names.ports) + 1, -1, dtype=np.int64)
    for place, own in enumerate(found):
        of_port[own.ports] = place
    return of_port


def _spent(pieces: Pieces, of_port: Int64Array, found: Sequence[_Place], days: int) -> Int64Array:
    """By place and day the microseconds of some pieces of time that lie there."""
    _, port, begins, stops = pieces
    spent = np.zeros((len(found), days), np.int64)
    for place, own in enumerate(found):
        mine = of_port[port] == place
        since = np.maximum(begins[mine][:, None], own.edges[None, :-1])
        until = np.minimum(stops[mine][:, None], own.edges[None, 1:])
        spent[place] = np.maximum(until - since, 0).sum(axis=0)
    return spent


def _scanned(
    scanners: ScannersSoFar, kept: Ledger, stays: Stays, of_port: Int64Array, found: Sequence[_Place], start: int,
    end: int,
) -> Rows:  # fmt: skip
    """The scans that were made at some places: place, day, code of the class, milliseconds of an operator or UNSAID."""
    parts = [np.zeros((0, 4), np.int64)]
    for code, name in enumerate(kept.record.names.scanners):
        rows = scanners.scans(name)
        first, last = np.searchsorted(rows[:, 0], (start, end))
        rows = rows[first:last]
        if not len(rows):
            continue
        at = of_port[stays.at(np.full(len(rows), code), rows[:, 0])]
        for place in np.unique(at[at >= 0]).tolist():
            own, edges = rows[at == place], found[place].edges
            own = own[(own[:, 0] >= edges[0]) & (own[:, 0] < edges[-1])]
            day = np.searchsorted(edges, own[:, 0], side="right") - 1
            parts.append(np.column_stack([np.full(len(own), place), day, own[:, 1:]]))
    return np.concatenate(parts)
