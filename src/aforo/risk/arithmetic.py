"""The small arithmetic that the memory's loops share: keys of combinations, decay, the shift of a posterior."""

from __future__ import annotations

import math

import numpy as np

from aforo.risk.hashtable import UInt64Array, mix
from aforo.risk.jit import kernel

_LN2 = math.log(2.0)


@kernel
def key_of(parts: UInt64Array, a: int, b: int, c: int, salt: int) -> np.uint64:
    """The key of a combination, 0 if a part is missing. Never 0 otherwise."""
    if parts[a] == np.uint64(0) or (b >= 0 and parts[b] == np.uint64(0)) or (c >= 0 and parts[c] == np.uint64(0)):
        return np.uint64(0)
    key = mix(parts[a] + np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15))
    if b >= 0:
        key = mix(key ^ parts[b])
    if c >= 0:
        key = mix(key ^ parts[c])
    return key | np.uint64(1)


@kernel
def decay(elapsed: float, half_life: float) -> float:
    return math.exp(-_LN2 * max(elapsed, 0.0) / half_life)


@kernel
def shift_of(hits: float, exams: float, weight: float, rate: float) -> float:
    """Log-odds of the posterior mean less those of the prior mean; 0 where nothing was examined."""
    if exams == 0.0:
        return 0.0
    p = (hits + weight * rate) / (exams + weight)
    return math.log(p * (1.0 - rate) / ((1.0 - p) * rate))
