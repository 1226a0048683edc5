"""Trucks that have filed for a bridge and have not arrived: their work at its scanners, by class of value, and what was
ordered of them.

A projection of the log, kept up as decisions are made. Work is counted in hundredths of a minute, as integers, so that
what is added and taken away again leaves nothing behind. A truck is on the list of the minutes before its expected
arrival, and no longer than until then: one that does not come is not waited for. Who is on the list is a question about
an instant, and changes nothing: what is forgotten follows from what was filed alone, so that a clock that leaps leaves
the state as it would be made anew. For filers whose trucks too seldom come (`believes`) no room is kept: their trucks
are known, and not on the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from zoneinfo import ZoneInfo

import msgspec

from aforo.domain.decision import Examination
from aforo.domain.event import Arrived, AtYard, Decided, Examined, Moved, Passed
from aforo.domain.routed import Routed
from aforo.log.stored import StoredEvent
from aforo.routing.choice import CLASSES, DOCK, FILED, JOINT, PORTAL, PRIMARY, YARD, class_of, scan_place

#: Hundredths of a minute in one.
_HUNDREDTHS = 100
_MINUTE_S, _HOUR_S = 60, 3_600
#: How long an expected arrival may lie in the past when it is named: a truck may be filed for as it comes. None is
#: named for later than a day after that.
_LATE = timedelta(hours=1)
#: How long before the latest arrival that was ever named one is forgotten. Since none is named for more than a day
#: ahead, it has passed by then.
_KEPT_S = 86_400
#: Places of a bridge's list that may be left over, beside as many as there are trucks, before it is made anew.
_SLACK = 1_024


#: Whether filings of a filer (by keyed hash, 0 for those that name none) for a bridge are put on its list.
Believes = Callable[[str, int], bool]


def every_filer(bridge: str, filer: int) -> bool:
    """Nothing is known against anybody."""
    return True


class Expected(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A truck that is expected: at which bridge, when (seconds since 1970), its class and its work in hundredths, and
    who filed it (a keyed hash, 0 where that is not known). `sent` is the resource that it was ordered to, -1 for none,
    and `asks` what it will take there, in hundredths."""

    bridge: str
    at: int
    place: int
    work: int
    filer: int = 0
    sent: int = -1
    asks: int = 0


class _Bridge:
    """The list of one bridge at the instant `now` that was last asked for. `coming` are trucks that are not near enough
    yet, `near` those that are; `ordered` is what these were ordered to, by resource and minute since 1970."""

    def __init__(self) -> None:
        self.now = 0
        self.coming: list[tuple[int, str]] = []
        self.near: list[tuple[int, str]] = []
        self.work = [0] * CLASSES
        self.counted: dict[str, Expected] = {}
        self.ordered: dict[int, dict[int, int]] = {}

    def count(self, crossing: str, expected: Expected) -> None:
        """A truck is near."""
        self.counted[crossing] = expected
        self.work[expected.place] += expected.work
        self._order(expected, expected.asks)

    def forget(self, crossing: str) -> None:
        """A truck is not near any more, if it was."""
        counted = self.counted.pop(crossing, None)
        if counted is not None:
            self.work[counted.place] -= counted.work
            self._order(counted, -counted.asks)

    def _order(self, expected: Expected, asks: int) -> None:
        if expected.sent >= 0:
            own, minute = self.ordered.setdefault(expected.sent, {}), expected.at // _MINUTE_S
            own[minute] = own.get(minute, 0) + asks
            if not own[minute]:
                del own[minute]


