"""What a draft would have changed, counted on histories small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aforo.domain.text import Text
from aforo.risk.rules.impact import History, impact

NONE = np.zeros(10, dtype=bool)
VALUE = np.array([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
FIRED = np.array([0, 0, 0, 0, 0, 0, 0, 0, 1, 1], dtype=bool)
VIOLATION = np.array([1, 0, 0, 0, 0, 0, 0, 0, 1, 0], dtype=bool)
ORIGIN = (np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]), ["MX", "CN"])
HISTORY = History(
    fired=FIRED,
    before=VALUE,
    after=np.where(FIRED, VALUE + 20, VALUE),
    mandatory_before=NONE,
    mandatory_after=NONE,
    known=~NONE,
    violation=VIOLATION,
    weight=np.ones(10),
    groups={"origin": ORIGIN},
    failed=NONE,
    why=None,
)


def test_added_removed_gained_and_lost() -> None:
    made = impact("r@1", HISTORY, 0.2)
    assert (made.crossings, made.examined, made.fired) == (10, 2, 2)
    assert (made.added, made.removed) == (2, 2)
    assert (made.gained_finds, made.lost_finds) == (1, 1)
    assert made.gained.value == 0.5
    assert made.fired_precision.value == 0.5
    assert made.base_rate.value == 0.2
    assert "added 2 selections and removed 2" in made.words[0].en
    assert "añadido 2 selecciones y quitado 2" in made.words[0].es
    assert len(made.words) == 2


def test_the_counts_behind_shares_are_told() -> None:
    made = impact("r@1", replace(HISTORY, known=VALUE > 1), 0.2)
    assert (made.known, made.violations, made.fired_known, made.fired_violations) == (9, 2, 1, 1)


def test_groups_show_who_pays() -> None:
    mexico, china = impact("r@1", HISTORY, 0.2).by["origin"]
    assert (mexico.added, mexico.removed, china.added, china.removed) == (0, 2, 2, 0)
    assert mexico.false_before is not None
    assert mexico.false_after is not None
    assert (mexico.false_before.value, mexico.false_after.value) == (0.25, 0.0)
    assert china.false_after is not None
    assert china.false_after.value == 0.25
    assert china.fired.value == 0.4


def test_a_draft_that_changes_no_value_changes_nothing() -> None:
    made = impact("r@1", replace(HISTORY, after=VALUE), 0.2)
    assert (made.added, made.removed) == (0, 0)
    assert len(made.words) == 1


def test_what_is_mandatory_takes_its_place_within_the_same_rate() -> None:
    made = impact("r@1", replace(HISTORY, after=VALUE, mandatory_after=FIRED & VIOLATION), 0.2)
    assert (made.added, made.removed) == (1, 1)
    more = impact("r@1", replace(HISTORY, after=VALUE, mandatory_after=~NONE), 0.2)
    assert more.added == 8


def test_what_was_mandatory_before_keeps_its_place() -> None:
    made = impact("r@1", replace(HISTORY, mandatory_before=FIRED, mandatory_after=FIRED), 0.2)
    assert (made.added, made.removed) == (0, 0)


def test_shares_weigh_by_the_inverse_of_the_chance_of_being_examined() -> None:
    """Two were drawn at a tenth and one was chosen: the two stand for twenty crossings, the one for itself."""
    known = np.arange(10) < 3
    weight = np.where(np.arange(10) == 0, 1.0, 10.0)
    made = impact("r@1", replace(HISTORY, known=known, weight=weight, fired=known), 0.2)
    assert made.base_rate.value == made.fired_precision.value == 1 / 21
    assert made.base_rate.high < 1.0
    mexico, _ = impact("r@1", replace(HISTORY, known=known, weight=weight), 0.2).by["origin"]
    assert mexico.false_before is not None
    assert mexico.false_before.value == 0.5
    plain = impact("r@1", replace(HISTORY, known=known, fired=known), 0.2)
    assert plain.base_rate.value == 1 / 3


def test_a_draft_that_fails_says_so() -> None:
    made = impact("r@1", replace(HISTORY, failed=~FIRED, why=Text("it broke", "se rompió")), 0.2)
    assert made.failed == 8
    assert "failed on 8 of the 10 crossings" in made.words[-1].en
    assert "se rompió" in made.words[-1].es


def test_without_labels_finds_are_not_said() -> None:
    made = impact("r@1", replace(HISTORY, known=NONE), 0.2)
    assert "cannot be said" in made.words[1].en
    assert made.gained.value is None
    partly = impact("r@1", replace(HISTORY, known=FIRED), 0.2)
    assert "2 of the 4" in partly.words[2].en


def test_without_scores_only_where_it_fires_is_said() -> None:
    made = impact("r@1", replace(HISTORY, before=None, after=None), 0.2)
    assert made.added is None
    assert made.fired == 2
    assert "Without scores" in made.words[0].en
    assert made.by["origin"][0].false_before is None


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_no_examination_and_all_of_them(rate: float) -> None:
    made = impact("r@1", HISTORY, rate)
    assert (made.added, made.removed) == (0, 0)
