"""What a seal says, in the form in which it says it: blocks that it signs, or a gateway for it, or lines of plain text.

Keys are made of the seed and the name, so that a seal has its own again after a restart: they are good in a
demonstration alone.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b, sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from aforo.demo.outside.seal_parts import Part
from aforo.domain.reading import OPEN, PER_DEGREE, READING_KINDS, Readings
from aforo.intake import seal_block

#: The gateway that signs for seals which cannot.
GATEWAY = "SYN-GW-1"
#: The types of the plain-text messages, by kind.
_TYPES = {"startup": "Startup", "door": "Event-Door", "normal": "Normal"}


class Chain(msgspec.Struct):
    """Where the chain of a device stands: how many times it started, and the hash of its last block, in hex."""

    boot: int = 0
    previous: str = seal_block.FIRST.hex()


class Block(msgspec.Struct, frozen=True):
    """A signed block, and its hash in hex."""

    raw: bytes
    hash: str


def key_of(name: str, seed: int) -> Ed25519PrivateKey:
    """The key of a device or gateway."""
    return Ed25519PrivateKey.from_private_bytes(blake2b(f"{seed}/{name}".encode(), digest_size=32).digest())


def public_of(name: str, seed: int) -> str:
    """The public key of a device or gateway, in base64."""
    raw = key_of(name, seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def blocks(device: str, signer: str, parts: Sequence[Part], chain: Chain, seed: int) -> list[Block]:
    """Each part as a block, signed by the device or by a gateway; `chain` is where it stood before."""
    key, previous, made = key_of(signer, seed), chain.previous, []
    for number, part in enumerate(parts):
        raw = seal_block.encode(
            device, signer, chain.boot, number, bytes.fromhex(previous), part.readings, key.sign
        )  # fmt: skip
        previous = sha256(raw).hexdigest()
        made.append(Block(raw, previous))
    return made


def clone_of(block: Block, device: str, seed: int) -> bytes:
    """What a second device that has the key of this one says in the place of a block: that it is elsewhere."""
    own = seal_block.decode(block.raw)
    elsewhere = own.readings.copy()
    elsewhere["longitude"] -= PER_DEGREE // 10
    return seal_block.encode(
        device, device, own.boot, own.sequence, own.previous, elsewhere, key_of(device, seed).sign
    )  # fmt: skip


def lines(device: str, customer: str, readings: Readings) -> str:
    """Readings as messages of plain text, one a line."""
    return "\r\n".join(_line(device, customer, row) for row in readings)


def _line(device: str, customer: str, row: Readings) -> str:
    at = datetime.fromtimestamp(int(row["at"]) // 1_000_000, UTC)
    kind = _TYPES.get(READING_KINDS[int(row["kind"])], "Normal")
    fix = bool(row["fix"])
    latitude, longitude = (int(row[name]) / PER_DEGREE if fix else 0.0 for name in ("latitude", "longitude"))
    place = f"{abs(latitude):.6f}{'N' if latitude >= 0 else 'S'} {abs(longitude):.6f}{'E' if longitude > 0 else 'W'}"
    door = "Open" if row["door"] == OPEN else "Close"
    return (
        f"##S,eSeal,{device},{customer},1.0,{kind},{int(row['sequence'])},{at:%Y-%m-%d},{at:%H:%M:%S},120,"
        f"{'A' if fix else 'V'},{place},0,0,{door},0,0:0:0:0,{int(row['battery']) / 1_000:.2f},-71,E##"
    )
