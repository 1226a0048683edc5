"""What forgers of custody bundles begin with: honest logs and bundles, other keys, and keys that nobody should take."""

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
from aforo.domain.trip import Sealed, TripOpened
from aforo.log.note import Signer

OTHER = "trip/t-2"
FORGER = Signer(LOG.verifier.name, b"f" * 32)
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
PRIME = 2**255 - 19
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7
#: Encodings of keys that are refused: of small order, and (where there is room for it below 2^255) not canonical.
BAD_KEYS = tuple(
    (y | sign << 255).to_bytes(32, "little")
    for y in (0, 1, PRIME - 1, _ORDER_8, PRIME - _ORDER_8, PRIME, PRIME + 1, PRIME + 3, 2**255 - 1)
    for sign in (0, 1)
)


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
    """One of SCENES logs: seals that sign and gateways that sign for them, an opening in some, a key that changed, a
    number that a gate read and signed."""
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
    for stream, device in ((STREAM, "seal-1"), (OTHER, "seal-9")):
        record.add(stream, TripOpened("export", "acme", instant(START + 10**12), places=(YARD, CUSTOMS)), before)
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
