"""The board of a bridge: where each truck stands by the events alone, however often the board is made anew."""

from __future__ import annotations

import msgspec
import pytest
from journeys import Post, file, truck
from priced import COLOMBIA, WORLD_TRADE, book, put_in_force, stand

from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, ExaminationStarted
from aforo.exams.outcomes import Report
from aforo.flow.acceptance import accept
from aforo.flow.at_booth import arrive, at_yard
from aforo.flow.board_reasons import work_out
from aforo.flow.board_shown import BoardRow
from aforo.flow.boards import Boards
from aforo.flow.booth import BoothAct, instruct
from aforo.flow.bridge_reports import Stated, statement
from aforo.flow.edge_expected import Expecting
from aforo.flow.edge_said import Named
from aforo.flow.node import Node
from aforo.flow.override import override
from aforo.flow.reports import report
from aforo.flow.telemetry import record
from aforo.flow.undo import undo


@pytest.fixture
def released(post: Post) -> Post:
    """A bridge that is so full that all are released."""
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    return post


def rows(node: Node, bridge: str = WORLD_TRADE) -> dict[str, BoardRow]:
    """The rows by crossing: kept up, made anew from the log, and taken up where they were saved, they are the same."""
    node.boards.look()
    kept = {each.crossing_id: each for each in node.boards.rows(bridge)}
    anew = Boards(node.log, node.live, node.clock, lambda lane: 30.0 if lane == "fast" else 60.0)
    anew.look()
    assert {each.crossing_id: each for each in anew.rows(bridge)} == {
        name: msgspec.structs.replace(row, reason=None) for name, row in kept.items()
    }
    node.boards.save()
    saved = Boards(node.log, node.live, node.clock, lambda lane: 0.0)
    saved.look()
    assert {each.crossing_id: each for each in saved.rows(bridge)} == {
        each.crossing_id: each for each in anew.rows(bridge)
    }
    return kept


def work(node: Node, payload: Stated) -> None:
    record([statement(WORLD_TRADE, payload, node.clock())], node.log, actor="officer")


