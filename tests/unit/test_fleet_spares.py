"""Failures that come back, parts by kind, and the spares that keep the chance of waiting low."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from fleet_said import of_said
from scipy import stats

from aforo.fleet.interruptions import Said
from aforo.fleet.ledger import ledger
from aforo.fleet.places import places
from aforo.fleet.recurring import Recurring, recurring
from aforo.fleet.spares import FEWEST, Parts, Spares, least, parts, spares

HOUR, DAY = 3_600_000_000, 86_400_000_000
YEAR = 8_766 * HOUR


def failed(*times: tuple[float, float, str | None], kind: str | None = "HE") -> list[Said]:
    """Down from a day for so many days, by a cause."""
    own = [Said("commissioned", 0, port="A", kind=kind)]
    for at, lasts, cause in times:
        own.append(Said("down", round(at * DAY), "p", cause))  # type: ignore[arg-type]
        own.append(Said("up", round((at + lasts) * DAY), "p"))
    return own


def again(fleet: dict[str, list[Said]], days: int = 30) -> list[Recurring]:
    record = of_said(fleet)
    return recurring(ledger(record, YEAR), places(record), days, 0, YEAR)


def of_parts(fleet: dict[str, list[Said]], years: int = 1) -> list[Parts]:
    return parts(ledger(of_said(fleet), years * YEAR), 0, years * YEAR)


def test_a_run_is_of_one_scanner_and_cause_within_the_days_of_each_repair() -> None:
    fleet = {
        "S-1": failed((10, 1, "parts"), (30, 2, "power"), (40, 1, "parts"), (60, 3, "parts"), (200, 1, "parts")),
        "S-2": failed((10, 1, "parts"), (12, 1, None), (14, 1, None)),
        "S-3": failed((10, 1, "site"), (41.5, 1, "site")),
    }
    (run,) = again(fleet)
    assert (run.scanner, run.port, run.cause, run.hours) == ("S-1", "A", "parts", 5 * 24.0)
    assert [each.start // DAY for each in run.failures] == [10, 40, 60]
    # Rows of the log, by which anybody can look the reports up.
    assert [each.row for each in run.failures] == [2, 6, 8]
    assert {each.scanner for each in again(fleet, 31)} == {"S-1", "S-3"}
    assert again(fleet, 10) == []


def test_a_failure_comes_back_from_one_before_the_period() -> None:
    record = of_said({"S-1": failed((5, 1, "parts"), (10, 1, "parts"), (20, 1, "parts"))})

    def since(day: int) -> list[list[int]]:
        told = recurring(ledger(record, YEAR), places(record), 30, day * DAY, YEAR)
        return [[each.start // DAY for each in run.failures] for run in told]

    assert since(15) == [[10, 20]]
    assert since(8) == [[5, 10, 20]]
    assert since(25) == []


def test_what_was_planned_does_not_come_back() -> None:
    own = [Said("commissioned", 0, port="A")]
    own += [Said("maintenance_start", day * DAY, "p", "planned") for day in (10, 20)]
    own += [Said("maintenance_end", day * DAY + HOUR, "p") for day in (10, 20)]
    assert again({"S-1": own}) == []


def test_parts_are_counted_by_kind_and_year_with_their_interval() -> None:
    fleet = {
        "S-1": failed((10, 2, "parts"), (100, 4, "parts"), (400, 1, "parts")),
        "S-2": failed((50, 1, "power"), kind="LEP"),
        "S-3": failed((700, 100, "parts")),
    }
    he, lep = of_parts(fleet, 2)
    assert (he.kind, he.scanners, he.serving, he.failures, he.ended) == ("HE", 2, 2, 4, 3)
    assert he.years == pytest.approx(4.0)
    assert (he.wait, he.longest) == (pytest.approx(56.0), pytest.approx(96.0))
    assert he.hours == pytest.approx(7 * 24 + (2 * 365.25 - 700) * 24)
    assert he.rate is not None
    assert he.rate.value == pytest.approx(1.0)
    # Garwood's limits of four: 1.0899 and 10.2416.
    assert (he.rate.low, he.rate.high) == (pytest.approx(1.0899 / 4, rel=1e-4), pytest.approx(10.2416 / 4, rel=1e-4))
    assert [(each.year, each.failures.value) for each in he.by_year] == [(1970, 2.0), (1971, 2.0), (1972, 0.0)]
    assert lep.failures == 0
    assert lep.rate is not None
    assert (lep.rate.value, lep.rate.low) == (0.0, 0.0)
    assert lep.wait is None


@pytest.mark.parametrize("mean", [0.0, 0.3, 1.0, 4.2, 30.0])
@pytest.mark.parametrize("level", [0.001, 0.05, 0.5])
def test_the_least_spares_are_those_of_the_poisson_distribution(mean: float, level: float) -> None:
    number, chance = least(mean, level)
    assert chance == pytest.approx(stats.poisson.sf(number - 1, mean), abs=1e-12)
    assert chance <= level
    assert number == 0 or stats.poisson.sf(number - 2, mean) > level


def test_so_many_wait_as_it_says_whatever_the_time_that_an_order_takes() -> None:
    """The base-stock rule simulated: failures at random, orders that take from nothing to twice the mean."""
    rate, lead, stock = 2.0, 1.0, 4
    random = np.random.default_rng(7)
    on_order: list[float] = []
    now, waits, count = 0.0, 0, 40_000
    for _ in range(count):
        now += random.exponential(1.0 / rate)
        while on_order and on_order[0] <= now:
            heapq.heappop(on_order)
        waits += len(on_order) >= stock
        heapq.heappush(on_order, now + random.uniform(0.0, 2.0 * lead))
    assert waits / count == pytest.approx(stats.poisson.sf(stock - 1, rate * lead), abs=0.01)


def told(failures: int, days: float = 36.525, level: float = 0.05) -> Spares:
    fleet = {"S-1": failed(*((10 + 20 * number, 1, "parts") for number in range(failures)))}
    (own,) = spares(of_parts(fleet), days, level)
    return own


def test_spares_are_for_the_rate_that_was_seen_and_for_its_upper_limit() -> None:
    own = told(10)
    assert own.on_order == pytest.approx(1.0)
    assert (own.spares, own.waits) == (4, pytest.approx(stats.poisson.sf(3, 1.0)))
    # The upper limit of ten is 18.39 a year: 1.839 on order.
    assert (own.cautious, own.cautious_waits) == (5, pytest.approx(stats.poisson.sf(4, 1.839), rel=1e-3))


def test_on_too_few_failures_no_number_is_told() -> None:
    own = told(FEWEST - 1)
    assert (own.thin, own.spares, own.cautious, own.waits) == ("few_failures", None, None, None)
    assert told(FEWEST).thin is None
    assert told(10, days=3_650_000.0).thin == "too_many"
    retired = {"S-1": [*failed((10, 1, "parts")), Said("retired", 100 * DAY)]}
    assert spares(of_parts(retired), 30.0, 0.05)[0].thin == "no_service"
