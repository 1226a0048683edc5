"""Rows of small tables that are no declarations: today's selection, and outcomes that come by themselves.

Delimited text in every dialect that intake reads, NDJSON, or Parquet. A mapping renames columns and translates values
as it does for declarations. Damage to one row stays in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from aforo.intake import header as headers
from aforo.intake import parquet
from aforo.intake.blocks import Blocks
from aforo.intake.delimited import Splitter, splits
from aforo.intake.limits import STANDARD
from aforo.intake.mapping import ColumnRule, fold
from aforo.intake.mapping import Mapping as ColumnMapping

#: How many rows of a file are in memory at once.
BATCH_ROWS = 16_384
#: Flags as people, tables and machines write them.
FLAGS = {
    "0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True, "no": False, "yes": True,
    "n": False, "y": True, "s": True, "si": True, "sí": True,
}  # fmt: skip

#: The place of a row in its file, from 1, and its cells by target, None where the row could not be read.
Row = tuple[int, dict[str, str] | None]


class UnreadableError(ValueError):
    """The file as a whole is no table; `code` is one of intake's catalogue."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def columns_of(path: Path, mapping: ColumnMapping | None = None) -> frozenset[str]:
    """The targets of the columns that the table has, empty where it is no table. Raises OSError."""
    with path.open("rb") as stream:
        head = stream.read(STANDARD.header_bytes + 1)
    try:
        if head.startswith(parquet.MAGIC):
            with parquet.reading(path, BATCH_ROWS, STANDARD) as file:
                names = list(file.described.columns)
        elif head.startswith(headers.BINARY_MARKS):
            return frozenset()
        elif head.lstrip().startswith(b"{"):
            first = json.loads(headers.first_line(head))
            names = list(first) if isinstance(first, dict) else []
        else:
            names = list(headers.read(headers.first_line(head), mapping, STANDARD).columns)
    except (headers.HeaderError, parquet.ParquetError, ValueError, RecursionError):
        return frozenset()
    rules = mapping.rules() if mapping else {}
    targets = {rules[fold(name)].to if fold(name) in rules else fold(name) for name in names}
    return frozenset(targets | set(mapping.constants if mapping else ()))


def read(path: Path, mapping: ColumnMapping | None = None) -> Iterator[Row]:
    """The rows of a table, its cells trimmed and without the empty ones. Raises UnreadableError, OSError."""
    rules = mapping.rules() if mapping else {}
    constants = mapping.constants if mapping else {}
    for place, cells in _raw(path, mapping):
        yield place, None if cells is None else {**constants, **_translated(cells, rules)}


def _translated(cells: Mapping[str, object], rules: Mapping[str, ColumnRule]) -> dict[str, str]:
    made: dict[str, str] = {}
    for name, value in cells.items():
        text = "" if value is None else str(value).strip()
        rule = rules.get(fold(name))
        if rule is not None:
            text = rule.values.get(text, text)
            text = text.zfill(rule.pad) if text and rule.pad else text
        if text:
            made.setdefault(rule.to if rule else fold(name), text)
    return made


def _raw(path: Path, mapping: ColumnMapping | None) -> Iterator[tuple[int, Mapping[str, object] | None]]:
    with path.open("rb") as stream:
        head = stream.read(64)
        stream.seek(0)
        if head.startswith(parquet.MAGIC):
            yield from _of_parquet(path)
        elif head.startswith(headers.BINARY_MARKS):
            raise UnreadableError("not_text")
        elif head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield number, _object(line)
        else:
            yield from _of_text(Blocks(stream, STANDARD), mapping)


def _object(line: bytes) -> Mapping[str, object] | None:
    if len(line) > STANDARD.record_bytes:
        return None
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _of_parquet(path: Path) -> Iterator[tuple[int, Mapping[str, object] | None]]:
    place = 0
    try:
        with parquet.reading(path, BATCH_ROWS, STANDARD) as file:
            for texts in file.rows:
                for row in texts.frame.iter_rows(named=True):
                    place += 1
                    yield place, row
    except parquet.ParquetError as error:
        raise UnreadableError("parquet_damaged") from error


def _of_text(blocks: Blocks, mapping: ColumnMapping | None) -> Iterator[tuple[int, Mapping[str, object] | None]]:
    line, number = blocks.first()
    if not line:
        raise UnreadableError("file_empty")
    try:
        header = headers.read(line, mapping, STANDARD)
    except headers.HeaderError as error:
        raise UnreadableError(error.code) from error
    columns = list(header.columns)
    for split in splits(blocks, Splitter(header.separator, columns, STANDARD), number + 1, BATCH_ROWS):
        good = zip(split.lines.tolist(), split.frame.iter_rows(named=True), strict=True)
        yield from sorted([*good, *((each.line, None) for each in split.damaged)], key=lambda row: row[0])
