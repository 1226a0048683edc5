"""Numbers as they are written, made whole numbers of a smaller unit: against exact fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.intake.decimals import KMH, KNOTS, MPH, ONE, scaled

WIDE = 10**60


@given(
    st.from_regex(r"[+-]?[0-9]{1,12}(\.[0-9]{1,12})?([eE][+-]?[0-9])?", fullmatch=True),
    st.sampled_from([ONE, KMH, MPH, KNOTS, (10_000_000, 1)]),
)
def test_it_is_the_exact_value_rounded_half_to_even(text: str, scale: tuple[int, int]) -> None:
    if not text.isascii():
        return
    assert scaled(text, scale, -WIDE, WIDE) == round(Fraction(text) * Fraction(*scale))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1.",
        ".5",
        "--1",
        "1,5",
        "0x1",
        "nan",
        "inf",
        "1e",
        "1e999",
        "٣",
        "1" * 21,
        "1." + "0" * 31,
        "1_0",
    ],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert scaled(text, ONE, -WIDE, WIDE) is None


def test_bounds_are_within() -> None:
    assert [scaled(text, ONE, -1, 1) for text in ("-1.5", "-1.4", "1.4", "1.5", "-0.5", "0.5")] == [
        None, -1, 1, None, 0, 0,
    ]  # fmt: skip
    assert scaled("1e99", (10**7, 1), -1, 1) is None
    assert scaled("1e-99", (10**7, 1), -1, 1) == 0


def test_speeds_are_what_they_are() -> None:
    assert scaled("90", KMH, 0, 10_000) == 2_500
    assert scaled("100", MPH, 0, 10_000) == 4_470
    assert scaled("10", KNOTS, 0, 10_000) == 514
