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


def port_key(key: bytes, port: str) -> bytes:
    """The key that a port draws with while it is cut off from its node: who has it cannot tell the day's key, and who
    has the day's key, once that is published, can draw its lots again."""
    return hmac.new(key, b"aforo lottery of a port " + port.encode(), hashlib.sha256).digest()


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
    return int(draw_all([key], [subject], [place], [passages])[0])


def draw_all(
    keys: Sequence[bytes], subjects: Sequence[int], places: Sequence[str], passages: Sequence[int]
) -> Int64Array:
    """The lots of n crossings, int64[n]: see `draw`."""
    keyed = {key: hashlib.blake2b(key=key, digest_size=8) for key in set(keys)}
    written = {place: place.encode() for place in set(places)}
    lots = np.empty(len(subjects), np.int64)
    for i, (key, subject, place, before) in enumerate(zip(keys, subjects, places, passages, strict=True)):
        lot = keyed[key].copy()
        lot.update(subject.to_bytes(8, "little") + before.to_bytes(4, "little") + written[place])
        lots[i] = (int.from_bytes(lot.digest(), "little") * PPB) >> 64
    return lots
