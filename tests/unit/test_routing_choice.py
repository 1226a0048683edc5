"""The choice: compiled and plain give the same bits, and what is missing never releases what may not be released."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aforo.routing import choice as c
from aforo.routing.book import NO_BOOK, ResourceTables, book_of
from aforo.routing.parameters import parameters

NAN = math.nan


def some_book(units: int = 3) -> Any:
    rng = np.random.default_rng(7)
    shape = (units + 1, c.LEVELS, c.QUARTERS, c.WORKS)
    scanner = ResourceTables(-np.cumsum(rng.random(shape) * 3.0, axis=-1), 1.5, 3.0, 2.0)
    dock = ResourceTables(-np.cumsum(rng.random(shape) * 9.0, axis=-1), 10.0, 50.0, 40.0)
    forecast = rng.random((c.QUARTERS, c.CLASSES))
    return book_of({"scanner": scanner, "dock": dock}, forecast, forecast * 0.1)


BOOK = some_book()
BOOK_LIST = BOOK.tolist()
numbers = st.floats(0.0, 300.0) | st.just(NAN) | st.just(0.0)
hostile = st.floats() | numbers


@st.composite
def calls(draw: Any, number: Any = numbers) -> tuple[Any, ...]:
    params = parameters(
        rate=draw(st.floats(0.0, 1.0)),
        top_up_wait=draw(st.floats(0.0, 20.0)),
        per_minute=draw(st.booleans()),
        level_weight=draw(st.floats(0.0, 1.0)),
        list_weight=draw(st.floats(0.0, 1.0)),
        base=dict.fromkeys(c.RESOURCES, draw(st.floats(0.0, 20.0))),
        slope=dict.fromkeys(c.RESOURCES, draw(st.floats(0.0, 2.0))),
        credit={"scanner": draw(st.floats(0.0, 5.0))},
        surcharge={"dock": draw(st.floats(0.0, 1.0))},
        lane_cut=dict.fromkeys(c.LANES, draw(st.floats(0.0, 50.0))),
    )
    six = st.lists(number, min_size=6, max_size=6)
    return (
        draw(st.integers(0, len(c.POLICIES) - 1)),
        params.tolist(),
        draw(st.integers(0, 3)),
        draw(st.integers(0, 63)),
        draw(st.integers(-1, 4)),
        draw(st.floats(0.0, 1.0, exclude_max=True)),
        draw(six),
        draw(six),
        draw(number),
        draw(st.floats(-5.0, 1500.0) | st.just(NAN)) if number is numbers else draw(number),
        draw(six),
        draw(st.lists(st.integers(-1, 5), min_size=6, max_size=6)),
        draw(number),
        draw(st.just([]) | st.lists(number, min_size=c.CLASSES, max_size=c.CLASSES)),
        draw(st.booleans()),
    )


def both(call: tuple[Any, ...]) -> tuple[tuple[int, float], tuple[int, float]]:
    with_book = call[-1]
    plain = c.choose.py_func(*call[:-1], BOOK_LIST if with_book else [])
    arrays = [
        np.array(a, dtype=np.int64 if i == 11 else np.float64) if isinstance(a, list) else a
        for i, a in enumerate(call[:-1])
    ]
    compiled = c.choose(*arrays, BOOK if with_book else NO_BOOK)
    return plain, compiled


@settings(max_examples=400, deadline=None)
@given(calls())
def test_compiled_and_plain_give_the_same_bits(call: tuple[Any, ...]) -> None:
    plain, compiled = both(call)
    assert plain[0] == compiled[0]
    assert math.isfinite(plain[1])
    assert np.float64(plain[1]).tobytes() == np.float64(compiled[1]).tobytes()


@settings(max_examples=400, deadline=None)
@given(calls(hostile))
def test_whatever_the_numbers_the_same_bits_and_never_a_release_that_is_not_allowed(call: tuple[Any, ...]) -> None:
    plain, compiled = both(call)
    assert plain[0] == compiled[0]
    assert np.float64(plain[1]).tobytes() == np.float64(compiled[1]).tobytes()
    allowed = call[3]
    assert plain[0] in (c.RELEASE, c.HOLD) or allowed & (1 << plain[0])
    if not allowed & 1:
        assert plain[0] != c.RELEASE
    else:
        assert plain[0] != c.HOLD


@given(st.floats(0.0, 4000.0))
def test_a_value_lies_in_its_class(density: float) -> None:
    place = c.class_of(density)
    assert place == 0 or c.edge_of(place) <= density
    assert place == c.CLASSES - 1 or density < c.edge_of(place + 1) * (1.0 + 1e-12)


def cost_of(backlog: float, x: float, book: Any = BOOK) -> float:
    """What the priced policy asks for `x` minutes at the scanner in the forenoon, with so much work waiting there."""
    params = parameters(list_weight=0.0).tolist()
    minutes, prevented = [x, *[NAN] * 5], [0.0, 1e12, *[0.0] * 4]
    option, cost = c.choose.py_func(
        c.PRICED, params, c.PRIMARY, 1 << c.SCAN, 1, 0.5, prevented, minutes, 0.1, 600.0, [backlog] * 6, [2] * 6, 1.0,
        [], book.tolist(),
    )  # fmt: skip
    assert option == c.SCAN
    return float(cost)


@given(st.sampled_from([1e3, 9.9e5, 1e6, 1.5e6, 1e9, 1e300, math.inf]), st.floats(0.5, 12.0))
def test_a_backlog_beyond_the_tables_costs_what_their_end_does_and_never_less(backlog: float, x: float) -> None:
    cell, mean = 1.5, 3.0
    end = c.REACH * cell
    assert cost_of(backlog, x) >= cost_of(end, x) * (1.0 - 1e-9)
    # An ordinary examination costs at least the last slope of the table, however much waits.
    work = [-4.0 * cell * step for step in [*range(c.FINE), *(c.FINE + c.COARSE * n for n in range(c.WORKS - c.FINE))]]
    values = np.broadcast_to(np.array(work), (4, c.LEVELS, c.QUARTERS, c.WORKS))
    forecast = np.ones((c.QUARTERS, c.CLASSES))
    linear = book_of({"scanner": ResourceTables(values, cell, mean, 2.0)}, forecast, forecast)
    assert cost_of(backlog, min(x, mean), linear) >= 4.0 * min(x, mean) * (1.0 - 1e-9)
