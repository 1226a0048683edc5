"""The figures of a selection, checked against cases small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from aforo.measures.calibration import calibration
from aforo.measures.groups import (
    CARRIER_SIZES,
    carrier_size,
    categories,
    classes,
    days_known,
    false_selection_by,
    seen_before,
)
from aforo.measures.ranking import area_under_curve, paired_difference, precision_at_rate
from aforo.measures.selection import Crossings, figures, figures_by, most_found, sampled_figures

EXAMINED = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], dtype=bool)
VIOLATION = np.array([1, 0, 0, 1, 1, 1, 0, 0, 0, 0], dtype=bool)


def test_precision_and_recall_with_the_maximum_that_three_examinations_allow() -> None:
    made = figures(Crossings(EXAMINED, VIOLATION))
    assert made.precision.value == pytest.approx(1 / 3)
    assert made.precision.maximum == 1.0
    assert made.recall.value == pytest.approx(1 / 4)
    assert made.recall.maximum == pytest.approx(3 / 4)
    assert made.false_selection.value == pytest.approx(2 / 6)
    assert made.severity_recall is None
    assert made.scheme_recall is None
    assert made.calibration is None


def test_the_maximum_respects_the_capacity_of_each_period() -> None:
    period = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
    made = figures(Crossings(EXAMINED, VIOLATION, period=period))
    assert made.recall.maximum == pytest.approx(1 / 4)
    assert made.precision.maximum == pytest.approx(1 / 3)


def test_most_found_takes_the_gravest_first() -> None:
    worth = np.array([1.0, 5.0, 0.0, 3.0, 2.0])
    assert most_found(np.array([1, 1, 0, 0, 0], dtype=bool), worth) == 8.0
    period = np.array([0, 0, 1, 1, 1])
    assert most_found(np.array([1, 0, 1, 0, 0], dtype=bool), worth, period) == 8.0
    assert most_found(np.zeros(5, dtype=bool), worth) == 0.0


def test_severity_and_scheme_recall() -> None:
    severity = np.array([2.0, 9, 9, 1, 1, 6, 0, 0, 0, 0])
    scheme = np.array([0, -1, -1, 0, 1, -1, -1, -1, -1, -1])
    made = figures(Crossings(EXAMINED, VIOLATION, severity=severity, scheme=scheme))
    assert made.severity_recall is not None
    assert made.severity_recall.value == pytest.approx(0.2)
    assert made.severity_recall.maximum == pytest.approx(0.9)
    assert made.scheme_recall is not None
    assert (made.scheme_recall.part, made.scheme_recall.whole) == (1.0, 3.0)
    assert made.scheme_recall.maximum == 1.0


def test_nothing_examined_and_nothing_violating_give_no_value() -> None:
    none = np.zeros(4, dtype=bool)
    made = figures(Crossings(none, none, severity=np.ones(4), scheme=np.full(4, -1), probability=np.zeros(4)))
    assert made.precision.value is None
    assert made.recall.value is None
    assert made.severity_recall is not None
    assert made.severity_recall.value is None
    assert made.calibration is None


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        Crossings(EXAMINED, VIOLATION[:3])


def test_groups_are_measured_apart() -> None:
    group = np.array([0, 1, 0, 0, 1, 1, 0, 1, 0, -1])
    made = figures_by(Crossings(EXAMINED, VIOLATION), group, ["standard", "fast", "empty"])
    assert set(made) == {"standard", "fast"}
    assert made["standard"].crossings == 5
    assert made["standard"].recall.value == pytest.approx(1 / 2)
    assert made["fast"].recall.value == 0.0


def _border(seed: int, crossings: int = 200_000) -> tuple[Crossings, Crossings]:
    """The same simulated border twice: with the truth of every crossing, and with what examinations told."""
    random = np.random.default_rng(seed)
    score = random.normal(size=crossings)
    truth = random.random(crossings) < 1.0 / (1.0 + np.exp(4.5 - score))
    chosen = score > np.quantile(score, 0.955)
    chance = np.full(crossings, 0.005)
    control = random.random(crossings) < chance
    examined = chosen | control
    severity = np.where(truth, random.exponential(1.0, crossings), 0.0)
    probability = 1.0 / (1.0 + np.exp(4.5 - score))
    whole = Crossings(examined, truth, chosen, control, chance, severity=severity, probability=probability)
    told = Crossings(
        examined,
        truth & examined,
        chosen,
        control,
        chance,
        severity=np.where(examined, severity, 0.0),
        probability=probability,
    )
    return whole, told


def test_the_sampled_figures_find_the_truth_that_only_a_sample_saw() -> None:
    inside = []
    for seed in range(40):
        whole, told = _border(seed, 60_000)
        truth, estimate = figures(whole), sampled_figures(told)
        assert estimate.precision.value == truth.precision.value
        assert truth.recall.value is not None
        assert estimate.false_selection.value == pytest.approx(truth.false_selection.value, abs=0.04)
        inside.append(estimate.recall.low <= truth.recall.value <= estimate.recall.high)
    assert np.mean(inside) >= 0.9


def test_a_sample_without_finds_still_leaves_room_for_what_was_missed() -> None:
    examined = np.array([True] * 20 + [False] * 980)
    chosen = np.array([True] * 10 + [False] * 990)
    control = examined & ~chosen
    violation = chosen.copy()
    made = sampled_figures(Crossings(examined, violation, chosen, control, np.full(1000, 0.01)))
    assert made.recall.value == 1.0
    assert made.recall.low < 0.05


def test_sampled_figures_need_the_lottery() -> None:
    with pytest.raises(ValueError, match="control_propensity"):
        sampled_figures(Crossings(EXAMINED, VIOLATION))


def test_the_examination_by_lottery_is_no_false_selection() -> None:
    chosen = np.array([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], dtype=bool)
    assert figures(Crossings(EXAMINED, VIOLATION, chosen)).false_selection.value == 0.0


def test_calibration_of_a_perfect_and_of_a_doubled_prediction() -> None:
    random = np.random.default_rng(1)
    probability = random.beta(1, 30, 50_000)
    truth = random.random(50_000) < probability
    right = calibration(probability, truth)
    doubled = calibration(np.minimum(2 * probability, 1.0), truth)
    assert right is not None
    assert doubled is not None
    assert right.observed_over_predicted.low < 1.0 < right.observed_over_predicted.high
    assert right.error < 3 * right.error_by_chance
    assert doubled.observed_over_predicted.high < 0.6
    assert doubled.error > 5 * doubled.error_by_chance
    assert right.brier < right.brier_of_base_rate
    assert sum(b.crossings for b in right.bins) == 50_000


def test_seen_before_and_days_known_look_only_back() -> None:
    carrier = np.array(["a", "b", "a", "a", "b"])
    assert seen_before(carrier).tolist() == [0, 0, 1, 2, 1]
    assert days_known(carrier, np.array([3, 4, 10, 11, 4])).tolist() == [0, 0, 7, 8, 0]
    group, names = carrier_size(np.array(["a"] * 11))
    assert names[group[9]] == CARRIER_SIZES[0][0]
    assert names[group[10]] == CARRIER_SIZES[1][0]
    assert classes(np.array([9, 10, 99, 100]), CARRIER_SIZES)[0].tolist() == [0, 1, 1, 2]


def test_categories_keep_the_largest_and_name_the_rest_other() -> None:
    group, names = categories(["MX", "US", "MX", "CN", None], largest=1)
    assert names == ["MX", "other"]
    assert group.tolist() == [0, 1, 0, 1, -1]


def test_unfairness_is_seen() -> None:
    group = np.repeat([0, 1], 500)
    chosen = np.zeros(1000, dtype=bool)
    chosen[:100] = True
    chosen[500:510] = True
    made = false_selection_by(Crossings(chosen, np.zeros(1000, dtype=bool)), group, ["small", "large"])
    assert [g.rate.value for g in made] == [0.2, 0.02]
    assert made[0].ratio == pytest.approx(0.2 / 0.11)
    assert made[0].rate.low > made[1].rate.high


def test_area_under_curve_and_precision_with_ties() -> None:
    truth = np.array([1, 0, 1, 0], dtype=bool)
    assert area_under_curve(np.array([4.0, 3, 2, 1]), truth) == 0.75
    assert area_under_curve(np.ones(4), truth) == 0.5
    assert precision_at_rate(np.ones(4), truth, 0.25) == 0.5
    assert precision_at_rate(np.array([4.0, 3, 2, 1]), truth, 0.25) == 1.0
    assert np.isnan(area_under_curve(np.ones(2), np.zeros(2, dtype=bool)))


def test_a_paired_difference_tells_a_better_score_from_a_worse() -> None:
    random = np.random.default_rng(2)
    truth = random.random(2_000) < 0.2
    good, bad = truth + random.normal(size=2_000), random.normal(size=2_000)
    made = paired_difference(area_under_curve, good, bad, truth, repeats=200)
    assert made.low > 0.0
    same = paired_difference(area_under_curve, good, good, truth, repeats=50)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_without_a_draw_that_value_left_nothing_is_said_of_what_was_missed() -> None:
    examined = np.array([True, True, False, False])
    crossings = Crossings(
        examined=examined,
        violation=np.array([True, False, False, False]),
        chosen=examined,
        control=np.zeros(4, np.bool_),
        control_propensity=np.full(4, 0.01),
        severity=np.array([2.0, 0.0, 0.0, 0.0]),
    )
    known = sampled_figures(crossings)
    assert known.precision.value == 0.5
    assert known.precision.maximum is None
    assert known.recall.value is None
    assert known.severity_recall is not None
    assert known.severity_recall.value is None
    assert (known.recall.low, known.recall.high) == (0.0, 1.0)
