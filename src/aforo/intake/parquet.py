"""Parquet files of declarations: rows in batches, every column as the text that a CSV file would have."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import polars as pl

MAGIC = b"PAR1"


class ParquetError(ValueError):
    """A file that begins like Parquet and cannot be read as such."""


def holds_one_value(kind: pl.DataType) -> bool:
    """Whether a column of this type can be a field: lists and structures cannot."""
    return not kind.is_nested() and not isinstance(kind, pl.Object)


def as_text(name: str, kind: pl.DataType, width: int = 0) -> pl.Expr:
    """The expression that turns a column into text; integers are filled with zeros to `width`."""
    column = pl.col(name)
    if isinstance(kind, pl.Datetime):
        if kind.time_zone is None:
            return column.cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f").alias(name)
        return column.cast(pl.Datetime("us", kind.time_zone)).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f%:z").alias(name)
    if isinstance(kind, pl.Date):
        return column.dt.strftime("%Y-%m-%d").alias(name)
    if isinstance(kind, pl.Binary):
        return column.bin.encode("hex").alias(name)
    text = column.cast(pl.String, strict=False)
    return (text.str.zfill(width) if width and kind.is_integer() else text).alias(name)


def batches(source: Path | bytes, rows: int) -> Iterator[pl.DataFrame]:
    """The file in frames of at most `rows` rows, in order. Raises ParquetError, OSError."""
    try:
        lazy = pl.scan_parquet(BytesIO(source) if isinstance(source, bytes) else source)
        for batch in lazy.collect_batches(chunk_size=rows, maintain_order=True):
            for start in range(0, len(batch), rows):
                yield batch.slice(start, rows)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, OverflowError) as error:
        if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
            raise
        raise ParquetError(str(error)) from error


def schema(source: Path | bytes) -> dict[str, pl.DataType]:
    """The columns of the file. Raises ParquetError, OSError."""
    try:
        return dict(pl.read_parquet_schema(BytesIO(source) if isinstance(source, bytes) else source))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, OverflowError) as error:
        if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
            raise
        raise ParquetError(str(error)) from error
