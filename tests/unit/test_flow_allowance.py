"""How often somebody may send, and that a flood of names is forgotten again."""

from __future__ import annotations

from aforo.flow.allowance import Allowances, Pace, Slowing


def test_so_many_at_once_and_so_many_a_second() -> None:
    allowances = Allowances(Pace(2.0, 3.0))
    assert [allowances.take("a", 0.0) for _ in range(5)] == [True, True, True, False, False]
    assert allowances.take("b", 0.0)
    assert [allowances.take("a", 1.0) for _ in range(3)] == [True, True, False]
    assert [allowances.take("a", 100.0) for _ in range(4)] == [True, True, True, False]


def test_who_has_all_of_it_again_is_forgotten_and_nobody_else() -> None:
    allowances = Allowances(Pace(1.0, 10.0))
    for _ in range(10):
        assert allowances.take("eager", 100.0)
    for number in range(3 * Allowances.FEW):
        allowances.take(f"name-{number}", number / 300)
    assert len(allowances) <= 2 * Allowances.FEW
    assert not allowances.take("eager", 100.0)


def test_a_sender_beyond_his_pace_waits_for_what_he_owes() -> None:
    slowing = Slowing(Pace(10.0, 20.0), 0.0)
    assert slowing.wait(20, 0.0) == 0.0
    assert slowing.wait(5, 0.0) == 0.5
    assert slowing.wait(5, 1.0) == 0.0
