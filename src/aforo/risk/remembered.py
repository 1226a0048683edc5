"""What the memory holds of one party, in numbers: how often it was seen, what was found, and the posterior of a find.

The same arithmetic as in the features of a filing that names the party now (`observing`): counts fade with the
half-life of findings, and the rate of all that was examined is the prior.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import scipy

from aforo.domain.threat import THREATS
from aforo.measures.intervals import CONFIDENCE, Interval
from aforo.risk import layout
from aforo.risk.features import ENTITIES
from aforo.risk.memory import Memory

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Remembered(msgspec.Struct, frozen=True):
    """A party as the memory knows it at an instant.

    `filings` counts crossings that named it, from `first_seen` to `last_seen` (times of filing). `examined` and `found`
    are examinations and findings, each fading with the half-life of findings, and less for what an officer chose;
    `threats` splits `found`. `rate` is the posterior mean of the chance of a find with its equal-tailed 95 % limits,
    `prior_rate` the rate of all that was examined lately, which counts for `prior_weight` examinations. `last_found` is
    null where nothing was ever found.
    """

    filings: int
    first_seen: datetime | None
    last_seen: datetime | None
    examined: float
    found: float
    threats: dict[str, float]
    rate: Interval
    prior_rate: float
    prior_weight: float
    last_found: datetime | None


def remembered(memory: Memory, kind: str, identity: int, at: datetime) -> Remembered | None:
    """What `memory` holds of the party of a kind (one of ENTITIES) with this keyed hash; None where it knows none."""
    state = memory.entity(ENTITIES.index(kind), identity)
    if state is None:
        return None
    settings = memory.settings
    days = (at - _EPOCH) / _DAY
    fade = 0.5 ** (max(days - float(state[layout.LABELLED]), 0.0) / settings.findings)
    examined, found = (float(state[place]) * fade for place in (layout.EXAMS, layout.HITS))
    prior = memory.overall_rate(days)
    weight = settings.prior_weight
    a, b = found + weight * prior, max(examined - found, 0.0) + weight * (1.0 - prior)
    tail = (1.0 - CONFIDENCE) / 2.0
    low, high = (float(scipy.special.betaincinv(a, b, each)) for each in (tail, 1.0 - tail))
    hits = np.asarray(state[layout.THREAT_HITS : layout.THREAT_HITS + len(THREATS)]) * fade
    return Remembered(
        int(state[layout.COUNT]),
        _instant(float(state[layout.FIRST])) if state[layout.COUNT] else None,
        _instant(float(state[layout.LAST])) if state[layout.COUNT] else None,
        examined,
        found,
        dict(zip(THREATS, hits.tolist(), strict=True)),
        Interval(a / (a + b), low, high),
        prior,
        weight,
        _instant(float(state[layout.LAST_HIT])) if state[layout.LAST_HIT] else None,
    )


def _instant(days: float) -> datetime:
    """To the second: the memory counts in days, as doubles."""
    return (_EPOCH + days * _DAY).replace(microsecond=0)
