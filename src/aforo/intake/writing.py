"""The way back: declarations in columns written as a file that `read` reads to the same columns."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from aforo.domain.table import DECLARATION_SCHEMA, LABEL_SCHEMA

#: Of the table's columns, those that a file does not carry: a record's number is its place in the file.
_NOT_WRITTEN = ("record", "filed_offset_minutes")


def as_text(table: pl.DataFrame, labels: pl.DataFrame | None = None) -> pl.DataFrame:
    """The rows as a file has them, every column text; `filed_at` in ISO 8601 with the filer's offset."""
    offset = pl.col("filed_offset_minutes").cast(pl.Int32).fill_null(0)
    local = (pl.col("filed_at").dt.replace_time_zone(None) + pl.duration(minutes=offset)).dt
    sign = pl.when(offset < 0).then(pl.lit("-")).otherwise(pl.lit("+"))
    hours, minutes = (offset.abs() // 60).cast(pl.String).str.zfill(2), (offset.abs() % 60).cast(pl.String).str.zfill(2)
    filed_at = pl.concat_str(local.strftime("%Y-%m-%dT%H:%M:%S%.6f"), sign, hours, pl.lit(":"), minutes)
    rows = table if labels is None else pl.concat([table, labels], how="horizontal")
    names = [name for name in (*DECLARATION_SCHEMA, *LABEL_SCHEMA) if name in rows.columns and name not in _NOT_WRITTEN]
    flags = pl.col(pl.Boolean).cast(pl.Int8).cast(pl.String)
    return rows.with_columns(filed_at=filed_at).with_columns(flags).select(pl.col(names).cast(pl.String))


def write(path: Path, tables: Iterable[tuple[pl.DataFrame, pl.DataFrame | None]]) -> int:
    """Write batches (table, labels) to `path`, as Parquet where its name ends so, else as CSV. Returns the rows.

    All batches have labels or none has. CSV is written batch by batch; Parquet is written at once.
    """
    written = 0
    if path.suffix == ".parquet":
        frames = [as_text(table, labels) for table, labels in tables]
        if frames:
            pl.concat(frames).write_parquet(path)
            written = sum(len(frame) for frame in frames)
        return written
    with path.open("wb") as stream:
        for table, labels in tables:
            as_text(table, labels).write_csv(stream, include_header=not written)
            written += len(table)
    return written
