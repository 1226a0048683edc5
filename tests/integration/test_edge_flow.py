"""A bridge that is cut off from its node: what it orders, and what the node makes of it afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cut_off import NOW, Cut, alerts, events, examined, given, of, row, told
from journeys import file, truck

from aforo.domain.event import Decided, Examined, Overridden, Passed, new_event
from aforo.exams.override import OverrideRefusedError
from aforo.flow import edge_book
from aforo.flow.edge_node import Named
from aforo.flow.edge_reports import report
from aforo.flow.order import ordered
from aforo.flow.override import override
from aforo.flow.reports import report as report_at_node
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.log.stored import StoredEvent


def test_an_edge_carries_out_what_was_ordered_and_refers_what_it_does_not_know(cut: Cut) -> None:
    given(cut, "a", "release")
    given(cut, "b", "joint")
    cut.connect()
    released, wanted = cut.edge.arrive(Named(trip="a"), "Luz"), cut.edge.arrive(Named(plate="tr b"), "Luz")
    unknown = cut.edge.arrive(Named(plate="XX-1"), "Luz")
    assert (released.examination, released.code) == ("release", "edge_released")
    assert (wanted.examination, wanted.code, wanted.basis) == ("joint", "edge_ordered", "override")
    assert (unknown.examination, unknown.known, unknown.basis) == ("secondary", False, "mandatory")
    assert unknown.code in ("edge_no_filing", "edge_no_filing_drawn")
    assert "2024-03-20 07:00 CDT" in unknown.reason.en, "by the clock of the port"
    assert "2024-03-20 07:00 CDT" in unknown.reason.es
    again = cut.edge.arrive(Named(trip="b"), "Luz")
    assert (again.visit, again.repeated, again.examination) == (wanted.visit, True, "joint")
    assert cut.edge.arrive(Named(plate="XX-1"), "Luz").visit == unknown.visit


def test_an_examination_at_the_edge_ends_the_order_at_the_node(cut: Cut) -> None:
    given(cut, "a", "scan")
    cut.connect()
    cut.clock.move(hours=1)
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "scan"
    done = report([examined("a", cut), examined("a", cut)], cut.edge, "Luz")
    assert (done.examinations, done.repeated) == (1, 1)
    cut.clock.move(minutes=1)
    # Meanwhile the node orders more: the truck has gone, and was examined.
    override(cut.node.log, "a", "joint", "Ana", "A tip.")
    cut.reconcile(most=1)
    assert len(of(Examined, cut, "a")) == 1
    assert of(Examined, cut, "a")[0].order_stands is False
    assert told(cut, "a") == "released"
    found = row(cut, "a")
    assert (found.would, found.now, found.examined, found.missed) == ("scan", "joint", 1, None)


def test_what_the_node_orders_of_a_truck_that_was_let_go_is_not_carried_out_and_is_told(cut: Cut) -> None:
    given(cut, "a", "release")
    cut.connect()
    cut.clock.move(minutes=10)
    override(cut.node.log, "a", "scan", "Ana", "A tip.")
    cut.clock.move(minutes=10)
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "release"
    cut.reconcile()
    (passed,) = of(Passed, cut, "a")
    assert passed.let_go
    assert told(cut, "a") == "released"
    found = row(cut, "a")
    assert (found.would, found.missed, found.meanwhile) == ("scan", "order", ["ordered"])
    assert alerts(cut) == []


def test_a_hold_is_told_of_though_another_reported_the_examination_first(cut: Cut) -> None:
    given(cut, "a", "scan")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    override(cut.node.log, "a", "hold", "Ana", "A tip.")
    report_at_node([examined("a", cut, at=NOW)], cut.node)
    report([examined("a", cut)], cut.edge, "Luz")
    cut.reconcile()
    assert len(of(Examined, cut, "a")) == 1
    assert ("missed_hold", "crossing/a") in alerts(cut)


def test_a_hold_that_was_known_stands_until_two_officers_lower_it(cut: Cut) -> None:
    given(cut, "a", "hold")
    cut.connect()
    assert cut.edge.arrive(Named(plate="TR-a"), "Luz").code == "edge_held"
    refused = report([examined("a", cut, examined=False)], cut.edge, "Luz")
    assert [each.code for each in refused.problems] == ["edge_order_stands"]
    done = report([examined("a", cut)], cut.edge, "Luz")
    assert [each.code for each in done.warnings] == ["hold_stands"]
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "hold"
    with pytest.raises(OverrideRefusedError, match="override_needs_second"):
        cut.order("a", "release", "Luz", "Nobody inside.", None)
    cut.order("a", "release", "Luz", "Nobody inside.", "Eva")
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "release"
    cut.reconcile()
    assert ordered(events(cut, "a")) == "release"
    last = of(Overridden, cut, "a")[-1]
    assert (last.examination, last.reason, last.seconded_by) == ("release", "Nobody inside.", "Eva")
    assert alerts(cut) == [("edge_lowered", "crossing/a")], "a supervisor is told"


def test_a_hold_that_the_node_made_meanwhile_stands_and_is_told_to_staff(cut: Cut) -> None:
    given(cut, "a", "release")
    cut.connect()
    cut.clock.move(minutes=5)
    override(cut.node.log, "a", "hold", "Ana", "A tip.")
    cut.clock.move(minutes=5)
    cut.edge.arrive(Named(trip="a"), "Luz")
    cut.reconcile()
    assert ("missed_hold", "crossing/a") in alerts(cut)
    assert ordered(events(cut, "a")) == "hold"
    assert row(cut, "a").missed == "hold"
    cut.hand_in_anew()
    assert alerts(cut).count(("missed_hold", "crossing/a")) == 1


def test_officers_lower_what_they_saw_and_nothing_that_came_since(cut: Cut) -> None:
    given(cut, "a", "scan")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    cut.order("a", "release", "Luz", "Empty.", "Eva")
    override(cut.node.log, "a", "hold", "Ana", "A tip.")
    cut.reconcile()
    assert ordered(events(cut, "a")) == "hold"
    assert "order_withheld" in row(cut, "a").effects
    assert ("missed_hold", "crossing/a") in alerts(cut)


def test_a_reason_that_names_a_person_is_in_no_log(cut: Cut) -> None:
    given(cut, "a", "release", driver_name="Juana Pérez")
    cut.connect()
    cut.order("a", "scan", "Luz", "Juana Pérez looked nervous.", None)
    cut.reconcile()
    assert "Juana" not in of(Overridden, cut, "a")[-1].reason
    bodies = [stored.body for log in (cut.edge.log, cut.node.log) for stored in log.read()]
    assert not any("Juana" in body.decode() for body in bodies)


def test_the_edge_needs_the_node_to_be_told_only_once_that_a_truck_was_examined_elsewhere(cut: Cut) -> None:
    given(cut, "a", "scan")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    # Somebody told the node itself, by another way, and then the edge: it is one examination.
    report_at_node([examined("a", cut, at=NOW + timedelta(minutes=1))], cut.node)
    cut.clock.move(minutes=3)
    report([examined("a", cut)], cut.edge, "Luz")
    cut.reconcile()
    assert len(of(Examined, cut, "a")) == 1
    assert "repeated" in row(cut, "a").effects


def held_by_machine(cut: Cut, own: str) -> None:
    """File a truck that the node's own decision holds."""
    given(cut, own, "release")
    before, at = events(cut, own), cut.node.clock()
    last = next(stored.payload for stored in reversed(before) if isinstance(stored.payload, Decided))
    held = msgspec.structs.replace(last, examination="hold", basis="mandatory")
    version = before[-1].event.version + 1
    made = new_event(event_id(at), held, f"crossing/{own}", version, occurred_at=at, recorded_at=at, actor="node")
    cut.node.log.append([made])


