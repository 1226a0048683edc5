"""The control plan keeps its promises, and the sample's own estimate finds the rate that it was drawn from."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from aforo.domain.text import catalogue
from aforo.measures.control import PPB, UNPLANNED, ControlPlan, PlanParameters, Stratum, make_plan, strata_of
from aforo.measures.control_estimate import Cells, control_estimate, count_cells, unit_weights
from aforo.measures.control_outlook import PREVALENCES, examinations_needed, expected_width, outlooks
from aforo.measures.intervals import clopper_pearson, proportion

STRATA = [
    Stratum("2304", "standard", "none", 1_500_000),
    Stratum("2304", "standard", "ctpat2", 100_000),
    Stratum("2304", "fast", "ctpat2", 300_000),
    Stratum("2304", "fast", "ctpat3", 900),
    Stratum("2604", "standard", "none", 80_000),
    Stratum("2604", "empty", "none", 700),
    Stratum("2602", "standard", "none", 600),
    Stratum("2602", "fast", "oea", 5),
]
PARAMETERS = PlanParameters(rate=0.05)


def _columns(rows: list[tuple[str | None, str | None, str | None]]) -> tuple[pl.Series, pl.Series, pl.Series]:
    port, lane, programme = zip(*rows, strict=True)
    return pl.Series(port, dtype=pl.String), pl.Series(lane, dtype=pl.String), pl.Series(programme, dtype=pl.String)


def test_the_plan_spends_what_it_has_and_gives_every_pool_its_minimum() -> None:
    plan = make_plan(STRATA, PARAMETERS)
    crossings = sum(s.crossings for s in STRATA)
    assert sum(pool.crossings for pool in plan.pools) == crossings
    assert sum(pool.examinations for pool in plan.pools) == pytest.approx(0.005 * crossings)
    assert all(pool.examinations >= PARAMETERS.minimum - 1e-9 for pool in plan.pools)
    for pool in plan.pools:
        assert pool.propensity_ppb == round(PPB * pool.examinations / pool.crossings)
        assert pool.propensity_ppb <= 1.0001 * PPB * PARAMETERS.even_chance * PARAMETERS.most_oversampling


def test_a_small_stratum_joins_its_port_and_lane_first_then_its_port() -> None:
    plan = make_plan(STRATA, PARAMETERS)
    pool = plan.pools_of(
        *_columns(
            [
                ("2304", "fast", "ctpat3"),
                ("2304", "fast", "ctpat2"),
                ("2604", "empty", "none"),
                ("2604", "standard", "none"),
                ("2602", "fast", "oea"),
                ("2602", "standard", "none"),
            ]
        )
    )
    assert pool[0] == pool[1]
    assert pool[2] == pool[3]
    assert pool[4] == pool[5]
    assert plan.names[pool[0]] == "2304/fast/*"
    assert len({int(p) for p in pool}) <= 3


def test_the_plan_does_not_depend_on_the_order_of_the_strata() -> None:
    assert make_plan(STRATA, PARAMETERS).dump() == make_plan(STRATA[::-1], PARAMETERS).dump()


def test_the_document_comes_back_as_it_was() -> None:
    plan = make_plan(STRATA, PARAMETERS)
    assert ControlPlan.load(plan.dump()) == plan


def test_what_is_not_planned_or_not_given_still_has_a_chance() -> None:
    plan = make_plan(STRATA, PARAMETERS)
    columns = _columns([("9999", "standard", "none"), (None, None, None), ("2304", "standard", "none")])
    assert plan.pools_of(*columns)[:2].tolist() == [len(plan.pools)] * 2
    assert plan.names[len(plan.pools)] == UNPLANNED
    chance = plan.propensity_ppb(*columns)
    assert chance[:2].tolist() == [5_000_000, 5_000_000]
    assert 0 < chance[2] <= 5_000_000


def test_a_stratum_without_lane_and_programme_is_a_stratum() -> None:
    port, lane, programme = _columns([("10", None, None)] * 3 + [("20", None, None)])
    made = strata_of(port, lane, programme, years=0.5)
    assert made == [Stratum("10", "-", "-", 6.0), Stratum("20", "-", "-", 2.0)]
    plan = make_plan(made, PARAMETERS)
    assert plan.pools_of(port, lane, programme).tolist() == [0, 0, 0, 0]


def test_a_border_too_small_for_any_minimum_is_one_pool() -> None:
    plan = make_plan([Stratum("1", "standard", "none", 900), Stratum("2", "fast", "oea", 100)], PARAMETERS)
    assert len(plan.pools) == 1
    assert plan.pools[0].examinations == pytest.approx(5.0)


@pytest.mark.parametrize("bad", [[], [Stratum("1", "a", "b", 0.0)], [STRATA[0], STRATA[0]]])
def test_no_plan_without_traffic_or_with_a_stratum_given_twice(bad: list[Stratum]) -> None:
    with pytest.raises(ValueError, match=r"stratum|strata"):
        make_plan(bad, PARAMETERS)


def test_parameters_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="rate"):
        PlanParameters(rate=0.0)
    with pytest.raises(ValueError, match="most_oversampling"):
        PlanParameters(rate=0.05, most_oversampling=0.5)


def test_expected_width_is_the_mean_over_the_binomial() -> None:
    random = np.random.default_rng(0)
    low, high = clopper_pearson(random.binomial(400, 0.0025, 40_000), 400)
    assert expected_width(400, 0.0025) == pytest.approx(float((high - low).mean()), rel=0.01)
    assert expected_width(0, 0.1) == 1.0


def test_the_outlook_refuses_a_rate_where_a_year_cannot_carry_one() -> None:
    rows = outlooks(make_plan(STRATA, PARAMETERS))
    whole = rows[0]
    assert [o.prevalence for o in whole.outlooks] == list(PREVALENCES)
    assert all(o.carried for o in whole.outlooks)
    assert all(o.carried == (o.width <= 2.0 * o.prevalence) for row in rows for o in row.outlooks)
    smallest = min(rows, key=lambda row: row.examinations)
    assert not any(o.carried for o in smallest.outlooks[1:])
    assert "counts are published" in smallest.outlooks[2].words.en
    assert "se publican recuentos" in smallest.outlooks[2].words.es
    needed = examinations_needed(0.0025, 2.0)
    assert expected_width(needed, 0.0025) <= 0.005 < expected_width(needed - 1, 0.0025)


def test_cells_count_by_pool_and_chance() -> None:
    cells = count_cells(
        np.array([0, 0, 0, 1]),
        np.array([5, 5, 7, 5]),
        np.array([True, False, True, True]),
        np.array([True, True, False, True]),
        np.array([True, True, True, False]),
    )
    assert cells.pool.tolist() == [0, 0, 1]
    assert cells.crossings.tolist() == [2, 1, 1]
    assert cells.drawn.tolist() == [1, 1, 1]
    assert cells.examined.tolist() == [1, 0, 1]
    assert cells.found.tolist() == [1, 0, 0]


def _cells(
    crossings: list[int], examined: list[int], found: list[int], chance: list[int] | None = None, drawn: int = 0
) -> Cells:
    n = np.array(examined)
    return Cells(
        np.arange(len(n)), np.array(chance or [5_000_000] * len(n)), np.array(crossings), n + drawn, n, np.array(found)
    )


def test_one_pool_gives_the_exact_interval() -> None:
    made = control_estimate(_cells([10_000], [200], [7]), ["all"])
    exact = proportion(7, 200)
    assert (made.rate.low, made.rate.high) == pytest.approx((exact.low, exact.high), rel=1e-9)
    assert made.rate.value == pytest.approx(0.035)
    assert made.published == "rate"
    assert made.effective == pytest.approx(200)


def test_the_rate_is_weighted_by_crossings_not_by_examinations() -> None:
    made = control_estimate(_cells([9_000, 1_000], [100, 100], [0, 50]), ["large", "small"])
    assert made.rate.value == pytest.approx(0.05)


def test_within_a_pool_weights_follow_the_chance() -> None:
    cells = Cells(
        np.array([0, 0]),
        np.array([10_000_000, 20_000_000]),
        np.array([1_000, 1_000]),
        *[np.array([100, 200])] * 2,
        np.array([0, 0]),
    )
    weights = unit_weights(cells)
    assert weights[0] == pytest.approx(2 * weights[1])
    assert (weights * cells.examined).sum() == pytest.approx(1.0)


def test_a_pool_with_hardly_a_draw_does_not_speak_for_itself() -> None:
    cells = _cells([100_000, 5_000, 1_000], [500, 2, 0], [5, 1, 0])
    weights = unit_weights(cells)
    assert weights[1] == pytest.approx(weights[0])
    assert (weights * cells.examined).sum() == pytest.approx(1.0)


def test_too_few_finds_publish_counts_in_words() -> None:
    made = control_estimate(_cells([10_000], [50], [0], drawn=3), ["all"])
    assert made.published == "counts"
    assert made.unresolved == 3
    assert "0 found in 50" in made.words.en
    assert "0 hallazgos en 50" in made.words.es
    nothing = control_estimate(_cells([10_000], [0], [0]), ["all"])
    assert nothing.rate.value is None
    assert "nothing can be said" in nothing.words.en


@pytest.mark.parametrize("prevalence", PREVALENCES)
def test_the_estimate_covers_the_rate_in_planned_pools_with_unequal_chances(prevalence: float) -> None:
    plan = make_plan(STRATA, PlanParameters(rate=0.05, minimum=100.0, most_oversampling=20.0))
    crossings = np.array([round(pool.crossings) for pool in plan.pools])
    chance = np.array([pool.propensity_ppb for pool in plan.pools])
    assert chance.max() > 2 * chance.min()
    rates = prevalence * np.linspace(0.4, 3.0, len(crossings))
    truth = float((rates * crossings).sum() / crossings.sum())
    random = np.random.default_rng(5)
    inside = 0
    for _ in range(400):
        drawn = random.binomial(crossings, chance / PPB)
        cells = Cells(np.arange(len(chance)), chance, crossings, drawn, drawn, random.binomial(drawn, rates))
        rate = control_estimate(cells, plan.names).rate
        inside += rate.low <= truth <= rate.high
    assert inside / 400 >= 0.93


def test_the_sentences_are_complete_in_both_languages() -> None:
    sentences = catalogue("aforo.measures")
    for code in sentences.codes:
        both = sentences.template(code)
        fields = [{part.split("}")[0] for part in text.split("{")[1:]} for text in (both.en, both.es)]
        assert fields[0] == fields[1], code
