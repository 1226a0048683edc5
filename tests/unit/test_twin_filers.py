"""Filers who try: in the test world no ploy with a filing pays, and the policy stays beside the clearance rule.

Days are few, so each test asks for less than `benchmarks/twin_filers` measures; days, draws and policies are the same
on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from aforo.routing.lateness import Filers, Lateness
from aforo.routing.trips import MOST_ALIKE, Alike, alike
from aforo.twin.filers import FRESH, PLOYS, Filed, PloyName, elsewhere, played
from aforo.twin.network import DAY, HOUR, NEVER
from aforo.twin.policy import Policy
from aforo.twin.trucks import ANY
from aforo.twin.trying import Day, Place, played_out
from aforo.twin.trying_policies import Known, as_known, learnt, on_the_list, priced

PLACE, BUSY = Place(trucks=3_000.0, scanners=2), Place(trucks=3_000.0, scanners=1, stream=2)
LEARNING, TESTS = range(100, 110), range(6)


@cache
def honest_days(place: Place, seeds: range) -> tuple[Filed, ...]:
    return tuple(place.day(seed, share=0.5) for seed in seeds)


def with_ploy(seeds: range, ploy: PloyName, how: dict[str, Any]) -> list[Filed]:
    return [played(day, ploy, **how) for day in honest_days(PLACE, seeds)]


def knowing(place: Place, days: Sequence[Filed], seeds: range) -> tuple[Policy, Known]:
    """The priced policy on what these days have taught."""
    first = priced(place, days, None)
    known = learnt(days, [played_out(place, day, first, seed) for day, seed in zip(days, seeds, strict=True)])
    return priced(place, [as_known(day, known) for day in days], known.lateness), known


def found(days: Sequence[Day]) -> float:
    """The share of the harm of those who tried that is found."""
    return float(np.mean(np.concatenate([day.found for day in days])))


def caught(days: Sequence[Day]) -> float:
    return float(np.mean(np.concatenate([day.caught for day in days])))


@cache
def filed_honestly() -> tuple[list[Day], Policy, Known]:
    policy, known = knowing(PLACE, honest_days(PLACE, LEARNING), LEARNING)
    days = honest_days(PLACE, TESTS)
    return [played_out(PLACE, as_known(day, known), policy, n) for n, day in enumerate(days)], policy, known


def outcome(ploy: PloyName, **how: object) -> tuple[list[Day], list[Day]]:
    """(what becomes of the ploy, and of the same trips filed honestly), both with what days of each have taught."""
    policy, known = knowing(PLACE, with_ploy(LEARNING, ploy, how), LEARNING)
    tests = with_ploy(TESTS, ploy, how)
    return [played_out(PLACE, as_known(day, known), policy, n) for n, day in enumerate(tests)], filed_honestly()[0]


@pytest.mark.parametrize(
    ("ploy", "how"),
    [
        ("late", {}),
        ("decoys", {"number": 6}),
        ("decoys", {"number": 6, "fresh": True}),
        ("split", {"number": 3, "looks": 3.0}),
        ("retimed", {"hour": 17}),
    ],
)
def test_the_ploy_does_not_pay(ploy: PloyName, how: dict[str, Any]) -> None:
    tried, honest = outcome(ploy, **how)
    assert found(tried) > found(honest) - 0.03


def test_a_load_in_parts_that_look_like_little_is_caught_more_often_than_in_one() -> None:
    tried, honest = outcome("split", number=4)
    assert caught(tried) > caught(honest) + 0.1


def test_the_ploy_would_pay_if_parts_were_not_known() -> None:
    """The test above can fail: without what is counted, parts slip through."""
    days = with_ploy(LEARNING, "split", {"number": 4})
    policy, known = knowing(PLACE, days, LEARNING)
    blind = replace(known, alike=Alike())
    tests = with_ploy(TESTS, "split", {"number": 4})
    unseen = [played_out(PLACE, as_known(day, blind), policy, n) for n, day in enumerate(tests)]
    seen = [played_out(PLACE, as_known(day, known), policy, n) for n, day in enumerate(tests)]
    assert found(unseen) < found(seen) - 0.05


def test_empty_filings_would_pay_if_the_list_were_believed() -> None:
    """Decoys make the priced policy that believes the list find less than the one that knows who never comes."""
    days = with_ploy(LEARNING, "decoys", {"number": 10, "fresh": True})
    tests = with_ploy(TESTS, "decoys", {"number": 10, "fresh": True})
    _, known = knowing(PLACE, days, LEARNING)
    believing, learned = priced(PLACE, days, None), priced(PLACE, days, known.lateness)
    gamed = found([played_out(PLACE, day, believing, n) for n, day in enumerate(tests)])
    kept = found([played_out(PLACE, on_the_list(day, known.filers), learned, n) for n, day in enumerate(tests)])
    assert gamed < kept - 0.005


def test_who_files_for_another_bridge_is_examined_where_it_comes_if_it_would_have_been() -> None:
    home, other = honest_days(PLACE, TESTS), honest_days(BUSY, TESTS)
    _, policy, _ = filed_honestly()
    at_home = [played_out(PLACE, day, policy, n) for n, day in enumerate(home)]
    there, _ = knowing(BUSY, honest_days(BUSY, LEARNING), LEARNING)
    free, held = [], []
    for n, (day, busy) in enumerate(zip(home, other, strict=True)):
        comes = elsewhere(day, busy)[1]
        free.append(played_out(BUSY, comes, there, n))
        rows = np.flatnonzero(comes.trip >= 0)
        mandatory = comes.trucks.mandatory.copy()
        mandatory[rows] = np.where(at_home[n].scanned[comes.trip[rows]] > 0.0, ANY, -1)
        held.append(played_out(BUSY, replace(comes, trucks=replace(comes.trucks, mandatory=mandatory)), there, n))
    assert found(free) < found(at_home) - 0.05  # it would pay …
    assert found(held) >= found(at_home) - 1e-9  # … if the order did not stand


def test_what_has_been_learnt_costs_nothing_where_all_are_honest() -> None:
    plain = priced(PLACE, honest_days(PLACE, LEARNING), None)
    tests = honest_days(PLACE, TESTS)
    worth = sum(day.worth for day in filed_honestly()[0])
    naive = sum(played_out(PLACE, day, plain, n).worth for n, day in enumerate(tests))
    assert worth > 0.96 * naive


@pytest.mark.parametrize("ploy", PLOYS)
def test_a_ploy_leaves_columns_that_can_be_run_and_all_the_harm(ploy: PloyName) -> None:
    day = honest_days(PLACE, TESTS)[0]
    changed = played(day, ploy)
    changed.trucks.check()
    tries = int((day.trip >= 0).sum())
    assert changed.harm[changed.trip >= 0].sum() == pytest.approx(tries)
    assert set(changed.trip.tolist()) == set(day.trip.tolist())
    kept = ~np.isin(changed.trip, -1) if ploy in ("split", "retimed") else np.ones(len(changed.trip), dtype=np.bool_)
    others = changed.trucks.rows(~kept) if ploy in ("split", "retimed") else changed.trucks
    assert set(day.trucks.number[day.trip < 0].tolist()) <= set(others.number.tolist())


def test_ploys_are_what_they_say() -> None:
    day = honest_days(PLACE, TESTS)[0]
    tries = day.trip >= 0
    late = played(day, "late").trucks
    assert (late.listed[tries] == NEVER).all()
    decoys = played(day, "decoys", number=2, fresh=True)
    added = decoys.filer >= FRESH
    assert added.sum() == 2 * tries.sum()
    assert (decoys.trucks.shows[added] == 0).all()
    assert (decoys.trucks.threat[added] == -1).all()
    moved = played(day, "retimed", hour=9)
    assert (moved.trucks.arrives[moved.trip >= 0] % DAY // HOUR == 9).all()
    parts = played(day, "split", number=4)
    assert (parts.trip >= 0).sum() == 4 * tries.sum()
    with pytest.raises(ValueError, match="one of"):
        played(day, "smuggled")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one decoy"):
        played(day, "decoys", number=0)


def test_a_filer_whose_filings_never_come_is_not_believed_and_is_again_when_they_do() -> None:
    known = Filers()
    assert known.believed(1)
    for _ in range(5):
        known = known.after([1, 1, 1, 2, 2, 2], np.array([False, False, True, True, True, True]))
    assert not known.believed(1)
    assert known.believed(2)
    for _ in range(150):
        known = known.after([1, 1, 1], np.ones(3, dtype=np.bool_))
    assert known.believed(1)


def test_new_filers_are_believed_as_far_as_the_first_filings_of_others_came() -> None:
    known = Filers()
    for day in range(10):
        known = known.after(list(range(100 * day, 100 * day + 20)), np.zeros(20, dtype=np.bool_))
    assert not known.believed(-5)


def test_trips_alike_are_those_before_and_those_filed_of_what_is_tied() -> None:
    tied = np.array([7, 7, 7, 7, 8], dtype=np.int64)
    values = np.array([10.0, 11.0, 30.0, 10.5, 10.0])
    arrives = np.array([0.0, 100.0, 110.0, 400.0, 100.0])
    filed = np.array([-60.0, 40.0, 50.0, 340.0, 40.0])
    assert alike(values, tied, arrives, filed).tolist() == [1, 2, 1, 3, 1]
    assert alike(values, tied, arrives, np.full(5, -60.0)).tolist() == [3, 3, 1, 3, 1]
    many = alike(np.full(9, 5.0), np.zeros(9, np.int64), np.arange(9.0), np.arange(9.0) - 60.0)
    assert many.max() == MOST_ALIKE
    assert alike(np.full(2, np.nan), np.zeros(2, np.int64), np.arange(2.0), np.arange(2.0)).tolist() == [1, 1]


def test_what_is_found_among_trips_alike_raises_their_risk_and_nothing_lowers_it() -> None:
    many = np.full(400, 3, dtype=np.int64)
    expected = np.full(400, 0.1)
    assert Alike().after(many, np.full(400, 0.4), expected).factor()[2] == pytest.approx(3.0, abs=0.01)
    assert (Alike().after(many, np.zeros(400), expected).factor() == 1.0).all()
    with pytest.raises(ValueError, match="counted"):
        Alike().after(np.array([0]), np.zeros(1), np.zeros(1))


def test_the_world_teaches_who_is_late() -> None:
    days = with_ploy(LEARNING, "late", {})
    _, known = knowing(PLACE, days, LEARNING)
    _, _, usual = filed_honestly()
    assert isinstance(known.lateness, Lateness)
    assert known.lateness.late()[20:].mean() > usual.lateness.late()[20:].mean()
