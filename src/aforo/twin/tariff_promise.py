"""The level of service that trusted traders can be promised through a tariff or a rule, and whether it holds.

The level is the longest 95th percentile of the FAST wait in the busiest weeks of all futures that it is made from,
rounded up. Of n such futures the chance that a further one is longer is 1 ÷ (n + 1). It is then held against futures
that it was not made from: it is promised where the exact lower limit of the share in which it holds, 97.5 per cent on
one side, is no less than the document asks, and refused in words where it is not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from aforo.measures.intervals import Interval, clopper_pearson
from aforo.twin.tariff_bridge import Figures, column
from aforo.twin.tariffs import Promise

#: Why nothing is promised; keys of the catalogue, `tariff_refused_…`.
REFUSALS: Final = ("no_lane", "few", "stuck", "long", "broken")


class Promised(msgspec.Struct, frozen=True):
    """A promise, or why there is none.

    `minutes` that the 95th percentile of the FAST wait does not exceed, null where none was made; `refused` why it
    is not promised, empty where it is. `longest` in the `made` futures it is made from; of `tested` others it `held` in
    so many, a `share` with its exact limits.
    """

    minutes: float | None
    refused: str
    longest: float | None
    made: int
    tested: int
    held: int
    share: Interval


def none(refused: str) -> Promised:
    """No promise."""
    return Promised(None, refused, None, 0, 0, 0, Interval(None, 0.0, 1.0))


def promised(asked: Promise, made: Sequence[Figures], tested: Sequence[Figures]) -> Promised:
    """What can be promised, made from the figures of some futures and held against those of others."""
    waits, others = column(made, "fast_p95"), column(tested, "fast_p95")
    if not len(waits) or not len(others) or np.isnan(waits).any() or np.isnan(others).any():
        return none("few")
    longest = float(waits.max())
    if not math.isfinite(longest):
        return msgspec.structs.replace(none("stuck"), made=len(waits))
    step = asked.step.minutes
    minutes = max(step, step * math.ceil(longest / step - 1e-9))
    held = int((others <= minutes).sum())
    low, high = (float(each) for each in clopper_pearson(held, len(others)))
    share = Interval(held / len(others), low, high)
    refused = "long" if minutes > asked.most.minutes else "" if low >= asked.held.share else "broken"
    return Promised(minutes, refused, longest, len(waits), len(others), held, share)
