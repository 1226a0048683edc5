"""A scanner fails or comes back: what waits is weighed again by what is up, and told where more is asked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from journeys import NOW, Learnt, Post, file, truck
from listening import listening
from priced import COLOMBIA, WORLD_TRADE, book, different, put_in_force

from aforo.api.repricing import Repricing
from aforo.domain.bridge import ExaminationQueued, Staffed
from aforo.domain.event import Decided
from aforo.domain.payload import Payload
from aforo.domain.scanner import ScannerEvent, ScannerReported
from aforo.exams.outcomes import Report
from aforo.flow import documents
from aforo.flow.alerts import Alerts
from aforo.flow.at_booth import arrive
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.prices import policy_named
from aforo.flow.reports import report
from aforo.flow.repricing import Repriced, reprice, touched
from aforo.flow.telemetry import Statement, record
from aforo.log.store import Log
from aforo.routing.rate import NANOMINUTES

SCANNERS = ("S1", "S2", "S3", "S4")


def say(log: Log, payload: Payload, stream: str, minutes: float = 0.0) -> None:
    at = NOW + timedelta(minutes=minutes)
    record([Statement(payload, stream, at, f"{stream}:{minutes}:{msgspec.json.encode(payload)!r}")], log, actor="port")


def scanner(log: Log, own: str, event: ScannerEvent, minutes: float, port: str = COLOMBIA) -> None:
    say(log, ScannerReported(event, reporter="port", port=port, kind="HE"), f"scanner/{own}", minutes)


def nothing_works(log: Log) -> None:
    """Every scanner of Colombia is down, and nobody is at the docks."""
    put_in_force(log, book(COLOMBIA, steep=1.0, units=4))
    for own in SCANNERS:
        scanner(log, own, "commissioned", -600.0)
        scanner(log, own, "down", -60.0)
    say(log, Staffed({"dock": 0, "joint": 0}), f"port/{COLOMBIA}", -60.0)


def last(log: Log, crossing: str) -> Decided:
    decided, _ = order_of(log.stream(f"crossing/{crossing}"))
    assert decided is not None
    return decided


def weigh(node: Node, *crossings: str) -> Repriced:
    return reprice(crossings, {COLOMBIA}, node)


def test_a_scanner_that_comes_back_is_used_and_one_that_fails_lowers_no_order(post: Post) -> None:
    with post.log() as log:
        nothing_works(log)
    with post.node() as node:
        file(node, truck("a", bridge="Colombia"), truck("b", bridge="World Trade"))
        down = last(node.log, "a")
        assert down.examination == "release"
        assert down.routing is not None
        assert down.routing.up[0] == 0
        assert weigh(node, "a", "b") == Repriced(1)
        for own in SCANNERS:
            scanner(node.log, own, "up", 0.0)
        post.clock.move(minutes=1)
        told = weigh(node, "a", "b")
        assert [(each.was, each.now) for each in told.changed] == [("release", "scan")]
        up = last(node.log, "a")
        assert up.routing is not None
        assert (up.routing.up[0], up.stage, up.again) == (4, "filed", True)
        # Staff are told of what is asked now.
        (alert,) = (each for each in Alerts(node.log).open() if each.subject == "crossing/a")
        assert alert.kind == "order_raised"
        for own in SCANNERS:
            scanner(node.log, own, "down", 2.0)
        post.clock.move(minutes=5)
        assert weigh(node, "a").changed == ()
        assert last(node.log, "a") == up
        # At the booth it is decided again, and what was ordered stands though no scanner is up.
        assert arrive("a", node, "booth").instruction == "scan"
        assert last(node.log, "a").kept
        assert different(node.log) == []


def price_with(post: Post, down: int) -> tuple[int, int]:
    """The scanners that a decision takes to be up where so many of four are reported down, and its price."""
    with post.log() as log:
        put_in_force(log, book(COLOMBIA, steep=0.02, units=4))
        say(log, Staffed({"dock": 0, "joint": 0}), f"port/{COLOMBIA}", -60.0)
        for own in SCANNERS:
            scanner(log, own, "commissioned", -600.0)
        for own in SCANNERS[:down]:
            scanner(log, own, "down", -60.0)
    with post.node() as node:
        file(node, truck("a", bridge="Colombia"))
        decided = last(node.log, "a")
        assert decided.routing is not None
        assert decided.examination.startswith("scan")
        return decided.routing.up[0], decided.price


def test_a_scanner_reported_down_is_one_unit_fewer_and_the_price_that_of_the_table_for_it(
    learnt: Learnt, tmp_path: Path
) -> None:
    found = [price_with(Post(learnt, tmp_path / str(down)), down) for down in range(4)]
    assert [up for up, _ in found] == [4, 3, 2, 1]
    prices = [price / NANOMINUTES for _, price in found]
    assert prices == sorted(prices)
    # The table says −0.02 · w² ÷ units up: eight more minutes of work cost 0.02 · 8² ÷ units, kept in 1024ths; the
    # rest, what an alarm would have the truck ask of a dock, is the same.
    for one, next_ in ((1, 2), (2, 3)):
        more = 0.02 * 8.0**2 * (1 / found[next_][0] - 1 / found[one][0])
        assert prices[next_] - prices[one] == pytest.approx(more, abs=2 / 1024)


def test_a_scanner_that_is_lost_in_mid_queue_is_weighed_where_the_truck_stands(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(COLOMBIA, steep=0.0001, units=4))
        for own in SCANNERS:
            scanner(log, own, "commissioned", -600.0)
    with post.node() as node:
        file(node, truck("a", bridge="Colombia"))
        before = arrive("a", node, "booth").instruction
        queued = [each.payload for each in node.log.read(types=[ExaminationQueued.TYPE])]
        assert len(queued) == 1
        for own in SCANNERS:
            scanner(node.log, own, "down", 1.0)
        post.clock.move(minutes=2)
        weigh(node, "a")
        decided = last(node.log, "a")
        assert decided.stage == "primary"
        assert decided.examination == before or decided.examination in ("joint", "secondary")
        report([Report(1, "a", None, True, False, None, None, None)], node)
        assert weigh(node, "a") == Repriced()
        assert different(node.log) == []


def test_what_is_mandatory_or_for_lives_is_the_same_whatever_is_up(post: Post) -> None:
    with post.log() as log:
        nothing_works(log)
    with post.node() as node:
        file(
            node,
            truck("w", bridge="Colombia", seal_id="WATCHED"),
            *(truck(f"t{n}", bridge="Colombia") for n in range(99)),
        )
        held = {
            each.event.stream
            for each in node.log.read(types=[Decided.TYPE])
            if isinstance(each.payload, Decided) and each.payload.basis
        }
        assert held
        weigh(node, *(each.removeprefix("crossing/") for each in held))
        assert all(last(node.log, each.removeprefix("crossing/")).examination != "release" for each in held)


def test_it_is_told_which_bridges_an_event_touches(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(COLOMBIA, empty=True), book(WORLD_TRADE, empty=True))
    with post.node() as node:
        after = node.log.position()
        scanner(node.log, "S1", "down", 0.0)
        assert touched(node.log.read(after), node) == {COLOMBIA}
        say(node.log, ScannerReported("down"), "scanner/S9", 1.0)
        assert touched(node.log.read(after), node) == {COLOMBIA, WORLD_TRADE}
        after = node.log.position()
        say(node.log, ScannerReported("responded", port=COLOMBIA), "scanner/S1", 2.0)
        say(node.log, Staffed({"booth": 3}), "port/elsewhere", 2.0)
        assert touched(node.log.read(after), node) == set()
    with post.log() as log:
        documents.roll_back(log, "port", "2304", "tester")
    with post.node() as node:
        assert node.bridges is None
        assert touched(node.log.read(0), node) == set()
        assert weigh(node, "a") == Repriced()


def test_a_server_weighs_again_what_changed_and_only_then(post: Post) -> None:
    with post.log() as log:
        nothing_works(log)
    with listening(post) as made:
        again = Repricing(made.desk, made.log)
        officer = made.as_("officer")
        officer.post("/v1/filings", json=truck("a", bridge="Colombia"))
        assert again.look() is None
        for own in SCANNERS:
            scanner(made.log, own, "up", 0.0)
        post.clock.move(minutes=1)
        told = again.look()
        assert told is not None
        assert [each.crossing for each in told.changed] == ["a"]
        assert again.look() is None
        # A document that changes is taken up, and what was decided by the old one replays with it.
        steeper = dict(book(COLOMBIA, steep=50.0, units=4, policy="clearance"))
        documents.put(made.log, "prices", policy_named(COLOMBIA), steeper[policy_named(COLOMBIA)], "2", "tester")
        assert again.look() is not None
        officer.post("/v1/filings", json=truck("b", bridge="Colombia"))
        first, second = last(made.log, "a"), last(made.log, "b")
        assert first.artefacts != second.artefacts
        assert first.routing is not None
        assert second.routing is not None
        assert (first.routing.policy, second.routing.policy) == (6, 4)
        assert different(made.log) == []
        # Rolled back, there are no prices for the port any more: the rate decides as before.
        documents.roll_back(made.log, "port", "2304", "tester")
        assert again.look() is not None
        officer.post("/v1/filings", json=truck("c", bridge="Colombia"))
        assert last(made.log, "c").routing is None
        restarted = Repricing(made.desk, made.log)
        assert restarted.look() is None
