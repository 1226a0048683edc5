"""An order is taken back by who gave it, before anything was done by it; what stood before stands again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from cut_off import Cut
from journeys import Post, decisions, file, payloads, truck
from priced import WORLD_TRADE, book, different, put_in_force, stand
from test_flow_ordered_queue import queued

from aforo.domain.booth import BoothInstructed
from aforo.domain.bridge import ExaminationQueued, ExaminationStarted
from aforo.domain.decision import Examination
from aforo.domain.event import Examined, OrderAccepted, OrderUndone, Overridden, new_event
from aforo.exams.outcomes import Report
from aforo.exams.override import OverrideRefusedError
from aforo.flow.acceptance import accept
from aforo.flow.agreed import agreed
from aforo.flow.alert_causes import found
from aforo.flow.alert_rules import in_force
from aforo.flow.at_booth import arrive
from aforo.flow.booth import BoothAct, instruct
from aforo.flow.bridge_reports import statement
from aforo.flow.dossiers import MOST_BESIDE
from aforo.flow.edge_expected import Expecting
from aforo.flow.edge_open import OpenOrders
from aforo.flow.edge_orders import ordered_by, standing_order
from aforo.flow.edge_said import Named
from aforo.flow.held import hold_of
from aforo.flow.node import Node
from aforo.flow.order import but_undone, floor_of, order_of, whereabouts
from aforo.flow.override import Ordered, override
from aforo.flow.reports import report
from aforo.flow.shown import show
from aforo.flow.telemetry import record
from aforo.flow.timeline import timeline
from aforo.flow.told_publicly import turns
from aforo.flow.undo import Beside, beside_of, undo
from aforo.log import places
from aforo.log.ids import event_ids
from aforo.log.store import Log
from aforo.log.stored import StoredEvent


@pytest.fixture
def released(post: Post) -> Post:
    """A bridge that is so full that all are released."""
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    return post


def stream(node: Node, crossing: str = "a") -> list[StoredEvent]:
    return node.log.stream(f"crossing/{crossing}")


def refused(node: Node, order: str, officer: str = "Ana", crossing: str = "a") -> str:
    with pytest.raises(OverrideRefusedError) as error:
        undo(node, crossing, order, officer)
    return error.value.code


def two_ordered(node: Node, examination: Examination) -> tuple[Ordered, Ordered]:
    """What is ordered of two released trucks, a and b, that stand at the booth."""
    stand(node, waiting=1e5)
    file(node, truck("a"), truck("b"))
    for own in ("a", "b"):
        arrive(own, node, "booth", WORLD_TRADE)
    first, second = (override(node.log, own, examination, "Ana", "A tip.") for own in ("a", "b"))
    return first, second


def decided(node: Node) -> str:
    return [each.event.event_id for each in stream(node) if each.event.type == "crossing.decided"][-1]


def without(events: Sequence[StoredEvent]) -> tuple[object, ...]:
    """All that readers make of a crossing's orders."""
    return standing_order(events), ordered_by(events), floor_of(events), whereabouts(events), order_of(events)


