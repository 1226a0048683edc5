"""What a file says twice, and what amends what: followed over a whole file in a few bytes a declaration."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

UInt64Array = npt.NDArray[np.uint64]
BoolArray = npt.NDArray[np.bool_]


@dataclass
class _Seen:
    """A map from identifier to content, both eight-byte hashes, in sorted runs of growing length.

    A run is merged into the one before it when it has become as long, so adding n entries moves O(n log n) of them, and
    memory is sixteen bytes each.
    """

    runs: list[tuple[UInt64Array, UInt64Array]] = field(default_factory=list)

    def look_up(self, keys: UInt64Array) -> tuple[BoolArray, UInt64Array]:
        """Whether each key was seen, and its content."""
        seen = np.zeros(len(keys), np.bool_)
        contents = np.zeros(len(keys), np.uint64)
        for run_keys, run_contents in self.runs:
            at = np.minimum(np.searchsorted(run_keys, keys), len(run_keys) - 1)
            here = run_keys[at] == keys
            seen |= here
            contents[here] = run_contents[at[here]]
        return seen, contents

    def add(self, keys: UInt64Array, contents: UInt64Array) -> None:
        """Keys that are new and unequal to each other."""
        if not len(keys):
            return
        order = np.argsort(keys)
        self.runs.append((keys[order], contents[order]))
        while len(self.runs) > 1 and len(self.runs[-1][0]) >= len(self.runs[-2][0]):
            (a, a_contents), (b, b_contents) = self.runs.pop(), self.runs.pop()
            keys, contents = np.concatenate([b, a]), np.concatenate([b_contents, a_contents])
            order = np.argsort(keys, kind="stable")
            self.runs.append((keys[order], contents[order]))


def _are_plain(table: pl.DataFrame) -> bool:
    """Whether no row says what another says, or amends anything."""
    if table["amends"].null_count() < table.height:
        return False
    return table["declaration_id"].n_unique() == table.height


class Chains:
    """Follows identifiers and amendments through one file.

    Hashes are seeded anew for each file, so that nobody can prepare two declarations that collide.
    """

    def __init__(self) -> None:
        self._seed = secrets.randbits(63)
        self._seen = _Seen()
        self._roots: dict[int, int] = {}
        self._plain: tuple[pl.DataFrame, pl.DataFrame | None] | None = None

    def _hash(self, columns: pl.DataFrame) -> UInt64Array:
        return columns.hash_rows(seed=self._seed).to_numpy().astype(np.uint64, copy=False)

    def follow(self, table: pl.DataFrame, labels: pl.DataFrame | None) -> tuple[BoolArray, BoolArray, BoolArray]:
        """Of rows that are good so far: which repeat an earlier one, which contradict one, which close a ring.

        A row repeats another if it has the same identifier and the same content; with another content it contradicts
        it. An amendment closes a ring if, following what it amends, one comes back to it.
        """
        if self._plain is not None:
            plain, self._plain = self._plain, None
            self._seen.add(*self._hashes(*plain))
        elif not self._seen.runs and _are_plain(table):
            self._plain = table, labels  # most messages end here: what is compared with nothing is not hashed
            nothing = np.zeros(table.height, np.bool_)
            return nothing, nothing.copy(), nothing.copy()
        keys, contents = self._hashes(table, labels)
        seen, earlier = self._seen.look_up(keys)
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        leader = first[group]
        later = leader != np.arange(len(keys))
        reference = np.where(seen, earlier, contents[leader])
        same = (seen | later) & (reference == contents)
        contradicts = (seen | later) & ~same
        new = ~(seen | later)
        rings = np.zeros(len(keys), np.bool_)
        amending = table["amends"].is_not_null().to_numpy() & new
        if amending.any():
            targets = self._hash(table.select(pl.col("amends").alias("declaration_id")))
            for row in np.flatnonzero(amending).tolist():
                rings[row] = not self._amend(int(keys[row]), int(targets[row]))
        new &= ~rings
        self._seen.add(keys[new], contents[new])
        return same, contradicts, rings

    def _hashes(self, table: pl.DataFrame, labels: pl.DataFrame | None) -> tuple[UInt64Array, UInt64Array]:
        """Of each row, its identifier and all that it says."""
        content = table.drop("record")
        if labels is not None:
            content = pl.concat([content, labels], how="horizontal")
        return self._hash(table.select("declaration_id")), self._hash(content)

    def _amend(self, key: int, target: int) -> bool:
        """Notes that `key` amends `target`; False, and nothing noted, where that would close a ring."""
        root = self._root(target)
        if root == key:
            return False
        self._roots[key] = root
        return True

    def _root(self, key: int) -> int:
        path = []
        while (above := self._roots.get(key)) is not None:
            path.append(key)
            key = above
        for each in path:
            self._roots[each] = key
        return key
