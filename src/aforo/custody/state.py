"""The room's projection of the log: devices, trips that are not over, and which device seals which of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from aforo.custody import device, trip
from aforo.custody.device import KnownDevice
from aforo.custody.trip import KnownTrip
from aforo.domain.device import DEVICE_PAYLOADS
from aforo.domain.event import Event, Payload, payload_of
from aforo.domain.retention import LeavesErased
from aforo.domain.trip import CustodyJudged, Discharged, Sealed, SealRead, TripOpened, Unsealed
from aforo.log.stored import StoredEvent

#: Discharged trips that are kept, the last ones; all are in the log.
MOST_OVER = 10_000


class _Saved(msgspec.Struct, array_like=True):
    devices: list[KnownDevice]
    trips: list[KnownTrip]
    over: list[KnownTrip]


class CustodyState:
    """The projection; see `aforo.log.projections.Projection`."""

    name = "custody"
    version = 2
    types: Sequence[str] = (
        *(each.TYPE for each in DEVICE_PAYLOADS),
        *(each.TYPE for each in (TripOpened, Sealed, Unsealed, SealRead, Discharged, CustodyJudged)),
        LeavesErased.TYPE,
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
        if isinstance(payload, LeavesErased):
            for each in payload.versions:
                self._forget(each.stream.removeprefix(trip.PREFIX))
            return
        own = event.stream.removeprefix(trip.PREFIX)
        before = self.trips.get(own) or self.over.pop(own, None)
        now = trip.after(before, event, payload)
        if now is None:
            return
        if not isinstance(payload, CustodyJudged):
            self.touched[own] = None
        self._bind(now)
        if now.discharged is None:
            self.trips[own] = now
            return
        self.trips.pop(own, None)
        self.over[own] = now
        if len(self.over) > MOST_OVER:
            del self.over[next(iter(self.over))]

    def _forget(self, own: str) -> None:
        """A trip whose words were erased is none any more."""
        self.touched.pop(own, None)
        gone = self.trips.pop(own, None) or self.over.pop(own, None)
        for each in gone.standing if gone is not None else ():
            if self._sealing.get(each.device) == own:
                del self._sealing[each.device]

    def _bind(self, now: KnownTrip) -> None:
        """What seals the trip, and what sealed it and does so no more."""
        standing = {each.device for each in now.standing}
        for each in now.seals:
            if each.device in standing:
                self._sealing[each.device] = now.trip
            elif self._sealing.get(each.device) == now.trip:
                del self._sealing[each.device]

    def dump(self) -> bytes:
        """The state; persons are in it under their keys alone."""
        return msgspec.msgpack.encode(
            _Saved(list(self.devices.values()), list(self.trips.values()), list(self.over.values()))
        )

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self.devices = {each.device: each for each in saved.devices}
        self.trips = {each.trip: each for each in saved.trips}
        self.over = {each.trip: each for each in saved.over}
        self._sealing = {}
        for each in self.trips.values():
            self._bind(each)
        # What was touched before it was saved may not have been looked at.
        self.touched = dict.fromkeys(self.trips)
