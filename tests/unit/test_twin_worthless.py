"""Releases that are seen by bounds of the price: the same choices as by the price itself, truck by truck."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from twin_bridge import bridge, demand

from aforo.routing.book import ResourceTables, book_of
from aforo.routing.choice import CLASSES, LEVELS, PORTAL, PRICED, PRIMARY, QUARTERS, RELEASE, WORKS, choose
from aforo.routing.parameters import parameters
from aforo.twin.policy import Policy
from aforo.twin.recording import recorded
from aforo.twin.run import run
from aforo.twin.slopes import SLACK, slopes_of
from aforo.twin.traffic import trucks_of
from aforo.twin.trucks import Fates


def priced(seed: int, least: float, most: float) -> Policy:
    """Tables whose values fall by a random amount a cell, so that nothing but the bound itself can be relied on."""
    rng = np.random.default_rng(seed)
    tables = {
        name: ResourceTables(-np.cumsum(rng.uniform(least, most, (3, LEVELS, QUARTERS, WORKS)), axis=3), cell, 4.0, 2.0)
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
