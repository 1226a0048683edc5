"""Which declarations make up a crossing, and bringing them together within a file.

The unit is the crossing: one decision and one lot. A declaration that amends another is part of that one's crossing,
whatever it names; any other names its crossing, or is a crossing of its own. A file is a set of filings handed
in together, so a crossing in it is decided once, when the last of its declarations has been read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

#: A declaration or a crossing: its name, or a hash of that.
Name = TypeVar("Name", str, int)
#: From a declaration's identifier to the crossing that it was recorded under before, or None.
EarlierCrossing = Callable[[list[str]], Mapping[str, str]]


def name_crossings(table: pl.DataFrame, earlier: EarlierCrossing) -> list[str]:
    """The crossing of each row. An amendment of a declaration that nobody knows names its crossing like any other, or
    takes that declaration for its root."""
    ids: list[str] = table["declaration_id"].to_list()
    named: list[str | None] = table["crossing_id"].to_list()
    if table["amends"].null_count() == table.height:
        return [crossing or own for crossing, own in zip(named, ids, strict=True)]
    amends: list[str | None] = table["amends"].to_list()
    outside = {old for old in amends if old} - set(ids)
    return _follow(ids, named, amends, earlier(sorted(outside)))


def _follow(
    ids: Sequence[Name], named: Sequence[Name | None], amends: Sequence[Name | None], known: Mapping[Name, Name]
) -> list[Name]:
    """The crossing of each declaration, `known` those of declarations that came before. Declarations that amend each
    other in a circle are in that which the first of them names, else the first is one."""
    own_crossing = {own: crossing or own for own, crossing in zip(ids, named, strict=True)}
    amended = {own: old for own, old in zip(ids, amends, strict=True) if old}
    place = {own: row for row, own in enumerate(ids)}
    crossing_of = dict(known)
    for own in ids:
        passed: dict[Name, None] = {}
        at = own
        while at not in crossing_of and at not in passed and at in amended:
            passed[at] = None
            at = amended[at]
        if at in crossing_of:
            crossing = crossing_of[at]
        elif at in passed:
            around = list(passed)
            circle = sorted(around[around.index(at) :], key=place.__getitem__)
            crossing = next((own_crossing[each] for each in circle if own_crossing[each] != each), circle[0])
        elif at in place:
            crossing = own_crossing[at]
        else:  # what nobody knows
            last = next(reversed(passed))
            crossing = own_crossing[last] if own_crossing[last] != last else at
        crossing_of.update(dict.fromkeys(passed, crossing))
        crossing_of[own] = crossing
    return [crossing_of[own] for own in ids]


def _keys(table: pl.DataFrame) -> npt.NDArray[np.uint64]:
    """uint64[n, 3]: hashes of declaration, crossing and amended declaration, 0 where there is none."""
    hashed = table.select(
        pl.when(pl.col(column).is_null()).then(pl.lit(0, pl.UInt64)).otherwise(pl.col(column).hash()).alias(column)
        for column in ("declaration_id", "crossing_id", "amends")
    )
    return hashed.to_numpy()


def _crossing_keys(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """uint64[n]: a key per crossing, the same for all its rows."""
    own, named, amends = keys[:, 0], keys[:, 1], keys[:, 2]
    crossing: npt.NDArray[np.uint64] = np.where(named != 0, named, own)
    if not amends.any():
        return crossing
    # Only amendments are followed, and what they amend.
    followed = np.flatnonzero((amends != 0) | np.isin(own, amends[amends != 0]))
    ids: list[int] = own[followed].tolist()
    crossing[followed] = np.array(
        _follow(ids, named[followed].tolist(), amends[followed].tolist(), {}), dtype=np.uint64
    )
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
