"""Trips that are tied together and look alike: how a load that goes in several small trips is known among live trucks.

A projection of the log, kept up as decisions are made. Tied are trips of one tractor, and trips of the same importer,
exporter and goods; of both only keyed hashes are kept. What such trips hide is taught by outcomes (`habits`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from aforo.domain.event import Decided, Moved
from aforo.domain.routed import Routed
from aforo.flow.on_the_way import expected_of
from aforo.log.stored import StoredEvent
from aforo.routing.choice import SCAN
from aforo.routing.trips import LIKENESS, MOST_ALIKE, WINDOW

#: What ties trips, in the order of everything that is counted by it.
TIES: Final = ("tractor", "parties")
_HOUR_S, _DAY_S = 3_600, 86_400
#: The logarithm of a step of values, a little more than likeness, so that no rounding takes two alike two steps apart;
#: and the step of what is worth nothing.
_LOG_STEP, _NOTHING = math.log(LIKENESS) * 1.000001, -(10**9)


class Trip(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A trip: what ties it (keyed hashes in the order of TIES, 0 for nothing), what a scan of it is worth in
    truck-minutes before any raise, and when it comes (seconds since 1970)."""

    ties: tuple[int, ...]
    value: float
    at: int


class Trips:
    """The projection; see the module, and `aforo.log.projections.Projection`. A trip counts until WINDOW after it came;
    who has filed and not come yet counts too."""

    name = "trips"
    version = 1
    types: Sequence[str] = (Decided.TYPE, Moved.TYPE)

    def __init__(self) -> None:
        self.trips: dict[str, Trip] = {}
        #: The latest arrival that was ever named: what is kept follows from it, and from no clock.
        self._latest = 0
        #: Trips by what ties them and by the step of their value: of a great many few are looked at.
        self._tied: dict[tuple[int, int, int], dict[str, None]] = {}

    def add(self, crossing: str, trip: Trip) -> None:
        """A trip is filed, or filed otherwise than before."""
        self.drop(crossing)
        if trip.at < self._oldest():
            return
        self.trips[crossing] = trip
        for key in _keys(trip):
            self._tied.setdefault(key, {})[crossing] = None
        before, self._latest = self._oldest(), max(self._latest, trip.at)
        if self._oldest() > before:
            for name in [name for name, each in self.trips.items() if each.at < self._oldest()]:
                self.drop(name)

    def drop(self, crossing: str) -> None:
        """A trip was cancelled, or is part of another."""
        trip = self.trips.pop(crossing, None)
        for key in _keys(trip) if trip is not None else ():
            tied = self._tied[key]
            del tied[crossing]
            if not tied:
                del self._tied[key]

    def counts(self, crossing: str, ties: Sequence[int], value: float, at: datetime) -> tuple[int, ...]:
        """By TIES how many trips look like this one, itself among them, 1 to MOST_ALIKE. A value that is not known is
        like none."""
        since = int(at.timestamp()) - int(WINDOW * 60.0)
        return tuple(self._alike(crossing, kind, tie, value, since) for kind, tie in enumerate(ties))

    def _alike(self, crossing: str, kind: int, tie: int, value: float, since: int) -> int:
        count = 1
        if not tie or value != value:
            return count
        step = _step(value)
        for beside in (step, step - 1, step + 1):
            for name in self._tied.get((kind, tie, beside), ()):
                trip = self.trips[name]
                like = trip.value <= LIKENESS * value and value <= LIKENESS * trip.value
                count += like and name != crossing and trip.at > since
                if count == MOST_ALIKE:
                    return count
        return count

    def _oldest(self) -> int:
        """The earliest arrival that is kept: none is named for more than a day ahead, so it is past WINDOW by then."""
        return self._latest // _HOUR_S * _HOUR_S - int(WINDOW * 60.0) - _DAY_S

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            crossing, payload = stored.event.stream.removeprefix("crossing/"), stored.payload
            if not isinstance(payload, Decided) or not payload.features:
                self.drop(crossing)
            elif payload.stage == "filed" and payload.routing is not None:
                trip = trip_of(payload.bridge, payload.routing, payload.zone, stored.event.recorded_at)
                if trip is not None:
                    self.add(crossing, trip)

    def dump(self) -> bytes:
        """The state: crossings, hashes and numbers."""
        return msgspec.msgpack.encode((self._latest, sorted(self.trips.items())))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        self.trips, self._tied = {}, {}
        self._latest, trips = msgspec.msgpack.decode(state, type=tuple[int, list[tuple[str, Trip]]])
        for crossing, trip in trips:
            self.add(crossing, trip)


def _step(value: float) -> int:
    """Values that look alike are in one step or in two beside each other."""
    return math.floor(math.log(value) / _LOG_STEP) if value > 0.0 else _NOTHING


def _keys(trip: Trip) -> list[tuple[int, int, int]]:
    step = _step(trip.value)
    return [(kind, tie, step) for kind, tie in enumerate(trip.ties) if tie]


def trip_of(bridge: str, routed: Routed, zone: str, decided_at: datetime) -> Trip | None:
    """The trip of a decision that was made as it filed; None where nothing ties it, or its worth or time is unknown."""
    worth = routed.prevented[SCAN]
    expected = expected_of(bridge, routed, zone, decided_at)
    if not any(routed.ties) or worth is None or expected is None:
        return None
    return Trip(routed.ties, worth / routed.raised, expected.at)


def ties_of(tractor: int, importer: int, exporter: int, goods: str | None) -> tuple[int, ...]:
    """What ties a trip, from the keyed hashes of its tractor and parties, and the HS code of its goods."""
    if not (importer and exporter and goods):
        return tractor, 0
    parties = f"{importer}/{exporter}/{goods}".encode()
    return tractor, int.from_bytes(hashlib.blake2b(parties, digest_size=8).digest(), "little")
