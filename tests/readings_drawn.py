"""Readings for tests: plain ones, drawn ones, and the curve that keys and signatures lie on."""

from __future__ import annotations

from hashlib import sha512

import numpy as np
from hypothesis import strategies as st
from nacl.signing import SigningKey

from aforo.domain.reading import NO_SPEED, READING, Readings, no_readings
from aforo.intake import seal_block

SEED = bytes(range(32))
SIGNING = SigningKey(SEED)
PUBLIC = bytes(SIGNING.verify_key)


def sign(message: bytes) -> bytes:
    """The signature of the tests' device."""
    return SIGNING.sign(message).signature


def on_the_road(count: int) -> Readings:
    """Readings of a truck that drives, with every column filled."""
    made = no_readings(count)
    step = np.arange(count)
    made["at"] = 1_772_439_280_000_000 + step * 5_000_000
    made["sequence"], made["kind"], made["door"], made["fix"] = 100 + step, 0, 1, True
    made["latitude"], made["longitude"] = 257_088_280 + 40 * step, -1_003_728_700 - 90 * step
    made["speed"], made["course"], made["battery"], made["signal"] = 2_222, 31_000, 3_800, -73
    made["interval"], made["heat"], made["tag"] = 300, 2_450, 2**64 - 5
    made["kind"][0] = 1
    return made


def block(readings: Readings | None = None, **changed: object) -> bytes:
    """A block of the tests' device."""
    said = {"device": "SEAL-7", "signer": "SEAL-7", "boot": 3, "sequence": 41, "previous": bytes(range(32))}
    return seal_block.encode(**(said | changed), readings=on_the_road(3) if readings is None else readings, sign=sign)


_BOUNDS = {
    "at": (0, 4_133_980_799_999_999),
    "kind": (0, 11),
    "door": (0, 2),
    "fix": (0, 1),
    "latitude": (-900_000_000, 900_000_000),
    "longitude": (-1_800_000_000, 1_800_000_000),
    "course": (0, 36_000),
}


def _column(name: str, count: int) -> st.SearchStrategy[list[int]]:
    kind = READING[name]
    if name in _BOUNDS:
        least, most = _BOUNDS[name]
    else:
        info = np.iinfo(kind)
        least, most = int(info.min), int(info.max)
    values = st.integers(least, most)
    if name == "course":
        values |= st.just(NO_SPEED)
    absent = int(no_readings(1)[name][0])
    return st.just([absent] * count) | st.lists(values, min_size=count, max_size=count)


@st.composite
def readings(draw: st.DrawFn) -> Readings:
    """Any readings that a block may hold, few of them."""
    count = draw(st.integers(1, 5))
    made = no_readings(count)
    for name in READING.names:
        made[name] = draw(_column(name, count))
    return made


# Edwards25519 by its formulas (RFC 8032, 5.1): slow, plain, and nothing of the product's.
PRIME, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, PRIME) % PRIME
Point = tuple[int, int]


def plus(p: Point, q: Point) -> Point:
    (x1, y1), (x2, y2) = p, q
    k = _D * x1 * x2 * y1 * y2 % PRIME
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, PRIME) % PRIME, (y1 * y2 + x1 * x2) * pow(1 - k, -1, PRIME) % PRIME


def times(n: int, p: Point) -> Point:
    sum_: Point = (0, 1)
    while n:
        if n & 1:
            sum_ = plus(sum_, p)
        p, n = plus(p, p), n >> 1
    return sum_


def point(y: int) -> Point | None:
    """A point of the curve with this y, None where there is none."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    for root in (x, x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME):
        if (root * root - square) % PRIME == 0:
            return root, y
    return None


def encoded(p: Point) -> bytes:
    return (p[1] | (p[0] & 1) << 255).to_bytes(32, "little")


def base() -> Point:
    found = point(4 * pow(5, -1, PRIME) % PRIME)
    assert found is not None
    return found if found[0] % 2 == 0 else (PRIME - found[0], found[1])


def of_small_order() -> list[Point]:
    """The eight points of order 1, 2, 4 and 8."""
    y = 2
    while True:
        found = point(y)
        if found is not None and times(4, made := times(ORDER, found)) != (0, 1):
            return [times(n, made) for n in range(8)]
        y += 1


def challenge(r: bytes, key: bytes, message: bytes) -> int:
    return int.from_bytes(sha512(r + key + message).digest(), "little") % ORDER
