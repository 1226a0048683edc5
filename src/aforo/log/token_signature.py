"""Signatures that the text of an access token makes: who keeps the token's hash alone can verify them, and make none.

The text is 256 random bits; its Ed25519 seed is BLAKE2b of it under a name of its own, so neither the SHA-256 that the
token is looked up by nor the public key tells the seed.
"""

from __future__ import annotations

from hashlib import blake2b

from nacl.signing import SigningKey

from aforo.domain.ed25519 import holds

_PERSON = b"aforo order sign"


def public_key(text: str) -> bytes:
    """The key that verifies what the text of a token signs."""
    return _signing_key(text).verify_key.encode()


def sign(text: str, message: bytes) -> bytes:
    """The signature of a message by the text of a token."""
    return _signing_key(text).sign(message).signature


def verified(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the token of a public key signed a message."""
    return holds(key, message, signature)


def _signing_key(text: str) -> SigningKey:
    return SigningKey(blake2b(text.encode(), digest_size=32, person=_PERSON).digest())
