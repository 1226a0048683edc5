"""What ends an order: the examination that was ordered, or two officers; a lesser one, or one withdrawn, does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from journeys import Post, file, truck
from listening import TELLING
from test_flow_selection import MANDATORY, put_in_force

from aforo.exams.challenge import ChallengeRefusedError
from aforo.exams.outcomes import read
from aforo.exams.override import OverrideRefusedError
from aforo.flow.at_booth import arrive
from aforo.flow.challenge import answer, contest
from aforo.flow.node import Node
from aforo.flow.override import override
from aforo.flow.replay import decisions_of, replay
from aforo.flow.reports import Reported, report
from aforo.flow.standing_answer import answer_now

#: So few are chosen that an ordinary truck is released.
RARE = 0.0005
WATCHED = {"seal_id": "WATCHED"}


@pytest.fixture
def node(post: Post) -> Iterator[Node]:
    """A node that tells filers at once, with a rule that has every truck with a watched seal examined jointly."""
    with post.log() as log:
        put_in_force(log, MANDATORY)
    with post.node(RARE, TELLING) as made:
        yield made


def now(node: Node, own: str, crossing: str = "") -> str:
    told = answer_now(own, f"crossing/{crossing or own}", node.log, node.law)
    assert told is not None
    return told.status


def said(node: Node, crossing: str, **row: object) -> Reported:
    reports, problems = read(json.dumps({"crossing_id": crossing, **row}).encode(), "r.ndjson")
    assert problems == []
    return report(reports, node)


def warned(told: Reported) -> list[str]:
    return [each.code for each in told.warnings]


def test_a_lesser_examination_leaves_the_order_and_the_one_that_was_ordered_ends_it(node: Node) -> None:
    file(node, truck("A", crossing_id="T"))
    override(node.log, "T", "secondary", "Ana", "A tip.")
    scanned, opened = (node.clock() - timedelta(minutes=each) for each in (40, 10))
    told = said(node, "T", outcome=0, carried_out="scan", at=scanned.isoformat())
    assert (told.examinations, warned(told)) == (1, ["order_stands"])
    assert "secondary" in told.warnings[0].reason.es
    assert now(node, "A", "T") == "to_be_examined"
    assert said(node, "T", outcome=0, carried_out="scan", at=scanned.isoformat()).repeated == 1
    told = said(node, "T", outcome=0, at=opened.isoformat())
    assert (told.examinations, warned(told)) == (1, [])
    assert now(node, "A", "T") == "released"


def test_what_a_lesser_one_finds_holds_the_truck_and_which_it_was_can_be_corrected(node: Node) -> None:
    file(node, truck("A", **WATCHED))
    said(node, "A", outcome=1, threat="theft", carried_out="scan")
    assert now(node, "A") == "held"
    said(node, "A", outcome=0, carried_out="scan")
    assert now(node, "A") == "to_be_examined"
    (line,) = file(node, truck("A2", crossing_id="A", amends="A", action="replace"))
    assert line.examination == "joint"
    told = said(node, "A", outcome=0, carried_out="secondary")
    assert (told.corrections, warned(told)) == (1, [])
    assert now(node, "A2", "A") == "to_be_examined", "it was made before the decision that stands"


@pytest.mark.parametrize("row", [{"outcome": 0}, {"examined": 1}, {"outcome": 0, "carried_out": "secondary"}])
def test_a_hold_is_ended_by_no_outcome_but_by_two_officers(node: Node, row: dict[str, object]) -> None:
    file(node, truck("A"))
    override(node.log, "A", "hold", "Ana", "A tip.")
    assert warned(said(node, "A", **row)) == ["hold_stands"]
    assert now(node, "A") == "to_be_examined"
    (line,) = file(node, truck("A2", crossing_id="A", amends="A", action="replace"))
    assert line.examination == "hold"
    with pytest.raises(OverrideRefusedError, match="override_needs_second"):
        override(node.log, "A", "release", "Ana", "Nothing was found.")
    override(node.log, "A", "release", "Ana", "Nothing was found.", "Bea")
    assert now(node, "A2", "A") == "released"


def test_what_was_found_on_a_hold_holds_until_two_officers_release(node: Node) -> None:
    file(node, truck("A"))
    override(node.log, "A", "hold", "Ana", "A tip.")
    said(node, "A", outcome=1, threat="contraband")
    assert now(node, "A") == "held"
    for less in ("scan", "scan_then_decide", "joint", "secondary"):
        with pytest.raises(OverrideRefusedError, match="override_found"):
            override(node.log, "A", less, "Ana", "A closer look.", "Bea")
    assert now(node, "A") == "held"
    override(node.log, "A", "release", "Ana", "Seized; the truck may go.", "Bea")
    assert now(node, "A") == "released"


def test_another_examination_that_finds_nothing_takes_no_finding_back(node: Node) -> None:
    file(node, truck("A", crossing_id="T", **WATCHED))
    scanned, opened = (node.clock() - timedelta(minutes=each) for each in (50, 5))
    said(node, "T", outcome=1, threat="contraband", severity=3, carried_out="scan", at=scanned.isoformat())
    said(node, "T", outcome=0, carried_out="joint", at=opened.isoformat())
    assert now(node, "A", "T") == "held"
    # A word on the very examination that found it takes it back.
    said(node, "T", outcome=0, carried_out="scan", at=scanned.isoformat())
    assert now(node, "A", "T") == "released"


def test_the_booth_is_told_to_hold_in_what_something_was_found(node: Node) -> None:
    file(node, truck("A", crossing_id="T"))
    said(node, "T", outcome=1, threat="contraband", severity=3)
    assert [arrive("T", node, "Luz").instruction for _ in range(2)] == ["hold", "hold"]
    override(node.log, "T", "release", "Ana", "It was its own spare wheel.", "Bea")
    assert arrive("T", node, "Luz").instruction == "release"


def test_a_correction_of_what_was_made_before_a_decision_carries_out_nothing_of_it(node: Node) -> None:
    file(node, truck("A", crossing_id="T", **WATCHED))
    said(node, "T", outcome=0)
    assert now(node, "A", "T") == "released"
    file(node, truck("A2", crossing_id="T", amends="A", action="replace", **WATCHED))
    assert now(node, "A2", "T") == "to_be_examined"
    assert said(node, "T", outcome=0, severity=1).corrections == 1
    assert now(node, "A2", "T") == "to_be_examined"


def test_a_truck_without_an_order_is_examined_and_nothing_is_left(node: Node) -> None:
    file(node, truck("A"))
    for row, status in (
        ({"outcome": 0, "carried_out": "scan"}, "released"),
        ({"outcome": 1, "threat": "theft"}, "held"),
    ):
        assert warned(said(node, "A", **row)) == []
        assert now(node, "A") == status


def test_what_is_withdrawn_carried_out_nothing(node: Node) -> None:
    file(node, truck("A", crossing_id="T", **WATCHED))
    said(node, "T", outcome=1, threat="contraband")
    made = contest(node.log, "T", "carrier", "Nothing was in it.", actor="ACME")
    for same in ("ACME", " acme"):
        with pytest.raises(ChallengeRefusedError, match="challenge_own"):
            answer(node.log, made.challenge, "upheld", same, "So it is.")
    assert answer(node.log, made.challenge, "upheld", "Ana", "Another trailer.").withdrawn
    assert now(node, "A", "T") == "to_be_examined"
    # Nor does an amendment escape it, and the decision replays.
    (line,) = file(node, truck("A2", crossing_id="T", amends="A", action="replace"))
    assert line.examination == "joint"
    made_again = [each for group in decisions_of(node.log) for each in replay(group, node.log, node.force.code)]
    assert [each.differences for each in made_again] == [(), ()]
    with pytest.raises(OverrideRefusedError, match="override_needs_second"):
        override(node.log, "T", "release", "Ana", "It was right.")
    override(node.log, "T", "release", "Ana", "It was right.", "Bea")
    assert now(node, "A2", "T") == "released"
