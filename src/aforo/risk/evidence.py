"""The sources of evidence beside the model: which features each is made of, and its raw log-odds for every threat.

Raw evidence is what a source says by itself; the combiner weighs it, because sources overlap.
"""

from __future__ import annotations

import numpy as np

from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, Int64Array
from aforo.risk.features import ENTITIES, INDEX, THREAT_FEATURES
from aforo.risk.trees import Ensemble, Float32Array

#: Sources that repeat posterior shifts of the memory, with the features that they add up.
MEMORY_SOURCES: dict[str, tuple[str, ...]] = {
    **{entity: (f"{entity}.shift",) for entity in ENTITIES},
    "pairs": (
        "importer_broker.shift",
        "importer_exporter.shift",
        "importer_origin.shift",
        "importer_hs4.shift",
        "exporter_hs4.shift",
        "carrier_driver.shift",
        "driver_tractor.shift",
    ),
    "seal": ("seal.shift",),
}

#: Every source, in the order of the evidence. `history` speaks to each threat by that threat's own findings. `rules`
#: and `stated`, what facts add that no feature has (list hits, contradictions), enter as written and are not weighed.
SOURCES: tuple[str, ...] = ("model", "tells", *MEMORY_SOURCES, "history", "rules", "stated")
#: Sources that the combiner weighs.
WEIGHED = SOURCES[:-2]

#: A source may say at most this much, in micro-log-odds.
_BOUND = 6 * MICRO


def raw_evidence(features: Float32Array, model: Int64Array, tells: Int64Array) -> Int64Array:
    """What every weighed source says, int64[n, len(WEIGHED), K] in micro-log-odds.

    `model` int64[n] is the ensemble's score and `tells` int64[n] what the tells say
    together. What a filing does not name says nothing: zero.
    """
    n, threats = len(features), len(THREATS)
    raw = np.zeros((n, len(WEIGHED), threats), np.int64)
    raw[:, 0, :] = model[:, None]
    raw[:, 1, :] = np.clip(tells, -_BOUND, _BOUND)[:, None]
    for s, names in enumerate(MEMORY_SOURCES.values(), start=2):
        raw[:, s, :] = micro_of(features, names)[:, None]
    for k, name in enumerate(THREAT_FEATURES):
        raw[:, -1, k] = micro_of(features, (name,))
    return raw


def micro_of(features: Float32Array, names: tuple[str, ...]) -> Int64Array:
    """The sum of some features as bounded micro-log-odds, each rounded by itself; a missing one counts nothing."""
    total = np.zeros(len(features), np.int64)
    for name in names:
        column = features[:, INDEX[name]].astype(np.float64)
        total += np.rint(np.where(np.isnan(column), 0.0, column) * MICRO).astype(np.int64)
    return np.clip(total, -_BOUND, _BOUND)


def model_score(ensemble: Ensemble, features: Float32Array) -> tuple[Int64Array, Int64Array]:
    """The mean of the bags' scores, int64[n], and the scores themselves, int64[n, bags]."""
    by_bag = ensemble.scores(features)
    mean: Int64Array = by_bag.sum(axis=1) // by_bag.shape[1]
    return mean, by_bag
