"""The lottery: uniform, keyed, and not to be drawn anew."""

from __future__ import annotations

from datetime import date

import numpy as np

from aforo.domain.units import PPB
from aforo.risk import lottery

MASTER = b"m" * 32


def test_lots_are_uniform() -> None:
    key = lottery.day_key(MASTER, date(2026, 1, 5))
    lots = lottery.draw_all([key] * 20_000, range(20_000), ["2304"] * 20_000, [0] * 20_000)
    counts, _ = np.histogram(lots, bins=20, range=(0, PPB))
    assert ((counts - 1000) ** 2 / 1000).sum() < 43.8  # chi-square, 19 degrees of freedom, 99.9 %


def test_what_draws_a_new_lot_and_what_does_not() -> None:
    key = lottery.day_key(MASTER, date(2026, 1, 5))
    lot = lottery.draw(key, 77, "2304", 0)
    assert lottery.draw(key, 77, "2304", 0) == lot
    others = [
        lottery.draw(key, 78, "2304", 0),
        lottery.draw(key, 77, "2305", 0),
        lottery.draw(key, 77, "2304", 1),
        lottery.draw(lottery.day_key(MASTER, date(2026, 1, 6)), 77, "2304", 0),
        lottery.draw(lottery.day_key(b"n" * 32, date(2026, 1, 5)), 77, "2304", 0),
    ]
    assert lot not in others


def test_a_revealed_key_is_the_one_committed_to() -> None:
    key = lottery.day_key(MASTER, date(2026, 1, 5))
    assert lottery.commitment(key) != lottery.commitment(lottery.day_key(MASTER, date(2026, 1, 6)))
    assert len(lottery.commitment(key)) == 64
