"""Training of the model: gradient-boosted trees on the logged features, taken over into an ensemble of our own.

scikit-learn's histogram gradient boosting is used because its wheels carry their own OpenMP library on every platform
(docs/adr/0003-model-library.md). The trees are small and their posterior features monotone: labels are few.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from aforo.domain.units import MICRO, Int64Array
from aforo.risk.features import FEATURES, is_posterior
from aforo.risk.hashtable import Float64Array
from aforo.risk.trees import Ensemble, Float32Array


class ModelSettings(msgspec.Struct, frozen=True):
    """Sizes of the ensemble: `bags` models of `trees` trees, each trained without one part of the history."""

    bags: int = 4
    trees: int = 60
    learning_rate: float = 0.08
    leaves: int = 12
    least_leaf: int = 15
    l2: float = 5.0
    feature_share: float = 0.4
    monotone: bool = True
    seed: int = 1


def train_bags(
    features: Float32Array,
    violation: npt.NDArray[np.bool_],
    weights: Float64Array,
    bag_of_row: Int64Array,
    settings: ModelSettings,
) -> Ensemble:
    """One ensemble whose bag b was trained on the rows of every other part than b.

    `bag_of_row` int64[n] names the part of each row, so that its score by its own bag alone is one that never saw it.
    A bag whose rows have one class only has no trees.
    """
    constraints = np.array([int(settings.monotone and is_posterior(name)) for name in FEATURES])
    bins = Bins.of(features)
    codes = bins.codes(features)
    grown: list[Ensemble] = []
    for bag in range(settings.bags):
        rows = np.flatnonzero(bag_of_row != bag)
        found = int(violation[rows].sum())
        if found < 5 or found == len(rows):
            continue
        said = np.flatnonzero(~np.isnan(codes[rows]).all(axis=0))  # a column without a number cannot be binned
        classifier = HistGradientBoostingClassifier(
            learning_rate=settings.learning_rate,
            max_iter=settings.trees,
            max_leaf_nodes=settings.leaves,
            min_samples_leaf=settings.least_leaf,
            l2_regularization=settings.l2,
            max_features=settings.feature_share,
            monotonic_cst=constraints[said],
            early_stopping=False,
            random_state=settings.seed + bag,
        )
        # One thread: the sums of the histograms are then always taken in the same order.
        with threadpool_limits(limits=1):
            classifier.fit(codes[np.ix_(rows, said)], violation[rows], sample_weight=weights[rows])
        grown.append(taken_over(classifier, said, bins, bag))
    return joined(grown)


class Bins(NamedTuple):
    """The thresholds that trees may use, by feature, in ascending order: float32[thresholds] each."""

    edges: list[Float32Array]

    @classmethod
    def of(cls, features: Float32Array, count: int = 63) -> Bins:
        """Thresholds at the quantiles of what the rows say."""
        at = np.linspace(0.0, 1.0, count + 2)[1:-1]
        edges = []
        for column in features.T:
            said = column[~np.isnan(column)]
            # "lower" keeps every threshold one of the values, so that it is exact in single precision.
            edges.append(np.unique(np.quantile(said, at, method="lower")) if len(said) else np.empty(0, np.float32))
        return cls([edge.astype(np.float32) for edge in edges])

    def codes(self, features: Float32Array) -> Float32Array:
        """The number of thresholds below each value, NaN kept: x ≤ edges[c] exactly where its code ≤ c.

        The classifier is given these, because it would look for weighted quantiles itself, which takes minutes.
        """
        codes = np.full(features.shape, np.nan, np.float32)
        for j, edge in enumerate(self.edges):
            said = ~np.isnan(features[:, j])
            codes[said, j] = np.searchsorted(edge, features[said, j], side="left")
        return codes


def taken_over(
    classifier: HistGradientBoostingClassifier, columns_used: Int64Array, bins: Bins, bag: int = 0
) -> Ensemble:
    """The trees of a classifier fitted on codes, without its prior: the base rate is the combiner's.

    `columns_used` are the positions in FEATURES of the columns that it was fitted on. A threshold between the codes c
    and c + 1 becomes edge c.
    """
    columns: list[list[npt.NDArray[np.generic]]] = [[] for _ in range(6)]
    roots: list[int] = []
    offset = 0
    for (predictor,) in classifier._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(np.bool_)
        feature = np.where(leaf, -1, columns_used[np.where(leaf, 0, nodes["feature_idx"])]).astype(np.int32)
        threshold = np.array(
            [
                0.0 if of < 0 else _edge(bins.edges[of], code)
                for of, code in zip(feature, nodes["num_threshold"], strict=True)
            ],
            np.float32,
        )
        values = np.rint(_means(nodes) * MICRO).astype(np.int64)
        for column, content in zip(
            columns,
            (
                feature,
                threshold,
                nodes["missing_go_to_left"].astype(np.bool_) & ~leaf,
                np.where(leaf, 0, nodes["left"].astype(np.int64) + offset).astype(np.int32),
                np.where(leaf, 0, nodes["right"].astype(np.int64) + offset).astype(np.int32),
                values,
            ),
            strict=True,
        ):
            column.append(content)
        roots.append(offset)
        offset += len(nodes)
    features, thresholds, missing, left, right, value = (np.concatenate(c) for c in columns)
    root = np.array(roots, np.int32)
    return Ensemble(features, thresholds, missing, left, right, value, root, np.full(len(root), bag, np.int32))


def _edge(edges: Float32Array, code: float) -> float:
    """The threshold for a split of codes at `code`. A split of missing from all the rest has the largest number: JSON
    has no infinity."""
    at = int(np.floor(code)) if np.isfinite(code) else len(edges)
    return float(edges[at]) if at < len(edges) else float(np.finfo(np.float32).max)


def _means(nodes: npt.NDArray[np.void]) -> Float64Array:
    """The value of each leaf, and of each other node the mean of the leaves below it by their counts."""
    value = nodes["value"].astype(np.float64).copy()
    weight = nodes["count"].astype(np.float64).copy()
    # Children come after their parent, so a pass from the end meets them first.
    for node in range(len(nodes) - 1, -1, -1):
        if not nodes["is_leaf"][node]:
            left, right = int(nodes["left"][node]), int(nodes["right"][node])
            weight[node] = weight[left] + weight[right]
            value[node] = (weight[left] * value[left] + weight[right] * value[right]) / weight[node]
    return value


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
