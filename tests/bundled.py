"""A log in memory with trips and devices in it, from which bundles are made, for tests of what a bundle proves."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
from nacl.signing import SigningKey

from aforo.custody.bundle import Bundle, Leaf, Why, Withheld
from aforo.custody.device import PREFIX as DEVICE_STREAM
from aforo.custody.keys import rotation_text
from aforo.custody.reads import read_text
from aforo.custody.recorded import case_of
from aforo.custody.states import spans
from aforo.domain.clock import instant
from aforo.domain.device import BlockReceived, DeviceKeyRotated, DeviceRegistered
from aforo.domain.event import Event, new_event
from aforo.domain.payload import Payload
from aforo.domain.reading import Readings
from aforo.domain.trip import CustodyStated, Extent, SealRead, StatedSpan
from aforo.intake import seal_block
from aforo.log import merkle
from aforo.log.checkpoint import Checkpoint
from aforo.log.cosignature import WitnessSigner
from aforo.log.note import Signer
from aforo.log.stored import encode

LOG = Signer("log.example/aforo", b"l" * 32)
WITNESS = WitnessSigner("witness.example", b"w" * 32)
OTHER_WITNESS = WitnessSigner("other.example", b"o" * 32)
#: When the witness cosigned, in POSIX seconds.
COSIGNED = 1_772_600_000
TRIP = "t-1"
STREAM = f"trip/{TRIP}"


def key_of(name: str) -> SigningKey:
    """The private key of a device, by its name."""
    return SigningKey(sha256(name.encode()).digest())


def text_of(key: SigningKey) -> str:
    return base64.b64encode(bytes(key.verify_key)).decode()


def registered(device: str, *, promise_s: int = 600, tolerance_s: int = 60) -> DeviceRegistered:
    """The registration of a device, or of a gateway called `gate`, under its own key."""
    kind = "gateway" if device == "gate" else "seal"
    return DeviceRegistered(kind, "acme", promise_s, tolerance_s, text_of(key_of(device)))


def rotated(device: str, old: SigningKey, new: SigningKey) -> DeviceKeyRotated:
    """That an old key of a device vouches for a new one."""
    key = text_of(new)
    vouched = base64.b64encode(old.sign(rotation_text(device, bytes(new.verify_key))).signature).decode()
    return DeviceKeyRotated(key, vouched)


def seal_read(seal_id: str, at: int, *, reader: str = "gate", key: SigningKey | None = None) -> SealRead:
    """That a reader read a number at an instant, as it signs it."""
    signature = (key or key_of(reader)).sign(read_text(reader, at, seal_id)).signature
    return SealRead(seal_id, "", "World Trade", reader, base64.b64encode(signature).decode())


def block(
    device: str, readings: Readings, *, sequence: int = 0, previous: bytes = bytes(32), boot: int = 1,
    gateway: str = "", grade: str = "device", key: SigningKey | None = None,
) -> BlockReceived:  # fmt: skip
    """A block as it is recorded."""
    first, last = int(readings["at"].min()), int(readings["at"].max())
    if grade == "unsigned":
        raw = seal_block.unsigned(device, readings)
        boot = sequence = 0
    else:
        signer = gateway or device
        sign = key or key_of(signer)
        raw = seal_block.encode(
            device, signer, boot, sequence, previous, readings, lambda data: sign.sign(data).signature
        )
    text, hash_ = base64.b64encode(raw).decode(), sha256(raw).hexdigest()
    form = "seal_text" if grade == "unsigned" else "block"
    return BlockReceived(form, grade, text, hash_, len(readings), first, last, boot, sequence, gateway)  # type: ignore[arg-type]


def tree_paths(hashes: Sequence[bytes], indexes: Iterable[int]) -> tuple[bytes, dict[int, tuple[bytes, ...]]]:
    """The root over leaf hashes, and the audit paths of some of them."""
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([merkle.node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    def root(first: int, last: int) -> bytes:
        size = last - first
        if size & (size - 1) == 0 and first % size == 0:
            return levels[size.bit_length() - 1][first >> (size.bit_length() - 1)]
        middle = first + (1 << (size - 1).bit_length() - 1)
        return merkle.node_hash(root(first, middle), root(middle, last))

    def path(index: int, first: int, last: int) -> list[bytes]:
        if last - first == 1:
            return []
        middle = first + (1 << (last - first - 1).bit_length() - 1)
        if index < middle:
            return [*path(index, first, middle), root(middle, last)]
        return [*path(index, middle, last), root(first, middle)]

    return root(0, len(hashes)), {each: tuple(path(each, 0, len(hashes))) for each in indexes}


class Recorded(msgspec.Struct, frozen=True):
    """An event of a log in memory: the index of its leaf, its envelope, and what it says."""

    place: int
    event: Event
    payload: Payload

    @property
    def stream(self) -> str:
        return self.event.stream

    @property
    def version(self) -> int:
        return self.event.version


@dataclass
class Record:
    """A log as it grows. `bodies` are its leaves; `events` what was said of custody."""

    bodies: list[bytes] = field(default_factory=list)
    events: list[Recorded] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, stream: str, payload: Payload, at: int, recorded: int | None = None, **changes: Any) -> Recorded:
        """An event that happened `at`, and was recorded then or later."""
        self.versions[stream] += 1
        recorded = at if recorded is None else recorded
        place, version = len(self.bodies), self.versions[stream]
        event = new_event(
            f"e{place}", payload, stream, version, occurred_at=instant(at), recorded_at=instant(recorded), actor="node"
        )
        event = msgspec.structs.replace(event, **changes)
        self.bodies.append(encode(event))
        self.events.append(Recorded(place, event, payload))
        return self.events[-1]

    def fill(self, count: int) -> None:
        """Leaves of others."""
        self.bodies += [b"%d of another" % len(self.bodies) for _ in range(count)]

    def extents(self, streams: Iterable[str], without: Collection[Recorded] = ()) -> tuple[Extent, ...]:
        """All there is of some streams, but for some of it."""
        found: list[Extent] = []
        for stream in streams:
            for each in self.events:
                if each.stream != stream or each in without:
                    continue
                goes_on = found and (found[-1].stream, found[-1].last + 1) == (stream, each.version)
                first = found.pop().first if goes_on else each.version
                found.append(Extent(stream, first, each.version))
        return tuple(found)

    def anew(self) -> Record:
        """A log of its own that has the same in it."""
        return Record(list(self.bodies), list(self.events), defaultdict(int, self.versions))

    def put(self, place: int, data: Mapping[str, Any] | None = None, **envelope: Any) -> None:
        """Write something else where an event stands, as who runs the log could."""
        value = msgspec.json.decode(self.bodies[place])
        value.update(envelope)
        value["data"].update(data or {})
        self.bodies[place] = msgspec.json.encode(value)

    def spans(self, known_by: int, stream: str = STREAM, without: Collection[Recorded] = ()) -> tuple[StatedSpan, ...]:
        """The states of a trip's seals, by all but some of what there is."""
        own: dict[str, list[tuple[Event, Payload]]] = defaultdict(list)
        for each in self.events:
            if each not in without:
                own[each.stream].append((each.event, each.payload))
        devices = {name.removeprefix(DEVICE_STREAM): said for name, said in own.items() if name.startswith("device/")}
        roads = [each for name, said in own.items() if name.startswith("road/") for each in said]
        found = spans(case_of(own[stream], devices, roads, known_by), known_by)
        return tuple(StatedSpan(each.device, each.state, each.since, each.until) for each in found)

    def state(
        self, known_by: int, stream: str = STREAM, streams: Sequence[str] = (), without: Collection[Recorded] = ()
    ) -> Recorded:
        """State a trip's custody, by these streams or by all but those of other trips; as if some of what they hold was
        not there."""
        wanted = streams or [each for each in sorted(self.versions) if not each.startswith("trip/") or each == stream]
        said = CustodyStated(known_by, self.extents(wanted, without), self.spans(known_by, stream, without))
        return self.add(stream, said, known_by)

    def note(self, root: bytes) -> str:
        """The checkpoint over the log, cosigned."""
        checkpoint = Checkpoint(LOG.verifier.name, len(self.bodies), root)
        return checkpoint.signed(LOG) + WITNESS.line(checkpoint.text, COSIGNED)

    def bundle(self, statement: Recorded, *, withhold: Mapping[tuple[str, int], Why] | None = None) -> Bundle:
        """The bundle of a statement, of all that it names, with some of that withheld."""
        assert isinstance(statement.payload, CustodyStated)
        named = {
            (each.stream, version) for each in statement.payload.extents for version in range(each.first, each.last + 1)
        }
        events = [each for each in self.events if (each.stream, each.version) in named] + [statement]
        hashes = merkle.leaf_hashes(self.bodies)
        root, paths = tree_paths(hashes, [each.place for each in events])
        hidden = withhold or {}
        leaves: list[Leaf | Withheld] = []
        for each in sorted(events, key=lambda each: each.place):
            why = hidden.get((each.stream, each.version))
            if why is None:
                leaves.append(Leaf(each.place, self.bodies[each.place], paths[each.place]))
            else:
                hash_ = hashes[each.place]
                leaves.append(Withheld(each.place, hash_, paths[each.place], each.stream, each.version, why))
        trip = statement.stream.removeprefix("trip/")
        return Bundle(LOG.verifier.name, self.note(root), trip, statement.place, tuple(leaves))


def drive_into(
    record: Record, device: str, readings: Readings, size: int = 5, *, delay: int = 5_000_000, **changes: Any
) -> list[BlockReceived]:
    """Record what a device said, in blocks that follow each other."""
    made: list[BlockReceived] = []
    previous = changes.pop("previous", bytes(32))
    begins = changes.pop("begins", 0)
    for place, start in enumerate(range(0, len(readings), size)):
        own = readings[start : start + size]
        said = block(device, own, sequence=begins + place, previous=previous, **changes)
        previous = bytes.fromhex(said.hash)
        record.add(DEVICE_STREAM + device, said, int(np.max(own["at"])) + delay)
        made.append(said)
    return made
