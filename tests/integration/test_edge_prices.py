"""What an edge that is cut off orders by the price of its bridge."""

from __future__ import annotations

import math
from datetime import timedelta

import msgspec
from cut_off import NOW, Bridge, Cut, events, examined, of
from journeys import Post, decisions, file, truck
from priced import WORLD_TRADE, book, different, last, put_in_force, stand

from aforo.domain.event import Arrived, Examined, Passed
from aforo.flow.at_booth import arrive
from aforo.flow.edge_issuing import document, priced_of
from aforo.flow.edge_node import Named
from aforo.flow.edge_pricing import EdgePrices, PricedBridge, Sent, backlog_now
from aforo.flow.edge_reports import report
from aforo.flow.habits import Habits
from aforo.flow.on_the_way import OnTheWay
from aforo.flow.order import ordered
from aforo.flow.prices import OfBridge
from aforo.routing.choice import RESOURCES


def test_an_edge_asks_the_price_of_its_bridge_by_the_work_that_it_sent_itself(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    with post.node() as node, Bridge(post.folder / "edge", post.clock, node.log).edge() as edge:
        cut = Cut(node, edge)
        stand(node, waiting=300.0, up=2)
        file(node, *(truck(own) for own in ("a", "b", "c", "d")))
        made = decisions(node.log)
        assert {decided.examination for decided in made} == {"release"}
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
        # Who filed, and what ties trips, does not leave the node, not even as hashes.
        assert all(decided.routing and decided.routing.filer and any(decided.routing.ties) for decided in made)
        assert (arrived.routing.filer, arrived.routing.ties) == (0, ())
        assert arrived.value > arrived.price > 0
        report([examined("c", cut)], edge, "Luz")
        cut.reconcile()
        assert len(of(Examined, cut, "c")) == 1
        assert ordered(events(cut, "c")) == "release"


def test_a_truck_that_came_while_its_port_was_cut_off_is_not_on_its_way_again_when_its_filing_is_amended(
    post: Post,
) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    with post.node() as node, Bridge(post.folder / "edge", post.clock, node.log).edge() as edge:
        cut = Cut(node, edge)
        assert node.bridges is not None
        stand(node, waiting=300.0)
        file(node, truck("a"), truck("b"), truck("c"))
        cut.connect()
        for own in ("a", "b"):
            edge.arrive(Named(trip=own), "Luz")
        cut.reconcile()
        assert [type(each.payload) for each in events(cut, "a")][-2:] == [Arrived, Passed]
        node.bridges.way.apply(node.log.read(types=OnTheWay.types))
        file(node, truck("a2", amends="a", action="replace", bridge="Colombia", gross_mass_kg=11_000.0))
        file(node, truck("c2", amends="c", action="replace", gross_mass_kg=11_000.0))
        decided, before = (last(node.log, own) for own in ("a", "b"))
        assert (decided.stage, decided.bridge, before.stage) == ("primary", WORLD_TRADE, "filed")
        way = OnTheWay()
        way.apply(node.log.read(types=way.types))
        assert list(way.trucks) == list(node.bridges.way.trucks) == ["c"]
        # A day later the bridge has told of others, and "c" alone never came.
        post.clock.move(days=1)
        file(node, truck("d", filed_at=post.clock().isoformat()))
        arrive("d", node, "booth", WORLD_TRADE)
        post.clock.move(days=1)
        file(node, truck("e", filed_at=post.clock().isoformat()))
        habits = Habits()
        habits.apply(node.log.read(types=habits.types))
        (filer,) = node.keys.identity_hashes("carrier", ["CA-1"]).tolist()
        assert habits._filers.known[filer][1] == 1.0
        assert different(node.log) == []


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


def test_a_state_that_a_node_does_not_believe_is_unknown_to_its_edge(post: Post) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node, Bridge(post.folder / "edge", post.clock, node.log).edge() as edge:
        cut = Cut(node, edge)
        for of, known in ((NOW, True), (NOW - timedelta(hours=13), False), (NOW + timedelta(hours=1), False)):
            stand(node, waiting=7.0, of=of)
            priced = priced_of(cut.enrol(), node)
            assert priced is not None
            assert priced.backlog == ((7.0 if known else None,) * len(RESOURCES))
            assert priced.arrivals == (40.0 if known else None)


def test_without_a_forecast_of_their_own_prices_hold_arrivals_against_what_is_ordinary(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(empty=True, policy="threshold"))
    with post.node() as node, Bridge(post.folder / "edge", post.clock, node.log).edge() as edge:
        cut = Cut(node, edge)
        stand(node, waiting=7.0)
        assert node.bridges is not None
        node.bridges.lately = lambda bridge, at: 20.0
        file(node, truck("a"))
        force = cut.connect()
        for each in edge.missing():
            assert edge.keep(each, document(each, cut.enrol(), node) or b"")
        assert force.bundle.priced is not None
        (expected,) = force.trucks.values()
        routed = decisions(node.log)[-1].routing
        assert routed is not None
        chosen = EdgePrices(force.bundle.priced, edge.log.artefacts.get).choose(
            msgspec.structs.replace(expected, bridge=WORLD_TRADE, routed=routed), [], NOW, b"k"
        )
        assert chosen is not None
        assert (routed.level, chosen.routed.level) == (2.0, 2.0)
