"""Exploration: what it is worth to look at a crossing for the sake of what would be learnt. It never is a probability.

Labels come only from what is examined, so a policy that always takes the likeliest learns nothing of what it has not
seen. Two things are worth a look beyond their odds: what the model is unsure of, and parties that are new and come in
bursts, or that appear beside a fresh finding.
"""

from __future__ import annotations

import msgspec
import numpy as np

from aforo.domain.units import MICRO, Int64Array
from aforo.risk.features import INDEX
from aforo.risk.hashtable import Float64Array
from aforo.risk.trees import Float32Array


class Exploration(msgspec.Struct, frozen=True):
    """How much is added, in log-odds: `doubt` per standard deviation of the bags' scores, `tells` per
    standard deviation of what the tells say, `novelty` for a new importer
    or exporter at its most, `burst` for one that comes in a burst. `examinations` is the number of them after which
    half of the novelty is gone.
    """

    doubt: float = 0.0
    tells: float = 3.0
    novelty: float = 0.0
    burst: float = 0.0
    examinations: float = 2.0


def optimism(
    features: Float32Array, by_bag: Int64Array, tells_doubt: Float64Array, exploration: Exploration
) -> Float64Array:
    """The log-odds by which each row is looked at more kindly than its evidence says, float64[n], never negative."""
    doubt = exploration.doubt * by_bag.std(axis=1) / MICRO + exploration.tells * tells_doubt
    novelty = np.zeros(len(features))
    for entity in ("importer", "exporter"):
        column = {
            what: features[:, INDEX[f"{entity}.{what}"]].astype(np.float64) for what in ("examined", "burst", "age")
        }
        looks = np.expm1(np.nan_to_num(column["examined"], nan=50.0))
        unknown = exploration.examinations / (exploration.examinations + looks)
        young = 1.0 / (1.0 + np.expm1(np.nan_to_num(column["age"], nan=0.0)) / 30.0)
        rush = np.clip(np.nan_to_num(column["burst"], nan=0.0), 0.0, 3.0)
        novelty = np.maximum(novelty, unknown * young * (exploration.novelty + exploration.burst * rush))
    total: Float64Array = doubt + novelty
    return total
