"""Event identifiers: unique, and ordered by the time they were made, so that an index of them grows at its end.

The layout is UUIDv7's idea in a shorter text: ten base-32 digits of milliseconds since 1970 (50 bits, good past the
year 37000), eight of randomness for the block (40 bits), and five hexadecimal digits that count within the block. The
alphabet is RFC 4648's "extended hex" in lower case, whose order as text is the order of the numbers.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: How many identifiers share one block, at most.
BLOCK = 1 << 20


def _base32(number: int, digits: int) -> str:
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, 32)
        text = _DIGITS[digit] + text
    return text


def event_ids(count: int, at: datetime) -> list[str]:
    """`count` fresh identifiers made at `at`, in order. Two calls never share one (40 random bits a block)."""
    since = at - _EPOCH
    milliseconds = (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000
    ids: list[str] = []
    while len(ids) < count:
        block = _base32(milliseconds, 10) + _base32(secrets.randbits(40), 8)
        ids += [f"{block}{i:05x}" for i in range(min(count - len(ids), BLOCK))]
    return ids


def event_id(at: datetime) -> str:
    """One fresh identifier."""
    return event_ids(1, at)[0]
