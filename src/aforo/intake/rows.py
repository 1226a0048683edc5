"""Small tables row by row, CSV or NDJSON: reports, readings, logs of scanners. Damage to one row stays in it.

CSV is split as declarations are, in every dialect and encoding that intake reads. A table of millions of rows that is
computed on in columns is for `declarations`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from aforo.domain.clock import is_readable, is_valid
from aforo.domain.text import Text
from aforo.intake import header as headers
from aforo.intake.batch import reason
from aforo.intake.blocks import Blocks
from aforo.intake.delimited import Split, Splitter, splits
from aforo.intake.limits import STANDARD
from aforo.intake.mapping import fold
from aforo.intake.parquet import MAGIC as PARQUET

#: Flags as people, tables and machines write them; a table with empty cells writes 1 as 1.0.
FLAGS = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}
#: What JSON can write in a string and no store of text takes: NUL, and halves of a surrogate pair.
DAMAGED_TEXT = frozenset({"\0", *map(chr, range(0xD800, 0xE000))})
#: How much of a file's beginning tells NDJSON from CSV.
_HEAD = 64
#: How many rows of a table are in memory at once.
_BATCH_ROWS = 16_384


@dataclass(frozen=True)
class Damage:
    """Why a row, or the whole file, could not be read."""

    code: str
    reason: Text


#: A row's number from 1, the line that it begins at, and its fields by column; 0 and 0 for the file as a whole.
Row = tuple[int, int, Mapping[str, Any] | Damage]


def read(data: bytes, *, lines: bool | None = None) -> Iterator[Row]:
    """The rows of a file: of NDJSON where `lines` says so, of CSV where it says not, and by the first byte where it is
    None."""
    if data.startswith(PARQUET):
        return iter([(0, 0, damage("rows_parquet"))])
    if data.startswith(headers.BINARY_MARKS):
        return iter([(0, 0, damage("rows_missing"))])
    if lines is None:
        lines = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    return _of_lines(data) if lines else _of_table(data)


def columns(data: bytes) -> list[str]:
    """The columns of delimited text as its header calls them; none where it has no header that can be read."""
    line, _ = Blocks(BytesIO(data), STANDARD).first()
    try:
        return [name for name in headers.read(line, None, STANDARD).columns if name] if line else []
    except headers.HeaderError:
        return []


def damage(code: str) -> Damage:
    """The damage of a code of this room's catalogue."""
    return Damage(code, reason(code))


def cell(row: Mapping[str, Any], column: str) -> str | None:
    """What a row says in a column, trimmed; None where it says nothing."""
    value = row.get(column)
    if value is None:
        return None
    return str(value).strip() or None


def instant(text: str | None) -> datetime | str | None:
    """The instant of ISO 8601 text with an offset, None where there is no text; else the code of what is wrong."""
    at = device_instant(text)
    return "row_instant_range" if isinstance(at, datetime) and not is_valid(at) else at


def device_instant(text: str | None) -> datetime | str | None:
    """As `instant`, of a device, whose clock may have begun anew in 1970: what it says then is kept, and doubted."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return "row_instant"
    if at.tzinfo is None:
        return "row_instant_offset"
    try:
        at.timestamp()
    except (OverflowError, ValueError):
        return "row_instant"
    return at if is_readable(at) else "row_instant_range"


def _of_lines(data: bytes) -> Iterator[Row]:
    """The rows of NDJSON."""
    for line, raw in enumerate(data.decode("utf-8-sig", errors="replace").split("\n"), 1):
        if not raw.strip():
            continue
        try:
            row = json.loads(raw)
        except (ValueError, RecursionError):
            row = None
        yield line, line, row if isinstance(row, dict) else damage("row_not_an_object")


def _of_table(data: bytes) -> Iterator[Row]:
    """The rows of delimited text, each with the line that it begins at."""
    blocks = Blocks(BytesIO(data), STANDARD)
    line, number = blocks.first()
    if not line:
        yield 0, 0, damage("rows_missing")
        return
    try:
        header = headers.read(line, None, STANDARD)
    except headers.HeaderError as error:
        yield 0, 0, Damage(error.code, reason(error.code, error.column))
        return
    columns = [fold(name) for name in header.columns]
    before = 0
    for split in splits(blocks, Splitter(header.separator, columns, STANDARD), number + 1, _BATCH_ROWS):
        yield from sorted(_of_split(split, before), key=lambda row: row[0])
        before += split.count


def _of_split(split: Split, before: int) -> Iterator[Row]:
    """The rows of a part of a table that has `before` rows before it: those that were split, then the damaged ones."""
    numbers = zip(split.ordinals.tolist(), split.lines.tolist(), strict=True)
    for (ordinal, line), row in zip(numbers, split.frame.iter_rows(named=True), strict=True):
        yield before + ordinal + 1, line, row
    for each in split.damaged:
        yield before + each.ordinal + 1, each.line, Damage(each.code, reason(each.code))
