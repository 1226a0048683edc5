"""Spans of time of many scanners at once: which row of a scanner holds an instant, and spans cut at edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aforo.domain.units import Int64Array


def last_before(scanner: npt.ArrayLike, start: npt.ArrayLike, own: npt.ArrayLike, at: npt.ArrayLike) -> Int64Array:
    """For each pair of `own` and `at` the number of the last row of that scanner which starts no later; -1 where there
    is none. Rows are ordered by scanner and start."""
    rows, starts = np.asarray(scanner, dtype=np.int64), np.asarray(start, dtype=np.int64)
    wanted, instants = np.asarray(own, dtype=np.int64), np.asarray(at, dtype=np.int64)
    if not len(rows) or not len(wanted):
        return np.full(len(wanted), -1, dtype=np.int64)
    # Instants of microseconds leave no room for the scanner beside them: how many starts are no later does.
    ranked = np.unique(starts)
    scale = len(ranked) + 1
    keys = rows * scale + np.searchsorted(ranked, starts, side="right")
    found = np.searchsorted(keys, wanted * scale + np.searchsorted(ranked, instants, side="right"), side="right") - 1
    return np.where((found >= 0) & (rows[np.maximum(found, 0)] == wanted), found, -1).astype(np.int64)


def totals(rows: Int64Array, time: Int64Array, size: int) -> Int64Array:
    """int64[size]: the time of each row, all that belongs to it added up."""
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, rows, time)
    return total


def expanded(counts: Int64Array) -> tuple[Int64Array, Int64Array]:
    """For so many copies of each row: the row of each copy, and which copy of it it is, from 0."""
    rows = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    firsts = np.cumsum(counts) - counts
    return rows, np.arange(len(rows), dtype=np.int64) - firsts[rows]


def cut(start: Int64Array, end: Int64Array, edges: Int64Array) -> tuple[Int64Array, Int64Array, Int64Array, Int64Array]:
    """Spans cut at common edges: of each piece the row it is of, the number of the edge that it lies behind, its start
    and its end. What lies before the first edge or behind the last is left out, and so are empty spans."""
    if len(edges) < 2:
        none = np.empty(0, dtype=np.int64)
        return none, none, none, none
    begins, stops = np.maximum(start, edges[0]), np.minimum(end, edges[-1])
    first = np.searchsorted(edges, begins, side="right") - 1
    last = np.searchsorted(edges, stops, side="left") - 1
    rows, copy = expanded(np.where(begins < stops, last - first + 1, 0).astype(np.int64))
    number = first[rows] + copy
    return rows, number, np.maximum(begins[rows], edges[number]), np.minimum(stops[rows], edges[number + 1])