def test_a_raise_is_taken_back_and_leaves_nothing_but_its_history(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        arrive("a", node, "booth", WORLD_TRADE)
        before = without(stream(node))
        order = override(node.log, "a", "secondary", "Ana", "A tip.")
        assert [place for place, _ in queued(node).values()] == ["dock"]
        made = undo(node, "a", order.event_id, " ana")
        assert (made.was, made.now) == ("secondary", "release")
        assert queued(node) == {}
        assert without(stream(node)) == before
        told = show("a", node, persons=False)
        assert told is not None
        assert [each.type for each in told.history][-2:] == [Overridden.TYPE, OrderUndone.TYPE]
        assert (told.selection[0].examination, told.selection[0].basis) == ("release", None)
        # It can neither be taken back twice, nor stand in the way of another order.
        assert refused(node, order.event_id) == "undo_again"
        assert override(node.log, "a", "scan", "Bea", "Another tip.").was == "release"
        assert different(node.log) == []


def test_the_label_of_what_is_found_later_is_not_marked_by_an_order_that_was_taken_back(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book())
    with post.node() as node:
        stand(node)
        (line,) = file(node, truck("a"))
        assert (line.examination, line.basis) != ("release", None)
        order = override(node.log, "a", "release", "Ana", "A mistake.", "Bea")
        undo(node, "a", order.event_id, "Ana")
        report([Report(1, "a", None, True, False, None, None, None)], node)
        (examined,) = payloads(stream(node), Examined)
        assert not examined.outcome.by_override


def test_a_lowering_is_taken_back_by_one_and_what_stood_stands_with_its_alert(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        override(node.log, "a", "joint", "Bea", "A tip.")
        before = without(stream(node))
        order = override(node.log, "a", "release", "Ana", "A mistake.", "Bea")
        made = undo(node, "a", order.event_id, "Ana")
        assert (made.was, made.now) == ("release", "joint")
        assert without(stream(node)) == before
        said = found(stream(node)[-1], in_force(node.log), node.log.stream)
        assert [each.kind for each in said.raises] == ["order_raised"]
        assert OpenOrders(node.log).catch_up().crossings["a"][0] == "order"


def test_what_may_not_be_taken_back(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        assert refused(node, "nothing") == "undo_unknown"
        hold = override(node.log, "a", "hold", "Ana", "Wait.")
        assert refused(node, hold.event_id) == "undo_hold"
        scan = override(node.log, "a", "scan", "Ana", "Seen.", "Bea")
        assert refused(node, scan.event_id, "Bea") == "undo_not_own"
        arrive("a", node, "booth", WORLD_TRADE)
        assert refused(node, scan.event_id) == "undo_acted_on"


def test_an_order_may_be_taken_back_for_as_long_as_nothing_was_done_by_it(released: Post) -> None:
    """No clock ends it, nor does what only says something of the truck."""
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        arrive("a", node, "booth", WORLD_TRADE)
        order = override(node.log, "a", "secondary", "Ana", "A tip.")
        released.clock.move(minutes=50)
        file(node, truck("b", crossing_id="a", declared_empty=1))
        accept(node.log, "a", decided(node), "secondary", "Bea")
        assert standing_order(stream(node)) == "secondary"
        assert undo(node, "a", order.event_id, "Ana").now == "release"
        assert [each.public.status for each in turns(stream(node), "a", node.log)][-1:] == ["released"]


def test_orders_are_taken_back_one_after_another_the_last_one_first(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        first = override(node.log, "a", "scan", "Ana", "A tip.")
        second = override(node.log, "a", "secondary", "Ana", "Another tip.")
        assert refused(node, first.event_id) == "undo_acted_on"
        assert undo(node, "a", second.event_id, "Ana").now == "scan"
        assert undo(node, "a", first.event_id, "Ana").now == "release"


def test_a_decision_that_asks_for_more_supersedes_an_order_and_leaves_nothing_to_take_back(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book())
    with post.node() as node:
        stand(node)
        (line,) = file(node, truck("a"))
        order = override(node.log, "a", "release", "Ana", "A mistake.", "Bea")
        file(node, truck("b", crossing_id="a"))
        assert standing_order(stream(node)) == line.examination
        assert refused(node, order.event_id) == "undo_superseded"


def test_a_place_that_the_node_gives_in_a_queue_sends_nobody_and_one_that_was_seen_does(released: Post) -> None:
    with released.node() as node:
        order, other = two_ordered(node, "scan")
        assert set(queued(node)) == {"a", "b"}
        record([statement(WORLD_TRADE, ExaminationQueued("b", "scanner"), node.clock())], node.log, actor="device")
        assert undo(node, "a", order.event_id, "Ana").now == "release"
        assert refused(node, other.event_id, crossing="b") == "undo_acted_on"
        shown = timeline("b", node)
        assert shown is not None
        assert shown.standing.order is not None
        assert not shown.standing.order.undoable


def test_that_one_agrees_is_taken_back_until_it_is_acted_on(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        (line,) = file(node, truck("a"))
        first = accept(node.log, "a", line.decision, "release", "Bea")
        own = accept(node.log, "a", line.decision, "release", "Ana")
        assert refused(node, own.event_id, "Bea") == "undo_not_own"
        made = undo(node, "a", own.event_id, "Ana")
        assert (made.was, made.now) == ("release", "release")
        assert [each.event.event_id for each in agreed(stream(node))] == [first.event_id]
        assert refused(node, own.event_id) == "undo_again"
        again = accept(node.log, "a", line.decision, "release", "Ana")
        assert again.event_id != own.event_id
        # An order makes it an agreement with what is ordered no more; without the order it is one again.
        order = override(node.log, "a", "scan", "Ana", "A tip.")
        assert agreed(stream(node)) == []
        undo(node, "a", order.event_id, "Ana")
        assert len(agreed(stream(node))) == 2
        arrive("a", node, "booth", WORLD_TRADE)
        assert refused(node, again.event_id) == "undo_acted_on"


def test_a_truck_that_is_being_served_keeps_its_order(released: Post) -> None:
    with released.node() as node:
        order, other = two_ordered(node, "secondary")
        record([statement(WORLD_TRADE, ExaminationStarted("a", "dock"), node.clock())], node.log, actor="dock")
        assert refused(node, order.event_id) == "undo_acted_on"
        assert undo(node, "b", other.event_id, "Ana").now == "release"


def test_an_order_that_a_driver_was_sent_by_at_the_booth_stands(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"), truck("b"))
        expecting = Expecting(node.log, "2304")
        for own in ("a", "b"):
            instruct(BoothAct(Named(plate=f"TR-{own}")), WORLD_TRADE, expecting, node, "booth")
        order = override(node.log, "a", "secondary", "Ana", "A tip.")
        other = override(node.log, "b", "secondary", "Ana", "A tip.")
        before = stream(node)
        said = instruct(BoothAct(Named(plate="TR-a")), WORLD_TRADE, expecting, node, "booth").stored.payload
        assert isinstance(said, BoothInstructed)
        assert (said.crossing, said.instruction) == ("a", "secondary")
        assert stream(node) == before  # a repeated arrival leaves no trace in the crossing
        assert refused(node, order.event_id) == "undo_acted_on"
        assert undo(node, "b", other.event_id, "Ana").now == "release"


def test_what_was_done_at_a_booth_with_other_trucks_is_not_read_to_take_an_order_back(
    released: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk does it, between two batches: of what came since, it reads what came since it was looked up."""
    with released.node() as node:
        order, other = two_ordered(node, "secondary")
        booth = "booth/world-trade"
        for start in range(1, 3_000, 1_000):
            ids = event_ids(1_000, node.clock())
            node.log.append(
                [
                    new_event(own, BoothInstructed("release", "booth_no_filing", ("0" * 16,)), booth, start + at,
                              occurred_at=node.clock(), recorded_at=node.clock(), actor="booth", origin=node.origin)
                    for at, own in enumerate(ids)
                ]
            )  # fmt: skip
        known = beside_of("a", node), beside_of("b", node)
        record([statement(WORLD_TRADE, ExaminationStarted("b", "dock"), node.clock())], node.log, actor="dock")
        read: list[int] = []

        def counted(real: Callable[..., list[StoredEvent]]) -> Callable[..., list[StoredEvent]]:
            def look(*args: Any, **more: Any) -> list[StoredEvent]:
                found = real(*args, **more)
                read.append(len(found))
                return found

            return look

        monkeypatch.setattr(Log, "read", counted(Log.read))
        monkeypatch.setattr("aforo.flow.undo.events_at", counted(places.events_at))
        assert undo(node, "a", order.event_id, "Ana", known[0]).now == "release"
        assert len(read) > 0
        assert sum(read) <= 10
        # What was done after it was looked up is seen.
        with pytest.raises(OverrideRefusedError, match="undo_acted_on"):
            undo(node, "b", other.event_id, "Ana", known[1])


def test_where_it_is_not_known_any_more_what_was_done_nothing_is_taken_back(released: Post) -> None:
    with released.node() as node:
        order, other = two_ordered(node, "secondary")
        forgotten = Beside(None, node.log.position())
        last = node.log.position()
        full = Beside(tuple(range(last + 1, last + 1 + MOST_BESIDE)), last)
        for known in (forgotten, full):
            with pytest.raises(OverrideRefusedError, match="undo_acted_on"):
                undo(node, "a", order.event_id, "Ana", known)
        assert undo(node, "b", other.event_id, "Ana").now == "release"


def test_an_order_that_a_driver_was_sent_by_whose_truck_it_may_be_stands(released: Post) -> None:
    """It is told at the booth of the trip of another truck; the page of this one tells nothing of that."""
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"), truck("b"))
        order = override(node.log, "a", "secondary", "Ana", "A tip.")
        expecting = Expecting(node.log, "2304")
        said = instruct(BoothAct(Named(trip="b", plate="TR-a")), WORLD_TRADE, expecting, node, "booth").stored.payload
        assert isinstance(said, BoothInstructed)
        assert (said.reason, said.crossing, said.candidates) == ("booth_mistakable", "b", ("a",))
        assert refused(node, order.event_id) == "undo_acted_on"
        shown = timeline("a", node)
        assert shown is not None
        assert shown.standing.order is not None
        assert not shown.standing.order.undoable
        assert "booth.instructed" not in {each.type for each in shown.entries}


def test_filers_are_told_again_of_what_stood(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        arrive("a", node, "booth", WORLD_TRADE)
        order = override(node.log, "a", "secondary", "Ana", "A tip.")
        undo(node, "a", order.event_id, "Ana")
        said = [each.public.status for each in turns(stream(node), "a", node.log)]
        assert said[-3:] == ["released", "to_be_examined", "released"]


def test_an_edge_is_told_of_what_stood(cut: Cut) -> None:
    """The bundle after an undo is that of a crossing over which nothing was ordered."""
    node = cut.node
    file(node, truck("a"))
    expecting = Expecting(node.log, "2304")
    (before,), _ = expecting.trucks()
    order = override(node.log, "a", "secondary", "Ana", "A tip.")
    (ordered,), _ = expecting.trucks()
    assert ordered.order == "secondary"
    undo(node, "a", order.event_id, "Ana")
    (after,), _ = expecting.trucks()
    assert after == before


def test_a_hold_is_told_by_the_order_that_holds_though_a_lowering_was_taken_back_since(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"))
        hold = override(node.log, "a", "hold", "Ana", "Wait.")
        lowered = override(node.log, "a", "scan", "Bea", "Seen.", "Ana")
        undo(node, "a", lowered.event_id, "Bea")
        told = hold_of(stream(node))
        assert told is not None
        assert (told.reason, told.by.event.event_id) == ("ordered", hold.event_id)


def test_what_is_ordered_is_accepted_once_and_only_as_it_was_seen(post: Post) -> None:
    with post.node() as node:
        (line,) = file(node, truck("a"))
        made = accept(node.log, "a", line.decision, line.examination, "Ana")
        again = accept(node.log, "a", line.decision, line.examination, "Ana")
        assert again == made
        assert accept(node.log, "a", line.decision, line.examination, "Bea").event_id != made.event_id
        assert len(node.log.read(types=[OrderAccepted.TYPE])) == 2
        override(node.log, "a", "hold", "Ana", "A tip.")
        with pytest.raises(OverrideRefusedError, match="accept_superseded"):
            accept(node.log, "a", line.decision, line.examination, "Ana")
        accept(node.log, "a", line.decision, "hold", "Ana")
        file(node, truck("b"))
        decision = next(s.event.event_id for s in node.log.stream("crossing/b") if s.event.type == "crossing.decided")
        report([Report(1, "b", None, True, False, None, None, None, carried_out="secondary")], node)
        with pytest.raises(OverrideRefusedError, match="accept_done"):
            accept(node.log, "b", decision, standing_order(stream(node, "b")), "Ana")
        assert len(decisions(node.log)) == 2
        assert list(but_undone(stream(node))) == stream(node)
