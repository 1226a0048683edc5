"""The work of a sweep, cut up: what a cell has in common with another is solved and run once.

A border-year of a sweep is a cell at one replication. Its bridges are known by all that they are made of (`Site.key`):
document, trucks, what befalls them, seed. Two cells that have the same bridge share its policy, with its price tables,
and what it comes to; so a cell costs what it changes, wherever its changes move trucks to. What a border-year comes to
is put together from its bridges as `replication.replicated` does it, and is equal to that in every bit.

Everything here is a value that another process can be given. What was solved is kept on a `Shelf` that all can see;
what was run only in the process that ran it, since it has a column for every truck.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from aforo.twin import kept_policy
from aforo.twin.applied import Site, sites_of
from aforo.twin.border import Border
from aforo.twin.levels import policy_of
from aforo.twin.outcomes import Outcome, together
from aforo.twin.policy import Policy
from aforo.twin.recalled import Recalled
from aforo.twin.replication import foreseen, run_of, seed_of
from aforo.twin.scenario import Scenario
from aforo.twin.windows import Columns

#: Bytes that a process holds of what its bridges came to: a year of the border has 180 MB.
_MOST_OUTCOMES: Final = 700_000_000
#: Bytes of policies: those of the whole border have 150 MB.
_MOST_POLICIES: Final = 400_000_000
#: Trucks of one piece of work, which should take seconds; and of how many cells it is at the least and the most.
_TRUCKS: Final = 10_000_000
_FEWEST_CELLS, _MOST_CELLS = 2, 64
#: Pieces of one replication, where it has cells enough.
_PIECES: Final = 16


class Shelf(Protocol):
    """Where bytes are kept by a key; more than one process uses it at once."""

    def get(self, key: str) -> bytes | None:
        """What was put there; None where nothing was."""

    def put(self, key: str, content: bytes) -> None:
        """Keep it, whole or not at all."""


@dataclass(frozen=True)
class Setting:
    """What all work of a sweep is done on; `code` is a digest of the program that began it."""

    border: Border
    shelf: Shelf
    code: str


@dataclass(frozen=True)
class Planned:
    """A cell that is to be run: its key, its scenario, and the keys of the policies of its bridges, in their order."""

    key: str
    scenario: Scenario
    policies: tuple[str, ...]


@dataclass(frozen=True)
class Solving:
    """A policy that is to be solved: its key, a scenario that has it, and which of its bridges."""

    key: str
    scenario: Scenario
    bridge: int


@dataclass(frozen=True)
class Years:
    """Border-years that are to be run: one replication of some cells."""

    number: int
    cells: tuple[Planned, ...]


@dataclass(frozen=True)
class Made:
    """What a piece of work made: by key of the cell and replication the figures; how many bridges were run, and how
    many were found run; how many trucks passed the bridges that were run; how many policies were solved."""

    years: tuple[tuple[str, int, dict[str, float]], ...] = ()
    run: int = 0
    found: int = 0
    trucks: int = 0
    solved: int = 0


_outcomes: Recalled[Outcome] = Recalled(_MOST_OUTCOMES)
_policies: Recalled[Policy] = Recalled(_MOST_POLICIES)
#: A process runs one bridge after the other, each in the same memory.
_columns = Columns()


def planned(cells: Mapping[str, Scenario], border: Border) -> tuple[list[Planned], list[Solving]]:
    """The cells with the keys of their policies, and each policy once. ScenarioError for what does not fit a port."""
    plans, solvings = [], dict[str, Solving]()
    for key, scenario in cells.items():
        keys = []
        for place, site in enumerate(sites_of(foreseen(scenario), border, seed_of(scenario, 0))):
            keys.append(_policy_key(scenario, site))
            solvings.setdefault(keys[-1], Solving(keys[-1], scenario, place))
        plans.append(Planned(key, scenario, tuple(keys)))
    return plans, list(solvings.values())


def pieces(
    plans: Sequence[Planned], done: Mapping[str, Iterable[int]], trucks: float, alike: int = 1
) -> Iterator[Years]:
    """What is left to do, in pieces: all cells of one replication before the next, so that what a process has run of it
    serves them all. `trucks` of one border-year; cells stand in rows of `alike` which have most in common, and no row
    is cut where it is short."""
    cells = min(max(int(_TRUCKS / max(trucks, 1.0)), _FEWEST_CELLS), _MOST_CELLS)
    held = {key: set(numbers) for key, numbers in done.items()}
    for number in range(max((plan.scenario.replications for plan in plans), default=0)):
        left = [
            plan
            for plan in plans
            if number < plan.scenario.replications and number not in held.get(plan.key, frozenset[int]())
        ]
        # Some pieces of each replication, so that nobody is without work for long and a kill loses little.
        most = min(cells, max(_FEWEST_CELLS, -(-len(left) // _PIECES)))
        size = max(1, most // alike) * alike if alike <= _MOST_CELLS else most
        for at in range(0, len(left), size):
            yield Years(number, tuple(left[at : at + size]))


def trucks_a_year(scenario: Scenario, border: Border) -> float:
    """Trucks that one border-year of a scenario expects."""
    return float(sum(site.hourly.sum() for site in sites_of(scenario, border, seed_of(scenario, 0))))


def solved(setting: Setting, asked: Solving) -> Made:
    """Solve a policy and keep it, if it is not kept yet."""
    return Made(solved=_policy(setting, asked.key, asked.scenario, asked.bridge)[1])


def run(setting: Setting, asked: Years) -> Made:
    """Run what some cells do not have in common with what this process has run, and put their figures together."""
    years, ran, found, trucks, solving = [], 0, 0, 0, 0
    for cell in asked.cells:
        scenario, seed = cell.scenario, seed_of(cell.scenario, asked.number)
        outcomes = []
        sites = sites_of(scenario, setting.border, seed)
        for place, (site, policy_key) in enumerate(zip(sites, cell.policies, strict=True)):
            key = f"{site.key(scenario, seed)} {policy_key}"
            made = _outcomes.get(key)
            if made is None:
                policy, solves = _policy(setting, policy_key, scenario, place)
                made = run_of(site.modelled(scenario, seed), policy, seed, scenario.days, site.lost, _columns)
                _outcomes.put(key, made, made.waits.order.nbytes + made.crossings.order.nbytes)
                ran, solving, trucks = ran + 1, solving + solves, trucks + int(made.figures["trucks"])
            else:
                found += 1
            outcomes.append(made)
        years.append((cell.key, asked.number, together(outcomes)))
    return Made(tuple(years), ran, found, trucks, solving)


def _policy_key(scenario: Scenario, site: Site) -> str:
    """A digest of all that the policy of a bridge is solved from; `site` is of the scenario as it is foreseen."""
    policy = scenario.policy if scenario.policy != "capacity" else f"capacity {scenario.wait_ceiling:g}"
    told = f"{policy} {site.key(foreseen(scenario), seed_of(scenario, 0))}"
    return hashlib.sha256(told.encode()).hexdigest()


def _policy(setting: Setting, key: str, scenario: Scenario, bridge: int) -> tuple[Policy, int]:
    """The policy of a bridge, from this process, from the shelf, or solved; and how many were solved for it, 0 or 1."""
    held = _policies.get(key)
    if held is not None:
        return held, 0
    kept = setting.shelf.get(key)
    policy = None if kept is None else kept_policy.read(kept)
    solves = 0
    if policy is None:
        known, seed = foreseen(scenario), seed_of(scenario, 0)
        site = sites_of(known, setting.border, seed)[bridge]
        policy, solves = policy_of(scenario.policy, site.modelled(known, seed), wait_ceiling=scenario.wait_ceiling), 1
        setting.shelf.put(key, kept_policy.written(policy))
    # Books, and slopes of nearly that size.
    _policies.put(key, policy, 2 * policy.books.nbytes if policy.books is not None else 1_000)
    return policy, solves
