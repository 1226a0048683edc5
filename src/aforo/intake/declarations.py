"""The declaration table: CSV or Parquet files of declarations, and histories of them, into columns of the domain.

`read` gives batches of a file in a memory that does not grow with the file; `read_bytes` does the same for a message;
`write` is the way back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
import polars as pl

from aforo.domain.problem import Problem
from aforo.intake import header as headers
from aforo.intake import mapping as mappings
from aforo.intake import parquet
from aforo.intake.assembly import Assembly
from aforo.intake.batch import (
    IDENTITY_COLUMNS,
    Findings,
    IntakeBatch,
    RefusedRecord,
    Summary,
    found,
    identity,
    of_file,
    refusal,
    refused_whole,
)
from aforo.intake.blocks import Blocks
from aforo.intake.delimited import Damaged, Split, Splitter, decoded, splits
from aforo.intake.limits import STANDARD, Limits
from aforo.intake.mapping import Mapping, Plan
from aforo.intake.validation import Rows
from aforo.intake.window import Window
from aforo.intake.writing import write

__all__ = ["NAME", "IntakeBatch", "Mapping", "RefusedRecord", "Summary", "read", "read_bytes", "recognises", "write"]

NAME = "declarations"
BATCH_ROWS = 16_384
#: Codes whose leading zeros a column of integers has lost, and their width.
CODE_WIDTHS = {"hs6": 6, "port": 4}


def recognises(head: bytes, name: str) -> bool:
    """Whether a file that begins with `head` is a declaration table, by its header (or by being Parquet)."""
    if head.startswith(parquet.MAGIC):
        return True
    if head.startswith(headers.BINARY_MARKS):
        return False
    line = headers.first_line(head)
    try:
        found_header = headers.read(line, None, STANDARD)
    except headers.HeaderError as error:
        return error.code == "column_twice"
    return mappings.recognised(list(found_header.columns)) is not None


def read(
    path: Path,
    *,
    mapping: Mapping | None = None,
    label: str | None = None,
    batch_rows: int = BATCH_ROWS,
    limits: Limits = STANDARD,
) -> Iterator[IntakeBatch]:
    """The file's declarations in batches of at most `batch_rows` records.

    `mapping` renames the columns of another schema; without one the product's own columns and the built-in mappings are
    recognised. `label` names the column that is the outcome; it never reaches the table. What is wrong with the file as
    a whole is a refusal of record 0. Raises OSError; never for what a file contains.
    """
    if path.stat().st_size > limits.file_bytes:
        yield refusal("file_too_large")
        return
    with path.open("rb") as stream:
        is_parquet = stream.read(len(parquet.MAGIC)) == parquet.MAGIC
        stream.seek(0)
        if is_parquet:
            yield from _read_parquet(path, mapping, label, batch_rows, limits)
        else:
            yield from _read_text(stream, mapping, label, batch_rows, limits)


def read_bytes(
    data: bytes,
    name: str = "message",
    *,
    mapping: Mapping | None = None,
    label: str | None = None,
    batch_rows: int = BATCH_ROWS,
    limits: Limits = STANDARD,
    window: Window | None = None,
) -> Iterator[IntakeBatch]:
    """As `read`, for a message that is in memory. `name` is its name, for the reader's use only; `window` bounds the
    times of filing of a table of text that comes in live."""
    if len(data) > limits.file_bytes:
        yield refusal("file_too_large")
    elif data.startswith(parquet.MAGIC):
        yield from _read_parquet(data, mapping, label, batch_rows, limits)
    else:
        yield from _read_text(BytesIO(data), mapping, label, batch_rows, limits, window)


def _read_text(
    stream: BinaryIO,
    mapping: Mapping | None,
    label: str | None,
    batch_rows: int,
    limits: Limits,
    window: Window | None = None,
) -> Iterator[IntakeBatch]:
    start = stream.read(8)
    stream.seek(0)
    if start.startswith(headers.BINARY_MARKS):
        yield refusal("not_text")
        return
    blocks = Blocks(stream, limits)
    line, number = blocks.first()
    if not line:
        yield refusal("file_empty")
        return
    try:
        header = headers.read(line, mapping, limits)
    except headers.HeaderError as error:
        yield refusal(error.code, error.column)
        return
    known = mapping or mappings.recognised(list(header.columns)) or mappings.CANONICAL
    plan = mappings.plan(list(header.columns), known, label)
    if plan.refused is not None:
        yield refused_whole(plan.refused)
        return
    file_findings = [*plan.findings, *(of_file("column_renamed", "warning", name) for name in header.renamed)]
    reader = _Reader(list(header.columns), plan, file_findings, limits, window)
    splitter = Splitter(header.separator, list(header.columns), limits)
    for split in splits(blocks, splitter, number + 1, batch_rows):
        yield reader.of_split(split)
    if not reader.started:
        yield reader.of_nothing()


def _read_parquet(
    source: Path | bytes, mapping: Mapping | None, label: str | None, batch_rows: int, limits: Limits
) -> Iterator[IntakeBatch]:
    try:
        with parquet.reading(source, batch_rows, limits) as file:
            yield from _of_parquet(file, mapping, label, limits)
    except parquet.ParquetError:
        yield refusal("parquet_damaged")


def _of_parquet(
    file: parquet.Reading, mapping: Mapping | None, label: str | None, limits: Limits
) -> Iterator[IntakeBatch]:
    columns, nested = file.described.columns, file.described.nested
    known = mapping or mappings.recognised(columns) or mappings.CANONICAL
    if file.described.rows > limits.rows:
        yield refusal("file_too_large")
        return
    if len(columns) + len(nested) > limits.columns:
        yield refusal("columns_too_many")
        return
    plan = mappings.plan(columns, known, label)
    if plan.refused is not None:
        yield refused_whole(plan.refused)
        return
    nested_findings = (of_file("column_nested", "warning", name) for name in nested)
    reader = _Reader(columns, plan, [*plan.findings, *nested_findings], limits)
    widths = {plan.fields[target].column: width for target, width in CODE_WIDTHS.items() if target in plan.fields}
    zeros = [pl.col(name).str.zfill(width) for name, width in widths.items() if name in file.described.integers]
    for texts in file.rows:
        yield reader.of_texts(parquet.Texts(texts.frame.with_columns(zeros), texts.too_long))
    if not reader.started:
        yield reader.of_nothing()


class _Reader:
    """Turns what was split or decoded into batches."""

    def __init__(
        self,
        columns: list[str],
        plan: Plan,
        file_findings: list[Findings],
        limits: Limits,
        window: Window | None = None,
    ) -> None:
        self._columns = columns
        #: Columns from which an identity can be read, and their places.
        self._identities = [
            (target, columns.index(plan.fields[target].column)) for target in IDENTITY_COLUMNS if target in plan.fields
        ]
        self._assembly = Assembly(plan, limits, file_findings, window)

    @property
    def started(self) -> bool:
        return self._assembly.started

    def of_nothing(self) -> IntakeBatch:
        """The batch of a file that has a header and no record."""
        return self._assembly.of_nothing()

    def of_split(self, split: Split) -> IntakeBatch:
        """The batch of a block of text."""
        first = self._assembly.records + 1
        rows = Rows(split.frame, split.ordinals + first, split.lines)
        batch = self._assembly.batch(
            rows, split.count, lambda row: decoded(split.block[slice(*split.spans[row].tolist())])
        )
        lines = dict(zip(split.ordinals.tolist(), split.lines.tolist(), strict=True))
        guessed = [found("encoding_guessed", "", "warning", [first + each], [lines[each]]) for each in split.guessed]
        damaged = [self._damaged(each, first) for each in split.damaged]
        return replace(
            batch,
            findings=(*batch.findings, *guessed, *(finding for finding, _ in damaged)),
            refused=sorted([*batch.refused, *(record for _, record in damaged)], key=lambda each: each.record),
        )

    def of_texts(self, texts: parquet.Texts) -> IntakeBatch:
        """The batch of rows that are text in columns."""
        frame = texts.frame
        first = self._assembly.records + 1
        numbers = np.arange(first, first + len(frame), dtype=np.int64)
        rows = Rows(frame, numbers, numbers, "row", texts.too_long)
        return self._assembly.batch(rows, len(frame), lambda row: _as_json(frame.row(row, named=True)))

    def _damaged(self, damaged: Damaged, first: int) -> tuple[Findings, RefusedRecord]:
        """A record that has no fields: its finding, and what can be read of its persons from either end."""
        record = first + damaged.ordinal
        finding = found(damaged.code, "", "refusal", [record], [damaged.line])
        identities: dict[tuple[str, str], None] = {}
        for shift in (0, len(damaged.fields) - len(self._columns)):
            for target, place_of in self._identities:
                at = place_of + shift
                if 0 <= at < len(damaged.fields) and (value := identity(damaged.fields[at])):
                    identities[target, value] = None
        place = f"line {damaged.line}"
        problem = Problem(record, place, damaged.code, finding.text, "refusal")
        return finding, RefusedRecord(record, place, decoded(damaged.raw), tuple(identities), (problem,))


def _as_json(row: dict[str, str | None]) -> str:
    """A row that has no text of its own, as a JSON object of the fields that it has."""
    return msgspec.json.encode({name: value for name, value in row.items() if value is not None}).decode()
