"""Cloned devices that are injected into honest chains, over intake and watch: what came of each, and its bundle.

The clone has the device's key. Its block is of a boot and sequence that the device signed too, and of another hash;
that it came, where in the chain it stands and when it came are drawn.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec
from acting import ACT
from at_custody import key_of
from nacl.signing import SigningKey
from sealed import YARD, S, drive

from aforo.custody.bundle import Leaf, read
from aforo.domain.clock import microseconds
from aforo.domain.device import BlockReceived, DeviceRegistered
from aforo.domain.trip import CustodyJudged, Sealed, TripOpened
from aforo.flow import device_acts, trip_acts
from aforo.flow.custody import Custody
from aforo.flow.custody_bundle import bundle_of, state_custody
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.seal_blocks import of_signed
from aforo.flow.telemetry import record
from aforo.intake.seal_block import FIRST, encode
from aforo.log import cosignatures
from aforo.log.cosignature import WitnessSigner
from aforo.log.keys import KeyStore
from aforo.log.note import Verifier
from aforo.log.proof import last_checkpoint
from aforo.log.sequencer import sequence
from aforo.log.store import Log

BEGUN = datetime(2026, 3, 2, 6, tzinfo=UTC)
WITNESS = WitnessSigner("witness.example", b"w" * 32)
#: Trips that are sealed, heard and judged together.
AT_ONCE = 25


def signature(key: SigningKey, said: bytes) -> bytes:
    """What a device's key signs."""
    return bytes(key.sign(said).signature)


@dataclass
class Injected:
    """A device, what comes of it in which order, and which two blocks are of one place; none where it is honest."""

    device: str
    key: SigningKey
    blocks: list[bytes]
    twins: tuple[bytes, ...]


def injected(draw: random.Random, number: int, *, honest: bool = False) -> Injected:
    """An honest chain and a clone's block at a random place in it, or one of its own blocks again."""
    device, key = f"seal-{number}", SigningKey(draw.randbytes(32))
    sign, boot = partial(signature, key), draw.randrange(1, 5)
    readings = drive(draw.randrange(6, 50), start=microseconds(BEGUN), began=microseconds(BEGUN))
    size, begins = draw.randrange(1, 7), draw.randrange(3)
    parts = [readings[at : at + size] for at in range(0, len(readings), size)]
    previous, chain, before = FIRST, [], []
    for place, own in enumerate(parts, begins):
        before.append(previous)
        chain.append(encode(device, device, boot, place, previous, own, sign))
        previous = sha256(chain[-1]).digest()
    at = draw.randrange(len(parts))
    if honest:
        twins: tuple[bytes, ...] = ()
        more = chain[at]  # it is sent again, as after an acknowledgement that was lost
    else:
        own = parts[at].copy()
        kind = draw.randrange(4)
        if kind == 0:  # a flat battery is all that tells them apart
            own["battery"] = draw.randrange(2_000, 4_000)
        elif kind == 1:  # it stays where the load is taken
            own["latitude"], own["longitude"] = YARD.latitude + draw.randrange(20_000), YARD.longitude
        elif kind == 2:  # it says less than the device did, or the same at other instants
            own = own[: draw.randrange(1, len(own) + 1)]
            own["at"] += draw.randrange(1, 20) * S
        else:  # another count of its readings
            own["sequence"] += draw.randrange(1, 1_000)
        named = draw.choice([before[at], draw.randbytes(32)])
        more = encode(device, device, boot, begins + at, named, own, sign)
        twins = (chain[at], more)
    blocks = list(chain)
    blocks.insert(draw.randrange(len(blocks) + 1), more)
    return Injected(device, key, blocks, twins)


class Clones:
    """A log of trips under seal, with both watches' work done when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.now = BEGUN
        self.keys = KeyStore(folder / "keys")
        self.log = Log.open(f"sqlite:///{folder / 'log.sqlite'}", self.keys, clock=lambda: self.now)
        self.watch = CustodyWatch(self.log)
        self.custody: Custody = self.watch.custody

    def take(self, all_of_them: list[Injected], draw: random.Random) -> None:
        """Register, seal, and hear all of it, the blocks of one device among those of the others; then judge."""
        self.now = BEGUN
        for each in all_of_them:
            said = DeviceRegistered("seal", "Norte", 600, 60, key_of(each.key))
            device_acts.register(self.custody, each.device, said, **ACT)
            opened = TripOpened("export", "ABCD", BEGUN + timedelta(days=1))
            trip_acts.open_(self.custody, each.device, opened, **ACT)
            trip_acts.seal(self.custody, each.device, Sealed(each.device, "MX 1"), **ACT)
        self.now = BEGUN + timedelta(hours=2)
        order = [each.device for each in all_of_them for _ in each.blocks]
        draw.shuffle(order)
        rest = {each.device: iter(each.blocks) for each in all_of_them}
        taken = of_signed([next(rest[device]) for device in order], self.custody, lambda device: True)
        assert not [each for each in taken.problems if each.gravity == "refusal"]
        record(taken.said, self.log, actor="tester")
        judged = set[str]()
        while judged != rest.keys():
            self.watch.look()
            judged = {each for each in rest if self.judged(each)}

    def judged(self, trip: str) -> CustodyJudged | None:
        said = [each.payload for each in self.log.stream(f"trip/{trip}", types=(CustodyJudged.TYPE,))]
        last = said[-1] if said else None
        assert last is None or isinstance(last, CustodyJudged)
        return last

    def bundles(self, trips: list[str]) -> Iterator[bytes]:
        """The cosigned bundles of trips."""
        for each in trips:
            state_custody(self.custody, each)
        sequence(self.log)
        signed = last_checkpoint(self.log.database)
        assert signed is not None
        text = signed.note.partition("\n\n")[0] + "\n"
        cosignatures.keep(self.log.database, signed.size, {WITNESS.public.text: WITNESS.line(text, 1_772_600_000)})
        for each in trips:
            yield bundle_of(self.log, each, [WITNESS.public])


def blocks_in(bundle: bytes) -> dict[str, bytes]:
    """The blocks that a bundle holds, by their hashes."""
    bodies = [msgspec.json.decode(each.body) for each in read(bundle).leaves if isinstance(each, Leaf)]
    raw = [base64.b64decode(each["data"]["block"]) for each in bodies if each["type"] == BlockReceived.TYPE]
    return {sha256(each).hexdigest(): each for each in raw}


@dataclass
class Outcome:
    """What was injected, what the watch made of it, the trip's cosigned bundle, and the log's key."""

    injected: Injected
    judged: CustodyJudged
    bundle: bytes
    key: Verifier


def outcomes(folder: Path, times: int, seed: int = 11) -> Iterator[Outcome]:
    """Inject so many clones, and a tenth as many blocks that are sent twice, in any order; what became of each."""
    draw = random.Random(seed)
    numbers = [(number, False) for number in range(times)] + [(times + number, True) for number in range(times // 10)]
    draw.shuffle(numbers)
    clones = Clones(folder)
    with closing(clones.keys), clones.log as log:
        key = log.keys.signing.first(log.origin)
        for start in range(0, len(numbers), AT_ONCE):
            own = [injected(draw, number, honest=honest) for number, honest in numbers[start : start + AT_ONCE]]
            clones.take(own, draw)
            for each, data in zip(own, clones.bundles([each.device for each in own]), strict=True):
                judged = clones.judged(each.device)
                assert judged is not None
                yield Outcome(each, judged, data, key)
