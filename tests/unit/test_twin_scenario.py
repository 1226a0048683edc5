"""Scenarios: every one that ships runs, what is wrong with one is said, and what a change does is what it says."""

from __future__ import annotations

from datetime import date

import msgspec
import numpy as np
import pytest

from aforo.domain.text import catalogue
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.shipped import port_called, ports
from aforo.routing.choice import POLICIES
from aforo.twin import border
from aforo.twin import scenario as scenarios
from aforo.twin.applied import applied
from aforo.twin.cells import Cell, cells_of
from aforo.twin.changes import TurnedAway
from aforo.twin.comparison import compared
from aforo.twin.levels import policy_of
from aforo.twin.network import DAY, MINUTE
from aforo.twin.of_port import hourly_demand, modelled
from aforo.twin.page import sentences
from aforo.twin.rebuilt import spread_over
from aforo.twin.replication import policies_of, replications
from aforo.twin.results import frame, result_of, row_of
from aforo.twin.rosters import Outage, Rosters, Units
from aforo.twin.run import run
from aforo.twin.scenario import Scenario, ScenarioError
from aforo.twin.sweep_points import Design, overs, points_of
from aforo.twin.traffic import trucks_of
from aforo.twin.volumes import published, shipped
from aforo.twin.working_days import of_month

#: The documents and the counts that ship.
BORDER = border.shipped()
HEAD = """
name = "tried"
title = { en = "tried", es = "probado" }
ports = ["Santa Teresa", "Tornillo"]
first = 2024-10-07
days = 2
replications = 3
"""
TURNED = """
[[change]]
kind = "turned_away"
at = ["Santa Teresa"]
share = 0.5
since = 2024-10-08T00:00:00
until = 2024-10-09T00:00:00
alternatives = ["Tornillo"]
"""


def tried(more: str = "") -> Scenario:
    return scenarios.parse((HEAD + more).encode(), BORDER.ports)


def santa_teresa() -> tuple[PortDocument, Bridge]:
    port = port_called("Santa Teresa")
    assert port is not None
    return port, port.bridges[0]


@pytest.mark.parametrize("name", scenarios.ready())
def test_every_scenario_that_ships_applies(name: str) -> None:
    scenario = scenarios.parse(scenarios.ready()[name], BORDER.ports)
    assert scenario.name == name
    assert scenario.sources
    ready = applied(scenario, BORDER, 1)
    assert len(ready.bridges) == len(scenario.bridges(BORDER.ports))
    for bridge in ready.bridges:
        assert np.isfinite(bridge.demand.hourly).all()


def test_every_bridge_of_the_documents_becomes_a_network() -> None:
    for port in ports():
        for bridge in port.bridges:
            hourly = hourly_demand(port, bridge, date(2024, 10, 7), 7, shipped()[port.code])
            made = modelled(port, bridge, date(2024, 10, 7), hourly, 1)
            assert "approach" in made.network.names
            assert made.assumed


def test_a_week_has_its_part_of_the_month() -> None:
    port, bridge = santa_teresa()
    month = hourly_demand(port, bridge, date(2024, 10, 1), 31, shipped()[port.code])
    assert month.sum() == pytest.approx(shipped()[port.code][2024, 10])
    week = hourly_demand(port, bridge, date(2024, 10, 7), 7, shipped()[port.code])
    assert week.sum() == pytest.approx(month.sum() * (5 + 0.405 + 0.156) / of_month((2024, 10)), rel=0.01)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("nonsense = 1", "scenario_not_whole"),
        ('[[change]]\nkind = "unheard"', "scenario_not_valid"),
        ('[[change]]\nkind = "availability"\nshare = nan', "scenario_not_finite"),
        ('[[change]]\nkind = "availability"\nshare = 1.5', "scenario_not_valid"),
        ('[[change]]\nkind = "availability"\nshare = 0.9\nat = ["Nogales"]', "scenario_elsewhere"),
        ('[[change]]\nkind = "availability"\nshare = 0.9\nat = ["Nowhere"]', "scenario_port"),
        (TURNED.replace("2024-10-09T00", "2024-10-07T00"), "scenario_backwards"),
        (TURNED.replace("2024-10-09T00:00:00", "2024-10-09T00:00:00Z"), "scenario_zone"),
        (TURNED + "low = 0.6\nhigh = 0.7", "scenario_limits"),
        (TURNED.replace('"Tornillo"', '"Ysleta"'), "scenario_elsewhere"),
        ("[traffic]\nprediction = 2.0", "scenario_not_valid"),
        ('policy = "best"', "scenario_not_valid"),
        ("=", "scenario_not_toml"),
        ("#" * 300_000, "scenario_too_large"),
    ],
)
def test_what_is_wrong_with_a_scenario_is_said_in_both_languages(more: str, code: str) -> None:
    with pytest.raises(ScenarioError) as wrong:
        tried(more)
    assert wrong.value.code == code
    assert wrong.value.text.en != wrong.value.text.es


