"""Designs in the twin: days of drawn traffic, the same trucks for every design, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from joblib import Parallel, delayed

from aforo.domain.units import Float64Array
from aforo.ports.document import PortDocument
from aforo.twin.border import Border
from aforo.twin.designs import Design, PortPlan, document_of
from aforo.twin.designs_days import start_of, starts_of
from aforo.twin.levels import policy_of
from aforo.twin.network import NetworkError
from aforo.twin.of_port import ModelError, Modelled, hourly_demand, modelled
from aforo.twin.plan_documents import PlanError, chances
from aforo.twin.policy import Policy
from aforo.twin.traffic import TrafficError
from aforo.twin.week_run import FIGURES, Outside, figures_of

#: Distance of the seeds of two plans' futures, as between replications of a scenario.
APART: Final = 1_000_003
_PURPOSE: Final = 12


@dataclass(frozen=True)
class Future:
    """One future: its first day, the seed of its trucks, and the trucks that come over those that were counted."""

    first: date
    seed: int
    trucks: float


@dataclass(frozen=True)
class Stage:
    """A design ready to be tried: its policy, and what lies outside town."""

    document: PortDocument
    policy: Policy
    outside: Outside


def future_of(plan: PortPlan, starts: Sequence[date], number: int) -> Future:
    """The days and the traffic of a future, the same for all designs; `starts` as of `designs_days.starts_of`."""
    own = chances(plan.seed, number, _PURPOSE)
    share, growth = plan.traffic.share.drawn(next(own)), plan.traffic.growth.drawn(next(own))
    return Future(start_of(starts, plan.seed, number, next(own)), plan.seed * APART + number, share * growth)


def stage_of(plan: PortPlan, design: Design, border: Border, starts: Sequence[date]) -> Stage:
    """A design with the policy whose levels are set for it and for the stated traffic, on those days whose trucks are
    nearest to the mean."""
    document = document_of(plan, design, plan.counted(border.ports))
    stated = plan.traffic.share.stated() * plan.traffic.growth.stated()
    trucks = np.array([_hourly(plan, design, document, border, each).sum() for each in starts])
    usual = starts[int(np.abs(trucks - trucks.mean()).argmin())]
    whole = _modelled(plan, design, document, border, Future(usual, plan.seed * APART, stated))
    added = 0.0 if design.detour is None else design.detour.minutes
    places = 0 if design.holding is None else design.holding.places.count
    return Stage(document, policy_of(plan.policy, whole), Outside(added, places))


def _modelled(plan: PortPlan, design: Design, document: PortDocument, border: Border, future: Future) -> Modelled:
    """A design with the trucks of a future. PlanError where it cannot be simulated."""
    hourly = future.trucks * _hourly(plan, design, document, border, future.first)
    try:
        return modelled(document, document.bridges[0], future.first, hourly, future.seed)
    except (ModelError, TrafficError, NetworkError) as wrong:
        raise _no_model(design, wrong) from wrong


def _hourly(plan: PortPlan, design: Design, document: PortDocument, border: Border, first: date) -> Float64Array:
    """float64[24 · days]: the trucks that were counted in the hours of these days, at the design's hours. PlanError
    where they were not."""
    counts = dict(border.counts.get(document.code, {}))
    try:
        return hourly_demand(document, document.bridges[0], first, plan.days, counts, 1.0)
    except ModelError as wrong:
        raise _no_model(design, wrong) from wrong


def _no_model(design: Design, wrong: ValueError) -> PlanError:
    return PlanError("port_plan_no_model", place=f"design[{design.id}]", why=getattr(wrong, "text", wrong))


def tried(plan: PortPlan, design: Design, stage: Stage, border: Border, future: Future) -> dict[str, float]:
    """The figures of a design in one future, as of `week_run.figures_of`."""
    whole = _modelled(plan, design, stage.document, border, future)
    return figures_of(whole, stage.policy, future.seed, stage.outside)


def futures_tried(
    plan: PortPlan, border: Border, numbers: Iterable[int], workers: int = 1
) -> Iterator[tuple[dict[str, float], ...]]:
    """The figures of every design in each future, in order; threads, since the kernel holds no lock."""
    starts = starts_of(plan, border)
    stages = [stage_of(plan, design, border, starts) for design in plan.design]

    def all_of(number: int) -> tuple[dict[str, float], ...]:
        future = future_of(plan, starts, number)
        both = zip(plan.design, stages, strict=True)
        return tuple(tried(plan, design, stage, border, future) for design, stage in both)

    yield from Parallel(n_jobs=workers, backend="threading", return_as="generator")(delayed(all_of)(n) for n in numbers)


def columns(made: Sequence[tuple[Mapping[str, float], ...]], at: int) -> dict[str, Float64Array]:
    """The figures of one design over futures, by name."""
    return {name: np.array([each[at][name] for each in made]) for name in FIGURES}