def test_a_truck_goes_over_the_bridge(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a", lane="fast", declared_empty=1, trade_programme="ctpat3"))
        row = rows(node)["a"]
        assert (row.state, row.examination, row.attention, row.lane) == ("expected", "release", 0, "fast")
        assert (row.empty, row.programme, row.declarations) == (True, "ctpat3", 1)
        assert row.due_at is not None
        at_yard("a", node, "yard", WORLD_TRADE)
        assert rows(node)["a"].state == "yard"
        arrive("a", node, "booth", WORLD_TRADE)
        assert rows(node)["a"].state == "at_primary"
        order = override(node.log, "a", "scan", "Ana", "A tip.")
        row = rows(node)["a"]
        assert (row.state, row.attention, row.basis, row.was) == ("to_scan", 3, "override", "release")
        accept(node.log, "a", row.decision, "scan", "Bea")
        assert (rows(node)["a"].attention, rows(node)["a"].order is not None) == (1, True)
        work(node, ExaminationStarted("a", "scanner", None, "LRD-1"))
        row = rows(node)["a"]
        assert row.at is not None
        assert row.order is not None
        # It is being served: the order is not taken back any more.
        assert (row.state, row.at.unit, row.order.event_id, row.order.undoable) == (
            "scanning", "LRD-1", order.event_id, False,
        )  # fmt: skip
        report([Report(1, "a", None, True, False, None, None, None, carried_out="scan")], node)
        assert rows(node)["a"].state == "examined"
        released.clock.move(minutes=4)
        node.boards.forget()
        assert rows(node) == {}


def test_an_order_that_is_taken_back_leaves_the_row_as_it_was(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        arrive("a", node, "booth", WORLD_TRADE)
        before = rows(node)["a"]
        order = override(node.log, "a", "secondary", "Ana", "A tip.")
        row = rows(node)["a"]
        assert row.order is not None
        assert (row.state, row.order.was, row.order.undoable) == ("to_dock", "release", True)
        undo(node, "a", order.event_id, "Ana")
        after = rows(node)["a"]
        assert (after.examination, after.order, after.state, after.basis) == (
            before.examination, None, before.state, before.basis,
        )  # fmt: skip


def test_what_was_agreed_is_taken_back_while_nothing_was_done_by_it(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"), truck("b"))
        for own in ("a", "b"):
            accept(node.log, own, rows(node)[own].decision, "release", "Bea")
        made = accept(node.log, "a", rows(node)["a"].decision, "release", "Ana")
        row = rows(node)["a"].accepted
        assert row is not None
        assert (row.by, row.event_id, row.undoable) == ("Ana", made.event_id, True)
        undo(node, "a", made.event_id, "Ana")
        row = rows(node)["a"].accepted
        assert row is not None
        assert (row.by, row.undoable) == ("Bea", True)
        arrive("b", node, "booth", WORLD_TRADE)
        assert rows(node)["b"].accepted is None  # it was decided anew there


def test_an_order_by_which_a_driver_was_told_at_the_booth_is_not_to_be_taken_back(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        expecting = Expecting(node.log, "2304")
        arrive("a", node, "booth", WORLD_TRADE)
        override(node.log, "a", "secondary", "Ana", "A tip.")
        assert undoable(node) is True
        instruct(BoothAct(Named(plate="TR-a")), WORLD_TRADE, expecting, node, "booth")
        assert undoable(node) is False
        accept(node.log, "a", rows(node)["a"].decision, "secondary", "Bea")
        assert undoable(node) is False


def undoable(node: Node) -> bool:
    order = rows(node)["a"].order
    assert order is not None
    return order.undoable


def test_what_was_found_and_what_is_held_stays_until_officers_release_it(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"), truck("b"))
        arrive("a", node, "booth", WORLD_TRADE)
        report([Report(1, "a", None, True, True, "contraband", 1.0, None)], node)
        override(node.log, "b", "hold", "Ana", "Wait.")
        arrive("b", node, "booth", WORLD_TRADE)
        made = rows(node)
        assert [(made[name].state, made[name].hold, made[name].attention) for name in "ab"] == [
            ("found", "found", 4),
            ("held", "ordered", 4),
        ]
        released.clock.move(minutes=30)
        node.boards.forget()
        assert set(rows(node)) == {"a", "b"}
        override(node.log, "a", "release", "Ana", "Seized.", "Bea")
        assert rows(node)["a"].attention == 0


def test_queues_of_resources_are_states(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        seen = []
        for payload in (
            ExaminationQueued("a", "portal"),
            ExaminationStarted("a", "portal"),
            ExaminationEnded("a", "portal"),
            ExaminationQueued("a", "dock"),
            ExaminationStarted("a", "dock", None, "D1"),
            ExaminationEnded("a", "scanner"),  # of another place: it says nothing of this one
        ):
            work(node, payload)
            seen.append(rows(node)["a"].state)
        assert seen == ["to_scan", "scanning", "at_primary", "to_dock", "at_dock", "at_dock"]


def test_a_cancelled_and_a_moved_crossing_leave_and_an_amended_one_stays(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"), truck("b", crossing_id="T1"), truck("c", crossing_id="T1"))
        assert rows(node)["T1"].declarations == 2
        file(node, truck("a2", amends="a", action="replace", gross_mass_kg=11_000.0))
        assert rows(node)["a"].declarations == 1
        file(node, truck("a3", amends="a2", action="cancel"))
        assert set(rows(node)) == {"T1"}


def test_a_truck_that_comes_to_another_bridge_changes_boards(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        node.boards.look()
        node.boards.followed = True
        arrive("a", node, "booth", COLOMBIA)
        node.boards.look()
        told = node.boards.changes()
        assert told[WORLD_TRADE].gone == ["a"]
        assert [row.crossing_id for row in told[COLOMBIA].rows] == ["a"]
        assert rows(node) == {}
        assert set(rows(node, COLOMBIA)) == {"a"}


def test_who_never_comes_is_forgotten(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        assert set(rows(node)) == {"a"}
        released.clock.move(hours=10)
        node.boards.forget()
        node.boards.look()
        assert node.boards.rows(WORLD_TRADE) == []


def test_who_waits_for_a_closed_bridge_to_open_is_not_forgotten_overnight(released: Post) -> None:
    with released.node() as node:
        released.clock.move(hours=15)  # ten in the evening; the bridge is open from seven to midnight
        stand(node, waiting=1e5)
        file(node, truck("a", filed_at="2024-03-20T22:00:00-05:00"))
        assert set(rows(node)) == {"a"}
        for later in (9, 5):  # at the opening, and at noon
            released.clock.move(hours=later)
            node.boards.forget()
            node.boards.look()
            assert [each.crossing_id for each in node.boards.rows(WORLD_TRADE)] == ["a"]
        released.clock.move(hours=2)
        node.boards.forget()
        node.boards.look()
        assert node.boards.rows(WORLD_TRADE) == []


def test_a_board_begins_a_day_back(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("old"))
        released.clock.move(hours=30)
        file(node, truck("new", filed_at="2024-03-21T13:00:00-05:00"))
        anew = Boards(node.log, node.live, node.clock, lambda lane: 60.0)
        anew.look()
        assert [row.crossing_id for row in anew.rows(WORLD_TRADE)] == ["new"]


def test_reasons_are_those_of_the_decision_whatever_officers_ordered(post: Post) -> None:
    with post.node() as node:
        (line,) = file(node, truck("a"))
        override(node.log, "a", "hold", "Ana", "A tip.")
        node.boards.look()
        assert node.boards.unreasoned([WORLD_TRADE], 10) == ["a"]
        work_out(["a", "nothing"], node)
        assert node.boards.unreasoned([WORLD_TRADE], 10) == []
        (row,) = node.boards.rows(WORLD_TRADE)
        assert row.reason == line.reasons
        assert row.probability == pytest.approx(line.probability, abs=1e-4)
