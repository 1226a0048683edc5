"""Work orders of maintenance systems: what they say of scanners, and the way back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fleet_said import of_said
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.clock import microseconds
from aforo.domain.scanner import CAUSES
from aforo.fleet.interruptions import Said
from aforo.fleet.ledger import ledger
from aforo.fleet.places import places
from aforo.fleet.work_orders import orders_of
from aforo.intake import work_orders
from aforo.intake.scanner_log import ScannerReport

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MAXIMO = b"""WONUM,ASSETNUM,LOCATION,WORKTYPE,STATUS,REPORTDATE,ACTSTART,ACTFINISH,FAILURECODE
1001,S-1,2304,CM,COMP,2024-03-10 01:30:00,2024-03-10 03:30:00,2024-03-11T08:00:00-05:00,MECH
1002,S-1,2304,PM,COMP,2024-04-01 08:00:00,2024-04-02 08:00:00,2024-04-02 12:00:00,
1003,S-2,2402,EM,WAPPR,2024-05-01 00:00:00,,,PWR
1004,S-2,2402,CM,CAN,2024-05-02 00:00:00,,,
"""


def test_an_export_is_understood_in_its_own_words_and_zone() -> None:
    told = work_orders.read(MAXIMO, NOW, "America/Chicago", {"mech": "parts"})
    assert not told.problems
    assert (told.records, told.cancelled, told.unknown) == (4, 1, {"PWR": 1})
    first, second, third = told.orders
    assert first.reported_at == datetime(2024, 3, 10, 7, 30, tzinfo=UTC)
    assert first.started_at == datetime(2024, 3, 10, 8, 30, tzinfo=UTC)
    assert first.finished_at == datetime(2024, 3, 11, 13, tzinfo=UTC)
    assert (first.cause, second.work_type, third.cause, third.finished_at) == ("parts", "preventive", None, None)
    events = [(each.event, each.reporter, each.cause, each.planned) for each in work_orders.reports_of(told.orders)]
    assert events == [
        ("down", "WO 1001", "parts", False), ("responded", "WO 1001", None, None), ("up", "WO 1001", None, None),
        ("maintenance_start", "WO 1002", "planned", True), ("maintenance_end", "WO 1002", None, None),
        ("down", "WO 1003", None, False),
    ]  # fmt: skip


def test_maintenance_that_was_planned_and_never_began_takes_no_scanner_out() -> None:
    data = b"WONUM,ASSETNUM,WORKTYPE,REPORTDATE,ACTSTART,ACTFINISH\n5,S-1,PM,2024-01-05T00:00:00Z,,\n"
    told = work_orders.read(data, NOW, None)
    assert [work_orders.unstarted(each) for each in told.orders] == [True]
    assert work_orders.reports_of(told.orders) == []
    corrective = work_orders.read(data.replace(b"PM", b"CM"), NOW, None)
    assert [each.event for each in work_orders.reports_of(corrective.orders)] == ["down"]


def test_columns_may_be_written_for_people() -> None:
    data = b"Work Order,Equipment,Work Type,Report Date\n7,S-1,Corrective,2024-03-10T00:00:00Z\n"
    (order,) = work_orders.read(data, NOW, None).orders
    assert (order.work_order, order.scanner_id, order.work_type) == ("7", "S-1", "corrective")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("1,S-1,XX,2024-03-10T00:00:00Z,,", "order_type"),
        (",S-1,CM,2024-03-10T00:00:00Z,,", "row_absent"),
        ("1,S-1,CM,2024-03-10T00:00:00,,", "row_instant_offset"),
        ("1,S-1,CM,yesterday,,", "row_instant"),
        ("1,S-1,CM,2027-03-10T00:00:00Z,,", "row_ahead"),
        ("1,S-1,CM,2024-03-10T00:00:00Z,,2024-03-09T00:00:00Z", "order_backwards"),
        ("0,S-1,CM,2024-03-10T00:00:00Z,,", "order_twice"),
        ("1," + "x" * 65 + ",CM,2024-03-10T00:00:00Z,,", "row_too_long"),
    ],
)
def test_a_row_that_is_wrong_says_so_and_stops_no_other(row: str, code: str) -> None:
    good = "0,S-1,CM,2024-03-01T00:00:00Z,,\n"
    data = "wonum,assetnum,worktype,reportdate,actstart,actfinish\n" + good + row + "\n"
    told = work_orders.read(data.encode(), NOW, None)
    assert [each.code for each in told.problems] == [code]
    assert len(told.orders) == 1
    assert told.problems[0].record == 2


def test_a_time_that_clocks_skipped_is_no_time() -> None:
    data = b"wonum,assetnum,worktype,reportdate\n1,S-1,CM,2024-03-10T02:30:00\n2,S-1,CM,2024-03-10T03:30:00\n"
    told = work_orders.read(data, NOW, "America/Chicago")
    assert [each.code for each in told.problems] == ["row_instant_skipped"]
    assert [each.work_order for each in told.orders] == ["2"]


def test_a_column_that_is_missing_is_named() -> None:
    (problem,) = work_orders.read(b"wonum,assetnum,reportdate\n1,S-1,2024-03-10T00:00:00Z\n", NOW, None).problems
    assert (problem.code, problem.place) == ("row_column_absent", "line 2, column work_type")


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    work_orders.read(data, NOW, "America/Tijuana")
    work_orders.read(b"wonum,assetnum,worktype,reportdate\n" + data, NOW, None)


HOUR = 3_600_000_000
BEGIN = microseconds(datetime(2024, 1, 1, tzinfo=UTC))


def said(row: ScannerReport) -> Said:
    return Said(row.event, microseconds(row.at), row.reporter, row.cause, row.port, planned=row.planned)


@given(
    st.lists(
        st.builds(
            lambda event, hour, reporter, cause: Said(event, BEGIN + hour * HOUR, reporter, cause, "2304"),
            st.sampled_from(["down", "up", "maintenance_start", "maintenance_end", "responded"]),
            st.integers(1, 60),
            st.sampled_from([None, "port", "supplier"]),
            st.none() | st.sampled_from(CAUSES),
        ),
        max_size=20,
    )
)
def test_interruptions_that_go_out_as_orders_come_back_as_they_were(reports: list[Said]) -> None:
    until = BEGIN + 100 * HOUR
    began = Said("commissioned", BEGIN, port="2304")
    record = of_said({"S-1": [began, *reports]})
    before = ledger(record, until)
    file = work_orders.write(orders_of(before, places(record), BEGIN, until))
    told = work_orders.read(file.encode(), NOW, None)
    assert not told.problems
    after = ledger(of_said({"S-1": [began, *map(said, work_orders.reports_of(told.orders))]}), until).interruptions
    ours = before.interruptions
    assert after.start.tolist() == ours.start.tolist()
    assert after.end.tolist() == ours.end.tolist()
    assert after.lasts.tolist() == ours.lasts.tolist()
    assert after.cause.tolist() == ours.cause.tolist()
    assert after.planned.tolist() == ours.planned.tolist()
    failed = ours.failures
    assert after.responded[failed].tolist() == ours.responded[failed].tolist()


def test_an_order_without_a_finish_is_open_until_corrective_work_on_its_scanner_is_finished() -> None:
    data = b"""WONUM,ASSETNUM,WORKTYPE,STATUS,REPORTDATE,ACTSTART,ACTFINISH
