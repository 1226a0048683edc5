"""A device's keys: which may stand in the registry, and how an old one vouches for the next."""

from __future__ import annotations

import base64
import binascii

from aforo.domain.ed25519 import holds, usable_key

#: What an old key signs of a new one begins with this, so that no signature of anything else is one.
_ROTATION = b"aforo device key rotation\n"


def rotation_text(device: str, key: bytes) -> bytes:
    """What the old key of a device signs to vouch for the new one."""
    return _ROTATION + device.encode() + b"\n" + key


def read(text: str) -> bytes:
    """The bytes of a public key in base64. Raises ValueError where it is no canonical base64 of 32 bytes, or a key
    that is not believed: of small order, or not the one encoding of its point."""
    key = decoded(text)
    if not usable_key(key):
        raise ValueError("not 32 bytes, of small order, or not in its canonical encoding")
    return key


def decoded(text: str) -> bytes:
    """The bytes of base64 in its one encoding: what the node takes, every verifier of a bundle takes. Raises
    ValueError."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not the one encoding in base64")
    return raw


def vouched(device: str, old: bytes, new: bytes, signature: bytes) -> bool:
    """Whether the old key of a device signed the new one."""
    return holds(old, rotation_text(device, new), signature)
