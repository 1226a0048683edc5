"""Live trucks are decided by the price of their bridge's minutes, and the same again from the log."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import polars as pl
import pytest
from journeys import Learnt, Post, decisions, file, truck
from priced import COLOMBIA, WORLD_TRADE, book, different, last, put_in_force, stand

from aforo.domain.event import Decided
from aforo.flow.at_booth import arrive
from aforo.flow.decision_shown import show_decision
from aforo.flow.node import Node
from aforo.flow.outlooks import ExpectedLately
from aforo.flow.shown import show


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
            assert f"se espera que una inspección no intrusiva evite {value} minutos-camión" in line.reasons.es
        else:
            assert line.reasons.en.startswith(
                f"Scan: expected to prevent {value} truck-minutes; a scan now costs the rest of the day {price}."
            )
            assert f"una inspección no intrusiva cuesta ahora {price} al resto del día." in line.reasons.es
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
        own = last(node.log, "a").routing
        assert own is not None
        assert own.filer
        assert decision.routing == msgspec.structs.replace(own, filer=0, ties=())  # nobody is shown hashes
        assert decision.artefacts is not None
        assert decision.artefacts.prices
        assert decision.artefacts.ports


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
