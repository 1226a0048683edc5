"""A plan for a tariff or a rule as one value: for `--json`, and to make tables, the picture and the page of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl

from aforo.domain.text import Text
from aforo.domain.units import Float64Array
from aforo.measures.intervals import Interval
from aforo.ports.directory import UsedDocument
from aforo.ports.document import Bridge, PortDocument
from aforo.twin.base_check import BaseCheck, base_check
from aforo.twin.border import Border
from aforo.twin.plan_documents import assumed_in, figures_in, text_of
from aforo.twin.scenario import called
from aforo.twin.tariff_arrivals import Arrivals, arrivals
from aforo.twin.tariff_bridge import Opened, Site
from aforo.twin.tariff_contingency import Plan, plan_of, searched
from aforo.twin.tariff_promise import Promised, none, promised
from aforo.twin.tariffs import Reported, Tariff

#: Futures of the ranges of arrivals, and of the search for what is opened: the first of them.
DRAWS: Final = 1_000
SEARCHED: Final = 30
#: Futures that a promise is held against, over those that it is made from.
TESTED: Final = 2
_LIMITS: Final = (0.025, 0.5, 0.975)

Advance = Callable[[int], object]


class Week(msgspec.Struct, frozen=True):
    """A week of a port: its Monday, its `usual` trucks, and under the rule the median with the limits of 95 per cent of
    futures."""

    start: str
    usual: float
    trucks: Interval


class Port(msgspec.Struct, frozen=True):
    """A port. `quietest` is the Monday of the week with fewest trucks, to which maintenance is best moved."""

    code: str
    name: str
    concerned: bool
    weeks: tuple[Week, ...]
    busiest: str
    quietest: str


class Crossing(msgspec.Struct, frozen=True):
    """A bridge with its contingency plan and what can be promised to trusted traders there, in its busiest week."""

    id: str
    title: str
    plan: Plan
    promise: Promised


class Beside(msgspec.Struct, frozen=True):
    """What was reported of a month beside what is posed of it: changes of trucks, year on year. No fit, no check."""

    month: str
    ports: tuple[str, ...]
    reported: float
    source: str
    posed: Interval


class TariffPlan(msgspec.Struct, frozen=True):
    """The plan. `synthetic` is always true. `based` has the month whose counts feed each month;
    `undiverted` are ports whose trucks go to no alternative, since a place is not known."""

    synthetic: bool
    name: str
    version: str
    title: Text
    announced: str
    effective: str
    goods: Interval
    rate: Interval
    seed: int
    draws: int
    searched: int
    made: int
    tested: int
    policy: str
    longer: float
    less: float
    asked: float
    ports: tuple[Port, ...]
    crossings: tuple[Crossing, ...]
    reported: tuple[Beside, ...]
    based: dict[str, str]
    undiverted: tuple[str, ...]
    assumed: tuple[str, ...]
    stated: int
    sources: dict[str, str]
    documents: tuple[UsedDocument, ...]
    counts: Text
    base: BaseCheck


def steps(tariff: Tariff, border: Border) -> int:
    """How many bridges there are to plan for."""
    return len(tariff.concerned(border.ports)) + len(tariff.others(border.ports))


def tariff_plan(tariff: Tariff, border: Border, workers: int, advance: Advance) -> TariffPlan:
    """The plan of a tariff or a rule. PlanError where a port cannot be simulated."""
    whole = arrivals(tariff, border, max(DRAWS, tariff.futures * (1 + TESTED)))
    concerned = tariff.concerned(border.ports)
    crossings = []
    for port, bridge in (*concerned, *tariff.others(border.ports)):
        crossings.append(_crossing(tariff, border, port, bridge, whole, workers))
        advance(1)
    codes = {port.code for port, _ in concerned}
    names = {port.code: port.name for port, _ in (*concerned, *tariff.others(border.ports))}
    trucks = np.quantile(whole.trucks(), _LIMITS, axis=0)
    return TariffPlan(
        synthetic=True,
        name=tariff.name,
        version=tariff.version,
        title=text_of(tariff.title),
        announced=tariff.announced.isoformat(),
        effective=tariff.effective.isoformat(),
        goods=Interval(tariff.goods.stated(), *tariff.goods.ends()),
        rate=Interval(tariff.rate.stated(), *tariff.rate.ends()),
        seed=tariff.seed,
        draws=len(whole.factors),
        searched=min(SEARCHED, tariff.futures),
        made=tariff.futures,
        tested=TESTED * tariff.futures,
        policy=tariff.policy,
        longer=tariff.contingency.longer.minutes,
        less=tariff.contingency.less.share,
        asked=tariff.contingency.held.share,
        ports=tuple(_port(code, names[code], code in codes, whole, at, trucks) for at, code in enumerate(whole.ports)),
        crossings=tuple(crossings),
        reported=tuple(each for one in tariff.reported if (each := _beside(tariff, border, whole, one)) is not None),
        based=whole.based,
        undiverted=whole.undiverted,
        assumed=assumed_in(tariff),
        stated=figures_in(tariff),
        sources=tariff.sources,
        documents=border.ports.only(set(whole.ports)).used(),
        counts=border.origin,
        base=base_check(border, [each.id for each in crossings]),
    )


def _crossing(
    tariff: Tariff, border: Border, port: PortDocument, bridge: Bridge, whole: Arrivals, workers: int
) -> Crossing:
    """The plan of a bridge is searched on the first futures, the promise made from `futures` of them, and both are held
    against others."""
    site = Site(tariff, border, port, bridge, whole)
    made, tested = range(tariff.futures), range(tariff.futures, tariff.futures * (1 + TESTED))
    first = made[:SEARCHED]
    usual = site.ready(Opened(), ordinary=True)
    found, ready = searched(site, first, list(site.runs(usual, first, workers, ordinary=True)), workers)
    others = list(site.runs(ready, tested, workers))
    beside = tested[: tariff.futures]
    ordinary = list(site.runs(usual, beside, workers, ordinary=True))
    own = others[: tariff.futures]
    undone = own if found.opened.nothing else list(site.runs(site.ready(Opened()), beside, workers))
    plan = plan_of(site, found, ordinary, undone, own)
    promise = none("no_lane")
    if site.trusted:
        promise = promised(tariff.promise, list(site.runs(ready, made, workers)), others)
    return Crossing(site.id, bridge.name, plan, promise)


def _port(code: str, name: str, concerned: bool, whole: Arrivals, at: int, trucks: Float64Array) -> Port:
    weeks = tuple(
        Week(
            start.isoformat(),
            float(whole.usual[at, week]),
            Interval(float(trucks[1, at, week]), float(trucks[0, at, week]), float(trucks[2, at, week])),
        )
        for week, start in enumerate(whole.weeks)
    )
    busiest = int(np.bincount(whole.busiest(code)).argmax())
    quietest = whole.quietest(code)
    return Port(code, name, concerned, weeks, whole.weeks[busiest].isoformat(), whole.weeks[quietest].isoformat())


def _beside(tariff: Tariff, border: Border, whole: Arrivals, one: Reported) -> Beside | None:
    """What is posed of a reported month: of the ports that are planned for, over the days of the month that lie in the
    weeks told. None where none do."""
    codes = {port.code for name in one.ports for port, _ in called(name, border.ports)}
    at = [number for number, code in enumerate(whole.ports) if code in codes]
    month = (int(one.month[:4]), int(one.month[5:]))
    parts = np.array([
        sum(1 for day in range(7) if _month(start + timedelta(days=day)) == month) / 7.0 for start in whole.weeks
    ])  # fmt: skip
    if not at or not parts.any():
        return None
    usual = whole.usual[at] * parts
    own = (whole.factors[:, at] * usual).sum(axis=(1, 2)) / usual.sum() - 1.0
    low, middle, high = (float(each) for each in np.quantile(own, _LIMITS))
    return Beside(one.month, one.ports, one.change, one.source, Interval(middle, low, high))


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def frame(told: TariffPlan) -> pl.DataFrame:
    """A row for each port and week (`row` "week"): its trucks with their limits; then one for each bridge ("bridge"):
    what is opened there, what that costs, whether it holds, and what can be promised."""
    rows: list[dict[str, Any]] = [
        {"synthetic": True, "row": "week", "port": port.code, "name": port.name, "concerned": port.concerned,
         "week": week.start, "usual": week.usual, "trucks": week.trucks.value, "trucks_low": week.trucks.low,
         "trucks_high": week.trucks.high}
        for port in told.ports
        for week in port.weeks
    ]  # fmt: skip
    for each in told.crossings:
        plan, row = each.plan, {"synthetic": True, "row": "bridge", "bridge": each.id, "name": each.title}
        row |= {f"opens_{name}": int(value) for name, value in msgspec.structs.asdict(plan.opened).items()}
        intervals = {"cost": plan.cost, "waits_hold": plan.held, "waits_hold_undone": plan.undone,
                     "harm_less": plan.lost, "harm_less_undone": plan.lost_undone}  # fmt: skip
        for name, own in intervals.items():
            bare = own.value is None or not np.isfinite(own.low)
            row |= {
                name: own.value,
                f"{name}_low": None if bare else own.low,
                f"{name}_high": None if bare else own.high,
            }
        kept = None if each.promise.refused else each.promise.minutes
        rows.append(row | {"enough": plan.enough, "promise_minutes": kept, "promise_refused": each.promise.refused})
    return pl.DataFrame(rows, infer_schema_length=None)
