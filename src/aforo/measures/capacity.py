"""What the places of a bridge do with their time.

*Utilisation* is the time in service over the time that units are up, manned and not down; *blocked* is the time in
which a unit holds a truck that has nowhere to go, of the same.
"""

from __future__ import annotations

import msgspec
import numpy as np


class Use(msgspec.Struct, frozen=True):
    """Shares of the time that units were up; None where none ever was, which is unknown and not zero."""

    utilisation: float | None
    blocked: float | None


def use(up: float, busy: float, blocked: float) -> Use:
    """The use of a place from times in one unit: units up, in service, and blocked. Raises ValueError below zero.

    It can exceed 1 where a unit that was taken away ends what it had begun.
    """
    if min(up, busy, blocked) < 0.0 or not np.isfinite([up, busy, blocked]).all():
        raise ValueError("times of a place are finite and not below zero")
    return Use(busy / up, blocked / up) if up > 0.0 else Use(None, None)
