"""Decisions by price at each stage: at a yard, at the booth, and after a scan."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from journeys import Post, file, truck
from priced import COLOMBIA, WORLD_TRADE, book, different, last, put_in_force, stand

from aforo.domain.bridge import ExaminationQueued, GateReads
from aforo.domain.decision import STRICTNESS, ScanImage
from aforo.domain.event import Arrived, Assessed, AtYard, Decided, Examined, Passed
from aforo.exams.outcomes import Report
from aforo.flow import verdicts
from aforo.flow.at_booth import arrive, at_yard
from aforo.flow.on_the_way import Expected, OnTheWay
from aforo.flow.priced import BridgeNow
from aforo.flow.reports import report
from aforo.flow.telemetry import Statement, record
from aforo.flow.yard_reads import come_to_yards
from aforo.routing import policy as policies
from aforo.routing.choice import BLIND_WAIT, RELEASE, RESOURCES, SCAN_THEN_DECIDE, SCANNER


def scanned(own: str, image: ScanImage, **also: Any) -> Report:
    """The report of a scan."""
    return Report(1, own, None, True, None, None, None, None, carried_out="scan", image=image, **also)


def test_at_the_booth_a_truck_is_decided_by_how_the_bridge_is_then(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    with post.node() as node:
        stand(node, waiting=300.0)
        file(node, truck("a"), truck("b"))
        assert last(node.log, "a").examination == "release"
        post.clock.move(hours=1)
        stand(node, waiting=0.0)
        first = last(node.log, "a")
        at = arrive("a", node, "booth", WORLD_TRADE)
        assert not at.repeated
        decided = last(node.log, "a")
        assert at.instruction == decided.examination
        assert (decided.stage, decided.again, decided.bridge) == ("primary", True, WORLD_TRADE)
        assert (decided.lot, decided.control_propensity) == (first.lot, first.control_propensity)
        assert decided.price < first.price
        events = node.log.stream("crossing/a")
        assert [type(each.payload) for each in events[-3:]] == [Arrived, Assessed, Decided]
        queued = [each.payload for each in node.log.read(types=[ExaminationQueued.TYPE])]
        assert [each.crossing for each in queued if isinstance(each, ExaminationQueued)] == (
            [] if decided.examination == "release" else ["a"]
        )
        assert arrive("a", node, "booth").repeated
        assert len(node.log.stream("crossing/a")) == len(events)
        assert different(node.log) == []


def test_a_yard_tells_its_filer_nothing_and_decides_once(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=0.0001))
    with post.node() as node:
        stand(node)
        file(node, truck("a"))
        before = last(node.log, "a")
        at_yard("a", node, "yard", WORLD_TRADE)
        decided = last(node.log, "a")
        assert decided.stage == "yard"
        assert STRICTNESS[decided.examination] >= STRICTNESS[before.examination]
        assert at_yard("a", node, "yard").repeated
        arrive("a", node, "booth")
        assert last(node.log, "a").stage == "primary"
        assert at_yard("a", node, "yard").repeated
        kinds = [type(each.payload) for each in node.log.stream("crossing/a")]
        assert (kinds.count(AtYard), kinds.count(Arrived)) == (1, 1)
        assert different(node.log) == []


def test_a_truck_that_is_read_at_a_yard_is_decided_there(post: Post) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        stand(node)
        file(node, truck("a"), truck("b"))
        (hash_,) = node.keys.identity_hashes("tractor", ["TR-a"]).tolist()
        plates = base64.b64encode(np.array([0, hash_, 77], "<u8").tobytes()).decode()
        instants = base64.b64encode(np.arange(3, dtype="<i8").tobytes()).decode()
        block = GateReads("y-1", WORLD_TRADE, "yard", instants, plates)
        record([Statement(block, "device/y-1", node.clock(), "block")], node.log, actor="reader")
        reads = node.log.read(types=[GateReads.TYPE])
        assert [each.crossing for each in come_to_yards(reads, node)] == ["a"]
        assert come_to_yards(reads, node) == []
        assert (last(node.log, "a").stage, last(node.log, "b").stage) == ("yard", "filed")
        assert different(node.log) == []


def test_an_amendment_of_a_truck_that_has_arrived_is_weighed_where_it_stands(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    with post.node() as node:
        stand(node, waiting=300.0)
        file(node, truck("a"))
        arrive("a", node, "booth", WORLD_TRADE)
        file(node, truck("a2", amends="a", action="replace", bridge="Colombia", gross_mass_kg=11_000.0))
        decided = last(node.log, "a")
        assert (decided.stage, decided.bridge) == ("primary", WORLD_TRADE)
        assert node.bridges is not None
        assert "a" not in node.bridges.way.trucks
        assert different(node.log) == []


@pytest.mark.parametrize("how", ["examined", "passed"])
def test_a_truck_of_which_only_what_came_after_is_reported_is_not_on_its_way_again(post: Post, how: str) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    with post.node() as node:
        stand(node, waiting=300.0)
        file(node, truck("a"))
        assert node.bridges is not None
        own = Report(1, "a", None, how == "examined", None, None, None, None)
        report([own], node)
        kind = Examined if how == "examined" else Passed
        assert any(isinstance(each.payload, kind) for each in node.log.stream("crossing/a"))
        node.bridges.way.apply(node.log.read(types=OnTheWay.types))
        file(node, truck("a2", amends="a", action="replace", gross_mass_kg=11_000.0))
        assert last(node.log, "a").stage == "primary"
        way = OnTheWay()
        way.apply(node.log.read(types=way.types))
        assert list(way.trucks) == list(node.bridges.way.trucks) == []
        assert different(node.log) == []


@pytest.mark.parametrize(("steep", "after"), [(0.0001, ("secondary", "joint")), (5.0, ("release",))])
def test_after_an_alarm_the_dock_is_weighed_at_its_price_then(post: Post, steep: float, after: tuple[str, ...]) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=0.0001), book(COLOMBIA, steep=steep))
    with post.node() as node:
        stand(node, waiting=0.0)
        file(node, truck("a", bridge="Colombia"), truck("b", bridge="Colombia"))
        arrive("a", node, "booth")
        report([scanned("a", "alarm")], node)
        if steep == 5.0:  # the dock is full by then
            stand(node, waiting=1e4)
        report([scanned("b", "inconclusive")], node)
        decided = last(node.log, "a")
        assert decided.stage == "scanned"
        assert decided.routing is not None
        assert decided.routing.image == "alarm"
        told = report([scanned("a", "alarm")], node)
        assert told.repeated == 1
        assert last(node.log, "a") == decided
        assert last(node.log, "b").examination in after
        assert different(node.log) == []


def test_a_clear_image_ends_a_scan_and_a_finding_needs_no_choice(post: Post) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        stand(node)
        file(node, truck("a"), truck("b"))
        report([scanned("a", "clear")], node)
        report([Report(1, "b", None, True, True, "contraband", None, None, carried_out="scan", image="alarm")], node)
        assert all(last(node.log, own).stage == "filed" for own in "ab")


def test_an_order_for_a_life_stands_whatever_the_price(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=50.0))
    policy = policies.default_document().replace(b"hold_from = { probability = 0.5", b"hold_from = { probability = 0.0")
    with post.node(policy=policy) as node:
        stand(node, waiting=1e4, up=0)
        file(node, truck("a"))
        assert arrive("a", node, "booth").instruction == "hold"
        report([scanned("a", "inconclusive")], node)
        assert last(node.log, "a").examination == "hold"
        assert different(node.log) == []


def _scanned_for_people() -> bytes:
    """A policy by which whoever is in danger is ordered to the scan."""
    policy = policies.default_document()
    for was, now in (
        (b"hold_from = { probability = 0.5", b"hold_from = { probability = 0.0"),
        (b'people = { option = "hold"', b'people = { option = "scan"'),
    ):
        assert was in policy
        policy = policy.replace(was, now)
    return policy


@pytest.mark.parametrize("mandatory", [False, True])
def test_a_price_sends_nobody_from_a_booth_to_where_there_is_no_room(post: Post, mandatory: bool) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    with post.node(policy=_scanned_for_people() if mandatory else None) as node:
        stand(node, waiting=1e5)
        file(node, truck("a"), truck("b"))
        assert node.bridges is not None
        stand(node, waiting=0.0)
        assert arrive("b", node, "booth", WORLD_TRADE).instruction != "release"
        now = node.bridges.state
        node.bridges.state = lambda *of: now(*of)._replace(full=[True] * len(RESOURCES))
        asked = arrive("a", node, "booth", WORLD_TRADE).instruction
        decided = last(node.log, "a")
        assert decided.routing is not None
        assert (decided.routing.allowed, decided.routing.fallback) == (1 << RELEASE, ("room",))
        # Only what a price would choose is left: what is mandatory is examined all the same.
        assert (asked, decided.basis) == (("scan", "mandatory") if mandatory else ("release", None))
        assert different(node.log) == []


@pytest.mark.parametrize(
    ("waiting", "room", "asked"),
    [(195.0, 50.0, True), (195.0, 5.0, False), (195.0, float("nan"), True), (15.0, 5.0, True), (181.0, 5.0, True)],
)
def test_a_price_orders_nobody_ahead_to_where_there_will_be_no_room(
    post: Post, waiting: float, room: float, asked: bool
) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=0.0001))
    with post.node() as node:
        # The truck comes in three hours. By then one portal will have work left for twenty trucks of 195 minutes, for
        # two of 181 and for none of 15; more units have less left at every other place.
        stand(node, waiting=waiting)
        assert node.bridges is not None
        now = node.bridges.state
        places = [room if name == "portal" else 0.0 for name in RESOURCES]
        node.bridges.state = lambda *of: now(*of)._replace(full=[False] * len(RESOURCES), room=places)
        file(node, truck("a"))
        decided = last(node.log, "a")
        assert decided.routing is not None
        assert bool(decided.routing.allowed & (1 << SCAN_THEN_DECIDE)) == asked
        assert decided.routing.fallback == (() if asked else ("room",))
        assert different(node.log) == []


def test_a_queue_that_nobody_knows_is_as_long_as_the_choice_takes_it_with_what_is_ordered_on_top(post: Post) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        assert node.bridges is not None
        nothing = [float("nan")] * len(RESOURCES)
        node.bridges.state = lambda bridge, at, arrives: BridgeNow(nothing, [-1] * len(RESOURCES), float("nan"), None)
        due = int(post.clock().timestamp()) + 1_800
        node.bridges.way.add("b", Expected(WORLD_TRADE, due, 0, 100, sent=SCANNER, asks=100_000))
        file(node, truck("a"))
        routed = last(node.log, "a").routing
        assert routed is not None
        waits = routed.backlog[SCANNER]
        # A thousand minutes for one unit that begins in half an hour, and the wait that is assumed at all nine.
        assert (
            waits
            == 1_000.0 - 150.0 + 9 * node.bridges.prices.of(WORLD_TRADE, post.clock().date())[0].params[BLIND_WAIT]
        )


@pytest.mark.parametrize("mandatory", [False, True])
def test_what_a_rule_orders_of_a_truck_that_files_is_counted_ahead_at_once(post: Post, mandatory: bool) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    with post.node(policy=_scanned_for_people() if mandatory else None) as node:
        stand(node, waiting=1e4)
        file(node, truck("a"))
        assert last(node.log, "a").examination == ("scan" if mandatory else "release")
        assert node.bridges is not None
        known, again = node.bridges.way, OnTheWay()
        assert known.trucks["a"].sent == (RESOURCES.index("portal") if mandatory else -1)
        again.apply(node.log.read(types=again.types))
        assert again.trucks == known.trucks
        assert different(node.log) == []


@pytest.mark.parametrize("full", [False, True])
def test_whom_an_order_sent_to_a_scan_that_alarms_is_examined_by_hand_at_any_price(post: Post, full: bool) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=50.0))
    with post.node(policy=_scanned_for_people()) as node:
        stand(node, waiting=1e4 if full else 0.0)
        file(node, truck("a"))
        ordered = last(node.log, "a")
        assert (ordered.examination, ordered.basis) == ("scan", "mandatory")
        arrive("a", node, "booth")
        report([scanned("a", "alarm")], node)
        decided = last(node.log, "a")
        assert (decided.stage, decided.basis) == ("scanned", "mandatory")
        assert decided.examination in ("secondary", "joint")
        assert different(node.log) == []


def test_what_was_decided_before_alarms_asked_for_hands_replays_as_it_was(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=50.0))
    with post.node(policy=_scanned_for_people()) as node:
        stand(node, waiting=0.0)
        file(node, truck("a"), truck("b"))
        with monkeypatch.context() as older:  # the same scan was ordered again
            older.setattr(verdicts, "UPKEEP", 2)
            older.setattr(verdicts, "_after_alarm", lambda order, choice: order)
            report([scanned("a", "alarm")], node)
        report([scanned("b", "alarm")], node)
        old, new = last(node.log, "a"), last(node.log, "b")
        assert (old.stage, old.examination, old.upkeep) == ("scanned", "scan", 2)
        assert (new.stage, new.upkeep) == ("scanned", 3)
        assert new.examination in ("secondary", "joint")
        assert different(node.log) == []
