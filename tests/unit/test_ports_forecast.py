"""Arrivals by hour: days, levels and intervals that hold what they say on simulated overdispersed traffic."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aforo.intake import bts
from aforo.ports import calendar, forecast, volumes
from aforo.ports.calendar import BORDER_WIDE, DayWeights
from aforo.ports.forecast import Filing, Scatter

FLAT = np.full((7, 24), 1 / 168)


def test_easter_and_the_days_before_it() -> None:
    assert [calendar.easter(year) for year in (2000, 2008, 2019, 2024, 2038)] == [
        date(2000, 4, 23), date(2008, 3, 23), date(2019, 4, 21), date(2024, 3, 31), date(2038, 4, 25),
    ]  # fmt: skip
    assert calendar.weight_of(date(2024, 3, 29), BORDER_WIDE) == BORDER_WIDE.holy
    assert calendar.weight_of(date(2024, 12, 25), BORDER_WIDE) == BORDER_WIDE.sunday
    assert calendar.weight_of(date(2024, 3, 30), BORDER_WIDE) == BORDER_WIDE.saturday
    assert calendar.weight_of(date(2024, 4, 1), BORDER_WIDE) == 1.0


def test_months_are_compared_by_their_days() -> None:
    months = [date(2024, 3, 1), date(2025, 3, 1)]
    assert calendar.days_of(months).tolist() == [[19, 5, 5, 2], [21, 5, 5, 0]]
    counts = calendar.days_of(months) @ BORDER_WIDE.array() * 100.0
    assert calendar.rates(months, counts) == pytest.approx([100.0, 100.0])
    assert np.isnan(calendar.rates(months, np.array([np.nan, 1.0]))[0])


def test_day_weights_are_found_again_in_made_counts() -> None:
    draw = np.random.default_rng(3)
    months = [date(2000 + number // 12, number % 12 + 1, 1) for number in range(240)]
    truth = DayWeights(0.5, 0.1, 0.3)
    season = 1 + 0.1 * np.sin(np.arange(240) * np.pi / 6)
    level = np.exp(np.cumsum(draw.normal(0.002, 0.01, 240)))
    found = calendar.estimate(months, 1e5 * calendar.days_of(months) @ truth.array() * season * level)
    assert found is not None
    assert found.errors is not None
    for value, true, error in zip(
        (found.saturday, found.sunday, found.holy), (0.5, 0.1, 0.3), found.errors, strict=True
    ):
        assert abs(value - true) < 3 * error
    assert calendar.estimate(months[:40], np.ones(40)) is None


@pytest.fixture(scope="module")
def counts(shared_data: Path) -> pl.DataFrame:
    return bts.read((shared_data / "crossings" / "bts_us_mexico_trucks.csv").read_bytes()).frame


def test_the_shipped_day_weights_are_those_of_the_counts(counts: pl.DataFrame) -> None:
    border = (
        counts.filter(pl.col("measure") == "trucks", pl.col("month") >= date(2010, 1, 1))
        .group_by("month")
        .agg(pl.col("count").sum())
        .sort("month")
    )
    found = calendar.estimate(border["month"].to_list(), border["count"].cast(pl.Float64).to_numpy())
    assert found is not None
    assert found.errors is not None
    assert [found.saturday, found.sunday, found.holy] == pytest.approx(
        [BORDER_WIDE.saturday, BORDER_WIDE.sunday, BORDER_WIDE.holy], abs=0.006
    )
    assert list(found.errors) == pytest.approx(BORDER_WIDE.errors, abs=0.006)


@pytest.mark.parametrize("ports", [["2304"], ["2506"], ["2305"], ["2604"], ["2401", "2402"]])
def test_a_month_ahead_lies_within_its_error_as_often_as_said(counts: pl.DataFrame, ports: list[str]) -> None:
    table = bts.monthly(counts, ports)
    months = table["month"].to_list()
    rates = calendar.rates(months, table["count"].cast(pl.Float64).fill_null(np.nan).to_numpy())
    held = []
    for end in range(len(months) - 48, len(months)):
        said = volumes.level(months[:end], rates[:end], months[end])
        assert said is not None
        held.append(abs(np.log(rates[end] / said.rate)) < 1.645 * said.log_sd)
    assert np.mean(held) > 0.75  # 90 % are due; the errors of the past hold a pandemic, or miss a tariff


def test_a_short_history_says_nothing() -> None:
    months = [date(2024, month, 1) for month in range(1, 13)]
    assert volumes.level(months, np.ones(12), date(2025, 1, 1)) is None
    assert volumes.level([], np.ones(0), date(2025, 1, 1)) is None
    seen = volumes.level(months, np.arange(1.0, 13.0), date(2024, 3, 1))
    assert seen == volumes.Level(3.0, 0.0)
    assert volumes.level(months, np.ones(12), date(2023, 1, 1)) is None


def test_hours_are_local_and_a_day_has_as_many_as_it_has() -> None:
    start = datetime(2024, 3, 10, 6, tzinfo=UTC)  # midnight in Chicago; clocks skip an hour
    means = forecast.expected(start, 23, "America/Chicago", 2400.0, FLAT, DayWeights(1, 1, 1))
    assert means == pytest.approx(np.full(23, 100.0))
    autumn = forecast.expected(
        datetime(2024, 11, 3, 5, tzinfo=UTC), 25, "America/Chicago", 2400.0, FLAT, DayWeights(1, 1, 1)
    )
    assert autumn.sum() == pytest.approx(2400.0)
    assert autumn[1] == autumn[2] == pytest.approx(50.0)
    sunday = forecast.expected(start, 23, "America/Chicago", 2400.0, FLAT, BORDER_WIDE)
    assert sunday == pytest.approx(np.full(23, 20.0))


def test_the_level_follows_what_was_counted_and_forgets() -> None:
    scatter = Scatter(dispersion=2.0, level_sd=0.2, persistence=0.9)
    none = forecast.level(np.array([np.nan]), np.array([100.0]), scatter)
    assert none == pytest.approx((1.0, np.expm1(0.04)))
    up, variance = forecast.level(np.array([150.0, 150.0]), np.array([100.0, 100.0]), scatter)
    assert 1.2 < up < 1.5
    assert variance < none[1]
    later = forecast.forecast(np.full(48, 100.0), (up, variance), scatter=scatter)
    assert later.mean[0] > 115
    assert later.mean[-1] == pytest.approx(100.0, abs=1.0)
    assert later.high[-1] - later.low[-1] > later.high[0] - later.low[0]


@pytest.mark.parametrize("dispersion", [1.0, 3.0, 8.0])
@pytest.mark.parametrize("mean", [0.5, 8.0, 300.0])
def test_intervals_hold_on_overdispersed_traffic(dispersion: float, mean: float) -> None:
    draw = np.random.default_rng(11)
    scatter = Scatter(dispersion=dispersion, level_sd=0.25, persistence=0.9)
    held = np.zeros(6)
    days = 600
    for _ in range(days):
        levels = _levels(draw, scatter, 12)
        counts = _hours(draw, mean * levels, dispersion)
        known = forecast.level(counts[:6], np.full(6, mean), scatter)
        said = forecast.forecast(np.full(6, mean), known, scatter=scatter, coverage=0.9)
        held += (said.low <= counts[6:]) & (counts[6:] <= said.high)
    assert (held / days > 0.87).all()
    if mean > 100:  # of small counts an interval of whole numbers holds more than it must
        assert (held / days < 0.94).all()


def test_filings_narrow_the_interval_and_it_still_holds() -> None:
    draw = np.random.default_rng(5)
    scatter, filing = Scatter(3.0, 0.25, 0.9), Filing()
    mean, days = 200.0, 400
    held, narrower, error, blind_error = np.zeros(4), np.zeros(4), 0.0, 0.0
    for _ in range(days):
        counts, filed, seen = _filed_day(draw, mean, scatter, filing)
        known = forecast.level(seen, np.full(len(seen), mean), scatter)
        said = forecast.forecast(np.full(4, mean), known, filed, 2, scatter=scatter, filing=filing)
        blind = forecast.forecast(np.full(4, mean), known, scatter=scatter)
        held += (said.low <= counts) & (counts <= said.high)
        narrower += (said.high - said.low) / (blind.high - blind.low)
        error += abs(said.mean[0] - counts[0])
        blind_error += abs(blind.mean[0] - counts[0])
    assert (held / days > 0.85).all()
    assert narrower[0] / days < 0.7
    assert error < 0.75 * blind_error


def test_without_scatter_an_interval_is_binomial() -> None:
    filing = Filing(covered=(1.0,), no_show=0.5, late=(1.0,), first=0)
    said = forecast.forecast(np.array([40.0]), (1.0, 0.0), np.array([40.0]), filing=filing)
    assert said.mean[0] == pytest.approx(20.0)
    assert (said.low[0], said.high[0]) == (15.0, 25.0)


def test_no_trucks_are_expected_while_closed_and_numbers_are_seen_to() -> None:
    said = forecast.forecast(np.zeros(3), (1.0, 0.1))
    assert said.high.tolist() == [0.0, 0.0, 0.0]
    for filed in (np.array([1.0]), np.array([1.0, -1.0, 0.0]), np.array([np.nan, 0.0, 0.0])):
        with pytest.raises(ValueError, match="filed"):
            forecast.forecast(np.zeros(3), (1.0, 0.1), filed)
    with pytest.raises(ValueError, match="means"):
        forecast.forecast(np.array([np.inf]), (1.0, 0.1))


def test_the_shape_of_a_week_is_measured_where_hours_were_counted() -> None:
    draw = np.random.default_rng(2)
    truth = np.outer(np.array([1, 1, 1, 1, 1, 0.4, 0.2]), 1 + np.sin(np.arange(24) / 4) ** 2)
    truth /= truth.sum()
    weekday, hour = np.tile(np.repeat(np.arange(7), 24), 20), np.tile(np.arange(24), 140)
    counts = _hours(draw, 20_000 * truth[weekday, hour], 4.0)
    shape, dispersion = forecast.measured_week(weekday.tolist(), hour.tolist(), counts, FLAT)
    assert shape.sum() == pytest.approx(1.0)
    assert np.abs(shape - truth).sum() < 0.5 * np.abs(FLAT - truth).sum()
    assert dispersion == pytest.approx(4.0, rel=0.1)
    same, unknown = forecast.measured_week([], [], np.zeros(0), FLAT)
    assert same == pytest.approx(FLAT)
    assert np.isnan(unknown)


def _levels(draw: np.random.Generator, scatter: Scatter, hours: int) -> np.ndarray:
    """Levels of a day: a stationary autoregression of the logarithm, with mean one."""
    logs = np.empty(hours)
    logs[0] = draw.normal(0, scatter.level_sd)
    for hour in range(1, hours):
        logs[hour] = scatter.persistence * logs[hour - 1] + draw.normal(
            0, scatter.level_sd * np.sqrt(1 - scatter.persistence**2)
        )
    return np.exp(logs - scatter.level_sd**2 / 2)


def _hours(draw: np.random.Generator, means: np.ndarray, dispersion: float) -> np.ndarray:
    """Counts with these means and `dispersion` times the variance of a Poisson."""
    if dispersion == 1.0:
        return draw.poisson(means).astype(float)
    return draw.negative_binomial(means / (dispersion - 1), 1 / dispersion).astype(float)


def _filed_day(
    draw: np.random.Generator, mean: float, scatter: Scatter, filing: Filing
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arrivals of the next four hours, trucks filed by the hour of their ETA from two hours ago on, and the counts of
    the last six hours. Hour 0 is the first that is forecast.
    """
    first, hours = -8, 16
    levels = _levels(draw, scatter, hours)
    arrivals, filed = np.zeros(hours), np.zeros(hours)
    for place in range(hours):
        ahead = first + place
        coming = int(_hours(draw, np.array([mean * levels[place]]), scatter.dispersion)[0])
        share = filing.covered[max(0, ahead)] if ahead < len(filing.covered) else 0.0
        has_filed = draw.random(coming) < share
        hour = place + draw.choice(len(filing.late), size=coming, p=filing.late) + filing.first
        np.add.at(arrivals, np.clip(hour, 0, hours - 1), 1)
        filed[place] = (has_filed & (first + hour >= 0)).sum()
        filed[place] += draw.binomial(has_filed.sum(), filing.no_show / (1 - filing.no_show))
    return arrivals[-first : 4 - first], filed[-first - 2 : 6 - first], arrivals[-first - 6 : -first]


def test_a_list_without_trucks_where_hundreds_were_expected_is_no_list_of_all_who_file() -> None:
    means, known = np.full(4, 500.0), (1.0, 0.06)
    for filed in (0.0, 3.0):
        ahead = np.full(8, filed)
        filing = forecast.of_whom_file(means, known, ahead[2:6])
        assert not filing.tells_level
        said = forecast.forecast(means, known, ahead, 2, filing=filing)
        assert said.mean == pytest.approx(means, rel=0.02)
    busy = np.full(8, 400.0)
    assert forecast.of_whom_file(means, known, busy[2:6]) == forecast.ASSUMED_FILING
    quiet = np.full(4, 0.5)
    assert forecast.of_whom_file(quiet, known, np.zeros(4)) == forecast.ASSUMED_FILING, "few tell nothing either way"
