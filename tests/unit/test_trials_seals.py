"""Synthetic trucks under seal: gaps between readings as a real fleet's, and ways along a corridor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aforo.custody import corridor
from aforo.custody.road import read as road_of
from aforo.domain.reading import CLOSED
from aforo.trials.seals import gaps, readings, ways

ROAD = road_of(corridor.example())
MINUTE = 60_000_000
START = 1_772_431_200_000_000


def test_gaps_are_those_of_the_fleet_that_they_were_fitted_to(shared_data: Path) -> None:
    real = gaps.of_export(shared_data / "custody" / "gps" / "liverpool_bus_route14.csv")
    assert len(real) == 1_517
    assert gaps.quantiles(real) == gaps.GAPS
    drawn = gaps.drawn(np.random.default_rng(1), 200_000)
    asked = np.unique(real)
    ours, theirs = (np.searchsorted(np.sort(each), asked + 1e-6, "right") / len(each) for each in (drawn, real))
    assert np.abs(ours - theirs).max() < 0.03
    assert abs(drawn.mean() - real.mean()) < 0.02


def test_gaps_are_figures_of_a_distribution() -> None:
    assert len(gaps.SHARES) == len(gaps.GAPS)
    assert list(gaps.SHARES) == sorted(set(gaps.SHARES))
    assert list(gaps.GAPS) == sorted(gaps.GAPS)
    assert gaps.GAPS[gaps.SHARES.index(0.5)] == 1.0


@pytest.mark.parametrize("hour", [0.0, 11.0, 22.5])
def test_a_way_goes_from_one_end_of_the_road_to_the_other_and_never_back(hour: float) -> None:
    way = ways.honest(np.random.default_rng(3), ROAD, hour)
    assert (way.along[0], way.along[-1]) == (0.0, ROAD.length)
    assert (np.diff(way.minute) >= 0).all()
    assert (np.diff(way.along) >= 0).all()
    # Over ten minutes nobody is faster than the fastest, but for the half minute in which he came to a stop.
    along = np.interp(np.arange(0.0, way.minute[-1], 10.0), way.minute, way.along)
    assert np.diff(along).max() < 1_000 * 100 * (10.5 / 60)


def test_the_last_of_a_way_is_the_same_way() -> None:
    way = ways.honest(np.random.default_rng(4), ROAD, 11.0)
    last = way.last(60.0)
    begin = way.minute[-1] - 60.0
    assert last.minute[0] == 0.0
    assert last.minute[-1] == pytest.approx(60.0)
    for minute in (0.0, 17.0, 42.0, 60.0):
        there = np.interp(begin + minute, way.minute, way.along)
        assert np.interp(minute, last.minute, last.along) == pytest.approx(there)
    assert way.last(10_000.0).minute[-1] == way.minute[-1]


def test_a_halt_and_a_detour_are_where_they_were_put() -> None:
    way = ways.honest(np.random.default_rng(5), ROAD, 11.0)
    at = way.minute_at(90_000.0)
    assert np.interp(at, way.minute, way.along) == pytest.approx(90_000.0)
    lasted = way.minute[-1]
    way.halt(at, 30.0)
    assert way.minute[-1] == pytest.approx(lasted + 30.0)
    assert np.interp(at + 29.0, way.minute, way.along) == pytest.approx(90_000.0)
    way.detour(way.minute_at(150_000.0), 30.0, 5_000.0)
    assert max(way.east) == 5_000.0
    assert way.east[-1] == 0.0


def test_a_seal_reads_where_its_truck_is_by_a_clock_within_its_tolerance() -> None:
    rng = np.random.default_rng(6)
    way = ways.honest(rng, ROAD, 11.0)
    made = readings.taken(rng, ROAD, way, START, 90, MINUTE, gaps.drawn)
    assert (np.diff(made["at"]) >= 0).all()
    assert made["at"][0] >= START
    assert made["at"][-1] <= START + round(way.minute[-1] * MINUTE) + MINUTE
    assert (made["door"] == CLOSED).all()
    fixes = made[made["fix"]]
    away, along = ROAD.along(fixes["latitude"], fixes["longitude"])
    assert np.quantile(away, 0.98) < 700
    meant = np.interp((fixes["at"] - START) / MINUTE, way.minute, way.along)
    assert np.quantile(np.abs(along - meant), 0.95) < 1_500
    latitude, longitude = ways.points(ROAD, np.array([12_345.0]))
    there = ROAD.at(12_345.0)
    assert abs(latitude[0] - there[0]) < 5
    assert abs(longitude[0] - there[1]) < 5
