"""The custody of a log, kept up to date: its devices and its trips, as they are now, and what is said of the roads."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress

from aforo.custody.columns import Rest, at_once
from aforo.custody.device import KnownDevice
from aforo.custody.live import Ground, Live, Stands
from aforo.custody.reach import Reach
from aforo.custody.state import CustodyState
from aforo.custody.trip import CAUSES, KnownTrip, after
from aforo.custody.trip import PREFIX as TRIP
from aforo.flow.admission import Admission
from aforo.flow.custody_kept import KeptFollower
from aforo.flow.custody_loads import loads_since
from aforo.flow.roads import Roads
from aforo.flow.roads_covered import covered_between
from aforo.log.store import Log
from aforo.log.stored import StoredEvent


class CustodyRefusedError(ValueError):
    """What is said of a device or a trip cannot be; `code` names the sentence that says why, `place` the field."""

    def __init__(self, code: str, place: str) -> None:
        super().__init__(code)
        self.code, self.place = code, place


class UnknownDeviceError(LookupError):
    """The log has no device of this identifier."""


class UnknownTripError(LookupError):
    """The log has no trip of this identifier."""


class Custody:
    """Devices and trips of a log. Safe to share between threads.

    With `live` it looks at what every block says as it comes, and knows where each device stands.
    """

    def __init__(self, log: Log, live: Live | None = None) -> None:
        self.log = log
        #: The documents of the roads.
        self.roads = Roads(log)
        #: How much each device may report, whichever way it comes in.
        self.admission = Admission()
        self._live = live
        self._state = CustodyState(live)
        self._follower = KeptFollower(log, self._state)
        self._lock = threading.RLock()

    def device(self, device: str) -> KnownDevice:
        """A device. Raises UnknownDeviceError."""
        with self._lock:
            self._follower.look()
            found = self._state.devices.get(device)
        if found is None:
            raise UnknownDeviceError(device)
        return found

    def known(self, devices: Iterable[str]) -> dict[str, KnownDevice]:
        """Those of these devices that are registered, by their identifiers."""
        with self._lock:
            self._follower.look()
            return {each: found for each in devices if (found := self._state.devices.get(each)) is not None}

    def signers(self, devices: Iterable[str]) -> tuple[dict[str, KnownDevice], int]:
        """As `known`, and up to which position of the log they are so."""
        with self._lock:
            return self.known(devices), self._follower.position

    def devices(self) -> list[KnownDevice]:
        """All devices, by their identifiers."""
        with self._lock:
            self._follower.look()
            return sorted(self._state.devices.values(), key=lambda each: each.device)

    def trip(self, trip: str) -> KnownTrip:
        """A trip, however long it is over. Raises UnknownTripError."""
        with self._lock:
            self._follower.look()
            found = self._state.trip(trip)
        if (found := found or self._in_log(trip)) is None:
            raise UnknownTripError(trip)
        return found

    def trips(self) -> list[KnownTrip]:
        """Trips that are not over, and the last that were: the last to be announced first."""
        with self._lock:
            self._follower.look()
            return list(self._state.every_trip())

    def sealed_by(self, device: str) -> KnownTrip | None:
        """The trip that a device seals now; None where it seals none."""
        with self._lock:
            self._follower.look()
            return self._state.trip_of(device)

    def of_crossings(self, crossings: Iterable[str]) -> dict[str, list[KnownTrip]]:
        """The trips that are for these crossings, and not over or only lately; crossings without any are left out."""
        with self._lock:
            self._follower.look()
            return {each: found for each in crossings if (found := self._state.of_crossing(each))}

    def bearing(self, names: Iterable[str]) -> dict[str, list[KnownTrip]]:
        """By each of these numbers of seals, or identifiers of devices, as they are compared, the trips of which a seal
        bears or bore it, and that are not over or only lately; those of none are left out."""
        with self._lock:
            self._follower.look()
            state = self._state
            found = {name: [state.trip(each) for each in state.borne.of(name)] for name in names}
        return {name: own for name, trips in found.items() if (own := [each for each in trips if each is not None])}

    def on_corridor(self, corridor: str) -> list[KnownTrip]:
        """The trips that name a corridor and are not over."""
        with self._lock:
            self._follower.look()
            return self._state.on_corridor(corridor)

    def in_convoy(self, carrier: str, convoy: str) -> list[KnownTrip]:
        """The trips of a carrier that set out together, those that are over too, of the last convoy of a name; none
        without a convoy."""
        with self._lock:
            self._follower.look()
            return self._state.in_convoy(carrier, convoy)

    def set_out_with(self, trip: str) -> list[KnownTrip]:
        """The trips that one set out with, those that are over too, and itself; none where it is of no convoy, or
        where all of that are over for so long that it is known no more."""
        with self._lock:
            self._follower.look()
            named = (self._state.trip(each) for each in self._state.together.with_(trip))
            return [each for each in named if each is not None]

    def covered_between(self, since: int, until: int, near: Reach) -> list[StoredEvent]:
        """The statements of coverage of times between two instants (microseconds since 1970), of roads that any is of a
        place in a box."""
        with self._lock:
            self._follower.look()
            roads = self._state.roads.between(since, until, near)
        return covered_between(self.log, roads, since, until)

    def touched(self) -> list[KnownTrip]:
        """Trips of which something was recorded since this was asked last, but for blocks that are as expected; after
        a start without a saved state, all that are not over. They are taken up: until they are settled, whoever begins
        anew is told of them too. Those of which nobody waits to hear are told of by `later`."""
        with self._lock:
            self._follower.look()
            # Found first: where the log gives no answer the next look asks again.
            named = (self._state.trip(each) or self._in_log(each) for each in self._state.touched)
            found = [each for each in named if each is not None]
            heard, self._state.touched = self._state.touched, {}
            for each in heard.keys() & self._state.later.keys():
                del self._state.later[each]
            for each in heard.keys() & self._state.taken_up.keys():
                del self._state.taken_up[each]
            self._state.taken_up |= {each.trip: None for each in found}
            return found

    def late(self) -> list[KnownTrip] | None:
        """The trips, over or not, of which a device may have told more that was taken off them, and those that set out
        with them, taken up like what is touched: those of the next such device, None where there is none."""
        with self._lock:
            self._follower.look()
            if (told := self._state.late.next()) is None:
                return None
        device, since = told
        found: dict[str, KnownTrip] = {}
        for trip in loads_since(self.log, device, since):
            with suppress(UnknownTripError):  # its words were erased
                found[trip] = self.trip(trip)
        with self._lock:
            # How far trucks of a convoy are apart shows in the readings of each.
            for trip in list(found):
                found |= {each.trip: each for each in self.set_out_with(trip)}
            self._state.late.done(device, since)
            self._state.taken_up |= dict.fromkeys(found)
        return list(found.values())

    def later(self) -> KnownTrip | None:
        """The next of the trips that are to be looked at, and of which nobody waits to hear, taken up like what is
        touched; None where there is none."""
        with self._lock:
            while self._state.later:
                own = next(iter(self._state.later))
                del self._state.later[own]
                if (found := self._state.trip(own)) is not None:
                    self._state.taken_up[own] = None
                    return found
            return None

    def touch(self, trips: Iterable[str]) -> None:
        """These trips are `touched`, though nothing more was heard of them."""
        with self._lock:
            self._state.touch(trips)

    def settled(self, trip: str) -> None:
        """A trip that was taken up is as far as it goes: nothing more follows until something else is heard of it."""
        with self._lock:
            self._state.taken_up.pop(trip, None)

    def silent(self, now: int) -> list[KnownTrip]:
        """Trips of which a seal has been silent for longer than it promised, at an instant (microseconds since 1970),
        each told once for each silence, and taken up like what is touched; none where this is not live."""
        if self._live is None:
            return []
        with self._lock:
            self._follower.look()
            found = {known.trip: known for each in self._live.due(now) if (known := self._state.trip_of(each))}
            self._state.taken_up |= dict.fromkeys(found)
            return list(found.values())

    def stands(self, device: str) -> Stands | None:
        """Where a device stands, by its last fix; None where that is not known, or this is not live."""
        if self._live is None:
            return None
        with self._lock:
            self._follower.look()
            return self._live.stands(device)

    def put(self, ground: Ground) -> None:
        """Hold positions against these fences, corridors and limits from now on."""
        with self._lock:
            self._state.put(ground)

    def save(self, rest: Rest = at_once) -> None:
        """Keep what is known, so that the next start need not read the log from its beginning; where much is known,
        with a `rest` between its parts."""
        with self._lock:
            cursor, encode = self._follower.unsaved, self._state.snapshot()
        # A million devices are some hundred megabytes: nobody waits until they are encoded and written.
        if cursor is not None:
            self._follower.keep(cursor, encode(rest))

    def _in_log(self, trip: str) -> KnownTrip | None:
        """A trip by its own events; None where it has none, or its words were erased."""
        found: KnownTrip | None = None
        for stored in (*self.log.stream(TRIP + trip), *self.log.stream(CAUSES + trip)):
            found = after(found, stored.event, stored.payload)
        return found
