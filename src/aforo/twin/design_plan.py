"""A plan of a port as one value: for `--json`, and to make tables, the picture and the page of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl

from aforo.domain.text import Text, catalogue
from aforo.domain.units import Float64Array
from aforo.measures.crossing_times import skewed_mean_interval
from aforo.measures.economics import Range, worth_of
from aforo.measures.intervals import Interval
from aforo.ports.directory import UsedDocument
from aforo.twin.base_check import BaseCheck, base_check, value_missing
from aforo.twin.border import Border
from aforo.twin.designs import Design, PortPlan, Toll, built
from aforo.twin.designs_compared import Dominated, dominated
from aforo.twin.designs_cost import WEEKS, Hours, Line, Priced, counts, staffed
from aforo.twin.designs_days import starts_of
from aforo.twin.designs_net import NetValue, is_net_loss, net_value
from aforo.twin.designs_tried import columns
from aforo.twin.plan_documents import assumed_in, figures_in, text_of
from aforo.twin.week_run import FIGURES, SHARES, known

#: Draws of the figures of cost; the first of them are those of the futures.
DRAWS: Final = 2_000
_TAIL: Final = 0.025
#: Figures that add up over the simulated days, and are told of a year.
YEARLY: Final = frozenset({"trucks", "truck_hours"})


class Ends(msgspec.Struct, frozen=True):
    """The least and the most over the drawn futures; null where no future has the figure."""

    least: float | None
    most: float | None


class Judged(msgspec.Struct, frozen=True):
    """A design. Intervals are of 95 per cent.

    `cost` US$ a year, its limits over drawn figures of cost; `lines` what it is made of; `hours` manned a week;
    `stands` what stands there. `figures` means over futures, their limits cut at what each can be, with `range` over
    them and `metres` of street; `differences` from the first design on the same trucks. `front`: none is better in
    everything; else `dominated` by these. `saved` truck-hours a year beside the first design, `value` what they are
    worth as a range of published estimates, null where that is not clear and where trucks never come through
    (`stranded`, here or in the first), and `net` that value less the cost difference. `loses`: its truck-hours are
    worth more than it saves in cost, by every estimate. `tolls` US$ of `toll_year` a year, its limits the ends of the
    toll's range times the trucks of 95 per cent of the futures, a transfer from carriers that no cost is reduced by;
    both null without a toll. What is said of a year is the simulated days as often as a year has them.
    """

    id: str
    title: Text
    cost: Interval
    cost_difference: Interval
    lines: tuple[Line, ...]
    hours: tuple[Hours, ...]
    stands: dict[str, int]
    figures: dict[str, Interval]
    range: dict[str, Ends]
    metres: dict[str, float | None]
    differences: dict[str, Interval]
    front: bool
    dominated: tuple[Dominated, ...]
    saved: Interval
    value: Range | None
    value_missing: Text | None
    net: NetValue | None
    loses: bool
    stranded: bool
    tolls: Interval | None
    toll_year: int | None


class PlanOfPort(msgspec.Struct, frozen=True):
    """The plan. `synthetic` is always true. `assumed` names the figures of the document without a source.

    A future has `days` days; all of the futures lie from `start` to `end`, which has `runs` of so many days of which
    each future has one: 1 where the document names its days.
    """

    synthetic: bool
    name: str
    version: str
    title: Text
    port: str
    start: str
    end: str
    runs: int
    days: int
    seed: int
    futures: int
    policy: str
    year: int
    discount: Interval
    counted: str
    share: Interval
    growth: Interval
    designs: tuple[Judged, ...]
    assumed: tuple[str, ...]
    stated: int
    sources: dict[str, str]
    documents: tuple[UsedDocument, ...]
    counts: Text
    base: BaseCheck

    @property
    def times_a_year(self) -> float:
        """How often a year has the simulated days."""
        return 7.0 * WEEKS / self.days


def plan_of_port(plan: PortPlan, border: Border, made: Sequence[tuple[Mapping[str, float], ...]]) -> PlanOfPort:
    """The plan of a port from the figures of its designs in futures (`designs_tried.futures_tried`)."""
    priced = Priced(plan, max(DRAWS, len(made)), plan.seed)
    drawn = [priced.drawn(design) for design in plan.design]
    figures = [columns(made, at) for at in range(len(plan.design))]
    judged = [{**own, "cost": cost[: len(made)]} for own, cost in zip(figures, drawn, strict=True)]
    beaten = dominated([each.id for each in plan.design], judged, plan.negligible)
    counted = plan.counted(border.ports)
    base = plan_base(plan, border)
    costs = [_cost(priced.lines(design), own) for design, own in zip(plan.design, drawn, strict=True)]
    apart = [_apart(costs[0], cost, drawn[0], own) for cost, own in zip(costs, drawn, strict=True)]
    designs = tuple(
        _told(plan, design, priced, figures[0], figures[at], costs[at], apart[at], _noted(plan, beaten[at]), base)
        for at, design in enumerate(plan.design)
    )
    starts = starts_of(plan, border)
    return PlanOfPort(
        synthetic=True,
        name=plan.name,
        version=plan.version,
        title=text_of(plan.title),
        port=plan.port.name,
        start=starts[0].isoformat(),
        end=(starts[-1] + timedelta(days=plan.days - 1)).isoformat(),
        runs=len(starts),
        days=plan.days,
        seed=plan.seed,
        futures=len(made),
        policy=plan.policy,
        year=plan.costs.year,
        discount=Interval(plan.costs.discount.stated(), *plan.costs.discount.ends()),
        counted=counted.name,
        share=Interval(plan.traffic.share.stated(), *plan.traffic.share.ends()),
        growth=Interval(plan.traffic.growth.stated(), *plan.traffic.growth.ends()),
        designs=designs,
        assumed=assumed_in(plan),
        stated=figures_in(plan),
        sources=plan.sources,
        documents=border.ports.only({counted.code}).used(),
        counts=border.origin,
        base=base,
    )


def plan_base(plan: PortPlan, border: Border) -> BaseCheck:
    """Whether the waits of the first design were checked: it must be the calibrated bridge, by its id, as it stands."""
    counted = plan.counted(border.ports)
    place, first = f"{counted.code}/{plan.port.id}", built(plan, plan.design[0])
    stands = counted.bridge(plan.port.id)
    same = stands is not None and (stands.open, stands.lanes) == (first.open, first.lanes)
    return base_check(border, [place], () if same else [place])


def _noted(plan: PortPlan, beaten: Sequence[Dominated]) -> tuple[Dominated, ...]:
    """Those that dominate a design, each with what must be told with it."""
    notes = {each.id: Text(each.note.en, each.note.es) for each in plan.design if each.note is not None}
    return tuple(msgspec.structs.replace(each, note=notes.get(each.by)) for each in beaten)


def _cost(lines: Sequence[Line], drawn: Float64Array) -> Interval:
    value = sum(line.year for line in lines)
    low, high = (float(each) for each in np.quantile(drawn, (_TAIL, 1.0 - _TAIL)))
    return Interval(value, min(low, value), max(high, value))


def _apart(first: Interval, own: Interval, first_drawn: Float64Array, drawn: Float64Array) -> Interval:
    value = (own.value or 0.0) - (first.value or 0.0)
    low, high = (float(each) for each in np.quantile(drawn - first_drawn, (_TAIL, 1.0 - _TAIL)))
    return Interval(value, min(low, value), max(high, value))


def _told(
    plan: PortPlan,
    design: Design,
    priced: Priced,
    first: dict[str, Float64Array],
    own: dict[str, Float64Array],
    cost: Interval,
    cost_apart: Interval,
    beaten: tuple[Dominated, ...],
    base: BaseCheck,
) -> Judged:
    bridge = built(plan, design)
    year = WEEKS * 7.0 / plan.days
    hours = (first["truck_hours"] - own["truck_hours"]) * year
    saved = skewed_mean_interval(hours)
    length = plan.metres.metres
    futures = {name: known(own[name]) for name in FIGURES}
    figures = {name: _within(name, skewed_mean_interval(futures[name])) for name in FIGURES}
    first_stranded = bool((first["missing_share"] > 0.0).any())
    stranded = first_stranded or bool((own["missing_share"] > 0.0).any())
    worth = worth_of(saved) if hours.any() and not stranded else None
    valued = worth if base.checked else None
    return Judged(
        id=design.id,
        title=text_of(design.title),
        cost=cost,
        cost_difference=cost_apart,
        lines=priced.lines(design),
        hours=staffed(bridge),
        stands=counts(bridge, design),
        figures=figures,
        range={name: _ends(futures[name]) for name in FIGURES},
        metres={
            name: None if (value := figures[name].value) is None else length * value
            for name in ("street_mean", "street_p95", "street_most")
        },
        differences={name: _paired(first[name], own[name]) for name in FIGURES},
        front=not beaten,
        dominated=beaten,
        saved=saved,
        value=valued,
        value_missing=_value_missing(base, worth, stranded, bool(hours.any())),
        net=net_value(valued, cost_apart),
        loses=base.checked and bool(hours.any()) and not first_stranded and is_net_loss(saved, cost_apart),
        stranded=stranded,
        tolls=None if design.toll is None else _tolls(design.toll, year * own["trucks"]),
        toll_year=None if design.toll is None else design.toll.year or plan.costs.year,
    )


def _value_missing(base: BaseCheck, worth: Range | None, stranded: bool, differs: bool) -> Text | None:
    """Why a design's truck-hours have no value in money; None where they have one, and for the first design."""
    if not differs:
        return None
    return (
        catalogue("aforo.twin").template("value_stranded") if stranded else value_missing(base, worth, "value_unclear")
    )