def test_a_month_without_a_count_is_missing_and_never_zero() -> None:
    scenario = msgspec.structs.replace(tried(), first=date(2031, 1, 6))
    with pytest.raises(ScenarioError) as wrong:
        applied(scenario, BORDER, 1)
    assert wrong.value.code == "scenario_no_count"
    assert "no hay conteo de camiones de 2031-01; dé `--counts" in wrong.value.text.es


def test_trucks_that_are_turned_away_go_elsewhere_or_nowhere() -> None:
    base, ready = applied(tried(), BORDER, 1), applied(tried(TURNED), BORDER, 1)
    before = [bridge.demand.hourly.reshape(2, 24).sum(axis=1) for bridge in base.bridges]
    after = [bridge.demand.hourly.reshape(2, 24).sum(axis=1) for bridge in ready.bridges]
    assert after[0] == pytest.approx(before[0] * [1.0, 0.5])
    assert after[1][0] == before[1][0]
    lost = ready.lost["2408", "santa-teresa"]
    assert lost > 0.0
    assert sum(map(sum, after)) + lost == pytest.approx(sum(map(sum, before)))
    again = applied(tried(TURNED), BORDER, 2)
    assert again.lost != ready.lost  # every replication draws where they go


def test_units_that_are_up_are_those_that_stand_work_and_are_manned() -> None:
    _, bridge = santa_teresa()
    rosters = Rosters(date(2024, 10, 7), 1, 1, 5, [Outage("scanner", 600.0, 720.0, 0.5)])
    opens = rosters.week(bridge.open)
    assert opens[5 * 60] == 0
    assert opens[12 * 60] == 1
    rosters.add_fleet("scanner", 4 * opens, [Units(4)])
    changes = {change.at // MINUTE: change for change in rosters.changes()}
    assert changes[360].servers == 4
    assert changes[600].servers == 2
    assert changes[600].interrupts
    assert changes[720].servers == 4
    assert not changes[22 * 60].interrupts


def test_breakdowns_take_their_share_and_repairs_their_time() -> None:
    rosters = Rosters(date(2024, 1, 1), 3000, 3, 5)
    always = np.ones(3003 * 1440, dtype=np.int64)
    rosters.add_fleet("scanner", 4 * always, [Units(4, 0.9, 12.0)])
    changes = rosters.changes()
    at = np.array([0, *(change.at // MINUTE for change in changes), len(always)])
    up = np.array([rosters.at_start("scanner"), *(change.servers for change in changes)])
    assert float((np.diff(at) * up).sum()) / len(always) / 4 == pytest.approx(0.9, abs=0.01)


def test_a_bridge_that_closes_for_hours_makes_trucks_wait_and_none_is_lost() -> None:
    closed = """
[[change]]
kind = "capacity_lost"
at = ["Santa Teresa"]
since = 2024-10-07T10:00:00
until = 2024-10-07T13:00:00
"""
    pairs = [pair for _, pair in replications([tried(), tried(closed)], BORDER, range(3))]
    told = compared([(one, other) for one, other in pairs])
    wait, trucks, missing = (row_of(told, name) for name in ("wait_mean", "trucks", "missing"))
    assert wait is not None
    assert wait.difference.low > 1.0
    assert trucks is not None
    assert trucks.difference.value == 0.0
    assert missing is not None
    assert missing.second.value == 0.0


def test_paired_differences_are_sharper_than_unpaired_ones() -> None:
    more = '[[change]]\nkind = "booths_added"\nlane = "standard"\nnumber = 1\nat = ["Santa Teresa"]'
    pairs = [pair for _, pair in replications([tried(), tried(more)], BORDER, range(6))]
    first = np.array([one.whole["wait_mean"] for one, _ in pairs])
    second = np.array([other.whole["wait_mean"] for _, other in pairs])
    assert (second <= first).all()
    policies = [policies_of(each, BORDER) for each in (tried(), tried(more))]
    again = [pair for _, pair in replications([tried(), tried(more)], BORDER, range(6), 2, policies)]
    # As JSON, where a figure that is not defined is null: NaN is not equal to itself.
    assert [msgspec.json.encode(pair[1].whole) for pair in again] == [
        msgspec.json.encode(pair[1].whole) for pair in pairs
    ]


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_runs_at_a_bridge(name: str) -> None:
    port, bridge = santa_teresa()
    hourly = hourly_demand(port, bridge, date(2024, 10, 7), 2, shipped()[port.code])
    made = modelled(port, bridge, date(2024, 10, 7), hourly, 1)
    trucks = trucks_of(made.demand, 1)
    fates, _ = run(made.network, trucks, policy_of(name, made), seed=1, port=made.demand.stream)
    assert (fates.left >= fates.arrives).all()
    scanned = float((fates.carried > 0).mean())
    assert scanned < 0.02 if name == "none" else scanned > 0.05
    assert fates.left.max() < 4 * DAY


def test_a_result_names_what_is_assumed_and_says_that_it_is_synthetic() -> None:
    one, other = tried(), tried(TURNED)
    pairs = [(pair[0], pair[1]) for _, pair in replications([one, other], BORDER, range(3))]
    told = result_of(one, other, pairs, BORDER, {"wait_mean": 0.5})
    assert told.synthetic
    assert any("scanners" in place for place in told.assumed)
    assert told.diversion_fitted_on
    assert frame(told)["synthetic"].all()
    wait = row_of(told.comparison, "wait_mean")
    assert wait is not None
    assert wait.half_width == 0.5


def test_trucks_that_never_come_through_save_no_hours_and_no_money() -> None:
    more = """[[change]]
kind = "capacity_lost"
at = ["Santa Teresa"]
place = "booths"
since = 2024-10-07T00:00:00
until = 2024-12-01T00:00:00
"""
    one, other = tried(), tried(more)
    pairs = [(pair[0], pair[1]) for _, pair in replications([one, other], BORDER, range(2))]
    told = result_of(one, other, pairs, BORDER)
    hours, missing = row_of(told.comparison, "truck_hours"), row_of(told.comparison, "missing")
    assert hours is not None
    assert missing is not None
    assert (missing.first.value, (missing.second.value or 0.0) > 100) == (0.0, True)
    # A truck that stands there until the run ends waits for three days and more.
    assert (hours.difference.value or 0.0) > 72.0 * (missing.second.value or 0.0)
    assert (told.stranded, told.value) == (True, None)
    stranded = catalogue("aforo.twin").template("value_stranded")
    assert told.value_missing == stranded
    assert stranded.en in sentences(told, lambda code, **_: code, "en")


def test_scanners_are_spread_by_trucks_and_none_is_lost() -> None:
    assert spread_over(100, np.array([3.0, 1.0, 0.0, 2.5])) == [46, 15, 0, 39]
    with pytest.raises(ValueError, match="nothing"):
        spread_over(3, np.zeros(2))


def gridded(*over: str) -> list[Cell]:
    design = Design("grid", overs(over))
    return cells_of(tried(TURNED), design.fields, points_of(design), BORDER.ports)


def test_a_sweep_is_a_grid_of_scenarios_that_are_checked() -> None:
    cells = gridded("policy=none,clearance", "change.0.share=0.1,0.2,0.3")
    assert len(cells) == 6
    assert cells[1].values == {"policy": "none", "change.0.share": 0.2}
    (change,) = cells[1].scenario.change
    assert isinstance(change, TurnedAway)
    assert change.share == 0.2
    assert len({cell.key(shipped()) for cell in cells}) == 6
    assert cells[0].key(shipped()) == gridded("policy=none", "change.0.share=0.1")[0].key(shipped())
    for wrong in (["policy"], ["nowhere.at.all=1"], ["change.7.share=0.1"], ["policy=none", "policy=none"]):
        with pytest.raises(ScenarioError):
            gridded(*wrong)
    with pytest.raises(ScenarioError):
        gridded("change.0.share=7")


def test_counts_come_from_a_published_table(shared_data: object) -> None:
    with open(f"{shared_data}/crossings/bts_us_mexico_trucks.csv", "rb") as file:
        counts = published(file.read()).counts
    assert counts["2408"][2023, 10] == 26_046
    assert {code: counts[code][2024, 6] for code in shipped()} == {
        code: own[2024, 6] for code, own in shipped().items()
    }
    with pytest.raises(ValueError, match="no counts"):
        published(b"a,b\n1,2\n")
