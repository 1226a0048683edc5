"""Trucks that are expected: an index of open crossings by what identifies a truck exactly, a projection of the log.

A crossing is open from its first filing until it passed, was examined or was cancelled; one that nothing more is heard
of is forgotten after `FORGOTTEN_S`, and the oldest where there are more than `MOST`. Tractors are keyed hashes; seals
and shipments are the filers' own numbers, which the log has in clear. It only finds: what is found is recorded with the
decision that it was found for, so a replay does not need the index.
"""

from __future__ import annotations

from collections.abc import Reversible, Sequence
from typing import TypeVar

import msgspec

from aforo.domain.declaration import identity_text
from aforo.domain.event import Decided, Examined, Filed, Passed, Taken
from aforo.domain.stated import Link
from aforo.flow.recorded import unpack_identities
from aforo.log.stored import StoredEvent

Key = TypeVar("Key", int, str)
#: How long a crossing is expected that nothing more is heard of, in seconds of the node's clock: three days.
FORGOTTEN_S = 3 * 86_400
#: How many open crossings are kept.
MOST = 100_000
#: How many seals and shipments of one crossing are kept, the first ones.
_MOST_OF_ONE = 64


class Truck(msgspec.Struct, array_like=True):
    """An open crossing: when it was filed (seconds since 1970) and last heard of, its port, the keyed hashes of its
    tractor and its carrier (0 for none), its first declaration, its seals and its shipments; `trip` says that its filer
    named the crossing, as a trip is named.
    """

    filed: int
    heard: int
    port: str
    tractor: int
    carrier: int
    declaration: str
    trip: bool = False
    seals: list[str] = []
    shipments: list[str] = []


class Sighting(msgspec.Struct, frozen=True):
    """What one declaration says of its truck; see `Truck`. `trip` is the trip that it names, if any."""

    declaration: str
    filed: int
    port: str
    tractor: int
    carrier: int
    seal: str
    shipment: str
    trip: str


