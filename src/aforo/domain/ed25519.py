"""Which Ed25519 keys and signatures are believed at all, so that every verifier gives the same answer.

RFC 8032 leaves corners in which verifiers differ: encodings that are not the only one of their point, points of small
order, under which one signature holds for many messages, and S beyond the order of the group, which makes a second
signature of the first. All of them are refused before anything is computed. What is left is the equation without the
cofactor, S·B = R + h·A, which libsodium and OpenSSL both check.
"""

from __future__ import annotations

from typing import Final

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
#: The field's prime and the order of the group that the base point generates (RFC 8032, 5.1).
_PRIME: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
#: y of the points of order 8 is this, or its negative.
_ORDER_8: Final = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
#: y of every point of order 1, 2, 4 and 8; the sign of x does not matter.
_SMALL: Final = frozenset({0, 1, _PRIME - 1, _ORDER_8, _PRIME - _ORDER_8})
_Y_BITS: Final = (1 << 255) - 1


def usable_key(key: bytes) -> bool:
    """Whether bytes are a public key to be believed: the only encoding of its point, and of no small order.

    That a point of the curve has this y is seen only when it verifies something.
    """
    return len(key) == KEY_BYTES and _sound(key)


def usable_signature(signature: bytes) -> bool:
    """Whether bytes can be a signature: R as a key must be, and S below the order of the group."""
    if len(signature) != SIGNATURE_BYTES or not _sound(signature[:32]):
        return False
    return int.from_bytes(signature[32:], "little") < _ORDER


def holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is one of `message` under `key`, both of which must be usable."""
    if not (usable_key(key) and usable_signature(signature)):
        return False
    try:
        VerifyKey(key).verify(message, signature)
    except BadSignatureError:
        return False
    return True


def _sound(point: bytes) -> bool:
    """Whether the y of an encoded point is below the prime, and that of no point of small order."""
    y = int.from_bytes(point, "little") & _Y_BITS
    return y < _PRIME and y not in _SMALL
