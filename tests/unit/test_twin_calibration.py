"""The fit of capacity to waits: recovery in SYNTHETIC worlds, rounding, bounds, checks, and the document."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import numpy as np
import pytest

from aforo.domain.wait import PublishedWait
from aforo.intake import measured_waits
from aforo.ports import shipped as ships
from aforo.twin import border
from aforo.twin.base_check import altered_places, base_check, published_beside, snapshot
from aforo.twin.calibration import CalibrationRequest, calibrate
from aforo.twin.calibration_document import (
    Calibration,
    CalibrationError,
    LaneFactor,
    calibrated,
    digest,
    dumped,
    parse,
)
from aforo.twin.capacity_fit import STEP, CapacityModel, steps_of
from aforo.twin.scenario import Scenario
from aforo.twin.scenario import parse as parse_scenario
from aforo.twin.wait_samples import WaitSample, bridge_at, measured_samples, published_samples
from aforo.twin.wait_worlds import counted_start, simulated_waits, with_factors

BORDER = border.shipped()
VETERANS = "2301/veterans"
MONDAY = datetime(2024, 8, 5)
GRID = 1.1 ** np.arange(-4.0, 9.0)


def hours(days: int, lane: str = "standard") -> list[WaitSample]:
    return [
        WaitSample("2301", "veterans", "fast" if lane == "fast" else "standard", at, 0.0)
        for day in range(days)
        for at in (MONDAY + timedelta(days=day, hours=hour) for hour in range(8, 22, 2))
    ]


def readings(factor: float, days: int = 6, seed: int = 77) -> list[WaitSample]:
    """SYNTHETIC readings: the twin's own waits under a factor that is known, rounded as published ones are."""
    place = bridge_at(BORDER.ports, VETERANS)
    assert place is not None
    samples = hours(days)
    waits = simulated_waits(*place, samples, [{"standard": factor}], dict(BORDER.counts["2301"]), 1, seed)[0, 0]
    return [
        replace(each, minutes=float(STEP * steps_of(np.array([wait]))[0]))
        for each, wait in zip(samples, waits, strict=True)
        if not np.isnan(wait)
    ]


@pytest.fixture(scope="module")
def slow() -> tuple[LaneFactor, ...]:
    return calibrate(readings(2.3), BORDER, CalibrationRequest(replications=8))


def test_the_factor_of_a_synthetic_world_lies_in_its_interval(
    slow: tuple[LaneFactor, ...],
) -> None:
    (lane,) = slow
    assert (lane.place, lane.lane) == (VETERANS, "standard")
    assert lane.low is not None
    assert lane.high is not None
    assert lane.low <= 2.3 <= lane.high
    assert not lane.low_open
    assert lane.high - lane.low < 1.0
    assert lane.check is not None
    assert lane.verdict == ("checked" if lane.check.passed else "failed")
    assert 0.9 <= lane.check.nominal <= 1.0
    assert (lane.calibrated_mean or 0.0) > (lane.uncalibrated_mean or 0.0) + 0.5


def test_waits_of_the_twin_as_assumed_leave_the_document_as_it_is() -> None:
    (lane,) = calibrate(readings(1.0), BORDER, CalibrationRequest(replications=8))
    assert lane.low is not None
    assert lane.high is not None
    assert lane.low <= 1.0 <= lane.high
    # Hardly anybody waits: shorter services could not be told from these, so nothing is changed.
    assert (lane.low_open, lane.applied, lane.verdict) == (True, 1.0, "checked")


def test_a_twin_that_cannot_explain_the_waits_fails_its_check() -> None:
    # Every other day an hour and a half at all hours, which no factor of a constant bridge gives.
    odd = [replace(each, minutes=90.0 if each.at.day % 2 else 0.0) for each in readings(1.0, days=8)]
    (lane,) = calibrate(odd, BORDER, CalibrationRequest(replications=6))
    assert lane.verdict == "failed"
    assert lane.check is not None
    assert not lane.check.passed


def test_few_readings_fit_nothing_and_check_nothing() -> None:
    one = [WaitSample(each.port, each.bridge, each.lane, each.at, each.minutes) for each in snapshot()]
    lanes = calibrate(one, BORDER, CalibrationRequest(replications=4))
    assert len(lanes) == len(one) == 20
    assert {each.verdict for each in lanes} == {"too_few"}
    assert all((each.factor, each.check, each.applied) == (None, None, 1.0) for each in lanes)
    assert all(each.uncalibrated_mean is not None for each in lanes)


