"""A plan as it is told: of one evaluator, on the same draws, with what it rests on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from bases import CHECKED
from msgspec import structs

from aforo.cli.language import Sentences
from aforo.domain.figure import ASSUMED
from aforo.ports import shipped as ships
from aforo.ports.figure import Share
from aforo.routing.policy import default_document
from aforo.routing.policy import parse as policy_of
from aforo.twin import border, placing_figures
from aforo.twin.placement import Asked, Placement, frame, placement
from aforo.twin.placing import Board, stated
from aforo.twin.placing_draws import worlds
from aforo.twin.placing_figures import Figures, Ranged
from aforo.twin.placing_sites import sites_of
from aforo.twin.placing_told import headline, sentences
from aforo.twin.scenario import called

DRAWS = 40
PLACES = ("Santa Teresa", "Tornillo", "Douglas", "Nogales")


def told(
    count: int = 8,
    *,
    ceiling: float = np.inf,
    seed: int = 1,
    kind: str = "secondary",
    places: Sequence[str] = PLACES,
    figures: Figures | None = None,
) -> Placement:
    figures = figures or placing_figures.shipped()
    own = figures.kind(kind)
    assert own is not None
    bridges = [each for name in places for each in called(name, ships.directory())]
    asked = Asked(count, own, ceiling, DRAWS, seed)
    return placement(border.shipped(), bridges, figures, policy_of(default_document()), asked)


def undrawn(figures: Figures) -> Figures:
    """The same, each drawn from its stated value alone."""
    return structs.replace(
        figures,
        kinds=tuple(structs.replace(each, availability=_alone(each.availability)) for each in figures.kinds),
        reached=_alone(figures.reached),
        scanned_today=_alone(figures.scanned_today),
        believed=_alone(figures.believed),
        standing=structs.replace(figures.standing, low=figures.standing.factor, high=figures.standing.factor),
        finds=structs.replace(figures.finds, spread=0.0),
        volume=structs.replace(figures.volume, border=0.0, port=0.0),
    )


def _alone(figure: Ranged) -> Ranged:
    return structs.replace(figure, low=figure.share, high=figure.share)


def diverting(bridge: str, share: float) -> Figures:
    """The figures that ship, where it costs so much to go to this bridge."""
    return structs.replace(placing_figures.shipped(), diverting={bridge: Share(source=ASSUMED, share=share)})


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


def test_money_is_told_over_the_limits_of_the_hours_and_not_where_they_hold_zero(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aforo.twin.placement.base_check", lambda *_: CHECKED)
    for each in (told(), told(0), told(2), told(60, kind="portal")):
        assert each.hours.value is not None
        assert each.hours.low <= each.hours.value <= each.hours.high
        if each.hours.low <= 0.0 <= each.hours.high:
            assert each.value is None
        else:
            assert each.value is not None
            ends = sorted(abs(end) * 365.25 for end in (each.hours.low, each.hours.high))
            money = sorted(abs(end) for end in (each.value.low, each.value.high))
            assert money == pytest.approx([ends[0] * each.value.least, ends[1] * each.value.most], rel=0.01)


def test_hours_have_no_price_on_a_base_that_was_not_checked(eight: Placement) -> None:
    assert not eight.base.checked
    assert set(eight.base.unchecked) == {each.id for each in eight.bridges}
    assert eight.value is None


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


def test_what_a_bridge_gets_and_what_it_gets_if_drawn_are_one_thing_under_a_ceiling_too() -> None:
    same, places = undrawn(placing_figures.shipped()), ("Laredo", "Nogales")
    free = told(12, places=places, figures=same)
    assert free.hours.value is not None
    bound = told(12, ceiling=0.3 * free.hours.value, places=places, figures=same)
    for each in bound.bridges:
        assert (each.gets_low, each.gets_high) == (each.gets, each.gets)
    # Without the ceiling they are others, so this tells the rules apart.
    assert bound.plan("plan").units != free.plan("plan").units


def test_what_it_costs_to_go_there_is_told_apart_from_what_is_found() -> None:
    told_plan = told(8, figures=diverting("2604/mariposa", 0.6))
    assert told_plan.diverting
    plan, today = told_plan.plan("plan"), told_plan.plan("today")
    assert plan.worst.value is not None
    assert plan.least_found == pytest.approx(min(each.finds for each in told_plan.bridges))
    assert today.least_found == pytest.approx(min(each.finds_today for each in told_plan.bridges))
    assert plan.least_found < plan.worst.value - 0.01
    # No more can be found than a scan of all finds, and of those who stay the mean of what is found where they are.
    for each in told_plan.plans:
        assert each.stays <= told_plan.detection
        assert each.drifts <= told_plan.detection
    trucks = np.array([each.trucks for each in told_plan.bridges])
    found = np.array([each.finds_today for each in told_plan.bridges])
    assert today.stays == pytest.approx(float(trucks @ found / trucks.sum()))
    say = Sentences("aforo.twin", "en")
    words = headline(told_plan, say)
    assert "plus what it costs to go there" in words
    assert f"planned {100 * plan.least_found:.1f} %" in words
    assert "plus what it costs" not in headline(told(8), say)


def test_what_is_scanned_today_is_the_same_whatever_bridges_are_asked_for(eight: Placement) -> None:
    alone = told(2, places=("Nogales",))
    for each in (alone, told(2, places=("Laredo", "Nogales"))):
        nogales = next(bridge for bridge in each.bridges if bridge.id == "2604/mariposa")
        other = next(bridge for bridge in eight.bridges if bridge.id == "2604/mariposa")
        assert nogales.covered_today == pytest.approx(other.covered_today)
        assert nogales.finds_today == pytest.approx(other.finds_today)
    # It rests on the documents of all of them.
    assert len(alone.documents) == len(ships.directory().ports)


def test_a_hedged_way_says_for_how_many_draws_it_was_made_and_that_it_knows_no_ceiling(eight: Placement) -> None:
    assert (eight.hedged_draws, eight.hedged_without_ceiling) == (200, False)
    many = told(160, ceiling=1e6, places=("Tornillo", "Douglas"))
    assert (many.hedged_draws, many.hedged_without_ceiling) == (125, True)
    say = Sentences("aforo.twin", "en")
    words = " ".join(sentences(many, say, "en"))
    assert "over 125 draws of its own" in words
    assert "made without the ceiling" in words
    assert "made without the ceiling" not in " ".join(sentences(eight, say, "en"))


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
