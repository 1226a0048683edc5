"""Price tables: what the solver must hold, against a plain reference on a fine grid, and as artefacts on a shelf."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from aforo.routing import choice as c
from aforo.routing import prices as p
from aforo.routing.book import NO_BOOK, ResourceTables, book_of
from aforo.routing.duals import Dual
from aforo.routing.parameters import parameters
from aforo.routing.table import Demand, Resource, demand_of, solve


def a_demand(trucks_a_minute: float = 1.0, *, service: float = 3.0) -> Demand:
    rng = np.random.default_rng(5)
    values = 4.0 * np.exp(rng.normal(0.0, 1.5, 4000))
    minutes = service * np.exp(rng.normal(0.0, 0.3, 4000))
    arrivals = np.zeros(96)
    arrivals[24:88] = trucks_a_minute
    return demand_of(values, minutes, arrivals)


def a_place(units: int = 2, *, repair: float = 0.0, service: float = 3.0) -> Resource:
    return Resource(np.full(96, float(units)), units, service, 0.6 * service, repair)


def price(values: np.ndarray, units: int, level: int, quarter: int, work: float, minutes: float, cell: float) -> float:
    row = values[units, level, quarter]
    points = cell * np.where(np.arange(c.WORKS) > c.FINE, c.FINE + (np.arange(c.WORKS) - c.FINE) * c.COARSE,
                             np.arange(c.WORKS))  # fmt: skip
    return float(np.interp(work, points, row) - np.interp(work + minutes, points, row))


def test_a_price_rises_with_work_and_arrivals_and_falls_with_units() -> None:
    values = solve(a_demand(), a_place(), 0.75)
    assert (np.diff(values, axis=-1) <= 1e-9).all()
    for quarter in (30, 50, 80):
        asked = [price(values, 2, 1, quarter, work, 3.0, 0.75) for work in (0.0, 3.0, 6.0, 12.0, 24.0)]
        assert asked == sorted(asked)
        assert price(values, 2, 2, quarter, 6.0, 3.0, 0.75) > price(values, 2, 0, quarter, 6.0, 3.0, 0.75)
        assert price(values, 1, 1, quarter, 6.0, 3.0, 0.75) > price(values, 2, 1, quarter, 6.0, 3.0, 0.75)
        assert price(values, 2, 1, quarter, 6.0, 3.0, 0.75) > 3.0  # dearer than its own service
    assert price(values, 2, 1, 95, 0.0, 3.0, 0.75) < price(values, 2, 1, 80, 0.0, 3.0, 0.75)


def test_a_unit_that_comes_back_makes_work_cheaper_while_it_is_away() -> None:
    stays, returns = (solve(a_demand(), a_place(repair=rate), 0.75) for rate in (0.0, 1.0 / 120.0))
    assert price(returns, 1, 1, 40, 12.0, 3.0, 0.75) < price(stays, 1, 1, 40, 12.0, 3.0, 0.75)
    assert price(returns, 0, 1, 40, 0.0, 3.0, 0.75) < price(stays, 0, 1, 40, 0.0, 3.0, 0.75)


def reference(demand: Demand, place: Resource, minutes: float) -> tuple[np.ndarray, float]:
    """The same programme written plainly: a uniform grid four times as fine, steps of a fiftieth of a minute."""
    cell, steps = 0.2, 50
    work = np.arange(600) * cell
    k, m, r = float(place.units), place.mean, place.residual
    number = np.where(work > k * r, k + (work - k * r) / m, work / r)
    wait = np.maximum(work - k * r, 0.0) / k
    drained = np.where(work > k * r, np.maximum(work - k / steps, 0.0), work * math.exp(-1.0 / steps / r))
    value = -work * (work / (2.0 * k) + r) / m
    for minute in range(1440, 1440 - int(minutes), -1):
        coming = demand.arrivals[(minute - 1) // 15]
        for _ in range(steps):
            value = np.interp(drained, work, value) - number / steps
            gain = np.zeros(len(work))
            for x, share, tail in zip(demand.services, demand.shares, demand.tails, strict=True):
                after = np.interp(work + x, work, value)
                after[work + x > work[-1]] = value[work + x > work[-1]] - 1e3
                asked = np.maximum(value - after + (1.0 - x / m) * wait, 0.0)
                gain += share * np.interp(asked, demand.knots, tail)
            value = value + coming * gain / steps
    return value, cell


def test_it_agrees_with_a_plain_reference_on_a_fine_grid() -> None:
    demand, place = a_demand(), a_place()
    value, cell = reference(demand, place, 300.0)
    work = np.arange(len(value)) * cell
    values = solve(demand, place, 0.75)
    quarter = (1440 - 300) // 15
    for at in (0.0, 4.0, 9.0, 20.0):
        expected = float(np.interp(at, work, value) - np.interp(at + 3.0, work, value))
        assert price(values, 2, 1, quarter, at, 3.0, 0.75) == pytest.approx(expected, rel=0.06)


def inputs(trucks: float = 1.0, day_class: p.DayClass = "weekday") -> p.Inputs:
    return p.inputs_of("2304-wtb", day_class, "scanner", a_demand(trucks), a_place())


def test_a_document_reads_back_to_the_bit_and_is_known_by_its_content() -> None:
    prices = p.solved(inputs())
    document = p.written(prices)
    assert len(document) < 1_000_000
    again = p.read(document)
    assert p.written(again) == document == p.written(p.solved(inputs()))
    assert (again.tables().values == prices.tables().values).all()
    assert p.solved_from(document) == inputs().digest() != inputs(1.1).digest()


def test_tables_without_the_document_are_those_of_the_document() -> None:
    alone, kept = p.tables_of(inputs()), p.solved(inputs()).tables()
    assert alone.values.tobytes() == kept.values.tobytes()
    assert (alone.cell, alone.mean, alone.residual) == (kept.cell, kept.mean, kept.residual)
    assert alone.manned is not None
    assert kept.manned is not None
    assert np.array_equal(alone.manned, kept.manned)


@pytest.mark.parametrize("change", [{"format": "other"}, {"steps": [1, 2, 3]}, {"cell": -1.0}])
def test_a_document_that_is_not_of_this_version_is_refused(change: dict[str, object]) -> None:
    broken = msgspec.structs.replace(p.solved(inputs()), **change)
    for reading in (p.read, p.solved_from):
        with pytest.raises(ValueError, match=r"it is no|its (tables|resource)"):
            reading(p.written(broken))


@pytest.mark.parametrize("change", [{"arrivals": (1.0,)}, {"tails": ((0.0,),)}, {"resource": "ferry"}, {"mean": -1.0}])
def test_a_document_of_other_inputs_is_refused(change: dict[str, object]) -> None:
    prices = p.solved(inputs())
    broken = msgspec.structs.replace(prices, inputs=msgspec.structs.replace(prices.inputs, **change))
    for reading in (p.read, p.solved_from):
        with pytest.raises(ValueError, match=r"its (inputs|resource)"):
            reading(p.written(broken))
    far = msgspec.structs.replace(prices, steps=[10**16, *prices.steps[1:]])
    with pytest.raises(msgspec.ValidationError):
        p.read(p.written(far))


def test_the_tables_of_the_nearest_class_of_day_are_used_where_a_day_has_none() -> None:
    assert p.nearest_day("weekday", []) is None
    assert p.nearest_day("weekday", ["sunday", "weekday"]) == "weekday"
    assert p.nearest_day("holiday", ["weekday", "sunday"]) == "sunday"
    assert p.nearest_day("saturday", ["weekday", "sunday"]) == "weekday", "of two as near the first"


def test_a_book_is_bound_of_the_tables_at_hand_and_of_what_is_not_on_the_list() -> None:
    assert p.bound([]) is NO_BOOK
    book = p.bound([p.solved(inputs())])
    assert np.array_equal(book, p.bound([p.solved(inputs())]))
    assert not np.array_equal(book, p.bound([p.solved(inputs(1.3))]))
    late = p.bound([p.solved(inputs())], np.full(c.CLASSES, 0.5))
    seen, unseen = late[c.EXPECTED : c.ROSTER].reshape(c.QUARTERS, 2, c.CLASSES).transpose(1, 0, 2)
    assert seen.max() > 0.0
    assert np.allclose(unseen, 0.5 * seen)


def test_inputs_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="no priced resource"):
        p.inputs_of("b", "weekday", "ferry", a_demand(), a_place())
    with pytest.raises(ValueError, match="finite"):
        p.inputs_of("b", "weekday", "dock", a_demand(), a_place(repair=math.nan))
    with pytest.raises(ValueError, match="finite and not negative"):
        demand_of(np.array([1.0, math.nan]), np.array([1.0, 1.0]), np.zeros(96))


def test_a_dual_integrates_its_own_error() -> None:
    ceiling = Dual(target=20.0, ceiling=True, step=0.1)
    for _ in range(10):
        ceiling = ceiling.after(40.0)
    assert ceiling.dual == pytest.approx(1.0)
    assert ceiling.after(math.nan) == ceiling
    assert ceiling.after(1e12).dual == ceiling.most
    for _ in range(60):
        ceiling = ceiling.after(10.0)
    assert ceiling.dual == 0.0
    assert Dual(target=0.3, ceiling=False, step=1.0).after(0.15).dual == pytest.approx(0.5)


def test_in_the_last_minutes_of_a_shift_a_truck_costs_its_own_minutes_and_a_waiting_one_the_night() -> None:
    place = a_place(2, service=20.0)
    manned = np.where((np.arange(96) >= 24) & (np.arange(96) < 80), 2.0, 0.0)
    values = solve(a_demand(0.0), Resource(manned, 2, place.mean, place.residual), 5.0)
    own = price(values, 2, 1, 80, 0.0, 20.0, 5.0)
    assert own == pytest.approx(20.0, abs=2.0)
    assert price(values, 2, 1, 80, 40.0, 20.0, 5.0) > 10 * 60 * 0.9


def test_a_bridge_that_closes_at_midnight_charges_the_night_to_whom_it_finds_waiting() -> None:
    place = a_place(2, service=20.0)
    manned = np.where(np.arange(96) >= 28, 2.0, 0.0)
    values = solve(a_demand(0.0), Resource(manned, 2, place.mean, place.residual), 5.0)
    assert price(values, 2, 1, 96, 0.0, 20.0, 5.0) == pytest.approx(20.0, abs=2.0)
    assert price(values, 2, 1, 96, 40.0, 20.0, 5.0) > 7 * 60 * 0.9
    wrapped = solve(a_demand(0.0), Resource(manned, 2, place.mean, place.residual), 5.0, wrap_minutes=60.0)
    assert price(wrapped, 2, 1, 96, 40.0, 20.0, 5.0) > 60 * 0.9


def test_a_shift_that_ends_after_midnight_leaves_whom_it_finds_waiting_until_the_morning() -> None:
    place = a_place(2, service=20.0)
    manned = np.where((np.arange(96) >= 28) | (np.arange(96) < 1), 2.0, 0.0)
    values = solve(a_demand(0.0), Resource(manned, 2, place.mean, place.residual), 5.0, wrap_minutes=60.0)
    assert price(values, 2, 1, 96, 80.0, 20.0, 5.0) > 6 * 60 * 0.9


def test_a_unit_that_is_not_on_duty_yet_is_no_unit_lost() -> None:
    manned = np.where(np.arange(96) < 32, 1.0, 2.0)
    table = solve(a_demand(), Resource(manned, 2, 3.0, 1.8), 0.75)
    nothing = np.zeros((c.QUARTERS, c.CLASSES))
    book = book_of({"scanner": ResourceTables(table, 0.75, 3.0, 1.8, manned)}, nothing, nothing)
    blind = book_of({"scanner": ResourceTables(table, 0.75, 3.0, 1.8)}, nothing, nothing)

    def cost(of: np.ndarray, now: float, up: int) -> float:
        numbers = [0.0, 1e6, 0.0, 0.0, 0.0, 0.0], [3.0] + [math.nan] * 5
        params = parameters(level_weight=0.0, list_weight=0.0).tolist()
        return c.choose.py_func(
            6, params, c.PRIMARY, 3, 1, 0.5, *numbers, 0.05, now, [0.0] * 6, [up, 0, 0, 0, 0, 0], 1.0, [], of.tolist()
        )[1]

    early, late = 7 * 60.0, 9 * 60.0
    assert cost(book, early, 1) == cost(blind, early, 2) < cost(blind, early, 1)
    assert cost(book, late, 1) == cost(blind, late, 1)
