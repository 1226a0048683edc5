"""What gates read of seals: the number on a seal that passed is a reading of custody, of the trip that bears it.

A number that a seal of a trip bears is of that trip, also where it was read as a tag; so is the identifier of the
device that is the seal, which stands for its number. Another on a truck whose plate was read with it, is of the trip
of that truck: it says that a seal was swapped. What a registered reader signs is vouched for; what none signs is a
claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

import msgspec

from aforo.custody import keys
from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.device import KnownDevice
from aforo.custody.numbers import number_text
from aforo.custody.reads import signed
from aforo.custody.trip import PREFIX, Bound, KnownTrip
from aforo.domain.clock import instant
from aforo.domain.declaration import identity_text
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.domain.trip import SealRead
from aforo.flow.node import Node
from aforo.flow.telemetry import PLATE, ReaderAt, Refused, Statement
from aforo.flow.vouched import Vouched
from aforo.intake.gate_reads import Read


def seal_reads_of(
    reads: Sequence[Read], readers: Mapping[str, ReaderAt], node: Node
) -> tuple[list[Statement], list[Problem]]:
    """What these reads say of seals of trips, and what is wrong with those that name a seal and say nothing."""
    reads = [each for each in reads if each.seal is not None or each.tag is not None]
    if not reads:
        return [], []
    trips = _Trips(node, reads)
    known, position = node.custody.signers({each.reader for each in reads if each.signature})
    said, problems = [], []
    for each in reads:
        of_it = list(trips.of(each))
        if not of_it:
            if each.seal is not None:
                problems.append(_told("seal_read_no_trip", "warning"))
            continue
        by: Vouched | None = None
        if each.signature and (by := _vouched(each, known.get(each.reader), position)) is None:
            problems.append(_not_signed())
            continue
        at = readers[each.reader]
        for trip, number in of_it:
            read = SealRead(number, "", f"{at.bridge}/{at.place}", each.reader, each.signature)
            said.append(Statement(read, PREFIX + trip, instant(each.at), _key(trip, each, number), vouched=by))
    return said, problems


def refused_reads(refused: Sequence[Refused]) -> list[Problem]:
    """What is wrong with reads that were refused when they were to be recorded, since the keys of their readers were
    changed meanwhile: as if they had come after that."""
    # A read may be of several trips.
    return [_not_signed() for _ in {each.said.vouched for each in refused}]


class _Trips:
    """The trips that a batch of reads may be of, by what was read."""

    def __init__(self, node: Node, reads: Sequence[Read]) -> None:
        custody = node.custody
        self._bearing = custody.bearing({number_text(each.seal or each.tag or "") for each in reads})
        plates = list({each.plate for each in reads if each.seal is not None and each.plate is not None})
        hashes = node.log.keys.identity_hashes(PLATE, plates).tolist() if plates else []
        crossings = {plate: node.trucks.of_tractor(own) for plate, own in zip(plates, hashes, strict=True)}
        of_crossing = custody.of_crossings({each for own in crossings.values() for each in own})
        self._of_truck = {
            plate: [trip for each in own for trip in of_crossing.get(each, ())] for plate, own in crossings.items()
        }

    def of(self, read: Read) -> Iterator[tuple[str, str]]:
        """The trips that a read is of, and the number that it says: those that bore what was read when it was, and
        those of the truck whose plate was read with a number, whoever's that is: its own seal is then another."""
        name = number_text(read.seal or read.tag or "")
        found: dict[tuple[str, str], None] = {}
        for trip in self._bearing.get(name, ()):
            for seal in _stood(trip, read.at):
                if name == number_text(seal.seal_id) or (read.seal is None and name == number_text(seal.device)):
                    # What was read as a number stands as it was read: that is what a reader signs.
                    found[trip.trip, read.seal or seal.seal_id] = None
        if read.seal is not None and read.plate is not None:
            bearing = {trip for trip, _ in found}
            for trip in self._of_truck[read.plate]:
                if trip.trip not in bearing and _stood(trip, read.at):
                    found[trip.trip, read.seal] = None
        yield from found


def _stood(trip: KnownTrip, at: int) -> list[Bound]:
    """The seals that stood on a trip at an instant: what was read then may come when they are off."""
    return [each for each in trip.seals if each.since <= at < each.until]


def _vouched(read: Read, reader: KnownDevice | None, position: int) -> Vouched | None:
    """By which key, that it has or had then, a reader signed what it read; None where it did not, or may not vouch for
    others. It is known so up to a position of the log."""
    if reader is None or reader.retired or reader.kind != "gateway":
        return None
    seal, stream = read.seal or "", DEVICE + reader.device
    for key, until in reader.believed:
        if read.at <= until and signed(read.reader, read.at, seal, read.signature, keys.read(key)):
            return Vouched(stream, reader, position, key, read.at, of_another=True)
    return None


def _not_signed() -> Problem:
    return _told("seal_read_not_signed", "refusal")


def _key(trip: str, read: Read, number: str) -> str:
    """By what a read is known again. It outlives the words of the event, and so tells nothing of them."""
    words = msgspec.json.encode((trip, read.reader, read.at, identity_text(number)))
    return f"seal-read:{blake2b(words, digest_size=16).hexdigest()}"


def _told(code: str, gravity: str) -> Problem:
    return Problem(0, "seal_id", code, catalogue("aforo.flow").say(code), gravity)  # type: ignore[arg-type]
