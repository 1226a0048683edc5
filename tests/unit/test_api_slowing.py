"""Guesses are slowed down by name and address, and nobody is shut out for ever, nor by somebody else's guesses."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from aforo.api import slowing
from aforo.api.slowing import ADDRESS, FORGOTTEN_S, KNOWN_S, NAME, PAIR, Slowing
from aforo.log.attempts import Attempts
from aforo.log.keys import KeyStore


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def guess(made: Slowing, clock: Clock, name: str, address: str, times: int) -> float:
    """So many guesses, each as soon as it may be made; the seconds that all of them took."""
    began = clock.now
    for _ in range(times):
        while (wait := made.attempt(name, address)) > 0:
            clock.now += wait
    return clock.now - began


def test_the_first_cost_nothing_and_each_further_one_twice_as_much_up_to_a_limit() -> None:
    made = Slowing(clock := Clock())
    waits = []
    for _ in range(20):
        wait = made.attempt("ana", "192.0.2.1")
        waits.append(wait)
        clock.now += wait
        if wait:
            assert made.attempt("ana", "192.0.2.1") == 0
    assert waits[: PAIR.free] == [0] * PAIR.free
    assert waits[PAIR.free : PAIR.free + 4] == [2, 4, 8, 16]
    assert max(waits) == PAIR.longest
    clock.now += FORGOTTEN_S + 1
    assert made.attempt("ana", "192.0.2.1") == 0, "nobody is shut out for ever"


def test_attempts_at_once_are_no_way_around() -> None:
    made = Slowing(Clock())
    assert [made.attempt("ana", "192.0.2.1") > 0 for _ in range(10)] == [False] * PAIR.free + [True] * (10 - PAIR.free)


def test_a_name_is_a_name_however_it_is_written_and_one_machine_is_one() -> None:
    made = Slowing(Clock())
    for name, address in (("Ana", "2001:db8::1"), (" ANA ", "2001:db8::2"), ("ana", "2001:db8:0:0:1::"), ("aná", "x")):
        made.attempt(name, address)
    made.attempt("ana", "2001:db8::ffff")
    assert made.attempt("ana", "2001:db8::4") > 0
    assert made.attempt("ana", "2001:db8:1::4") == 0, "another network"


def test_who_guesses_from_everywhere_keeps_nobody_out() -> None:
    made = Slowing(clock := Clock())
    made.attempt("ana", "192.0.2.1")
    made.succeeded("ana", "192.0.2.1")
    for number in range(200):
        made.attempt("ana", f"198.51.100.{number}")
    assert made.attempt("ana", "192.0.2.1") == 0, "where she has signed in before she signs in"
    wait = made.attempt("ana", "203.0.113.7")
    assert 0 < wait <= NAME.longest, "and from elsewhere soon"
    clock.now += NAME.longest
    assert made.attempt("ana", "203.0.113.7") == 0


def test_an_address_that_tries_many_names_is_slowed_down_and_those_who_sign_in_there_are_not() -> None:
    made = Slowing(clock := Clock())
    for number in range(ADDRESS.free):
        assert made.attempt(f"name {number}", "192.0.2.1") == 0
    assert made.attempt("another", "192.0.2.1") > 0
    clock.now += FORGOTTEN_S + 1
    for number in range(10 * ADDRESS.free):
        assert made.attempt(f"officer {number}", "192.0.2.1") == 0
        made.succeeded(f"officer {number}", "192.0.2.1")


def test_a_thousand_guesses_at_one_account_take_days() -> None:
    made = Slowing(clock := Clock())
    assert guess(made, clock, "ana", "192.0.2.1", 1_000) > 9 * 24 * 3_600


def test_a_restart_forgives_nothing_and_forgets_nobody(tmp_path: Path) -> None:
    clock = Clock()
    first = Slowing(clock)
    first.attempt("eva", "192.0.2.1")
    first.succeeded("eva", "192.0.2.1")
    for _ in range(PAIR.free + 1):
        first.attempt("ana", "192.0.2.1")
    for number in range(NAME.free):
        first.attempt("eva", f"198.51.100.{number}")
    with closing(KeyStore(tmp_path / "keys.sqlite")), closing(Attempts(tmp_path / "keys.sqlite")) as kept:
        kept.keep(first.changes(), failed_since=clock.now - FORGOTTEN_S, known_since=clock.now - KNOWN_S)
        assert first.changes() == []
    with closing(Attempts(tmp_path / "keys.sqlite")) as kept:
        again = Slowing(clock, kept.all())
        assert again.attempt("ana", "192.0.2.1") == first.attempt("ana", "192.0.2.1") == 2
        assert again.attempt("eva", "203.0.113.7") > 0, "guessed at from everywhere"
        assert again.attempt("eva", "192.0.2.1") == 0, "but not where she signs in"
        clock.now += KNOWN_S + FORGOTTEN_S
        kept.keep([], failed_since=clock.now - FORGOTTEN_S, known_since=clock.now - KNOWN_S)
        assert kept.all() == []
    text = (tmp_path / "keys.sqlite").read_bytes() + b"".join(each.digest.encode() for each in first.changes())
    assert b"192.0.2.1" not in text


def test_a_clock_that_is_set_back_makes_nobody_wait_longer() -> None:
    made = Slowing(clock := Clock())
    for _ in range(PAIR.free):
        made.attempt("ana", "192.0.2.1")
    clock.now -= 10_000
    assert made.attempt("ana", "192.0.2.1") == 2


def test_what_is_remembered_is_bounded(monkeypatch: object) -> None:
    made = Slowing(Clock())
    before = slowing.MOST
    try:
        slowing.MOST = 100
        for number in range(300):
            made.attempt(f"name {number}", f"198.51.{number % 200}.{number}")
            made.succeeded(f"name {number}", f"198.51.{number % 200}.{number}")
        assert len(made._failed) <= 100
        assert len(made._known) <= 100
    finally:
        slowing.MOST = before
