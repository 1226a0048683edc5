"""Filers who play with the list: what they do is learnt by class of value, and none of it moves the price far."""

from __future__ import annotations

import numpy as np
import pytest
from test_routing_conformance import BOOK, PARAMS, ask

from aforo.routing import choice as c
from aforo.routing.lateness import Filers, Lateness


def days(number: int, *, late_from: int = 99, empty_from: int = 99, seed: int = 1) -> Lateness:
    """Days of 600 filings: classes from `late_from` on file 6 minutes before they come, the others 60; of the classes
    from `empty_from` on nine filings in ten never come, of the others one in fifty."""
    rng = np.random.default_rng(seed)
    known = Lateness()
    for _ in range(number):
        kinds = rng.integers(4, 22, 600)
        came = rng.uniform(size=600) >= np.where(kinds >= empty_from, 0.9, 0.02)
        known = known.after(kinds, np.where(kinds >= late_from, 6.0, 60.0), came)
    return known


def test_honest_filers_are_known_as_such() -> None:
    known = days(20)
    assert known.shown()[4:22] == pytest.approx(0.98, abs=0.01)
    assert known.late()[4:22] == pytest.approx(0.0, abs=0.01)


def test_who_files_late_is_expected_to_within_weeks_and_only_in_those_classes() -> None:
    known = days(21, late_from=16)
    assert (known.late()[17:22] > 0.8).all()
    assert (known.late()[4:14] < 0.05).all()


def test_filings_that_never_come_weigh_little() -> None:
    known = days(21, empty_from=16)
    assert (known.shown()[17:22] < 0.2).all()
    assert (known.shown()[4:14] > 0.9).all()


def test_where_nothing_is_known_the_list_is_believed() -> None:
    assert (Lateness().shown() == 1.0).all()
    assert (Lateness().late() == 0.0).all()
    with pytest.raises(ValueError, match="numbered"):
        Lateness().after(np.array([c.CLASSES]), np.zeros(1), np.ones(1, dtype=np.bool_))


def test_old_habits_are_forgotten() -> None:
    known = days(60, late_from=16)
    for seed in range(90):
        rng = np.random.default_rng(seed)
        known = known.after(rng.integers(4, 22, 600), np.full(600, 60.0), np.ones(600, dtype=np.bool_))
    assert (known.late()[17:22] < 0.15).all()


def test_however_many_empty_filings_the_price_is_that_of_a_full_day_at_most() -> None:
    """A flood of risky filings that never come would make a scan dear; by how much has an end."""
    flood = ask(c.PRICED, listed=[1e12] * c.CLASSES)[1]
    numbers = list(PARAMS)
    numbers[c.LIST_WEIGHT], numbers[c.LEVEL_WEIGHT] = 0.0, 1.0
    full = ask(c.PRICED, params=numbers, level=c.LIST_MOST)[1]
    assert flood <= full + 1e-9
    assert ask(c.PRICED, listed=[1e12] * c.CLASSES, prevented=[0.0, full + 1.0, 0, 0, 0, 0])[0] == c.SCAN


def test_an_empty_list_makes_a_scan_no_cheaper_than_on_an_empty_day() -> None:
    numbers = list(PARAMS)
    numbers[c.LIST_WEIGHT], numbers[c.LEVEL_WEIGHT] = 0.0, 1.0
    assert ask(c.PRICED, listed=[0.0] * c.CLASSES)[1] >= ask(c.PRICED, params=numbers, level=c.LIST_LEAST)[1] - 1e-9


def test_a_short_list_moves_the_price_less_where_filers_are_known_to_be_late() -> None:
    book = np.array(BOOK)
    rows = book[c.EXPECTED : c.ROSTER].reshape(c.QUARTERS, 2, c.CLASSES)
    rows[:, 1] = rows[:, 0]  # nothing of what comes is listed in time
    usual = ask(c.PRICED)[1]
    short = {"listed": [0.0] * c.CLASSES}
    assert ask(c.PRICED, **short)[1] < ask(c.PRICED, book=book.tolist(), **short)[1]
    assert ask(c.PRICED, book=book.tolist(), **short)[1] == pytest.approx(usual)


def test_filers_are_told_apart_to_the_last_bit_of_their_hashes() -> None:
    one, other = 2**63 + 1, 2**63 + 2
    known = Filers().after([one, other, 5] * 20, np.array([True, False, True] * 20))
    assert set(known.known) == {one, other, 5}
    assert known.believed(one)
    assert not known.believed(other)
    believing = known.believing()
    assert [filer for filer in (one, other, 5) if believing.others != (filer in believing.but)] == [one, 5]
