"""Columns of numbers that grow as a file is read, each in one piece of memory and no wider than its numbers need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Columns = dict[str, npt.NDArray[Any]]
#: Rows that a column has room for at first.
_FIRST: Final = 1 << 16


class Growing:
    """Columns of as many rows each, of integers; `kinds` are the narrowest types that they have.

    A column doubles its room when it is full, which costs nothing before rows stand there; one that meets a number
    which its type does not hold becomes one of four, then of eight bytes.
    """

    def __init__(self, kinds: Mapping[str, npt.DTypeLike]) -> None:
        self._columns: Columns = {name: np.empty(_FIRST, kind) for name, kind in kinds.items()}
        self._rows = 0

    def add(self, part: Mapping[str, npt.NDArray[Any]]) -> None:
        """More rows, at the end of every column."""
        rows = len(next(iter(part.values())))
        until = self._rows + rows
        for name, column in self._columns.items():
            own = part[name]
            kind = _kind(column.dtype, own)
            if kind != column.dtype or until > len(column):
                room = max(len(column), 2 * until if until > len(column) else 0)
                wider = np.empty(room, kind)
                wider[: self._rows] = column[: self._rows]
                self._columns[name] = column = wider
            column[self._rows : until] = own
        self._rows = until

    def taken(self) -> Columns:
        """The columns as they are now; nothing may be added afterwards."""
        return {name: column[: self._rows] for name, column in self._columns.items()}


def _kind(kind: np.dtype[Any], own: npt.NDArray[Any]) -> np.dtype[Any]:
    """The narrowest type, from `kind` on, that holds numbers."""
    if not len(own) or np.can_cast(own.dtype, kind):
        return kind
    least, most = int(own.min()), int(own.max())
    wider = (np.dtype(np.int32), np.dtype(np.int64))
    return next(each for each in (kind, *wider) if np.iinfo(each).min <= least and most <= np.iinfo(each).max)
