"""Small numbers that are kept back cannot be had from what is published: not by subtraction, not by bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from aforo.measures.suppression import LEAST, STEP, blanks, dominated, rounded, share_shows

#: Each cell as it is published: rounded, or the word for why it is blank; and the total.
Published = tuple[list[int | str], int | None]


def published(counts: Sequence[int]) -> Published:
    """A table of one row as it is published."""
    kept = blanks(counts)
    cells: list[int | str] = [
        "under_ten" if small else "with_others" if other else rounded(n)
        for n, small, other in zip(counts, kept.small, kept.with_others, strict=True)
    ]
    return cells, None if kept.total else rounded(sum(counts))


def bounds(table: Published, cell: int) -> tuple[float, float]:
    """The least and the most that a cell can be for who has the table and knows the rule (a linear programme)."""
    cells, total = table
    half = STEP / 2
    of_word: dict[str, tuple[float, float | None]] = {
        "under_ten": (0.0, LEAST - 1.0), "with_others": (float(LEAST), None)
    }  # fmt: skip
    ranges = [of_word[n] if isinstance(n, str) else (max(0.0, n - half), n + half) for n in cells]
    sums: list[list[float]] = []
    limits: list[float] = []
    if total is not None:
        sums = [[1.0] * len(cells), [-1.0] * len(cells)]
        limits = [total + half, half - total]
    found = []
    for sign in (1.0, -1.0):
        goal = np.zeros(len(cells))
        goal[cell] = sign
        solved = linprog(goal, A_ub=sums or None, b_ub=limits or None, bounds=ranges)
        found.append(sign * solved.fun if solved.status == 0 else np.inf)
    return found[0], found[1]


@given(st.lists(st.integers(0, 60) | st.integers(0, 20_000) | st.just(9), min_size=1, max_size=9))
def test_of_a_small_cell_nothing_can_be_told_but_that_it_is_small(counts: list[int]) -> None:
    table = published(counts)
    cells, _ = table
    for place, count in enumerate(counts):
        low, high = bounds(table, place)
        assert low - 1e-6 <= count <= high + 1e-6
        if count < LEAST:
            assert cells[place] == "under_ten"
            assert (low, high) == pytest.approx((0.0, LEAST - 1.0)), (counts, table)
        elif cells[place] == "with_others":
            assert high - low >= LEAST - 1, (counts, table)


def test_without_the_others_a_blank_cell_would_be_had_by_subtraction() -> None:
    """What the second blank is for: the audit does find a cell that is alone."""
    alone: Published = (["under_ten", 800, 900], 1_720)
    assert bounds(alone, 0)[0] > 0.0
    many: Published = (["under_ten"] * 9, 80)
    assert bounds(many, 0)[0] > 2.0
    cells, total = published([4, 800, 900])
    assert cells == ["under_ten", "with_others", 900]
    assert total == 1_700
    assert published([9] * 9) == (["under_ten"] * 9, None)


def test_a_share_of_few_and_a_figure_of_one_place_are_not_shown() -> None:
    assert share_shows(10, 20)
    assert not share_shows(9, 2_000)
    assert not share_shows(1_995, 2_000)
    assert dominated([900, 900])
    assert dominated([9_000, 100, 100])
    assert not dominated([300, 200, 100])
    assert dominated([300, 200, 9])


@pytest.mark.parametrize(("count", "told"), [(0, 0), (4, 0), (5, 10), (14, 10), (15, 20), (41_868, 41_870)])
def test_counts_are_rounded_to_tens(count: int, told: int) -> None:
    assert rounded(count) == told
