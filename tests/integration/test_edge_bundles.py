"""The bundle that an edge works by while it is cut off: what stands in it, and when it is taken."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from cut_off import PORT, Bridge, Cut, examined, given
from journeys import Post, file, truck

from aforo.flow.edge_bundle import Bundle, BundleRefusedError, InForce, Signed, sign
from aforo.flow.edge_enrolled import Edge
from aforo.flow.edge_expected import Expecting, digest_of
from aforo.flow.edge_issuing import Asked, issue
from aforo.flow.edge_node import Named
from aforo.flow.edge_reports import report
from aforo.flow.reports import report as report_at_node
from aforo.log.keys import KeyStore
from aforo.log.rotation import rotate_key
from aforo.log.sequencer import sequence
from aforo.log.store import Log


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
    clock = cut.clock
    given(cut, "a", "scan")
    edge, first = cut.edge, cut.issue()
    clock.move(minutes=-10)
    with pytest.raises(BundleRefusedError, match="set the clocks"):
        edge.take(first)
    clock.move(days=3)
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


def test_a_truck_has_one_name_whatever_a_node_that_starts_again_has_forgotten(cut: Cut) -> None:
    given(cut, "a", "release", crossing_id="TRIP-1")
    cut.connect()
    file(cut.node, truck("a-gone", amends="a", crossing_id="TRIP-1", action="cancel"))
    cut.connect()
    given(cut, "b", "scan", crossing_id="TRIP1")
    cut.connect()
    cut.edge.arrive(Named(trip="TRIP1"), "Luz")
    report([examined("TRIP1", cut)], cut.edge, "Luz")
    cut.clock.move(days=5)
    cut.expecting = Expecting(cut.node.log, PORT)
    force = cut.connect()
    assert list(force.trucks) == [cut.seen("TRIP1").visit]
    again = cut.edge.arrive(Named(trip="TRIP1"), "Luz")
    assert (again.examination, again.repeated) == ("release", True)
