"""Handles: what a party is called in an address. Opaque, the same for ever, and nobody can make one without the key.

A handle is 16 bytes of a keyed digest of the party, and the party itself under a pad that this digest draws: so that an
address gives neither a name nor the keyed hash that events have, and a guessed one opens nothing.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b

from aforo.log.keys import KeyStore
from aforo.risk.features import ENTITIES

_DIGEST, _PARTY = 16, 9
#: Characters of a handle.
LENGTH = 40
#: The name of the key in the key store.
_KEY = "entity-handle"


def handle_of(kind: str, party: int, keys: KeyStore) -> str:
    """The handle of the party of a kind (one of ENTITIES) with this keyed hash."""
    plain = bytes([ENTITIES.index(kind)]) + party.to_bytes(8, "little")
    digest = _digest(plain, keys)
    return base64.b32encode(digest + _masked(plain, digest, keys)).decode().lower()


def party_of(handle: str, keys: KeyStore) -> tuple[str, int] | None:
    """The kind and keyed hash of a handle's party; None for what is no handle of this node's."""
    if len(handle) != LENGTH:
        return None
    try:
        sealed = base64.b32decode(handle.upper())
    except (binascii.Error, ValueError):
        return None
    digest = sealed[:_DIGEST]
    plain = _masked(sealed[_DIGEST:], digest, keys)
    if _digest(plain, keys) != digest or plain[0] >= len(ENTITIES):
        return None
    return ENTITIES[plain[0]], int.from_bytes(plain[1:], "little")


def _digest(plain: bytes, keys: KeyStore) -> bytes:
    return blake2b(plain, digest_size=_DIGEST, key=keys.secret(_KEY), person=b"digest").digest()


def _masked(text: bytes, digest: bytes, keys: KeyStore) -> bytes:
    pad = blake2b(digest, digest_size=_PARTY, key=keys.secret(_KEY), person=b"pad").digest()
    return bytes(one ^ other for one, other in zip(text, pad, strict=True))
