"""Trucks of a bridge: arrivals by the hour, calibrated risk, predicted services, common random numbers."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from aforo.routing.choice import BOOTH, SCANNER
from aforo.twin.network import HOUR, LANES, MINUTE, SERVICES
from aforo.twin.traffic import Demand, Profile, Scheme, Times, TrafficError, trucks_of

DEMAND = Demand(
    stream=230400,
    hourly=np.tile(np.where(np.arange(24) < 6, 0.0, 300.0), 7),
    lanes={"fast": 0.3, "standard": 0.5, "empty": 0.2},
    booth={"fast": Times(0.4, 0.1), "standard": Times(1.6, 1.0), "empty": Times(1.0, 0.6)},
    services={"scanner": Times(8.0, 4.0), "dock": Times(60.0, 30.0)},
    profile=Profile(),
)


def test_trucks_come_by_the_hour_and_never_while_nothing_is_expected() -> None:
    trucks = trucks_of(DEMAND, 1)
    trucks.check()
    hours = trucks.arrives // HOUR % 24
    assert hours.min() == 6
    by_hour = np.bincount(hours, minlength=24)[6:] / 7
    assert np.abs(by_hour / 300.0 - 1.0).max() < 0.1
    shares = np.bincount(trucks.lane, minlength=4) / len(trucks)
    assert shares == pytest.approx([0.3, 0.5, 0.2, 0.0], abs=0.01)
    assert len(trucks_of(replace(DEMAND, hourly=np.zeros(24)), 1)) == 0


def test_risk_is_calibrated_and_prediction_explains_its_share() -> None:
    trucks = trucks_of(DEMAND, 2)
    profile = DEMAND.profile
    hidden = trucks.threat >= 0
    expected = trucks.prevented[:, len(trucks.prevented[0]) - 1] / profile.harm
    assert hidden.mean() == pytest.approx(expected.mean(), rel=0.1)
    risky = expected > np.quantile(expected, 0.9)
    assert hidden[risky].mean() == pytest.approx(expected[risky].mean(), rel=0.15)
    actual = trucks.service[:, SERVICES.index("scanner")] / MINUTE
    predicted = trucks.predicted[:, SCANNER] / MINUTE
    explained = 1.0 - ((actual - predicted) ** 2).mean() / actual.var()
    assert explained == pytest.approx(0.5, abs=0.05)
    assert actual.mean() == pytest.approx(8.0, rel=0.03)
    assert (trucks.predicted[:, BOOTH] == 0).all()
    assert (trucks.predicted[:, 1] == -1).all()  # no portal: no prediction, never zero


def test_more_trucks_are_the_same_trucks_earlier() -> None:
    some, more = trucks_of(DEMAND, 3), trucks_of(replace(DEMAND, hourly=1.1 * DEMAND.hourly), 3)
    assert len(more) > len(some)
    n = len(some)
    assert (more.prevented[:n] == some.prevented).all()
    assert (more.service[:n] == some.service).all()
    assert (more.threat[:n] == some.threat).all()
    assert (more.arrives[:n] <= some.arrives).all()


def test_a_scheme_hides_behind_looks() -> None:
    plain, schemed = trucks_of(DEMAND, 4), trucks_of(replace(DEMAND, scheme=Scheme(0.01, "people")), 4)
    changed = plain.threat != schemed.threat
    assert changed.mean() == pytest.approx(0.01, abs=0.003)
    assert (plain.prevented == schemed.prevented).all()


@pytest.mark.parametrize(
    "profile",
    [
        {"prevalence": {"contraband": 0.6}},
        {"prevalence": {"smuggling": 0.1}},
        {"lead": {"bus": 30.0}},
        {"prediction": 1.5},
        {"lottery": -0.1},
        {"risk_variation": 99.0},
        {"false_alarm": float("nan")},
    ],
)
def test_a_profile_that_cannot_be_is_refused(profile: dict[str, object]) -> None:
    with pytest.raises(TrafficError):
        msgspec.convert(profile, Profile).checked()


@pytest.mark.parametrize("table", ["prevalence", "scan", "alone", "exam", "lead"])
def test_a_table_of_a_profile_states_some_and_takes_the_others_from_the_default(table: str) -> None:
    usual = getattr(Profile(), table)
    name = next(iter(usual))
    value = 1.0 if table == "scan" else 0.0
    stated = msgspec.convert({table: {name: value}}, Profile).checked()
    assert getattr(stated, table) == {**usual, name: value}
    assert list(getattr(stated, table)) == list(usual)
    assert stated.stated_prevalences() == ({name} if table == "prevalence" else set())
    assert msgspec.structs.replace(Profile(), **{table: {name: value}}) == stated


def test_demand_that_cannot_be_is_refused() -> None:
    with pytest.raises(TrafficError):
        trucks_of(replace(DEMAND, hourly=np.array([np.nan] * 24)), 1)
    with pytest.raises(TrafficError):
        trucks_of(replace(DEMAND, hourly=np.full(24, 1e9)), 1)
    with pytest.raises(TrafficError):
        trucks_of(replace(DEMAND, lanes=dict.fromkeys(LANES, 0.0)), 1)
