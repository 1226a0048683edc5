"""Live trucks are decided by the price of their bridge's minutes, at every stage, and the same again from the log."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from journeys import Learnt, Post, decisions, file, truck
from priced import COLOMBIA, WORLD_TRADE, book, different, put_in_force, stand

from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, GateReads
from aforo.domain.decision import STRICTNESS, ScanImage
from aforo.domain.event import Arrived, Assessed, AtYard, Decided
from aforo.exams.outcomes import Report
from aforo.flow.at_booth import arrive, at_yard
from aforo.flow.decision_shown import show_decision
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.outlooks import ExpectedLately
from aforo.flow.queueing import place_of
from aforo.flow.reports import report
from aforo.flow.shown import show
from aforo.flow.telemetry import Statement, record
from aforo.flow.yard_reads import come_to_yards
from aforo.log.store import Log
from aforo.ports.state import BridgesState
from aforo.routing import policy as policies


def last(log: Log, crossing: str) -> Decided:
    decided, _ = order_of(log.stream(f"crossing/{crossing}"))
    assert decided is not None
    return decided


def test_a_bridge_with_prices_decides_by_them_and_any_other_as_before(post: Post, learnt: Learnt) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        stand(node)
        before = node.price.price
        lines = file(node, learnt.future[:60], truck("elsewhere", port="2402", bridge="Ysleta"), truck("here"))
        made = {stored.event.stream: stored.payload for stored in node.log.read(types=[Decided.TYPE])}
        here, elsewhere = made["crossing/here"], made["crossing/elsewhere"]
        assert isinstance(here, Decided)
        assert isinstance(elsewhere, Decided)
        assert here.bridge == WORLD_TRADE
        assert here.stage == "filed"
        assert here.routing is not None
        assert here.routing.fallback == ()
        assert (elsewhere.stage, elsewhere.bridge, elsewhere.routing) == (None, "", None)
        own = next(line for line in lines if line.declaration_id == "here")
        assert (own.value, own.price) == (here.value / 1e9, here.price / 1e9)
        # What has the price of its bridge moves no other.
        priced = sum(each.routing is not None for each in decisions(node.log))
        assert 1 < priced < 62
        assert node.price.price != before
        assert different(node.log) == []


@pytest.mark.parametrize(("waiting", "steep"), [(0.0, 0.0001), (200.0, 5.0)])
def test_the_busier_the_bridge_the_less_is_examined(post: Post, learnt: Learnt, waiting: float, steep: float) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=steep), book(COLOMBIA, steep=steep))
    with post.node() as node:
        stand(node, waiting=waiting)
        file(node, learnt.future[:100])
        made = [each for each in decisions(node.log) if each.routing is not None]
        chosen = [each for each in made if each.basis == "priced"]
        assert len(made) > 20
        assert (len(chosen) > len(made) / 2) if waiting == 0.0 else not chosen
        # Whatever it costs, what the lottery drew and what is mandatory is examined.
        assert all(each.examination != "release" for each in made if each.control or each.mandatory)
        assert different(node.log) == []


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


def test_what_was_ordered_is_not_lowered_by_a_price(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    with post.node() as node:
        stand(node)
        file(node, truck("a"))
        before = last(node.log, "a")
        assert before.basis == "priced"
        stand(node, waiting=1e4)
        assert arrive("a", node, "booth", WORLD_TRADE).instruction == before.examination
        decided = last(node.log, "a")
        assert decided.kept
        assert (decided.examination, decided.propensity) == (before.examination, before.propensity)
        assert decided.price > decided.value
        assert different(node.log) == []


NUMBERS: dict[str, Callable[[dict[str, Any]], None]] = {
    "minute": lambda said: said.update(minute=said["minute"] + 1.0),
    "backlog": lambda said: said["backlog"].__setitem__(3, 1.0),
    "up": lambda said: said["up"].__setitem__(4, 3),
    "minutes": lambda said: said["minutes"].__setitem__(0, 8.5),
    "prevented": lambda said: said["prevented"].__setitem__(1, said["prevented"][1] + 1e-9),
    "alarm": lambda said: said.update(alarm=said["alarm"] / 2),
    "level": lambda said: said.update(level=1.1),
    "lane": lambda said: said.update(lane=2),
    "listed": lambda said: said.update(listed=[[3, 8.0]]),
    "params": lambda said: said.update(params="0" * 16),
    "policy": lambda said: said.update(policy=4),
    "allowed": lambda said: said.update(allowed=said["allowed"] ^ 2),
    "fallback": lambda said: said.update(fallback=["state"]),
    "mark": lambda said: said.update(mark="AAAAAAAAAAAAAAAA"),
    "book": lambda said: said.update(book="0" * 16),
}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_was_changed_is_found(post: Post, number: str) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        stand(node)
        file(node, truck("a"))
    with sqlite3.connect(post.store) as db:
        event_id, body = db.execute("SELECT event_id, body FROM event WHERE type = ?", (Decided.TYPE,)).fetchone()
        event = json.loads(body)
        NUMBERS[number](event["data"]["routing"])
        db.execute("UPDATE event SET body = ? WHERE event_id = ?", (json.dumps(event).encode(), event_id))
    db.close()
    with post.log() as log:
        (found,) = different(log)
        assert found.event_id == event_id


@pytest.mark.parametrize(("field", "said"), [("stage", "yard"), ("bridge", COLOMBIA)])
def test_a_stage_or_a_bridge_that_was_changed_is_found(post: Post, field: str, said: str) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        stand(node)
        file(node, truck("a"))
    with sqlite3.connect(post.store) as db:
        event_id, body = db.execute("SELECT event_id, body FROM event WHERE type = ?", (Decided.TYPE,)).fetchone()
        event = json.loads(body)
        event["data"][field] = said
        db.execute("UPDATE event SET body = ? WHERE event_id = ?", (json.dumps(event).encode(), event_id))
    db.close()
    with post.log() as log:
        assert len(different(log)) == 1


def test_a_decision_by_price_is_short(post: Post) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        stand(node, waiting=123.45)
        file(node, *(truck(f"t{n}") for n in range(30)))
        routed = [len(msgspec.json.encode(each.routing)) for each in decisions(node.log)]
        whole = [len(stored.event.data) for stored in node.log.read(types=[Decided.TYPE])]
        assert max(routed) < 600, routed
        assert whole


def test_trucks_on_the_way_are_the_same_after_a_restart(post: Post) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        stand(node)
        file(node, *(truck(f"t{n}") for n in range(5)), truck("gone"), truck("gone2", amends="gone", action="cancel"))
        arrive("t0", node, "booth")
        assert node.bridges is not None
        own = node.bridges.way.trucks
    with post.node() as node:
        assert node.bridges is not None
        assert node.bridges.way.trucks == own
        assert {f"t{n}" for n in range(1, 5)} == set(own)
        assert sum(work for _, work in node.bridges.way.listed(WORLD_TRADE, node.clock() + timedelta(hours=4))) == 0


def scanned(own: str, image: ScanImage, **also: Any) -> Report:
    """The report of a scan."""
    return Report(1, own, None, True, None, None, None, None, carried_out="scan", image=image, **also)


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


@pytest.mark.parametrize("waiting", [0.0, 1e4])
def test_officers_are_told_the_price_and_filers_nothing_of_it(post: Post, waiting: float) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    with post.node() as node:
        stand(node, waiting=waiting)
        (line,) = file(node, truck("a"))
        decided = last(node.log, "a")
        value, price = f"{decided.value / 1e9:.1f}", f"{decided.price / 1e9:.1f}"
        if waiting:
            assert f"a scan is expected to prevent {value} truck-minutes, and now costs" in line.reasons.en
            assert f"se espera que un escaneo evite {value} minutos-camión" in line.reasons.es
        else:
            assert line.reasons.en.startswith(
                f"Scan: expected to prevent {value} truck-minutes; a scan now costs the rest of the day {price}."
            )
            assert f"un escaneo cuesta ahora {price} al resto del día." in line.reasons.es
        assert all(said not in f"{line.public_reason.en} {line.public_reason.es}" for said in ("cost", "cuesta", price))
        (again,) = file(node, truck("a"))
        assert again.reasons == line.reasons


def test_an_officer_sees_the_stages_of_a_crossing_and_the_numbers_of_a_decision(post: Post) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        stand(node)
        file(node, truck("a"))
        arrive("a", node, "booth", WORLD_TRADE)
        shown = show("a", node, persons=False)
        assert shown is not None
        told = [each.data for each in shown.history if each.type == Decided.TYPE]
        assert [(each["stage"], each["bridge"]) for each in told] == [
            ("filed", WORLD_TRADE),
            ("primary", WORLD_TRADE),
        ]
        (event,) = [each.event_id for each in shown.history if each.type == Decided.TYPE][-1:]
        decision = show_decision(event, node, replayed=True)
        assert decision is not None
        assert decision.replay is not None
        assert decision.replay.equal
        assert decision.routing == last(node.log, "a").routing
        assert decision.artefacts is not None
        assert decision.artefacts.prices
        assert decision.artefacts.ports


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


def queues(log: Log) -> list[tuple[str, str, str]]:
    """What was recorded of the queues of bridges: the kind, the crossing, the resource."""
    kinds = (ExaminationQueued, ExaminationEnded)
    payloads = [each.payload for each in log.read(types=[kind.TYPE for kind in kinds])]
    return [(type(each).__name__[11:], each.crossing, each.resource) for each in payloads if isinstance(each, kinds)]


def waiting_now(log: Log) -> dict[str, str]:
    """Who waits at World Trade by the live state, and at what."""
    state = BridgesState()
    state.apply(log.read(0, types=state.types))
    return {crossing: each.resource for crossing, each in state.work_of(WORLD_TRADE).items()}


def test_a_truck_waits_from_the_decision_that_asks_for_it_to_the_one_that_does_not(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    with post.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        assert arrive("a", node, "booth", WORLD_TRADE).instruction == "release"
        assert queues(node.log) == []
        # What is amended asks for an examination of the truck that stands there.
        stand(node, waiting=0.0)
        file(node, truck("a2", amends="a", action="replace", gross_mass_kg=11_000.0))
        place = place_of(last(node.log, "a"))
        assert place is not None
        assert waiting_now(node.log) == {"a": place}
        # Said again it keeps its place.
        file(node, truck("a3", amends="a2", action="replace", gross_mass_kg=11_500.0))
        assert queues(node.log) == [("Queued", "a", place)]
        # Nothing stands of it any more: there is nobody to wait.
        file(node, truck("a4", amends="a3", action="cancel"))
        assert last(node.log, "a").examination == "release"
        assert queues(node.log) == [("Queued", "a", place), ("Ended", "a", place)]
        assert waiting_now(node.log) == {}
        assert different(node.log) == []


def test_a_truck_that_was_examined_or_went_on_does_not_wait_for_what_is_filed_later(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=0.0001))
    with post.node() as node:
        stand(node)
        file(node, truck("a"), truck("b"))
        arrive("a", node, "booth", WORLD_TRADE)
        arrive("b", node, "booth", WORLD_TRADE)
        assert set(waiting_now(node.log)) == {"a", "b"}
        post.clock.move(minutes=5)
        report(
            [Report(1, "a", None, True, False, None, None, None), Report(2, "b", None, False, None, None, None, None)],
            node,
        )
        assert waiting_now(node.log) == {}
        file(node, truck("a2", amends="a", action="replace", gross_mass_kg=11_000.0))
        file(node, truck("b2", amends="b", action="cancel"))
        assert waiting_now(node.log) == {}
        assert [kind for kind, _, _ in queues(node.log)] == ["Queued", "Queued"]


def test_arrivals_have_a_level_wherever_something_says_what_was_to_be_expected(post: Post) -> None:
    def level_of(own: str, node: Node) -> float | None:
        file(node, truck(own))
        routed = last(node.log, own).routing
        assert routed is not None
        return routed.level

    with post.log() as log:
        put_in_force(log, book(empty=True, policy="clearance"))
    post.clock.move(hours=6)  # to noon
    with post.node() as node:
        stand(node, arrivals=240.0)
        assert level_of("a", node) is None  # no prices, no counts: there is nothing to hold it against
        months = [date(year, month, 1) for year in range(2019, 2024) for month in range(1, 13)]
        months += [date(2024, 1, 1), date(2024, 2, 1)]
        n = len(months)
        counts = pl.DataFrame(
            {"port": ["2304"] * n, "month": months, "measure": ["trucks"] * n, "count": [240_000] * n}
        )
        assert node.bridges is not None
        node.bridges.lately = ExpectedLately(node.live, lambda: counts)
        found = level_of("b", node)
        expected = node.bridges.lately(WORLD_TRADE, node.clock())
        assert 100.0 < expected < 1_000.0
        assert found == round(240.0 / expected, 4)
        stand(node, arrivals=float("nan"))
        assert level_of("c", node) is None  # no reader was heard
        assert different(node.log) == []
    with post.log() as log:
        put_in_force(log, book())
    with post.node() as node:
        stand(node, arrivals=30.0)
        assert level_of("d", node) == 0.5  # by the forecast that the tables were solved with: one truck a minute
