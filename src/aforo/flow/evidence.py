"""The evidence of single rows, term by term, as it is shown and logged: what was examined, or what somebody asks for.

The parts are integers in micro-log-odds and add up, with the threat's base, to its log-odds exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aforo.domain.threat import THREATS
from aforo.flow.judge import Judged
from aforo.risk.artefacts import RiskArtefacts
from aforo.risk.attribution import attribute
from aforo.risk.evidence import SOURCES
from aforo.risk.features import FEATURES

#: (source, code, threat index, micro-log-odds).
Term = tuple[str, str, int, int]

#: The model's features that are named one by one, the strongest ones; the rest is one term.
NAMED_FEATURES = 6
_MODEL, _RULES = SOURCES.index("model"), SOURCES.index("rules")


def terms_of(
    rows: Sequence[int],
    features: npt.NDArray[np.float32],
    judged: Judged,
    risk: RiskArtefacts,
    fired: dict[int, list[tuple[str, int, int]]],
) -> dict[int, list[Term]]:
    """Every term of the evidence of `rows`; the model's one term is split into its features."""
    if not rows:
        return {}
    evidence = judged.assessment.evidence[list(rows)]
    parts = attribute(features[list(rows)], risk)
    strongest = np.argsort(-np.abs(parts[:, :-1]), axis=1, kind="stable")[:, :NAMED_FEATURES]
    names = [[FEATURES[f] for f in own] for own in strongest.tolist()]
    amounts, scores = np.take_along_axis(parts, strongest, axis=1).tolist(), parts.sum(axis=1).tolist()
    terms: dict[int, list[Term]] = {}
    for i, row in enumerate(rows):
        own: list[Term] = []
        for k in range(len(THREATS)):
            own += _model_terms(names[i], amounts[i], scores[i], int(evidence[i, _MODEL, k]), k)
        for s, source in enumerate(SOURCES):
            if s not in (_MODEL, _RULES):
                own += [("memory", source, k, v) for k, v in enumerate(evidence[i, s].tolist()) if v]
        own += [("rule", code, k, micro) for code, k, micro in fired.get(row, ())]
        terms[row] = own
    return terms


def _model_terms(names: list[str], amounts: list[int], score: int, total: int, threat: int) -> list[Term]:
    """The model's evidence `total` for one threat in proportion to the parts of its score, the strongest named."""
    if total == 0:
        return []
    named = [(name, amount * total // score if score else 0) for name, amount in zip(names, amounts, strict=True)]
    rest = total - sum(v for _, v in named)
    terms: list[Term] = [("model", name, threat, v) for name, v in named if v]
    if rest:
        terms.append(("model", "other", threat, rest))
    return terms
