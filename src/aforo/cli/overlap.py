"""Files of one history that overlap: a declaration counts once, as it would if they were one file."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl


class Once(NamedTuple):
    """Which rows count, and how many were there again, with the same content and with other content."""

    counts: pl.Series
    repeated: int
    contradicting: int


def content_of(table: pl.DataFrame, labels: pl.DataFrame) -> pl.Series:
    """A hash of what each row says, its number in the file aside, labels included."""
    return table.drop("record").hstack(labels).hash_rows()


def once(ids: pl.Series, content: pl.Series) -> Once:
    """The first of all rows that have one identifier counts. A later one repeats it where its content is the same; else
    it contradicts it, and does not count either.
    """
    row = pl.int_range(len(ids), eager=True).alias("row")
    if ids.n_unique() == len(ids):
        return Once(row >= 0, 0, 0)
    first = pl.DataFrame({"id": ids, "row": row}).select(pl.col("row").min().over("id")).to_series()
    again = first != row
    repeated = int((again & (content == content.gather(first))).sum())
    return Once(~again, repeated, int(again.sum()) - repeated)
