"""What gates read of seals: the number on a seal that passed is a reading of custody, of the trip that bears it.

A number that a seal of a trip bears is of that trip, also where it was read as a tag; so is the identifier of the
device that is the seal, which stands for its number. Another on a truck whose plate was read with it, is of the trip
of that truck: it says that a seal was swapped. What a registered reader signs is vouched for; what none signs is a
claim.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

import msgspec

from aforo.custody import keys
from aforo.custody.device import KnownDevice
from aforo.custody.reads import signed
from aforo.custody.trip import PREFIX, KnownTrip
from aforo.domain.clock import instant
from aforo.domain.declaration import identity_text
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.domain.trip import SealRead
from aforo.flow.node import Node
from aforo.flow.telemetry import PLATE, ReaderAt, Statement
from aforo.intake.gate_reads import Read


def seal_reads_of(
    reads: Sequence[Read], readers: Mapping[str, ReaderAt], node: Node
) -> tuple[list[Statement], list[Problem]]:
    """What these reads say of seals of trips, and what is wrong with those that name a seal and say nothing."""
    if not any(each.seal or each.tag for each in reads):
        return [], []
    trips = _Trips(node)
    known = node.custody.known({each.reader for each in reads if each.signature})
    said, problems = [], []
    for each in reads:
        if each.seal is None and each.tag is None:
            continue
        of_it = list(trips.of(each))
        if not of_it:
            if each.seal is not None:
                problems.append(_told("seal_read_no_trip", "warning"))
        elif each.signature and not _holds(each, known.get(each.reader)):
            problems.append(_told("seal_read_not_signed", "refusal"))
        else:
            at = readers[each.reader]
            for trip, number in of_it:
                read = SealRead(number, "", f"{at.bridge}/{at.place}", each.reader, each.signature)
                said.append(Statement(read, PREFIX + trip, instant(each.at), _key(trip, each, number)))
    return said, problems


class _Trips:
    """The trips that are sealed now, by what a gate can read of them."""

    def __init__(self, node: Node) -> None:
        self._node = node
        #: By a number, or a device's identifier, as it is compared: the trip, and the number on the seal.
        self._by_number: dict[str, list[tuple[KnownTrip, str]]] = defaultdict(list)
        self._by_crossing: dict[str, list[KnownTrip]] = defaultdict(list)
        for trip in node.custody.trips():
            for each in trip.standing:
                for name in {identity_text(each.seal_id), identity_text(each.device)}:
                    self._by_number[name].append((trip, each.seal_id))
            if trip.standing and trip.opened.crossing:
                self._by_crossing[trip.opened.crossing].append(trip)

    def of(self, read: Read) -> Iterator[tuple[str, str]]:
        """The trips that a read is of, and the number that it says: those that bear what was read, and those of the
        truck whose plate was read with a number, whoever's that is: its own seal is then another."""
        text = read.seal or read.tag or ""
        found = self._by_number.get(identity_text(text), [])
        # What was read as a number stands as it was read: that is what a reader signs.
        bearing = [(trip, number if read.seal is None else text) for trip, number in found]
        if read.seal is not None:
            bearing = [each for each in bearing if _bears(each[0], text)]
        if read.seal is not None and read.plate is not None:
            plate = int(self._node.log.keys.identity_hashes(PLATE, [read.plate])[0])
            named = {trip.trip for trip, _ in bearing}
            of_truck = [each for own in self._node.trucks.of_tractor(plate) for each in self._by_crossing.get(own, ())]
            bearing += [(trip, text) for trip in of_truck if trip.trip not in named]
        for trip, number in bearing:
            if any(each.since <= read.at for each in trip.standing):
                yield trip.trip, number


def _bears(trip: KnownTrip, number: str) -> bool:
    """Whether a seal that stands on a trip bears a number."""
    return identity_text(number) in {identity_text(each.seal_id) for each in trip.standing}


def _holds(read: Read, reader: KnownDevice | None) -> bool:
    """Whether a reader that may vouch for others signed what it read, under a key that it has or had."""
    if reader is None or reader.retired or reader.kind != "gateway":
        return False
    seal = read.seal or ""
    return any(signed(read.reader, read.at, seal, read.signature, keys.read(each)) for each in reversed(reader.keys))


def _key(trip: str, read: Read, number: str) -> str:
    """By what a read is known again. It outlives the words of the event, and so tells nothing of them."""
    words = msgspec.json.encode((trip, read.reader, read.at, identity_text(number)))
    return f"seal-read:{blake2b(words, digest_size=16).hexdigest()}"


def _told(code: str, gravity: str) -> Problem:
    return Problem(0, "seal_id", code, catalogue("aforo.flow").say(code), gravity)  # type: ignore[arg-type]
