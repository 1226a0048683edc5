"""The evidence of single rows, term by term, as it is shown and logged: what was examined, or what somebody asks for.

The parts are integers in micro-log-odds and add up, with the threat's base, to its log-odds exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aforo.domain.threat import THREATS
from aforo.domain.units import Int64Array
from aforo.flow.judge import Judged
from aforo.risk.artefacts import RiskArtefacts
from aforo.risk.attribution import attribute
from aforo.risk.evidence import SOURCES
from aforo.risk.features import FEATURES
from aforo.risk.tells import TELLS, tells_of

#: (source, code, threat index, micro-log-odds).
Term = tuple[str, str, int, int]

#: The model's features, and the tells, that are named one by one, the strongest ones; the rest is one term.
NAMED = 6
_MODEL, _TELLS, _RULES, _STATED = (SOURCES.index(source) for source in ("model", "tells", "rules", "stated"))


def terms_of(
    rows: Sequence[int],
    features: npt.NDArray[np.float32],
    judged: Judged,
    risk: RiskArtefacts,
    fired: dict[int, list[tuple[str, int, int]]],
) -> dict[int, list[Term]]:
    """Every term of the evidence of `rows`; what the model and the tells say is split into its parts."""
    if not rows:
        return {}
    chosen = features[list(rows)]
    evidence = judged.assessment.evidence[list(rows)]
    by_feature = _strongest(attribute(chosen, risk), FEATURES)
    by_tell = _strongest(risk.tells.parts(tells_of(chosen)), TELLS)
    terms: dict[int, list[Term]] = {}
    for i, row in enumerate(rows):
        own: list[Term] = []
        for k in range(len(THREATS)):
            own += _parts("model", by_feature[i], int(evidence[i, _MODEL, k]), k)
            own += _parts("tell", by_tell[i], int(evidence[i, _TELLS, k]), k)
        for s, source in enumerate(SOURCES):
            if s not in (_MODEL, _TELLS, _RULES, _STATED):
                own += [("memory", source, k, v) for k, v in enumerate(evidence[i, s].tolist()) if v]
        own += [("rule", code, k, micro) for code, k, micro in fired.get(row, ())]
        own += judged.stated.get(row, ())
        terms[row] = own
    return terms


def _strongest(parts: Int64Array, names: Sequence[str]) -> list[tuple[int, list[tuple[str, int]]]]:
    """Of each row of parts, their sum, and the strongest of those that have a name."""
    named = parts[:, : len(names)]
    order = np.argsort(-np.abs(named), axis=1, kind="stable")[:, :NAMED]
    amounts = np.take_along_axis(named, order, axis=1).tolist()
    return [
        (score, [(names[place], amount) for place, amount in zip(own, these, strict=True)])
        for score, own, these in zip(parts.sum(axis=1).tolist(), order.tolist(), amounts, strict=True)
    ]


def _parts(source: str, strongest: tuple[int, list[tuple[str, int]]], total: int, threat: int) -> list[Term]:
    """A source's evidence `total` for one threat in proportion to the parts of its score, the strongest named."""
    score, parts = strongest
    if total == 0:
        return []
    named = [(name, amount * total // score if score else 0) for name, amount in parts]
    rest = total - sum(v for _, v in named)
    terms: list[Term] = [(source, name, threat, v) for name, v in named if v]
    if rest:
        terms.append((source, "other", threat, rest))
    return terms
