"""A plan of where scanners go, as one value: for `--json`, and to make tables, the picture and the page of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import polars as pl

from aforo.domain.figure import ASSUMED
from aforo.domain.figure import figures as figures_of
from aforo.domain.text import Text
from aforo.domain.units import Int64Array
from aforo.measures.economics import Range, worth_of
from aforo.measures.intervals import Interval
from aforo.ports.directory import UsedDocument
from aforo.ports.document import Bridge, PortDocument
from aforo.routing.policy import Policy
from aforo.twin.base_check import BaseCheck, base_check, value_missing
from aforo.twin.border import Border
from aforo.twin.placing import SAME, Board, stated, weakest
from aforo.twin.placing_draws import Sureness, boards, hedged, hedged_draws, interval, sureness
from aforo.twin.placing_figures import KINDS, Figures, Kind
from aforo.twin.placing_game import Game, Point, Proof, fewest
from aforo.twin.placing_rivals import greedy, proportional, water_level
from aforo.twin.placing_sites import YEAR, border_of, id_of

#: Points of the frontier that is told.
POINTS: Final = 7
#: The plans that are told, in their order; the first is the one that is proposed.
PLANS: Final = ("plan", "hedged", "proportional", "greedy", "today")


class Placed(msgspec.Struct, frozen=True):
    """A bridge in the plan. Coverages are shares of a year's trucks.

    `stands` has the scanners that stand there by kind, null where its document says nothing of them, and `assumed`
    whether that number is. It `gets` so many; where the figures are drawn the best plan of a draw gives it from
    `gets_low` to `gets_high` (95 % of draws), and any at all in `gets_share` of them. `covered_today`; `covered` where
    the plan's level is held; `reachable` with all of its scanners used as far as they go; `finds_today` and `finds` the
    chance that a smuggler's truck is found there. `hours` are truck-hours a mean
    day beyond today.
    """

    id: str
    title: str
    trucks: float
    stands: dict[str, int] | None
    assumed: bool
    gets: int
    gets_low: int
    gets_high: int
    gets_share: float
    covered_today: float
    covered: float
    reachable: float
    finds_today: float
    finds: float
    hours: float


class Tried(msgspec.Struct, frozen=True):
    """A way to place the scanners, by the same evaluator as every other; `units` by bridge.

    `worst` is its worst case at the stated figures, the least level, with the limits of 95 % of draws, `mean` that over
    draws; `least_found` the least chance of a find at any bridge where that level is held. They differ where going
    somewhere costs something: a level is the find plus that. `above`
    is what the plan's is above it on the same draws, `above_mean` the mean of that, `better` and `poorer` the shares of
    draws in which the plan is above it and below; null of the plan itself. `hours` truck-hours a mean day beyond today,
    `weakest` the bridges of its least level. `stays` is the chance of a find where nobody goes elsewhere for it,
    `drifts` where smugglers choose among levels by the stated strength.
    """

    name: str
    units: tuple[int, ...]
    worst: Interval
    least_found: float
    mean: float
    above: Interval | None
    above_mean: float | None
    better: float | None
    poorer: float | None
    hours: float
    weakest: tuple[str, ...]
    stays: float
    drifts: float


class Placement(msgspec.Struct, frozen=True):
    """The plan. `synthetic`: it was computed from assumed figures. `official_use_only`: it names the weakest bridge.

    `ceiling` truck-hours a day beyond today, null without one. `value` what the hours of a year are worth over their
    interval, null where it holds zero or the
    `base` was not checked, as `value_missing` says. `enough` is the fewest scanners that hold the same worst case.
    `water_level` is an upper bound of the worst case without a ceiling, computed without the solver. The hedged way was
    made for `hedged_draws`, and `hedged_without_ceiling` where there is one: it is tried within it, but was not made
    for it.
    `diverting` whether going anywhere costs anything. `use` is how full scanners are run, `scanned_full` the share
    scanned, and `found_full` that found where nobody moves, with all of them used as far as they go; `counts` says
    which trucks were counted. `assumed` names figures of the document of figures, `assumed_ports` counts those of the
    port `documents`, which are of the whole border: what is scanned today rests on it.
    """

    synthetic: bool
    official_use_only: bool
    count: int
    kind: str
    kind_name: Text
    ceiling: float | None
    placed: int
    enough: int
    scanned_today: float
    scanned: float
    hours: Interval
    value: Range | None
    bridges: tuple[Placed, ...]
    plans: tuple[Tried, ...]
    frontier: tuple[Point, ...]
    proof: Proof
    water_level: float
    draws: int
    seed: int
    hedged_draws: int
    hedged_without_ceiling: bool
    detection: float
    strength: float
    diverting: bool
    figures: str
    assumed: tuple[str, ...]
    assumed_ports: int
    documents: tuple[UsedDocument, ...]
    use: float
    scanned_full: float
    found_full: float
    counts: Text
    base: BaseCheck
    value_missing: Text | None

    def plan(self, name: str) -> Tried:
        """The way of this name."""
        return next(each for each in self.plans if each.name == name)


@dataclass(frozen=True)
class Asked:
    """What is asked: how many scanners of which kind, the truck-hours a day that they may add (infinite: as many as it
    takes), and how many draws with which seed."""

    count: int
    kind: Kind
    ceiling: float = np.inf
    draws: int = 400
    seed: int = 1


def placement(
    border: Border,
    bridges: Sequence[tuple[PortDocument, Bridge]],
    figures: Figures,
    policy: Policy,
    asked: Asked,
    done: Callable[[], None] = lambda: None,
) -> Placement:
    """The plan for these bridges, the others that it is held against, and how sure it is. `done` is called after each
    draw. PlacingError where a bridge cannot be placed at."""
    whole, at = border_of(border, bridges, figures, asked.kind)
    board = Board(whole, stated(whole, figures, policy)).only(at)
    sites = board.sites
    game = Game(board, asked.count)
    best = game.best(asked.ceiling)
    # They are others than those on which plans are tried: it is not tried on what it was made for.
    own = boards(whole, at, figures, policy, hedged_draws(asked.count), (asked.seed, 1))
    units = {
        "plan": best.units,
        "hedged": hedged(own, asked.count, sites.room),
        "proportional": proportional(sites.trucks, asked.count, sites.room),
        "greedy": greedy(game.levels, asked.count, sites.room),
        "today": np.zeros(sites.count, np.int64),
    }
    drawn = boards(whole, at, figures, policy, asked.draws, asked.seed)
    sure = sureness(drawn, units, asked.count, asked.ceiling, done)
    held, full = board.held(best.level), board.coverage(best.units)
    added = board.hours_at(best.units, best.level)
    hours = interval(added, np.array(sure.hours))
    saved = Interval(-added * YEAR, -hours.high * YEAR, -hours.low * YEAR)
    # What is scanned today rests on the whole border, so all of its documents are.
    used = [
        (port, bridge) for port in border.ports.ports for bridge in port.bridges if id_of(port, bridge) in whole.ids
    ]
    enough = fewest(game.levels, best.level)
    assert enough is not None  # the plan holds it
    base = base_check(border, [sites.ids[each] for each in range(sites.count)])
    return Placement(
        synthetic=True,
        official_use_only=True,
        count=asked.count,
        kind=asked.kind.id,
        kind_name=asked.kind.name,
        ceiling=asked.ceiling if np.isfinite(asked.ceiling) else None,
        placed=int(best.units.sum()),
        enough=int(enough.sum()),
        scanned_today=float(sites.trucks @ board.today / sites.trucks.sum()),
        scanned=float(sites.trucks @ held / sites.trucks.sum()),
        hours=hours,
        value=worth_of(saved) if base.checked else None,
        bridges=_bridges(board, best.units, best.level, sure),
        plans=tuple(
            _tried(name, board, units[name], best.level, asked, sure, figures.choosing.strength) for name in PLANS
        ),
        frontier=tuple(game.frontier(POINTS)),
        proof=best.proof,
        water_level=water_level(game.levels, asked.count),
        draws=asked.draws,
        seed=asked.seed,
        hedged_draws=hedged_draws(asked.count),
        hedged_without_ceiling=bool(np.isfinite(asked.ceiling)),
        detection=board.world.detection,
        strength=figures.choosing.strength,
        diverting=bool(sites.diverting.any()),
        figures=f"{figures.name} {figures.version}",
        assumed=tuple(place for place, figure in figures_of(figures) if figure.source == ASSUMED),
        assumed_ports=sum(figure.source == ASSUMED for _, bridge in used for _, figure in figures_of(bridge)),
        documents=border.ports.only({port.code for port, _ in used}).used(),
        use=board.world.use,
        scanned_full=float(sites.trucks @ full / sites.trucks.sum()),
        found_full=board.met(board.world.finds(full), 0.0),
        counts=border.origin,
        base=base,
        value_missing=value_missing(base, worth_of(saved), "placing_value_unclear"),
    )


def _bridges(board: Board, units: Int64Array, level: float, sure: Sureness) -> tuple[Placed, ...]:
    sites, held = board.sites, board.held(level)
    gets = np.array(sure.gets)
    low, high = np.quantile(gets, (0.025, 0.975), axis=0, method="inverted_cdf")
    reachable, found, found_today = board.coverage(units), board.world.finds(held), board.world.finds(board.today)
    hours = board.added_hours(units, held)
    return tuple(
        Placed(
            id=sites.ids[at],
            title=sites.titles[at],
            trucks=float(sites.trucks[at]),
            stands={kind: int(sites.units[own, at]) for own, kind in enumerate(KINDS)} if sites.known[at] else None,
            assumed=sites.assumed[at],
            gets=int(units[at]),
            gets_low=int(low[at]),
            gets_high=int(high[at]),
            gets_share=float((gets[:, at] > 0).mean()),
            covered_today=float(board.today[at]),
            covered=float(held[at]),
            reachable=float(reachable[at]),
            finds_today=float(found_today[at]),
            finds=float(found[at]),
            hours=float(hours[at]),
        )
        for at in range(sites.count)
    )


def _tried(
    name: str, board: Board, units: Int64Array, best: float, asked: Asked, sure: Sureness, strength: float
) -> Tried:
    """One way, at the stated figures and on the draws; `best` is the worst case of the plan."""
    if name == "today":
        found = held = board.world.finds(board.today)
        value, hours = float(board.level_today().min()), 0.0
    else:
        value = board.worst(units, asked.ceiling)
        hours, held = board.hours_at(units, value), board.found_held(value)
        # Without a ceiling scanners find more where they are used beyond what the worst case needs.
        found = board.world.finds(board.coverage(units)) if np.isinf(asked.ceiling) else held
    own = np.array(sure.worst[name])
    apart = np.array(sure.worst["plan"]) - own
    itself = name == "plan"
    return Tried(
        name=name,
        units=tuple(map(int, units)),
        worst=interval(value, own),
        least_found=float(held.min()),
        mean=float(own.mean()),
        above=None if itself else interval(best - value, apart),
        above_mean=None if itself else float(apart.mean()),
        better=None if itself else float((apart > SAME).mean()),
        poorer=None if itself else float((apart < -SAME).mean()),
        hours=hours,
        weakest=tuple(board.sites.titles[at] for at in weakest(board.sites, found + board.sites.diverting)),
        stays=board.met(found, 0.0),
        drifts=board.met(found, strength),
    )


def frame(told: Placement) -> pl.DataFrame:
    """A row for each bridge, with the scanners that every way gives it."""
    rivals = {f"gets_{each.name}": each.units for each in told.plans if each.name not in ("plan", "today")}
    return pl.DataFrame(
        [
            {"synthetic": True, "official_use_only": True, "bridge": each.id, "title": each.title,
             "trucks_a_year": each.trucks, "stands_assumed": each.assumed}
            | {f"stands_{kind}": None if each.stands is None else each.stands[kind] for kind in KINDS}
            | {name: getattr(each, name) for name in (
                "gets", "gets_low", "gets_high", "gets_share", "covered_today", "covered", "reachable", "finds_today",
                "finds", "hours",
            )}
            | {name: units[at] for name, units in rivals.items()}
            for at, each in enumerate(told.bridges)
        ],
        infer_schema_length=None,
    )  # fmt: skip
