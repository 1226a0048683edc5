"""An open-addressing hash table over columns: 64-bit keys with a row of doubles each, for jitted sequential kernels.

A table is a triple of arrays, `keys uint64[capacity]` (0 is free), `state float64[capacity, width]` and
`used int64[1]`; the capacity is a power of two. Nothing outside depends on where a key lies, so a dump is sorted by
key and does not depend on the capacity or on the order of insertion.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aforo.risk.jit import kernel

UInt64Array = npt.NDArray[np.uint64]
Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]

#: The load above which a table is grown.
MAX_LOAD = 0.6
_FIRST_CAPACITY = 1 << 10


class HashTable(NamedTuple):
    """The arrays of one table; a kernel takes them as they are."""

    keys: UInt64Array
    state: Float64Array
    used: Int64Array

    @classmethod
    def empty(cls, width: int, capacity: int = _FIRST_CAPACITY) -> HashTable:
        """A table without keys; `capacity` must be a power of two."""
        return cls(np.zeros(capacity, np.uint64), np.zeros((capacity, width)), np.zeros(1, np.int64))

    def nearly_full(self, wanted: int) -> bool:
        """Whether `wanted` more keys would exceed the load."""
        return int(self.used[0]) + wanted > MAX_LOAD * len(self.keys)

    def grown(self) -> HashTable:
        """The same content in twice the capacity."""
        larger = HashTable.empty(self.state.shape[1], 2 * len(self.keys))
        _reinsert(self.keys, self.state, larger.keys, larger.state, larger.used)
        return larger

    def without(self, gone: npt.NDArray[np.bool_]) -> HashTable:
        """The content without the keys of these places, bool[capacity], in the same capacity or less."""
        stay = (self.keys != 0) & ~gone
        keys, capacity = self.keys[stay], len(self.keys)
        while capacity > _FIRST_CAPACITY and len(keys) <= MAX_LOAD * capacity / 4:
            capacity //= 2
        table = HashTable.empty(self.state.shape[1], capacity)
        _reinsert(keys, self.state[stay], table.keys, table.state, table.used)
        return table

    def content(self) -> tuple[UInt64Array, Float64Array]:
        """Keys in ascending order and their rows."""
        taken = np.flatnonzero(self.keys)
        order = taken[np.argsort(self.keys[taken])]
        return self.keys[order], self.state[order]

    @classmethod
    def of(cls, keys: UInt64Array, state: Float64Array) -> HashTable:
        """A table with the given content."""
        capacity = _FIRST_CAPACITY
        while len(keys) > MAX_LOAD * capacity / 2:
            capacity *= 2
        table = cls.empty(state.shape[1], capacity)
        _reinsert(keys, state, table.keys, table.state, table.used)
        return table


@kernel
def mix(x: np.uint64) -> np.uint64:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection on 64 bits with good avalanche."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@kernel
def find(keys: UInt64Array, key: np.uint64) -> np.int64:
    """Position of `key`, or -1."""
    mask = np.uint64(len(keys) - 1)
    at = key & mask
    while True:
        here = keys[at]
        if here == key:
            return np.int64(at)
        if here == np.uint64(0):
            return np.int64(-1)
        at = (at + np.uint64(1)) & mask


@kernel
def find_or_insert(keys: UInt64Array, used: Int64Array, key: np.uint64) -> np.int64:
    """Position of `key`, taken for it if it was not there. The caller keeps the load below MAX_LOAD."""
    mask = np.uint64(len(keys) - 1)
    at = key & mask
    while True:
        here = keys[at]
        if here == key:
            return np.int64(at)
        if here == np.uint64(0):
            keys[at] = key
            used[0] += 1
            return np.int64(at)
        at = (at + np.uint64(1)) & mask


@kernel
def positions(keys: UInt64Array, wanted: UInt64Array) -> Int64Array:
    """The position of each wanted key, -1 where it is not there."""
    at = np.empty(len(wanted), np.int64)
    for i in range(len(wanted)):
        at[i] = find(keys, wanted[i])
    return at


@kernel
def _reinsert(
    keys: UInt64Array, state: Float64Array, new_keys: UInt64Array, new_state: Float64Array, new_used: Int64Array
) -> None:
    for i in range(len(keys)):
        if keys[i] != np.uint64(0):
            at = find_or_insert(new_keys, new_used, keys[i])
            new_state[at, :] = state[i, :]
