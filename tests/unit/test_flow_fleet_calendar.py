"""The maintenance calendar: nobody does better within the same days, and what cannot be put is said."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fleet_said import of_said
from priced import COLOMBIA, LAREDO, WORLD_TRADE

from aforo.cli.fleet_calendar import _appointment
from aforo.cli.language import Sentences
from aforo.domain.clock import microseconds
from aforo.fleet import contract as contracts
from aforo.fleet.interruptions import Said
from aforo.fleet.maintenance import parse as plan_of
from aforo.flow.fleet_calendar import Calendar, calendar
from aforo.ports.reading import parse
from aforo.routing.prices import DAY_CLASSES, Inputs, inputs_of
from aforo.routing.table import Resource, demand_of

DAY = 86_400_000_000
AT = microseconds(datetime(2026, 3, 2, tzinfo=UTC))
PORT = parse(LAREDO)
PLAN = """version = 1
[[maintenance]]
id = "quarterly"
every = { days = 90, earliest = 80, latest = 100, source = "assumed" }
lasts = { hours = 6, source = "assumed" }
"""
CONTRACT = """id = "C-1"
version = 1
supplier = "Example"
currency = "USD"
zone = "America/Chicago"
from = 2020-01-01
[fee]
monthly = 1.0
[service]
windows = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "09:00", until = "18:00" }]
[[exclusion]]
clause = "4.3"
planned = true
cap_hours = 8
"""


def tables(bridge: str, units: int = 4) -> list[Inputs]:
    """A scanner that is busy from 8 to 20 on working days, and half as busy on others."""
    if bridge != COLOMBIA:
        return []
    hours = np.arange(96) / 4
    found = []
    for day in DAY_CLASSES:
        rate = 1.0 if day == "weekday" else 0.5
        demand = demand_of(
            np.linspace(1.0, 100.0, 200), np.full(200, 8.0), np.where((hours >= 8) & (hours < 20), rate, 0.0)
        )
        place = Resource(np.full(96, float(units)), units, 8.0, 4.0)
        found.append(inputs_of(bridge, day, "scanner", demand, place))
    return found


def made(
    scanners: int = 2, agreed: Sequence[str] = (), days: int = 85, port: str = "Colombia", text: str = PLAN
) -> Calendar:
    """Scanners that were maintained so many days ago."""
    fleet = {
        f"S-{number}": [
            Said("commissioned", AT - 500 * DAY, port=port, kind="HE", contract_id="C-1"),
            Said("maintenance_start", AT - days * DAY - 6, "s", planned=True),
            Said("maintenance_end", AT - days * DAY, "s"),
        ]
        for number in range(scanners)
    }
    own = [contracts.parse(each.encode()) for each in agreed]
    return calendar(of_said(fleet), plan_of(text.encode()), own, [PORT], tables, AT)


def test_scanners_are_put_at_night_when_nothing_binds_them() -> None:
    told = made()
    assert [each.scanner for each in sorted(told.placed, key=lambda each: each.scanner)] == ["S-0", "S-1"]
    assert told.price == pytest.approx(0.0, abs=1e-3)
    assert told.usual_of == 2
    assert told.usual > 100.0
    assert told.worst >= told.usual
    assert told.overlap_hours == 0.0
    assert told.assumed == ("maintenance[quarterly].every", "maintenance[quarterly].lasts")


def test_within_service_hours_the_cheapest_of_each_is_taken_and_none_at_once() -> None:
    told = made(4, [CONTRACT])
    spans = sorted((each.start, each.end) for each in told.placed)
    assert len(spans) == 4
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    for each in told.placed:
        assert each.start.weekday() < 5
        assert each.start.hour >= 9
        assert each.end <= each.start.replace(hour=18)
        assert each.due_from <= each.start
        assert each.end <= each.due_until
        assert (each.outside, each.beyond, each.contract) == (False, 0.0, "C-1")
        assert each.price <= each.worst_price
    assert told.price == pytest.approx(told.bound, rel=1e-4)
    assert told.price == pytest.approx(sum(each.price for each in told.placed))
    # All weekdays cost the same in these tables, so that the price of all together is that of each alone.
    assert told.together == pytest.approx(told.price, rel=1e-6)
    assert told.price <= told.usual


def test_where_all_have_to_be_on_one_day_they_overlap_as_little_as_can_be() -> None:
    text = PLAN.replace("earliest = 80, latest = 100", "earliest = 89, latest = 91").replace("hours = 6", "hours = 30")
    told = made(3, text=text, days=89)
    assert len(told.placed) == 3
    assert told.overlap_hours >= 3 * 30 - 48 - 1
    assert told.together >= told.price


def test_maintenance_longer_than_the_service_hours_is_put_outside_and_said() -> None:
    told = made(1, [CONTRACT], text=PLAN.replace("hours = 6", "hours = 12"))
    (one,) = told.placed
    assert one.outside
    assert one.end - one.start == timedelta(hours=12)


def test_what_passes_the_cap_is_said_with_its_hours() -> None:
    told = made(1, [CONTRACT.replace("cap_hours = 8", "cap_hours = 4")])
    (one,) = told.placed
    assert (one.outside, one.beyond) == (False, 2.0)


@pytest.mark.parametrize(
    ("port", "reason"), [("Laredo", "no_bridge"), (WORLD_TRADE, "no_price"), ("Depot", "no_bridge")]
)
def test_a_scanner_without_a_price_is_not_put_and_why(port: str, reason: str) -> None:
    told = made(1, port=port)
    assert told.placed == ()
    assert [each.reason for each in told.unplaced] == [reason]
    assert told.price == told.worst == 0.0


def test_devices_that_are_no_scanners_are_not_put_and_counted_apart() -> None:
    def of(kind: str) -> list[Said]:
        return [
            Said("commissioned", AT - 500 * DAY, port="Colombia", kind=kind),
            Said("maintenance_start", AT - 85 * DAY - 6, "s", planned=True),
            Said("maintenance_end", AT - 85 * DAY, "s"),
        ]

    retired = [*of("LPR"), Said("retired", AT - DAY)]
    fleet = {"S-0": of("HE"), "R-0": of("RFID reader"), "R-1": of("lector"), "W-0": of("weighbridge"), "C-0": retired}
    told = calendar(of_said(fleet), plan_of(PLAN.encode()), [], [PORT], tables, AT)
    assert [each.scanner for each in told.placed] == ["S-0"]
    assert (told.unplaced, told.without) == ((), ())
    assert told.others == {"reader": 2, "weighbridge": 1}


def test_local_hours_are_those_of_the_bridge_when_clocks_change() -> None:
    # From 3 to 10 March 2026; clocks jump on the 8th.
    told = made(
        1,
        [CONTRACT],
        text=PLAN.replace("earliest = 80, latest = 100", "earliest = 92, latest = 93").replace("90", "92"),
    )
    (one,) = told.placed
    offset = one.start.utcoffset()
    assert offset == timedelta(hours=-5)
    assert one.start.hour >= 9


def test_what_cannot_end_by_its_deadline_is_marked() -> None:
    text = PLAN.replace("earliest = 80, latest = 100", "earliest = 90, latest = 90")
    # It was over a little after a whole hour, and begins on the next.
    late = made(1, text=text, days=90).placed
    assert all(each.late == (each.end > each.due_until) for each in late)
    fleet = {
        "S-0": [
            Said("commissioned", AT - 500 * DAY, port="Colombia", kind="HE"),
            Said("maintenance_start", AT - 50 * DAY, "s", planned=True),
            Said("maintenance_end", AT - 50 * DAY + 600_000_000, "s"),
        ]
    }
    (tight,) = calendar(of_said(fleet), plan_of(text.encode()), [], [PORT], tables, AT).placed
    assert tight.late == (tight.end > tight.due_until)
    assert tight.late
    assert not any(each.late for each in made().placed)


def test_what_came_after_the_instant_is_not_known_then() -> None:
    fleet = {
        "S-0": [
            Said("commissioned", AT - 85 * DAY, port="Colombia", kind="HE"),
            Said("down", AT - DAY, "s"),
            Said("up", AT + DAY, "s", port="World Trade", kind="LE", contract_id="C-2"),
        ]
    }
    told = calendar(of_said(fleet), plan_of(PLAN.encode()), [], [PORT], tables, AT)
    (own,) = told.placed
    assert own.bridge == COLOMBIA
    assert own.down
    assert not any(each.down for each in made().placed)


def test_a_usual_time_that_is_not_allowed_is_said() -> None:
    night = PLAN.replace("lasts", 'windows = [{ days = ["sun"], from = "00:00", until = "12:00" }]\nlasts')
    assert not any(each.usual_allowed for each in made(text=night).placed)
    assert all(each.usual_allowed for each in made().placed)


def test_an_appointment_keeps_its_name_when_the_calendar_is_made_again() -> None:
    fleet = {
        "S-0": [
            Said("commissioned", AT - 500 * DAY, port="Colombia", kind="HE"),
            Said("maintenance_start", AT - 150 * DAY, "s", planned=True),
            Said("maintenance_end", AT - 149 * DAY, "s"),
        ]
    }
    say = Sentences("aforo.cli", "en")
    names = []
    for at in (AT, AT + 3 * DAY):  # overdue at both: put from then on
        (own,) = calendar(of_said(fleet), plan_of(PLAN.encode()), [], [PORT], tables, at).placed
        assert own.overdue
        names.append(_appointment(own, say).uid)
    assert names[0] == names[1]
