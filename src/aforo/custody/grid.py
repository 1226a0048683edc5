"""A grid over shapes: which of them may hold a position, found without asking each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from aforo.custody.ground import Float64Array

Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
#: Cells to a side, at most, and pairs of a cell and a shape: so many, and so many more for each shape, and never more
#: than the last. Few shapes are found at once, and a hostile document costs no more memory than that.
_FINEST = 512
_PAIRS, _PAIRS_EACH, _MOST_PAIRS = 10_000, 150, 4_000_000
#: By how much a cell is taken larger than it is, in degrees: less than positions resolve, more than doubles round.
_EDGE = 1e-8


class Grid:
    """Cells over the bounds of all shapes (in degrees), each with the shapes that it touches, in their order.

    A shape that covers a cell holds all that lies there, where `exact` (bool[n]) says that the shape is what is meant
    and not a box about it.
    """

    def __init__(self, shapes: npt.NDArray[np.object_], exact: Flags) -> None:
        bounds = shapely.bounds(shapes).reshape(-1, 4)
        self._count = len(bounds)
        if not self._count:
            return
        west, south = bounds[:, :2].min(axis=0)
        east, north = bounds[:, 2:].max(axis=0)
        side = _FINEST
        size = np.array([east - west, north - south]) + _EDGE
        most = min(_PAIRS + _PAIRS_EACH * self._count, _MOST_PAIRS)
        while side > 1 and np.prod((bounds[:, 2:] - bounds[:, :2]) / (size / side) + 2, axis=1).sum() > most:
            side //= 2
        self._side, self._west, self._south = side, west, south
        self._wide, self._tall = size / side
        tree = shapely.STRtree(shapes)
        # Only cells that some box touches are drawn: of a few fences far apart, few are.
        cells = self._touched(bounds)
        column, line = cells % side, cells // side
        boxes = shapely.box(
            west + column * self._wide - _EDGE, south + line * self._tall - _EDGE,
            west + (column + 1) * self._wide + _EDGE, south + (line + 1) * self._tall + _EDGE,
        )  # fmt: skip
        cell, shape = tree.query(boxes, predicate="intersects")
        covered_cell, covered = tree.query(boxes, predicate="covered_by")
        order = np.lexsort((shape, cell))
        cell, self._shape = cell[order], shape[order]
        key = np.sort(covered_cell * self._count + covered)
        self._whole = np.isin(cell * self._count + self._shape, key) & exact[self._shape]
        counts = np.zeros(side * side, dtype=np.int64)
        counts[cells] = np.bincount(cell, minlength=len(cells))
        self._first = np.concatenate(([0], np.cumsum(counts)))

    def candidates(self, x: Float64Array, y: Float64Array) -> tuple[Rows, Rows, Flags]:
        """Pairs of a position's row and a shape that may hold it, and whether it does for sure; x and y in degrees."""
        if not self._count:
            return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.bool_)
        column = np.floor((x - self._west) / self._wide).astype(np.int64)
        line = np.floor((y - self._south) / self._tall).astype(np.int64)
        within = (column >= 0) & (column < self._side) & (line >= 0) & (line < self._side)
        rows = np.flatnonzero(within)
        cell = line[rows] * self._side + column[rows]
        first = self._first[cell]
        counts = self._first[cell + 1] - first
        rows, first, counts = rows[counts > 0], first[counts > 0], counts[counts > 0]
        ends = np.cumsum(counts)
        pair = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + counts, counts)
        return np.repeat(rows, counts), self._shape[pair], self._whole[pair]

    def _touched(self, bounds: Float64Array) -> Rows:
        """The cells that the bounds of some shape touch, in their order."""
        marked = np.zeros((self._side + 1, self._side + 1), dtype=np.int64)
        span = (bounds - [self._west, self._south, self._west, self._south]) / np.tile([self._wide, self._tall], 2)
        low = np.clip(np.floor(span[:, :2]).astype(np.int64) - 1, 0, self._side - 1)
        high = np.clip(np.floor(span[:, 2:]).astype(np.int64) + 1, 0, self._side - 1) + 1
        # Corners of each box, summed along both axes, mark every cell within it.
        for line, column, sign in ((low, low, 1), (low, high, -1), (high, low, -1), (high, high, 1)):
            np.add.at(marked, (line[:, 1], column[:, 0]), sign)
        return np.flatnonzero(marked.cumsum(axis=0).cumsum(axis=1)[: self._side, : self._side].ravel() > 0)
