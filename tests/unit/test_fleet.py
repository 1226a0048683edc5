"""Scanners: the record of one is read by the rules of the scanner log, and the state follows from the events alone."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aforo.domain.event import new_event
from aforo.domain.scanner import ScannerReported
from aforo.fleet.interruption_rule import interruption_rules
from aforo.fleet.interruptions import Interruption, Said, in_service, interruptions, port_at
from aforo.fleet.standing import DISPUTED, FORGOTTEN_DAYS, HOUR, Standing, standing
from aforo.fleet.state import FleetState
from aforo.log.merkle import leaf_hash
from aforo.log.stored import StoredEvent, encode

COMMISSIONED = Said("commissioned", 0)


def said(event: Any, hour: float, reporter: str | None = "port", **more: Any) -> Said:
    return Said(event, int(hour * HOUR), reporter, **more)


def spans(*reports: Said, until: float = 100) -> list[tuple[float, float | None]]:
    found = interruptions([COMMISSIONED, *reports], int(until * HOUR))
    return [(each.start / HOUR, None if each.end is None else each.end / HOUR) for each in found]


def test_it_is_in_service_from_commissioning_else_installation_to_retirement() -> None:
    assert in_service([said("ordered", 1), said("delivered", 2)]) is None
    assert in_service([said("installed", 3), said("commissioned", 5)]) == (5 * HOUR, None)
    assert in_service([said("installed", 3), said("installed", 4), said("retired", 9)]) == (3 * HOUR, 9 * HOUR)


def test_who_is_commissioned_once_they_retired_does_not_come_into_service_by_that() -> None:
    late = [said("retired", 9), said("commissioned", 12)]
    assert in_service(late) is None
    assert standing("S", late, 20 * HOUR).status == "retired"
    assert in_service([said("installed", 3), *late]) == (3 * HOUR, 9 * HOUR)
    assert in_service([said("commissioned", 3), *late]) == (3 * HOUR, 9 * HOUR)


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([said("down", 1), said("up", 3)], [(1, 3)]),
        ([said("down", 1)], [(1, None)]),
        # The same reporter's next `up`, else the first later one of anyone.
        ([said("down", 1), said("up", 2, "supplier"), said("up", 4)], [(1, 4)]),
        ([said("down", 1), said("up", 2, "supplier")], [(1, 2)]),
        # Reports that name nobody are of one, whom nobody names.
        ([said("down", 1, None), said("up", 2, "supplier"), said("up", 4, None)], [(1, 4)]),
        ([said("maintenance_start", 2, None), said("maintenance_end", 3, None)], [(2, 3)]),
        # Overlapping reports are one, from the earliest start to the latest end.
        ([said("down", 2), said("down", 1, "supplier"), said("up", 5, "supplier"), said("up", 9)], [(1, 9)]),
        ([said("down", 1), said("up", 3.5), said("down", 3, "supplier"), said("up", 4, "supplier")], [(1, 4)]),
        # One that begins as another ends is another.
        ([said("down", 1), said("up", 3), said("down", 3, "supplier"), said("up", 4, "supplier")], [(1, 3), (3, 4)]),
        # Told twice counts as the earlier; an `up` while nothing is down changes nothing.
        ([said("down", 1), said("down", 1.5), said("up", 3), said("up", 8)], [(1, 3)]),
        ([said("up", 1), said("up", 2)], []),
        # The end of maintenance never ends a `down`; an `up` ends maintenance too.
        ([said("down", 1), said("maintenance_start", 2), said("maintenance_end", 3)], [(1, None)]),
        ([said("maintenance_start", 2), said("maintenance_end", 3)], [(2, 3)]),
        ([said("maintenance_start", 2), said("up", 3, "supplier")], [(2, 3)]),
        ([said("maintenance_start", 2), said("maintenance_end", 3, "supplier")], [(2, None)]),
        # Outside the time in service there is none.
        ([said("down", -5), said("up", 2)], [(0, 2)]),
        ([said("down", -5), said("up", -2)], []),
        ([said("down", 5), said("retired", 7), said("down", 8)], [(5, 7)]),
    ],
)
def test_interruptions(reports: list[Said], expected: list[tuple[float, float | None]]) -> None:
    assert spans(*reports) == expected
    shuffled = list(reports)
    random.Random(7).shuffle(shuffled)
    assert spans(*shuffled) == expected, "reports may come in any order"


@pytest.mark.parametrize(
    ("reports", "first", "second"),
    [
        # The port says `down` again before its own `up`: its first report ends with the supplier's.
        ([said("down", 1), said("up", 2, "supplier"), said("down", 5), said("up", 6)], [(1, 6)], [(1, 2), (5, 6)]),
        # One year later, as logs that ports keep have it.
        ([said("down", 1), said("up", 3, "supplier"), said("down", 90)], [(1, 3), (90, None)], None),
        # Another report of the same reporter, be it of maintenance.
        (
            [said("down", 1), said("up", 2, "supplier"), said("maintenance_start", 5), said("maintenance_end", 6),
             said("up", 8)],
            [(1, 8)], [(1, 2), (5, 6)],
        ),
        ([said("maintenance_start", 1), said("up", 2, "supplier"), said("down", 4), said("up", 5)], [(1, 5)],
         [(1, 2), (4, 5)]),
        # Nobody else said `up` in between: the two reports are one.
        ([said("down", 1), said("down", 3), said("up", 6)], [(1, 6)], None),
        # Another reporter's report changes nothing.
        ([said("down", 1), said("up", 2, "supplier"), said("down", 3, "supplier"), said("up", 6)], [(1, 6)], None),
        # Maintenance that its reporter never ended is closed by anyone's `up`.
        ([said("maintenance_start", 1), said("maintenance_start", 4), said("up", 5, "supplier"),
          said("maintenance_end", 9)], [(1, 9)], None),
    ],
)  # fmt: skip
def test_who_ends_a_report_is_a_definition_with_versions(
    reports: list[Said], first: list[tuple[float, float | None]], second: list[tuple[float, float | None]] | None
) -> None:
    for version, expected in ((1, first), (2, first if second is None else second)):
        found = interruptions([COMMISSIONED, *reports], 100 * HOUR, interruption_rules()[version])
        assert [(each.start / HOUR, None if each.end is None else each.end / HOUR) for each in found] == expected
    assert spans(*reports) == (first if second is None else second), "the newest holds where none is named"


def test_versions_of_the_definition_are_the_documents_that_they_were() -> None:
    assert {version: (rule.own_end, rule.hash) for version, rule in interruption_rules().items()} == {
        1: ("next", "db97a745b3db725d6b47e56d9f4e97831462138b6a2160d8e051942a3ca091fd"),
        2: ("before_next_report", "1e3f0b3882b24c7e977d0dd5c007754e1772290e22b1b52eaf6d57632d147361"),
    }


def test_an_interruption_that_goes_on_beyond_the_period_has_no_end_in_it() -> None:
    reports = (said("down", 1), said("up", 3))
    assert spans(*reports, until=2) == [(1, None)]
    assert spans(*reports, until=3) == [(1, 3)]
    assert spans(*reports, until=0.5) == []
    assert spans(*reports, until=1) == [(1, None)]


def test_causes_are_those_that_reports_gave() -> None:
    reports = [
        COMMISSIONED,
        said("down", 1),
        said("down", 2, "supplier", cause="parts"),
        said("maintenance_start", 3, "supplier", planned=True),
        said("up", 5),
        said("up", 6, "supplier"),
        said("maintenance_start", 10, cause="planned"),
        said("maintenance_end", 11),
        said("down", 20),
        said("up", 21),
    ]
    assert interruptions(reports, 50 * HOUR) == [
        Interruption(1 * HOUR, 6 * HOUR, ("parts",), planned=False, maintenance=False),
        Interruption(10 * HOUR, 11 * HOUR, ("planned",), planned=True, maintenance=True),
        Interruption(20 * HOUR, 21 * HOUR, (), planned=False, maintenance=False),
    ]


def test_a_moved_scanner_is_at_the_new_port_whatever_later_rows_say() -> None:
    reports = [
        said("installed", 1, port="a"),
        said("moved", 5, port="b"),
        said("down", 6, port="a"),
        said("moved", 9, port="c"),
    ]
    assert [port_at(reports, int(hour * HOUR)) for hour in (0, 2, 5, 7, 9, 50)] == ["a", "a", "b", "b", "c", "c"]
    assert port_at([said("down", 1)], HOUR) is None


def at(hour: float, *reports: Said) -> Standing:
    return standing("S", [COMMISSIONED, *reports], int(hour * HOUR))


def test_standing_says_since_when_and_why() -> None:
    down = said("down", 3, cause="power", port="world-trade", kind="MEP")
    assert (at(2, down).status, at(2, down).since) == ("up", 0)
    told = at(4, down)
    assert (told.status, told.since, told.causes, told.port, told.kind) == (
        "down", 3 * HOUR, ("power",), "world-trade", "MEP",
    )  # fmt: skip
    assert at(3, down).status == "down"
    repaired = at(6, down, said("up", 5))
    assert (repaired.status, repaired.since, repaired.causes) == ("up", 5 * HOUR, ())
    assert at(4, said("maintenance_start", 3)).status == "maintenance"
    assert at(9, said("retired", 8)).status == "retired"
    assert at(4, said("up", 3)).status == "up"


def test_it_is_down_until_the_last_says_up_and_the_other_word_holds_after_a_day() -> None:
    reports = said("down", 1), said("up", 3, "supplier")
    told = at(4, *reports)
    assert (told.status, told.since, told.disputed) == ("down", 1 * HOUR, "supplier")
    assert at(3 + DISPUTED / HOUR, *reports).status == "up"
    settled = at(6, *reports, said("up", 5))
    assert (settled.status, settled.since, settled.disputed) == ("up", 5 * HOUR, None)
    alone = at(4, said("down", 1, None), said("up", 3, "supplier"))
    assert (alone.status, alone.disputed) == ("up", None)


def test_before_service_it_waits_or_is_unaccounted_for() -> None:
    ordered = [said("ordered", 1)]
    assert standing("S", ordered, 2 * HOUR).status == "waiting"
    assert standing("S", ordered, 2 * HOUR + FORGOTTEN_DAYS * 24 * HOUR).status == "unaccounted"
    assert standing("S", ordered, 2 * HOUR + 30 * 24 * HOUR).status == "waiting"
    assert standing("S", ordered, 2 * HOUR + 30 * 24 * HOUR, 30).status == "unaccounted"
    delivered = said("delivered", 5, blocker="land-lease")
    told = standing("S", [*ordered, delivered], 6 * HOUR)
    assert (told.status, told.stage, told.blocker) == ("unaccounted", "delivered", "land-lease")
    placed = standing("S", [*ordered, said("delivered", 5, port="2304")], 6 * HOUR)
    assert (placed.status, placed.stage, placed.in_service) == ("waiting", "delivered", False)
    assert standing("S", [], HOUR) == Standing("S", "waiting", None, None, None, None, None, None)


BEGIN = datetime(2026, 1, 5, 6, tzinfo=UTC)


def stored(place: int, scanner: str, event: Any, hours: float, **more: Any) -> StoredEvent:
    happened = BEGIN + timedelta(hours=hours)
    event_ = new_event(
        f"e{place}", ScannerReported(event, **more), f"scanner/{scanner}", place,
        occurred_at=happened, recorded_at=BEGIN + timedelta(days=30), actor="tester",
    )  # fmt: skip
    body = encode(event_)
    return StoredEvent(place, leaf_hash(body), body)


def test_the_state_follows_from_the_events_and_can_be_taken_up_anywhere() -> None:
    events = [
        stored(1, "A", "commissioned", 0, port="world-trade"),
        stored(2, "A", "up", 5, reporter="Port"),
        stored(3, "B", "commissioned", 0),
        stored(4, "A", "down", 2, reporter="port", cause="site"),
        stored(5, "B", "down", 7),
    ]
    whole = FleetState()
    whole.apply(events)
    now = int((BEGIN + timedelta(hours=8)).timestamp()) * 1_000_000
    told = whole.standings(now)
    assert [(each.scanner_id, each.status, each.causes) for each in told] == [("A", "up", ()), ("B", "down", ())]
    for cut in range(len(events) + 1):
        before, after = FleetState(), FleetState()
        before.apply(events[:cut])
        after.load(before.dump())
        after.apply(events[cut:])
        assert after.standings(now) == told
        assert after.dump() == whole.dump()


def test_a_scanner_that_reports_without_end_costs_little_to_read() -> None:
    state = FleetState()
    events = [stored(1, "A", "commissioned", 0, port="world-trade")]
    kinds = ("down", "up")
    events += [stored(2 + i, "A", kinds[i % 2], i / 1000, reporter=f"r{i % 3}") for i in range(2_000)]
    template = events[1:]
    state.apply(events[:1])
    began = time.perf_counter()
    for _ in range(15):
        state.apply(template)
    state.standing("A", 3 * HOUR)
    assert time.perf_counter() - began < 3.0
    kept = state.reports["A"]
    assert len(kept) <= 25_000
    assert kept[0].event == "commissioned"
