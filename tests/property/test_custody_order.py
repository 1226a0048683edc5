"""However a trip's messages are ordered and repeated, what is found of it in the end is the same."""

from __future__ import annotations

from itertools import pairwise

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


@st.composite
def trips(draw: st.DrawFn) -> list[tuple[Block, Readings]]:
    """Blocks of one seal as it sends them, with openings, gaps, clock faults and a clone in some of them."""
    readings = drive(draw(st.integers(4, 40)), every=draw(st.sampled_from([30 * S, 2 * MINUTE, 9 * MINUTE])))
    if draw(st.booleans()):
        first = draw(st.integers(0, len(readings) - 1))
        readings = opened(readings, first, first + 2, draw(st.sampled_from(["door", "unlock", "tamper", "drop"])))
    gone = draw(st.sets(st.integers(0, len(readings) - 1), max_size=len(readings) - 2))
    readings = np.delete(readings, sorted(gone))
    if draw(st.booleans()):
        readings["at"][-1] += draw(st.integers(-30, 30)) * MINUTE
    grade = draw(st.sampled_from(["device", "gateway", "unsigned"]))
    parts = in_blocks(readings, draw(st.integers(1, 6)), grade=grade)
    if draw(st.booleans()):
        parts += in_blocks(drive(2, battery=7), 2, grade=grade)
    return parts


@given(trips(), st.data())
@settings(max_examples=150, deadline=None)
def test_any_order_and_repetition_ends_in_the_same_verdict(
    parts: list[tuple[Block, Readings]], data: st.DataObject
) -> None:
    """Every message comes, at any time within a day and as often as it likes; asked afterwards, all is the same."""
    delays = st.integers(0, 20 * 60)
    first = [arriving(part, part[0].last + 2 * MINUTE + data.draw(delays) * MINUTE) for part in parts]
    again = data.draw(st.permutations([*first, *data.draw(st.lists(st.sampled_from(first), max_size=5))]))
    asked = case(first), case(again)
    one, other = ([(each.state, each.since, each.until, each.grade) for each in spans(trip, NOW)] for trip in asked)
    assert one == other
    assert facts_of(asked[0], SEALING, NOW) == facts_of(asked[1], SEALING, NOW)
    assert {each[0].hash for each in first} == {each[0].hash for each in again}


@given(trips(), st.data())
@settings(max_examples=100, deadline=None)
def test_when_messages_came_changes_no_state_once_all_are_here(
    parts: list[tuple[Block, Readings]], data: st.DataObject
) -> None:
    """What late data leaves is the fact that it was late: the states are those of a road on which nothing was."""
    prompt = case([arriving(part, part[0].last + 2 * MINUTE) for part in parts])
    delayed = case(
        [arriving(part, part[0].last + 2 * MINUTE + data.draw(st.integers(0, 600)) * MINUTE) for part in parts]
    )
    assert [(each.state, each.since, each.until) for each in spans(prompt, NOW)] == [
        (each.state, each.since, each.until) for each in spans(delayed, NOW)
    ]


@given(trips(), st.integers(-30, 600))
@settings(max_examples=100, deadline=None)
def test_spans_cover_the_sealing_and_agree_with_the_verdict(parts: list[tuple[Block, Readings]], minutes: int) -> None:
    trip, at = case(parts), START + minutes * MINUTE
    found = spans(trip, NOW)
    assert found[0].since == SEALING.since
    assert found[-1].until == SEALING.until
    assert all(one.until == other.since for one, other in pairwise(found))
    said = verdict(trip, at, NOW)
    here = [each.state for each in found if each.since <= at < each.until]
    assert said.state == (here[0] if here else "unsealed")
    assert all(STATE_OF[each.code] == said.state for each in said.facts)
