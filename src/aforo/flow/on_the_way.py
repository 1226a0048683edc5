"""Trucks that have filed for a bridge and have not arrived: their work at its scanners, by class of value.

A projection of the log, kept up as decisions are made. Work is counted in hundredths of a minute, as integers, so that
what is added and taken away again leaves nothing behind. A truck is on the list of the minutes before its expected
arrival, and no longer than until then: one that does not come is not waited for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from zoneinfo import ZoneInfo

import msgspec

from aforo.domain.event import Arrived, AtYard, Decided, Examined, Moved, Passed
from aforo.domain.routed import Routed
from aforo.log.stored import StoredEvent
from aforo.routing.choice import CLASSES, class_of, scan_place

#: Hundredths of a minute in one.
_HUNDREDTHS = 100
_MINUTE_S, _DAY_S = 60, 86_400
#: How long an expected arrival may lie in the past when it is named: a truck may be filed for as it comes.
_LATE_S = 3_600
#: Places of a bridge's list that may be left over, beside as many as there are trucks, before it is made anew.
_SLACK = 1_024


class Expected(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A truck that is expected: at which bridge, when (seconds since 1970), its class and its work in hundredths."""

    bridge: str
    at: int
    place: int
    work: int


class _Bridge:
    """The list of one bridge. `coming` are trucks that are not near enough yet, `near` those that are."""

    def __init__(self) -> None:
        self.coming: list[tuple[int, str]] = []
        self.near: list[tuple[int, str]] = []
        self.work = [0] * CLASSES
        self.counted: dict[str, Expected] = {}


class OnTheWay:
    """The projection; see `aforo.log.projections.Projection`. `horizon` is how far ahead it looks, in minutes."""

    version = 1
    types: Sequence[str] = (Decided.TYPE, AtYard.TYPE, Arrived.TYPE, Passed.TYPE, Examined.TYPE, Moved.TYPE)

    def __init__(self, horizon: float = 60.0) -> None:
        self.name = "on-the-way"
        self._horizon_s = int(horizon * _MINUTE_S)
        self.trucks: dict[str, Expected] = {}
        self._bridges: dict[str, _Bridge] = {}

    def add(self, crossing: str, expected: Expected) -> None:
        """A truck is expected, or expected otherwise than before."""
        self.drop(crossing)
        self.trucks[crossing] = expected
        own = self._bridges.setdefault(expected.bridge, _Bridge())
        heappush(own.coming, (expected.at, crossing))
        if len(own.coming) > 2 * len(self.trucks) + _SLACK:
            # What was filed again and again leaves places behind that nobody takes.
            own.coming = [
                (each.at, name)
                for name, each in self.trucks.items()
                if each.bridge == expected.bridge and name not in own.counted
            ]
            heapify(own.coming)

    def drop(self, crossing: str) -> None:
        """A truck is not expected any more."""
        expected = self.trucks.pop(crossing, None)
        if expected is not None:
            self._forget(self._bridges[expected.bridge], crossing)

    def listed(self, bridge: str, at: datetime, but: str = "") -> list[tuple[int, float]]:
        """(class, minutes of work) at a bridge of the trucks that are expected from `at` on, the crossing `but` left
        out; classes without any are left out."""
        own = self._bridges.get(bridge)
        if own is None:
            return []
        now = int(at.timestamp())
        while own.coming and own.coming[0][0] <= now + self._horizon_s:
            due, crossing = heappop(own.coming)
            expected = self.trucks.get(crossing)
            if expected is not None and (expected.bridge, expected.at) == (bridge, due):
                self._forget(own, crossing)
                own.counted[crossing] = expected
                own.work[expected.place] += expected.work
                heappush(own.near, (due, crossing))
        while own.near and own.near[0][0] < now:
            due, crossing = heappop(own.near)
            expected = own.counted.get(crossing)
            if expected is not None and expected.at == due:
                self.drop(crossing)
        left = own.counted.get(but)
        return [
            (place, work / _HUNDREDTHS)
            for place, every in enumerate(own.work)
            if (work := every - (left.work if left is not None and left.place == place else 0)) > 0
        ]

    @staticmethod
    def _forget(own: _Bridge, crossing: str) -> None:
        counted = own.counted.pop(crossing, None)
        if counted is not None:
            own.work[counted.place] -= counted.work

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            crossing, payload = stored.event.stream.removeprefix("crossing/"), stored.payload
            if not isinstance(payload, Decided):
                self.drop(crossing)
            elif payload.stage == "filed" and payload.routing is not None:
                expected = expected_of(payload.bridge, payload.routing, payload.zone, stored.event.recorded_at)
                if expected is not None:
                    self.add(crossing, expected)
            elif not payload.features:
                self.drop(crossing)

    def dump(self) -> bytes:
        """The state: crossings and numbers."""
        return msgspec.msgpack.encode(self.trucks)

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        self.trucks, self._bridges = {}, {}
        for crossing, expected in msgspec.msgpack.decode(state, type=dict[str, Expected]).items():
            self.add(crossing, expected)


def expected_of(bridge: str, routed: Routed, zone: str, decided_at: datetime) -> Expected | None:
    """The truck of a decision that was made as it filed; None where its work is not known, or when it comes."""
    minutes = [float("nan") if each is None else each for each in routed.minutes]
    work = minutes[scan_place(0, minutes)]
    if not work > 0.0:
        work = minutes[0]
    if routed.minute is None or not work > 0.0:
        return None
    local = decided_at.astimezone(ZoneInfo(zone)) if zone else decided_at
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    comes = int((midnight + timedelta(minutes=routed.minute)).timestamp())
    if comes < int(decided_at.timestamp()) - _LATE_S:
        comes += _DAY_S
    worth = max((each for each in routed.prevented if each is not None), default=0.0)
    return Expected(bridge, comes, class_of(worth / work), max(1, round(work * _HUNDREDTHS)))
