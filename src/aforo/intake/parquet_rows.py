"""Rows of Parquet files, every column as the text that a CSV file would have.

A damaged file can end the process that decodes it (an absurd length is an allocation that aborts), so this runs in a
process of its own: `parquet_process` is that process, `parquet` the side that uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

#: How many rows are in memory at once.
SLICE_ROWS = 65_536
#: UTF-8 takes at most so many bytes for a character.
MOST_BYTES_A_CHARACTER = 4
#: No number or time takes more as text.
MOST_BYTES_A_NUMBER = 32


class ParquetError(ValueError):
    """A file that begins like Parquet and cannot be read as such."""


def holds_one_value(kind: pl.DataType) -> bool:
    """Whether a column of this type can be a field: lists and structures cannot."""
    return not kind.is_nested() and not isinstance(kind, pl.Object)


@dataclass(frozen=True)
class Texts:
    """Rows as text columns; `too_long` marks, by column, the fields that are over the limit (and null if far over)."""

    frame: pl.DataFrame
    too_long: dict[str, pl.Series]


@dataclass(frozen=True)
class Columns:
    """How the columns of one file become text. `kinds` are those that can be one."""

    kinds: dict[str, pl.DataType]
    field_chars: int

    def texts(self, rows: pl.DataFrame) -> Texts:
        """The text of every field. One far longer than a field may be is left out before it is worked on: a value of a
        dictionary stands in any number of rows and costs the file nothing."""
        endless = rows.select((self._bytes(name) > self._endless).fill_null(False).alias(name) for name in self.kinds)
        frame = rows.select(
            (pl.when(~pl.lit(endless[name])).then(pl.col(name)) if endless[name].any() else pl.col(name)).alias(name)
            for name in self.kinds
        ).select(self._text(name, kind) for name, kind in self.kinds.items())
        long = frame.select((pl.all().str.len_chars() > self.field_chars).fill_null(False))
        marks = {name: endless[name] | long[name] for name in self.kinds}
        return Texts(frame, {name: mark for name, mark in marks.items() if mark.any()})

    def sizes(self, rows: pl.DataFrame) -> npt.NDArray[np.int64]:
        """About how many bytes each row takes as text."""
        fields = (pl.min_horizontal(self._bytes(name).fill_null(0), self._endless) for name in self.kinds)
        return rows.select(pl.sum_horizontal(fields).cast(pl.Int64).alias("bytes"))["bytes"].to_numpy()

    @property
    def _endless(self) -> int:
        return MOST_BYTES_A_CHARACTER * self.field_chars

    def _bytes(self, name: str) -> pl.Expr:
        kind = self.kinds[name]
        if isinstance(kind, pl.String):
            return pl.col(name).str.len_bytes()
        if isinstance(kind, pl.Categorical | pl.Enum):
            return pl.col(name).cast(pl.Categorical).cat.len_bytes()
        if isinstance(kind, pl.Binary):
            return pl.col(name).bin.size() * 2
        return pl.repeat(MOST_BYTES_A_NUMBER, pl.len())

    def _text(self, name: str, kind: pl.DataType) -> pl.Expr:
        column = pl.col(name)
        if isinstance(kind, pl.Datetime):
            offset = "%:z" if kind.time_zone else ""
            return column.cast(pl.Datetime("us", kind.time_zone)).dt.strftime(f"%Y-%m-%dT%H:%M:%S%.6f{offset}")
        if isinstance(kind, pl.Date):
            return column.dt.strftime("%Y-%m-%d")
        if isinstance(kind, pl.Binary):
            return column.bin.encode("hex")
        return column.cast(pl.String, strict=False)


def count(source: Path | bytes) -> int:
    """How many rows the file says it has. Raises ParquetError."""
    with _damage():
        return int(_scan(source).select(pl.len()).collect().item())


def batches(source: Path | bytes, columns: Columns, rows: int, size: int) -> Iterator[Texts]:
    """The file's rows in order, at most `rows` at once and about `size` bytes. Raises ParquetError.

    Slices are read one after another, each skipping the row groups before it: reading ahead would hold several groups.
    """
    for start in range(0, count(source), SLICE_ROWS):
        with _damage():
            part = _scan(source).select(list(columns.kinds)).slice(start, SLICE_ROWS).collect()
            ends = np.cumsum(columns.sizes(part))
        first = 0
        while first < len(part):
            before = int(ends[first - 1]) if first else 0
            end = min(max(int(np.searchsorted(ends, before + size, "right")), first + 1), first + rows)
            with _damage():
                texts = columns.texts(part[first:end])
            yield texts
            first = end


def schema(source: Path | bytes) -> dict[str, pl.DataType]:
    """The columns of the file. Raises ParquetError."""
    with _damage():
        return dict(pl.read_parquet_schema(BytesIO(source) if isinstance(source, bytes) else source))


def _scan(source: Path | bytes) -> pl.LazyFrame:
    return pl.scan_parquet(BytesIO(source) if isinstance(source, bytes) else source)


@contextmanager
def _damage() -> Iterator[None]:
    """What reading raises for a file's content, as ParquetError. A panic goes on, and ends the process: after it the
    decoder's state is not to be trusted."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError, ValueError, OverflowError) as error:
        raise ParquetError(str(error)) from error
