"""The kernel against the oracle: random networks, equal in every instant, move and decision."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin_oracle import Oracle

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.threat import THREATS
from aforo.domain.units import Float64Array, Int64Array
from aforo.routing.book import ResourceTables, book_of
from aforo.routing.choice import (
    CLASSES,
    CLEARANCE,
    LEVELS,
    NONE,
    PARAMETERS,
    PRICED,
    QUARTERS,
    QUEUE_AWARE,
    RANDOM,
    RESOURCES,
    STAGES,
    WORKS,
)
from aforo.twin.network import HOUR, LANES, MINUTE, NEVER, SERVICES, Change, Network, Station, network_of
from aforo.twin.policy import Policy
from aforo.twin.run import Run, run
from aforo.twin.trucks import ANY, Fates, Trucks

pytest.importorskip("simpy")

World = tuple[Network, Trucks, Policy]


def numbers(rng: np.random.Generator, count: int, low: int, high: int) -> Int64Array:
    return rng.integers(low, high, count, dtype=np.int64)


def random_network(rng: np.random.Generator, tick: int, until: int) -> Network:
    """Between two and nine stations, everything on coarse ticks, with ways back so that trucks lock each other in."""
    count = int(rng.integers(2, 10))
    names = [f"s{k}" for k in range(count)]
    stations = []
    for k, name in enumerate(names):
        examines = rng.random() < 0.4
        instead = names[int(rng.integers(1, count))] if k and rng.random() < 0.2 else None
        stations.append(
            Station(
                name,
                int(rng.integers(0 if k and rng.random() < 0.1 else 1, 4)),
                -1 if k == 0 or rng.random() < 0.2 else int(rng.integers(0, 4)),
                str(rng.choice(SERVICES)),
                str(rng.choice(RESOURCES)) if rng.random() < 0.8 else None,
                str(rng.choice(STAGES[1:])) if rng.random() < 0.6 else None,
                tuple(rng.random(1 + len(THREATS))) if examines else None,
                instead if instead != name else None,
                float(rng.integers(0, 5)),
            )
        )
    rings = rng.random() < 0.6
    routes: dict[str, dict[str, str | None] | str | None] = {}
    for k, name in enumerate(names):

        def onward(k: int = k) -> str | None:
            if rings and rng.random() < 0.45:
                choice = int(rng.integers(1, count))
            else:
                choice = int(rng.integers(k + 1, count + 2))
            return names[choice] if choice < count and choice != k else None

        route: dict[str, str | None] = {"release": onward()}
        for option in EXAMINATIONS[1:]:
            if rng.random() < 0.6:
                route[option] = onward()
            if rng.random() < 0.2:
                route[f"{option}/{rng.choice(LANES)}"] = onward()
        for lane in LANES:
            if rng.random() < 0.3:
                route[lane] = onward()
        routes[name] = route
    entry = dict.fromkeys(LANES, names[0])
    if rng.random() < 0.6:
        # A place of its own before the rest, with little room, for those who were ordered to it before they came.
        kind = str(rng.choice(["portal", "yard"]))
        stations.append(
            Station(
                "before",
                int(rng.integers(1, 3)),
                int(rng.integers(0, 3)),
                kind,
                kind,
                "scanned" if rng.random() < 0.8 else None,
                tuple(rng.random(1 + len(THREATS))),
                names[0],
                float(rng.integers(0, 5)),
            )
        )
        routes["before"] = {
            "release": names[0],
            **{o: names[int(rng.integers(0, count))] for o in ("secondary", "joint") if rng.random() < 0.7},
        }
        entry |= {o: "before" for o in ("scan", "scan_then_decide", "joint/fast") if rng.random() < 0.8}
        names.append("before")
    changes = [
        Change(int(at), names[int(rng.integers(0, count))], int(rng.integers(0, 4)), bool(rng.random() < 0.5))
        for at in np.sort(rng.integers(0, until // tick, int(rng.integers(0, 30)))) * tick
    ]
    changes += [Change(until, name, 2) for name in names]
    return network_of(
        stations,
        routes,
        entry,
        changes,
        filed_options=[option for option in EXAMINATIONS if rng.random() < 0.6] if rng.random() < 0.7 else (),
        expected=rng.uniform(0.0, 60.0, until // HOUR),
        minute_of_day=float(rng.integers(0, 1440)),
        day_class=np.zeros(3, np.int64),
    )


def random_trucks(rng: np.random.Generator, tick: int, until: int) -> Trucks:
    n = int(rng.integers(1, 150))
    arrives = np.sort(rng.integers(0, until // tick, n)) * tick

    def code(low: int, high: int, rare: float = 1.0) -> np.ndarray:
        drawn = rng.integers(low, high, n)
        return np.where(rng.random(n) < rare, drawn, -1 if rare < 1.0 else drawn).astype(np.int8)

    lead = rng.integers(-3, 20, n) * tick
    predicted = rng.integers(0, 8, (n, len(RESOURCES))) * tick
    predicted[rng.random(predicted.shape) < 0.1] = -1
    return Trucks(
        number=np.cumsum(rng.integers(1, 3, n)).astype(np.int64),
        arrives=arrives.astype(np.int64),
        filed=np.where(rng.random(n) < 0.8, arrives - lead, NEVER).astype(np.int64),
        listed=np.where(rng.random(n) < 0.8, arrives - lead // 2, NEVER).astype(np.int64),
        shows=(rng.random(n) < 0.95).astype(np.int8),
        lane=code(0, len(LANES)),
        threat=code(0, len(THREATS), 0.5),
        mandatory=code(0, ANY + 1, 0.1),
        lottery=code(0, ANY + 1, 0.2),
        value_class=code(0, CLASSES),
        prevented=rng.uniform(0.0, 20.0, (n, len(EXAMINATIONS))),
        alarm=rng.random(n),
        raised=rng.uniform(1.0, 3.0, n),
        predicted=predicted.astype(np.int64),
        service=(rng.integers(1, 8, (n, len(SERVICES))) * tick).astype(np.int64),
    )


def random_params(rng: np.random.Generator) -> Float64Array:
    return rng.uniform(0.0, 1.0, PARAMETERS)


def random_books(rng: np.random.Generator) -> Float64Array:
    """One book with tables of two resources that fall with the work, as solved ones do."""
    tables = {
        name: ResourceTables(-np.cumsum(rng.uniform(0.0, 3.0, (3, LEVELS, QUARTERS, WORKS)), axis=3), 2.0, 4.0, 2.0)
        for name in ("scanner", "portal", "dock")
    }
    forecast = rng.uniform(0.0, 1.0, (QUARTERS, CLASSES))
    return book_of(tables, forecast, 0.3 * forecast)[None, :]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    tick = draw(st.sampled_from([MINUTE, 7 * MINUTE, 1]))
    until = max(4 * HOUR, 40 * tick) if tick > 1 else 60
    code = draw(st.sampled_from([NONE, RANDOM, QUEUE_AWARE, CLEARANCE, PRICED]))
    books = random_books(rng) if code == PRICED and rng.random() < 0.8 else None
    policy = Policy(code, random_params(rng), books, draw(st.booleans()))
    return random_network(rng, tick, until), random_trucks(rng, tick, until), policy


def traced(world: World, seed: int, until: int) -> tuple[Fates, Int64Array, Run]:
    network, trucks, policy = world
    moves: list[Int64Array] = []
    fates, done = run(
        network, trucks, policy, seed=seed, port=3, trace=lambda rows: moves.append(rows.copy()), until=until
    )
    return fates, np.concatenate(moves) if moves else np.zeros((0, 4), np.int64), done


def in_order(rows: Int64Array) -> list[tuple[int, ...]]:
    """Moves of one instant follow from one another in an order that no figure depends on."""
    return sorted(map(tuple, rows.tolist()))


@settings(max_examples=200)
@given(worlds(), st.integers(0, 1000))
def test_the_kernel_and_the_oracle_agree_to_the_last_microsecond(world: World, seed: int) -> None:
    network, trucks, policy = world
    until = 2 * int(network.change_at[-1])
    fates, moves, done = traced(world, seed, until)
    oracle = Oracle(network, trucks, policy, seed, 3).run(until)
    for column in fields(Fates):
        if column.name in ("arrives", "lane", "threat", "number"):
            continue
        told = getattr(fates, column.name).tolist()
        assert told == [getattr(truck, column.name) for truck in oracle.trucks], column.name
    assert in_order(moves) == sorted(oracle.trace)
    times = done.stations(int(moves[:, 0].max(initial=0)))
    assert times.busy.tolist() == [station.busy_time for station in oracle.stations]
    assert times.blocked.tolist() == [station.blocked_time for station in oracle.stations]
