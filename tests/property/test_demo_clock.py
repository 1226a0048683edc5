"""The demonstration's clock: whatever is asked of it, it never goes back, nor further than the asked speed allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.demo.clock import FURTHEST, PacedClock

START = datetime(2024, 2, 14, 16, tzinfo=UTC)
SPEEDS = st.floats(1.0, 600.0)


class Machine:
    """The machine's seconds, in the test's hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0.0, 30.0)),
        st.tuples(st.just("move"), st.floats(0.0, 1.0)),
        st.tuples(st.just("speed"), SPEEDS),
        st.tuples(st.just("pause"), st.sampled_from([0.0, 1.0])),
        st.tuples(st.just("jump"), st.floats(1.0, 480.0)),
    ),
    max_size=60,
)


@given(SPEEDS, STEPS)
def test_it_never_goes_back_nor_further_than_it_may(speed: float, steps: list[tuple[str, float]]) -> None:
    machine = Machine()
    clock = PacedClock(START, speed, machine)
    allowed, before = 0.0, clock()
    for what, amount in steps:
        reach = clock.reach()
        assert reach >= clock()
        if what == "wait":
            machine.now += amount
            allowed += 0.0 if clock.paused else amount * clock.speed
        elif what == "move":
            clock.forward(clock() + (reach - clock()) * amount)
        elif what == "speed":
            clock.run(amount)
        elif what == "pause":
            clock.pause(bool(amount))
        else:
            clock.jump(timedelta(minutes=amount))
            allowed += amount * 60.0
        assert clock() >= before
        before = clock()
        assert clock.attained >= 0.0
        if clock.hurries_to is None:
            assert clock.attained <= clock.speed + 1e-9
    # What was hurried over is no more than the jumps, and all else no faster than the speeds that were asked for.
    assert (clock() - START).total_seconds() <= allowed + 1e-3


@given(SPEEDS, st.lists(st.floats(0.01, 0.4), min_size=20, max_size=60))
def test_who_keeps_up_attains_the_speed_asked(speed: float, waits: list[float]) -> None:
    machine = Machine()
    clock = PacedClock(START, speed, machine)
    for wait in waits:
        machine.now += wait
        clock.forward(clock.reach())
    assert (clock() - START).total_seconds() == pytest.approx(sum(waits) * speed, rel=1e-4)
    assert clock.attained == pytest.approx(speed, rel=0.02)


def test_who_cannot_keep_up_does_not_catch_up() -> None:
    machine = Machine()
    clock = PacedClock(START, 10.0, machine)
    machine.now += 100.0
    assert clock.reach() - START == timedelta(seconds=10)
    clock.forward(clock.reach())
    assert clock.attained < 1.0
    machine.now += 1.0
    assert clock.reach() - START <= timedelta(seconds=30)


def test_a_clock_that_is_paused_stands_still_until_it_goes_on() -> None:
    machine = Machine()
    clock = PacedClock(START, 600.0, machine)
    clock.pause(True)
    machine.now += 3_600.0
    assert clock.reach() == START
    with pytest.raises(ValueError, match="may not be moved"):
        clock.forward(START + timedelta(seconds=1))
    clock.pause(False)
    machine.now += 1.0
    assert clock.reach() == START + timedelta(seconds=600)


def test_a_jump_may_be_hurried_to_and_ends_there() -> None:
    machine = Machine()
    clock = PacedClock(START, 1.0, machine)
    clock.pause(True)
    clock.jump(timedelta(hours=8))
    assert not clock.paused
    assert clock.reach() == START + timedelta(hours=8) == clock.hurries_to
    clock.forward(START + timedelta(hours=3))
    assert clock.reach() == START + timedelta(hours=8)
    clock.forward(clock.reach())
    assert clock.hurries_to is None
    assert clock.reach() == clock()
    for wrong in (timedelta(), -timedelta(minutes=1), FURTHEST + timedelta(seconds=1)):
        with pytest.raises(ValueError, match="a jump goes forward"):
            clock.jump(wrong)


@pytest.mark.parametrize("wrong", [0.0, 0.5, 601.0, -1.0, float("nan")])
def test_a_speed_is_one_to_six_hundred(wrong: float) -> None:
    with pytest.raises(ValueError, match="a speed is"):
        PacedClock(START).run(wrong)


def test_it_begins_where_a_log_ends() -> None:
    clock = PacedClock(START, 1.0, Machine())
    clock.begin(START + timedelta(days=3))
    assert clock() == clock.reach() == START + timedelta(days=3)
    with pytest.raises(ValueError, match="only goes forward"):
        clock.begin(START)


def test_a_jump_tells_where_it_began_and_is_given_up_where_it_is() -> None:
    machine = Machine()
    clock = PacedClock(START, 10.0, machine)
    machine.now += 1.0
    clock.forward(began := clock.reach())
    clock.jump(timedelta(hours=1))
    assert clock.hurries_from == began
    machine.now += 10.0
    clock.forward(began + timedelta(minutes=20))
    assert clock.attained == pytest.approx(120.0)
    clock.jump(timedelta(hours=8))
    assert (clock.hurries_from, clock.hurries_to) == (began, began + timedelta(hours=8, minutes=20))
    clock.stop_hurrying()
    assert (clock.hurries_from, clock.hurries_to, clock.paused) == (None, None, False)
    assert clock.reach() == began + timedelta(minutes=20)
    machine.now += 0.5
    assert clock.reach() == began + timedelta(minutes=20, seconds=5)
    clock.stop_hurrying()  # nothing is given up where nothing hurries
    machine.now += 0.1
    assert clock.reach() == began + timedelta(minutes=20, seconds=6)


def test_what_moves_seldom_does_not_seem_to_stand() -> None:
    machine = Machine()
    clock = PacedClock(START, 600.0, machine)
    clock.jump(timedelta(hours=1))
    for step in range(1, 5):
        machine.now += 8.0
        clock.forward(START + timedelta(seconds=30 * step))
    machine.now += 6.0
    assert clock.attained == pytest.approx(30.0 / 14.0, rel=0.01)
