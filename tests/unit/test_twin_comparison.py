"""What a comparison says of each side by itself, and of the night."""

from __future__ import annotations

import numpy as np
import pytest

from aforo.domain.text import catalogue
from aforo.measures.intervals import Interval
from aforo.ports.shipped import directory
from aforo.trials.plans.outcome import Level
from aforo.twin import scenario as scenarios
from aforo.twin.comparison import compared
from aforo.twin.diversion import FITTED
from aforo.twin.network import HOUR, LANES, MINUTE, Change, Network, Station, network_of
from aforo.twin.outcomes import FIGURES, shut_minutes
from aforo.twin.page import change, lacking, level, span
from aforo.twin.replication import Replication
from aforo.twin.results import hourly, row_of
from aforo.twin.shocks import known


def say(code: str, **fields: object) -> str:
    return catalogue("aforo.twin").say(code, **fields).en


def made(**figures: float) -> Replication:
    return Replication(dict.fromkeys(FIGURES, 2.0) | figures, {}, {}, {})


def test_a_side_is_defined_by_itself() -> None:
    nothing = float("nan")
    pairs = [(made(buffer_index=nothing), made(buffer_index=4.0 + n)) for n in range(3)]
    row = row_of(compared(pairs), "buffer_index")
    assert row is not None
    assert (row.first.value, row.difference.value, row.needed) == (None, None, None)
    assert row.second.value == pytest.approx(5.0)
    assert row.second.low < 5.0 < row.second.high
    assert (level(row.first, "buffer_index"), change(row.difference, "buffer_index")) == ("–", "–")
    # And the dash is explained, whichever side has it.
    assert "not defined" in lacking([[row]], say)[0]
    other = row_of(compared([(two, one) for one, two in pairs]), "buffer_index")
    assert other is not None
    assert "not defined" in lacking([[other]], say)[0]


def test_a_level_carries_its_interval_or_says_why_not() -> None:
    assert level(Interval(10.0, 9.0, 11.0), "wait_mean") == "10.00 ± 1.00"
    assert level(Interval(0.2, 0.19, 0.21), "scan_share") == "20.00 ± 1.00 %"
    nothing = float("nan")
    pairs = [(made(wait_p95=30.0), made(wait_p95=30.0)), (made(wait_p95=nothing), made(wait_p95=30.0))]
    row = row_of(compared(pairs), "wait_p95")
    assert row is not None
    assert level(row.first, "wait_p95") == "30.00"
    assert lacking([[row]], say) == ["A figure without ± is of one replication: one value has no interval."]


def closing() -> Network:
    """Two booths, of which the last closes at 20:00 and the first opens at 06:00 of the next day."""
    stations = [Station("street", 1), Station("booth", 1, 9, "booth", "booth"), Station("fast", 1, 9, "booth", "booth")]
    changes = [Change(19 * HOUR, "fast", 0), Change(20 * HOUR, "booth", 0), Change(30 * HOUR, "fast", 1)]
    return network_of(
        stations,
        {"street": {"release/fast": "fast", "release": "booth"}, "booth": None, "fast": None},
        dict.fromkeys(LANES, "street"),
        changes,
    )


def test_minutes_are_shut_only_while_no_booth_is_up() -> None:
    since = np.array([18 * HOUR, 19 * HOUR, 20 * HOUR, 21 * HOUR, 29 * HOUR, 19 * HOUR])
    until = np.array([19 * HOUR, 20 * HOUR + 30 * MINUTE, 30 * HOUR, 22 * HOUR, 31 * HOUR, -1])
    shut = shut_minutes(closing(), since, until)
    assert shut[:5] == pytest.approx([0.0, 30.0, 600.0, 60.0, 60.0])
    assert np.isnan(shut[5])


def test_a_bridge_with_a_booth_that_stays_is_never_shut() -> None:
    instants = np.arange(0, 48 * HOUR, HOUR)
    stays = network_of([Station("booth", 1, -1, "booth", "booth")], {"booth": None}, dict.fromkeys(LANES, "booth"))
    assert not shut_minutes(stays, instants, instants + HOUR).any()


def test_el_paso_2023_is_told_from_no_shock_of_its_own_months() -> None:
    scenario = scenarios.parse(scenarios.ready()["el-paso-2023"], directory())
    own = {each.month for each in scenario.observed}
    fitted = [each for each in known().shock if each.name in FITTED.shocks]
    assert len(fitted) == len(FITTED.shocks)
    assert not any(own & set(each.months) for each in fitted)
    # What its heading says of shocks of the same year is so.
    of_year = {each.name for each in fitted if any(month.startswith("2023") for month in each.months)}
    assert of_year == {"bridge_of_the_americas_2023", "eagle_pass_2023"}


def test_no_level_reaches_below_nothing_and_a_difference_may() -> None:
    interval = Interval(1.4, -0.4, 3.1)
    assert Level.of(interval, 0.0) == Level(1.4, 0.0, 3.1)
    assert Level.of(interval) == Level(1.4, -0.4, 3.1)
    each = [Replication({}, {}, {"2304/world-trade": np.full(24, minutes)}, {}) for minutes in (0.0, 0.0, 5.0)]
    pairs = list(zip(each, each, strict=True))
    told = hourly(pairs, "")
    assert told["first_low"] == [0.0] * 24
    assert (told["first_high"][0] or 0.0) > (told["first"][0] or 0.0) > 0.0


def test_one_day_is_a_day() -> None:
    assert say(
        "compared_title", first="a", second="b", days=span(1, say), start="x", replications=3, policy="p"
    ).startswith("a → b: 1 day from x")
    assert span(7, say) == "7 days"
