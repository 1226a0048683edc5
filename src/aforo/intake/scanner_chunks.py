"""The rows of a scanner log as text in columns, many at once, whatever form the file has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, Final

import numpy as np
import polars as pl

from aforo.domain.problem import Problem
from aforo.domain.units import Int64Array
from aforo.intake import header as headers
from aforo.intake import rows
from aforo.intake.batch import reason
from aforo.intake.blocks import Blocks
from aforo.intake.delimited import Splitter, splits
from aforo.intake.limits import STANDARD
from aforo.intake.mapping import fold
from aforo.intake.parquet import MAGIC as PARQUET

#: How many rows are taken at once.
_ROWS_AT_ONCE: Final = 131_072
COLUMNS: Final = (
    "scanner_id", "event", "at", "cause", "reporter", "port", "kind", "contract_id", "note", "reported_at", "planned",
    "blocker", "conveyance", "operator_minutes",
)  # fmt: skip


@dataclass(frozen=True)
class Chunk:
    """Rows as text: `frame` has each of the columns, null where a cell is empty; `numbers` and `lines` of each row.

    `row` gives one of them as it stands in the file; `records` counts those of the file up to the end of the chunk.
    """

    frame: pl.DataFrame
    numbers: Int64Array
    lines: Int64Array
    row: Callable[[int], Mapping[str, Any]]
    records: int


def chunks(stream: BinaryIO, tell: Callable[[Problem], None]) -> Iterator[Chunk]:
    """The rows of a file, many at once; damaged ones are told."""
    blocks = Blocks(stream, STANDARD)
    line, number = blocks.first()
    if line.startswith(headers.BINARY_MARKS) or line.startswith(PARQUET) or not line:
        damage = rows.damage("rows_parquet" if line.startswith(PARQUET) else "rows_missing")
        tell(Problem(0, "file", damage.code, damage.reason))
        return
    if line.lstrip()[:1] in (b"{", b"["):
        yield from _of_lines(blocks, line, number, tell)
        return
    try:
        header = headers.read(line, None, STANDARD)
    except headers.HeaderError as error:
        tell(Problem(0, "file", error.code, reason(error.code, error.column)))
        return
    columns = [fold(name) for name in header.columns]
    present = frozenset(columns)
    for unique in header.renamed:
        # Which of two columns is meant is not known, and either may hide an outage.
        if (name := fold(unique.rpartition(" #")[0])) in COLUMNS:
            tell(Problem(0, "file", "column_twice", reason("column_twice", name)))
            return
    records = 0
    for split in splits(blocks, Splitter(header.separator, columns, STANDARD), number + 1, _ROWS_AT_ONCE):
        for each in split.damaged:
            record = records + each.ordinal + 1
            tell(Problem(record, f"line {each.line}", each.code, reason(each.code)))
        missing = [pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in present]
        frame = split.frame.with_columns(missing).select(
            pl.col(name).str.strip_chars().replace("", None) for name in COLUMNS
        )
        numbers = split.ordinals + records + 1
        records += split.count
        yield Chunk(frame, numbers.astype(np.int64), split.lines.astype(np.int64), _row_of(split.frame), records)


def _of_lines(blocks: Blocks, first: bytes, number: int, tell: Callable[[Problem], None]) -> Iterator[Chunk]:
    """The rows of NDJSON."""
    lines = enumerate(_lines(blocks, first), number)
    records = 0
    while batch := list(islice(lines, _ROWS_AT_ONCE)):
        told: list[dict[str, Any]] = []
        places: list[int] = []
        for line, raw in batch:
            if not raw.strip():
                continue
            records += 1
            row = _object(raw)
            if row is None:
                # What is longer than a record was cut off, and is no object any more.
                damage = rows.damage("row_line_too_long" if len(raw) > STANDARD.record_bytes else "row_not_an_object")
                tell(Problem(line, f"line {line}", damage.code, damage.reason))
                continue
            told.append(row)
            places.append(line)
        texts = [{name: _marked(rows.cell(row, name)) for name in COLUMNS} for row in told]
        frame = pl.DataFrame(texts, schema=dict.fromkeys(COLUMNS, pl.String))
        at = np.array(places, dtype=np.int64)
        yield Chunk(frame, at, at, told.__getitem__, records)


def _lines(blocks: Blocks, first: bytes) -> Iterator[bytes]:
    yield first
    while True:
        block, _ = blocks.take(_ROWS_AT_ONCE)
        if not block:
            return
        yield from block.removesuffix(b"\n").split(b"\n")


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(raw.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _marked(value: str | None) -> str | None:
    """Text, or a NUL in its place where a column of text cannot take it: half of a surrogate pair."""
    return value if value is None or rows.DAMAGED_TEXT.isdisjoint(value) else "\0"


def _row_of(frame: pl.DataFrame) -> Callable[[int], Mapping[str, Any]]:
    def row(at: int) -> Mapping[str, Any]:
        return frame.row(at, named=True)

    return row
