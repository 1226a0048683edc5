"""The assessment of a crossing: its log-odds for each threat, and the evidence that adds up to them, as integers.

A pure function of the features row, the artefacts and the rules that fired; features, in turn, are logged with the
decision, so an assessment can be repeated to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, Int64Array
from aforo.risk.artefacts import RiskArtefacts
from aforo.risk.evidence import SOURCES, WEIGHED, model_score, raw_evidence
from aforo.risk.exploration import optimism
from aforo.risk.hashtable import Float64Array
from aforo.risk.tells import tells_of
from aforo.risk.trees import Float32Array

_RULES, _STATED = SOURCES.index("rules"), SOURCES.index("stated")


@dataclass(frozen=True)
class Assessment:
    """The risk of n rows, in micro-log-odds.

    `log_odds` int64[n, K] by threat in the order of THREATS = `base` int64[K] + `evidence` int64[n, S, K] summed over
    the sources `SOURCES`, exactly. `exploration` float64[n] is what a look is worth beyond that, as a probability of
    any threat: a policy multiplies it by a harm and adds it to the value; it never enters a probability.
    """

    log_odds: Int64Array
    base: Int64Array
    evidence: Int64Array
    exploration: Float64Array


def assess(
    features: Float32Array,
    artefacts: RiskArtefacts,
    rule_hits: Int64Array | None = None,
    stated: Int64Array | None = None,
) -> Assessment:
    """Assess features rows float32[n, F]. `rule_hits` int64[n, K] is the sum of the rules that fired on each row,
    `stated` int64[n, K] of what facts add to it."""
    n = len(features)
    score, by_bag = model_score(artefacts.ensemble, features)
    evidence = np.zeros((n, len(SOURCES), len(THREATS)), np.int64)
    tells = tells_of(features)
    said = artefacts.tells.evidence(tells)
    evidence[:, : len(WEIGHED), :] = artefacts.combiner.weighed(raw_evidence(features, score, said))
    if rule_hits is not None:
        evidence[:, _RULES, :] = rule_hits
    if stated is not None:
        evidence[:, _STATED, :] = stated
    base = np.array(artefacts.combiner.base, np.int64)
    log_odds = base[None, :] + evidence.sum(axis=1)
    extra = optimism(features, by_bag, artefacts.tells.doubt(tells), artefacts.exploration)
    exploration = _any(log_odds / MICRO + extra[:, None]) - _any(log_odds / MICRO)
    return Assessment(log_odds, base, evidence, exploration)


def _any(log_odds: Float64Array) -> Float64Array:
    """1 − Π(1 − P_k), the threats taken as independent."""
    clean: Float64Array = np.prod(1.0 / (1.0 + np.exp(np.clip(log_odds, -40.0, 40.0))), axis=1)
    return 1.0 - clean
