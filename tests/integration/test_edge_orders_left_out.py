"""What is ordered of a truck that a bundle leaves out, and when an edge keeps it no longer."""

from __future__ import annotations

import msgspec
import pytest
from cut_off import PORT, Cut, events, examined, given
from test_edge_orders_kept import cancel, decide, mandatory

from aforo.domain.decision import Examination
from aforo.flow.edge_bundle import Bundle, InForce, dump, load, sign
from aforo.flow.edge_expected import Expecting, digest_of
from aforo.flow.edge_node import Named
from aforo.flow.edge_reports import report
from aforo.flow.order import ordered
from aforo.flow.override import override
from aforo.flow.reports import report as report_at_node


def go_back(cut: Cut) -> InForce:
    """The edge takes a bundle of a node that does not know any more what it knew."""
    bundle = msgspec.json.decode(cut.issue("n").body, type=Bundle)
    back = msgspec.structs.replace(bundle, trucks=(), gone=(), since=None, known=False, digest=digest_of([]))
    return cut.edge.take(sign(back, cut.node.log.keys.signing.current(cut.node.log.origin)), "n")


def test_a_hold_that_came_after_the_examination_outlasts_a_node_that_went_back(cut: Cut) -> None:
    mandatory(cut, "a", "scan")
    given(cut, "b", "release")
    mandatory(cut, "c", "scan")
    cut.connect()
    for own in ("a", "b", "c"):
        cut.edge.arrive(Named(trip=own), "Luz")
    report([examined("a", cut), examined("c", cut)], cut.edge, "Luz")
    for own in ("a", "b"):
        decide(cut, own, examination="hold", basis="mandatory")
    cut.connect()
    back = go_back(cut)
    assert [each.order for each in back.kept.values()] == ["hold", "hold"], "what was ordered of the third is done"
    for own in ("a", "b"):
        assert cut.edge.arrive(Named(plate=f"TR-{own}"), "Luz").examination == "hold"
        cut.order(own, "release", "Luz", "Seen to.", "Eva")
    assert go_back(cut).kept == {}


@pytest.mark.parametrize("order", ["hold", "joint"])
def test_what_officers_order_at_the_edge_before_arrival_outlasts_a_cancellation(cut: Cut, order: Examination) -> None:
    given(cut, "a", "release")
    cut.connect()
    cut.order("a", order, "Luz", "A tip.", None)
    cancel(cut, "a")
    force = cut.connect()
    assert not force.trucks
    assert cut.connect().kept.keys() == force.kept.keys()
    assert load(dump(force)).kept == force.kept
    assert cut.edge.arrive(Named(trip="a", plate="TR-a"), "Luz").examination == order
    cut.reconcile()
    assert ordered(events(cut, "a")) == order


def test_what_officers_at_the_edge_lowered_again_is_kept_no_longer(cut: Cut) -> None:
    given(cut, "a", "release")
    cut.connect()
    cut.order("a", "hold", "Luz", "A tip.", None)
    cancel(cut, "a")
    assert cut.connect().kept
    cut.order("a", "release", "Luz", "A mistake.", "Eva")
    assert not cut.connect().kept


def test_what_was_carried_out_at_the_node_is_kept_no_longer_when_the_edge_is_told(cut: Cut) -> None:
    for own in ("a", "b", "c", "d"):
        mandatory(cut, own)
    cut.connect()
    for own in ("a", "b", "c"):
        cut.edge.arrive(Named(trip=own), "Luz")
    cut.reconcile()
    cut.order("d", "hold", "Luz", "A tip.", None)
    report_at_node([examined("a", cut), examined("c", cut, carried_out="scan"), examined("d", cut)], cut.node)
    report_at_node([examined("b", cut, examined=False)], cut.node)
    force = cut.connect()
    # The second only passed there, so it is not done; the third has the rest of its order to come.
    left = {cut.seen(own).visit for own in ("b", "d")}
    assert set(force.kept) == left
    assert set(force.trucks) == {cut.seen("c").visit}
    assert cut.seen("a").examination == "joint", "whoever stands there is examined all the same"
    assert set(cut.connect().kept) == left


def test_what_was_carried_out_at_the_node_unheard_is_kept_a_month_and_a_hold_always(cut: Cut) -> None:
    given(cut, "a", "scan")
    given(cut, "b", "hold")
    cut.connect()
    for own in ("a", "b"):
        cut.edge.arrive(Named(trip=own), "Luz")
    cut.reconcile()
    report_at_node([examined("a", cut)], cut.node)
    cut.expecting = Expecting(cut.node.log, PORT)  # one that starts again knows of no change
    assert [each.order for each in cut.connect().kept.values()] == ["scan"]
    cut.clock.move(days=29)
    assert [each.order for each in cut.connect().kept.values()] == ["scan"]
    cut.clock.move(days=2)
    force = cut.connect()
    assert not force.kept
    assert [each.order for each in force.trucks.values()] == ["hold"]
    assert cut.seen("a").examination == "scan", "whoever stands there is examined all the same"
    override(cut.node.log, "b", "release", "Ana", "A mistake.", "Bea")
