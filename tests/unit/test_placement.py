"""A plan as it is told: of one evaluator, on the same draws, with what it rests on."""

from __future__ import annotations

import numpy as np
import pytest

from aforo.ports import shipped as ships
from aforo.routing.policy import default_document
from aforo.routing.policy import parse as policy_of
from aforo.twin import border, placing_figures
from aforo.twin.placement import Asked, Placement, frame, placement
from aforo.twin.placing import Board, stated
from aforo.twin.placing_draws import worlds
from aforo.twin.placing_sites import sites_of
from aforo.twin.scenario import called

DRAWS = 40
PLACES = ("Santa Teresa", "Tornillo", "Douglas", "Nogales")


def told(count: int = 8, *, ceiling: float = np.inf, seed: int = 1, kind: str = "secondary") -> Placement:
    figures = placing_figures.shipped()
    own = figures.kind(kind)
    assert own is not None
    bridges = [each for name in PLACES for each in called(name, ships.directory())]
    asked = Asked(count, own, ceiling, DRAWS, seed)
    return placement(border.shipped(), bridges, figures, policy_of(default_document()), asked)


@pytest.fixture(scope="module")
def eight() -> Placement:
    return told()


def test_no_way_is_above_the_plan_and_the_bound_is_not_below_it(eight: Placement) -> None:
    plan = eight.plan("plan")
    assert plan.worst.value is not None
    for each in eight.plans:
        assert each.worst.value is not None
        assert each.worst.value <= plan.worst.value + 1e-6
    assert eight.proof.gap <= 0.01
    assert plan.worst.value <= eight.proof.bound <= eight.water_level + 1e-6
    assert sum(plan.units) == eight.placed <= 8
    assert eight.enough <= eight.placed
    assert eight.plan("today").units == (0, 0, 0, 0)
    assert sum(eight.plan("proportional").units) == 8


def test_differences_are_paired_on_the_same_draws(eight: Placement) -> None:
    same = eight.plan("greedy")
    assert same.units == eight.plan("plan").units  # only scanners are short
    assert same.above is not None
    assert (same.above.low, same.above.high, same.better, same.poorer) == (0.0, 0.0, 0.0, 0.0)
    assert eight.plan("plan").above is None
    other = eight.plan("today")
    assert other.above is not None
    # Drawn together their difference varies less than they do apart.
    assert other.above.low > 0.0
    assert (other.better, other.poorer) == (1.0, 0.0)
    for each in eight.plans:
        assert each.worst.low <= each.mean <= each.worst.high
        if each.above_mean is not None:
            assert each.above_mean == pytest.approx(eight.plan("plan").mean - each.mean)


def test_a_bridge_is_told_with_what_it_has_gets_and_covers(eight: Placement) -> None:
    for each in eight.bridges:
        assert each.assumed
        assert each.stands is not None
        assert 0.0 <= each.covered_today <= each.covered <= each.reachable + 1e-9 <= 1.0 + 2e-9
        assert each.finds_today <= each.finds
        assert each.gets_low <= each.gets_high
        assert 0.0 <= each.gets_share <= 1.0
        assert (each.gets_high == 0) or each.gets_share > 0.0
    # The level is held everywhere, and somewhere it is all that is found.
    plan = eight.plan("plan").worst.value
    assert plan is not None
    assert min(each.finds for each in eight.bridges) == pytest.approx(plan, abs=1e-6)
    assert sum(each.hours for each in eight.bridges) == pytest.approx(eight.hours.value)


def test_money_is_told_over_the_limits_of_the_hours_and_not_where_they_hold_zero(eight: Placement) -> None:
    for each in (eight, told(0), told(2), told(60, kind="portal")):
        assert each.hours.value is not None
        assert each.hours.low <= each.hours.value <= each.hours.high
        if each.hours.low <= 0.0 <= each.hours.high:
            assert each.value is None
        else:
            assert each.value is not None
            ends = sorted(abs(end) * 365.25 for end in (each.hours.low, each.hours.high))
            money = sorted(abs(end) for end in (each.value.low, each.value.high))
            assert money == pytest.approx([ends[0] * each.value.least, ends[1] * each.value.most], rel=0.01)


def test_a_ceiling_is_kept_and_costs_detection(eight: Placement) -> None:
    assert eight.hours.value is not None
    bound = told(ceiling=0.4 * eight.hours.value)
    assert bound.hours.value is not None
    assert bound.hours.value <= 0.4 * eight.hours.value + 1e-6
    low, high = bound.plan("plan").worst.value, eight.plan("plan").worst.value
    assert low is not None
    assert high is not None
    assert low < high
    assert bound.proof.bound >= low
    assert bound.proof.gap <= 0.01
    for each in bound.plans:
        assert each.hours <= 0.4 * eight.hours.value + 1e-6


def test_the_same_question_has_the_same_answer_and_another_seed_other_draws(eight: Placement) -> None:
    def without_seconds(each: Placement) -> object:
        return (each.bridges, each.plans, each.frontier, each.hours, each.value)

    assert without_seconds(told()) == without_seconds(eight)
    other = told(seed=2)
    assert other.plan("plan").units == eight.plan("plan").units
    assert other.plan("plan").worst != eight.plan("plan").worst


def test_portals_take_fewer_and_are_not_all_used_where_all_is_scanned() -> None:
    many = told(60, kind="portal")
    assert many.enough < many.placed
    assert many.scanned == pytest.approx(1.0, abs=1e-6)
    assert many.plan("plan").worst.value == pytest.approx(many.detection)


def test_draws_stay_within_what_the_document_states() -> None:
    figures, policy = placing_figures.shipped(), policy_of(default_document())
    own = figures.kind("secondary")
    assert own is not None
    sites = sites_of(called("all", ships.directory()), border.shipped().counts, figures, own)
    drawn = list(worlds(sites, figures, policy, 200, 3))
    centre = stated(sites, figures, policy)
    for each in drawn:
        assert figures.reached.low <= each.reached <= figures.reached.high
        assert ((figures.standing.low <= each.standing) & (each.standing <= figures.standing.high)).all()
        assert abs(each.detection / centre.detection - 1.0) <= figures.finds.spread + 1e-12
        assert each.use == centre.use
    growth = np.log(np.array([each.growth for each in drawn]))
    assert abs(float(growth.mean())) < 0.02
    assert growth.std() == pytest.approx(np.hypot(figures.volume.border, figures.volume.port), rel=0.15)
    # Both bridges of Laredo have its port's growth.
    both = [at for at, port in enumerate(sites.ports) if port == "Laredo"]
    assert growth[:, both[0]] == pytest.approx(growth[:, both[1]])
    assert Board(sites, drawn[0]).today.min() > 0.0


def test_the_table_has_a_row_for_each_bridge_and_is_marked(eight: Placement) -> None:
    table = frame(eight)
    assert len(table) == len(PLACES)
    assert table["synthetic"].all()
    assert table["official_use_only"].all()
    assert table["gets"].to_list() == list(eight.plan("plan").units)
    assert int(table["gets_proportional"].sum()) == 8