class OpenTrucks:
    """The projection; see `aforo.log.projections.Projection`."""

    name = "open-trucks"
    version = 1
    types: Sequence[str] = (Filed.TYPE, Decided.TYPE, Passed.TYPE, Examined.TYPE)

    def __init__(self) -> None:
        self.trucks: dict[str, Truck] = {}
        #: Crossings that were taken into others, and these, the last `MOST` of them.
        self.moved: dict[str, str] = {}
        self._of_tractor: dict[int, dict[str, None]] = {}
        self._of_seal: dict[str, dict[str, None]] = {}
        self._of_shipment: dict[str, dict[str, None]] = {}

    def enter(self, crossing: str, said: Sighting, now: int) -> None:
        """One more declaration of a crossing; `now` in seconds since 1970."""
        truck = self.trucks.pop(crossing, None)
        if truck is None:
            truck = Truck(said.filed, now, said.port, 0, 0, said.declaration)
            self._make_room(now)
        self.trucks[crossing] = truck
        truck.heard, truck.trip = now, truck.trip or said.trip == crossing
        if said.tractor and not truck.tractor:
            truck.tractor = said.tractor
            self._of_tractor.setdefault(said.tractor, {})[crossing] = None
        truck.carrier = truck.carrier or said.carrier
        if said.seal and said.seal not in truck.seals and len(truck.seals) < _MOST_OF_ONE:
            truck.seals.append(said.seal)
            self._of_seal.setdefault(said.seal, {})[crossing] = None
        if said.shipment and said.shipment not in truck.shipments and len(truck.shipments) < _MOST_OF_ONE:
            truck.shipments.append(said.shipment)
            self._of_shipment.setdefault(said.shipment, {})[crossing] = None

    def close(self, crossing: str) -> None:
        """The crossing is not expected any more."""
        truck = self.trucks.pop(crossing, None)
        if truck is None:
            return
        _leave(self._of_tractor, [truck.tractor], crossing)
        _leave(self._of_seal, truck.seals, crossing)
        _leave(self._of_shipment, truck.shipments, crossing)

    def take(self, into: str, taken: Taken, now: int) -> None:
        """A crossing is part of another from here on."""
        self.close(taken.crossing)
        for each in taken.filings:
            if each.filed.declaration.get("action") != "cancel":
                self.enter(into, sighting_of(each.filed, int(each.at.timestamp())), now)
        self.moved[taken.crossing] = into
        if len(self.moved) > MOST:
            del self.moved[next(iter(self.moved))]

    def of_tractor(self, tractor: int) -> Reversible[str]:
        """The open crossings of a tractor, the first filed first."""
        return self._of_tractor.get(tractor, ())

    def of_seal(self, seal: str) -> Reversible[str]:
        """The open crossings under a seal, as `identity_text` has it."""
        return self._of_seal.get(seal, ())

    def of_shipment(self, shipment: str) -> Reversible[str]:
        """The open crossings that carry a shipment."""
        return self._of_shipment.get(shipment, ())

    def trip_of(self, shipment: str) -> str | None:
        """The one open trip that lists a shipment; None where there is none, or several say so."""
        trips = [name for name in self.of_shipment(shipment) if self.trucks[name].trip]
        return trips[0] if len(trips) == 1 else None

    def links_to(self, crossing: str) -> list[Link]:
        """The open crossings that share tractor, seal or shipment with one that is open.

        May be asked beside the thread that keeps the index up: what is gone through is copied at once.
        """
        truck = self.trucks.get(crossing)
        if truck is None:
            return []
        found = [Link("tractor", name) for name in list(self.of_tractor(truck.tractor))]
        found += [Link("seal", name) for seal in list(truck.seals) for name in list(self.of_seal(seal))]
        found += [Link("shipment", name) for each in list(truck.shipments) for name in list(self.of_shipment(each))]
        return [link for link in dict.fromkeys(found) if link.crossing != crossing]

    def _make_room(self, now: int) -> None:
        while self.trucks:
            crossing, oldest = next(iter(self.trucks.items()))
            if len(self.trucks) < MOST and oldest.heard >= now - FORGOTTEN_S:
                return
            self.close(crossing)

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            crossing, payload = stored.event.stream.removeprefix("crossing/"), stored.payload
            if isinstance(payload, Filed):
                now = int(stored.event.recorded_at.timestamp())
                for taken in payload.takes:
                    self.take(crossing, taken, now)
                if payload.declaration.get("action") != "cancel":
                    self.enter(crossing, sighting_of(payload, int(stored.event.occurred_at.timestamp())), now)
            elif isinstance(payload, Passed | Examined) or (isinstance(payload, Decided) and not payload.features):
                self.close(crossing)

    def dump(self) -> bytes:
        """The state: hashes, and numbers of the filers' own."""
        return msgspec.msgpack.encode((self.trucks, self.moved))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        self.trucks = {}
        trucks, self.moved = msgspec.msgpack.decode(state, type=tuple[dict[str, Truck], dict[str, str]])
        for crossing, truck in trucks.items():
            self.trucks[crossing] = truck
            if truck.tractor:
                self._of_tractor.setdefault(truck.tractor, {})[crossing] = None
            for seal in truck.seals:
                self._of_seal.setdefault(seal, {})[crossing] = None
            for shipment in truck.shipments:
                self._of_shipment.setdefault(shipment, {})[crossing] = None


def _leave(index: dict[Key, dict[str, None]], keys: Sequence[Key], crossing: str) -> None:
    for key in keys:
        crossings = index.get(key, {})
        crossings.pop(crossing, None)
        if not crossings:
            index.pop(key, None)


def sighting_of(filed: Filed, at: int) -> Sighting:
    """What a recorded filing says of its truck."""
    fields, identities = filed.declaration, unpack_identities([filed])
    own, named, shipment = fields["declaration_id"], fields.get("crossing_id"), fields.get("shipment_id")
    seal = fields.get("seal_id")
    return Sighting(
        own,
        at,
        fields.get("port") or "",
        int(identities["tractor"][0]),
        int(identities["carrier"][0]),
        identity_text(seal) if seal else "",
        shipment or "",
        (named or "") if names_trip(own, named, shipment) else "",
    )


def names_trip(declaration_id: str, crossing_id: str | None, shipment_id: str | None) -> bool:
    """Whether a declaration names its crossing as a trip is named: by another name than its own and its shipment's."""
    return bool(crossing_id) and crossing_id not in (declaration_id, shipment_id)
