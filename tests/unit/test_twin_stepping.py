"""The stepping world: told the decisions that the kernel took, it gives the kernel's instants."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from twin_bridge import bridge, demand, policy, portal_bridge

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.units import Float64Array, Int64Array
from aforo.routing.choice import STAGES
from aforo.twin.network import Network
from aforo.twin.run import run
from aforo.twin.stepping import MOVES, StepError, World
from aforo.twin.traffic import trucks_of
from aforo.twin.trucks import ANY, Fates


@pytest.mark.parametrize("network", [bridge(), portal_bridge()], ids=["scanner", "portal"])
def test_given_the_same_decisions_the_world_moves_as_the_kernel_does(network: Network) -> None:
    trucks = trucks_of(demand(), 5)
    trucks.mandatory[::50] = 4
    decisions: list[Float64Array] = []
    moves: list[Int64Array] = []
    fates, whole = run(
        network,
        trucks,
        policy(),
        seed=5,
        port=7,
        records=lambda rows: decisions.append(rows.copy()),
        trace=lambda rows: moves.append(rows.copy()),
    )
    chosen = {(int(row[0]), int(row[1])): int(row[9]) for part in decisions for row in part}
    world = World(network, trucks, seed=5, port=7)
    asked = 0
    while question := world.advance():
        ordered = question.mandatory if question.mandatory >= 0 else question.lottery
        if ordered < 0 or ordered == ANY or question.stage == "scanned":
            ordered = chosen[question.number, STAGES.index(question.stage)]
        world.answer(EXAMINATIONS[ordered])
        asked += 1
    assert asked > len(trucks)
    told = world.fates()
    order = np.argsort(told.number)
    for column in fields(Fates):
        assert np.array_equal(getattr(told, column.name)[order], getattr(fates, column.name)), column.name
    names = whole.network.names
    expected = [(at, MOVES[what], names[station], n) for at, what, station, n in np.concatenate(moves).tolist()]
    assert [(move.at, move.what, move.station, move.number) for move in world.moves()] == expected


def test_the_world_stops_at_an_instant_and_takes_more_trucks_as_it_goes() -> None:
    trucks = trucks_of(demand(), 5)
    whole = World(bridge(), trucks, seed=5, port=7)
    parts = World(bridge(), seed=5, port=7)

    def released(world: World, until: int) -> None:
        while world.advance(until):
            world.answer("release" if "release" in world_options(world) else "scan_then_decide")

    def world_options(world: World) -> tuple[str, ...]:
        question = world._question
        assert question is not None
        return question.options

    released(whole, 1 << 62)
    for first in range(0, len(trucks), 100):
        parts.take(trucks.rows(slice(first, first + 100)))
        last = min(first + 100, len(trucks) - 1)
        until = int(trucks.arrives[last]) - 60 * 60 * 1_000_000 if last > first + 99 else 1 << 62
        released(parts, until)
        assert parts.now < until
    assert [move for move in parts.moves() if move.what == "left"] == [
        move for move in whole.moves() if move.what == "left"
    ]


def test_what_was_not_asked_is_not_answered() -> None:
    world = World(bridge(), trucks_of(demand(), 5), seed=5, port=7)
    with pytest.raises(StepError, match="nothing was asked"):
        world.answer("release")
    question = world.advance()
    assert question is not None
    assert question.station is None
    with pytest.raises(StepError, match="answer it before"):
        world.advance()
    with pytest.raises(StepError, match="cannot be had"):
        world.answer("joint")
