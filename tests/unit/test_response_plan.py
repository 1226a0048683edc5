"""The plan of responses: who has one from its start, what starts one, and what such a document may not say."""

from __future__ import annotations

import pytest

from aforo.custody.document import RoadError
from aforo.custody.response_plan import read, shipped

TEXT = shipped().decode()
FIRST, LAST = TEXT.index("[[theft.start]]"), TEXT.index("[[theft.step]]")


def test_a_plan_that_does_not_say_what_starts_one_has_what_the_shipped_one_says() -> None:
    plan, silent = read(shipped()), read((TEXT[:FIRST] + TEXT[LAST:]).encode())
    on = [each.on for each in plan.theft.starts]
    assert on == ["custody_broken", "trip_astray", "silent_alone", "jammed_alone"]
    assert [each.on for each in silent.theft.starts] == on
    assert plan.source_of(plan.theft.starts[2]) is not None


def test_the_shipped_plan_names_a_desk_for_either_kind() -> None:
    plan = read(shipped())
    assert plan.of("theft").owner
    assert plan.of("people").owner


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('on = "trip_astray"', 'on = "road_jammed"', "road_not_valid"),
        (
            "[[people.step]]",
            '[[people.start]]\non = "trip_astray"\nsource = "assumed"\n[[people.step]]',
            "road_not_valid",
        ),
        ('source = "jammers"\nnote', 'source = "nobody"\nnote', "road_source_unknown"),
        ('owner = "Duty desk · Mesa de guardia"', 'owner = " "', "response_owner"),
        ('owner = "Duty desk · Mesa de guardia"', 'owner = "a\\nb"', "response_owner"),
        ('owner = "Duty desk · Mesa de guardia"', 'owner = ""', "road_not_valid"),
    ],
)
def test_what_a_plan_may_not_say_is_refused_by_its_place(old: str, new: str, code: str) -> None:
    with pytest.raises(RoadError) as refused:
        read(TEXT.replace(old, new, 1).encode())
    assert refused.value.code == code
