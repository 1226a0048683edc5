"""The lottery: a random control sample that nobody can steer and anyone can check afterwards.

A lot is a keyed pseudo-random function of the tractor, the port, the local day of arrival and the number of passages
already made there that day (of the root declaration where no tractor is named), so that amending a filing, or
cancelling it and filing anew, draws no new lot. The key of a day is committed to before use (its SHA-256 enters the
log) and revealed later; then each lot can be drawn again by anyone who has the log.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date

import numpy as np

from aforo.domain.units import PPB, Int64Array


def day_key(master: bytes, day: date) -> bytes:
    """The lottery key of one day, derived from the node's lottery secret (HMAC-SHA256)."""
    return hmac.new(master, b"aforo lottery " + day.isoformat().encode(), hashlib.sha256).digest()


def commitment(key: bytes) -> str:
    """What is published of a key before it is used: its SHA-256, in hex."""
    return hashlib.sha256(key).hexdigest()


def declaration_subject(declaration_id: str) -> int:
    """The subject of a lot where no tractor is named: a digest of the root declaration's identifier."""
    return int.from_bytes(hashlib.blake2b(declaration_id.encode(), digest_size=8).digest(), "little")


def draw(key: bytes, subject: int, place: str, passages: int) -> int:
    """The lot, uniform in [0, 10⁹): a crossing is drawn where its lot is below its control propensity in ppb.

    `subject` is the keyed hash of the tractor, or `declaration_subject`. The day is in the key.
    """
    message = subject.to_bytes(8, "little") + passages.to_bytes(4, "little") + place.encode()
    number = int.from_bytes(hashlib.blake2b(message, key=key, digest_size=8).digest(), "little")
    return (number * PPB) >> 64


def draw_all(
    keys: Sequence[bytes], subjects: Sequence[int], places: Sequence[str], passages: Sequence[int]
) -> Int64Array:
    """Lots of n crossings, int64[n]."""
    return np.array([draw(*lot) for lot in zip(keys, subjects, places, passages, strict=True)], dtype=np.int64).reshape(
        len(subjects)
    )
