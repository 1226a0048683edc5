"""Targets as prices: a wait ceiling, a minimum rate of examination, a utilisation target.

Each has a dual that integrates its own error: it grows while the target is missed, falls while it is exceeded, and is
never below zero (the projected dual ascent of Arrow, Hurwicz & Uzawa, 1958). The dual of a ceiling on the wait is a
surcharge on each minute that a truck would wait; those of a minimum rate and of a utilisation are a credit on each
examination at the resource. The policy names the targets; who observes the waits and rates steps the duals.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from numba import njit

Finite = Annotated[float, msgspec.Meta(ge=0.0, le=1e6)]


@njit(cache=True, nogil=True)
def next_dual(dual: float, missed: float, step: float, most: float) -> float:
    """The dual after one more observation: `missed` is by how much the target was missed (negative: exceeded), as a
    share of the target. What is not a number leaves it as it is. Never below zero, never above `most`."""
    moved = dual + step * missed
    if moved != moved:
        return dual
    if moved < 0.0:
        return 0.0
    return moved if moved < most else most


class Dual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One target and its dual. `ceiling`: what is observed should not be above the target; else not below it.

    `step` truck-minutes for a target missed by all of itself; `most` where the dual stops.
    """

    target: Finite
    ceiling: bool
    step: Finite
    most: Finite = 240.0
    dual: Finite = 0.0

    def after(self, observed: float) -> Dual:
        """The dual after one more observation of the target's quantity; NaN is no observation."""
        share = observed / self.target - 1.0 if self.target > 0.0 else 0.0
        missed = share if self.ceiling else -share
        return msgspec.structs.replace(self, dual=next_dual.py_func(self.dual, missed, self.step, self.most))
