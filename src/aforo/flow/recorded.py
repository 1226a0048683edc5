"""From filings to what is recorded of them, and back to columns.

What goes into a `Filed` event: the fields that are not personal in clear, the personal ones and free text sealed under
their persons' keys, and keyed hashes of the identities. What comes back: the same columns without those that are
sealed, which is all that memory, rules and replay use, so that they survive an erasure.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.declaration import ENTITY_KINDS, FREE_TEXT_FIELDS, PERSONAL_FIELDS
from aforo.domain.event import Filed
from aforo.domain.table import DECLARATION_SCHEMA
from aforo.flow.json_columns import Column, base64_of, nested, objects, written

Identities = dict[str, npt.NDArray[np.uint64]]

#: In the event's own fields, so not repeated in its declaration.
_ELSEWHERE = ("record", "filed_at", "filed_offset_minutes")
#: Recorded under seal, never in clear.
SEALED_COLUMNS: tuple[str, ...] = (*PERSONAL_FIELDS, *FREE_TEXT_FIELDS)
CLEAR_COLUMNS: tuple[str, ...] = tuple(
    column for column in DECLARATION_SCHEMA if column not in SEALED_COLUMNS and column not in _ELSEWHERE
)
#: All that a filer said, for telling a repetition from a contradiction.
CONTENT_COLUMNS: tuple[str, ...] = tuple(column for column in DECLARATION_SCHEMA if column != "record")
_CLEAR_SCHEMA = {column: DECLARATION_SCHEMA[column] for column in CLEAR_COLUMNS}


def json_rows(table: pl.DataFrame, columns: Sequence[str]) -> Column:
    """One JSON object a row of the columns that the row fills: the same text whatever batch the row came in."""
    filled = [table[name] for name in columns if table[name].null_count() < table.height]
    # `extra` is JSON already, and long.
    texts = {each.name: nested(each) if each.name == "extra" else written(each) for each in filled}
    return objects(texts, table.height)


def pack_identities(identities: Identities) -> Column:
    """Base64 of the eight-byte little-endian keyed hashes of ENTITY_KINDS, a row a string."""
    matrix = np.stack([identities[kind] for kind in ENTITY_KINDS], axis=1).astype("<u8")
    packed, width = matrix.tobytes(), matrix.itemsize * matrix.shape[1]
    return base64_of([packed[start : start + width] for start in range(0, len(packed), width)])


def columns_of(filings: Sequence[Filed], filed_at: Sequence[datetime]) -> tuple[pl.DataFrame, Identities]:
    """The table (without sealed columns) and the identities of recorded filings, in their order."""
    table = pl.DataFrame([filing.declaration for filing in filings], schema=_CLEAR_SCHEMA, strict=False)
    offsets = [int((at.utcoffset() or at - at).total_seconds() // 60) for at in filed_at]
    table = table.with_columns(
        pl.Series("record", [filing.record for filing in filings], pl.Int64),
        pl.Series("filed_at", [at.timestamp() * 1e6 for at in filed_at], pl.Float64)
        .round()
        .cast(pl.Int64)
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone("UTC"),
        pl.Series("filed_offset_minutes", offsets, pl.Int16),
        *(pl.lit(None, DECLARATION_SCHEMA[column]).alias(column) for column in SEALED_COLUMNS),
    ).select(list(DECLARATION_SCHEMA))
    return table, unpack_identities(filings)


def unpack_identities(filings: Sequence[Filed]) -> Identities:
    """The keyed hashes of recorded filings, by ENTITY_KINDS."""
    packed = b"".join(base64.b64decode(filing.identities) for filing in filings)
    matrix = np.frombuffer(packed, dtype="<u8").reshape(len(filings), len(ENTITY_KINDS)).astype(np.uint64)
    return {kind: matrix[:, place].copy() for place, kind in enumerate(ENTITY_KINDS)}
