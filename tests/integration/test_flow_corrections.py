"""Another word on an examination that is known already: one examination, corrected, and nothing of it lost."""

from __future__ import annotations

from datetime import timedelta, timezone

from journeys import Learnt, Post, file, payloads, truck
from test_flow_outcomes import THEN, counts, drop_state, found, remembered, replayed_equal

from aforo.bootstrap import save_state
from aforo.domain.event import Examined
from aforo.exams.outcomes import Report
from aforo.flow.override import override
from aforo.flow.reports import report


def test_an_examination_is_known_by_its_instant_however_that_is_written(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        post.clock.move(hours=12)
        there = THEN.astimezone(timezone(timedelta(hours=-6)))
        assert counts(report([found("a", at=there)], node)) == (1, 0, 0, [])
        position, memory = node.log.position(), node.memory.dump()
        for again in (there, THEN, None):
            assert counts(report([found("a", at=again)], node)) == (0, 1, 0, [])
        assert (node.log.position(), node.memory.dump()) == (position, memory)
        other = THEN + timedelta(hours=2)
        assert counts(report([found("a", at=other)], node)) == (1, 0, 0, [])
        assert node.memory.findings == 1200 + 2
        assert counts(report([found("a", at=other), found("a", at=there), found("a")], node)) == (0, 3, 0, [])
        # Of two examinations, a contradiction has to say which it is about.
        assert counts(report([found("a", False)], node)) == (0, 0, 0, ["which_examination"])


def test_an_examination_that_gets_its_instant_later_stays_one(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        post.clock.move(hours=12)
        assert counts(report([found("a")], node)) == (1, 0, 0, [])
        assert counts(report([found("a", at=THEN)], node)) == (0, 0, 1, [])
        assert not node.outdated  # what the memory learns is the same
        for again in (THEN, None):
            assert counts(report([found("a", at=again)], node)) == (0, 1, 0, [])
        assert counts(report([found("a", at=THEN + timedelta(hours=1))], node)) == (1, 0, 0, [])


def test_a_correction_takes_the_place_of_the_finding_at_the_next_opening(post: Post, learnt: Learnt) -> None:
    """Two posts: on one the last word is said at once, on the other after a wrong one and further traffic."""
    right = Post(learnt, post.folder / "right")
    memories = []
    for each, words in ((right, [True]), (post, [False, None, True])):
        with each.node() as node:
            file(node, truck("a"), truck("b"))
            report([found("a", words[0], "people" if words[0] else None)], node)
            assert not node.outdated
            save_state(node)
        with each.node() as node:
            report([found("b", False)], node)
            for word in words[1:]:
                told = report([found("a", word, "people" if word else None)], node)
                assert counts(told) == (0, 0, 1, [])
                assert node.outdated
            file(node, truck("c", importer_id="IM-2"))
            report([found("c", False)], node)
            save_state(node)
        with each.node() as node:
            assert not node.outdated
            assert counts(report([found("a", True, "people")], node)) == (0, 1, 0, [])
            memories.append(node.memory.dump())
            assert node.memory.findings == 1200 + 3
            live = remembered(node)
            drop_state(node)
        with each.node() as node:
            assert remembered(node) == live
    assert memories[0] == memories[1]
    with post.node() as node:
        marked = [each for each in payloads(node.log.read(types=[Examined.TYPE]), Examined) if each.corrects]
        assert len(marked) == 2
        assert replayed_equal(node)


def test_a_correction_that_another_process_meets_while_it_catches_up_is_not_lost(post: Post) -> None:
    with post.node() as first:
        file(first, truck("a"))
        report([found("a", False)], first)
        with post.node() as second:  # has taken the wrong word in, and keeps it
            save_state(second)
        report([found("a", True, "people")], first)
        save_state(first)
    with post.node() as node:
        live = remembered(node)
        drop_state(node)
    with post.node() as node:
        assert remembered(node) == live


def test_a_correction_of_severity_alone_is_recorded_and_changes_no_memory(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        report([Report(1, "a", None, True, True, "theft", 1.0, None)], node)
        memory = node.memory.dump()
        told = report([Report(1, "a", None, True, True, "theft", 2.0, None)], node)
        assert (counts(told), node.outdated, node.memory.dump()) == ((0, 0, 1, []), False, memory)


def test_after_a_correction_an_officer_may_still_order(post: Post) -> None:
    """A correction is no examination: after an amendment that was decided again, an override stays possible."""
    with post.node() as node:
        file(node, truck("a"))
        report([found("a", False)], node)
        file(node, truck("a2", amends="a", action="replace"))
        report([found("a2", True, "theft")], node)
        assert override(node.log, "a2", "hold", "Ana", "A tip.").now == "hold"


def test_a_row_on_one_declaration_of_several_takes_no_finding_back(post: Post) -> None:
    with post.node() as node:
        file(node, [truck("a", crossing_id="X"), truck("b", crossing_id="X")])
        told = report([found("a", True, "people"), found("b", False), found("a", True, "people")], node)
        assert counts(told) == (1, 1, 0, ["one_of_several"])
        assert counts(report([Report(1, None, "X", True, False, None, None, None)], node)) == (0, 0, 1, [])
        assert counts(report([found("b", True, "theft")], node)) == (0, 0, 1, [])
