"""Which declarations make up a crossing, and bringing them together within a file.

The unit is the crossing: one decision and one lot. A declaration names its crossing; without that it belongs to the
crossing of the declaration that it amends; without that it is a crossing of its own. A file is a set of filings handed
in together, so a crossing in it is decided once, when the last of its declarations has been read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

#: From a declaration's identifier to the crossing that it was recorded under before, or None.
EarlierCrossing = Callable[[list[str]], Mapping[str, str]]


def name_crossings(table: pl.DataFrame, earlier: EarlierCrossing) -> list[str]:
    """The crossing of each row. An amendment of a declaration that nobody knows takes that declaration for its root."""
    ids: list[str] = table["declaration_id"].to_list()
    named: list[str | None] = table["crossing_id"].to_list()
    if table["amends"].null_count() == table.height:
        return [crossing or own for crossing, own in zip(named, ids, strict=True)]
    amends: list[str | None] = table["amends"].to_list()
    crossing_of = {
        own: crossing or own for own, crossing, old in zip(ids, named, amends, strict=True) if crossing or not old
    }
    amended = dict(zip(ids, amends, strict=True))
    outside = sorted({old for old in amends if old and old not in amended})
    crossing_of.update(earlier(outside))

    def root(own: str) -> str:
        seen = {own}
        at = own
        while at not in crossing_of:
            old = amended.get(at)
            if old is None or old in seen:  # unknown beyond here, or a circle of amendments
                return at
            seen.add(old)
            at = old
        return crossing_of[at]

    return [crossing or root(own) for crossing, own in zip(named, ids, strict=True)]


def _keys(table: pl.DataFrame) -> npt.NDArray[np.uint64]:
    """uint64[n, 3]: hashes of declaration, crossing and amended declaration, 0 where there is none."""
    hashed = table.select(
        pl.when(pl.col(column).is_null()).then(pl.lit(0, pl.UInt64)).otherwise(pl.col(column).hash()).alias(column)
        for column in ("declaration_id", "crossing_id", "amends")
    )
    return hashed.to_numpy()


def _crossing_keys(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """uint64[n]: a key per crossing, the same for all its rows."""
    crossing = np.where(keys[:, 1] != 0, keys[:, 1], keys[:, 0])
    amending = np.flatnonzero((keys[:, 2] != 0) & (keys[:, 1] == 0))
    if len(amending) == 0:
        return crossing
    old_of = {int(keys[i, 0]): int(keys[i, 2]) for i in amending}
    wanted = set(old_of.values())
    named = np.flatnonzero((keys[:, 1] != 0) & np.isin(keys[:, 0], np.fromiter(wanted, np.uint64, len(wanted))))
    crossing_of = {int(keys[i, 0]): int(keys[i, 1]) for i in named}
    for i in amending:
        at, seen = int(keys[i, 0]), set()
        while at not in crossing_of and at in old_of and at not in seen:
            seen.add(at)
            at = old_of[at]
        crossing[i] = crossing_of.get(at, at)
    return crossing


def brought_together(counting: Iterable[pl.DataFrame], reading: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The rows of a file's batches, all rows of a crossing in one batch: the one in which its last row stands.

    `counting` and `reading` are the same batches, read twice. Memory: 24 bytes a row of the file, and the rows of those
    crossings that are not complete yet.
    """
    hashes = [_keys(table) for table in counting]
    if not hashes:
        return
    keys = _crossing_keys(np.concatenate(hashes))
    _, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    outstanding = counts.copy()
    waiting: dict[int, list[pl.DataFrame]] = {}
    start = 0
    for table in reading:
        places = place[start : start + table.height]
        start += table.height
        yield _completed(table, places, counts, outstanding, waiting)


def _completed(
    table: pl.DataFrame,
    places: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    outstanding: npt.NDArray[np.int64],
    waiting: dict[int, list[pl.DataFrame]],
) -> pl.DataFrame:
    """The rows of `table` whose crossings end in it, led by the rows that waited for them; the others wait."""
    np.subtract.at(outstanding, places, 1)
    incomplete = outstanding[places] > 0
    ending = np.unique(places[(counts[places] > 1) & ~incomplete])
    led = [frame for crossing in ending.tolist() for frame in waiting.pop(crossing, [])]
    if incomplete.any():
        held = table.with_columns(pl.Series("_crossing", places)).filter(pl.Series(incomplete))
        for (crossing,), rows in held.group_by("_crossing", maintain_order=True):
            waiting.setdefault(int(crossing), []).append(rows.drop("_crossing"))
        table = table.filter(pl.Series(~incomplete))
    return pl.concat([*led, table]).sort("record", maintain_order=True) if led else table
