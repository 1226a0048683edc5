"""Keys and signatures at the corners of Ed25519, made by the curve's own formulas."""

from __future__ import annotations

import pytest
import readings_drawn as curve
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from aforo.domain.ed25519 import holds, usable_key, usable_signature

MESSAGE = b"a block of readings"


def openssl_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def test_an_honest_signature_holds_and_a_changed_one_does_not() -> None:
    signature = curve.sign(MESSAGE)
    assert holds(curve.PUBLIC, MESSAGE, signature)
    assert not holds(curve.PUBLIC, MESSAGE + b".", signature)
    for place in (0, 31, 32, 63):
        changed = bytearray(signature)
        changed[place] ^= 1
        assert not holds(curve.PUBLIC, MESSAGE, bytes(changed))


def test_keys_of_small_order_are_refused_in_every_encoding() -> None:
    points = curve.of_small_order()
    assert len(set(points)) == 8
    for point in points:
        for key in (
            curve.encoded(point),
            (point[1] | 1 << 255).to_bytes(32, "little"),
            point[1].to_bytes(32, "little"),
        ):
            assert not usable_key(key)
    # The all-zero signature holds for many messages under the identity where nobody asks.
    zero = curve.encoded((0, 1)) + bytes(32)
    assert openssl_holds(curve.encoded((0, 1)), MESSAGE, zero)
    assert not holds(curve.encoded((0, 1)), MESSAGE, zero)


def test_encodings_that_are_not_the_only_one_are_refused() -> None:
    for above in range(19):
        for sign in (0, 1 << 255):
            assert not usable_key((curve.PRIME + above | sign).to_bytes(32, "little"))
    assert usable_key(curve.PUBLIC)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_has_32_bytes(size: int) -> None:
    assert not usable_key(b"\x09" * size)
    assert not holds(b"\x09" * size, MESSAGE, curve.sign(MESSAGE))


def test_a_second_signature_of_the_first_is_refused() -> None:
    signature = curve.sign(MESSAGE)
    scalar = int.from_bytes(signature[32:], "little")
    for again in range(1, 15):
        second = signature[:32] + (scalar + again * curve.ORDER).to_bytes(32, "little")
        assert not usable_signature(second)
        assert not holds(curve.PUBLIC, MESSAGE, second)


def test_a_signature_whose_r_is_of_small_order_is_refused_though_openssl_takes_it() -> None:
    private = 123_456_789_123_456_789
    key = curve.encoded(curve.times(private, curve.base()))
    r = curve.encoded((0, 1))
    signature = r + (curve.challenge(r, key, MESSAGE) * private % curve.ORDER).to_bytes(32, "little")
    assert openssl_holds(key, MESSAGE, signature)
    assert usable_key(key)
    assert not holds(key, MESSAGE, signature)


def test_keys_and_rs_with_a_part_of_small_order_are_judged_as_openssl_does() -> None:
    torsion = next(point for point in curve.of_small_order() if curve.times(4, point) != (0, 1))
    private, base = 987_654_321_987, curve.base()
    honest = curve.times(private, base)
    mixed = curve.encoded(curve.plus(honest, torsion))
    taken = 0
    for number in range(48):
        message, r = b"%d" % number, curve.times(1_000 + number, base)
        for key, nonce in ((mixed, curve.encoded(r)), (curve.encoded(honest), curve.encoded(curve.plus(r, torsion)))):
            scalar = (1_000 + number + curve.challenge(nonce, key, message) * private) % curve.ORDER
            signature = nonce + scalar.to_bytes(32, "little")
            assert holds(key, message, signature) == openssl_holds(key, message, signature)
            taken += holds(key, message, signature)
    assert taken, "about one in eight holds under a mixed key: the case is not empty"
