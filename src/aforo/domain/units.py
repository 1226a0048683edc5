"""Exact integer units for evidence: what is kept in the log is an integer, never a float.

Log-odds are kept in millionths (micro-log-odds) and probabilities in thousand-millionths (parts per billion, ppb), so
that parts add up exactly and a replay compares equal to the bit.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

MICRO = 1_000_000
PPB = 1_000_000_000

Int64Array = npt.NDArray[np.int64]
Float64Array = npt.NDArray[np.float64]


def micro_log_odds(probability: float) -> int:
    """The log-odds of a probability in (0, 1), in millionths."""
    return round(MICRO * (math.log(probability) - math.log1p(-probability)))


def to_micro(log_odds: Float64Array) -> Int64Array:
    """Log-odds (float, natural) to integer millionths, rounded half to even."""
    return np.rint(log_odds * MICRO).astype(np.int64)


def probability_ppb(micro: Int64Array) -> Int64Array:
    """The probability of integer micro-log-odds, in parts per billion, rounded half to even."""
    x = np.clip(micro, -40 * MICRO, 40 * MICRO) / MICRO
    return np.rint(PPB / (1.0 + np.exp(-x))).astype(np.int64)


def any_of_ppb(per_threat_ppb: Int64Array) -> Int64Array:
    """1 − Π(1 − P_k) over the last axis, in ppb. Independence of threats is an assumption of the product, stated."""
    clean = np.ones(per_threat_ppb.shape[:-1], dtype=np.float64)
    for k in range(per_threat_ppb.shape[-1]):
        clean = clean * (1.0 - per_threat_ppb[..., k] / PPB)
    return np.rint((1.0 - clean) * PPB).astype(np.int64)
