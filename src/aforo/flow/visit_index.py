"""Where in the log the facts of visits at edges lie that nothing is expected of any more, at a few bytes a visit.

What an edge hands in of such a visit after all, as a correction by a laboratory weeks later, is read together with the
visit's facts. The index is by month, in keyed order within it, and holds the last MONTHS of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

#: Months that the index reaches back: a visit of which nothing was heard for so long is a new one when it is heard of.
MONTHS = 13

_Number = TypeVar("_Number", np.uint64, np.int64)


class IndexedMonth(msgspec.Struct, array_like=True):
    """The visits that ended in a month: their keys, ascending, and where in `positions` those of each begin, and how
    many they are; and the keys of the crossings that they were taken for. Little-endian, of 64 bits."""

    month: date
    visits: bytes = b""
    begins: bytes = b""
    lengths: bytes = b""
    positions: bytes = b""
    crossings: bytes = b""


class VisitIndex:
    """See the module."""

    def __init__(self, months: Sequence[IndexedMonth] = ()) -> None:
        self._months = {each.month: each for each in months}

    def __len__(self) -> int:
        """How often a visit was put in."""
        return sum(len(each.visits) // 8 for each in self._months.values())

    def dump(self) -> list[IndexedMonth]:
        """The state."""
        return list(self._months.values())

    def put(self, ended: Mapping[tuple[str, str], tuple[Sequence[int], str | None]], at: datetime) -> None:
        """Keep where the facts of visits lie, and the crossings that these were taken for, as of `at`."""
        month = at.date().replace(day=1)
        known = self._months.get(month, IndexedMonth(month))
        flat = _numbers(known.positions, np.int64)
        keys = [_visit_key(*key) for key in ended]
        lengths = np.array([len(positions) for positions, _ in ended.values()], dtype=np.int64)
        begins = len(flat) + np.cumsum(lengths) - lengths
        every = np.concatenate((_numbers(known.visits, np.uint64), np.array(keys, dtype=np.uint64)))
        order = np.argsort(every, kind="stable")  # of one visit the last that was put in comes last
        added = [position for positions, _ in ended.values() for position in positions]
        crossings = [_key(crossing) for _, crossing in ended.values() if crossing is not None]
        self._months[month] = IndexedMonth(
            month,
            every[order].astype("<u8").tobytes(),
            np.concatenate((_numbers(known.begins, np.int64), begins))[order].astype("<i8").tobytes(),
            np.concatenate((_numbers(known.lengths, np.int64), lengths))[order].astype("<i8").tobytes(),
            np.concatenate((flat, np.array(added, dtype=np.int64))).astype("<i8").tobytes(),
            np.union1d(_numbers(known.crossings, np.uint64), np.array(crossings, dtype=np.uint64))
            .astype("<u8")
            .tobytes(),
        )
        for old in sorted(self._months)[:-MONTHS]:
            del self._months[old]

    def positions(self, edge: str, visit: str) -> list[int]:
        """Where in the log the facts of a visit lie; nowhere where it is none of these."""
        key = np.uint64(_visit_key(edge, visit))
        for _, own in sorted(self._months.items(), reverse=True):
            keys = _numbers(own.visits, np.uint64)
            at = int(np.searchsorted(keys, key, side="right")) - 1
            if at >= 0 and keys[at] == key:
                begin = int(_numbers(own.begins, np.int64)[at])
                length = int(_numbers(own.lengths, np.int64)[at])
                found: list[int] = _numbers(own.positions, np.int64)[begin : begin + length].tolist()
                return found
        return []

    def has_crossing(self, crossing: str) -> bool:
        """Whether one of these visits was taken for a crossing."""
        key = np.uint64(_key(crossing))
        for own in self._months.values():
            keys = _numbers(own.crossings, np.uint64)
            at = int(np.searchsorted(keys, key))
            if at < len(keys) and keys[at] == key:
                return True
        return False


def _numbers(data: bytes, kind: type[_Number]) -> npt.NDArray[_Number]:
    return np.frombuffer(data, kind)


def _visit_key(edge: str, visit: str) -> int:
    return _key(f"{edge}\n{visit}")


def _key(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")
