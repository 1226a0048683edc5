"""Days of a bridge through the twin, and the figures that plans judge it by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.units import Float64Array
from aforo.measures.crossing_times import FEWEST, spread
from aforo.routing.choice import RESOURCES
from aforo.twin.network import DAY, LANES
from aforo.twin.of_port import Modelled
from aforo.twin.outcomes import at_least, crossed, outcome, waited, worth_of
from aforo.twin.policy import Policy
from aforo.twin.rosters import AFTER
from aforo.twin.run import Run
from aforo.twin.state import ALARM, RAISED
from aforo.twin.street import Moves
from aforo.twin.trucks import Fates
from aforo.twin.windows import fates_and_figures

#: The figures of a run, in the order in which they are told; keys of the catalogue, `design_figure_…`.
FIGURES: Final = (
    "trucks", "wait_mean", "wait_p95", "fast_p95", "crossing_mean", "crossing_p95", "truck_hours", "street_mean",
    "street_p95", "street_most", "street_over", "examined_share", "scan_share", "prevented_share", "found_share",
    "missing_share",
)  # fmt: skip
#: Those that are shares of one.
SHARES: Final = frozenset({"street_over", *(each for each in FIGURES if each.endswith("_share"))})
_HOLD: Final = EXAMINATIONS.index("hold")
_IN_YARD: Final = 1 << RESOURCES.index("yard")


@dataclass(frozen=True)
class Outside:
    """What lies outside town: minutes that going by the yard adds to a truck's way, and places where trucks wait until
    they are called forward."""

    detour: float = 0.0
    places: int = 0


def figures_of(bridge: Modelled, policy: Policy, seed: int, outside: Outside = Outside()) -> dict[str, float]:
    """The figures of a bridge under one seed, by `FIGURES`: minutes, trucks, truck-hours and shares; NaN where one is
    not defined.

    `prevented_share` is what the examinations carried out were expected to prevent, over what all that is hidden would
    cost. The figures of the street are over the days of the demand. A truck that never comes through (`missing_share`)
    counts in `truck_hours` and in the means with its time until the run ends: a lower bound.
    """
    days = len(bridge.demand.hourly) // 24
    moves = Moves(bridge.network)
    run = Run(bridge.network, policy, seed=seed, port=bridge.demand.stream, trace=moves)
    fates, seen = fates_and_figures(run, bridge.demand, seed)
    worth = worth_of(seen[:, :ALARM], seen[:, ALARM], seen[:, RAISED], fates)
    own = outcome(bridge.network, fates, worth, run.stations((days + AFTER) * DAY), days, 0.0)
    # Who drives by a yard does not wait while driving; it crosses later.
    wait = waited(fates)
    crossing = crossed(fates) + outside.detour * ((fates.carried & _IN_YARD) > 0)
    stayed = at_least(crossing, fates, days)
    crossings = spread(crossing)
    street = moves.street(days * DAY, outside.places)
    harm = float(seen[:, _HOLD].sum())
    n = max(len(fates), 1)
    made = own.figures | {
        "wait_mean": mean(at_least(wait, fates, days)),
        "fast_p95": lane_p95(fates, wait, "fast"),
        "crossing_mean": mean(stayed),
        "crossing_p95": _number(crossings.p95),
        "truck_hours": float(stayed.sum()) / 60.0,
        "street_mean": street.mean,
        "street_p95": street.p95,
        "street_most": street.most,
        "street_over": street.over,
        "examined_share": float((fates.carried > 0).sum()) / n,
        "prevented_share": float(worth.sum()) / harm if harm > 0.0 else float("nan"),
        "missing_share": float(np.isnan(crossing).sum()) / n,
    }
    return {name: made[name] for name in FIGURES}


def mean(values: Float64Array) -> float:
    """The mean; NaN of nothing."""
    return float(values.mean()) if len(values) else float("nan")


def known(values: Float64Array) -> Float64Array:
    """The futures that have a figure; none where it has no end in one of them, since then it has no mean."""
    return values[:0] if np.isinf(values).any() else values[~np.isnan(values)]


def lane_p95(fates: Fates, wait: Float64Array, lane: str) -> float:
    """The 95th percentile of the waits of a lane class, minutes; NaN of too few. A truck that never came to a booth
    counts as waiting for ever."""
    mine = wait[fates.lane == LANES.index(lane)]
    if len(mine) < FEWEST:
        return float("nan")
    known = np.sort(mine[~np.isnan(mine)])
    place = 0.95 * (len(mine) - 1)
    if int(np.ceil(place)) >= len(known):
        return float("inf")
    return float(np.interp(place, np.arange(len(known)), known))


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