def test_a_wait_is_rounded_as_published_ones_are_and_a_long_one_is_not_lost() -> None:
    assert steps_of(np.array([0.0, 2.4, 2.5, 7.4, 7.5, 10_000.0])).tolist() == [0, 0, 1, 1, 2, 60]


def test_a_likelier_factor_has_waits_nearer_to_the_readings_and_limits_hold_the_expected_share() -> None:
    chances = np.random.default_rng(3)
    factors = np.array([0.5, 1.0, 2.0])
    waits = np.stack([chances.gamma(2.0, mean / 2.0, (200, 80)) for mean in (5.0, 15.0, 60.0)])
    model = CapacityModel(factors, waits)
    usable = model.usable()
    assert len(usable) == 80
    minutes = chances.gamma(2.0, 7.5, 80)
    fit = model.fit(minutes, usable)
    assert (fit.factor, fit.low_open, fit.high_open) == (1.0, False, False)
    forecast = model.predict(1.0, fit.scale)
    assert abs(forecast.within(minutes, usable) - forecast.nominal(usable)) < 0.08
    far = model.predict(2.0, fit.scale)
    assert far.within(minutes, usable) < forecast.within(minutes, usable)


def test_hours_without_trucks_are_no_readings() -> None:
    waits = np.full((2, 10, 3), 4.0)
    waits[:, :, 1] = np.nan
    assert CapacityModel(np.array([1.0, 2.0]), waits).usable().tolist() == [0, 2]


def test_a_week_is_fed_with_the_counts_of_the_same_weekdays_of_a_year_that_was_counted() -> None:
    counts = {(2024, month): 1 for month in range(1, 13)}
    start = counted_start(date(2026, 8, 11), 12, counts)
    assert start is not None
    assert (start.year, start.month, start.weekday()) == (2024, 8, date(2026, 8, 11).weekday())
    assert counted_start(date(2026, 8, 11), 12, {}) is None


def test_factors_reach_the_lanes_that_the_booths_serve_and_no_others() -> None:
    place = bridge_at(BORDER.ports, VETERANS)
    assert place is not None
    bridge = place[1]
    slow = with_factors(bridge, {"standard": 2.0})
    for lane, factor in (("standard", 2.0), ("empty", 2.0), ("hazmat", 2.0), ("fast", 1.0)):
        before, after = bridge.lanes[lane].primary, slow.lanes[lane].primary  # type: ignore[index]
        assert before is not None
        assert after is not None
        assert after.mean_minutes == pytest.approx(factor * before.mean_minutes)
        assert after.sd_minutes == pytest.approx(factor * before.sd_minutes)


def test_readings_find_their_bridge_by_number_by_name_and_by_place() -> None:
    at = datetime(2026, 8, 11, 21, tzinfo=UTC)
    feed = [
        PublishedWait("elsewhere", "standard", at, at, "535502", 5),
        PublishedWait("Brownsville - Los Indios", "fast", at, at, None, None, "closed"),
        PublishedWait("Atlantis", "standard", at, at, None, 5),
    ]
    found = published_samples(feed, BORDER.ports)
    assert [(each.place, each.at, each.minutes) for each in found.found] == [(VETERANS, datetime(2026, 8, 11, 16), 5.0)]
    assert (found.without_figure, found.elsewhere) == (1, {"Atlantis": 1})
    table = measured_waits.read(
        b"bridge,lane,at,wait_minutes\n"
        b"2301/veterans,standard,2026-08-11T16:00,12.5\nVeterans,FAST,2026-08-11T21:00Z,3\nAtlantis,fast,2026-08-11T16:00,1\n"
    )
    mine = measured_samples(table.waits, BORDER.ports)
    assert [(each.place, each.lane, each.at.hour, each.minutes) for each in mine.found] == [
        (VETERANS, "standard", 16, 12.5), (VETERANS, "fast", 16, 3.0),
    ]  # fmt: skip
    assert mine.elsewhere == {"Atlantis": 1}


