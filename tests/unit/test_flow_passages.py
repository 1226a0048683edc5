"""Passages are counted as a plain table counts them, for every day that a lot can ask; others are forgotten."""

from __future__ import annotations

import time
import tracemalloc
from collections import Counter
from datetime import date, timedelta
from random import Random

import msgspec
import pytest

from aforo.domain.event import LotteryRevealed, Passed
from aforo.flow.passages import MOST_DAYS, PackedDay, Passages
from aforo.flow.projection import NodeState
from aforo.log.stored import StoredEvent, encode
from aforo.risk.memory import Memory
from aforo.routing.rate import RatePrice

FIRST = date(2026, 1, 1)
#: The oldest day that a filing can be of: it is of a year before it comes, at most (`intake.window`).
WINDOW = 367


def passed(tractor: int, place: str, day: date) -> Passed:
    return Passed(tractor, place, day.isoformat())


def again(passages: Passages) -> Passages:
    """As a process that starts has them, from what was saved."""
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(passages.dump()), type=list[PackedDay])
    return Passages.load(saved)


def test_passages_are_counted_as_a_plain_table_counts_them() -> None:
    draw, made, plain = Random(7), Passages(), Counter[tuple[int, str, date]]()
    for turn in range(4_000):
        today = FIRST + timedelta(days=turn // 8)
        day = today - timedelta(days=draw.choice((0, 0, 0, 0, 1, 2, 30, 365)))
        key = draw.choice((3, 2**63 + 5, draw.getrandbits(64))), draw.choice(("2304", "2305", "", "World Trade")), day
        made.add(passed(*key), ())
        plain[key] += 1
        if turn % 997 == 0:
            made = again(made)
        if turn % 100 == 0:
            for (tractor, place, own), count in plain.items():
                if own >= today - timedelta(days=WINDOW):
                    assert made.count(tractor, place, own) == count
    assert made.counts() == sorted((*key, count) for key, count in plain.items())
    assert made.count(1, "2304", FIRST) == made.count(3, "nowhere", FIRST) == 0
    assert len(made) == len(plain)


def test_a_day_that_a_filing_can_be_of_is_held_however_others_are_recorded() -> None:
    """Years of trucks of which each is filed as of any day of the window: the most days that anybody can have held."""
    draw, made = Random(11), Passages()
    held: dict[date, int] = {}
    for turn in range(5 * 366):
        today = FIRST + timedelta(days=turn)
        for day in (today, today - timedelta(days=draw.randrange(WINDOW)), today - timedelta(days=WINDOW - 1)):
            made.add(passed(1, "2304", day), ())
            held[day] = held.get(day, 0) + 1
        for ago in range(WINDOW):
            day = today - timedelta(days=ago)
            assert made.count(1, "2304", day) == held.get(day, 0), (today, ago)
    assert len(made.days) <= MOST_DAYS


def test_no_day_is_held_whose_key_is_published() -> None:
    made = Passages()
    made.add(passed(1, "2304", FIRST), ())
    made.forget(FIRST)
    made.add(passed(1, "2304", FIRST), {FIRST})
    assert (len(made), list(made.days)) == (0, [])
    state = NodeState("set", Memory(), RatePrice(1, 1, 1), 0, lambda stream: [])
    state.apply([stored(1, passed(1, "2304", FIRST)), stored(2, passed(2, "2304", FIRST + timedelta(days=1)))])
    assert state.passages.count(1, "2304", FIRST) == 1
    state.apply([stored(3, LotteryRevealed(FIRST, "00")), stored(4, passed(1, "2304", FIRST))])
    assert list(state.passages.days) == [FIRST + timedelta(days=1)]


def stored(position: int, payload: Passed | LotteryRevealed) -> StoredEvent:
    from datetime import UTC, datetime

    from aforo.domain.event import new_event

    at = datetime(2026, 1, 1, tzinfo=UTC)
    event = new_event(f"e{position}", payload, "crossing/A", position, occurred_at=at, recorded_at=at, actor="a")
    return StoredEvent(position, b"", encode(event))


def test_a_state_that_was_saved_before_days_were_packed_is_read() -> None:
    """The bytes of such a state: memory, price, passages, days, revealed days, and whether it is outdated."""
    memory = Memory()
    revealed = FIRST - timedelta(days=1)
    rows = [(5, "2304", FIRST, 2), (2**64 - 1, "2305", FIRST, 1), (5, "2304", revealed, 3)]
    saved = msgspec.msgpack.encode([memory.dump(), 1, rows, [FIRST], [revealed], False])
    state = NodeState("set", memory, RatePrice(1, 1, 1), 0, lambda stream: [])
    state.load(saved)
    assert state.passages.counts() == [(5, "2304", FIRST, 2), (2**64 - 1, "2305", FIRST, 1)]
    other = NodeState("set", memory, RatePrice(1, 1, 1), 0, lambda stream: [])
    other.load(state.dump())
    assert other.passages.counts() == state.passages.counts()


def test_a_truck_costs_few_bytes_and_the_state_is_saved_at_once() -> None:
    draw = Random(3)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    made = Passages()
    for turn in range(200_000):
        made.add(passed(draw.getrandbits(64), "2304", FIRST + timedelta(days=turn // 2_000)), ())
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    begun = time.perf_counter()
    state = msgspec.msgpack.encode(made.dump())
    assert time.perf_counter() - begun < 1.0
    # Twelve bytes a truck of each packed day, and the open ones.
    assert held < 200_000 * 24
    assert len(state) < 200_000 * 16


@pytest.mark.parametrize("turns", [3_000])
def test_what_is_held_is_bounded_by_days_and_not_by_time(turns: int) -> None:
    made = Passages()
    for turn in range(turns):
        made.add(passed(turn, "2304", FIRST + timedelta(days=turn)), ())
    assert (len(made.days), len(made)) == (MOST_DAYS, MOST_DAYS)
