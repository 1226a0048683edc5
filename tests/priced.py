"""Bridges with prices, for the tests of the live path: a shipped port document and a book with a plain price."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from importlib import resources

import numpy as np

from aforo.domain.event import Decided
from aforo.flow import documents
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.priced import BridgeNow
from aforo.flow.prices import BridgePolicy, named, policy_named
from aforo.flow.replay import Replayed, decisions_of, replay
from aforo.log.store import Log
from aforo.routing.choice import LEVELS, QUARTERS, RESOURCES, WORKS
from aforo.routing.parameters import parameters
from aforo.routing.prices import DAY_CLASSES, FORMAT, PARTS, DayClass, Prices, inputs_of, written
from aforo.routing.running import PolicyName
from aforo.routing.table import Resource, demand_of

WORLD_TRADE, COLOMBIA = "world-trade", "colombia"
LAREDO = (resources.files("aforo.ports") / "documents" / "laredo.toml").read_bytes()


def tables(bridge: str, resource: str, units: int, steep: float, mean: float, day: DayClass) -> Prices:
    """V(t, w) = -steep · w² ÷ (units up), all day: one more minute costs more the more work waits."""
    work = np.concatenate([np.arange(41.0), 40.0 + 6.0 * np.arange(1, WORKS - 40)])
    up = np.maximum(np.arange(units + 1), 0.25)
    values = np.broadcast_to((-steep * work**2 / up[:, None])[:, None, None], (units + 1, LEVELS, QUARTERS, WORKS))
    steps = np.diff(np.rint(values * PARTS).astype(np.int64).reshape(-1, WORKS), axis=1, prepend=0)
    demand = demand_of(np.ones(4), np.full(4, mean), np.full(QUARTERS - 1, 1.0))
    place = Resource(np.full(QUARTERS - 1, float(units)), units, mean, mean / 2)
    return Prices(FORMAT, inputs_of(bridge, day, resource, demand, place), 1.0, steps.ravel().tolist())


@lru_cache
def book(
    bridge: str = WORLD_TRADE, days: tuple[DayClass, ...] = DAY_CLASSES, *, steep: float = 0.02, units: int = 9,
    policy: PolicyName = "priced", empty: bool = False,
) -> tuple[tuple[str, bytes], ...]:  # fmt: skip
    """The names and documents of a bridge: its policy, and tables of all that it may have."""
    params = parameters(base={"scanner": 5.0, "portal": 2.0, "dock": 30.0}, slope={"scanner": 0.5})
    own = BridgePolicy(bridge, policy, tuple(params.tolist()))
    made = [(policy_named(bridge), own.document())]
    sizes = {"scanner": (units, 8.0), "portal": (1, 0.75), "yard": (7, 8.0), "dock": (7, 60.0), "joint": (7, 60.0)}
    for resource, (count, mean) in {} if empty else sizes.items():
        document = written(tables(bridge, resource, count, steep, mean, days[0]))
        for day in days:
            own_day = document.replace(b'"day_class":"%b"' % days[0].encode(), b'"day_class":"%b"' % day.encode())
            made.append((named(bridge, day, resource), own_day))
    return tuple(made)


def put_in_force(log: Log, *books: tuple[tuple[str, bytes], ...], port: bytes = LAREDO) -> None:
    """Put the port, and books of its bridges (World Trade's unless given), in force."""
    documents.put(log, "port", "2304", port, "test", "tester")
    for each in books or (book(),):
        for name, body in each:
            documents.put(log, "prices", name, body, "test", "tester")


def stand(node: Node, *, waiting: float = 0.0, up: int = 9, arrivals: float = 40.0, of: datetime | None = None) -> None:
    """Let every bridge be so: minutes of work at each resource, secondary scanners up."""
    assert node.bridges is not None
    units = [7] * len(RESOURCES)
    units[RESOURCES.index("scanner")], units[RESOURCES.index("portal")] = up, 1
    backlog = [waiting] * len(RESOURCES)
    node.bridges.state = lambda bridge, at, arrives: BridgeNow(backlog, units, arrivals, of or at)


def different(log: Log) -> list[Replayed]:
    """The decisions of a log that come out otherwise when they are made again."""
    made = [each for group in decisions_of(log, batch=500) for each in replay(group, log, "today")]
    assert made
    return [each for each in made if each.differences]


def last(log: Log, crossing: str) -> Decided:
    """The decision that stands of a crossing."""
    decided, _ = order_of(log.stream(f"crossing/{crossing}"))
    assert decided is not None
    return decided