1,S-1,CM,CLOSE,2024-01-10T00:00:00Z,,
2,S-1,PM,COMP,2024-01-12T00:00:00Z,2024-01-12T00:00:00Z,2024-01-12T06:00:00Z
3,S-1,CM,COMP,2024-01-15T00:00:00Z,,2024-01-16T00:00:00Z
4,S-2,PM,INPRG,2024-01-12T00:00:00Z,2024-01-12T00:00:00Z,
5,S-2,PM,CLOSE,2024-01-13T00:00:00Z,,
"""
    told = work_orders.read(data, NOW, None)
    assert [(each.closed, work_orders.unfinished(each)) for each in told.orders] == [
        (True, True), (True, False), (True, False), (False, True), (True, False),
    ]  # fmt: skip
    fleet = {
        scanner: [
            Said("commissioned", BEGIN),
            *(said(each) for each in work_orders.reports_of(told.orders) if each.scanner_id == scanner),
        ]
        for scanner in ("S-1", "S-2")
    }
    spans = ledger(of_said(fleet), BEGIN + 60 * 24 * HOUR).interruptions
    hours = ((spans.end - spans.start) / HOUR).tolist()
    assert list(zip(hours, spans.lasts.tolist(), strict=True)) == [(6 * 24.0, False), (49 * 24.0, True)]
