"""Figures for people are short, and never say all of nearly all, or nothing of something."""

from __future__ import annotations

import pytest
from scipy import stats

from aforo.domain.text import Text
from aforo.measures.control_outlook import outlook
from aforo.measures.figures import expected, percent, without_noise


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.025, "2.5"), (1 / 3, "33.3"), (0.0000012345, "0.000123"), (1.0, "100"), (0.0, "0"), (0.999999, "99.9999"),
     (0.9995, "99.95"), (0.5, "50")],
)  # fmt: skip
def test_per_cent(share: float, told: str) -> None:
    assert percent(share) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [(0.0, "0"), (0.003, "< 0.01"), (0.02, "0.02"), (1.5, "1.50"), (12.5, "12.5"), (62.5, "62.5"), (1234.5, "1,234")],
)
def test_an_expected_number(count: float, told: str) -> None:
    assert expected(count) == told


def test_the_arithmetics_noise_is_left_out() -> None:
    assert without_noise(500.00000000000006) == 500.0
    assert without_noise(499.99999999999994) == 500.0
    assert without_noise(1e-9) == 1e-9


@pytest.mark.parametrize(("examinations", "prevalence"), [(500, 0.025), (2500, 0.025), (130, 0.1)])
def test_the_interval_is_at_the_expected_finds_whole_or_not(examinations: int, prevalence: float) -> None:
    made = outlook(float(examinations), prevalence, 2.0, Text("x", "x"))
    finds = examinations * prevalence
    assert made.low == pytest.approx(stats.beta.ppf(0.025, finds, examinations - finds + 1))
    assert made.high == pytest.approx(stats.beta.ppf(0.975, finds + 1, examinations - finds))
