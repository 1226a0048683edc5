"""What an edge hands in when the link is back: each fact counts once, and what was changed or forked is refused."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from cut_off import NOW, Bridge, Cut, events, examined, given, of, row, signed_hand_in
from journeys import Post

from aforo.domain.bridge import GateReads
from aforo.domain.clock import microseconds
from aforo.domain.edge import EdgeAttested, EdgeFact
from aforo.domain.event import Examined, Passed
from aforo.flow import edge_node
from aforo.flow.edge_check import check_edge
from aforo.flow.edge_deciding import draw
from aforo.flow.edge_enrolled import EdgeRefusedError, retire
from aforo.flow.edge_node import Named
from aforo.flow.edge_orders import carried_out
from aforo.flow.edge_reports import report
from aforo.flow.edge_telemetry import keep_readings
from aforo.flow.lots import reveal
from aforo.flow.reports import report as report_at_node
from aforo.flow.telemetry import MOST_IN_BLOCK, blocks_of, record
from aforo.intake.gate_reads import Read
from aforo.log.checkpoint import Checkpoint
from aforo.ports.reads import of_block, together


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
    assert [fact.effects for fact in cut.facts() if fact.body == "{}"] == [("unreadable",)]


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
    clock = cut.clock
    clock.move(days=-400)
    cut.edge.arrive(Named(trip="a"), "Luz")
    unknown = cut.edge.arrive(Named(plate="U"), "Luz")
    assert unknown.code in ("edge_no_filing", "edge_no_filing_drawn")  # the day is that of the bundle
    clock.move(days=800)
    cut.edge.arrive(Named(trip="b"), "Luz")
    assert cut.edge.arrive(Named(plate="V"), "Luz").code == "edge_no_key"
    clock.move(days=-400, hours=1)
    cut.reconcile()
    for own in ("a", "b"):
        (stored,) = [each for each in events(cut, own) if each.event.type == Passed.TYPE]
        assert NOW <= stored.event.occurred_at <= NOW + timedelta(hours=1, minutes=5)
    assert "clock_doubted" in row(cut, "a").effects


@pytest.mark.parametrize("honest", [True, False])
def test_the_lots_of_an_edge_can_be_drawn_again_when_the_key_is_published(
    cut: Cut, honest: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut.connect()
    for number in range(39):
        cut.edge.arrive(Named(plate=f"U{number}"), "Luz")
    if not honest:
        monkeypatch.setattr(edge_node, "draw", lambda *of: replace(draw(*of), lot=draw(*of).lot ^ 1))
    last = cut.edge.arrive(Named(plate="U39"), "Luz").visit
    cut.reconcile()
    edge = cut.enrol()
    assert (check_edge(edge, cut.node.log).lots, check_edge(edge, cut.node.log).lots_checked) == (40, 0)
    cut.clock.move(days=3)
    reveal(cut.node.log, NOW.date() + timedelta(days=2), "Ana")
    checked = check_edge(edge, cut.node.log)
    assert (checked.lots, checked.lots_checked, checked.lots_wrong) == (40, 40, [] if honest else [last])
    assert checked.good == honest


#: A reader of the bridge's document.
READER = "world-trade-start"


def test_what_readers_saw_during_a_cut_is_counted_by_the_node(cut: Cut) -> None:
    cut.connect()
    at = microseconds(NOW)
    reads = [Read(READER, at, "TR-a", "T1"), Read(READER, at + 1_000_000, None, None)]
    assert keep_readings(reads, cut.edge, "gate") == (1, 0)
    assert keep_readings(reads, cut.edge, "gate") == (0, 1)
    assert not any(b"TR-a" in stored.body for stored in cut.edge.log.read())
    cut.reconcile()
    cut.hand_in_anew()
    (block,) = [stored.payload for stored in cut.node.log.read(types=[GateReads.TYPE])]
    assert isinstance(block, GateReads)
    assert (block.reader, block.bridge) == (READER, "world-trade")
    hashed = cut.node.keys.identity_hashes("tractor", ["TR-a", None])
    assert base64.b64decode(block.plates) == hashed.astype("<u8").tobytes()


@pytest.mark.parametrize("first", ["edge", "node"])
def test_readings_that_both_are_told_are_recorded_once_however_many_they_are(cut: Cut, first: str) -> None:
    """Some of them at one instant, where blocks end too."""
    cut.connect()
    at = microseconds(NOW)
    reads = [Read(READER, at - 1_000 * (n // 3), f"TR-{n}", f"T{n}") for n in range(2 * MOST_IN_BLOCK + 5)]
    keep_readings(reads, cut.edge, "gate")
    if first == "edge":
        cut.reconcile()
    log = cut.node.log
    record(blocks_of(reads[::-1], cut.node.live().readers, log), log, actor="gate")
    cut.reconcile()
    said = [stored.payload for stored in log.read(types=[GateReads.TYPE])]
    blocks = [of_block(each, 0) for each in said if isinstance(each, GateReads)]
    assert [len(each) for each in blocks] == [MOST_IN_BLOCK, MOST_IN_BLOCK, 5]
    assert len(together(blocks)) == len(reads)


def test_readings_ahead_of_the_nodes_clock_stay_in_the_fact(cut: Cut) -> None:
    cut.connect()
    ahead = microseconds(NOW + timedelta(days=400))
    keep_readings([Read(READER, ahead, "TR-a", None)], cut.edge, "gate")
    cut.reconcile()
    assert not list(cut.node.log.read(types=[GateReads.TYPE]))
    assert cut.facts()[-1].effects == ("clock_doubted",)


def test_an_account_at_the_node_is_of_one_examination_and_of_no_other_means(cut: Cut) -> None:
    """A scan that both are told of counts once; the examination that carried the order out after it is another."""
    given(cut, "a", "joint")
    given(cut, "b", "joint")
    given(cut, "c", "release")
    cut.connect()
    for own in ("a", "b", "c"):
        cut.edge.arrive(Named(trip=own), "Luz")
    at = cut.node.clock()
    scan = {"carried_out": "scan", "image": "clear"}
    for own in ("a", "b", "c"):
        report([examined(own, cut, at=at, **scan)], cut.edge, "Luz")
        report_at_node([examined(own, cut, at=at + timedelta(seconds=5), **scan)], cut.node)
    cut.clock.move(minutes=20)
    # Of the second truck the edge does not name the means; of the third it tells of two scans, the node of one.
    for own, told in (("a", {"carried_out": "joint"}), ("b", {}), ("c", scan)):
        assert report([examined(own, cut, at=cut.node.clock(), **told)], cut.edge, "Luz").examinations == 1
    handed = cut.hand_in()
    assert handed is not None
    cut.reconcile()
    for own, means in (("a", ["scan", "joint"]), ("b", ["scan", None]), ("c", ["scan", "scan"])):
        assert [each.carried_out for each in of(Examined, cut, own)] == means, own
        assert carried_out(events(cut, own)), own
    # Handed in again, everything is known.
    cut.take_in(handed)
    assert [len(of(Examined, cut, own)) for own in ("a", "b", "c")] == [2, 2, 2]
    assert cut.connect().all() == {}


def test_two_examinations_of_one_visit_are_two_however_close(cut: Cut) -> None:
    given(cut, "a", "joint")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    report([examined("a", cut, carried_out="scan", image="clear", at=cut.node.clock())], cut.edge, "Luz")
    cut.clock.move(minutes=20)
    report([examined("a", cut, carried_out="joint", at=cut.node.clock())], cut.edge, "Luz")
    cut.reconcile()
    assert [(each.carried_out, each.corrects) for each in of(Examined, cut, "a")] == [("scan", None), ("joint", None)]
