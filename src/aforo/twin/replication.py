"""One scenario under one seed: its bridges through the kernel, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from joblib import Parallel, delayed

from aforo.domain.units import Float64Array
from aforo.twin.applied import applied
from aforo.twin.border import Border
from aforo.twin.changes import AnyChange, Demanded, Inspected, Lost, SchemeMoved, TurnedAway
from aforo.twin.levels import policy_of
from aforo.twin.network import DAY
from aforo.twin.of_port import Modelled
from aforo.twin.outcomes import Outcome, outcome, together, worth_of
from aforo.twin.policy import Policy
from aforo.twin.rosters import AFTER
from aforo.twin.run import Run
from aforo.twin.scan_limit import ScanLimit, scan_limit
from aforo.twin.scenario import Scenario
from aforo.twin.state import ALARM, RAISED
from aforo.twin.windows import Columns, fates_and_figures

#: The policy of each bridge, by port code and bridge.
Policies = Mapping[tuple[str, str], Policy]
#: The distance of the seeds of two scenarios' replications.
_APART: Final = 1_000_003


@dataclass(frozen=True)
class Replication:
    """What one seed gave: figures of all bridges together and of each; waits by hour and trucks by day of each, and
    what limits scanning there."""

    whole: dict[str, float]
    bridges: dict[str, dict[str, float]]
    by_hour: dict[str, Float64Array]
    by_day: dict[str, Float64Array]
    limits: dict[str, ScanLimit] = field(default_factory=dict)


def seed_of(scenario: Scenario, number: int) -> int:
    """The seed of a replication; scenarios of one seed meet the same trucks."""
    return scenario.seed * _APART + number


def policies_of(scenario: Scenario, border: Border) -> Policies:
    """The policy of each bridge: whoever sets its levels knows what is built there, and not what befalls it."""
    ready = applied(foreseen(scenario), border, seed_of(scenario, 0))
    return {
        (bridge.port, bridge.bridge): policy_of(scenario.policy, bridge, wait_ceiling=scenario.wait_ceiling)
        for bridge in ready.bridges
    }


def foreseen(scenario: Scenario) -> Scenario:
    """The scenario as whoever sets rules and prices knows it, under the seed of replication 0."""
    return msgspec.structs.replace(
        scenario,
        before=tuple(each for each in scenario.before if _foreseen(each)),
        change=tuple(each for each in scenario.change if _foreseen(each)),
    )


def _foreseen(change: AnyChange) -> bool:
    if isinstance(change, Demanded):
        return change.foreseen
    return not isinstance(change, Lost | TurnedAway | Inspected | SchemeMoved)


def replicated(scenario: Scenario, border: Border, number: int, policies: Policies) -> Replication:
    """One replication."""
    seed = seed_of(scenario, number)
    ready = applied(scenario, border, seed)
    outcomes: dict[str, Outcome] = {}
    for bridge in ready.bridges:
        policy = policies[bridge.port, bridge.bridge]
        lost = ready.lost[bridge.port, bridge.bridge]
        outcomes[f"{bridge.port}/{bridge.bridge}"] = run_of(bridge, policy, seed, scenario.days, lost)
    return Replication(
        together(list(outcomes.values())),
        {name: each.figures for name, each in outcomes.items()},
        {name: each.by_hour for name, each in outcomes.items()},
        {name: each.by_day for name, each in outcomes.items()},
        {f"{port}/{bridge}": scan_limit(policy) for (port, bridge), policy in policies.items()},
    )


def run_of(
    bridge: Modelled, policy: Policy, seed: int, days: int, lost: float, columns: Columns | None = None
) -> Outcome:
    """What one bridge comes to under a policy at a seed; `lost` trucks of it cross nowhere. It is worked in
    `columns`, where they are given."""
    whole = Run(bridge.network, policy, seed=seed, port=bridge.demand.stream)
    fates, figures = fates_and_figures(whole, bridge.demand, seed, held=columns)
    worth = worth_of(figures[:, :ALARM], figures[:, ALARM], figures[:, RAISED], fates)
    return outcome(bridge.network, fates, worth, whole.stations((days + AFTER) * DAY), days, lost)


def replications(
    scenarios: Sequence[Scenario],
    border: Border,
    numbers: Iterable[int],
    workers: int = 1,
    policies: Sequence[Policies] | None = None,
) -> Iterator[tuple[int, tuple[Replication, ...]]]:
    """For each number, the replication of every scenario, in order; threads, since the kernel holds no lock.

    `policies` as of `policies_of` by scenario, where they are at hand; else they are found first.
    """
    if policies is None:
        ready: list[Policies] = Parallel(n_jobs=workers, backend="threading")(
            delayed(policies_of)(scenario, border) for scenario in scenarios
        )
        policies = ready

    def both(number: int) -> tuple[int, tuple[Replication, ...]]:
        made = (replicated(scenario, border, number, own) for scenario, own in zip(scenarios, policies, strict=True))
        return number, tuple(made)

    yield from Parallel(n_jobs=workers, backend="threading", return_as="generator")(delayed(both)(n) for n in numbers)
