"""A port that is cut off from its node: what it decides, and what the node makes of it afterwards."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from cut_off import NOW, PORT, Bridge, Cut, bridge_of, signed_hand_in
from journeys import Post, decisions, file, truck
from priced import book, put_in_force, stand

from aforo.domain.bridge import GateReads
from aforo.domain.clock import microseconds
from aforo.domain.edge import EdgeArrived, EdgeAttested, EdgeFact, EdgeReason
from aforo.domain.event import Decided, Examined, Overridden, Passed, Payload, new_event
from aforo.exams.outcomes import Report
from aforo.exams.override import OverrideRefusedError
from aforo.flow import edge_book
from aforo.flow.alerts import Alerts
from aforo.flow.edge_bundle import Bundle, BundleRefusedError, InForce, Signed, sign
from aforo.flow.edge_check import check_edge
from aforo.flow.edge_enrolled import Edge, EdgeRefusedError, retire
from aforo.flow.edge_expected import Expected, digest_of
from aforo.flow.edge_issuing import Asked, document, issue
from aforo.flow.edge_merging import rematch
from aforo.flow.edge_node import Named
from aforo.flow.edge_pricing import PricedBridge, Sent, backlog_now
from aforo.flow.edge_report import EdgeRow, edge_report
from aforo.flow.edge_reports import report
from aforo.flow.edge_taken import Expectation
from aforo.flow.edge_visits import Visit, Visits
from aforo.flow.lots import reveal
from aforo.flow.order import ordered
from aforo.flow.override import override
from aforo.flow.prices import OfBridge
from aforo.flow.reports import report as report_at_node
from aforo.flow.telemetry import ReaderAt
from aforo.flow.told_publicly import turns
from aforo.intake.gate_reads import Read
from aforo.log.checkpoint import Checkpoint
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.rotation import rotate_key
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.routing.choice import RESOURCES


@pytest.fixture
def cut(post: Post) -> Iterator[Cut]:
    with bridge_of(post) as made:
        yield made


def examined(own: str, cut: Cut, **fields: object) -> Report:
    base: dict[str, object] = {
        "record": 1, "declaration_id": None, "crossing_id": own, "examined": True, "violation": False, "threat": None,
        "severity": None, "at": None,
    }  # fmt: skip
    return Report(**(base | fields))  # type: ignore[arg-type]


def given(cut: Cut, own: str, order: str, **fields: object) -> None:
    """File a truck, and have two officers order what a test wants of it."""
    (line,) = file(cut.node, truck(own, **fields))
    if line.examination != order:
        override(cut.node.log, own, order, "Ana", "For the test.", "Bea")  # type: ignore[arg-type]


def events(cut: Cut, own: str) -> list[StoredEvent]:
    return cut.node.log.stream(f"crossing/{own}")


def of(kind: type[Payload], cut: Cut, own: str) -> list[Any]:
    return [stored.payload for stored in events(cut, own) if stored.event.type == kind.TYPE]


def told(cut: Cut, own: str) -> str:
    """What a filer is told now."""
    return turns(events(cut, own), own, cut.node.log)[-1].public.status


def alerts(cut: Cut) -> list[tuple[str, str]]:
    return [(each.kind, each.subject) for each in Alerts(cut.node.log).open()]


def row(cut: Cut, crossing: str) -> EdgeRow:
    return next(each for each in edge_report(cut.node.log, NOW - timedelta(days=1)).rows if each.crossing == crossing)


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
    assert "2024-03-20T12:00" in unknown.reason.en
    assert "2024-03-20T12:00" in unknown.reason.es
    again = cut.edge.arrive(Named(trip="b"), "Luz")
    assert (again.visit, again.repeated, again.examination) == (wanted.visit, True, "joint")
    assert cut.edge.arrive(Named(plate="XX-1"), "Luz").visit == unknown.visit


def test_a_bundle_names_nobody(cut: Cut) -> None:
    given(cut, "SECRET-TRIP", "release", driver_name="Juana Pérez", tractor_id="PLATE-77")
    signed = cut.issue("n")
    for clear in ("SECRET-TRIP", "Juana", "PLATE-77", "CA-1", "IM-1", "DR-"):
        assert clear not in signed.body
    hashed = int(cut.node.keys.identity_hashes("tractor", ["PLATE-77"])[0])
    assert f"{hashed:016x}" not in signed.body


def test_without_a_bundle_everything_is_referred_and_examined(cut: Cut) -> None:
    answer = cut.edge.arrive(Named(trip="a"), "Luz")
    assert (answer.examination, answer.code, answer.bundle_at) == ("secondary", "edge_no_bundle", None)


def test_an_examination_at_the_edge_ends_the_order_at_the_node(cut: Cut) -> None:
    given(cut, "a", "scan")
    cut.connect()
    cut.node.clock.move(hours=1)  # type: ignore[attr-defined]
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "scan"
    done = report([examined("a", cut), examined("a", cut)], cut.edge, "Luz")
    assert (done.examinations, done.repeated) == (1, 1)
    cut.node.clock.move(minutes=1)  # type: ignore[attr-defined]
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
    cut.node.clock.move(minutes=10)  # type: ignore[attr-defined]
    override(cut.node.log, "a", "scan", "Ana", "A tip.")
    cut.node.clock.move(minutes=10)  # type: ignore[attr-defined]
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "release"
    cut.reconcile()
    (passed,) = of(Passed, cut, "a")
    assert passed.let_go
    assert told(cut, "a") == "released"
    found = row(cut, "a")
    assert (found.would, found.missed, found.meanwhile) == ("scan", "order", ["ordered"])
    assert alerts(cut) == []


def test_a_truck_that_was_filed_during_the_cut_is_found_by_its_plate_and_not_examined_again(cut: Cut) -> None:
    cut.connect()
    cut.node.clock.move(hours=2)  # type: ignore[attr-defined]
    given(cut, "late", "scan", filed_at="2024-03-20T07:30:00-06:00")
    visit = cut.edge.arrive(Named(plate="TR-late"), "Luz").visit
    report([examined(visit, cut, carried_out="secondary")], cut.edge, "Luz")
    cut.reconcile()
    assert len(of(Examined, cut, "late")) == 1
    assert told(cut, "late") == "released"
    assert row(cut, "late").meanwhile == ["filed"] + (["ordered"] if of(Overridden, cut, "late") else [])


def test_the_next_trip_of_a_plate_is_not_the_one_that_was_filed_late(cut: Cut) -> None:
    clock = cut.node.clock
    cut.connect()
    first = cut.edge.arrive(Named(plate="TR-p"), "Luz")
    cut.reconcile()
    clock.move(minutes=20)  # type: ignore[attr-defined]
    given(cut, "late", "scan", tractor_id="TR-p", filed_at="2024-03-20T06:20:00-06:00")
    rematch(cut.book, cut.expecting, cut.node)
    cut.connect()
    # What is known of it by now is what is to be done with the truck that still stands there.
    assert cut.edge.arrive(Named(plate="TR-p"), "Luz").visit == first.visit
    report([examined(first.visit, cut)], cut.edge, "Luz")
    clock.move(hours=4)  # type: ignore[attr-defined]
    second = cut.edge.arrive(Named(plate="TR-p"), "Luz")
    assert (second.known, second.visit != first.visit) == (False, True)
    cut.reconcile()
    assert row(cut, "late").visit == first.visit
    assert len(of(Examined, cut, "late")) == 1


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


def test_a_filing_that_comes_after_the_link_is_back_meets_its_visit(cut: Cut) -> None:
    cut.connect()
    cut.node.clock.move(hours=2)  # type: ignore[attr-defined]
    visit = cut.edge.arrive(Named(trip="TRIP-9", plate="TR-x"), "Luz").visit
    report([examined("TRIP-9", cut)], cut.edge, "Luz")
    cut.reconcile()
    assert [each.visit for each in edge_report(cut.node.log, NOW).rows if each.crossing is None] == [visit]
    cut.node.clock.move(days=1)  # type: ignore[attr-defined]
    given(cut, "x", "scan", crossing_id="TRIP-9", filed_at="2024-03-21T08:00:00-06:00")
    assert rematch(cut.book, cut.expecting, cut.node) == 1
    assert len(of(Examined, cut, "TRIP-9")) == 1
    # The plate's next trip is another one.
    given(cut, "y", "scan", tractor_id="TR-x", filed_at="2024-03-21T08:00:00-06:00")
    assert rematch(cut.book, cut.expecting, cut.node) == 0
    assert of(Examined, cut, "y") == []


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
        cut.edge.order("a", "release", "Luz", "Nobody inside.", None)
    cut.edge.order("a", "release", "Luz", "Nobody inside.", "Eva")
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "release"
    cut.reconcile()
    assert ordered(events(cut, "a")) == "release"
    last = of(Overridden, cut, "a")[-1]
    assert (last.examination, last.reason, last.seconded_by) == ("release", "Nobody inside.", "Eva")
    assert alerts(cut) == []


def test_a_hold_that_the_node_made_meanwhile_stands_and_is_told_to_staff(cut: Cut) -> None:
    given(cut, "a", "release")
    cut.connect()
    cut.node.clock.move(minutes=5)  # type: ignore[attr-defined]
    override(cut.node.log, "a", "hold", "Ana", "A tip.")
    cut.node.clock.move(minutes=5)  # type: ignore[attr-defined]
    cut.edge.arrive(Named(trip="a"), "Luz")
    cut.reconcile()
    assert ("missed_hold", "crossing/a") in alerts(cut)
    assert ordered(events(cut, "a")) == "hold"
    assert row(cut, "a").missed == "hold"
    cut.take_in(cut.hand_in(first=0))  # type: ignore[arg-type]
    assert alerts(cut).count(("missed_hold", "crossing/a")) == 1


def test_officers_lower_what_they_saw_and_nothing_that_came_since(cut: Cut) -> None:
    given(cut, "a", "scan")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    cut.edge.order("a", "release", "Luz", "Empty.", "Eva")
    override(cut.node.log, "a", "hold", "Ana", "A tip.")
    cut.reconcile()
    assert ordered(events(cut, "a")) == "hold"
    assert "order_withheld" in row(cut, "a").effects
    assert ("missed_hold", "crossing/a") in alerts(cut)


def test_a_reason_that_names_a_person_is_in_no_log(cut: Cut) -> None:
    given(cut, "a", "release", driver_name="Juana Pérez")
    cut.connect()
    cut.edge.order("a", "scan", "Luz", "Juana Pérez looked nervous.", None)
    cut.reconcile()
    assert "Juana" not in of(Overridden, cut, "a")[-1].reason
    bodies = [stored.body for log in (cut.edge.log, cut.node.log) for stored in log.read()]
    assert not any("Juana" in body.decode() for body in bodies)


def test_a_bundle_must_be_the_nodes_own_fresh_and_for_this_edge(cut: Cut, tmp_path: Path) -> None:
    given(cut, "a", "scan")
    old = cut.issue()
    cut.connect()
    edge, force = cut.edge, cut.edge.force
    with pytest.raises(BundleRefusedError, match="does not answer"):
        edge.take(cut.issue("n-1"), "n-2")
    with pytest.raises(BundleRefusedError, match="not after the one in force"):
        edge.take(old)
    good = cut.issue("n-1")
    with pytest.raises(BundleRefusedError, match="not signed by the node"):
        edge.take(Signed(good.note, good.body.replace('"2304"', '"2305"')), "n-1")
    with closing(KeyStore(tmp_path / "k")) as keys, Log.open(f"sqlite:///{tmp_path / 'l'}", keys) as other:
        note = other.keys.signing.current(other.origin).note(good.note.rpartition("\n\n")[0] + "\n")
        with pytest.raises(BundleRefusedError, match="not signed by the node"):
            edge.take(Signed(note, good.body), "n-1")
    for text in ("", "{", "[]", '{"origin": 1}'):
        with pytest.raises(BundleRefusedError, match="no bundle"):
            edge.take(Signed(good.note, text), "n-1")
    foreign = issue(Edge("aforo/0000", PORT, "B", edge.place.pinned), Asked("n-1"), cut.expecting, cut.node)
    with pytest.raises(BundleRefusedError, match="for port"):
        edge.take(foreign, "n-1")
    assert edge.force is force
    rotate_key(cut.node.log, actor="operator")
    sequence(cut.node.log)
    assert cut.connect().bundle.chain


def test_a_bundle_that_is_carried_by_hand_is_judged_by_its_instant(cut: Cut) -> None:
    clock = cut.node.clock
    given(cut, "a", "scan")
    edge, first = cut.edge, cut.issue()
    clock.move(minutes=-10)  # type: ignore[attr-defined]
    with pytest.raises(BundleRefusedError, match="set the clocks"):
        edge.take(first)
    clock.move(days=3)  # type: ignore[attr-defined]
    with pytest.raises(BundleRefusedError, match="two days ago"):
        edge.take(first)
    assert edge.take(cut.issue()).trucks


def test_bundles_after_the_first_say_what_changed(cut: Cut) -> None:
    for own in ("a", "b", "c"):
        given(cut, own, "scan")
    assert len(cut.connect().trucks) == 3
    given(cut, "d", "joint")
    report_at_node(
        [examined("b", cut, carried_out="scan"), examined("c", cut, carried_out="scan", violation=True)], cut.node
    )
    signed = cut.issue("n")
    body = msgspec.json.decode(signed.body, type=Bundle)
    assert (len(body.trucks), len(body.gone)) == (2, 1)
    force = cut.edge.take(signed, "n")
    assert sorted(each.order for each in force.trucks.values()) == ["hold", "joint", "scan"]
    # A delta on another state is not taken, and the whole is asked for.
    tampered = InForce(force.bundle, {}, force.taken_at, force.digest)
    cut.edge.force = tampered
    given(cut, "e", "scan")
    with pytest.raises(BundleRefusedError, match="the whole is asked for"):
        cut.connect()


def test_a_bundle_survives_the_edge(post: Post) -> None:
    with post.node() as node:
        bridge = Bridge(post.folder / "edge", post.clock, node.log)
        with bridge.edge() as edge:
            cut = Cut(node, edge)
            given(cut, "a", "joint")
            cut.connect()
            first = edge.arrive(Named(trip="a"), "Luz")
            unknown = edge.arrive(Named(plate="U"), "Luz")
        with bridge.edge() as edge:
            again = edge.arrive(Named(trip="a"), "Luz")
            assert (again.visit, again.repeated, again.examination) == (first.visit, True, "joint")
            assert edge.arrive(Named(plate="U"), "Luz").visit == unknown.visit
            assert edge.force is not None
            assert edge.force.trucks


def test_an_edge_keeps_the_orders_of_a_node_that_went_back(cut: Cut) -> None:
    given(cut, "a", "hold")
    given(cut, "b", "scan")
    force = cut.connect()
    empty = msgspec.structs.replace(
        force.bundle, position=1, known=False, trucks=(), digest=digest_of([]), nonce="n", since=None
    )
    signer = cut.node.keys.signing.current(cut.node.log.origin)
    back = cut.edge.take(sign(empty, signer), "n")
    assert back.went_back
    assert sorted(each.order for each in back.kept.values()) == ["hold", "scan"]
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "hold"
    assert cut.edge.arrive(Named(plate="TR-b"), "Luz").examination == "scan"
    report([examined("b", cut)], cut.edge, "Luz")
    again = cut.edge.take(sign(msgspec.structs.replace(empty, position=2, known=True), signer), "n")
    assert [each.order for each in again.kept.values()] == ["hold"]


def test_what_is_handed_in_twice_or_out_of_order_counts_once(cut: Cut) -> None:
    for own in ("a", "b", "c"):
        given(cut, own, "release")
    cut.connect()
    for own in ("a", "b", "c"):
        cut.edge.arrive(Named(trip=own), "Luz")
    whole = cut.hand_in(first=0)
    assert whole is not None
    later = cut.hand_in(first=2)
    assert later is not None
    assert cut.take_in(later).cursor == 0
    for _ in range(2):
        assert cut.take_in(whole).cursor == len(whole.bodies)
    assert cut.take_in(later).taken == 0
    assert [len(of(Passed, cut, own)) for own in ("a", "b", "c")] == [1, 1, 1]
    facts = cut.node.log.read(types=[EdgeFact.TYPE])
    assert [fact.event.version for fact in facts] == list(range(1, len(whole.bodies) + 1))
    assert len(cut.node.log.read(types=[EdgeAttested.TYPE])) == 1
    checked = check_edge(cut.enrol(), cut.node.log)
    assert (checked.leaves, checked.attested, checked.good) == (len(whole.bodies), len(whole.bodies), True)


def test_a_hand_in_that_was_changed_or_forked_is_refused(cut: Cut, tmp_path: Path) -> None:
    given(cut, "a", "release")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    whole = cut.hand_in(first=0)
    assert whole is not None
    changed = msgspec.structs.replace(whole, bodies=[body.replace("Luz", "Eva") for body in whole.bodies])
    with pytest.raises(EdgeRefusedError, match="edge_unsigned"):
        cut.take_in(changed)
    cut.take_in(whole)
    # The same key signs another event in the same place: an old copy of the edge that was gone on with.
    key = cut.edge.log.keys.signing.current(cut.edge.log.origin)
    with pytest.raises(EdgeRefusedError, match="edge_forked"):
        cut.take_in(signed_hand_in(changed, key))
    more = signed_hand_in(msgspec.structs.replace(whole, first=len(whole.bodies), bodies=["{}"]), key)
    wrong = Checkpoint(whole.edge, len(whole.bodies) + 1, b"\1" * 32).signed(key)
    with pytest.raises(EdgeRefusedError, match="edge_tree"):
        cut.take_in(msgspec.structs.replace(more, checkpoint=wrong))
    assert len(cut.node.log.read(types=[EdgeFact.TYPE])) == len(whole.bodies)
    # What cannot be read is kept, and stops nothing.
    cut.take_in(msgspec.structs.replace(more, checkpoint=""))
    (unreadable,) = [fact for fact in cut.node.log.read(types=[EdgeFact.TYPE]) if fact.payload.body == "{}"]  # type: ignore[attr-defined]
    assert unreadable.payload.effects == ("unreadable",)  # type: ignore[attr-defined]


def test_a_bridge_has_one_edge(post: Post) -> None:
    with post.node() as node, Bridge(post.folder / "edge", post.clock, node.log).edge() as one:
        first = Cut(node, one)
        first.connect()
        with Bridge(post.folder / "other", post.clock, node.log).edge() as other:
            second = Cut(node, other)
            with pytest.raises(EdgeRefusedError, match="edge_bridge_taken"):
                second.enrol()
            retire(node.log, one.log.origin, "Broken.", "Ana")
            second.connect()
            with pytest.raises(EdgeRefusedError, match="edge_retired"):
                first.enrol()


def test_two_edges_that_saw_one_truck_leave_one_passage(post: Post) -> None:
    with post.node() as node, Bridge(post.folder / "edge", post.clock, node.log).edge() as one:
        first = Cut(node, one)
        given(first, "a", "release")
        first.connect()
        with Bridge(post.folder / "other", post.clock, node.log, "Colombia").edge() as other:
            second = Cut(node, other)
            second.connect()
            for cut in (first, second):
                cut.edge.arrive(Named(trip="a"), "Luz")
                cut.reconcile()
            assert len(of(Passed, second, "a")) == 1


def test_a_clock_that_jumps_dates_nothing_before_the_bundle_or_after_now(cut: Cut) -> None:
    given(cut, "a", "release")
    given(cut, "b", "release")
    given(cut, "c", "scan")
    cut.connect()
    clock = cut.node.clock
    clock.move(days=-400)  # type: ignore[attr-defined]
    cut.edge.arrive(Named(trip="a"), "Luz")
    unknown = cut.edge.arrive(Named(plate="U"), "Luz")
    assert unknown.code in ("edge_no_filing", "edge_no_filing_drawn")  # the day is that of the bundle
    clock.move(days=800)  # type: ignore[attr-defined]
    cut.edge.arrive(Named(trip="b"), "Luz")
    assert cut.edge.arrive(Named(plate="V"), "Luz").code == "edge_no_key"
    clock.move(days=-400, hours=1)  # type: ignore[attr-defined]
    cut.reconcile()
    for own in ("a", "b"):
        (stored,) = [each for each in events(cut, own) if each.event.type == Passed.TYPE]
        assert NOW <= stored.event.occurred_at <= NOW + timedelta(hours=1, minutes=5)
    assert "clock_doubted" in row(cut, "a").effects


def test_the_lots_of_an_edge_can_be_drawn_again_when_the_key_is_published(cut: Cut) -> None:
    cut.connect()
    for number in range(40):
        cut.edge.arrive(Named(plate=f"U{number}"), "Luz")
    cut.reconcile()
    edge = cut.enrol()
    assert (check_edge(edge, cut.node.log).lots, check_edge(edge, cut.node.log).lots_checked) == (40, 0)
    cut.node.clock.move(days=3)  # type: ignore[attr-defined]
    reveal(cut.node.log, NOW.date() + timedelta(days=2), "Ana")
    checked = check_edge(edge, cut.node.log)
    assert (checked.lots, checked.lots_checked, checked.lots_wrong) == (40, 40, [])
    # Whose key is another, or who says otherwise, is found.
    fact = next(each for each in cut.node.log.read(types=[EdgeFact.TYPE]) if '"lot":' in each.payload.body)  # type: ignore[attr-defined]
    assert cut.node.log.event(fact.event.event_id) is not None


def test_an_edge_asks_the_price_of_its_bridge_by_the_work_that_it_sent_itself(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    with post.node() as node, Bridge(post.folder / "edge", post.clock, node.log).edge() as edge:
        cut = Cut(node, edge)
        stand(node, waiting=300.0, up=2)
        file(node, *(truck(own) for own in ("a", "b", "c", "d")))
        assert {decided.examination for decided in decisions(node.log)} == {"release"}
        cut.connect()
        assert edge.missing()
        post.clock.move(minutes=1)
        # The bridge is full; and without the tables nothing is chosen by price.
        assert edge.arrive(Named(trip="a"), "Luz").code == "edge_released"
        for each in edge.missing():
            body = document(each, cut.enrol(), node)
            assert body is not None
            assert not edge.keep(each, body + b" ")
            assert edge.keep(each, body)
        assert edge.missing() == []
        assert document("0" * 64, cut.enrol(), node) is None
        assert edge.arrive(Named(trip="b"), "Luz").code == "edge_released"
        # Eight hours later what waited was done: there is room.
        post.clock.move(hours=8)
        said = edge.arrive(Named(trip="c"), "Luz")
        assert (said.code, said.basis, said.examination != "release") == ("edge_priced", "priced", True)
        arrived = edge.visits.by_ref[said.visit].arrived
        assert arrived is not None
        assert arrived.routing is not None
        assert arrived.value > arrived.price > 0
        report([examined("c", cut)], edge, "Luz")
        cut.reconcile()
        assert len(of(Examined, cut, "c")) == 1
        assert ordered(events(cut, "c")) == "release"


def test_the_work_at_a_bridge_drains_by_the_units_that_were_up() -> None:
    place = RESOURCES.index("scanner")
    start = (30.0, *[None] * 5)
    bridge = PricedBridge("b", "UTC", OfBridge(), (8.0, *[None] * 5), start, (2, *[-1] * 5), None, NOW)
    minute = timedelta(minutes=1)

    def left(at: timedelta, *sent: Sent) -> float:
        return backlog_now(bridge, sent, NOW + at)[place]

    assert left(10 * minute) == 10.0
    assert left(20 * minute) == 0.0
    scan = Sent(NOW + 20 * minute, "scan", None, False)
    assert left(22 * minute, scan) == 4.0
    assert left(20 * minute, scan, Sent(NOW + 20 * minute, "scan", (3.0, *[None] * 5), False)) == 11.0
    assert math.isnan(backlog_now(bridge, [], NOW)[1])
    docks = msgspec.structs.replace(bridge, backlog=(0.0,) * 6, up=(2,) * 6, minutes=(8.0,) * 6)
    papers = backlog_now(docks, [Sent(NOW, "secondary", None, True)], NOW)
    assert [math.isnan(each) for each in papers] == [each == "dock" for each in RESOURCES]


def watch_primary(cut: Cut) -> None:
    """Give the node one bridge with a reader at primary."""
    cut.node.live = lambda: SimpleNamespace(  # type: ignore[assignment,method-assign]
        readers={"p1": ReaderAt("p1", "world-trade", "primary")}, called=lambda name: "world-trade"
    )


def test_what_readers_saw_during_a_cut_is_counted_by_the_node(cut: Cut) -> None:
    watch_primary(cut)
    cut.connect()
    at = microseconds(NOW)
    reads = [Read("p1", at, "TR-a", "T1"), Read("p1", at + 1_000_000, None, None)]
    assert cut.edge.read_gates(reads, "gate") == (1, 0)
    assert cut.edge.read_gates(reads, "gate") == (0, 1)
    assert not any(b"TR-a" in stored.body for stored in cut.edge.log.read())
    cut.reconcile()
    cut.take_in(cut.hand_in(first=0))  # type: ignore[arg-type]
    (block,) = [stored.payload for stored in cut.node.log.read(types=[GateReads.TYPE])]
    assert isinstance(block, GateReads)
    assert (block.reader, block.bridge) == ("p1", "world-trade")
    hashed = cut.node.keys.identity_hashes("tractor", ["TR-a", None])
    assert base64.b64decode(block.plates) == hashed.astype("<u8").tobytes()


def test_the_edge_needs_the_node_to_be_told_only_once_that_a_truck_was_examined_elsewhere(cut: Cut) -> None:
    given(cut, "a", "scan")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    # Somebody told the node itself, by another way, and then the edge: it is one examination.
    report_at_node([examined("a", cut, at=NOW + timedelta(minutes=1))], cut.node)
    cut.node.clock.move(minutes=3)  # type: ignore[attr-defined]
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


def test_another_crossing_that_took_in_a_visit_orders_for_it() -> None:
    into = Expected("y", "decision-2", "hold", ("y", "x"), 0)
    visits = Visits()
    visit = visits.by_ref["x"] = Visit("x", decision="decision-1")
    found = Expectation({"y": into}).of(visit, visits)
    assert found is into
    assert visit.standing(found, True) == "hold"


def test_a_held_plate_does_not_pass_under_the_number_of_another_trip(cut: Cut) -> None:
    given(cut, "a", "hold")
    given(cut, "b", "release")
    given(cut, "c", "release")
    cut.connect()
    first = cut.edge.arrive(Named(trip="b", plate="TR-a"), "Luz")
    again = cut.edge.arrive(Named(trip="c", plate="TR-a"), "Luz")
    assert (first.examination, again.examination, again.visit) == ("hold", "hold", first.visit)
    assert cut.edge.arrive(Named(trip="b", plate="TR-b"), "Luz").examination == "release"
    cut.reconcile()
    assert ordered(events(cut, "a")) == "hold"


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
    cut.edge.order("a", "release", "Ana", "Sealed again.", "Bea")
    assert cut.edge.look("a").examination == "release"  # type: ignore[union-attr]


def test_a_hold_that_comes_after_the_examination_is_told_at_the_edge_and_officers_lower_it(cut: Cut) -> None:
    given(cut, "a", "secondary")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    report([examined("a", cut, at=NOW)], cut.edge, "Luz")
    override(cut.node.log, "a", "hold", "Ana", "A tip.")
    cut.connect()
    assert cut.edge.look("a").examination == "hold"  # type: ignore[union-attr]
    cut.edge.order("a", "release", "Ana", "It was another truck.", "Bea")
    assert cut.edge.look("a").examination == "release"  # type: ignore[union-attr]


def test_readings_ahead_of_the_nodes_clock_stay_in_the_fact(cut: Cut) -> None:
    watch_primary(cut)
    cut.connect()
    ahead = microseconds(NOW + timedelta(days=400))
    cut.edge.read_gates([Read("p1", ahead, "TR-a", None)], "gate")
    cut.reconcile()
    assert not list(cut.node.log.read(types=[GateReads.TYPE]))
    facts = [stored.payload for stored in cut.node.log.read(types=[EdgeFact.TYPE])]
    assert facts[-1].effects == ("clock_doubted",)  # type: ignore[attr-defined]


@pytest.mark.parametrize("reason", ["edge_no_key", "edge_no_bundle"])
def test_who_could_not_be_drawn_is_examined_though_a_filing_is_found(reason: EdgeReason) -> None:
    visit = Visit("m-1", arrived=EdgeArrived(("m",), "secondary", reason))
    assert visit.standing(Expected("c", "decision", "release", ("c", "m"), 0), True) == "secondary"


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
    reached = log.projections.load("edge-book/1")
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
    log.projections.drop("edge-book/1")
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
