"""The price of one more examination over the day and the queue, as people and machines are shown it."""

from __future__ import annotations

import re

import msgspec

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.figure import ASSUMED, figures
from aforo.flow.priced import NAN
from aforo.ports.document import Bridge
from aforo.routing.book import book_of
from aforo.routing.choice import (
    FILED,
    IN_YARD,
    JOINT_EXAM,
    PRICED,
    PRIMARY,
    RESOURCES,
    SCAN,
    SECONDARY,
    choose,
)  # fmt: skip
from aforo.routing.parameters import parameters
from aforo.routing.prices import Prices

#: Waits of the queue for which the price is told, in minutes of work a unit that is up.
WAITS = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0)
HOURS = tuple(range(24))


class PriceOfDay(msgspec.Struct, frozen=True):
    """What an examination of `minutes` at a resource costs the rest of the day, in truck-minutes, with `up` units up
    and arrivals as forecast: `prices[i][h]` where `waiting[i]` minutes of work wait for each unit at hour `hours[h]`.

    Hours are of the port's `zone`; `assumed` are figures of the resource and of arrivals that no source supports, by
    their place in the port document in force. Both are empty where none is in force.
    """

    bridge: str
    day: str
    resource: str
    up: int
    minutes: float
    hours: tuple[int, ...]
    waiting: tuple[float, ...]
    prices: list[list[float]]
    zone: str = ""
    assumed: tuple[str, ...] = ()


#: At which stage, and with which option, an examination is made at a resource.
_AT: dict[str, tuple[int, int]] = {
    "scanner": (PRIMARY, SCAN), "portal": (FILED, SCAN), "yard": (IN_YARD, SCAN), "dock": (PRIMARY, SECONDARY),
    "joint": (PRIMARY, JOINT_EXAM),
}  # fmt: skip


#: The parts of a bridge's document that speak of a resource.
_PARTS = {"scanner": "scanners", "portal": "portals", "yard": "yard", "dock": "docks", "joint": "joint"}


def assumed_of(bridge: Bridge, resource: str) -> tuple[str, ...]:
    """The places of the figures that a price at a resource rests on and that the document assumes: the resource, its
    staff, the bridge's hours and its arrivals."""
    parts = (_PARTS[resource], f"staff.{resource}", "open", "arrivals")
    return tuple(
        place
        for place, each in figures(bridge)
        if each.source == ASSUMED and any(re.match(rf"{re.escape(part)}(?![\w-])", place) for part in parts)
    )


def price_of_day(tables: Prices, up: int | None = None) -> PriceOfDay:
    """The prices of one table, as a decision would meet them. `up` is how many units are up, all where it is not said.

    Raises ValueError for a resource at which nothing is examined.
    """
    inputs = tables.inputs
    if inputs.resource not in _AT:
        raise ValueError(f"nothing is examined at a {inputs.resource}")
    units = inputs.units if up is None else min(up, inputs.units)
    forecast = tables.forecast()
    book = book_of({inputs.resource: tables.tables()}, forecast, 0.0 * forecast).tolist()
    place, (stage, option) = RESOURCES.index(inputs.resource), _AT[inputs.resource]
    minutes, backlog, prevented = [NAN] * len(RESOURCES), [0.0] * len(RESOURCES), [0.0] * len(EXAMINATIONS)
    minutes[place], params = inputs.mean, parameters().tolist()

    def price(hour: int, wait: float) -> float:
        backlog[place] = wait * max(units, 1)
        there = (prevented, minutes, 0.0, 60.0 * hour, backlog, [units] * len(RESOURCES), 1.0, (), book)
        return round(float(choose.py_func(PRICED, params, stage, 1 << option, 1, 0.0, *there)[1]), 3)

    prices = [[price(hour, wait) for hour in HOURS] for wait in WAITS]
    return PriceOfDay(
        inputs.bridge, inputs.day_class, inputs.resource, units, round(inputs.mean, 2), HOURS, WAITS, prices
    )
