"""The room's projection of the log: devices, trips that are not over, which device seals which of them, the trips of a
crossing, and where in the log it is said what was heard on the roads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from aforo.custody import device, trip
from aforo.custody.device import KnownDevice
from aforo.custody.reach import Reach, reach_of
from aforo.custody.trip import KnownTrip
from aforo.domain.device import DEVICE_PAYLOADS
from aforo.domain.event import Event, Payload, payload_of
from aforo.domain.trip import (
    Covered,
    CustodyJudged,
    Discharged,
    Sealed,
    SealRead,
    TripCaused,
    TripOpened,
    Unsealed,
)
from aforo.log.stored import StoredEvent

#: Discharged trips that are kept, the last ones; all are in the log.
MOST_OVER = 10_000
ROAD = "road/"
#: Instants of one day, in microseconds.
_DAY = 86_400_000_000


class _Saved(msgspec.Struct, array_like=True):
    devices: list[KnownDevice]
    trips: list[KnownTrip]
    over: list[KnownTrip]
    covered: dict[str, dict[int, int]]
    reach: dict[str, Reach]


class CustodyState:
    """The projection; see `aforo.log.projections.Projection`."""

    name = "custody"
    version = 2
    types: Sequence[str] = (
        *(each.TYPE for each in DEVICE_PAYLOADS),
        *(
            each.TYPE
            for each in (TripOpened, Sealed, Unsealed, SealRead, Discharged, CustodyJudged, TripCaused, Covered)
        ),
    )

    def __init__(self) -> None:
        self.devices: dict[str, KnownDevice] = {}
        #: Trips that are not discharged.
        self.trips: dict[str, KnownTrip] = {}
        #: The last that were.
        self.over: dict[str, KnownTrip] = {}
        #: Trips of which something was heard since `touched` was emptied, in the order in which it was.
        self.touched: dict[str, None] = {}
        self._sealing: dict[str, str] = {}
        self._of_crossing: dict[str, dict[str, None]] = {}
        #: Of each road's stream, by the day (since 1970) in which a statement of coverage ends, the first such version.
        self._covered: dict[str, dict[int, int]] = {}
        self._reach: dict[str, Reach] = {}

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            event = stored.event
            self._take(event, payload_of(event.type, event.schema, event.data))

    def trip_of(self, device: str) -> KnownTrip | None:
        """The trip that a device seals; None where it seals none."""
        return self.trips.get(self._sealing.get(device, ""))

    def trip(self, trip: str) -> KnownTrip | None:
        """A trip that is not over, or was lately; None where there is none."""
        return self.trips.get(trip) or self.over.get(trip)

    def of_crossing(self, crossing: str) -> list[KnownTrip]:
        """Trips that are for a crossing, and not over, or only lately."""
        return [found for each in self._of_crossing.get(crossing, ()) if (found := self.trip(each)) is not None]

    def on_corridor(self, corridor: str) -> list[KnownTrip]:
        """Trips that are not over and name a corridor."""
        return [each for each in self.trips.values() if each.opened.corridor == corridor]

    def in_convoy(self, of: KnownTrip) -> list[KnownTrip]:
        """Trips of one carrier that are not over and set out together, this one among them; none without a convoy."""
        if not of.opened.convoy:
            return []
        own = of.opened.carrier, of.opened.convoy
        return [each for each in self.trips.values() if (each.opened.carrier, each.opened.convoy) == own]

    def covered_from(self, instant: int, near: Reach) -> dict[str, int]:
        """Of each road's stream that speaks of places in a box, the first version of which a statement speaks of times
        after an instant, or nearly: of its day."""
        day = instant // _DAY
        found = {
            road: min((first for own, first in days.items() if own >= day), default=0)
            for road, days in self._covered.items()
            if self._reach[road].meets(near)
        }
        return {road: first for road, first in found.items() if first}

    def every_trip(self) -> Iterator[KnownTrip]:
        """Trips that are not over, then those that were lately; of each the last first."""
        yield from reversed(self.trips.values())
        yield from reversed(self.over.values())

    def _take(self, event: Event, payload: Payload) -> None:
        if event.stream.startswith(device.PREFIX):
            own = event.stream.removeprefix(device.PREFIX)
            if (found := device.after(self.devices.get(own), event, payload)) is not None:
                self.devices[own] = found
            if (sealed := self.trip_of(own)) is not None:
                self.touched[sealed.trip] = None
            return
        if isinstance(payload, Covered):
            days = self._covered.setdefault(event.stream, {})
            day = payload.until // _DAY
            days[day] = min(event.version, days.get(day, event.version))
            own_reach = reach_of(payload.place)
            before_it = self._reach.get(event.stream)
            self._reach[event.stream] = own_reach if before_it is None else before_it.widened(own_reach)
            corridor = event.stream.removeprefix(ROAD)
            # What a silence is may be another thing now.
            for each in self.trips.values():
                if each.opened.corridor == corridor or (each.judged is not None and each.judged.state == "silent"):
                    self.touched[each.trip] = None
            return
        own = event.stream.removeprefix(trip.PREFIX)
        before = self.trips.get(own) or self.over.pop(own, None)
        now = trip.after(before, event, payload)
        if now is None:
            return
        if not isinstance(payload, CustodyJudged | TripCaused):
            self.touched[own] = None
        if before is not None and before.opened.crossing != now.opened.crossing:
            self._of_crossing.get(before.opened.crossing, {}).pop(own, None)
        self._bind(now)
        if now.discharged is None:
            self.trips[own] = now
            return
        self.trips.pop(own, None)
        self.over[own] = now
        if len(self.over) > MOST_OVER:
            oldest = self.over.pop(next(iter(self.over)))
            self._of_crossing.get(oldest.opened.crossing, {}).pop(oldest.trip, None)

    def _bind(self, now: KnownTrip) -> None:
        """What seals the trip, what sealed it and does so no more, and the crossing that it is for."""
        if now.opened.crossing:
            self._of_crossing.setdefault(now.opened.crossing, {})[now.trip] = None
        standing = {each.device for each in now.standing}
        for each in now.seals:
            if each.device in standing:
                self._sealing[each.device] = now.trip
            elif self._sealing.get(each.device) == now.trip:
                del self._sealing[each.device]

    def dump(self) -> bytes:
        """The state; persons are in it under their keys alone."""
        return msgspec.msgpack.encode(
            _Saved(
                list(self.devices.values()),
                list(self.trips.values()),
                list(self.over.values()),
                self._covered,
                self._reach,
            )
        )

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self.devices = {each.device: each for each in saved.devices}
        self.trips = {each.trip: each for each in saved.trips}
        self.over = {each.trip: each for each in saved.over}
        self._sealing, self._of_crossing, self._covered = {}, {}, saved.covered
        self._reach = saved.reach
        for each in (*self.trips.values(), *self.over.values()):
            self._bind(each)
        # What was touched before it was saved may not have been looked at.
        self.touched = dict.fromkeys(self.trips)
