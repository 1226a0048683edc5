"""The token of a port lets no edge in: it takes a bridge of a document, and an administrator who compared the key."""

from __future__ import annotations

import pytest
from cut_off import PORT, Bridge, Cut, alerts, given, of
from journeys import Post

from aforo.domain.edge import EdgeConfirmed, EdgeEnrolled
from aforo.domain.event import Passed
from aforo.flow.alert_watch import Watch
from aforo.flow.edge_enrolled import EdgeRefusedError, confirm, edges, enrolled, fingerprint, retire
from aforo.flow.edge_node import Named
from aforo.log.key_tables import file_of
from aforo.log.note import Signer

#: One bridge, as people and attackers spell it.
SPELLINGS = ("world-trade", "WORLD TRADE", "World Trade ", "World Trade Bridge", " wtb", "Bridge IV", "world trade")
NOWHERE = ("A Bridge That Is In No Document", "", " ", "Otay Mesa", "World  Trade", "World Trade\u200b")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_bridge_is_one_however_it_is_spelled(cut: Cut, spelling: str) -> None:
    cut.connect()
    with Bridge(file_of(cut.edge.log.keys.place).parent / "other", cut.clock, cut.node.log).edge() as other:
        second = Cut(cut.node, other)
        with pytest.raises(EdgeRefusedError, match="edge_bridge_taken"):
            second.enrol_only(spelling)
        retire(cut.node.log, cut.edge.log.origin, "Broken.", "Ana")
        assert second.enrol_only(spelling).bridge == "world-trade"
        assert second.enrol_only("World Trade").pending, "said again in other words it is the same"
    assert [each.bridge for each in edges(cut.node.log).values()] == ["world-trade", "world-trade"]


@pytest.mark.parametrize("name", NOWHERE)
def test_no_edge_stands_at_a_bridge_that_no_document_of_its_port_has(cut: Cut, name: str) -> None:
    cut.edge.place = cut.edge.place.__class__(PORT, name, cut.edge.place.pinned)
    with pytest.raises(EdgeRefusedError, match="edge_bridge_unknown"):
        cut.enrol_only()
    assert edges(cut.node.log) == {}


def test_an_edge_waits_until_its_fingerprint_was_compared(cut: Cut) -> None:
    edge = cut.enrol_only()
    log, shown = cut.node.log, cut.edge.fingerprint
    assert (edge.pending, edge.fingerprint) == (True, shown)
    cut.edge.arrive(Named(trip="a"), "Luz")
    handed = cut.hand_in()
    assert handed is not None
    with pytest.raises(EdgeRefusedError, match="edge_pending"):
        cut.take_in(handed)
    other = fingerprint(Signer(edge.origin, b"7" * 32).verifier)
    for wrong in ("", other, shown[:-1], shown[:-1] + ("0" if shown[-1] != "0" else "1"), shown + "0", edge.key.text):
        with pytest.raises(EdgeRefusedError, match="edge_fingerprint_other"):
            confirm(log, edge.origin, wrong, "Root")
    with pytest.raises(LookupError):
        confirm(log, "aforo/none", shown, "Root")
    known = enrolled(log, edge.origin)
    assert known is not None
    assert known.pending
    assert confirm(log, edge.origin, f" {shown.upper().replace('-', ' ')} ", "Root")
    assert not confirm(log, edge.origin, shown, "Root"), "once"
    assert cut.take_in(handed).cursor == len(handed.bodies)
    retire(log, edge.origin, "Over.", "Ana")
    with pytest.raises(EdgeRefusedError, match="edge_retired"):
        confirm(log, edge.origin, shown, "Root")


def test_who_was_retired_before_it_was_confirmed_hands_nothing_in(cut: Cut) -> None:
    edge = cut.enrol_only()
    cut.edge.arrive(Named(trip="a"), "Luz")
    handed = cut.hand_in()
    assert handed is not None
    retire(cut.node.log, edge.origin, "Nobody knows it.", "Ana")
    with pytest.raises(EdgeRefusedError, match="edge_pending"):
        cut.take_in(handed)
    assert cut.facts() == []


def test_a_supervisor_is_told_of_every_enrolment_and_confirmation(cut: Cut) -> None:
    watch = Watch(cut.node.log)
    edge = cut.enrol_only()
    watch.look()
    subject = f"edge-key/{edge.origin}"
    assert alerts(cut) == [("edge_enrolled", subject)]
    confirm(cut.node.log, edge.origin, edge.fingerprint, "Root")
    watch.look()
    assert alerts(cut) == [("edge_confirmed", subject)], "the enrolment is settled by it"
    retire(cut.node.log, edge.origin, "Over.", "Ana")
    watch.look()
    assert alerts(cut) == []
    Watch(cut.node.log).look()
    assert alerts(cut) == [], "who looks at the log anew raises nothing twice"


def test_an_edge_of_before_there_was_a_confirmation_stays_in_use(post: Post) -> None:
    with post.node() as node, Bridge(post.folder / "edge", post.clock, node.log, "World Trade").edge() as edge:
        cut = Cut(node, edge)
        given(cut, "a", "release")
        cut.enrol_as_before()
        assert not cut.enrol_only().pending
        assert len(cut.connect().trucks) == 1
        cut.edge.arrive(Named(trip="a"), "Luz")
        cut.reconcile()
        assert len(of(Passed, cut, "a")) == 1
        assert [each.payload for each in node.log.read(types=[EdgeConfirmed.TYPE])] == []
        (said,) = [each.payload for each in node.log.read(types=[EdgeEnrolled.TYPE])]
        assert said == EdgeEnrolled(PORT, "World Trade", edge.log.keys.signing.current(edge.log.origin).verifier.text)
        Watch(node.log).look()
        assert alerts(cut) == []
        # It has its bridge, however another one spells that.
        with (
            Bridge(post.folder / "other", post.clock, node.log).edge() as other,
            pytest.raises(EdgeRefusedError, match="edge_bridge_taken"),
        ):
            Cut(node, other).enrol_only("world-trade")
