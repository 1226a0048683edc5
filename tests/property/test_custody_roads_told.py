"""Of what is said of roads a verdict needs the statements that tell of a silence of the trip's seals, and no others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from bundled import STREAM, Record
from hypothesis import given, settings
from hypothesis import strategies as st
from sealed import CUSTOMS, MINUTE, START, YARD
from test_custody_verifiers import records

from aforo.custody.case import Case
from aforo.custody.recorded import Recorded, case_of
from aforo.custody.states import courses, silences
from aforo.domain.trip import Covered, Place


def case_in(record: Record, known_by: int) -> Case:
    """The case of the trip in a log."""
    own: dict[str, list[Recorded]] = defaultdict(list)
    for each in record.events:
        own[each.stream].append((each.event, each.payload))
    devices = {name.removeprefix("device/"): said for name, said in own.items() if name.startswith("device/")}
    return case_of(own[STREAM], devices, own["road/85"], known_by)


@st.composite
def statements(draw: st.DrawFn) -> tuple[int, Covered]:
    """A statement of coverage, somewhere and at some time, and when it was recorded."""
    since = START + draw(st.integers(-60, 300)) * MINUTE
    place = draw(st.sampled_from([YARD, CUSTOMS, Place("all", 262_000_000, -1_000_000_000, 9_000_000)]))
    until = since + draw(st.integers(0, 300)) * MINUTE
    said = Covered(since, until, draw(st.integers(0, 3)), draw(st.sampled_from([0, 5, 16])), place, draw(st.booleans()))
    return START + draw(st.integers(-60, 1500)) * MINUTE, said


@given(records(), st.lists(statements(), max_size=12))
@settings(max_examples=150, deadline=None)
def test_without_the_others_the_same_follows(drawn: tuple[Record, int], said: list[tuple[int, Covered]]) -> None:
    record, known_by = drawn
    case = case_in(record, known_by)
    whole = replace(case, covered=(*case.covered, *said))
    quiets = silences(case, known_by)
    needed = tuple(each for each in whole.covered if any(quiet.is_told_of(each[1]) for quiet in quiets))
    assert courses(replace(case, covered=needed), known_by) == courses(whole, known_by)
    assert all(quiet.last <= quiet.since < quiet.until for quiet in quiets)
