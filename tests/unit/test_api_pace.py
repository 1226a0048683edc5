"""What a desk learns of its pace, and who is refused by it."""

from __future__ import annotations

from aforo.api.pace import Pace


def test_nothing_is_too_long_while_nothing_is_known() -> None:
    assert not Pace().too_long(10_000, 1 << 30)


def test_a_first_message_that_was_slow_refuses_nobody() -> None:
    pace = Pace()
    pace.learn(1, 600, 0.3)
    assert not pace.too_long(64, 64 * 600)


def test_many_behind_slow_batches_are_refused_until_even_small_ones_are_fast_again() -> None:
    pace = Pace()
    for _ in range(20):
        pace.learn(64, 64 * 600, 3.2)
    assert pace.too_long(64, 64 * 600)
    for _ in range(20):
        pace.learn(1, 600, 0.01)
    assert not pace.too_long(64, 64 * 600)


def test_a_large_message_is_not_refused_by_the_number_of_small_ones() -> None:
    pace = Pace()
    for _ in range(20):
        pace.learn(8, 8 * 4_000_000, 8.0)
    assert not pace.too_long(8, 8 * 600)
    assert pace.too_long(8, 8 * 4_000_000)
