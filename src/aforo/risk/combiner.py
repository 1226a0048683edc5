"""The combiner: how much each source of evidence weighs for each threat, and the base rate that they are added to.

A regularised logistic regression with weights that are never negative. All threats are first fitted as one; each
threat's own weights are then drawn towards the common ones, the more so the fewer findings it has. The base is fitted
last, with the full inverse propensities, so that the probabilities are those of all traffic and not of what was chosen.
What an officer chose against the product was not drawn with its propensity, and has no part in the base.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
import scipy

from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, Int64Array
from aforo.risk.evidence import WEIGHED
from aforo.risk.hashtable import Float64Array


class Combiner(msgspec.Struct, frozen=True):
    """`base` in micro-log-odds by threat; `weights` by source (in the order of `sources`), then by threat."""

    sources: list[str]
    base: list[int]
    weights: list[list[float]]

    def weighed(self, raw: Int64Array) -> Int64Array:
        """Each source's evidence after its weight, rounded to whole micro-log-odds, int64[n, S, K]."""
        weighed: Int64Array = np.rint(raw * np.array(self.weights)[None, :, :]).astype(np.int64)
        return weighed


class CombinerSettings(msgspec.Struct, frozen=True):
    """`prior_model`, `prior_tells` and `prior_memory` are the weights assumed before there are findings, `ridge` how
    many findings' worth of belief they have, `threat_ridge` the same for a threat's own against the common ones.
    `largest_weight`
    bounds an inverse propensity while the weights are fitted (the base uses them all). `base_rows` rows at `base_rate`
    stand for what is believed of a threat before any is found.
    """

    prior_model: float = 0.6
    prior_tells: float = 0.6
    prior_memory: float = 0.05
    ridge: float = 10.0
    threat_ridge: float = 20.0
    largest_weight: float = 5.0
    base_rows: float = 200.0
    base_rate: float = 0.003


def fit_combiner(
    raw: Int64Array,
    violation: npt.NDArray[np.bool_],
    threat: Int64Array,
    propensity: Float64Array,
    trust: Float64Array,
    share: Float64Array,
    by_override: npt.NDArray[np.bool_],
    detection: Float64Array,
    settings: CombinerSettings,
) -> Combiner:
    """Weights and base from examined rows.

    `raw` int64[n, S, K] is the raw evidence, its model part from bags that never saw the row. `trust` weighs a label
    (overrides less), `share` is the part of an examination that the row is, and `by_override` marks what an officer
    chose. `detection` is the chance that the examination would have found a violation: a row where nothing was found
    has likelihood 1 − detection · P, not 1 − P.
    """
    x = raw / MICRO
    inverse = 1.0 / propensity
    drawn = ~by_override
    bounded = trust * np.minimum(inverse, settings.largest_weight)
    prior = np.full(len(WEIGHED), settings.prior_memory)
    prior[WEIGHED.index("model")] = settings.prior_model
    prior[WEIGHED.index("tells")] = settings.prior_tells
    history = WEIGHED.index("history")
    shared_x = x[:, :, 0].copy()
    shared_x[:, history] = 0.0
    shared, _ = _fit(shared_x, violation, bounded, detection, prior, settings.ridge)
    shared[history] = settings.prior_memory
    weights = np.empty((len(WEIGHED), len(THREATS)))
    base: list[int] = []
    for k in range(len(THREATS)):
        own = violation & (threat == k)
        # Findings of the other threats say nothing about this one.
        rows = own | ~violation
        weights[:, k], _ = _fit(x[rows, :, k], own[rows], bounded[rows], detection[rows], shared, settings.threat_ridge)
        weights[:, k] = np.round(weights[:, k], 6)
        evidence = x[:, :, k] @ weights[:, k]
        base.append(
            round(
                MICRO
                * _base(
                    evidence[drawn],
                    own[drawn],
                    (trust * inverse)[drawn],
                    detection[drawn],
                    float(share[drawn].sum()),
                    settings,
                )
            )
        )
    return Combiner(list(WEIGHED), base, weights.tolist())


def _fit(
    x: Float64Array,
    found: npt.NDArray[np.bool_],
    weight: Float64Array,
    detection: Float64Array,
    prior: Float64Array,
    ridge: float,
) -> tuple[Float64Array, float]:
    """Weights ≥ 0 and intercept that maximise the likelihood of what was found, with a ridge around `prior`."""
    if not found.any() or found.all():
        return prior.copy(), 0.0
    y = found.astype(np.float64)

    def loss(theta: Float64Array) -> tuple[float, Float64Array]:
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ theta[1:] + theta[0], -30.0, 30.0)))
        seen = detection * p
        likelihood = np.where(found, np.log(seen + 1e-12), np.log1p(-np.minimum(seen, 1.0 - 1e-12)))
        slope = weight * np.where(found, 1.0 - p, -seen * (1.0 - p) / np.maximum(1.0 - seen, 1e-12))
        away = theta[1:] - prior
        value = -float(weight @ likelihood) + 0.5 * ridge * float(away @ away)
        gradient = -np.concatenate([[slope.sum()], x.T @ slope])
        gradient[1:] += ridge * away
        return value, gradient

    rate = float((weight * y).sum() / weight.sum())
    start = np.concatenate([[np.log(rate / (1.0 - rate))], prior])
    bounds = [(-20.0, 10.0)] + [(0.0, 3.0)] * x.shape[1]
    theta = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 200}).x
    return theta[1:], float(theta[0])


def _base(
    evidence: Float64Array,
    found: npt.NDArray[np.bool_],
    weight: Float64Array,
    detection: Float64Array,
    labels: float,
    settings: CombinerSettings,
) -> float:
    """The intercept at which the expected findings equal those made, with rows at the assumed rate beside them; the
    rows stand for so many labels, whatever their weights."""
    if len(weight) == 0:
        return float(np.log(settings.base_rate) - np.log1p(-settings.base_rate))
    w = weight * (labels / float(weight.sum()))
    made = float(w[found].sum()) + settings.base_rows * settings.base_rate
    low, high = -20.0, 10.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        p = 1.0 / (1.0 + np.exp(-np.clip(evidence + middle, -30.0, 30.0)))
        expected = float((w * detection) @ p) + settings.base_rows * float((w @ p) / w.sum())
        low, high = (middle, high) if expected < made else (low, middle)
    return 0.5 * (low + high)
