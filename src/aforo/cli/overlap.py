"""Files of one history that overlap: a declaration counts once, as it would if they were one file."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl


class Once(NamedTuple):
    """Declarations and their labels, each once, with how many were there again and how many with other content."""

    table: pl.DataFrame
    labels: pl.DataFrame
    repeated: int
    contradicting: int


def once(table: pl.DataFrame, labels: pl.DataFrame) -> Once:
    """The first of all that have one identifier. A later one repeats it where all but its record number is the same,
    labels included; else it contradicts it, and is left out as well.
    """
    if table["declaration_id"].n_unique() == table.height:
        return Once(table, labels, 0, 0)
    content = table.drop("record").hstack(labels)
    row = pl.int_range(table.height, eager=True).alias("row")
    first = table.select("declaration_id", row).select(pl.col("row").min().over("declaration_id")).to_series()
    again = first != row
    earlier = content[first].rename(lambda name: f"earlier {name}")
    same = content.hstack(earlier).select(
        pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"earlier {name}")) for name in content.columns)
    )
    repeated = int((again & same.to_series()).sum())
    return Once(table.filter(~again), labels.filter(~again), repeated, int(again.sum()) - repeated)
