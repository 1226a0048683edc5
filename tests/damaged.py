"""Bundles that are damaged at random, and logs in which something odd was written: some of these are sound."""

from __future__ import annotations

import base64
import json
from random import Random
from typing import Any

import msgspec
from bundled import (
    STREAM,
    Record,
    key_of,
)  # fmt: skip
from forged_scene import (
    SCENES,
    Scene,
    data_of,
    honest,
    inside,
)
from sealed import MINUTE

from aforo.domain.device import BlockReceived
from aforo.domain.trip import CustodyStated
from aforo.intake import seal_block

#: What stands in the place of a value of an event: of another kind, beyond its bounds, at their edge.
ODD: tuple[Any, ...] = (
    0, 1, -1, 10**9, 10**9 + 1, 2**53 - 1, 2**53, 2**62, 2**63, 2**64, 10**30, "", "x", "live", "é", "trip/t-1",
    "2026-03-02T06:00:00.5Z", "2026-03-02T06:00:00.123456+23:59", "2026-02-30T06:00:00Z", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", None, True, False, [], {}, ["x", 1, 2], [["device/seal-1", 1, 3]], {"x": 1},
)  # fmt: skip

EDGES = (2**53 - 1, 2**53, 2**53 + 1, 2**62, 2**64)


def rewritten(rng: Random) -> bytes:
    """A bundle of a log in which who runs it wrote something odd: some are refused, and some are sound.

    A value of an event is another, or a byte of a block, which its device then signs; what follows is for the verifiers
    to say, and they have to say the same.
    """

    def change(record: Record, own: Scene) -> None:
        streams = (STREAM, "device/seal-1", "device/gate")
        events = [each for each in record.events if each.stream in streams]
        # Statements of before stand among them, which are held to the same bounds as the last.
        stated = [each for each in events if isinstance(each.payload, CustodyStated)]
        at = rng.choice(events if rng.randrange(6) else stated)
        if isinstance(at.payload, BlockReceived) and rng.randrange(3):
            record.put(at.place, _resigned(rng, at.payload))
            return
        value = msgspec.json.decode(record.bodies[at.place])
        into = rng.choice([value, value["data"], value["data"]])
        name = rng.choice([*into, "origin", "vouched", "jammed", "x"])
        for list_name in ("places", "spans", "extents"):
            if isinstance(into.get(list_name), list) and into[list_name] and rng.randrange(2):
                into = rng.choice(into[list_name])
                name = rng.choice(list(into)) if isinstance(into, dict) else rng.randrange(len(into))
                break
        if rng.randrange(5) == 0 and isinstance(into, dict):
            into.pop(name, None)
        elif isinstance(into, dict) and type(into.get(name)) is int and rng.randrange(3):
            into[name] = rng.choice([*(into[name] + by for by in (-1, 1, 60, -60, MINUTE)), -1, *EDGES])
        else:
            into[name] = rng.choice(ODD)
        record.bodies[at.place] = json.dumps(value, ensure_ascii=bool(rng.randrange(2))).encode()

    return inside(rng, change)


def _resigned(rng: Random, said: BlockReceived) -> dict[str, Any]:
    """A block of which some bytes of the payload are others, signed again, as the data of its event."""
    decoded = seal_block.decode(base64.b64decode(said.block))
    raw, start = decoded.raw, decoded.payload
    end = len(raw) - 66
    payload = bytearray(raw[start + 3 if raw[start] == 0x59 else start + 2 : end])
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(payload))
        if rng.randrange(3) == 0:
            at = rng.randrange(min(70, len(payload)))
        kind = rng.randrange(4)
        if kind == 0:
            payload[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            payload[at] = rng.choice([0, 1, 0x17, 0x18, 0x19, 0x1B, 0x40, 0x58, 0x59, 0x5F, 0xA6, 0xD8, 0xFF])
        elif kind == 2:
            del payload[at]
        else:
            payload[at:at] = rng.choice([b"\0", b"\x18", b"\xd8\x40\x41\1", bytes([payload[at]])])
    length = len(payload)
    head = bytes([0x58, length]) if 24 <= length < 256 else b"\x59" + length.to_bytes(2, "big")
    body = head + bytes(payload)
    signed = b"\x84\x6aSignature1" + raw[2 : start - 1] + b"\x40" + body
    for name in ("seal-1", "seal-1 anew", "gate"):
        key = key_of(name)
        if key.sign(seal_block.signed_bytes(decoded)).signature == raw[-64:]:
            made_ = raw[:start] + body + b"\x58\x40" + key.sign(signed).signature
            data = _data_of(made_)
            return data if rng.randrange(2) else {**data, "count": said.count}
    raise AssertionError("signed by nobody of the scene")


def _data_of(raw: bytes) -> dict[str, Any]:
    """What an event says of a block, as far as it can be read."""
    data = data_of(raw)
    try:
        block_ = seal_block.decode(raw)
    except seal_block.BlockError:
        return data
    at = block_.readings["at"]
    return {**data, "count": len(at), "first": int(at.min()), "last": int(at.max()), "boot": block_.boot,
            "sequence": block_.sequence}  # fmt: skip


def mutated(rng: Random) -> bytes:
    """An honest bundle, damaged at one to three places; never the same bytes."""
    whole = honest(rng.randrange(SCENES))
    data = bytearray(whole)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data))
        end = min(len(data), at + rng.choice([1, 1, 4, 40, 400]))
        kind = rng.randrange(9)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.choice(b'0123456789abcdefABCDEF+/="\\,:{}[] \n')
        elif kind == 2:
            del data[at:end]
        elif kind == 3:
            data[at:at] = data[at:end]
        elif kind == 4:
            to = rng.randrange(len(data))
            data[to:to] = data[at:end]
        elif kind == 5:
            strange = honest(rng.randrange(SCENES))
            data[at:end] = strange[at:end]
        elif kind == 6:
            data[at:at] = rng.choice(
                [b" ", b"\n", b"\\n", b"\\u0041", b"0", b"-", b".0", b"e0", b'"', b"null,", b"\xff"]
            )
        elif kind == 7:
            digits = [i for i in range(at, min(at + 200, len(data))) if data[i] in b"0123456789"]
            if digits:
                data[rng.choice(digits)] = rng.choice(b"0123456789")
        else:
            other = rng.randrange(len(data))
            data[at], data[other] = data[other], data[at]
        if not data:
            data = bytearray(b"x")
    return bytes(data) if data != whole else mutated(rng)
