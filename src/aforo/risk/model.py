"""Training of the model: gradient-boosted trees on the logged features, taken over into an ensemble.

The trees are small and their posterior features monotone, since labels are few. They are grown by a compiled loop of
our own (`boosting`); why is told in docs/adr/0003-model-library.md.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.units import MICRO, Int64Array
from aforo.risk.boosting import MISSING, THRESHOLDS, Grown, Growth, UInt8Array, grow
from aforo.risk.features import FEATURES, is_posterior, of_load
from aforo.risk.hashtable import Float64Array
from aforo.risk.trees import Ensemble, Float32Array

#: Fewer findings than this, and a bag has no trees.
FEWEST_FINDINGS = 5
_OF_LOAD = np.array([of_load(name) for name in FEATURES])
_RISING = np.array([is_posterior(name) for name in FEATURES])


class ModelSettings(msgspec.Struct, frozen=True):
    """`bags` models, each grown without one part of the history; the first `load_bags` of them see nothing of
    parties, so that the load is judged by itself even where the parties' records say little or mislead. `monotone`
    holds the posterior features to raising the risk as they rise."""

    bags: int = 4
    load_bags: int = 2
    growth: Growth = Growth()
    monotone: bool = True
    seed: int = 1


class Bins(NamedTuple):
    """The thresholds that trees may use, by feature, in ascending order: float32[thresholds] each."""

    edges: list[Float32Array]

    @classmethod
    def of(cls, features: Float32Array) -> Bins:
        """Thresholds at the quantiles of what the rows say."""
        at = np.linspace(0.0, 1.0, THRESHOLDS + 2)[1:-1]
        edges = []
        for column in features.T:
            said = np.sort(column[~np.isnan(column)])
            # Each threshold is one of the values, so that it is exact in single precision.
            edges.append(np.unique(said[(at * (len(said) - 1)).astype(np.int64)]) if len(said) else said)
        return cls(edges)

    def codes(self, features: Float32Array) -> UInt8Array:
        """The number of thresholds below each value, or MISSING: x ≤ edges[c] exactly where its code ≤ c."""
        codes = np.full(features.shape, MISSING, np.uint8)
        for j, edge in enumerate(self.edges):
            said = ~np.isnan(features[:, j])
            codes[said, j] = np.searchsorted(edge, features[said, j], side="left")
        return codes


def train_bags(
    features: Float32Array,
    violation: npt.NDArray[np.bool_],
    weights: Float64Array,
    bag_of_row: Int64Array,
    settings: ModelSettings,
) -> Ensemble:
    """One ensemble whose bag b was trained on the rows of every other part than b.

    `bag_of_row` int64[n] names the part of each row, so that its score by its own bag alone is one that never saw it.
    A bag with too few findings has no trees.
    """
    bins = Bins.of(features)
    codes = bins.codes(features)
    rising = _RISING & settings.monotone
    every, load = np.arange(len(FEATURES)), np.flatnonzero(_OF_LOAD)
    bags: list[Ensemble] = []
    for bag in range(settings.bags):
        rows = np.flatnonzero(bag_of_row != bag)
        found = violation[rows]
        if FEWEST_FINDINGS <= int(found.sum()) < len(rows):
            seen = load if bag < settings.load_bags else every
            grown = grow(
                codes[np.ix_(rows, seen)], found, weights[rows], rising[seen], settings.growth, settings.seed + bag
            )
            bags.append(taken_over(grown, bins, seen, bag))
    return joined(bags)


def taken_over(grown: Grown, bins: Bins, seen: Int64Array, bag: int = 0) -> Ensemble:
    """Trees grown on the features `seen` as an ensemble: codes become thresholds, values whole micro-log-odds."""
    kept = np.arange(grown.feature.shape[1])[None, :] < grown.nodes[:, None]
    start = np.concatenate([[0], np.cumsum(grown.nodes)[:-1]])
    feature = np.where(grown.feature[kept] < 0, -1, seen[grown.feature[kept]]).astype(np.int32)
    leaf = feature < 0
    threshold = [0.0 if f < 0 else _edge(bins.edges[f], c) for f, c in zip(feature, grown.code[kept], strict=True)]
    left, right = ((column + start[:, None])[kept].astype(np.int32) for column in (grown.left, grown.right))
    return Ensemble(
        feature,
        np.array(threshold, np.float32),
        grown.missing_left[kept],
        np.where(leaf, 0, left).astype(np.int32),
        np.where(leaf, 0, right).astype(np.int32),
        np.rint(grown.value[kept] * MICRO).astype(np.int64),
        start.astype(np.int32),
        np.full(len(start), bag, np.int32),
    )


def _edge(edges: Float32Array, code: int) -> float:
    """The threshold of a code. A split of missing from all the rest has the largest number: JSON has no infinity."""
    return float(edges[code]) if code < len(edges) else float(np.finfo(np.float32).max)


def joined(ensembles: list[Ensemble]) -> Ensemble:
    """Several ensembles as one; the bags keep their numbers."""
    if not ensembles:
        return Ensemble.empty()
    starts = np.cumsum([0] + [len(e.feature) for e in ensembles[:-1]])
    return Ensemble(
        np.concatenate([e.feature for e in ensembles]),
        np.concatenate([e.threshold for e in ensembles]),
        np.concatenate([e.missing_left for e in ensembles]),
        np.concatenate([e.left + np.int32(s) for e, s in zip(ensembles, starts, strict=True)]),
        np.concatenate([e.right + np.int32(s) for e, s in zip(ensembles, starts, strict=True)]),
        np.concatenate([e.value for e in ensembles]),
        np.concatenate([e.root + np.int32(s) for e, s in zip(ensembles, starts, strict=True)]),
        np.concatenate([e.bag for e in ensembles]),
    )