def _tolls(toll: Toll, trucks: Float64Array) -> Interval:
    """US$ a year; `trucks` float64[futures] those of a year of each future."""
    least, most = toll.ends()
    value = toll.stated() * float(trucks.mean())
    low, high = (float(each) for each in np.quantile(trucks, (_TAIL, 1.0 - _TAIL)))
    return Interval(value, min(least * low, value), max(most * high, value))


def _within(figure: str, own: Interval) -> Interval:
    """Limits cut at what a figure can be: nothing is less than none of it, and no share more than all."""
    if own.value is None or not np.isfinite(own.low):
        return own
    return Interval(own.value, max(own.low, 0.0), min(own.high, 1.0) if figure in SHARES else own.high)


def _paired(first: Float64Array, own: Float64Array) -> Interval:
    with np.errstate(invalid="ignore"):  # where both are infinite there is no difference
        apart = own - first
    return skewed_mean_interval(known(apart))


def _ends(some: Float64Array) -> Ends:
    return Ends(float(some.min()), float(some.max())) if len(some) else Ends(None, None)


def frame(told: PlanOfPort) -> pl.DataFrame:
    """A row for each design and figure, with its limits and the difference from the first design.

    Amounts are of a year: `trucks_year`, `truck_hours_year`, `cost`, the ranges `value` of truck-hours saved and `net`.
    """
    rows: list[dict[str, Any]] = []
    for each in told.designs:
        figures = {"cost": (each.cost, each.cost_difference)}
        for name in FIGURES:
            value, apart = each.figures[name], each.differences[name]
            yearly = name in YEARLY
            figures[f"{name}_year" if yearly else name] = (
                (_times(value, told.times_a_year), _times(apart, told.times_a_year)) if yearly else (value, apart)
            )
        for name, (value, apart) in figures.items():
            row: dict[str, Any] = {"synthetic": True, "design": each.id, "front": each.front, "figure": name}
            for head, interval in (("value", value), ("difference", apart)):
                bare = interval.value is None or not np.isfinite(interval.low)
                row |= {head: interval.value, f"{head}_low": None if bare else interval.low,
                        f"{head}_high": None if bare else interval.high}  # fmt: skip
            rows.append(row | {"futures": told.futures})
        for name, money in (("value", each.value), ("net", each.net)):
            ends = (None, None) if money is None else (money.low, money.high)
            rows.append(
                {"synthetic": True, "design": each.id, "front": each.front, "figure": name, "value": None,
                 "value_low": None, "value_high": None, "difference": None, "difference_low": ends[0],
                 "difference_high": ends[1], "futures": told.futures}
            )  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def _times(interval: Interval, factor: float) -> Interval:
    """An interval times a factor above zero."""
    return Interval(
        None if interval.value is None else factor * interval.value, factor * interval.low, factor * interval.high
    )
