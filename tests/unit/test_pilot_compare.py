"""What is said of two choices: intervals that cover what they are of, and verdicts that follow from the data alone."""

from __future__ import annotations

import numpy as np
import pytest

from aforo.measures.intervals import difference
from aforo.trials.pilot.compare import Compared, kept, square, thinning, verdict


def compared(
    theirs: np.ndarray,
    ours: np.ndarray,
    truth: np.ndarray,
    *,
    control: np.ndarray | None = None,
    chance: np.ndarray | None = None,
    value: np.ndarray | None = None,
) -> Compared:
    """Crossings of which today's system examined what it chose, and found what there was."""
    n = len(theirs)
    chose = theirs == 1
    return Compared(
        theirs=theirs.astype(np.int8),
        control=np.zeros(n, np.bool_) if control is None else control,
        chance=np.full(n, np.nan) if chance is None else chance,
        examined=chose,
        result=np.where(chose, truth.astype(np.int64), -1),
        threat=np.where(chose & truth, 3, -1),
        ours=ours,
        drawn=np.zeros(n, np.bool_),
        value=np.arange(n) if value is None else value,
        probability=np.full(n, 0.02),
        night=np.arange(n) % 5,
        week=np.zeros(n, np.int64),
        port=np.full(n, "2304"),
    )


def border(
    rng: np.random.Generator, *, theirs_lift: float, ours_lift: float, n: int = 6_000, sample: bool = True
) -> tuple[Compared, float]:
    """A month at a border whose truth is known, and by how much the shadow's finds are more than today's."""
    truth = rng.random(n) < 0.03
    targeted = rng.random(n) < np.where(truth, 0.05 * theirs_lift, 0.05)
    ours = rng.random(n) < np.where(truth, 0.07 * ours_lift, 0.07)
    pi = np.where(np.arange(n) % 3 == 0, 0.06, 0.02)  # a chance of its own in one lane
    drawn = (rng.random(n) < pi) & ~targeted & sample
    made = compared((targeted | drawn).astype(np.int8), ours, truth, control=drawn, chance=np.where(drawn, pi, np.nan))
    return made, float((truth & ours).sum() - (truth & (targeted | drawn)).sum())


@pytest.mark.parametrize(("theirs_lift", "ours_lift"), [(1.0, 1.0), (1.0, 4.0), (6.0, 1.0), (3.0, 3.0)])
def test_the_interval_of_the_difference_covers_the_truth(theirs_lift: float, ours_lift: float) -> None:
    rng = np.random.default_rng([11, int(theirs_lift), int(ours_lift)])
    covered = wrong = 0
    for _ in range(250):
        made, truth = border(rng, theirs_lift=theirs_lift, ours_lift=ours_lift)
        own = verdict(made)
        assert own.basis == "sample"
        covered += own.difference.low <= truth <= own.difference.high
        wrong += (own.says == "more" and truth < 0) or (own.says == "fewer" and truth > 0)
    assert covered >= 0.94 * 250
    assert wrong <= 0.03 * 250


def test_a_selection_that_was_planted_better_or_worse_is_told() -> None:
    rng = np.random.default_rng(5)
    assert verdict(border(rng, theirs_lift=0.2, ours_lift=10.0, n=20_000)[0]).says == "more"
    assert verdict(border(rng, theirs_lift=16.0, ours_lift=0.1, n=20_000)[0]).says == "fewer"
    assert kept(border(rng, theirs_lift=1.0, ours_lift=8.0, n=20_000)[0]).says == "better"
    assert kept(border(rng, theirs_lift=3.0, ours_lift=0.0, n=20_000)[0]).says == "worse"


def test_without_a_sample_the_truth_lies_within_the_bounds_and_nothing_is_guessed() -> None:
    rng = np.random.default_rng(8)
    for _ in range(50):
        made, truth = border(rng, theirs_lift=2.0, ours_lift=2.0, sample=False)
        own = verdict(made)
        assert own.basis == "bounds"
        assert own.difference.value is None
        assert own.rate.value is None
        assert own.difference.low <= truth <= own.difference.high
        assert own.says == "unsettled"
        # the break-even is what it says: so many finds among the moved, and the two are even
        assert own.break_even * own.moved == pytest.approx(kept(made).missed)


def test_a_draw_without_its_chance_weighs_nothing() -> None:
    made, _ = border(np.random.default_rng(2), theirs_lift=1.0, ours_lift=1.0)
    chance = made.chance.copy()
    chance[np.flatnonzero(made.control)[0]] = np.nan
    blind = verdict(Compared(**{**made.__dict__, "chance": chance}))
    assert (verdict(made).basis, blind.basis, blind.without_chance) == ("sample", "bounds", 1)


def test_the_same_choices_agree_in_everything() -> None:
    rng = np.random.default_rng(3)
    truth, chose = rng.random(3_000) < 0.05, rng.random(3_000) < 0.1
    made = compared(chose.astype(np.int8), chose, truth)
    own = square(made)
    assert own.only_theirs.crossings == own.only_ours.crossings == 0
    assert own.both.crossings == int(chose.sum())
    assert kept(made).share.value == 1.0
    assert kept(made).expected == 1.0
    assert verdict(made).moved == 0
    assert (verdict(made).difference.low, verdict(made).difference.high) == (0.0, 0.0)


def test_what_is_not_known_is_not_taken_for_not_chosen() -> None:
    theirs = np.array([1, 1, -1, -1, -1])
    ours = np.array([True, False, True, False, False])
    made = compared(theirs, ours, np.array([True, False, True, False, True]))
    own = square(made)
    assert (own.only_ours.crossings, own.neither.crossings) == (0, 0)
    assert (own.unknown_ours.crossings, own.unknown_not_ours.crossings) == (1, 2)
    assert verdict(made).basis == "nothing"


def test_thinning_keeps_what_the_order_puts_first() -> None:
    n = 1_000
    truth = np.arange(n) >= 900  # the hundred of the greatest value
    made = compared(np.ones(n), np.zeros(n, np.bool_), truth)
    steps = {step.share: step for step in thinning(made)}
    assert steps[0.1].found == 100
    assert steps[0.5].kept.value == 1.0
    reversed_ = compared(np.ones(n), np.zeros(n, np.bool_), truth, value=-np.arange(n))
    assert {step.share: step for step in thinning(reversed_)}[0.9].found == 0


def test_the_difference_of_two_rates_is_newcombes() -> None:
    # Newcombe (1998), table II: 56/70 less 48/80 gives .0524 to .3339, 10/10 less 0/10 gives .6075 to 1
    first = difference(56, 70, 48, 80)
    assert (first.low, first.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))
    last = difference(10, 10, 0, 10)
    assert (last.low, last.high) == (pytest.approx(0.6075, abs=5e-5), pytest.approx(1.0))
    assert difference(0, 0, 1, 2).value is None


def test_the_interval_of_a_difference_covers_it() -> None:
    rng = np.random.default_rng(4)
    p, q, n, m = 0.09, 0.03, 120, 500
    covered = 0
    for found, other in zip(rng.binomial(n, p, 2_000), rng.binomial(m, q, 2_000), strict=True):
        own = difference(found, n, other, m)
        covered += own.low <= p - q <= own.high
    assert covered / 2_000 >= 0.94
