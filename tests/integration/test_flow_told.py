"""What a filer is told of its crossing over time: nothing of the selection before the booth, never less after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from journeys import Post, file, truck
from listening import TELLING
from test_flow_selection import MANDATORY, put_in_force

from aforo.exams.outcomes import read
from aforo.flow import told_publicly
from aforo.flow.announced import Carriers, announced, status_frame
from aforo.flow.at_booth import arrive
from aforo.flow.names import filing_key
from aforo.flow.node import Node
from aforo.flow.override import NoDecisionError, override
from aforo.flow.reports import report
from aforo.flow.standing_answer import answer_now
from aforo.flow.told_publicly import told_of_logged, turns, turns_of
from aforo.routing.policy import default_document, parse

#: So few are chosen that an ordinary truck is released.
RARE = 0.0005
WATCHED = {"seal_id": "WATCHED"}


@pytest.fixture
def node(post: Post) -> Iterator[Node]:
    """A node with a rule that has every truck with a watched seal examined; filers are told on arrival."""
    with post.log() as log:
        put_in_force(log, MANDATORY)
    with post.node(RARE) as made:
        yield made


@pytest.fixture
def telling(post: Post) -> Iterator[Node]:
    """The same, but that filers are told at once."""
    with post.log() as log:
        put_in_force(log, MANDATORY)
    with post.node(RARE, TELLING) as made:
        yield made


def now(node: Node, own: str, crossing: str = "") -> str:
    answer = answer_now(own, f"crossing/{crossing or own}", node.log, node.law)
    assert answer is not None
    assert answer.filings[0].status == answer.status
    return answer.status


def over(node: Node, own: str, crossing: str = "") -> list[str]:
    return [each.public.status for each in turns(node.log.stream(f"crossing/{crossing or own}"), own, node.log)]


def found(node: Node, crossing: str, violation: int) -> None:
    reports, _ = read(f'{{"crossing_id": "{crossing}", "examined": 1, "outcome": {violation}}}'.encode(), "r.ndjson")
    report(reports, node)


def test_the_shipped_policy_tells_nothing_before_arrival_and_so_does_one_that_says_nothing() -> None:
    assert parse(default_document()).answers.tell_before_arrival.choice is False
    silent = default_document().partition(b"[answers]")[0]
    assert parse(silent).answers.tell_before_arrival.choice is False
    assert parse(TELLING).answers.tell_before_arrival.choice is True


def test_the_selection_is_told_at_the_booth_and_not_before(node: Node) -> None:
    file(node, truck("D1", **WATCHED), truck("D2"))
    assert [now(node, own) for own in ("D1", "D2")] == ["accepted", "accepted"]
    officer = override(node.log, "D2", "secondary", "Ana", "A tip.")
    assert officer.now == "secondary"
    assert now(node, "D2") == "accepted"
    for own in ("D1", "D2"):
        assert arrive(own, node, "Ana").repeated is False
        assert arrive(own, node, "Ana").repeated is True
    assert [now(node, own) for own in ("D1", "D2")] == ["to_be_examined", "to_be_examined"]
    answer = answer_now("D1", "crossing/D1", node.log, node.law)
    assert answer is not None
    assert [each.en for each in answer.stated] == ["The seal has to be verified."]
    assert answer.go is not None
    assert answer.go.place == "World Trade"
    with pytest.raises(NoDecisionError):
        arrive("NOBODY", node, "Ana")


def test_an_arrival_may_be_told_by_the_passage_or_by_the_examination(node: Node) -> None:
    file(node, truck("P1", **WATCHED))
    found(node, "P1", 0)
    assert over(node, "P1") == ["accepted", "to_be_examined", "released"]


@pytest.mark.parametrize("told", ["on arrival", "at once"])
def test_no_amendment_of_its_own_turns_an_examination_it_was_told_of_into_a_release(
    request: pytest.FixtureRequest, told: str
) -> None:
    node: Node = request.getfixturevalue("node" if told == "on arrival" else "telling")
    file(node, truck("A1", crossing_id="T", **WATCHED))
    if told == "on arrival":
        arrive("T", node, "Ana")
    assert now(node, "A1", "T") == "to_be_examined"
    (line,) = file(node, truck("A2", crossing_id="T", amends="A1", action="replace"))
    assert line.examination == "joint"  # what was ordered is not lowered by what is filed
    assert (now(node, "A1", "T"), now(node, "A2", "T")) == ("to_be_examined", "to_be_examined")
    file(node, truck("A3", crossing_id="T", amends="A2", action="cancel"))
    file(node, truck("A4", crossing_id="T"))
    assert now(node, "A4", "T") == "to_be_examined"
    # An officer may let it go.
    override(node.log, "T", "secondary", "Ana", "A closer look.")
    override(node.log, "T", "release", "Ana", "Seen, and fine.", "Bea")
    assert now(node, "A4", "T") == "released"


def test_an_amendment_before_the_booth_takes_back_nothing_that_was_ordered(node: Node) -> None:
    file(node, truck("B1", crossing_id="T", **WATCHED))
    file(node, truck("B2", crossing_id="T", amends="B1", action="replace"))
    assert (now(node, "B1", "T"), now(node, "B2", "T")) == ("accepted", "amended")
    arrive("T", node, "Ana")
    assert now(node, "B2", "T") == "to_be_examined"


def test_who_is_held_stays_held_whatever_is_filed_until_the_finding_is_withdrawn(node: Node) -> None:
    file(node, truck("H1", crossing_id="T", **WATCHED))
    found(node, "T", 1)
    file(node, truck("H2", crossing_id="T", amends="H1", action="replace"))
    assert now(node, "H2", "T") == "held"
    assert over(node, "H1", "T") == ["accepted", "to_be_examined", "held"]


def test_a_cancellation_is_told_of_what_it_cancels(telling: Node) -> None:
    file(telling, truck("C1", crossing_id="T"), truck("C2", crossing_id="T"))
    file(telling, truck("C3", crossing_id="T", amends="C1", action="cancel"))
    told = {own: now(telling, own, "T") for own in ("C1", "C2", "C3")}
    assert (told["C1"], told["C3"]) == ("cancelled", "cancelled")
    assert told["C2"] in ("released", "to_be_examined")


def test_an_answer_made_again_is_the_same(node: Node) -> None:
    file(node, truck("S1"))
    first = answer_now("S1", "crossing/S1", node.log, node.law)
    assert first == answer_now("S1", "crossing/S1", node.log, node.law)


def test_of_many_declarations_of_one_crossing_the_events_are_gone_through_once(
    telling: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"M{n}" for n in range(60)]
    file(telling, [truck(own, crossing_id="T") for own in names])
    file(telling, truck("MC", crossing_id="T", amends="M7", action="cancel"))
    events = telling.log.stream("crossing/T")
    one_by_one = {own: turns(events, own, telling.log) for own in names}
    assert turns_of(events, names, telling.log) == one_by_one
    filed = telling.log.find([filing_key(own) for own in names])
    looked: list[object] = []
    before = told_publicly.amendment_of
    monkeypatch.setattr(told_publicly, "amendment_of", lambda each: looked.append(each) or before(each))
    told = told_of_logged({own: filed[filing_key(own)] for own in names}, telling.log)
    assert told == {own: made[-1].public for own, made in one_by_one.items()}
    assert len(looked) == len(names) + 1


def test_a_carrier_hears_of_its_own_that_was_taken_in(telling: Node) -> None:
    own = {"shipment_id": "S-1", "tractor_id": "T-1", "driver_id": "D-1", **WATCHED}
    file(telling, truck("ENTRY", **own))
    file(telling, truck("S-1", crossing_id="TRIP", **own))
    carriers = Carriers(telling.log)
    said = [announced(leaf, stored, carriers) for leaf, stored in enumerate(telling.log.stream("crossing/TRIP"))]
    (decided,) = [each for each in said if each is not None and each.moves is not None]
    heard = status_frame(decided, decided.carriers, telling.log)
    assert heard is not None
    assert b'"declaration_id":"ENTRY"' in heard
