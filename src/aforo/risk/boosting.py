"""Gradient boosting of small trees on binned features, in one compiled loop on one thread.

Second-order boosting of the logistic loss on histograms (Friedman 2001; Chen and Guestrin 2016; Ke et al. 2017), best
split first, with missing values going to the side where they gain more, and features that may only raise the score held
to it by bounds on the leaves. Sums are taken in the order of the rows, so the same rows give the same trees.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.risk.hashtable import Float64Array, Int64Array, mix
from aforo.risk.jit import kernel

UInt8Array = npt.NDArray[np.uint8]
#: Thresholds of a feature are at most this many; the code after the last is that of a missing value.
THRESHOLDS = 62
MISSING = THRESHOLDS + 1
_CODES = MISSING + 1


class Growth(msgspec.Struct, frozen=True):
    """How trees grow: their number, the step of each, its greatest number of leaves, the fewest rows in a leaf, the
    ridge on a leaf's value, and the share of the features that a tree may look at."""

    trees: int = 60
    step: float = 0.08
    leaves: int = 12
    least_leaf: int = 15
    ridge: float = 5.0
    feature_share: float = 0.4


class Grown(NamedTuple):
    """Trees as nodes in columns, [trees, 2 · leaves − 1]: the feature (−1 for a leaf), the code up to which a row goes
    left, whether a missing one does, the children's numbers within the tree, and the value: a leaf's step in log-odds,
    another node's mean over the rows it was trained on. `nodes` is the number of nodes of each tree."""

    feature: Int64Array
    code: Int64Array
    missing_left: npt.NDArray[np.bool_]
    left: Int64Array
    right: Int64Array
    value: Float64Array
    nodes: Int64Array


def grow(
    codes: UInt8Array,
    found: npt.NDArray[np.bool_],
    weights: Float64Array,
    rising: npt.NDArray[np.bool_],
    growth: Growth,
    seed: int,
) -> Grown:
    """Grow trees on rows of codes uint8[n, F] (MISSING for a missing value). `rising` marks the features that may only
    raise the score as they rise."""
    size = 2 * growth.leaves - 1
    shape = (growth.trees, size)
    grown = Grown(
        np.full(shape, -1, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.bool_), np.zeros(shape, np.int64),
        np.zeros(shape, np.int64), np.zeros(shape), np.zeros(growth.trees, np.int64),
    )  # fmt: skip
    looked_at = max(1, round(growth.feature_share * codes.shape[1]))
    _grow(
        np.ascontiguousarray(codes), found, weights, rising, growth.step, growth.leaves, growth.least_leaf,
        growth.ridge, looked_at, seed, *grown,
    )  # fmt: skip
    return grown


@kernel
def _grow(
    codes: UInt8Array,
    found: npt.NDArray[np.bool_],
    weights: Float64Array,
    rising: npt.NDArray[np.bool_],
    step: float,
    leaves: int,
    least_leaf: int,
    ridge: float,
    looked_at: int,
    seed: int,
    feature: Int64Array,
    code: Int64Array,
    missing_left: npt.NDArray[np.bool_],
    left: Int64Array,
    right: Int64Array,
    value: Float64Array,
    nodes: Int64Array,
) -> None:
    n, features = codes.shape
    size = 2 * leaves - 1
    rate = (weights * found).sum() / weights.sum()
    score = np.full(n, np.log(rate / (1.0 - rate)))
    slope = np.empty((n, 2))
    rows = np.arange(n)
    spare = np.empty(n, np.int64)
    histogram = np.zeros((size, looked_at, _CODES, 3))
    chosen = np.arange(features)
    random = np.uint64(seed)
    start = np.zeros(size, np.int64)
    end = np.zeros(size, np.int64)
    low = np.zeros(size)
    high = np.zeros(size)
    best = np.zeros((size, 4))  # gain, place among the chosen, code, missing goes left
    for tree in range(len(nodes)):
        for i in range(n):
            p = 1.0 / (1.0 + np.exp(-score[i]))
            slope[i, 0] = weights[i] * (p - found[i])
            slope[i, 1] = weights[i] * p * (1.0 - p)
            rows[i] = i
        for j in range(looked_at):  # a partial Fisher–Yates shuffle
            random += np.uint64(0x9E3779B97F4A7C15)
            other = j + np.int64(mix(random) % np.uint64(features - j))
            chosen[j], chosen[other] = chosen[other], chosen[j]
        start[0], end[0], low[0], high[0] = 0, n, -np.inf, np.inf
        _fill(histogram[0], codes, slope, rows[:n], chosen, looked_at)
        _best_split(histogram[0], chosen, looked_at, rising, least_leaf, ridge, low[0], high[0], best[0])
        count, leaf_count = 1, 1
        while leaf_count < leaves:
            node = -1
            for each in range(count):
                if feature[tree, each] < 0 and best[each, 0] > 1e-9 and (node < 0 or best[each, 0] > best[node, 0]):
                    node = each
            if node < 0:
                break
            j = int(best[node, 1])
            at = int(best[node, 2])
            to_left = best[node, 3] > 0.0
            of = chosen[j]
            # Rows of the left child first, in their order.
            lefts, rights = start[node], 0
            for i in range(start[node], end[node]):
                c = codes[rows[i], of]
                if c <= at or (c == MISSING and to_left):
                    rows[lefts] = rows[i]
                    lefts += 1
                else:
                    spare[rights] = rows[i]
                    rights += 1
            for i in range(rights):
                rows[lefts + i] = spare[i]
            one, two = count, count + 1
            start[one], end[one], start[two], end[two] = start[node], lefts, lefts, end[node]
            smaller = one if lefts - start[node] <= rights else two
            larger = two if smaller == one else one
            _fill(histogram[smaller], codes, slope, rows[start[smaller] : end[smaller]], chosen, looked_at)
            histogram[larger] = histogram[node] - histogram[smaller]
            low[one] = low[two] = low[node]
            high[one] = high[two] = high[node]
            if rising[of]:
                middle = 0.5 * (
                    _leaf(histogram[one], ridge, low[node], high[node])
                    + _leaf(histogram[two], ridge, low[node], high[node])
                )
                high[one] = min(high[one], middle)
                low[two] = max(low[two], middle)
            feature[tree, node], code[tree, node], missing_left[tree, node] = of, at, to_left
            left[tree, node], right[tree, node] = one, two
            for child in (one, two):
                _best_split(
                    histogram[child], chosen, looked_at, rising, least_leaf, ridge, low[child], high[child], best[child]
                )
            count += 2
            leaf_count += 1
        nodes[tree] = count
        for node in range(count - 1, -1, -1):  # children come after their parent
            if feature[tree, node] < 0:
                value[tree, node] = step * _leaf(histogram[node], ridge, low[node], high[node])
                for i in range(start[node], end[node]):
                    score[rows[i]] += value[tree, node]
            else:
                one, two = left[tree, node], right[tree, node]
                share = (end[one] - start[one]) / (end[node] - start[node])
                value[tree, node] = share * value[tree, one] + (1.0 - share) * value[tree, two]


