"""Bundles under keys that nobody should take: of small order, in another encoding, and signatures made of others.

Each of `LAX` is signed: who does not look for small order takes it, with all that it says.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from random import Random

import msgspec
from bundled import COSIGNED, LOG, STREAM, WITNESS, Record
from forged_scene import SCENES, Given, any_honest, blocks_in, data_of, inside, scene
from readings_drawn import ORDER
from weak_keys import BAD_KEYS, OF_SMALL_ORDER, WeakKey, mixed

from aforo.custody.bundle import made
from aforo.custody.reads import read_text
from aforo.domain.clock import microseconds
from aforo.domain.device import BlockReceived, DeviceKeyRotated, DeviceRegistered
from aforo.domain.trip import SealRead
from aforo.intake import seal_block
from aforo.log.note import key_text, signature_line


def _keyed(record: Record, public: bytes) -> None:
    """All keys of the trip's seal, and of the gateway that signs for it, are this one."""
    key = base64.b64encode(public).decode()
    for each in record.events:
        if each.stream in ("device/seal-1", "device/gate"):
            if isinstance(each.payload, DeviceRegistered):
                record.put(each.place, {"key": key})
            elif isinstance(each.payload, DeviceKeyRotated):
                record.put(each.place, {"key": key, "vouched": ""})


def _signed_anew(record: Record, key: WeakKey, *, small_r: bool) -> bool:
    """Blocks and numbers that were read are signed by this key; False where the last block has no signature whose R is
    of small order, and should have."""
    _keyed(record, key.public)
    previous = bytes(32)
    blocks = blocks_in(record)
    for each in blocks:
        said = each.payload
        assert isinstance(said, BlockReceived)
        block = seal_block.decode(base64.b64decode(said.block))
        signatures: list[bytes | None] = []

        def sign(data: bytes, last: bool = each is blocks[-1], signatures: list[bytes | None] = signatures) -> bytes:
            signatures.append(key.under_small_r(data) if small_r and last else key.signature(data))
            return signatures[0] or bytes(64)

        raw = seal_block.encode(block.device, block.signer, block.boot, block.sequence, previous, block.readings, sign)
        if signatures == [None]:
            return False
        previous = sha256(raw).digest()
        record.put(each.place, data_of(raw))
    for each in record.events:
        if each.stream == STREAM and isinstance(each.payload, SealRead):
            read = each.payload
            words = read_text(read.reader, microseconds(each.event.occurred_at), read.seal_id)
            record.put(each.place, {"signature": base64.b64encode(key.signature(words)).decode()})
    return True


def device_key(rng: Random) -> bytes:
    """The seal's key, and its gateway's, are of small order; the blocks are signed under it."""
    return inside(rng, lambda record, own: _signed_anew(record, rng.choice(OF_SMALL_ORDER), small_r=False))


def device_r(rng: Random) -> bytes:
    """The last block's R is of small order."""
    own, _ = any_honest(rng)
    for private in count(rng.randrange(1, 1000)):
        record = own.record.anew()
        if _signed_anew(record, mixed(private), small_r=True):
            return made(record.bundle(own.statement))
    raise AssertionError


def log_key(rng: Random) -> Given:
    """The log's key that is to be believed is of small order: anybody makes any log of it."""
    _, bundle = any_honest(rng)
    key, name = rng.choice(OF_SMALL_ORDER), LOG.verifier.name
    text = bundle.checkpoint.partition("\n\n")[0] + "\n"
    vkey = key_text(name, b"\x01", key.public)
    line = signature_line(name, bytes.fromhex(vkey.split("+")[1]), key.signature(text.encode()))
    checkpoint = f"{text}\n{line}{WITNESS.line(text, COSIGNED)}"
    return Given(made(msgspec.structs.replace(bundle, checkpoint=checkpoint)), log_key=vkey)


def witness_key(rng: Random) -> Given:
    """The witness's key that is to be believed is of small order."""
    _, bundle = any_honest(rng)
    key, name = rng.choice(OF_SMALL_ORDER), WITNESS.public.name
    text = bundle.checkpoint.partition("\n\n")[0] + "\n"
    vkey = key_text(name, b"\x04", key.public)
    said = COSIGNED.to_bytes(8, "big") + key.signature(f"cosignature/v1\ntime {COSIGNED}\n{text}".encode())
    checkpoint = LOG.note(text) + signature_line(name, bytes.fromhex(vkey.split("+")[1]), said)
    return Given(made(msgspec.structs.replace(bundle, checkpoint=checkpoint)), witness_key=vkey)


def idle_key(rng: Random) -> bytes:
    """A key that signs nothing is of small order, or in an encoding that is refused."""
    own = scene(rng.choice([number for number in range(SCENES) if number % 4 < 2]))
    record = own.record.anew()
    gate = next(each for each in record.events if each.stream == "device/gate")
    record.put(gate.place, {"key": base64.b64encode(rng.choice(BAD_KEYS)).decode()})
    return made(record.bundle(own.statement))


LAX: dict[str, Callable[[Random], bytes | Given]] = {
    "device's key": device_key,
    "device's R": device_r,
    "log's key": log_key,
    "witness's key": witness_key,
    "key that signs nothing": idle_key,
}


def _second_signature(rng: Random) -> bytes:
    """S is beyond the order of the group, or R is an encoding that is refused."""

    def change(record: Record) -> None:
        at = rng.choice(blocks_in(record))
        said = at.payload
        assert isinstance(said, BlockReceived)
        raw = base64.b64decode(said.block)
        r, s = raw[-64:-32], raw[-32:]
        if rng.randrange(2):
            s = (int.from_bytes(s, "little") + ORDER).to_bytes(32, "little")
        else:
            r = rng.choice(BAD_KEYS)
        record.put(at.place, data_of(raw[:-64] + r + s))

    return inside(rng, lambda record, own: change(record))


def small_order_key(rng: Random) -> bytes | Given:
    """Keys and signatures that a lax verifier takes: of small order, in another encoding, with S beyond the order."""
    return rng.choice([*LAX.values(), _second_signature])(rng)
