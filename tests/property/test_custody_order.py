"""However a trip's messages are ordered and repeated, what is found of it in the end is the same.

When each came is a fact of its own, which the log has: what is dated ahead of when it came is taken for of then.
"""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sealed import MINUTE, SEALING, START, S, arriving, case, drive, in_blocks, opened

from aforo.custody.case import Block
from aforo.custody.fact import STATE_OF
from aforo.custody.states import facts_of, spans
from aforo.custody.verdict import verdict
from aforo.domain.reading import Readings

NOW = START + 24 * 60 * MINUTE
Part = tuple[Block, Readings]


@st.composite
def trips(draw: st.DrawFn, *, again: bool = False) -> list[Part]:
    """Blocks of one seal as it sends them, with openings, gaps, clock faults and a clone in some of them; with `again`
    a gateway brings the same readings in blocks of its own, in some."""
    readings = drive(draw(st.integers(4, 40)), every=draw(st.sampled_from([30 * S, 2 * MINUTE, 9 * MINUTE])))
    if draw(st.booleans()):
        first = draw(st.integers(0, len(readings) - 1))
        readings = opened(readings, first, first + 2, draw(st.sampled_from(["door", "unlock", "tamper", "drop"])))
    gone = draw(st.sets(st.integers(0, len(readings) - 1), max_size=len(readings) - 2))
    readings = np.delete(readings, sorted(gone))
    if draw(st.booleans()):
        readings["at"][draw(st.integers(0, len(readings) - 1))] += draw(st.integers(-30, 30)) * MINUTE
    grade = draw(st.sampled_from(["device", "gateway", "unsigned"]))
    parts = in_blocks(readings, draw(st.integers(1, 6)), grade=grade)
    if draw(st.booleans()):
        parts += in_blocks(drive(2, battery=7), 2, grade=grade)
    if again and draw(st.booleans()):
        brought = in_blocks(readings, draw(st.integers(1, 6)), grade="gateway", boot=2)
        parts += [(msgspec.structs.replace(block, signer="gateway-1"), own) for block, own in brought]
    return parts


def is_ahead(part: Part) -> bool:
    """Whether a block has a reading that claims a time which had not come."""
    return bool((part[1]["at"] > part[0].arrived + SEALING.tolerance).any())


def states(parts: list[Part]) -> list[tuple[str, int, int]]:
    return [(each.state, each.since, each.until) for each in spans(case(parts), NOW)]


@given(trips(again=True), st.data())
@settings(max_examples=200, deadline=None)
def test_any_order_and_repetition_ends_in_the_same_verdict(parts: list[Part], data: st.DataObject) -> None:
    """Every message comes, within hours of when it is dated, before or after, and as often as it likes: by when each
    came first all is the same, in whatever order they are."""
    delays = st.integers(-2 * 60, 20 * 60)
    first = [arriving(part, part[0].last + data.draw(delays) * MINUTE) for part in parts]
    again = data.draw(st.permutations([*first, *data.draw(st.lists(st.sampled_from(first), max_size=5))]))
    asked = case(first), case(again)
    one, other = ([(each.state, each.since, each.until, each.grade) for each in spans(trip, NOW)] for trip in asked)
    assert one == other
    assert facts_of(asked[0], SEALING, NOW) == facts_of(asked[1], SEALING, NOW)
    assert {each[0].hash for each in first} == {each[0].hash for each in again}


@given(trips(), st.data())
@settings(max_examples=200, deadline=None)
def test_when_messages_came_changes_no_state_but_of_what_was_dated_ahead(
    parts: list[Part], data: st.DataObject
) -> None:
    """What late data leaves is the fact that it was late: the states are those of a road on which nothing was. What
    claims a time that had not come is of when it came; all else may come whenever it likes."""
    prompt = [arriving(part, part[0].last + data.draw(st.integers(-60, 2)) * MINUTE) for part in parts]
    delays = st.integers(0, 600)
    delayed = [
        part if is_ahead(part) else arriving(part, part[0].arrived + data.draw(delays) * MINUTE) for part in prompt
    ]
    assert states(prompt) == states(delayed)


def test_a_clock_that_is_fast_shows_in_what_comes_at_once_alone() -> None:
    """The exception, as the reference says it: nobody can tell half an hour fast from half an hour on the way."""
    *before, last = in_blocks(drive(30))
    fast, on_the_way = (arriving(last, last[0].last + minutes * MINUTE) for minutes in (-30, 30))
    assert "suspect" in {each[0] for each in states([*before, fast])}
    assert "suspect" not in {each[0] for each in states([*before, on_the_way])}


def test_of_blocks_that_have_one_reading_that_counts_which_came_first() -> None:
    """The other exception: that a clock goes back shows in one block, and a reading is of the first that brought it."""
    readings = drive(6)
    readings["at"][3] -= 5 * MINUTE
    [whole], [one] = in_blocks(readings, grade="gateway", size=6), in_blocks(readings[3:4], grade="gateway", boot=2)
    one = msgspec.structs.replace(one[0], signer="gateway-1"), one[1]
    first, second = START + 20 * MINUTE, START + 30 * MINUTE
    assert "suspect" in {each[0] for each in states([arriving(whole, first), arriving(one, second)])}
    assert "suspect" not in {each[0] for each in states([arriving(whole, second), arriving(one, first)])}


@given(trips(), st.integers(-30, 600))
@settings(max_examples=100, deadline=None)
def test_spans_cover_the_sealing_and_agree_with_the_verdict(parts: list[Part], minutes: int) -> None:
    trip, at = case(parts), START + minutes * MINUTE
    found = spans(trip, NOW)
    assert found[0].since == SEALING.since
    assert found[-1].until == SEALING.until
    assert all(one.until == other.since for one, other in pairwise(found))
    said = verdict(trip, at, NOW)
    here = [each.state for each in found if each.since <= at < each.until]
    assert said.state == (here[0] if here else "unsealed")
    assert all(STATE_OF[each.code] == said.state for each in said.facts)
