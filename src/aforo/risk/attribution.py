"""The model's one term, feature by feature: for what is selected, or for what somebody asks."""

from __future__ import annotations

import numpy as np

from aforo.domain.units import Int64Array
from aforo.risk.artefacts import RiskArtefacts
from aforo.risk.trees import Float32Array


def attribute(features: Float32Array, artefacts: RiskArtefacts) -> Int64Array:
    """The parts of the ensemble's score, int64[n, F + 1] in micro-log-odds summed over its bags.

    One column a feature; the last is what the trees expect before they look at any. They add up to the sum of the bags'
    scores exactly (path attribution; see `Ensemble.paths`).
    """
    expected, parts = artefacts.ensemble.paths(features)
    return np.column_stack([parts, np.full(len(parts), expected, np.int64)])
