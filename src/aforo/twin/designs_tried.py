"""A design in the twin: one week of drawn traffic, the same trucks for every design, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from joblib import Parallel, delayed

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.units import Float64Array
from aforo.measures.crossing_times import spread
from aforo.ports.document import PortDocument
from aforo.routing.choice import RESOURCES
from aforo.twin.border import Border
from aforo.twin.designs import Design, PortPlan, document_of
from aforo.twin.levels import policy_of
from aforo.twin.network import DAY, LANES
from aforo.twin.of_port import ModelError, Modelled, hourly_demand, modelled
from aforo.twin.outcomes import outcome, worth_of
from aforo.twin.plan_documents import PlanError, chances
from aforo.twin.policy import Policy
from aforo.twin.rosters import AFTER
from aforo.twin.run import Run
from aforo.twin.state import ALARM, RAISED
from aforo.twin.street import Moves
from aforo.twin.traffic import TrafficError
from aforo.twin.trucks import Fates
from aforo.twin.windows import fates_and_figures

#: The figures of a run, in the order in which they are told; keys of the catalogue, `design_figure_…`.
FIGURES: Final = (
    "trucks", "wait_mean", "wait_p95", "fast_p95", "crossing_mean", "crossing_p95", "truck_hours", "street_mean",
    "street_p95", "street_most", "street_over", "examined_share", "scan_share", "prevented_share", "found_share",
    "missing_share",
)  # fmt: skip
#: Distance of the seeds of two futures, as between replications of a scenario.
_APART: Final = 1_000_003
_PURPOSE: Final = 12
_HOLD: Final = EXAMINATIONS.index("hold")
_IN_YARD: Final = 1 << RESOURCES.index("yard")

Advance = Callable[[int], object]


@dataclass(frozen=True)
class Future:
    """One future: the seed of its trucks, and the trucks that come over those that were counted."""

    seed: int
    trucks: float


@dataclass(frozen=True)
class Stage:
    """A bridge that weeks are run on: its policy, the minutes that going by a yard adds, and places outside town."""

    document: PortDocument
    policy: Policy
    detour: float
    holding: int


def future_of(plan: PortPlan, number: int) -> Future:
    """The traffic of a future, the same for all designs."""
    own = chances(plan.seed, number, _PURPOSE)
    return Future(
        plan.seed * _APART + number, plan.traffic.share.drawn(next(own)) * plan.traffic.growth.drawn(next(own))
    )


def week_of(plan: PortPlan, document: PortDocument, border: Border, trucks: float) -> Float64Array:
    """float64[24 · days]: the trucks that a design expects in each hour."""
    try:
        counts = dict(border.counts.get(document.code, {}))
        return trucks * hourly_demand(document, document.bridges[0], plan.first, plan.days, counts, 1.0)
    except ModelError as wrong:
        raise PlanError("port_plan_no_model", place="traffic", why=wrong.text) from wrong


def stage_of(plan: PortPlan, design: Design, border: Border) -> Stage:
    """A design with the policy whose levels are set for it and for the stated traffic."""
    document = document_of(plan, design, plan.counted(border.ports))
    stated = plan.traffic.share.stated() * plan.traffic.growth.stated()
    whole = _modelled(plan, design, document, week_of(plan, document, border, stated), plan.seed * _APART)
    added = 0.0 if design.detour is None else design.detour.minutes
    held = 0 if design.holding is None else design.holding.places.count
    return Stage(document, policy_of(plan.policy, whole), added, held)


def _modelled(plan: PortPlan, design: Design, document: PortDocument, hourly: Float64Array, seed: int) -> Modelled:
    try:
        return modelled(document, document.bridges[0], plan.first, hourly, seed)
    except (ModelError, TrafficError) as wrong:
        raise PlanError("port_plan_no_model", place=f"design[{design.id}]", why=wrong.text) from wrong


def tried(plan: PortPlan, design: Design, stage: Stage, border: Border, future: Future) -> dict[str, float]:
    """The figures of a design in one future, by `FIGURES`; NaN where a figure is not defined."""
    hourly = week_of(plan, stage.document, border, future.trucks)
    whole = _modelled(plan, design, stage.document, hourly, future.seed)
    moves = Moves(whole.network)
    run = Run(whole.network, stage.policy, seed=future.seed, port=whole.demand.stream, trace=moves)
    fates, seen = fates_and_figures(run, whole.demand, future.seed)
    worth = worth_of(seen[:, :ALARM], seen[:, ALARM], seen[:, RAISED], fates)
    own = outcome(whole.network, fates, worth, run.stations((plan.days + AFTER) * DAY), plan.days, 0.0)
    driven = stage.detour * ((fates.carried & _IN_YARD) > 0)
    # Who drives by a yard does not wait while driving; it crosses later.
    waits, crossings = spread(own.wait), spread(own.crossing + driven)
    street = moves.street(plan.days * DAY, stage.holding)
    harm = float(seen[:, _HOLD].sum())
    n = max(len(fates), 1)
    made = {
        "trucks": float(len(fates)),
        "wait_mean": _number(waits.mean),
        "wait_p95": _number(waits.p95),
        "fast_p95": lane_p95(fates, own.wait, "fast"),
        "crossing_mean": _number(crossings.mean),
        "crossing_p95": _number(crossings.p95),
        "truck_hours": float(np.nansum(own.crossing + driven)) / 60.0,
        "street_mean": street.mean,
        "street_p95": street.p95,
        "street_most": street.most,
        "street_over": street.over,
        "examined_share": float((fates.carried > 0).sum()) / n,
        "scan_share": own.figures["scan_share"],
        "prevented_share": float(worth.sum()) / harm if harm > 0.0 else float("nan"),
        "found_share": own.figures["found_share"],
        "missing_share": waits.missing / n,
    }
    return {name: made[name] for name in FIGURES}


def lane_p95(fates: Fates, wait: Float64Array, lane: str) -> float:
    """The 95th percentile of the waits of a lane class, minutes; NaN of too few. A truck that never came to a booth
    counts as waiting for ever."""
    mine = wait[fates.lane == LANES.index(lane)]
    known = spread(np.where(np.isnan(mine), np.inf, mine)) if len(mine) else None
    return float("nan") if known is None or known.p95 is None else known.p95


def futures_tried(
    plan: PortPlan, border: Border, numbers: Iterable[int], workers: int = 1
) -> Iterator[tuple[dict[str, float], ...]]:
    """The figures of every design in each future, in order; threads, since the kernel holds no lock."""
    stages = [stage_of(plan, design, border) for design in plan.design]

    def all_of(number: int) -> tuple[dict[str, float], ...]:
        future = future_of(plan, number)
        both = zip(plan.design, stages, strict=True)
        return tuple(tried(plan, design, stage, border, future) for design, stage in both)

    yield from Parallel(n_jobs=workers, backend="threading", return_as="generator")(delayed(all_of)(n) for n in numbers)


def columns(made: Iterable[tuple[Mapping[str, float], ...]], at: int) -> dict[str, Float64Array]:
    """The figures of one design over futures, by name."""
    rows = [each[at] for each in made]
    return {name: np.array([row[name] for row in rows]) for name in FIGURES}


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
