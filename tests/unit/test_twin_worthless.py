"""Releases that are seen by bounds of the price: the same choices as by the price itself, truck by truck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import pytest
from twin_bridge import bridge, demand

from aforo.routing.book import ResourceTables, book_of
from aforo.routing.choice import CLASSES, LEVELS, PORTAL, PRICED, PRIMARY, QUARTERS, RELEASE, SECONDARY, WORKS, choose
from aforo.routing.parameters import parameters
from aforo.twin.network import MINUTE
from aforo.twin.policy import Policy
from aforo.twin.recording import recorded
from aforo.twin.run import run
from aforo.twin.slopes import SLACK, slopes_of
from aforo.twin.traffic import trucks_of
from aforo.twin.trucks import BY_POLICY, Fates


def priced(
    seed: int, least: float, most: float, dearer: Sequence[float] = (1.0, 1.0, 1.0), on_duty: float = 2.0
) -> Policy:
    """Tables whose values fall by a random amount a cell, so that nothing but the bound itself can be relied on;
    `dearer` by units that are left of two, of which `on_duty` are on the roster."""
    rng = np.random.default_rng(seed)
    scale, manned = np.array(dearer)[:, None, None, None], np.full(QUARTERS - 1, on_duty)
    tables = {
        name: ResourceTables(
            -np.cumsum(scale * rng.uniform(least, most, (3, LEVELS, QUARTERS, WORKS)), axis=3), cell, 4.0, 2.0, manned
        )
        for name, cell in (("scanner", 2.0), ("dock", 9.0))
    }
    forecast = rng.uniform(0.0, 1.0, (QUARTERS, CLASSES))
    params = parameters(level_weight=0.8, list_weight=0.7, list_minutes=60.0)
    return Policy(PRICED, params, book_of(tables, forecast, 0.3 * forecast)[None, :], True)


@pytest.mark.parametrize(("seed", "least", "most"), [(1, 0.0, 3.0), (2, 1.0, 1.5), (3, 4.0, 9.0), (4, -1.0, 2.0)])
def test_trucks_are_examined_as_by_the_whole_price(seed: int, least: float, most: float) -> None:
    trucks, policy = trucks_of(demand(), seed), priced(seed, least, most)
    rows: list[np.ndarray] = []
    network = replace(bridge(), day_class=np.zeros(1000, np.int64))
    whole, _ = run(network, trucks, policy, records=lambda told: rows.append(told.copy()))
    fates, _ = run(network, trucks, policy)
    for column in fields(Fates):
        assert np.array_equal(getattr(whole, column.name), getattr(fates, column.name)), column.name
    states = [recorded(row) for row in np.concatenate(rows)]
    at_primary = [state for state in states if state.stage == PRIMARY]
    assert len(at_primary) > 1000
    again = [choose(*each.arguments(PRICED, policy.params, policy.books[0])) for each in at_primary[::7]]
    assert again == [(each.option, each.cost) for each in at_primary[::7]]
    assert len({each.option for each in at_primary}) > 1
    assert RELEASE in {each.option for each in at_primary}


def test_what_is_not_on_duty_is_not_lost() -> None:
    trucks, policy = trucks_of(demand(), 2), priced(2, 1.0, 1.5, (90.0, 30.0, 1.0), 1.0)
    trucks.prevented[:, SECONDARY] = trucks.alarm[:] = 0.0
    one = np.array([0, 5000], np.int64) * MINUTE  # one scanner, all the time
    network = replace(bridge(), day_class=np.zeros(1000, np.int64), change_at=one)
    whole, _ = run(network, trucks, policy, records=lambda _: None)
    fates, _ = run(network, trucks, policy)
    assert 100 < (whole.basis == BY_POLICY).sum() < 2000
    assert np.array_equal(whole.option, fates.option)


def test_a_slope_is_the_least_of_those_from_there_on_at_any_level() -> None:
    book = priced(5, 0.5, 3.0).books
    assert book is not None
    slopes = slopes_of(book)[0]
    start = int(slopes[0])
    cells = slopes[start : start + 3 * (QUARTERS - 1) * (WORKS - 1)].reshape(3, QUARTERS - 1, WORKS - 1)
    assert np.all(np.diff(cells, axis=2) >= 0.0)
    assert cells.min() >= 0.5 / (6.0 * 2.0)
    assert cells[0, 0, 0] < 0.5
    assert slopes[SLACK] > 0.0 == slopes[PORTAL]


def test_each_day_has_the_slopes_of_its_own_book() -> None:
    one, other = priced(5, 0.5, 3.0).books, priced(6, 0.5, 3.0).books
    assert one is not None
    assert other is not None
    week = Policy(PRICED, books=np.concatenate((one, one, other, one)))
    for day, book in enumerate((one, one, other, one)):
        assert np.array_equal(week.slopes[day], slopes_of(book)[0])
