"""What a unit out of service costs over the hours of a day, by the programme of the price tables."""

from __future__ import annotations

import numpy as np
import pytest

from aforo.domain.units import Float64Array
from aforo.routing.prices import Inputs, inputs_of, price_of_units
from aforo.routing.table import Resource, demand_of

QUARTERS = 96


def inputs(units: int = 2, manned: Float64Array | None = None, arrivals: Float64Array | None = None) -> Inputs:
    """A scanner whose trucks are worth from 1 to 100 minutes, with a morning and no night."""
    hours = np.arange(QUARTERS) / 4
    own = np.where((hours >= 6) & (hours < 20), 0.5, 0.0) if arrivals is None else arrivals
    demand = demand_of(np.linspace(1.0, 100.0, 200), np.full(200, 8.0), own)
    place = Resource(np.full(QUARTERS, float(units)) if manned is None else manned, units, 8.0, 4.0)
    return inputs_of("b", "weekday", "scanner", demand, place)


def out(since: int, until: int, units: float = 1.0) -> Float64Array:
    """Units out between two local hours."""
    found = np.zeros(QUARTERS)
    found[4 * since : 4 * until] = units
    return found


def test_an_hour_in_which_trucks_come_costs_and_one_at_night_nothing() -> None:
    standing = np.full(QUARTERS, 2.0)
    assert price_of_units(inputs(), standing, out(10, 14)) > 100.0
    assert price_of_units(inputs(), standing, out(0, 4)) == pytest.approx(0.0, abs=1e-3)


def test_more_hours_and_more_units_cost_more() -> None:
    own, standing = inputs(), np.full(QUARTERS, 2.0)
    one = price_of_units(own, standing, out(10, 12))
    assert price_of_units(own, standing, out(10, 14)) > one
    both = price_of_units(own, standing, out(10, 12, 2.0))
    assert both > 2.0 * one


def test_a_unit_that_nobody_is_there_to_run_costs_nothing() -> None:
    staff = np.full(QUARTERS, 2.0)
    own = inputs(units=3, manned=staff)
    assert price_of_units(own, np.full(QUARTERS, 3.0), out(8, 18)) == 0.0
    assert price_of_units(own, np.full(QUARTERS, 3.0), out(8, 18, 2.0)) > 0.0


def test_the_day_after_has_its_units_again() -> None:
    """A unit that is out in the small hours is not out in those of the next day as well: with trucks at all hours, the
    same hours cost about as much wherever they lie."""
    own = inputs(units=1, arrivals=np.full(QUARTERS, 0.2))
    standing = np.ones(QUARTERS)
    early, noon = (price_of_units(own, standing, out(since, since + 3)) for since in (0, 12))
    assert early == pytest.approx(noon, rel=0.25)