def test_a_row_of_measured_waits_that_cannot_be_read_is_refused_and_is_no_zero() -> None:
    table = measured_waits.read(
        b"bridge,lane,at,wait_minutes\n,standard,2026-08-11T16:00,1\nV,car,2026-08-11T16:00,1\n"
        b"V,fast,yesterday,1\nV,fast,1926-08-11T16:00,1\nV,fast,2026-08-11T16:00,-1\nV,fast,2026-08-11T16:00,nan\n"
        b"V,fast,2026-08-11T16:00,\n"
    )
    assert table.waits == ()
    assert table.found == {"measured_bridge": 1, "measured_lane": 1, "measured_at": 2, "measured_minutes": 3}
    assert measured_waits.is_measured(b"bridge,lane,at,wait_minutes\n")
    assert not measured_waits.is_measured(b"crossing,delay_minutes\n")
    assert not measured_waits.is_measured(b"")


def calibration(*lanes: LaneFactor) -> Calibration:
    return Calibration(
        1, datetime(2026, 12, 4, tzinfo=UTC), 'a "file".csv', "00", "2026-08-11", "2026-08-22", "en", "es", 0.5, 8, 1,
        lanes,
    )  # fmt: skip


def test_a_calibration_is_read_as_it_was_written_and_anything_else_is_refused(slow: tuple[LaneFactor, ...]) -> None:
    written = calibration(*slow)
    again = parse(dumped(written))
    assert again.waits == written.waits
    assert again.lanes[0].applied == pytest.approx(slow[0].applied, abs=1e-5)
    assert again.lanes[0].check is not None
    for wrong in (b"", b"\xff", b"format = 2\n", dumped(written).replace(b"applied", b"aplied", 1)):
        with pytest.raises(CalibrationError):
            parse(wrong)


def test_a_base_is_checked_only_as_it_was_calibrated(slow: tuple[LaneFactor, ...]) -> None:
    assert not base_check(BORDER, [VETERANS]).checked
    checked = msgspec.structs.replace(slow[0], verdict="checked")
    written = calibration(checked)
    held = replace(
        BORDER, ports=calibrated(BORDER.ports, written), calibration=written, calibration_sha256=digest(dumped(written))
    )
    good = base_check(held, [VETERANS])
    assert (good.checked, good.unchecked) == (True, {})
    assert slow[0].check is not None
    assert (good.readings, good.within) == (slow[0].check.readings, pytest.approx(slow[0].check.within))
    assert base_check(held, [VETERANS, "2301/los-indios"]).unchecked.keys() == {"2301/los-indios"}
    assert "alters" in base_check(held, [VETERANS], [VETERANS]).unchecked[VETERANS].en
    for change, word in (({"document": "0" * 64}, "document"), ({"verdict": "failed"}, "fails")):
        other = replace(held, calibration=calibration(msgspec.structs.replace(checked, **change)))
        assert word in base_check(other, [VETERANS]).unchecked[VETERANS].en
    # The documents' bytes stay those that were written; the times are other ones.
    assert held.ports.used() == BORDER.ports.used()
    assert held.ports.ports != BORDER.ports.ports


def scenario(changes: str) -> Scenario:
    document = f"""
name = "tried"
title = {{ en = "tried", es = "probado" }}
ports = ["Brownsville"]
first = 2024-08-05
days = 2
{changes}
"""
    return parse_scenario(document.encode(), ships.directory())


def test_demand_alone_leaves_a_base_as_it_was_checked() -> None:
    demand = scenario('[[before]]\nkind = "demand"\nfactor = 1.2\n')
    assert altered_places(demand, BORDER, demand.before) == set()
    booth = scenario('[[before]]\nkind = "booths_added"\nat = ["Brownsville/veterans"]\nnumber = 1\n')
    assert altered_places(booth, BORDER, booth.before) == {VETERANS}
    everywhere = scenario('[[before]]\nkind = "booths_added"\nnumber = 1\n')
    assert altered_places(everywhere, BORDER, everywhere.before) == {VETERANS, "2301/los-indios"}


def test_the_published_snapshot_stands_beside_the_waits_of_its_hour() -> None:
    waits: list[float | None] = [float(hour) for hour in range(24)]
    beside = published_beside(BORDER, ["2506/otay-mesa"], {"2506/otay-mesa": waits})
    assert [(each.lane, each.published, each.base, each.readings) for each in beside] == [
        ("fast", 20.0, 17.0, 1), ("standard", 90.0, 17.0, 1),
    ]  # fmt: skip
    assert all("2022-06-30 17:00" in each.source.en for each in beside)
    places = {f"{port.code}/{bridge.id}" for port in BORDER.ports.ports for bridge in port.bridges}
    assert {each.place for each in snapshot()} <= places
