"""Officers on breaks and absent: how many are left, evenly, by the same chances in every scenario."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from aforo.twin import border
from aforo.twin.applied import sites_of
from aforo.twin.network import MINUTE
from aforo.twin.rosters import AFTER, Leave, Rosters, Units
from aforo.twin.scenario import Scenario, ScenarioError, parse, ready

BORDER = border.shipped()
SCENARIO = """
name = "breaks"
title = {{ en = "Breaks", es = "Descansos" }}
ports = ["Brownsville/veterans"]
first = 2024-10-07
days = 2
replications = 2

[[change]]
kind = "staff_away"
{fields}
"""


def up(leave: Leave | None, *, officers: int, days: int, seed: int = 1, station: str = "booth_standard") -> np.ndarray:
    """The units of a station minute by minute, where so many officers are always rostered."""
    rosters = Rosters(date(2024, 10, 7), days, seed, 5, leave=[] if leave is None else [leave])
    rosters.add(station, np.full((days + AFTER) * 1440, officers))
    level = np.full((days + AFTER) * 1440, rosters.at_start(station))
    for change in rosters.changes():
        level[change.at // MINUTE :] = change.servers
    return level


def scenario(fields: str) -> Scenario:
    return parse(SCENARIO.format(fields=fields).encode(), BORDER.ports)


@pytest.mark.parametrize("officers", [1, 3, 8, 12])
def test_breaks_take_their_share_and_as_few_officers_at_once_as_can_be(officers: int) -> None:
    level = up(Leave("booths", 30.0, 4.0, 0.0), officers=officers, days=2)
    assert level.mean() == pytest.approx(officers * (1.0 - 30.0 / 240.0))
    away = officers - level
    assert away.max() == int(np.ceil(officers * 30.0 / 240.0))
    assert away.min() == int(np.floor(officers * 30.0 / 240.0))


def test_absences_are_of_whole_days_and_have_their_chance() -> None:
    level = up(Leave("booths", 0.0, 4.0, 0.1), officers=10, days=997)
    days = level.reshape(-1, 1440)
    assert (days == days[:, :1]).all()
    draws = days[:, 0]
    assert draws.mean() == pytest.approx(9.0, abs=4 * np.sqrt(10 * 0.1 * 0.9 / len(draws)))
    assert draws.var() == pytest.approx(0.9, rel=0.2)


def test_who_is_absent_is_the_same_beside_breaks_and_in_a_longer_run() -> None:
    alone = up(Leave("booths", 0.0, 4.0, 0.2), officers=6, days=10)
    assert (up(Leave("booths", 0.0, 4.0, 0.2), officers=6, days=20)[: len(alone)] == alone).all()
    assert (up(Leave("booths", 30.0, 4.0, 0.2), officers=6, days=10) <= alone).all()
    assert (up(Leave("booths", 0.0, 4.0, 0.2), officers=6, days=10, seed=2) != alone).any()


def test_another_place_and_units_without_a_roster() -> None:
    leave = Leave("booths", 60.0, 2.0, 0.5)
    assert (up(leave, officers=4, days=2, station="scanner") == 4).all()
    assert (up(None, officers=4, days=2) == 4).all()
    rosters = Rosters(date(2024, 10, 7), 1, 1, 5, leave=[Leave("scanner", 60.0, 2.0, 0.0)])
    rosters.add_fleet("scanner", np.full((1 + AFTER) * 1440, 4), [Units(4)])
    assert {change.servers for change in rosters.changes()} | {rosters.at_start("scanner")} == {2}


def test_a_scenario_gives_its_bridges_the_breaks_and_one_without_any_is_refused() -> None:
    fields = "break_minutes = 20\nbreak_every = 2\nabsence = 0.1"
    (site,) = sites_of(scenario(fields), BORDER, 1)
    assert site.leave == [Leave("booths", 20.0, 2.0, 0.1)]
    (other,) = sites_of(scenario("absence = 0.1"), BORDER, 1)
    assert site.key(scenario(fields), 1) != other.key(scenario("absence = 0.1"), 1)
    with pytest.raises(ScenarioError, match="break_minutes"):
        sites_of(scenario('place = "dock"'), BORDER, 1)


def test_the_scenario_that_ships_says_that_its_figures_are_assumed() -> None:
    shipped = parse(ready()["booth-staff-breaks"], BORDER.ports)
    assert any("assumed" in str(source) for source in shipped.sources)
