"""What forgers of custody bundles begin with: honest logs and bundles, and other keys."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from random import Random
from typing import Any

import msgspec
from bundled import (
    LOG,
    STREAM,
    WITNESS,
    Record,
    Recorded,
    drive_into,
    key_of,
    registered,
    rotated,
    seal_read,
)  # fmt: skip
from sealed import CUSTOMS, MINUTE, START, YARD, drive, opened

from aforo.custody.bundle import Bundle, made
from aforo.domain.clock import instant
from aforo.domain.device import BlockReceived, DeviceBound
from aforo.domain.trip import Place, Sealed, TripOpened
from aforo.log.note import Signer

OTHER = "trip/t-2"
FORGER = Signer(LOG.verifier.name, b"f" * 32)
#: What places are called in logs of before, or by who runs the log: nothing, nothing that is seen, what came later
#: than some Python's tables, far too much.
ODD_NAMES = ("", " ", "\u200b", "\U0001e4d0", "e\u0301", "yard" * 100)


@dataclass(frozen=True)
class Given:
    """What a verifier is given: a bundle, and the keys of the log and of a witness, as text."""

    data: bytes
    log_key: str = LOG.verifier.text
    witness_key: str = WITNESS.public.text


@dataclass(frozen=True)
class Scene:
    """A log with two trips in it, and the statement of each."""

    record: Record
    statement: Recorded
    other: Recorded

    @property
    def bundle(self) -> Bundle:
        return self.record.bundle(self.statement)


SCENES = 24


@cache
def scene(number: int) -> Scene:
    """One of SCENES logs: seals that sign and gateways that sign for them, an opening in some, at a place with an odd
    name in some of those, a key that changed, a number that a gate read and signed, an earlier statement."""
    rng = Random(number)
    record = Record()
    record.fill(rng.randrange(6))
    before = START - 60 * MINUTE
    for device in ("seal-1", "seal-9", "gate"):
        record.add(f"device/{device}", registered(device), before)
    key = key_of("seal-1")
    if number % 3 == 1:
        key = key_of("seal-1 anew")
        record.add("device/seal-1", rotated("seal-1", key_of("seal-1"), key), before)
    places: tuple[Place, ...] = (YARD, CUSTOMS)
    if number % 4 == 1:
        name = ODD_NAMES[number // 4 % len(ODD_NAMES)]
        places = (*places, Place(name, YARD.latitude, YARD.longitude, 90_000, "open"))
    for stream, device in ((STREAM, "seal-1"), (OTHER, "seal-9")):
        record.add(stream, TripOpened("export", "acme", instant(START + 10**12), places=places), before)
        bound = record.add(f"device/{device}", DeviceBound(stream.removeprefix("trip/"), f"MX {device}"), START)
        record.add(stream, Sealed(device, f"MX {device}", device_version=bound.version), START)
    readings = drive(16)
    if number % 2:
        at = rng.randrange(2, 14)
        readings = opened(readings, at, at + 1)
    gateway = {"grade": "gateway", "gateway": "gate"} if number % 4 == 2 else {"key": key}
    drive_into(record, "seal-1", readings, 4, **gateway)
    if number % 4 == 3:
        at = START + 20 * MINUTE
        record.add(STREAM, seal_read("mx seal-1", at), at)
    if number % 2 == 0:
        record.state(START + 21 * MINUTE, STREAM, [STREAM, "device/gate", "device/seal-1"])
    record.fill(rng.randrange(4))
    drive_into(record, "seal-9", drive(16, speed=2000), 4)
    end = START + 31 * MINUTE
    other = record.state(end, OTHER, [OTHER, "device/seal-9"])
    statement = record.state(end, STREAM, [STREAM, "device/gate", "device/seal-1"])
    record.fill(rng.randrange(6))
    return Scene(record, statement, other)


@cache
def honest(number: int) -> bytes:
    """The bundle of one of the scenes."""
    return made(scene(number).bundle)


@cache
def honest_of_other(number: int) -> Bundle:
    return scene(number).record.bundle(scene(number).other)


@cache
def honest_bundle(number: int) -> Bundle:
    return scene(number).bundle


def any_honest(rng: Random) -> tuple[Scene, Bundle]:
    number = rng.randrange(SCENES)
    return scene(number), honest_bundle(number)


def with_leaf(bundle: Bundle, place: int, **changes: Any) -> Bundle:
    leaves = list(bundle.leaves)
    leaves[place] = msgspec.structs.replace(leaves[place], **changes)
    return msgspec.structs.replace(bundle, leaves=tuple(leaves))


def blocks_in(record: Record, stream: str = "device/seal-1") -> list[Recorded]:
    return [each for each in record.events if each.stream == stream and isinstance(each.payload, BlockReceived)]


def inside(rng: Random, change: Callable[[Record, Scene], object]) -> bytes:
    """The bundle after who runs the log wrote something else into it."""
    own, _ = any_honest(rng)
    record = own.record.anew()
    change(record, own)
    return made(record.bundle(own.statement))


def data_of(raw: bytes) -> dict[str, Any]:
    return {"block": base64.b64encode(raw).decode(), "hash": sha256(raw).hexdigest()}
