"""A policy with its price tables as bytes, so that what was solved once is solved for every process and every day."""

from __future__ import annotations

import hashlib
import zlib
from typing import Final

import msgspec
import numpy as np

from aforo.domain.units import Float64Array
from aforo.twin.policy import Policy

_DIGEST: Final = hashlib.sha256().digest_size
#: No policy of a bridge unpacks to more: a table has some 150 kB for each unit that may be up.
_LARGEST: Final = 500_000_000
#: Books are half repeated: little work finds most of that.
_LEVEL: Final = 1


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`books` the rows that differ, `rows` which of them each day has, `width` how long a row is."""

    code: int
    sees_list: bool
    params: bytes | None
    books: bytes | None
    rows: list[int]
    width: int


def written(policy: Policy) -> bytes:
    """The policy to the bit, and before it a digest of what follows."""
    books, rows, held = None, list[int](), list[Float64Array]()
    if policy.books is not None:
        for book in policy.books:
            same = next((place for place, row in enumerate(held) if np.array_equal(row, book)), len(held))
            if same == len(held):
                held.append(book)
            rows.append(same)
        # Bytes of one weight beside each other: exponents repeat.
        books = np.frombuffer(b"".join(row.tobytes() for row in held), np.uint8).reshape(-1, 8).T.tobytes()
    params = None if policy.params is None else policy.params.tobytes()
    width = 0 if policy.books is None else policy.books.shape[1]
    packed = zlib.compress(
        msgspec.msgpack.encode(_Kept(policy.code, policy.sees_list, params, books, rows, width)), _LEVEL
    )
    return hashlib.sha256(packed).digest() + packed


def read(content: bytes) -> Policy | None:
    """The policy again; None of bytes that are not what was written."""
    digest, packed = content[:_DIGEST], content[_DIGEST:]
    if hashlib.sha256(packed).digest() != digest:
        return None
    try:
        kept = msgspec.msgpack.decode(zlib.decompressobj().decompress(packed, _LARGEST), type=_Kept)
    except (zlib.error, msgspec.MsgspecError):
        return None
    params = None if kept.params is None else np.frombuffer(kept.params, np.float64).copy()
    books = None
    if kept.books is not None:
        plain = np.frombuffer(kept.books, np.uint8).reshape(8, -1).T.tobytes()
        books = np.frombuffer(plain, np.float64).reshape(-1, kept.width)[kept.rows] if kept.width else None
        if books is None:
            books = np.zeros((len(kept.rows), 0))
    return Policy(kept.code, params, books, kept.sees_list)
