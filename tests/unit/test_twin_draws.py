"""Chances by counter: uniform, independent of each other, and the same whatever else is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from twin_bridge import bridge, demand, policy

from aforo.routing.choice import NONE, RANDOM
from aforo.routing.parameters import parameters
from aforo.twin import draws
from aforo.twin.network import Station, network_of
from aforo.twin.policy import Policy
from aforo.twin.run import run
from aforo.twin.traffic import trucks_of


def test_chances_are_uniform_and_uncorrelated() -> None:
    n = 200_000
    by_purpose = [draws.uniforms(3, 2304, 0, n, purpose) for purpose in (draws.GAP, draws.LANE, draws.FINDING)]
    others = [draws.uniforms(4, 2304, 0, n, draws.GAP), draws.uniforms(3, 2305, 0, n, draws.GAP)]
    shifted = draws.uniforms(3, 2304, 1, n, draws.GAP)
    assert np.array_equal(shifted[:-1], by_purpose[0][1:])
    for drawn in (*by_purpose, *others):
        assert 0.0 <= drawn.min() < drawn.max() < 1.0
        counts = np.bincount((drawn * 100).astype(int), minlength=100)
        assert ((counts - n / 100) ** 2 / (n / 100)).sum() < 170.0  # χ² of 99 degrees: 1 in 100,000
    for other in (*by_purpose[1:], *others, shifted):
        assert abs(np.corrcoef(by_purpose[0], other)[0, 1]) < 5.0 / np.sqrt(n)


def test_one_chance_is_that_of_the_column() -> None:
    column = draws.uniforms(9, 1, 40, 5, draws.VALUE)
    assert [draws.uniform(9, 1, 40 + k, draws.VALUE) for k in range(5)] == column.tolist()


@pytest.mark.parametrize(
    ("table", "mean", "deviation"),
    [
        (draws.exponential_table(3.0), 3.0, 3.0),
        (draws.lognormal_table(8.0, 0.5), 8.0, 4.0),
        (draws.gamma_table(8.0, 0.5), 8.0, 4.0),
        (draws.gamma_table(8.0, 0.0), 8.0, 0.0),
    ],
)
def test_tables_have_the_mean_and_the_deviation_that_they_are_made_for(
    table: np.ndarray, mean: float, deviation: float
) -> None:
    drawn = np.array([draws.quantile(table, u) for u in draws.uniforms(1, 1, 0, 100_000, 1)])
    assert drawn.mean() == pytest.approx(mean, rel=0.01)
    assert drawn.std() == pytest.approx(deviation, rel=0.02)


def test_a_table_refuses_what_is_no_distribution() -> None:
    for wrong in ([1.0], [1.0, 0.5], [0.0, np.nan]):
        with pytest.raises(ValueError, match="quantiles"):
            draws.table_of(np.array(wrong), 1.0)


def test_another_policy_or_station_changes_no_other_draw() -> None:
    """Trucks are the same under every scenario, and so is what a scanner sees of a truck that comes to it."""
    trucks = trucks_of(demand(), 21)
    known = bridge()
    usual, _ = run(known, trucks, policy(), seed=21, port=7)
    others, _ = run(known, trucks, Policy(RANDOM, parameters(rate=0.6)), seed=21, port=7)
    both = (usual.carried == 1) & (others.carried == 1)
    assert both.sum() > 100
    assert np.array_equal(usual.alarm[both], others.alarm[both])
    assert np.array_equal(usual.found[both], others.found[both])
    assert not np.array_equal(usual.option, others.option)
    again = trucks_of(replace(demand(), services={**demand().services, "hold": demand().services["dock"]}), 21)
    for column in ("arrives", "lane", "threat", "prevented", "predicted"):
        assert np.array_equal(getattr(again, column), getattr(trucks, column)), column
    changed = again.service != trucks.service
    assert changed.any(axis=0).tolist() == [name == "hold" for name in SERVICE_NAMES]


def test_no_policy_and_no_stations_of_examination_still_give_the_arrivals() -> None:
    trucks = trucks_of(demand(), 21)
    bare = network_of(
        [Station("booths", 9, service="booth", resource="booth")],
        {"booths": None},
        dict.fromkeys(("fast", "standard", "empty", "hazmat"), "booths"),
    )
    fates, _ = run(bare, trucks, Policy(NONE), seed=21, port=7)
    assert np.array_equal(fates.arrives, trucks.arrives)
    assert np.array_equal(fates.left - fates.primary, trucks.service[:, 5])


SERVICE_NAMES = ("scanner", "portal", "yard", "dock", "joint", "booth", "approach", "gate", "hold")
