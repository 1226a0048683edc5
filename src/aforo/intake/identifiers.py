"""The identifiers of declarations whose file has none: by the record's number, or by a digest of its values."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import msgspec
import polars as pl

from aforo.intake.batch import Int64Array
from aforo.intake.mapping import Identifier

#: Bytes of a digest: among a thousand million declarations two are alike once in 10^11 files.
DIGEST_BYTES = 12


def column(made: Identifier, of: Sequence[str], frame: pl.DataFrame, records: Int64Array) -> pl.Series:
    """The identifiers of some rows; null where none of the columns that one is made of holds anything."""
    if made.source == "row":
        return pl.Series([f"{made.prefix}{number}" for number in records.tolist()], dtype=pl.String)
    values = frame.select(pl.col(of).str.strip_chars()).iter_rows()
    return pl.Series([digest(row) for row in values], dtype=pl.String)


def digest(values: Sequence[str | None]) -> str | None:
    """The identifier made of some values; None where there is none of them."""
    if not any(values):
        return None
    text = msgspec.json.encode([value or "" for value in values])
    return blake2b(text, digest_size=DIGEST_BYTES).hexdigest()
