"""A decision explained: the waterfall adds up to what was decided, and each option says why it was taken or not."""

from __future__ import annotations

import math

from journeys import Learnt, Post, file, truck
from priced import book, put_in_force, stand

from aforo.domain.event import Assessed, Decided
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO
from aforo.flow.at_booth import arrive
from aforo.flow.decision_explained import explain
from aforo.flow.node import Node
from aforo.flow.override import override


def standing(node: Node) -> list[tuple[str, Assessed, Decided]]:
    """Every decision of the log with its assessment, by its event."""
    found, assessed = [], None
    for stored in node.log.read(types=[Assessed.TYPE, Decided.TYPE]):
        payload = stored.payload
        if isinstance(payload, Assessed):
            assessed = payload
        elif isinstance(payload, Decided):
            assert assessed is not None
            found.append((stored.event.event_id, assessed, payload))
    return found


def test_every_waterfall_adds_up_to_what_was_decided(post: Post, learnt: Learnt) -> None:
    with post.node() as node:
        file(node, learnt.future[:60], truck("W-1"))
        made = standing(node)
        assert len(made) > 40
        terms = 0
        for event_id, assessed, decided in made:
            told = explain(event_id, node)
            assert told is not None
            assert told.readable
            assert told.examination == decided.examination
            (spoken,) = [each for each in told.waterfalls if each.speaks]
            for k, threat in enumerate(spoken.threats):
                assert threat.threat == THREATS[k]
                assert threat.base + sum(term.micro for term in threat.terms) == threat.sum
                # What is told is what was recorded, to the millionth.
                assert threat.sum == assessed.log_odds[k] == told.log_odds[THREATS[k]]
                chance = 1.0 / (1.0 + math.exp(-threat.sum / MICRO))
                assert abs(threat.probability - chance) < 2e-9
                terms += len(threat.terms)
                assert all(term.name.en and term.name.es for term in threat.terms)
        assert terms > 500
        # A released one is told term by term too: nothing is summed up as one score.
        released = next(event_id for event_id, _, decided in made if decided.basis is None)
        told = explain(released, node)
        assert told is not None
        assert "score" not in {term.code for threat in told.waterfalls[0].threats for term in threat.terms}


def test_each_option_has_its_price_and_the_chosen_one_is_the_best(post: Post, learnt: Learnt) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=0.002))
    with post.node() as node:
        stand(node, waiting=20.0)
        file(node, learnt.future[:60], truck("O-1"))
        weighed = 0
        for event_id, _, decided in standing(node):
            told = explain(event_id, node)
            assert told is not None
            if decided.routing is None:
                assert told.options == []
                continue
            weighed += 1
            (chosen,) = [each for each in told.options if each.chosen]
            gains = [each.gain for each in told.options if each.gain is not None]
            assert chosen.gain == max(gains)
            assert {each.option for each in told.options} == {
                "release",
                "scan",
                "scan_then_decide",
                "joint",
                "secondary",
            }
            if decided.basis == "priced":
                assert chosen.option == decided.examination
                assert abs((chosen.price or 0.0) - told.price) < 1e-6
                assert abs((chosen.prevented or 0.0) - told.value) < 1e-6
            for each in told.options:
                assert each.why.en
                assert each.why.es
        assert weighed > 5


def test_what_moved_since_the_decision_before_is_told(post: Post) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        stand(node)
        file(node, truck("B-1"))
        override(node.log, "B-1", "hold", "luz", "The seal is broken.", None)
        arrive("B-1", node, "luz")
        first, second = [event_id for event_id, _, _ in standing(node)]
        told, before = explain(second, node), explain(first, node)
        assert told is not None
        assert before is not None
        assert before.before is None
        assert told.before is not None
        assert (told.before.decision, told.before.examination) == (first, before.examination)
        assert {each.threat: each.now for each in told.before.threats} == told.log_odds
        assert explain("nothing", node) is None
        assert explain(node.log.stream("crossing/B-1")[0].event.event_id, node) is None
