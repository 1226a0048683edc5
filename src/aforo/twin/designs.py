"""The document of a port's designs: what may stand there, what it costs, and the trucks that it is built for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from aforo.domain.text import Text
from aforo.ports import soundness
from aforo.ports.directory import Directory
from aforo.ports.document import (
    Arrivals,
    Bridge,
    Docks,
    Duty,
    JointDocks,
    Lane,
    LaneClass,
    Part,
    PortDocument,
    Reader,
    Scanners,
    Yard,
)
from aforo.ports.figure import Count, Kilometres, Minutes
from aforo.ports.schedule import Shift, Window
from aforo.twin.plan_documents import (
    Dollars,
    Fraction,
    Metres,
    Multiple,
    PlanError,
    Slug,
    Years,
    check_figures,
    parsed,
    shipped,
)
from aforo.twin.scenario import PolicyName, Title
from aforo.twin.wait_samples import SampleLane, lane_group
from aforo.twin.wait_worlds import lanes_with_factors, with_factors

#: The line with which a document of designs that ships begins.
MARK: Final = "# Designs of a port"
#: What an item of cost is counted by.
PER: Final = ("port", "booth", "portal", "scanner", "dock", "joint", "yard", "holding", "reader")


class Item(Part, frozen=True, kw_only=True):
    """Something that costs: `capital` at the start, which lasts `life`, and `yearly` to keep, for each of `per`.

    `port` is once; `booth` those that stand, `holding` places outside town, `yard` units that examine there.
    """

    id: Slug
    title: Title
    per: Literal["port", "booth", "portal", "scanner", "dock", "joint", "yard", "holding", "reader"] = "port"
    capital: Dollars | None = None
    life: Years | None = None
    yearly: Dollars | None = None


class Costs(Part, frozen=True, kw_only=True):
    """What things cost, US$ of `year`. `staff`: of one unit that is manned, an hour, by duty; `discount`: a year."""

    year: Annotated[int, Meta(ge=1990, le=2100)]
    discount: Fraction
    staff: dict[Duty, Dollars]
    item: Annotated[tuple[Item, ...], Meta(max_length=100)] = ()


class Holding(Part, frozen=True, kw_only=True):
    """A yard outside town where trucks wait until they are called forward in turn, instead of in the street."""

    places: Count
    away: Kilometres | None = None


class Traffic(Part, frozen=True, kw_only=True):
    """The trucks of a `port` that was counted, the `share` of them that comes here, and by how much they `grow`."""

    port: str
    share: Fraction
    growth: Multiple


class Negligible(Part, frozen=True, kw_only=True):
    """What is told as the same: part of the cost, minutes of mean wait, trucks in the street, share prevented."""

    cost: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.005
    wait: Annotated[float, Meta(ge=0.0, le=1000.0)] = 0.25
    street: Annotated[float, Meta(ge=0.0, le=1000.0)] = 0.5
    examination: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.0025


class Toll(Dollars, frozen=True, kw_only=True):
    """What a truck pays, US$ of `year`; without one, of the year of the costs."""

    year: Annotated[int, Meta(ge=1990, le=2100)] | None = None


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must be said with a design, in both languages."""

    en: Annotated[str, Meta(min_length=1, max_length=1_000)]
    es: Annotated[str, Meta(min_length=1, max_length=1_000)]


