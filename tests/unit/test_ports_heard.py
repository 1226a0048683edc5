"""Of which hours readers were heard throughout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from aforo.domain.bridge import ReadPlace
from aforo.ports.heard import counted, throughout, without_gap
from aforo.ports.reads import MINUTE, Reads, nothing, together
from aforo.ports.waits import HOUR, STARTS

SEVEN = 20_000 * 24 * HOUR + 7 * HOUR


def reads(minutes: Sequence[float], reader: int = 0) -> Reads:
    """One truck each, at minutes from seven o'clock on."""
    at = SEVEN + (np.asarray(minutes) * MINUTE).astype(np.int64)
    plates = np.arange(len(at), dtype=np.uint64) + np.uint64(1 + 100_000 * reader)
    codes = np.zeros(len(at), np.int64)
    return Reads(at, plates, np.zeros(len(at), np.uint64), codes - 1, codes + reader)


def hours(*parts: Reads) -> dict[int, int]:
    """What is counted by ten o'clock, by the hour from seven on."""
    places: dict[ReadPlace, Reads] = {"bridge": together(parts)}
    return {(at - SEVEN) // HOUR: count for at, count in counted(places, STARTS, HOUR, SEVEN + 3 * HOUR).items()}


def test_an_hour_of_which_a_reader_was_heard_for_two_minutes_is_no_whole_hour() -> None:
    before = np.arange(-70, 0, 0.5)
    assert hours(reads([0, 1, 2])) == {}
    assert hours(reads([*before, 0, 1, 2])) == {-1: 120}
    assert hours(reads([*before, *np.arange(0, 30, 0.5), *np.arange(80, 180, 0.5)])) == {-1: 120, 2: 120}
    assert hours(reads([*before, *np.arange(0, 180, 0.5)])) == {-1: 120, 0: 120, 1: 120, 2: 120}


def test_a_reader_that_is_silent_beside_another_leaves_no_whole_hour() -> None:
    one, other = np.arange(-70, 180, 0.5), np.arange(-69.8, 20, 0.5)
    assert set(hours(reads(one), reads(other, 1))) == {-1}


def test_few_trucks_prove_no_silence_and_chance_is_taken_for_one_seldom() -> None:
    assert hours(reads([-90, -20, 10, 45, 70, 110])) == {-1: 1, 0: 2, 1: 2}
    draw = np.random.default_rng(20)
    refused = 0
    for number in range(2_000):
        at = np.sort(draw.random(draw.poisson((4, 20, 100)[number % 3]))) * HOUR
        refused += len(at) > 0 and not without_gap(np.concatenate([[-1.0], at]).astype(np.int64), 0, HOUR)
    assert refused / 2_000 < 0.01


@pytest.mark.parametrize("of", [nothing(), reads([5, 10])])
def test_who_was_not_heard_before_was_not_heard_throughout(of: Reads) -> None:
    assert not throughout(of, SEVEN, SEVEN + HOUR)
