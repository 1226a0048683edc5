"""A tree ensemble in a form of our own: flat arrays, scored by a small loop, stored as JSON.

Leaves and nodes hold integers, millionths of log-odds: a score is a sum of integers, so its bits depend on no library,
no machine and no order. Each tree belongs to a bag; bags were trained on different parts of the history, and how far
they disagree tells how little is known of a row.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.units import Int64Array
from aforo.risk.jit import kernel

Float32Array = npt.NDArray[np.float32]
Int32Array = npt.NDArray[np.int32]


class Ensemble(NamedTuple):
    """Trees, one node a row. A leaf has feature −1. `value` is the leaf's, or the mean of the leaves below (by their
    training weight), in micro-log-odds. A row goes left where its feature is at most the threshold; a missing one goes
    left where `missing_left` says so. `root` are the trees' first nodes, `bag` the bag of each tree.
    """

    feature: Int32Array
    threshold: Float32Array
    missing_left: npt.NDArray[np.bool_]
    left: Int32Array
    right: Int32Array
    value: Int64Array
    root: Int32Array
    bag: Int32Array

    @property
    def bags(self) -> int:
        """The number of bags."""
        return int(self.bag.max()) + 1 if len(self.bag) else 0

    def scores(self, features: Float32Array) -> Int64Array:
        """The sum of each bag's trees, int64[n, bags], in micro-log-odds."""
        out = np.zeros((len(features), max(self.bags, 1)), np.int64)
        leaf = self.feature < 0
        itself = np.arange(len(self.feature), dtype=np.int32)
        left, right = np.where(leaf, itself, self.left), np.where(leaf, itself, self.right)
        missing = np.where(self.missing_left, left, right)
        step = np.column_stack([np.maximum(self.feature, 0), left, right, missing]).astype(np.int32)
        depth = _depths(self.feature, self.left, self.right, self.root)
        _score(features, step, self.threshold, depth, self.root, self.value, self.bag, out)
        return out

    def paths(self, features: Float32Array) -> tuple[int, Int64Array]:
        """The score of each row taken apart along its paths: (expected sum of all bags, int64[n, F] per feature).

        Each split moves the expectation from its node's mean to its child's, and the move is credited to its feature
        (Saabas, 2014): exact, additive and two loops long, where a Shapley attribution would average the same moves
        over orders that the tree does not take.
        """
        parts = np.zeros(features.shape, np.int64)
        _walk(features, *self, parts)
        return int(self.value[self.root].sum()), parts

    def to_json(self) -> bytes:
        """The ensemble as JSON; thresholds are written so that they read back to the bit."""
        return msgspec.json.encode(
            {
                "feature": self.feature.tolist(),
                "threshold": self.threshold.astype(np.float64).tolist(),
                "missing_left": self.missing_left.astype(np.int8).tolist(),
                "left": self.left.tolist(),
                "right": self.right.tolist(),
                "value": self.value.tolist(),
                "root": self.root.tolist(),
                "bag": self.bag.tolist(),
            }
        )

    @classmethod
    def from_json(cls, text: bytes) -> Ensemble:
        """Raises msgspec.DecodeError or ValidationError for what is not an ensemble."""
        stored = msgspec.json.decode(text, type=_Stored)
        return cls(
            np.array(stored.feature, np.int32),
            np.array(stored.threshold, np.float32),
            np.array(stored.missing_left, np.bool_),
            np.array(stored.left, np.int32),
            np.array(stored.right, np.int32),
            np.array(stored.value, np.int64),
            np.array(stored.root, np.int32),
            np.array(stored.bag, np.int32),
        )

    @classmethod
    def empty(cls) -> Ensemble:
        """No tree: every score is zero."""
        return cls.from_json(msgspec.json.encode(_Stored([], [], [], [], [], [], [], [])))


class _Stored(msgspec.Struct):
    feature: list[int]
    threshold: list[float]
    missing_left: list[int]
    left: list[int]
    right: list[int]
    value: list[int]
    root: list[int]
    bag: list[int]


@kernel
def _score(
    x: Float32Array,
    step: Int32Array,
    threshold: Float32Array,
    depth: Int32Array,
    root: Int32Array,
    value: Int64Array,
    bag: Int32Array,
    out: Int64Array,
) -> None:
    """Add up the leaves. Eight rows walk down a tree together, so that their look-ups overlap; who has come to a leaf
    stays there. `step` has a node's feature and the next node of a row at most at the threshold, above it, or missing.
    """
    together, block = 8, 64
    at = np.empty(together, np.int32)
    for start in range(0, x.shape[0], block):  # rows that stay in the cache while the trees pass over them
        end = min(start + block, x.shape[0])
        for tree in range(len(root)):
            for first in range(start, end, together):
                count = min(together, end - first)
                for r in range(count):
                    at[r] = root[tree]
                for _ in range(depth[tree]):
                    for r in range(count):
                        node = at[r]
                        v, limit = x[first + r, step[node, 0]], threshold[node]
                        at[r] = step[node, 3 - 2 * (v <= limit) - (v > limit)]
                for r in range(count):
                    out[first + r, bag[tree]] += value[at[r]]


@kernel
def _depths(feature: Int32Array, left: Int32Array, right: Int32Array, root: Int32Array) -> Int32Array:
    """The longest path of each tree; children come after their parent."""
    level = np.zeros(len(feature), np.int32)
    depth = np.zeros(len(root), np.int32)
    for tree in range(len(root)):
        end = root[tree + 1] if tree + 1 < len(root) else len(feature)
        for node in range(root[tree], end):
            depth[tree] = max(depth[tree], level[node])
            if feature[node] >= 0:
                level[left[node]] = level[right[node]] = level[node] + 1
    return depth


@kernel
def _walk(
    x: Float32Array,
    feature: Int32Array,
    threshold: Float32Array,
    missing_left: npt.NDArray[np.bool_],
    left: Int32Array,
    right: Int32Array,
    value: Int64Array,
    root: Int32Array,
    bag: Int32Array,
    parts: Int64Array,
) -> None:
    for i in range(x.shape[0]):
        for tree in range(len(root)):
            node = root[tree]
            while feature[node] >= 0:
                v = x[i, feature[node]]
                goes_left = v <= threshold[node] or (missing_left[node] and v != v)
                child = left[node] if goes_left else right[node]
                parts[i, feature[node]] += value[child] - value[node]
                node = child