class Design(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One way to build and staff the port. What it leaves out is as in `port`; of `lanes` and `staff` class by class.

    `note` is told wherever this design dominates another: what it rests on that is in no figure. `detour` is what going
    by its yard adds to a truck's way; `toll` what a truck pays, which is no cost of the port.
    """

    id: Slug
    title: Title
    note: Note | None = None
    open: tuple[Window, ...] = ()
    booths: Count | None = None
    lanes: dict[LaneClass, Lane] = {}
    approach: Count | None = None
    portals: tuple[Scanners, ...] | None = None
    scanners: tuple[Scanners, ...] | None = None
    docks: Docks | None = None
    joint: JointDocks | None = None
    yard: Yard | None = None
    detour: Minutes | None = None
    holding: Holding | None = None
    staff: dict[Duty, tuple[Shift, ...]] = {}
    readers: tuple[Reader, ...] | None = None
    arrivals: Arrivals | None = None
    toll: Toll | None = None
    cost: Annotated[tuple[Item, ...], Meta(max_length=30)] = ()


class PortPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The document. `port` is what all designs have in common, in the form of a bridge of a port document.

    `first` is the first of the `days` that are simulated in every future; without it each future has as many days of
    its own of the counted year (`designs_days`).
    """

    name: Slug
    version: Annotated[str, Meta(min_length=1, max_length=60)]
    title: Title
    traffic: Traffic
    metres: Metres
    costs: Costs
    port: Bridge
    design: Annotated[tuple[Design, ...], Meta(min_length=2, max_length=20)]
    first: date | None = None
    days: Annotated[int, Meta(ge=1, le=28)] = 7
    seed: Annotated[int, Meta(ge=0, le=2**31)] = 1
    replications: Annotated[int, Meta(ge=2, le=10_000)] = 40
    policy: PolicyName = "clearance"
    negligible: Negligible = Negligible()
    sources: dict[str, str] = {}

    def counted(self, ports: Directory) -> PortDocument:
        """The port whose trucks were counted. PlanError where there is none of its name."""
        found = ports.port_called(self.traffic.port)
        if found is None:
            known = ", ".join(each.name for each in ports.ports)
            raise PlanError("plan_document_port", place="traffic.port", name=self.traffic.port, known=known)
        return found


def built(plan: PortPlan, design: Design) -> Bridge:
    """The port as a design has it."""
    changed = {
        name: value
        for name in ("booths", "approach", "portals", "scanners", "docks", "joint", "yard", "readers")
        if (value := getattr(design, name)) is not None
    }
    if design.open:
        changed["open"] = design.open
    if design.arrivals is not None:
        own, shared = design.arrivals, plan.port.arrivals
        changed["arrivals"] = Arrivals(
            hourly=own.hourly or shared.hourly, weekday=own.weekday or shared.weekday, lanes=own.lanes or shared.lanes
        )
    return msgspec.structs.replace(
        plan.port, lanes={**plan.port.lanes, **design.lanes}, staff={**plan.port.staff, **design.staff}, **changed
    )


def calibrated_plan(plan: PortPlan, factors: Mapping[SampleLane, float]) -> PortPlan:
    """The plan with the service times of primary, the port's and each design's, times the factors of its bridge."""
    group = lane_group(plan.port, "fast")
    designs = tuple(
        msgspec.structs.replace(each, lanes=lanes_with_factors(each.lanes, factors, group)) for each in plan.design
    )
    return msgspec.structs.replace(plan, port=with_factors(plan.port, factors), design=designs)


def document_of(plan: PortPlan, design: Design, counted: PortDocument) -> PortDocument:
    """A design as a port document, under the code and the zone of the port whose trucks were counted."""
    return PortDocument(
        code=counted.code,
        name=plan.port.name,
        zone=counted.zone,
        version=plan.version,
        bridges=(built(plan, design),),
        sources=plan.sources,
    )


def parse(document: bytes, ports: Directory) -> PortPlan:
    """The designs of a TOML document. PlanError names the place and says what is wrong."""
    plan = parsed(document, PortPlan)
    check_figures(plan, plan.sources)
    names = [each.id for each in plan.design]
    if len(set(names)) < len(names):
        raise PlanError("plan_document_twice", place="design")
    counted = plan.counted(ports)
    for design in plan.design:
        place = f"design[{design.id}]"
        finding = next(soundness.findings(document_of(plan, design, counted)), None)
        if finding is not None:
            # A port document calls it by its bridge; here there is one, and designs differ.
            told = Text(*(each.replace(f"bridge[{plan.port.id}].", "") for each in (finding.text.en, finding.text.es)))
            raise PlanError("plan_document_unsound", place=place, why=told)
        items = [*plan.costs.item, *design.cost]
        if len({each.id for each in items}) < len(items):
            raise PlanError("plan_document_twice", place=f"{place}.cost")
        for item in items:
            if item.capital is not None and item.life is None:
                raise PlanError("port_plan_life", place=f"{place}.cost[{item.id}]")
    return plan


def ready() -> dict[str, bytes]:
    """The documents of designs that ship, by name."""
    return shipped(MARK)
