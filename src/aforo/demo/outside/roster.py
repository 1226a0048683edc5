"""What is open and manned at a bridge at an instant: lanes by class, posts by resource, by its port document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from aforo.domain.bridge import LANE_CLASSES, LaneClass, Resource
from aforo.domain.units import Int64Array
from aforo.ports.document import Bridge
from aforo.ports.schedule import MINUTES_A_DAY, Window, by_minute

#: Room, and units, where a document does not say how much there is.
ENDLESS = 1_000
_MINUTE = 60_000_000
_WEEK = 7 * MINUTES_A_DAY


class Roster:
    """The week of one bridge, by the port's clock."""

    def __init__(self, bridge: Bridge, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        opens = np.minimum(by_minute(bridge.open), 1)
        self._lanes: dict[LaneClass, Int64Array] = {
            name: (by_minute(lane.booths) * opens).ravel() for name, lane in bridge.lanes.items() if lane.booths
        }
        self._posts: dict[Resource, Int64Array] = {
            name: _manned(bridge, name, units, windows, opens).ravel() for name, units, windows in _places(bridge)
        }
        week = np.array([*self._lanes.values(), *self._posts.values()])
        changes = np.flatnonzero((week != np.roll(week, 1, axis=1)).any(axis=0))
        self._changes: list[int] = changes.tolist()
        served = {name: lane.served_by for name, lane in bridge.lanes.items()}
        anywhere: LaneClass = "standard" if "standard" in self._lanes else next(iter(self._lanes))
        #: The class whose booths serve a class.
        self.line: dict[LaneClass, LaneClass] = {
            name: name if name in self._lanes else _or(served.get(name), self._lanes, anywhere) for name in LANE_CLASSES
        }

    def lanes(self, at: int) -> dict[LaneClass, int]:
        """How many booths are open at an instant, microseconds since 1970, by the class of their line."""
        minute = self._minute(at)
        return {name: int(week[minute]) for name, week in self._lanes.items()}

    def posts(self, at: int) -> dict[Resource, int]:
        """How many units are manned, by resource that the bridge has."""
        minute = self._minute(at)
        return {name: int(week[minute]) for name, week in self._posts.items()}

    def next_change(self, at: int) -> int:
        """The next instant at which any of it changes, or may: a week later where nothing ever does."""
        minute = self._minute(at)
        ahead = next((each - minute for each in self._changes if each > minute), None)
        if ahead is None:
            ahead = self._changes[0] + _WEEK - minute if self._changes else _WEEK
        return at // _MINUTE * _MINUTE + ahead * _MINUTE

    def _minute(self, at: int) -> int:
        local = datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(self._zone)
        return local.weekday() * MINUTES_A_DAY + local.hour * 60 + local.minute


def _or(named: LaneClass | None, known: dict[LaneClass, Int64Array], other: LaneClass) -> LaneClass:
    return named if named is not None and named in known else other


def _places(bridge: Bridge) -> list[tuple[Resource, int, Sequence[Window]]]:
    """The resources that a bridge has: how many units stand there, and their hours."""
    found: list[tuple[Resource, int, Sequence[Window]]] = []
    if bridge.scanners:
        found.append(("scanner", sum(each.units.count for each in bridge.scanners), bridge.scanners[0].open))
    if bridge.portals:
        found.append(("portal", sum(each.units.count for each in bridge.portals), bridge.portals[0].open))
    if bridge.docks is not None and bridge.docks.service is not None:
        found.append(("dock", bridge.docks.units.count, bridge.docks.open))
    if bridge.joint is not None and bridge.joint.service is not None:
        found.append(("joint", bridge.joint.units.count, bridge.joint.open))
    return [each for each in found if each[1]]


def _manned(bridge: Bridge, resource: Resource, units: int, windows: Sequence[Window], opens: Int64Array) -> Int64Array:
    """int64[7, 1440]: the units that are in their hours, while the bridge is open, and for which somebody is there."""
    there = units * np.minimum(by_minute(windows or bridge.open), 1) * opens
    shifts = bridge.staff.get(resource, ())
    return np.minimum(there, by_minute(shifts)) if shifts else there


def room_of(bridge: Bridge) -> dict[str, int]:
    """How many trucks may wait for each resource that the bridge has."""
    places = {
        "scanner": [each.places for each in bridge.scanners],
        "portal": [each.places for each in bridge.portals],
        "dock": [bridge.docks.places] if bridge.docks else [],
        "joint": [bridge.joint.places] if bridge.joint else [],
    }
    return {name: sum(each.count for each in own if each) or ENDLESS for name, own in places.items() if own}
