"""The selection: one line for every declaration, the released ones too, as the product hands it on.

Officers see evidence and prices (`reasons`); the filer sees a status and its legal ground (`public_reason`), never a
score, a rule or a model.
"""

from __future__ import annotations

import msgspec

from aforo.domain.decision import Basis, Examination
from aforo.domain.text import Text


class EvidenceLine(msgspec.Struct, frozen=True):
    """One signed contribution, in natural log-odds."""

    source: str
    code: str
    log_odds: float


class ThreatLine(msgspec.Struct, frozen=True):
    """base + Σ log_odds of the evidence = logit(probability)."""

    probability: float
    base: float
    evidence: list[EvidenceLine]


class Selection(msgspec.Struct, frozen=True):
    """One declaration's line. `value` and `price` are in truck-minutes; `decision` is the identifier to replay."""

    declaration_id: str
    crossing_id: str
    probability: float
    threats: dict[str, ThreatLine]
    examination: Examination
    basis: Basis | None
    control: bool
    control_propensity: float
    propensity: float
    value: float
    price: float
    reasons: Text
    public_reason: Text
    decision: str