class OnTheWay:
    """The projection; see `aforo.log.projections.Projection`. `horizon` is how far ahead it looks, in minutes,
    `believes` whose filings are put on the list."""

    version = 3
    types: Sequence[str] = (Decided.TYPE, AtYard.TYPE, Arrived.TYPE, Passed.TYPE, Examined.TYPE, Moved.TYPE)

    def __init__(self, horizon: float = 60.0, believes: Believes = every_filer) -> None:
        self.name = "on-the-way"
        self._horizon_s = int(horizon * _MINUTE_S)
        self._believes = believes
        self.trucks: dict[str, Expected] = {}
        #: The latest arrival that was ever named.
        self._latest = 0
        self._bridges: dict[str, _Bridge] = {}

    def add(self, crossing: str, expected: Expected) -> None:
        """A truck is expected, or expected otherwise than before."""
        self.drop(crossing)
        if expected.at < self._oldest():
            return
        self.trucks[crossing] = expected
        own = self._bridges.setdefault(expected.bridge, _Bridge())
        heappush(own.coming, (expected.at, crossing))
        if len(own.coming) > 2 * len(self.trucks) + _SLACK:
            # What was filed again and again leaves places behind that nobody takes.
            own.coming = [each for each in self._places(expected.bridge) if each[1] not in own.counted]
            heapify(own.coming)
        before, self._latest = self._oldest(), max(self._latest, expected.at)
        if self._oldest() > before:
            for name in [name for name, each in self.trucks.items() if each.at < self._oldest()]:
                self.drop(name)

    def drop(self, crossing: str) -> None:
        """A truck is not expected any more."""
        expected = self.trucks.pop(crossing, None)
        if expected is not None:
            self._bridges[expected.bridge].forget(crossing)

    def listed(self, bridge: str, at: datetime, but: str = "") -> list[tuple[int, float]]:
        """(class, minutes of work) at a bridge of the trucks that are expected from `at` on, the crossing `but` left
        out; classes without any are left out."""
        own = self._near(bridge, at)
        if own is None:
            return []
        left = own.counted.get(but)
        return [
            (place, work / _HUNDREDTHS)
            for place, every in enumerate(own.work)
            if (work := every - (left.work if left is not None and left.place == place else 0)) > 0
        ]

    def beyond(
        self, bridge: str, at: datetime, until: datetime, up: Sequence[int], but: str = "",
        waiting: Sequence[float] = (),
    ) -> dict[int, float]:  # fmt: skip
        """By resource, the minutes of work that will be left over when a truck comes, of what was ordered of those that
        come from `at` until then: what `up` units (unknown: one) cannot do by then. The crossing `but` is left out, and
        so are resources at which nothing is left. With what is `waiting` at each resource at `at` (minutes; NaN counts
        as none) it is what is left over of both, since the units do that first."""
        own = self._near(bridge, at)
        begun = {resource: round(work * _HUNDREDTHS) for resource, work in enumerate(waiting) if work > 0.0}
        ordered = {} if own is None or until <= at else own.ordered
        left = None if own is None else own.counted.get(but)
        first, last = int(at.timestamp()) // _MINUTE_S, int(until.timestamp()) // _MINUTE_S
        found = {}
        for resource in sorted({*begun, *ordered}):
            asked = ordered.get(resource, {})
            units = (up[resource] if up[resource] >= 0 else 1) * _HUNDREDTHS
            work, since = begun.get(resource, 0), first
            for minute in sorted(asked):
                if minute > last:
                    break
                work = max(work - units * (minute - since), 0) + asked[minute]
                if left is not None and (left.sent, left.at // _MINUTE_S) == (resource, minute):
                    work -= left.asks
                since = minute
            work -= units * max(last - since, 0)
            if work > 0:
                found[resource] = work / _HUNDREDTHS
        return found

    def _near(self, bridge: str, at: datetime) -> _Bridge | None:
        """The list of a bridge, brought up to an instant; None where nobody was ever expected there."""
        own = self._bridges.get(bridge)
        if own is None:
            return None
        now = int(at.timestamp())
        if now < own.now:  # the clock went back: what had passed is ahead again
            own = self._bridges[bridge] = _Bridge()
            own.coming = self._places(bridge)
            heapify(own.coming)
        own.now = now
        while own.coming and own.coming[0][0] <= now + self._horizon_s:
            due, crossing = heappop(own.coming)
            expected = self.trucks.get(crossing)
            if expected is not None and (expected.bridge, expected.at) == (bridge, due):
                own.forget(crossing)
                if due >= now and self._believes(bridge, expected.filer):
                    own.count(crossing, expected)
                    heappush(own.near, (due, crossing))
        while own.near and own.near[0][0] < now:
            due, crossing = heappop(own.near)
            expected = own.counted.get(crossing)
            if expected is not None and expected.at == due:
                own.forget(crossing)
        return own

    def expected_at(self, bridge: str) -> list[Expected]:
        """The trucks on the way to a bridge whose filers are believed, past ones among them. May be asked beside the
        thread that keeps the list up: what is gone through is copied at once."""
        every = list(self.trucks.values())
        return [each for each in every if each.bridge == bridge and self._believes(bridge, each.filer)]

    def _places(self, bridge: str) -> list[tuple[int, str]]:
        return [(each.at, name) for name, each in self.trucks.items() if each.bridge == bridge]

    def _oldest(self) -> int:
        """The earliest arrival that is kept; in steps of hours, since what is older is then looked for."""
        return self._latest // _HOUR_S * _HOUR_S - _KEPT_S

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            crossing, payload = stored.event.stream.removeprefix("crossing/"), stored.payload
            if not isinstance(payload, Decided):
                self.drop(crossing)
            elif payload.stage == "filed" and payload.routing is not None:
                expected = expected_of(
                    payload.bridge, payload.routing, payload.zone, stored.event.recorded_at, payload.examination
                )
                if expected is not None:
                    self.add(crossing, expected)
            elif not payload.features:
                self.drop(crossing)

    def dump(self) -> bytes:
        """The state: crossings and numbers."""
        return msgspec.msgpack.encode((self._latest, sorted(self.trucks.items())))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        self.trucks, self._bridges = {}, {}
        self._latest, trucks = msgspec.msgpack.decode(state, type=tuple[int, list[tuple[str, Expected]]])
        for crossing, expected in trucks:
            self.add(crossing, expected)


def expected_of(
    bridge: str, routed: Routed, zone: str, decided_at: datetime, ordered: Examination = "release"
) -> Expected | None:
    """The truck of a decision that was made as it filed; None where its work is not known, or when it comes. `ordered`
    is what was asked of it.

    Its minute is that of a local day: it comes within the day that begins some time before the decision.
    """
    minutes = [float("nan") if each is None else each for each in routed.minutes]
    work = minutes[scan_place(0, minutes)]
    if not work > 0.0:
        work = minutes[0]
    if routed.minute is None or not work > 0.0:
        return None
    local = decided_at.astimezone(ZoneInfo(zone)) if zone else decided_at
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    comes = midnight + timedelta(minutes=routed.minute)
    if comes < local - _LATE:
        comes += timedelta(days=1)
    elif comes >= local - _LATE + timedelta(days=1):  # it was decided before midnight, and recorded after it
        comes -= timedelta(days=1)
    worth = max((each for each in routed.prevented if each is not None), default=0.0)
    hundredths = max(1, round(work * _HUNDREDTHS))
    sent = sent_to(ordered, minutes)
    asks = max(1, round(minutes[sent] * _HUNDREDTHS)) if sent >= 0 else 0
    return Expected(bridge, int(comes.timestamp()), class_of(worth / work), hundredths, routed.filer, sent, asks)


def sent_to(ordered: Examination, minutes: Sequence[float]) -> int:
    """The resource that an order from before arrival sends a truck to, of those for which its `minutes` are known; -1
    for none."""
    before = minutes[PORTAL] == minutes[PORTAL] or minutes[YARD] == minutes[YARD]
    places = {
        "scan": scan_place(FILED if before else PRIMARY, minutes),
        "secondary": DOCK,
        "joint": JOINT,
    }
    places["scan_then_decide"] = places["scan"]
    place = places.get(ordered, -1)
    return place if place >= 0 and minutes[place] > 0.0 else -1
