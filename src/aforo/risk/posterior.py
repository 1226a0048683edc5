"""The posterior that the memory holds of one party, threat by threat, and what it says now in log-odds.

The arithmetic is that of the features of a filing that names the party now (`observing`): counts fade with the
half-life of findings, and the prior of one threat is a quarter of the rate of all that was examined lately.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import scipy

from aforo.domain.threat import THREATS, Threat
from aforo.domain.units import MICRO
from aforo.measures.intervals import CONFIDENCE, Interval
from aforo.risk import layout
from aforo.risk.arithmetic import shift_of
from aforo.risk.combiner import Combiner
from aforo.risk.features import ENTITIES
from aforo.risk.memory import Memory

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
#: A threat's part of the rate of all finds, before its own are known.
_SHARE = 1.0 / len(THREATS)
#: A source may say at most this much, in log-odds (`evidence`).
_BOUND = 6.0


class ThreatPosterior(msgspec.Struct, frozen=True):
    """The Beta posterior of one threat: `found` and `examined` as they count now, the prior's rate and weight (in
    examinations), the posterior's mean with its equal-tailed 95 % limits, and `shift`, the log-odds by which its mean
    differs from the prior's. `weighed` is what the party adds to the log-odds of a filing that names it now, in
    millionths, after the weights of the combiner: its own term, and its part of that of earlier finds of this threat.
    """

    threat: Threat
    found: float
    examined: float
    prior_rate: float
    prior_weight: float
    rate: Interval
    shift: float
    weighed: int


def posteriors(memory: Memory, combiner: Combiner, kind: str, identity: int, at: datetime) -> list[ThreatPosterior]:
    """The posteriors of a party by its kind (one of ENTITIES) and keyed hash; none where the memory knows no such."""
    state = memory.entity(ENTITIES.index(kind), identity)
    if state is None:
        return []
    settings = memory.settings
    days = (at - _EPOCH) / _DAY
    fade = 0.5 ** (max(days - float(state[layout.LABELLED]), 0.0) / settings.findings)
    examined, found = float(state[layout.EXAMS]) * fade, float(state[layout.HITS]) * fade
    weight, rate = settings.prior_weight, memory.overall_rate(days)
    every = shift_of(found, examined, weight, rate)
    own, history = combiner.sources.index(kind), combiner.sources.index("history")
    told = []
    for k, threat in enumerate(THREATS):
        hits, prior = float(state[layout.THREAT_HITS + k]) * fade, _SHARE * rate
        shift = shift_of(hits, examined, weight, prior)
        weighed = _micro(every) * combiner.weights[own][k] + _micro(shift) * combiner.weights[history][k]
        told.append(
            ThreatPosterior(
                threat, hits, examined, prior, weight, _posterior(hits, examined, prior, weight), shift, round(weighed)
            )
        )
    return told


def _posterior(found: float, examined: float, prior: float, weight: float) -> Interval:
    a, b = found + weight * prior, max(examined - found, 0.0) + weight * (1.0 - prior)
    tail = (1.0 - CONFIDENCE) / 2.0
    low, high = (float(scipy.special.betaincinv(a, b, each)) for each in (tail, 1.0 - tail))
    return Interval(a / (a + b), low, high)


def _micro(shift: float) -> int:
    """A shift as evidence takes it: as a feature is kept, bounded, in millionths."""
    return round(float(np.clip(np.float32(shift), -_BOUND, _BOUND)) * MICRO)
