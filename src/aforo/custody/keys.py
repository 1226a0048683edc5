"""A device's keys: which may stand in the registry, and how an old one vouches for the next."""

from __future__ import annotations

import base64
import binascii

from aforo.domain.ed25519 import holds, usable_key

KEY_BYTES = 32
#: What an old key signs of a new one begins with this, so that no signature of anything else is one.
_ROTATION = b"aforo device key rotation\n"


def rotation_text(device: str, key: bytes) -> bytes:
    """What the old key of a device signs to vouch for the new one."""
    return _ROTATION + device.encode() + b"\n" + key


def read(text: str) -> bytes:
    """The bytes of a public key in base64. Raises ValueError where it is no canonical base64 of 32 bytes, or a key
    that is not believed: of small order, or not the one encoding of its point."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(key) != KEY_BYTES or base64.b64encode(key).decode() != text:
        raise ValueError("not the base64 of 32 bytes")
    if not usable_key(key):
        raise ValueError("of small order, or not in its canonical encoding")
    return key


def vouched(device: str, old: bytes, new: bytes, signature: bytes) -> bool:
    """Whether the old key of a device signed the new one."""
    return holds(old, rotation_text(device, new), signature)
