"""A ceiling on the wait and a least rate have their effect on live decisions, which replay with it."""

from __future__ import annotations

from typing import Any

import pytest
from journeys import Post, file, truck
from priced import WORLD_TRADE, book, different, put_in_force, stand

from aforo.bootstrap import renew_bridges
from aforo.domain.bridge import ExaminationStarted
from aforo.domain.event import Decided
from aforo.flow.at_booth import arrive
from aforo.flow.learnt import Learnt
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.prices import parse_policy
from aforo.flow.queueing import place_of
from aforo.flow.targets import Aims, targets_of
from aforo.flow.telemetry import Statement, record
from aforo.log.projections import catch_up
from aforo.routing import policy as policies
from aforo.routing.choice import CLASSES, CREDIT, SHOWN, SURCHARGE


def put_aims(node: Node, by: str) -> list[str]:
    """Learn from the record and put it in force, as a server does that has just begun."""
    learnt = Learnt(node.log)
    assert learnt.look(targets_of(node))
    return learnt.put(node, by)


PLACES = ("scanner", "portal", "yard", "dock", "joint")


def aiming(table: str, figure: str) -> bytes:
    """The shipped policy with a target at every resource."""
    own = "\n".join(f'[routing.default.{table}.{place}]\n{figure}\nsource = "test"\nstep = 0.1' for place in PLACES)
    return policies.default_document() + f"\n{own}\n".encode()


def last(node: Node, crossing: str) -> Decided:
    decided, _ = order_of(node.log.stream(f"crossing/{crossing}"))
    assert decided is not None
    return decided


def in_force(node: Node) -> list[float]:
    assert node.bridges is not None
    own = node.bridges.prices.index.bridges[WORLD_TRADE]
    return list(parse_policy(node.log.artefacts.get(own.policy)).params)


def an_hour(node: Node, post: Post, own: str, **fields: Any) -> Decided:
    """A truck files, arrives, and is served fifty minutes after it was sent."""
    file(node, truck(own, **fields))
    arrive(own, node, "booth", WORLD_TRADE)
    decided = last(node, own)
    post.clock.move(minutes=50)
    if (place := place_of(decided)) is not None:
        started = ExaminationStarted(own, place)
        record([Statement(started, f"port/{WORLD_TRADE}", post.clock(), f"started:{own}")], node.log, actor="dock")
    post.clock.move(minutes=30)
    return decided


@pytest.mark.parametrize(
    ("table", "figure", "place", "steep"),
    [("wait_ceiling", "minutes = 5", SURCHARGE, 0.01), ("least_rate", "share = 0.9", CREDIT, 5.0)],
)
def test_a_target_that_is_missed_moves_the_price_and_one_that_is_not_named_none(
    post: Post, table: str, figure: str, place: int, steep: float
) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=steep))
    with post.node(policy=aiming(table, figure)) as node:
        waiting = 400.0 if table == "wait_ceiling" else 300.0
        stand(node, waiting=waiting)
        first = an_hour(node, post, "a")
        for own in ("b", "c"):
            an_hour(node, post, own)
        assert put_aims(node, "test") == [WORLD_TRADE]
        renew_bridges(node)
        stand(node, waiting=waiting)
        params = in_force(node)
        assert max(params[place : place + 6]) > 0.0
        assert max(params[CREDIT if place == SURCHARGE else SURCHARGE :][:6]) == 0.0
        assert put_aims(node, "test") == []  # nothing was observed since
        after = an_hour(node, post, "d")
        assert after.routing is not None
        assert first.routing is not None
        assert after.routing.params != first.routing.params
        # A ceiling that is missed makes that examination dearer or another one better, a rate not reached all cheaper.
        dearer = after.price > first.price or after.examination != first.examination
        assert dearer if table == "wait_ceiling" else after.price < first.price
        assert different(node.log) == []
        aims = Aims(targets_of(node))
        catch_up(node.log, aims)
        again = Aims(targets_of(node))
        again.load(aims.dump())
        assert again.duals(WORLD_TRADE) == aims.duals(WORLD_TRADE)


def test_without_targets_only_what_is_learnt_of_filings_moves_and_a_truck_that_never_came_tells(post: Post) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        stand(node)
        assert put_aims(node, "test") == []
        before = in_force(node)
        file(node, *(truck(f"t{n}", filed_at=post.clock().isoformat()) for n in range(4)))
        post.clock.move(minutes=40)
        arrive("t0", node, "booth", WORLD_TRADE)
        # Whether a truck came is known at midnight, when its bridge has told of what was later.
        post.clock.move(days=2)
        file(node, truck("next", filed_at=post.clock().isoformat()))
        put_aims(node, "test")
        renew_bridges(node)
        assert set(in_force(node)[SHOWN : SHOWN + CLASSES]) == {1.0}
        arrive("next", node, "booth", WORLD_TRADE)
        post.clock.move(days=1)
        file(node, truck("after", filed_at=post.clock().isoformat()))
        assert put_aims(node, "test") == [WORLD_TRADE]
        renew_bridges(node)
        params = in_force(node)
        assert params[:SHOWN] == before[:SHOWN]
        assert 0.0 < min(params[SHOWN : SHOWN + CLASSES]) < 1.0
        stand(node)
        file(node, truck("later", filed_at=post.clock().isoformat()))
        assert different(node.log) == []
