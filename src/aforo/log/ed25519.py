"""Which Ed25519 keys and signatures are taken: those of one encoding alone, by the same rule in every verifier.

RFC 8032 leaves room in which implementations differ. A point can be written in more than one way (a y of p or more, or
a sign for x = 0), a point of small order is a key under which anybody signs anything, and a scalar of L or more makes a
second signature out of a first. Libraries refuse some of that, and not the same: so it is refused here, before a
library is asked. What remains (32 bytes for a key; R and S) every library that checks [S]B = R + [k]A answers alike.
"""

from __future__ import annotations

#: Bytes of a public key and of a signature.
KEY_BYTES, SIGNATURE_BYTES = 32, 64
#: The field's prime and the order of the base point (RFC 8032, section 5.1).
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
#: The y of an order-8 point; -y is the other one.
_Y8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
#: The y of every point whose order divides the cofactor, 8: orders 4, 1, 2, 8, 8. Each but 1 and -1 has two x.
_SMALL_ORDER = frozenset((0, 1, _P - 1, _Y8, _P - _Y8))


def is_strict_point(encoded: bytes) -> bool:
    """Whether 32 bytes encode a point in the one canonical way, and not one of small order.

    That the point is on the curve is for the library to say, which every one of them does.
    """
    if len(encoded) != KEY_BYTES:
        return False
    y = int.from_bytes(encoded, "little") & (1 << 255) - 1
    # A sign for x = 0 would be a second encoding too; these points, y = 1 and y = -1, are of small order.
    return y < _P and y not in _SMALL_ORDER


def is_strict_signature(signature: bytes) -> bool:
    """Whether 64 bytes are R, as `is_strict_point` has it, and an S below the group's order."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    return is_strict_point(signature[:32]) and int.from_bytes(signature[32:], "little") < _L
