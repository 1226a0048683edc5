"""The kernel against what is known of queues: Erlang C, Kingman's heavy traffic, a fluid; the oracle is equal to it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aforo.domain.units import Float64Array, Int64Array
from aforo.twin import draws
from aforo.twin.network import HOUR, LANES, MINUTE, SERVICES, Change, Network, Station, network_of
from aforo.twin.policy import Policy
from aforo.twin.run import run
from aforo.twin.trucks import Trucks

BOOTH = SERVICES.index("booth")


def booths(servers: int, changes: tuple[Change, ...] = ()) -> Network:
    station = Station("booths", servers, service="booth", resource="booth")
    return network_of([station], {"booths": None}, dict.fromkeys(LANES, "booths"), changes)


def plain_trucks(arrives: Int64Array, service: Int64Array) -> Trucks:
    """Trucks of which nothing is known but when they come and how long their primary takes."""
    n = len(arrives)
    codes = np.zeros(n, np.int8)
    nothing = np.full(n, -1, np.int8)
    times = np.zeros((n, len(SERVICES)), np.int64)
    times[:, BOOTH] = service
    figures = np.zeros(n)
    return Trucks(
        np.arange(n), arrives, arrives, arrives, codes + np.int8(1), codes, nothing, nothing, nothing, codes,
        np.zeros((n, 6)), figures, figures, np.full((n, 6), -1), times,
    )  # fmt: skip


def waits(network: Network, trucks: Trucks) -> Float64Array:
    """Minutes until primary."""
    fates, _ = run(network, trucks, Policy())
    minutes: Float64Array = (fates.primary - fates.arrives) / MINUTE
    return minutes


def drawn(count: int, table: Float64Array, purpose: int, seed: int) -> Float64Array:
    return np.array([draws.quantile(table, u) for u in draws.uniforms(seed, 1, 0, count, purpose)])


def erlang_c(servers: int, load: float) -> float:
    """The chance to wait (Erlang, 1917), by the recursion of the loss formula."""
    blocking = 1.0
    for k in range(1, servers + 1):
        blocking = load * blocking / (k + load * blocking)
    return servers * blocking / (servers - load * (1.0 - blocking))


@pytest.mark.parametrize(("servers", "load"), [(1, 0.7), (4, 3.2), (12, 10.5)])
def test_the_mean_wait_is_that_of_erlang_c(servers: int, load: float) -> None:
    n, service = 200_000, 2.0
    gaps = drawn(n, draws.exponential_table(service / load), draws.GAP, servers)
    times = drawn(n, draws.exponential_table(service), draws.SERVICE, servers)
    trucks = plain_trucks((np.cumsum(gaps) * MINUTE).astype(np.int64), (times * MINUTE).astype(np.int64))
    told = waits(booths(servers), trucks)
    expected = erlang_c(servers, load) * service / (servers - load)
    # Batches of waits are nearly independent: five standard errors of their mean.
    batches = told.reshape(40, -1).mean(axis=1)
    assert abs(told.mean() - expected) < 5.0 * batches.std() / math.sqrt(40) + 0.01 * expected
    assert (told > 0).mean() == pytest.approx(erlang_c(servers, load), rel=0.03)


def test_heavy_traffic_is_that_of_kingman() -> None:
    n, load, service = 400_000, 0.95, 2.0
    gaps = drawn(n, draws.gamma_table(service / load, 0.7), draws.GAP, 3)
    times = drawn(n, draws.gamma_table(service, 0.5), draws.SERVICE, 3)
    trucks = plain_trucks((np.cumsum(gaps) * MINUTE).astype(np.int64), (times * MINUTE).astype(np.int64))
    told = waits(booths(1), trucks)
    spread = (np.std(gaps) / np.mean(gaps)) ** 2, (np.std(times) / np.mean(times)) ** 2
    used = times.mean() / gaps.mean()
    # Kingman (1961): an upper bound of the mean wait, and its value as the load goes to one.
    bound = used / (1.0 - used) * (spread[0] / used**2 + spread[1]) / 2.0 * times.mean()
    batches = told.reshape(20, -1).mean(axis=1)
    error = 4.0 * batches.std() / math.sqrt(20)
    assert told.mean() < bound + error
    assert told.mean() > 0.85 * bound - error


def test_an_overload_is_a_fluid() -> None:
    """Two hours at 90 trucks an hour where 60 are served, then 30, with and without a booth lost."""
    first = np.arange(180) * (HOUR // 90)
    later = 2 * HOUR + np.arange(120) * (HOUR // 30)
    arrives = np.concatenate((first, later)).astype(np.int64)
    trucks = plain_trucks(arrives, np.full(len(arrives), 2 * MINUTE, np.int64))
    told = waits(booths(2), trucks)
    assert told[179] == pytest.approx(60.0, abs=2.0)  # 60 trucks at one a minute
    # The queue of 60 shrinks by 30 an hour: it is gone after two more hours.
    assert told[180 + 58] < 3.0 < told[180 + 50]
    fewer = waits(booths(2, (Change(2 * HOUR, "booths", 1),)), trucks)
    assert fewer[180 + 30] == pytest.approx(2.0 * 60.0, abs=4.0)  # 60 trucks at one every two minutes, none gone


def test_no_truck_is_lost_or_served_twice_and_units_are_never_over_full() -> None:
    rng = np.random.default_rng(4)
    n = 5_000
    arrives = np.sort(rng.integers(0, 40 * HOUR, n))
    trucks = plain_trucks(arrives, rng.integers(1, 4 * MINUTE, n))
    fates, whole = run(booths(5), trucks, Policy())
    assert np.array_equal(fates.left, fates.primary + trucks.service[:, BOOTH])
    assert np.all(np.diff(fates.primary) >= 0)
    instants = np.concatenate((fates.primary, fates.left))
    steps = np.concatenate((np.ones(n), -np.ones(n)))
    order = np.lexsort((steps, instants))
    assert np.cumsum(steps[order]).max() <= 5
    times = whole.stations(int(fates.left.max()))
    assert times.busy[0] == trucks.service[:, BOOTH].sum()
    assert times.served[0] == n
