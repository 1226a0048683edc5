"""The reason of a release says two numbers that differ, and what used up the rate where a reader would ask."""

from __future__ import annotations

import re

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.threat import THREATS
from aforo.domain.units import PPB
from aforo.flow.judge import Judged
from aforo.flow.lines import Outcomes, selection_lines
from aforo.flow.priced_reason import distinct_minutes
from aforo.flow.selection import Selection
from aforo.risk.evidence import SOURCES
from aforo.routing.rate import NANOMINUTES

AMOUNTS = st.integers(0, 10**6 * NANOMINUTES)
USED_UP = "use up the examination rate"


@given(AMOUNTS, AMOUNTS)
def test_amounts_that_differ_are_written_differently(value: int, price: int) -> None:
    texts = distinct_minutes(value, price)
    assert (texts[0] != texts[1]) == (value != price)
    assert all(
        abs(float(text) - amount / NANOMINUTES) <= 0.05 + 1e-9
        for text, amount in zip(texts, (value, price), strict=True)
    )


@given(AMOUNTS, st.integers(1, NANOMINUTES // 10))
def test_amounts_close_to_each_other_are_told_apart(value: int, apart: int) -> None:
    assert len(set(distinct_minutes(value, value + apart))) == 2


class _Assessment:
    base = np.zeros(len(THREATS), np.int64)

    def __init__(self, count: int) -> None:
        self.evidence = np.zeros((count, len(SOURCES), len(THREATS)), np.int64)


def released(value: int, price: int, probability: float) -> str:
    """The English reason of one crossing that is released at the price of the rate."""
    one = np.array([0], np.int64)
    outcomes = Outcomes(
        crossing=["C-1"], row=one, examination=["release"], basis=[None], lot=one, control_ppb=one, propensity=one,
        value=np.array([value]), price=np.array([price]), mandatory={}, decision=["d"], terms={}, why={},
        cancelled=frozenset(),
    )  # fmt: skip
    threat = np.zeros((1, len(THREATS)), np.int64)
    threat[0, 0] = round(probability * PPB)
    judged = type("OneJudged", (), {"threat_ppb": threat, "assessment": _Assessment(1)})()
    assert not isinstance(judged, Judged)
    return msgspec.json.decode(selection_lines(["D-1"], one, outcomes, judged)[0], type=Selection).reasons.en


@pytest.mark.parametrize(("value", "price"), [(589_950_700_000, 590_032_200_000), (100, 101), (0, 1)])
def test_a_release_says_two_numbers_that_differ(value: int, price: int) -> None:
    said = released(value, price, 0.01)
    numbers = re.findall(r"\d+\.\d+", said)
    assert numbers[0] != numbers[1], said
    assert USED_UP in said


def test_a_likely_violation_that_is_released_says_what_used_up_the_rate() -> None:
    assert USED_UP in released(5 * NANOMINUTES, 9 * NANOMINUTES, 0.97)
    assert USED_UP not in released(5 * NANOMINUTES, 9 * NANOMINUTES, 0.02)
