"""How long staff take, from an alert to its acknowledgement and to its end; what has not happened counts as missing.

A time that is missing is no time: an alert that nobody has acknowledged yet would make the median look good if it were
left out without a word, so every figure stands beside the numbers of those with and without a time.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np


class Times(msgspec.Struct, frozen=True):
    """Times in seconds: of how many, how many are missing, and the median and the ninth decile; None of none."""

    known: int
    missing: int
    median_s: float | None
    p90_s: float | None


def times_of(seconds: Sequence[float | None]) -> Times:
    """The figures of some times, None where one is missing."""
    known = np.array([each for each in seconds if each is not None], dtype=np.float64)
    if not len(known):
        return Times(0, len(seconds), None, None)
    median, p90 = np.quantile(known, [0.5, 0.9], method="higher")
    return Times(len(known), len(seconds) - len(known), float(median), float(p90))
