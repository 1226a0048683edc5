"""Keys that nobody should take, and signatures under them that a verifier takes which does not look for them.

Who has a key of small order needs no secret: of R = r·B + T with T of small order, r = 1, 2, …, one in eight makes
S·B = R + h·A with S = r. Under a key that has a part of small order beside a secret one the same makes an R that is of
small order itself. Nothing here is the product's: the curve is that of `readings_drawn`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count

from readings_drawn import ORDER, PRIME, Point, base, challenge, encoded, plus, point, times

#: The eight points whose order divides 8, as they are published (order 1, 2, 4, 4, 8, 8, 8, 8).
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]
#: Other encodings of points: y of p or more (all that fit), and a sign for x = 0.
NON_CANONICAL = [(y | sign << 255).to_bytes(32, "little").hex() for y in range(PRIME, 2**255) for sign in (0, 1)] + [
    (y | 1 << 255).to_bytes(32, "little").hex() for y in (1, PRIME - 1)
]


def decoded(raw: bytes) -> Point | None:
    """The point that bytes are to who takes every encoding, None where no point of the curve has this y."""
    number = int.from_bytes(raw, "little")
    found = point(number % 2**255 % PRIME)
    if found is None or found[0] % 2 == number >> 255:
        return found
    return -found[0] % PRIME, found[1]


def order_of(small: Point) -> int:
    """How often a point of small order is added up to nothing."""
    return next(number for number in range(1, 9) if times(number, small) == (0, 1))


@cache
def _small() -> tuple[Point, ...]:
    """The points of small order: n times one of order 8, for n from 0 to 7."""
    found = decoded(bytes.fromhex(SMALL_ORDER[4]))
    assert found is not None
    return tuple(times(number, found) for number in range(8))


@cache
def _nonce(scalar: int, part: int) -> bytes:
    return encoded(plus(times(scalar, base()), _small()[part]))


@dataclass(frozen=True)
class WeakKey:
    """A public key, in one encoding, of `private` times the base point and `part` times a point of order 8."""

    public: bytes
    private: int
    part: int

    def signature(self, message: bytes) -> bytes:
        """A signature that holds where nobody looks at the key; its R is not of small order."""
        return next(found for scalar in count(1) if (found := self._tried(message, scalar)) is not None)

    def under_small_r(self, message: bytes) -> bytes | None:
        """A signature whose R is of small order, None where none of them makes the equation hold."""
        return self._tried(message, 0)

    def _tried(self, message: bytes, scalar: int) -> bytes | None:
        for part in range(8):
            nonce = _nonce(scalar, part)
            hashed = challenge(nonce, self.public, message)
            if (part + hashed * self.part) % 8 == 0:
                return nonce + ((scalar + hashed * self.private) % ORDER).to_bytes(32, "little")
        return None


def _of_small_order() -> Iterator[WeakKey]:
    for encoding in (*SMALL_ORDER, *NON_CANONICAL):
        raw = bytes.fromhex(encoding)
        if (found := decoded(raw)) in _small():
            assert found is not None
            yield WeakKey(raw, 0, _small().index(found))


#: Every encoding of the points of small order, the eight that are published first.
OF_SMALL_ORDER = tuple(_of_small_order())
#: Encodings that are refused, of whatever point, or of none.
BAD_KEYS = tuple(bytes.fromhex(each) for each in (*SMALL_ORDER, *NON_CANONICAL))


@cache
def mixed(private: int) -> WeakKey:
    """A key that is taken, since its order is large, and under which R may be of small order."""
    return WeakKey(encoded(plus(times(private, base()), _small()[1])), private, 1)
