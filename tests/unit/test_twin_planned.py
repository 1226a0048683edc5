"""A bridge with what a plan says stands there, and a scenario with all that is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aforo.domain.clock import microseconds
from aforo.ports.document import Bridge
from aforo.ports.schedule import units_at
from aforo.ports.shipped import bridge_called, directory, ports
from aforo.ports.standing import bridge_load
from aforo.ports.state import BridgesState
from aforo.twin.changes import Planned
from aforo.twin.of_port import ModelError
from aforo.twin.planned import planned, standing
from aforo.twin.scenario import faults, parse, plain, ready

TUESDAY = 1


def bridge_of(name: str) -> Bridge:
    found = bridge_called(name)
    assert found is not None
    return found[1]


def test_scanners_and_portals_are_counted_as_the_page_of_the_port_counts_them() -> None:
    stood = []
    for port in ports():
        for bridge in port.bridges:
            load = bridge_load(BridgesState(), port, bridge, {}, microseconds(datetime(2026, 1, 5, 20, tzinfo=UTC)))
            told = {each.resource: each.stands for each in load.resources}
            counted = tuple(0 if (known := told[each]) is None else known.value for each in ("scanner", "portal"))
            own = standing(bridge)
            assert (own.scanners, own.portals) == counted
            stood.append(own.portals)
    assert any(stood)


def test_a_plan_that_says_nothing_changes_nothing() -> None:
    for port in ports():
        for bridge in port.bridges:
            own = standing(bridge)
            said = Planned(
                booths=own.booths, scanners=own.scanners, docks=own.docks, opens=own.opens, closes=own.closes
            )
            assert standing(planned(bridge, Planned())) == own
            made = planned(bridge, said)
            assert standing(made) == own
            for lane, line in bridge.lanes.items():
                days = [(day, hour * 60) for day in range(7) for hour in range(24)]
                assert [units_at(made.lanes[lane].booths, *at) for at in days] == [
                    units_at(line.booths, *at) for at in days
                ]


def test_rosters_move_with_what_stands_there() -> None:
    bridge = bridge_of("Mariposa")
    made = planned(bridge, Planned(booths={"standard": 5}, scanners=4, docks=1))
    assert standing(made).booths["standard"] == 5
    noon = 12 * 60
    before, after = (units_at(each.lanes["standard"].booths, TUESDAY, noon) for each in (bridge, made))
    assert after == before + 2
    assert units_at(made.staff["scanner"], TUESDAY, noon) == units_at(bridge.staff["scanner"], TUESDAY, noon) + 2
    assert min(shift.count for shift in made.staff["dock"]) == 1, "who works at all is still there"
    assert made.scanners[0].places is not None
    assert bridge.scanners[0].places is not None
    assert made.scanners[0].places.count > bridge.scanners[0].places.count


def test_other_hours_move_who_began_or_ended_with_the_bridge() -> None:
    bridge = bridge_of("Mariposa")
    made = planned(bridge, Planned(opens="08:00", closes="23:00"))
    assert (standing(made).opens, standing(made).closes) == ("08:00", "23:00")
    assert units_at(made.lanes["standard"].booths, TUESDAY, 7 * 60) == 0
    assert units_at(made.lanes["standard"].booths, TUESDAY, 22 * 60 + 30) > 0
    staff = made.staff["scanner"]
    assert units_at(staff, TUESDAY, 7 * 60) == 0
    assert units_at(staff, TUESDAY, 22 * 60 + 30) == units_at(bridge.staff["scanner"], TUESDAY, 21 * 60)


def test_a_lane_without_booths_is_served_by_another() -> None:
    made = planned(bridge_of("Mariposa"), Planned(booths={"fast": 0, "empty": 2}))
    assert made.lanes["fast"].served_by == "standard"
    assert made.lanes["fast"].primary is not None
    assert max(shift.count for shift in made.lanes["empty"].booths) == 2


@pytest.mark.parametrize(
    "plan",
    [
        Planned(booths={"standard": 0}),
        Planned(opens="22:00", closes="06:00"),
        Planned(booths={"fast": 1}),
    ],
)
def test_what_cannot_be_is_refused_in_words(plan: Planned) -> None:
    with pytest.raises(ModelError) as refused:
        planned(bridge_of("Del Rio"), plan)
    assert refused.value.text.en != refused.value.text.es


def test_all_that_is_wrong_with_a_scenario_is_told_at_once_and_each_at_its_place() -> None:
    document = ready()["fast-lane-opened"].decode()
    wrong = document.replace("days = 7", "days = 0").replace("number = 1", 'number = "x"').replace("0.3", "3.0")
    wrong += '[[change]]\nkind = "scanners_added"\n[[change]]\nkind = "nothing"\n'
    told = faults(wrong.encode(), directory())
    places = ["days", "change[0].number", "change[0].share", "change[1]", "change[2].kind"]
    assert [each.place for each in told] == places
    assert all(each.text.en != each.text.es for each in told)
    assert faults(document.encode(), directory()) == []
    own = parse(document.encode(), directory())
    assert list(plain(own)) == [
        "name",
        "title",
        "ports",
        "first",
        "days",
        "seed",
        "replications",
        "policy",
        "change",
        "sources",
    ]
