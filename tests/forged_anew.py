"""Forged custody bundles for which something is written behind what the log has: a statement that passes over what
convicts, and what a thief signs with a key that was changed."""

from __future__ import annotations

import base64
from random import Random

import numpy as np
from bundled import STREAM, Record, block, key_of, registered, rotated, seal_read, text_of
from forged_scene import any_honest, blocks_in
from nacl.signing import SigningKey
from sealed import MINUTE, START, S, drive

from aforo.custody.bundle import made
from aforo.domain.device import BlockReceived, DeviceKeyRotated
from aforo.domain.reading import OPEN
from aforo.intake import seal_block

#: What the trip of a scene rests on.
OWN = (STREAM, "device/gate", "device/seal-1")
END = START + 31 * MINUTE


def left_out(rng: Random) -> bytes:
    """A statement by who runs the log that passes over blocks of the seal, such as that of its opening, and names what
    came behind; or over all that the seal said. Its states are those of what is left."""
    own, _ = any_honest(rng)
    record = own.record.anew()
    blocks = blocks_in(record)[:-1]
    kind = rng.randrange(3)
    if kind == 0:
        gone = [each for each in blocks if _says_open(each.payload)] or [rng.choice(blocks)]
    elif kind == 1:
        gone = rng.sample(blocks, rng.randrange(1, len(blocks) + 1))
    else:
        gone = [each for each in record.events if each.stream == "device/seal-1"]
    return made(record.bundle(record.state(END, STREAM, OWN, gone)))


def _says_open(said: object) -> bool:
    assert isinstance(said, BlockReceived)
    return bool(np.any(seal_block.decode(base64.b64decode(said.block)).readings["door"] == OPEN))


def superseded_key(rng: Random) -> bytes:
    """What a thief signs of after the key that he stole was changed: blocks of the seal, or in the name of its gateway,
    that go on where the honest ones end, and numbers that a gate did not read."""
    own, _ = any_honest(rng)
    record, signer = own.record.anew(), rng.choice(["seal-1", "gate"])
    at = END + rng.randrange(1, 20 * MINUTE)
    stolen = _changed(rng, record, signer, at)
    if rng.randrange(2):
        # Registered anew, under the key that it had first and with a clock that may be off for longer.
        record.add(f"device/{signer}", registered(signer, tolerance_s=3600), at + S)
    later = at + rng.randrange(2 * MINUTE, 60 * MINUTE)
    if signer == "gate" and rng.randrange(2):
        record.add(STREAM, seal_read("MX seal-1", later, key=stolen), later, later + rng.randrange(10 * MINUTE))
    else:
        before = blocks_in(record)[-1].payload
        assert isinstance(before, BlockReceived)
        gateway = "gate" if signer == "gate" else ""
        goes_on = before.gateway == gateway
        said = block(
            "seal-1", drive(4, start=later - 6 * MINUTE, first=40), sequence=before.sequence + 1 if goes_on else 0,
            previous=bytes.fromhex(before.hash) if goes_on else bytes(32), gateway=gateway,
            grade="gateway" if gateway else "device", key=stolen,
        )  # fmt: skip
        record.add("device/seal-1", said, later + 5 * S)
    return made(record.bundle(record.state(later + 20 * MINUTE, STREAM, OWN)))


def _changed(rng: Random, record: Record, signer: str, at: int) -> SigningKey:
    """Change a signer's key at an instant, by the word of the one in force or by the desk's; one that it had."""
    stream = f"device/{signer}"
    had = [key_of(signer)]
    if any(each.stream == stream and isinstance(each.payload, DeviceKeyRotated) for each in record.events):
        had.append(key_of(f"{signer} anew"))
    new = key_of(f"{signer} after")
    by_desk = DeviceKeyRotated(text_of(new), why="It was stolen.")
    record.add(stream, by_desk if rng.randrange(2) else rotated(signer, had[-1], new), at)
    return rng.choice(had)