@kernel
def _fill(
    histogram: Float64Array,
    codes: UInt8Array,
    slope: Float64Array,
    rows: Int64Array,
    chosen: Int64Array,
    looked_at: int,
) -> None:
    """Sums of gradient, curvature and rows by code, for each chosen feature."""
    histogram[:] = 0.0
    for i in rows:
        g, h = slope[i, 0], slope[i, 1]
        for j in range(looked_at):
            cell = histogram[j, codes[i, chosen[j]]]
            cell[0] += g
            cell[1] += h
            cell[2] += 1.0


@kernel
def _leaf(histogram: Float64Array, ridge: float, low: float, high: float) -> float:
    """The value of a leaf: one Newton step within its bounds."""
    g, h = 0.0, 0.0
    for c in range(_CODES):
        g += histogram[0, c, 0]
        h += histogram[0, c, 1]
    return min(max(-g / (h + ridge), low), high)


@kernel
def _best_split(
    histogram: Float64Array,
    chosen: Int64Array,
    looked_at: int,
    rising: npt.NDArray[np.bool_],
    least_leaf: int,
    ridge: float,
    low: float,
    high: float,
    best: Float64Array,
) -> None:
    """The split that gains most: (gain, place among the chosen, code, missing goes left); gain 0 if there is none."""
    best[:] = 0.0
    g, h, count = 0.0, 0.0, 0.0
    for c in range(_CODES):
        g += histogram[0, c, 0]
        h += histogram[0, c, 1]
        count += histogram[0, c, 2]
    if count < 2 * least_leaf:
        return
    whole = _worth(g, h, ridge, low, high)
    for j in range(looked_at):
        unsaid = histogram[j, MISSING]
        for side in range(2):
            if side == 1 and unsaid[2] == 0.0:
                break
            gl, hl, nl = 0.0, 0.0, 0.0
            if side == 1:
                gl, hl, nl = unsaid[0], unsaid[1], unsaid[2]
            for c in range(MISSING):
                if histogram[j, c, 2] == 0.0 and c > 0:
                    continue
                gl += histogram[j, c, 0]
                hl += histogram[j, c, 1]
                nl += histogram[j, c, 2]
                if count - nl < least_leaf:
                    break
                if nl < least_leaf:
                    continue
                if rising[chosen[j]] and -gl / (hl + ridge) > -(g - gl) / (h - hl + ridge):
                    continue
                gain = _worth(gl, hl, ridge, low, high) + _worth(g - gl, h - hl, ridge, low, high) - whole
                if gain > best[0]:
                    best[0], best[1], best[2], best[3] = gain, j, c, side


@kernel
def _worth(g: float, h: float, ridge: float, low: float, high: float) -> float:
    """The loss that a leaf saves with its bounded value, doubled."""
    v = min(max(-g / (h + ridge), low), high)
    return -(2.0 * g * v + (h + ridge) * v * v)
