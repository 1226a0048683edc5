"""Columns by name: a row for each thing that is named, and a typed array for each thing that is known of it."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
T = TypeVar("T")
#: Is told after each part of a long work how many seconds that took, and may rest for a while.
Rest = Callable[[float], object]
#: What dumps a state as it was, resting between its parts.
Dump = Callable[[Rest], bytes]
#: Things that are encoded at once: some milliseconds, in which no other thread of the interpreter runs.
_PART = 2_000
#: Of zlib's levels the fastest: a fifth is left, and who writes to the log has to wait for as much less to be stored.
_LEVEL = 1
#: Rows that there is room for at first; then twice as many each time.
_ROOM = 1_024


class _Saved(msgspec.Struct, array_like=True):
    names: list[bytes]
    columns: dict[str, bytes]


class Columns:
    """Rows are counted from 0 in the order in which names came, and are never given to another."""

    def __init__(self, absent: Mapping[str, tuple[str, Any]]) -> None:
        """`absent` has of each column its type, as numpy writes it, and what it is of a new row."""
        self._absent = dict(absent)
        self._row: dict[str, int] = {}
        self._names: list[str] = []
        self._arrays = {name: np.full(_ROOM, value, dtype=kind) for name, (kind, value) in absent.items()}

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, column: str) -> npt.NDArray[Any]:
        """All that is known in a column, by row: writing to it is kept, until there are more rows."""
        return self._arrays[column][: len(self._names)]

    def find(self, name: str) -> int:
        """The row of a name; -1 where it has none."""
        return self._row.get(name, -1)

    def row(self, name: str) -> int:
        """The row of a name, which is a new one where it has none."""
        found = self._row.get(name)
        if found is None:
            found = self._row[name] = len(self._names)
            self._names.append(name)
            if found == len(next(iter(self._arrays.values()))):
                for column, (kind, value) in self._absent.items():
                    more = np.full(found, value, dtype=kind)
                    self._arrays[column] = np.concatenate((self._arrays[column], more))
        return found

    def rows(self, names: Iterable[str]) -> Rows:
        """The rows of names, -1 of each that has none; int64."""
        find = self._row.get
        return np.array([find(name, -1) for name in names], dtype=np.int64)

    def names(self, rows: Rows) -> list[str]:
        """The names of rows."""
        return [self._names[row] for row in rows.tolist()]

    @property
    def nbytes(self) -> int:
        """What the arrays take."""
        return sum(each.nbytes for each in self._arrays.values())

    def snapshot(self) -> Dump:
        """What dumps all of it as it is now, for `load`: to be called once, by any thread."""
        names, columns = list(self._names), {name: self[name].copy() for name in self._absent}

        def dumped(rest: Rest) -> bytes:
            packed: dict[str, bytes] = {}
            for name, each in columns.items():
                begun = time.monotonic()
                packed[name] = zlib.compress(each.tobytes(), _LEVEL)
                rest(time.monotonic() - begun)
            return msgspec.msgpack.encode(_Saved(parts_of(names, rest), packed))

        return dumped

    def load(self, saved: bytes) -> None:
        """Take over what was dumped, of the same columns. Raises msgspec.MsgspecError, ValueError, zlib.error."""
        found = msgspec.msgpack.decode(saved, type=_Saved)
        names = joined_of(found.names, str)
        count = len(names)
        room = max(_ROOM, count)
        for name, (kind, value) in self._absent.items():
            own = np.full(room, value, dtype=kind)
            own[:count] = np.frombuffer(zlib.decompress(found.columns[name]), dtype=kind)
            self._arrays[name] = own
        self._names = names
        self._row = {name: row for row, name in enumerate(names)}


def at_once(_: float) -> None:
    """The `Rest` of who does not."""


def parts_of(things: Sequence[object], rest: Rest) -> list[bytes]:
    """Things encoded in parts, between which other threads run; `joined_of` reads them."""
    parts = []
    for first in range(0, len(things), _PART):
        begun = time.monotonic()
        parts.append(zlib.compress(msgspec.msgpack.encode(things[first : first + _PART]), _LEVEL))
        rest(time.monotonic() - begun)
    return parts


def joined_of(parts: Iterable[bytes], kind: type[T]) -> list[T]:
    """The things of a kind that `parts_of` encoded. Raises msgspec.MsgspecError, zlib.error."""
    decoder = msgspec.msgpack.Decoder(list[kind])  # type: ignore[valid-type]
    return [each for part in parts for each in decoder.decode(zlib.decompress(part))]