def test_no_filer_takes_a_hold_from_an_edge_by_cancelling(cut: Cut) -> None:
    for own in ("a", "b"):
        held_by_machine(cut, own)
    cut.connect()
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "hold"
    for own in ("a", "b"):
        file(cut.node, truck(f"{own}-2", amends=own, action="cancel"))
        assert ordered(events(cut, own)) == "hold"
    cut.connect()
    found = cut.edge.look("a")
    assert found is not None
    assert found.examination == "hold"
    told = report([examined("a", cut, examined=False)], cut.edge, "Luz")
    assert [each.code for each in told.problems] == ["edge_order_stands"]
    assert cut.edge.arrive(Named(plate="TR-b"), "Luz").examination == "hold"


def test_what_an_examination_found_holds_whatever_is_reported_after_it(cut: Cut) -> None:
    given(cut, "a", "secondary")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    report([examined("a", cut, violation=True, at=NOW)], cut.edge, "Luz")
    for second in (1, 2):
        report([examined("a", cut, at=NOW + timedelta(seconds=second))], cut.edge, "Luz")
        found = cut.edge.look("a")
        assert found is not None
        assert found.examination == "hold"
    with pytest.raises(OverrideRefusedError, match="override_found"):
        cut.order("a", "secondary", "Ana", "A closer look.", "Bea")
    cut.order("a", "release", "Ana", "Sealed again.", "Bea")
    assert cut.seen("a").examination == "release"


def test_a_hold_that_comes_after_the_examination_is_told_at_the_edge_and_officers_lower_it(cut: Cut) -> None:
    given(cut, "a", "secondary")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    report([examined("a", cut, at=NOW)], cut.edge, "Luz")
    override(cut.node.log, "a", "hold", "Ana", "A tip.")
    cut.connect()
    assert cut.seen("a").examination == "hold"
    cut.order("a", "release", "Ana", "It was another truck.", "Bea")
    assert cut.seen("a").examination == "release"


def test_a_node_that_starts_again_reads_of_its_edges_what_came_since(cut: Cut, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_book, "SAVE_AFTER", 1)
    for own in ("a", "b"):
        given(cut, own, "release")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    cut.edge.arrive(Named(plate="TR-nobody"), "Luz")
    cut.reconcile(most=1)
    log = cut.node.log
    first = edge_book.EdgeBook(log).catch_up()
    reached = log.projections.load(f"edge-book/{edge_book.EdgeBook.version}")
    assert reached is not None
    cut.edge.arrive(Named(trip="b"), "Luz")
    cut.reconcile()
    asked: list[int] = []
    read = Log.read

    def noted(self: Log, after: int = 0, *args: Any, **named: Any) -> list[StoredEvent]:
        asked.append(after)
        return read(self, after, *args, **named)

    monkeypatch.setattr(Log, "read", noted)
    again = edge_book.EdgeBook(log).catch_up()
    assert min(asked) >= reached[0] > 0
    log.projections.drop(f"edge-book/{edge_book.EdgeBook.version}")
    anew = edge_book.EdgeBook(log).catch_up()
    assert len(again.visits) > len(first.visits) > 0

    def of_book(book: edge_book.EdgeBook) -> object:
        edges = {name: (each.cursor, each.tree.root(), each.bundle_at) for name, each in book.edges.items()}
        visits = {
            key: (each.crossing, each.arrived, each.at, each.effects, [fact.body for fact in each.facts])
            for key, each in book.visits.items()
        }
        return edges, visits, book.taken, list(book.unmatched)

    assert of_book(again) == of_book(anew)
