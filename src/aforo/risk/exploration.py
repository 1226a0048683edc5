"""Exploration: what it is worth to look at a crossing for the sake of what would be learnt. It never is a probability.

Labels come only from what is examined, so a policy that always takes the likeliest learns nothing of what it has not
seen. Two things are worth a look beyond their odds: what the model is unsure of, and exporters that are new, come in a
burst, and were never examined. One look tells much about a party and the next ones little, and what a look finds comes
back later than the party's next filing. So a new exporter is looked at more kindly when its filings have doubled, not
each time. New importers are not: so many appear every day that a look at each would take most of the capacity.
"""

from __future__ import annotations

import msgspec
import numpy as np

from aforo.domain.units import MICRO, Int64Array
from aforo.risk.features import INDEX
from aforo.risk.hashtable import Float64Array
from aforo.risk.trees import Float32Array

#: log(1 + filings) from which an exporter is no longer new: past 64 filings, short of 128.
_LONG_KNOWN = float(np.log(101.0))


class Exploration(msgspec.Struct, frozen=True):
    """How much is added, in log-odds: `doubt` per standard deviation of the bags' scores, `tells` per standard
    deviation of what the tells say, `novelty` for a new exporter at its most and `burst` for each unit of its burst, up
    to two. `examinations` is the number of them after which half of the novelty is gone.
    """

    doubt: float = 0.0
    tells: float = 3.0
    novelty: float = 0.0
    burst: float = 1.25
    examinations: float = 0.1

    def after(self, days: float) -> Exploration:
        """What is left of it with so many days of history. While these are few, those are new too who always were
        there: novelty counts from 30 days on, and whole from 120."""
        share = min(max((days - 30.0) / 90.0, 0.0), 1.0)
        return msgspec.structs.replace(self, novelty=share * self.novelty, burst=share * self.burst)


def optimism(
    features: Float32Array, by_bag: Int64Array, tells_doubt: Float64Array, exploration: Exploration
) -> Float64Array:
    """The log-odds by which each row is looked at more kindly than its evidence says, float64[n], never negative."""
    doubt = exploration.doubt * by_bag.std(axis=1) / MICRO + exploration.tells * tells_doubt
    count, age, burst, examined = (
        np.fmax(features[:, INDEX[f"exporter.{what}"]].astype(np.float64), 0.0)
        for what in ("count", "age", "burst", "examined")
    )
    # Counts are small where this matters, and exact in spite of the half precision in which their logarithms are kept.
    filed = np.rint(np.expm1(np.minimum(count, _LONG_KNOWN))).astype(np.int64)
    doubled = (filed > 0) & (filed & (filed - 1) == 0)
    young = 1.0 / (1.0 + np.expm1(age) / 30.0)
    unknown = exploration.examinations / (exploration.examinations + np.expm1(examined))
    rush = np.minimum(burst, 2.0)
    total: Float64Array = doubt + doubled * young * unknown * (exploration.novelty + exploration.burst * rush)
    return total
