"""What a design costs a year: capital spread over its life, what it takes to keep, and the hours of its staff.

Capital C that lasts n years costs C·r ÷ (1 − (1 + r)^−n) a year at a discount rate r (C ÷ n where r is 0): the annuity
of engineering economy. Staff are the hours in which units are manned in the week of the document, 365.25 ÷ 7 weeks a
year.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from aforo.domain.text import Text
from aforo.domain.units import Float64Array, Int64Array
from aforo.ports.document import Bridge, Docks, Duty, JointDocks, Scanners, Yard
from aforo.ports.schedule import by_minute
from aforo.twin.designs import Design, Item, PortPlan, built
from aforo.twin.plan_documents import Dollars, PlanError, chances, text_of

#: Weeks of a year.
WEEKS: Final = 365.25 / 7.0
#: Classes of days: Monday to Friday, Saturday, Sunday.
DAY_CLASSES: Final = ("weekday", "saturday", "sunday")
#: The purpose of the chances by which costs are drawn.
_PURPOSE: Final = 11


class Line(msgspec.Struct, frozen=True):
    """One line of a design's cost, US$: `count` of it, `capital` for all of them over `life` years, `yearly` to keep or
    to staff, and what both come to a `year`."""

    id: str
    title: Text | None
    count: float
    capital: float
    life: float | None
    yearly: float
    year: float


class Hours(msgspec.Struct, frozen=True):
    """Hours of a week in which units of a duty are manned, all units together, by class of day."""

    duty: Duty
    weekday: float
    saturday: float
    sunday: float

    @property
    def week(self) -> float:
        """All of the week."""
        return self.weekday + self.saturday + self.sunday


def annual(capital: float, rate: float, years: float) -> float:
    """What capital costs a year over its life at a discount rate a year."""
    # Of a rate near nothing 1 - (1 + r)^-n would be rounded away.
    part = -math.expm1(-years * math.log1p(rate))
    return capital / years if part == 0.0 else capital * rate / part


def counts(bridge: Bridge, design: Design) -> dict[str, int]:
    """How many of each that an item of cost may be counted by."""
    manned = sum(by_minute(lane.booths) for lane in bridge.lanes.values())
    return {
        "port": 1,
        "booth": bridge.booths.count if bridge.booths is not None else int(np.max(manned)),
        "portal": sum(each.units.count for each in bridge.portals),
        "scanner": sum(each.units.count for each in bridge.scanners),
        "dock": 0 if bridge.docks is None else bridge.docks.units.count,
        "joint": 0 if bridge.joint is None else bridge.joint.units.count,
        "yard": 0 if bridge.yard is None else bridge.yard.units.count,
        "holding": 0 if design.holding is None else design.holding.places.count,
        "reader": len(bridge.readers),
    }


def staffed(bridge: Bridge) -> tuple[Hours, ...]:
    """The hours in which units are manned while the port is open: by their roster, else whenever they are open."""
    opens = np.minimum(by_minute(bridge.open), 1)
    booths = (by_minute(each.booths) for each in bridge.lanes.values())
    found: dict[Duty, Int64Array] = {"booth": sum(booths, 0 * opens)}
    stand: tuple[tuple[Duty, tuple[Scanners, ...]], ...] = (("scanner", bridge.scanners), ("portal", bridge.portals))
    for duty, groups in stand:
        found[duty] = sum(
            (each.units.count * np.minimum(by_minute(each.open or bridge.open), 1) for each in groups), 0 * opens
        )
    places: tuple[tuple[Duty, Docks | JointDocks | Yard | None], ...] = (
        ("dock", bridge.docks), ("joint", bridge.joint), ("yard", bridge.yard),
    )  # fmt: skip
    for duty, place in places:
        if place is not None:
            found[duty] = place.units.count * np.minimum(by_minute(place.open or bridge.open), 1)
    told = []
    for duty, standing in found.items():
        roster = bridge.staff.get(duty)
        units = standing if roster is None or duty == "booth" else np.minimum(standing, by_minute(roster))
        minutes = (units * opens).sum(axis=1) / 60.0
        if minutes.sum() > 0.0:
            told.append(Hours(duty, float(minutes[:5].sum()), float(minutes[5]), float(minutes[6])))
    return tuple(told)


class Priced:
    """The cost of designs at the stated figures and at drawn ones. PlanError where a duty has no price."""

    def __init__(self, plan: PortPlan, draws: int, seed: int) -> None:
        self._plan = plan
        self._figures: list[Dollars] = []
        costs = plan.costs
        for item in (*costs.item, *(each for design in plan.design for each in design.cost)):
            self._figures += [each for each in (item.capital, item.yearly) if each is not None]
        self._figures += list(costs.staff.values())
        self._places = {id(figure): at for at, figure in enumerate(self._figures)}
        # Every figure has a column of chances of its own, so designs that share it share its draw.
        self._chances = np.array([_some(seed, draw, len(self._figures) + 1) for draw in range(draws)])

    def lines(self, design: Design) -> tuple[Line, ...]:
        """The lines of a design's cost at the stated figures."""
        return tuple(line for line, _ in self._both(design))

    def drawn(self, design: Design) -> Float64Array:
        """float64[draws]: what a design costs a year, US$, where the figures are drawn from their ranges."""
        total = np.zeros(len(self._chances))
        for _, years in self._both(design):
            total += years
        return total

    def _both(self, design: Design) -> Iterator[tuple[Line, Float64Array]]:
        costs = self._plan.costs
        bridge = built(self._plan, design)
        number = counts(bridge, design)
        rate = costs.discount.stated()
        low, high = costs.discount.ends()
        rates = low + self._chances[:, -1] * (high - low)
        for item in (*costs.item, *design.cost):
            if number[item.per]:
                yield self._item(item, number[item.per], rate, rates)
        for hours in staffed(bridge):
            price = costs.staff.get(hours.duty)
            if price is None:
                raise PlanError("port_plan_staff", place=f"design[{design.id}]", duty=hours.duty)
            year = hours.week * WEEKS
            yearly = year * price.stated()
            yield Line(f"staff.{hours.duty}", None, year, 0.0, None, yearly, yearly), year * self._of(price)

    def _item(self, item: Item, count: int, rate: float, rates: Float64Array) -> tuple[Line, Float64Array]:
        capital = count * (item.capital.stated() if item.capital is not None else 0.0)
        yearly = count * (item.yearly.stated() if item.yearly is not None else 0.0)
        life = item.life.years if item.life is not None else 1.0
        years = np.zeros(len(self._chances))
        if item.capital is not None:
            factors = np.array([annual(1.0, each, life) for each in rates])
            years += count * self._of(item.capital) * factors
        if item.yearly is not None:
            years += count * self._of(item.yearly)
        told = item.life.years if item.capital is not None and item.life is not None else None
        year = annual(capital, rate, life) + yearly
        return Line(item.id, text_of(item.title), float(count), capital, told, yearly, year), years

    def _of(self, figure: Dollars) -> Float64Array:
        low, high = figure.ends()
        drawn: Float64Array = low + self._chances[:, self._places[id(figure)]] * (high - low)
        return drawn


def _some(seed: int, draw: int, number: int) -> list[float]:
    own = chances(seed, draw, _PURPOSE)
    return [next(own) for _ in range(number)]
