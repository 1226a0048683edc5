"""What every routing policy must hold, the priced one and its peers alike; and that the tuner tunes them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aforo.domain.units import Float64Array
from aforo.routing import choice as c
from aforo.routing.book import NO_BOOK, ResourceTables, book_of
from aforo.routing.parameters import parameters
from aforo.routing.table import Resource, cell_of, demand_of, forecast_of, solve
from aforo.routing.tuning import knobs_of, tune

NAN = math.nan
WEIGHS = ("threshold", "queue_aware", "clearance", "priced", "capacity")
EVERY = range(len(c.POLICIES))
SCANS = (1 << c.RELEASE) | (1 << c.SCAN)


def solved_book() -> Float64Array:
    rng = np.random.default_rng(2)
    arrivals = np.zeros(96)
    arrivals[24:88] = 2.0
    scans = demand_of(4.0 * np.exp(rng.normal(0.0, 1.5, 3000)), 3.0 * np.exp(rng.normal(0.0, 0.4, 3000)), arrivals)
    docks = demand_of(20.0 * np.exp(rng.normal(0.0, 1.5, 3000)), np.full(3000, 45.0), arrivals * 0.05)
    places = {"scanner": (scans, 3.0), "dock": (docks, 45.0), "joint": (docks, 60.0)}
    tables = {}
    for name, (demand, mean) in places.items():
        cell = cell_of(3, mean)
        values = solve(demand, Resource(np.full(96, 3.0), 3, mean, 0.6 * mean, 1 / 240.0), cell)
        tables[name] = ResourceTables(values, cell, mean, 0.6 * mean)
    forecast = forecast_of(scans, 60.0)
    return book_of(tables, forecast, forecast * 0.1)


BOOK = solved_book().tolist()
PARAMS = parameters(
    rate=0.2, top_up_wait=5.0, level_weight=0.8, list_weight=0.8, lane_cut=dict.fromkeys(c.LANES, 40.0),
    base=dict.fromkeys(c.RESOURCES, 10.0), slope=dict.fromkeys(c.RESOURCES, 0.5),
).tolist()  # fmt: skip


def ask(policy: int, **change: Any) -> tuple[int, float]:
    """The choice for an ordinary truck at an ordinary moment, with what is changed."""
    call: dict[str, Any] = {
        "params": PARAMS, "stage": c.PRIMARY, "allowed": SCANS, "lane": 1, "draw": 0.5,
        "prevented": [0.0, 15.0, 18.0, 25.0, 25.0, 0.0], "minutes": [3.0, NAN, NAN, 45.0, 60.0, 0.0], "alarm": 0.1,
        "now": 700.0, "backlog": [12.0, NAN, NAN, 60.0, 30.0, 0.0], "up": [3, 0, 0, 3, 3, 5], "level": 1.0,
        "listed": [], "book": BOOK,
    } | change  # fmt: skip
    option, cost = c.choose.py_func(policy, *call.values())
    return int(option), float(cost)


@pytest.mark.parametrize("policy", EVERY)
@settings(max_examples=60, deadline=None)
@given(
    value=st.floats(0.0, 500.0), backlog=st.floats(0.0, 400.0), now=st.floats(0.0, 1439.0), draw=st.floats(0.0, 0.999)
)
def test_the_answer_is_an_option_that_is_allowed_and_a_cost_that_can_be_said(
    policy: int, value: float, backlog: float, now: float, draw: float
) -> None:
    state = {"prevented": [0.0, value, NAN, NAN, NAN, 0.0], "backlog": [backlog] * 6, "now": now, "draw": draw}
    option, cost = ask(policy, **state)
    assert option in (c.RELEASE, c.SCAN)
    assert 0.0 <= cost < c.UNAVAILABLE
    assert (option, cost) == ask(policy, **state)


@pytest.mark.parametrize("policy", EVERY)
@settings(max_examples=40, deadline=None)
@given(
    value=st.floats(0.0, 300.0), more=st.floats(0.0, 300.0), draw=st.floats(0.0, 0.999), backlog=st.floats(0.0, 200.0)
)
def test_who_is_examined_would_be_examined_for_more_and_with_less_of_a_queue(
    policy: int, value: float, more: float, draw: float, backlog: float
) -> None:
    asked = {"draw": draw, "prevented": [0.0, value, 0.0, 0.0, 0.0, 0.0], "backlog": [backlog] * 6}
    if ask(policy, **asked)[0] == c.SCAN:
        assert ask(policy, **asked | {"prevented": [0.0, value + more, 0.0, 0.0, 0.0, 0.0]})[0] == c.SCAN
        assert ask(policy, **asked | {"backlog": [backlog / 2.0] * 6})[0] == c.SCAN


@pytest.mark.parametrize("policy", EVERY)
@pytest.mark.parametrize(
    "broken",
    [
        {}, {"prevented": [NAN] * 6}, {"minutes": [NAN] * 6}, {"backlog": [NAN] * 6}, {"up": [0] * 6}, {"up": [-1] * 6},
        {"now": NAN}, {"now": -4000.0}, {"now": 1e18}, {"level": NAN}, {"level": -1.0}, {"book": []},
        {"listed": [NAN] * c.CLASSES}, {"alarm": NAN}, {"backlog": [math.inf] * 6, "up": [0] * 6, "book": []},
    ],
)  # fmt: skip
@pytest.mark.parametrize("stage", range(4))
def test_an_examination_that_is_ordered_is_never_released(policy: int, broken: dict[str, Any], stage: int) -> None:
    """Mandatory, lottery and life-safety come with a mask that allows no release, and keep an examination or a hold."""
    for allowed in (SCANS & ~1, 1 << c.SECONDARY, 0b11110, 1 << c.HOLD, 0):
        option, cost = ask(policy, allowed=allowed, stage=stage, **broken)
        assert option != c.RELEASE
        assert option == c.HOLD or allowed & (1 << option)
        assert math.isfinite(cost)


@pytest.mark.parametrize("policy", [p for p in EVERY if p != c.NONE])
def test_where_risk_does_not_answer_a_share_is_examined_by_the_draw(policy: int) -> None:
    unknown = {"prevented": [NAN] * 6}
    assert ask(policy, draw=0.19, **unknown)[0] == c.SCAN
    assert ask(policy, draw=0.21, **unknown)[0] == c.RELEASE
    assert ask(policy, draw=0.99, stage=c.SCANNED, allowed=1 | (1 << c.SECONDARY), **unknown)[0] == c.SECONDARY


@pytest.mark.parametrize("policy", [p for p in EVERY if p not in (c.NONE, c.PRICED)])
def test_nobody_is_sent_to_a_scanner_that_is_not_there(policy: int) -> None:
    assert ask(policy, up=[0] * 6, prevented=[0.0, 1e5] + [NAN] * 4, draw=0.0) == (c.RELEASE, c.UNAVAILABLE)


def test_the_priced_policy_sends_nobody_to_a_lost_scanner_but_who_is_worth_its_return() -> None:
    assert ask(c.PRICED, up=[0] * 6, prevented=[0.0, 15.0] + [NAN] * 4)[0] == c.RELEASE
    assert ask(c.PRICED, up=[0] * 6, prevented=[0.0, 1e5] + [NAN] * 4)[0] == c.SCAN
    assert ask(c.PRICED, up=[0] * 6, prevented=[0.0, 1e5] + [NAN] * 4, book=[]) == (c.RELEASE, c.UNAVAILABLE)


def test_without_a_table_or_a_clock_the_priced_policy_runs_the_clearance_rule() -> None:
    for broken in ({"book": []}, {"now": NAN}, {"now": 1e9}, {"now": -1.0}):
        assert ask(c.PRICED, **broken) == ask(c.CLEARANCE, **broken)
    assert ask(c.PRICED)[1] != ask(c.CLEARANCE)[1]


@pytest.mark.parametrize("policy", [p for p in EVERY if c.POLICIES[p] in WEIGHS])
def test_a_scan_with_a_decision_costs_the_scan_and_the_dock_by_the_chance_of_an_alarm(policy: int) -> None:
    def cost(option: int, alarm: float = 0.1) -> float:
        return ask(policy, allowed=1 << option, alarm=alarm)[1]

    both = cost(c.SCAN) + 0.1 * cost(c.SECONDARY)
    assert cost(c.SCAN_THEN_DECIDE) == pytest.approx(both)
    assert cost(c.SCAN_THEN_DECIDE, NAN) == pytest.approx(cost(c.SCAN) + cost(c.SECONDARY))


def test_capacity_scans_below_its_ceiling_whatever_a_truck_is_worth_and_above_it_as_the_clearance_rule() -> None:
    """The ceiling is five minutes of work for each of three scanners."""
    worthless = {"prevented": [0.0] * 6}
    assert ask(c.CLEARANCE, **worthless)[0] == c.RELEASE
    both = SCANS | (1 << c.SCAN_THEN_DECIDE)
    for work, option in ((0.0, c.SCAN), (14.9, c.SCAN), (15.0, c.RELEASE), (400.0, c.RELEASE), (NAN, c.RELEASE)):
        backlog = [work, NAN, NAN, 60.0, 30.0, 0.0]
        assert ask(c.CAPACITY, backlog=backlog, **worthless)[0] == option
        costly = {"prevented": [0.0, 1e5, 0.0, 0.0, 0.0, 0.0], "backlog": backlog}
        assert ask(c.CAPACITY, **costly) == ask(c.CLEARANCE, **costly)
    short = {"backlog": [0.0, NAN, NAN, 0.0, 0.0, 0.0]}
    option, cost = ask(c.CAPACITY, allowed=both, **short, **worthless)
    assert option == c.SCAN_THEN_DECIDE
    assert cost == ask(c.CAPACITY, allowed=1 << c.SCAN_THEN_DECIDE, **short)[1]
    # A dock is no scanner, an alarm is weighed, and a scanner that is lost or unknown is not filled.
    by_hand = 1 | (1 << c.SECONDARY)
    assert ask(c.CAPACITY, allowed=by_hand, **short, **worthless)[0] == c.RELEASE
    assert ask(c.CAPACITY, stage=c.SCANNED, allowed=by_hand, **worthless)[0] == c.RELEASE
    for up in (0, -1):
        assert ask(c.CAPACITY, up=[up] * 6, **short, **worthless)[0] == c.RELEASE


def test_duals_move_the_price() -> None:
    numbers = np.array(PARAMS)
    numbers[c.CREDIT + c.SCANNER] = 2.0
    assert ask(c.PRICED, params=numbers.tolist())[1] == pytest.approx(ask(c.PRICED)[1] - 2.0)
    numbers[c.CREDIT + c.SCANNER] = 0.0
    numbers[c.SURCHARGE + c.SCANNER] = 1.0
    assert ask(c.PRICED, params=numbers.tolist())[1] > ask(c.PRICED)[1]


def test_more_on_its_way_and_a_fuller_hour_make_a_scan_dearer_and_fewer_units_too() -> None:
    usual = ask(c.PRICED)[1]
    empty, full = ([work] * c.CLASSES for work in (0.0, 60.0))
    assert ask(c.PRICED, listed=empty)[1] < usual < ask(c.PRICED, listed=full)[1]
    assert ask(c.PRICED, level=0.6)[1] < usual < ask(c.PRICED, level=1.6)[1]
    assert usual < ask(c.PRICED, up=[1] * 6)[1]
    assert ask(c.PRICED, up=[9] * 6) == ask(c.PRICED, up=[3] * 6)  # more than there is a table for: the nearest


def test_a_split_trip_pays_for_each_of_its_parts() -> None:
    """Two half-empty trucks in place of one are weighed twice, each with the work of its own examination."""
    one = ask(c.PRICED)[1]
    half = ask(c.PRICED, minutes=[1.5, NAN, NAN, 45.0, 60.0, 0.0])[1]
    then = ask(c.PRICED, minutes=[1.5, NAN, NAN, 45.0, 60.0, 0.0], backlog=[13.5, NAN, NAN, 60.0, 30.0, 0.0])[1]
    assert half + then > 0.9 * one


def simple_day(params: Float64Array, policy: int, book: Any, seed: int) -> float:
    """A few hours of one scanner, first come, first served."""
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.exponential(0.5, 400))
    values, draws = 4.0 * np.exp(rng.normal(0.0, 1.5, 400)), rng.uniform(0.0, 1.0, 400)
    ends, total = 0.0, 0.0
    minutes, prevented, backlog, up = np.full(6, NAN), np.zeros(6), np.zeros(6), np.array([1] * 6)
    minutes[c.SCANNER] = 3.0
    for now, value, draw in zip(at, values, draws, strict=True):
        backlog[c.SCANNER] = max(ends - now, 0.0)
        prevented[c.SCAN] = value
        option, _ = c.choose(
            policy, params, c.PRIMARY, SCANS, 1, draw, prevented, minutes, 0.0, 600.0 + now, backlog, up, 1.0,
            NO_BOOK, book,
        )  # fmt: skip
        if option == c.SCAN:
            ends = max(ends, now) + 3.0
            total += value - (ends - now)
    return total


@pytest.mark.parametrize("name", ["random", "threshold", "queue_aware", "clearance", "lane_criteria"])
def test_peers_are_tuned_on_other_days(name: str) -> None:
    policy = c.POLICIES.index(name)

    def worth(seeds: range) -> Any:
        return lambda params: float(np.mean([simple_day(params, policy, NO_BOOK, seed) for seed in seeds]))

    knobs = knobs_of(name, {"scanner": 15.0}, {"scanner": 3.0})
    start = parameters(rate=0.05)
    tuned = tune(worth(range(100, 104)), start, knobs)
    again = tune(worth(range(100, 104)), start, knobs)
    assert (tuned.params == again.params).all()
    assert tuned.tried > 5
    others = worth(range(8))
    anyhow = start.copy()
    for knob in knobs:
        anyhow[list(knob.places)] = knob.grid[0]
    assert others(tuned.params) > others(anyhow)


def test_there_is_nothing_to_tune_of_the_priced_policy_nor_of_a_ceiling_that_is_chosen() -> None:
    for name in ("priced", "capacity"):
        with pytest.raises(ValueError, match="nothing to tune"):
            knobs_of(name, {"scanner": 15.0}, {"scanner": 3.0})
    with pytest.raises(ValueError, match="no policy"):
        knobs_of("guess", {"scanner": 15.0}, {"scanner": 3.0})
