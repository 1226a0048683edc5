"""The numbers of a routing policy, as `choice.choose` takes them: one flat array, whose places `choice` names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aforo.domain.units import Float64Array
from aforo.routing.choice import (
    BASE,
    BLIND_WAIT,
    CLASSES,
    CREDIT,
    LANE_CUT,
    LANES,
    LEVEL_WEIGHT,
    LIST_MINUTES,
    LIST_WEIGHT,
    PARAMETERS,
    PER_MINUTE,
    RATE,
    RESOURCES,
    SHOWN,
    SLOPE,
    SURCHARGE,
    TOP_UP_WAIT,
)

#: How much the last hour's level and the list are believed. Synthetic: `benchmarks/routing_single_pool`.
LEVEL_BELIEVED, LIST_BELIEVED = 0.8, 0.8
#: a and b of the rule that nobody has set, for a predicted minute: an examination is worth at least its own minutes.
LEAST_RULE = 1.0


def parameters(
    *,
    rate: float = 0.05,
    top_up_wait: float = 0.0,
    per_minute: bool = False,
    level_weight: float = LEVEL_BELIEVED,
    list_weight: float = LIST_BELIEVED,
    list_minutes: float = 60.0,
    blind_wait: float = 10.0,
    lane_cut: Mapping[str, float] | None = None,
    base: Mapping[str, float] | None = None,
    slope: Mapping[str, float] | None = None,
    credit: Mapping[str, float] | None = None,
    surcharge: Mapping[str, float] | None = None,
    shown: Sequence[float] | None = None,
) -> Float64Array:
    """float64[PARAMETERS] of a policy. Without `base` and `slope` the rule a + b · queue, which the priced policy runs
    where it has no table, asks LEAST_RULE truck-minutes for a predicted minute and as much for each minute of wait;
    what else is not given is neutral.

    Minutes and truck-minutes throughout. `base` and `slope` are a and b of `a + b · queue` by name of the resource,
    `lane_cut` the value from which lane criteria examine by lane class, `credit` and `surcharge` duals by resource,
    `shown` float64[CLASSES] the share of listed work that arrives. Raises ValueError on a name that is unknown, and on
    numbers that are not finite or negative.
    """
    numbers = np.zeros(PARAMETERS, dtype=np.float64)
    if base is None and slope is None:
        per_minute = True
        base = slope = dict.fromkeys(RESOURCES, LEAST_RULE)
    numbers[RATE], numbers[TOP_UP_WAIT], numbers[PER_MINUTE] = rate, top_up_wait, float(per_minute)
    numbers[LEVEL_WEIGHT], numbers[LIST_WEIGHT] = level_weight, list_weight
    numbers[LIST_MINUTES], numbers[BLIND_WAIT] = list_minutes, blind_wait
    for start, names, given in (
        (LANE_CUT, LANES, lane_cut),
        (BASE, RESOURCES, base),
        (SLOPE, RESOURCES, slope),
        (CREDIT, RESOURCES, credit),
        (SURCHARGE, RESOURCES, surcharge),
    ):
        for name, number in (given or {}).items():
            if name not in names:
                raise ValueError(f"{name!r} is none of {', '.join(names)}")
            numbers[start + names.index(name)] = number
    numbers[SHOWN : SHOWN + CLASSES] = 1.0 if shown is None else shown
    if not (np.isfinite(numbers).all() and (numbers >= 0.0).all() and list_minutes > 0.0):
        raise ValueError("the numbers of a policy are finite and not negative, and a list looks some minutes ahead")
    return numbers
