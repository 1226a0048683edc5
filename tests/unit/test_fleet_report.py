"""A report of a log that is told badly has every figure of what is true. The log is SYNTHETIC."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

from aforo.domain.clock import microseconds
from aforo.domain.scanner import CAUSES
from aforo.fleet.contract import ContractError
from aforo.fleet.report import FleetFound, report
from aforo.fleet.target import Targets, parse
from aforo.flow.fleet_log import record_of, scans_of
from aforo.intake import scanner_columns
from aforo.trials.fleet_log import Fleet, history, write

START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
PORTS = ("2304", "2402", "2506")


def reported(rows: str, targets: Targets | None = None, scans: str = "", until: datetime = END) -> FleetFound:
    now = until + timedelta(days=365)
    log = scanner_columns.read(io.BytesIO(rows.encode()), now)
    more = scanner_columns.read(io.BytesIO(scans.encode()), now, log.words) if scans else log
    assert not log.problems
    assert not more.problems
    made = scans_of(log, more)
    aims = targets or Targets(version=1)
    return report(record_of(log), made, [], aims, microseconds(START), microseconds(until))


@pytest.mark.parametrize("seed", range(5))
def test_what_is_true_comes_out_of_what_is_told(seed: int) -> None:
    fleet = Fleet(
        fielded=40, down=18, hours=9_001, installed=8, delivered=3, built=5, stored=4, unaccounted=3, outages=200
    )
    true = history(seed, fleet, PORTS, START, END, repeats=2)
    text = io.StringIO()
    write(true.rows, text)
    found = reported(text.getvalue())
    assert (found.all.scanners, found.all.ever_down, found.all.down) == (40, 18, 9_001.0)
    assert found.all.interruptions == len(true.outages)
    assert {name: round(hours, 6) for name, hours in found.all.hours.items()} == {
        name: round(hours, 6) for name, hours in true.hours.items()
    }
    assert found.ordered == {"installed": 8, "delivered": 3, "built": 5, "stored": 4, "unaccounted": 3}
    assert len(found.unaccounted) == 3
    assert sum(each.down for each in found.scanners) == pytest.approx(9_001.0)


def test_who_retired_before_they_were_commissioned_was_not_in_service() -> None:
    found = reported(
        "scanner_id,event,at,port,kind\n"
        "S-1,commissioned,2022-01-01T00:00:00Z,2304,HE\n"
        "S-2,retired,2022-03-01T00:00:00Z,2304,LEP\n"
        "S-2,down,2022-04-01T00:00:00Z,2304,\n"
        "S-2,commissioned,2022-06-01T00:00:00Z,2304,LEP\n"
    )
    assert (found.all.scanners, found.all.ever_down, [each.scanner for each in found.scanners]) == (1, 0, ["S-1"])
    assert [(each.name, each.scanners) for each in found.kinds] == [("HE", 1)]
    assert found.recommissioned == ("S-2",)


def test_every_scan_that_counts_nowhere_is_told_once() -> None:
    log = (
        "scanner_id,event,at,port,kind\n"
        "S-1,commissioned,2023-01-01T00:00:00Z,,HE\n"
        "S-1,moved,2024-02-01T00:00:00Z,2304,\n"
        "S-2,retired,2023-01-01T00:00:00Z,,HE\n"
        "P-1,commissioned,2023-01-01T00:00:00Z,2304,plate camera\n"
    )
    scans = "scanner_id,at,conveyance,operator_minutes\n" + "".join(
        f"{name},{at}T00:00:00Z,truck,10\n"
        for name, at in (
            ("S-1", "2022-12-01"), ("S-1", "2024-01-05"), ("S-1", "2024-02-05"), ("S-2", "2024-01-05"),
            ("P-1", "2022-01-05"), ("P-1", "2024-01-05"), ("X-9", "2024-01-05"),
        )
    )  # fmt: skip
    told = reported(log, scans=scans)
    found = told.scans
    assert (found.scans, found.unnamed, found.others, found.unplaced, found.unserved) == (7, 1, 2, 3, 0)
    assert [(each.port, each.month, each.scans) for each in told.utilisation if each.scans] == [("2304", "2024-02", 1)]


def test_a_delivery_that_no_port_has_yet_is_unaccounted_for_whatever_comes_later() -> None:
    log = "scanner_id,event,at,port\nS-1,delivered,2022-05-04T00:00:00Z,\nS-1,installed,2022-06-02T00:00:00Z,2304\n"
    assert reported(log, until=datetime(2022, 5, 28, tzinfo=UTC)).unaccounted == ("S-1",)
    assert reported(log).unaccounted == ()


def test_another_history_gives_other_figures() -> None:
    fleet = Fleet(fielded=10, down=4, hours=500, installed=0, delivered=0, built=0, stored=0, unaccounted=0, outages=30)
    found = []
    for seed in (1, 2):
        text = io.StringIO()
        write(history(seed, fleet, PORTS, START, END).rows, text)
        found.append(reported(text.getvalue()))
    assert found[0].all.hours != found[1].all.hours
    assert set(found[0].all.hours) == {*CAUSES, "unexplained"}


LOG = """scanner_id,event,at,port,kind
S-1,commissioned,2019-06-01T00:00:00Z,2304,LEP
S-1,down,2020-01-11T00:00:00Z,,
S-1,up,2020-01-12T00:00:00Z,,
S-1,moved,2020-02-15T00:00:00Z,2402,
S-2,commissioned,2020-01-16T00:00:00Z,2402,HE
"""
SCANS = """scanner_id,at,conveyance,operator_minutes
S-1,2020-01-05T00:00:00Z,truck,600
S-1,2020-01-05T00:00:00Z,truck,600
S-1,2020-01-06T00:00:00Z,rail,120
S-1,2020-01-06T00:00:00Z,truck,
S-1,2020-02-20T00:00:00Z,truck,60
S-9,2020-02-20T00:00:00Z,truck,60
"""
TARGETS = b"""
version = 1
[utilisation]
[[utilisation.target]]
share = 0.5
source = "assumed"
[[utilisation.target]]
port = "2304"
share = 0.01
source = "assumed"
[scan_rate]
conveyances = ["truck"]
[[scan_rate.eligible]]
port = "2304"
month = "2020-01"
conveyance = "truck"
count = 8
[[scan_rate.eligible]]
port = "2304"
month = "2020-02"
conveyance = "truck"
count = 8
"""


def test_utilisation_is_of_the_port_where_the_scanner_was_and_unknown_without_scans() -> None:
    found = reported(LOG, parse(TARGETS), SCANS, datetime(2020, 3, 1, tzinfo=UTC))
    told = {(each.port, each.month): each for each in found.utilisation}
    january = told["2304", "2020-01"]
    assert (january.hours, january.operator_hours, january.scans, january.unsaid) == (30 * 24, 12.0, 3, 1)
    assert january.share == pytest.approx(12 / 720)
    assert january.target == 0.01
    assert told["2304", "2020-02"].hours == 14 * 24
    assert told["2304", "2020-02"].share is None
    assert told["2402", "2020-01"].share is None
    assert told["2402", "2020-02"].share == pytest.approx(1.0 / ((29 - 14 + 29) * 24))
    assert told["2402", "2020-02"].target == 0.5


def test_scan_rate_is_of_counted_conveyances_and_unknown_where_nothing_was_scanned() -> None:
    found = reported(LOG, parse(TARGETS), SCANS, datetime(2020, 3, 1, tzinfo=UTC))
    told = {(each.port, each.month, each.conveyance): each.share for each in found.rates}
    assert told["2304", "2020-01", None] == pytest.approx(2 / 8)
    assert told["2304", "2020-02", None] is None


def test_a_month_that_the_period_cuts_has_its_scans_and_no_scan_rate() -> None:
    aims = TARGETS.replace(b"count = 8", b"count = 1000", 1)
    aims += b'[[scan_rate.target]]\nshare = 0.27\nsource = "assumed"\n'
    rows = [f"S-1,2020-01-{day:02d}T{hour:02d}:00:00Z,truck,6" for day in range(1, 32) for hour in range(10)]
    scans = "\n".join(["scanner_id,at,conveyance,operator_minutes", *rows])
    found = reported(LOG, parse(aims), scans, datetime(2020, 1, 16, tzinfo=UTC))
    assert [(each.scans, each.eligible, each.share, each.target, each.partial) for each in found.rates] == [
        (150, 1_000, None, 0.27, True)
    ] * 2
    # Utilisation is of the hours that are there, a part or the whole.
    (used,) = [each for each in found.utilisation if each.port == "2304"]
    assert used.share == pytest.approx(15.0 / (14 * 24))
    # The record's last scan ends it hours before its month does: that is no part of a month.
    whole = reported(LOG, parse(aims), scans, datetime(2020, 1, 31, 9, tzinfo=UTC))
    assert [(each.share, each.partial) for each in whole.rates] == [(0.309, False)] * 2


def test_ports_and_kinds_have_their_hours_their_worst_scanner_and_what_fails_again() -> None:
    head, *rows = LOG.splitlines()
    more = (
        "S-2,down,2020-02-01T00:00:00Z,,,",
        "S-2,up,2020-02-03T00:00:00Z,,,",
        "S-2,down,2020-02-20T00:00:00Z,,,parts",
        "S-2,up,2020-02-21T00:00:00Z,,,",
    )
    log = "\n".join([f"{head},cause", *(f"{row}," for row in rows), *more])
    found = reported(log, until=datetime(2020, 3, 1, tzinfo=UTC))
    told = {each.name: each for each in found.ports}
    assert (told["2304"].service, told["2304"].down, told["2304"].scanners) == (45 * 24, 24, 1)
    assert (told["2402"].service, told["2402"].down, told["2402"].scanners) == ((15 + 45) * 24, 72, 2)
    assert told["2402"].available == pytest.approx(1 - 3 / 60)
    assert told["2402"].least == pytest.approx(1 - 3 / 45)
    assert (told["2402"].failures, told["2402"].repeats) == (2, 1)
    assert (told["2402"].parts, told["2402"].parts_hours, told["2402"].unexplained) == (1, 24, 48)
    kinds = {each.name: each for each in found.kinds}
    assert (kinds["LEP"].down, kinds["HE"].down) == (24, 72)
    assert kinds["HE"].parts_a_year == pytest.approx(8_766 / (45 * 24))


def test_kinds_are_told_apart_whatever_the_case_of_their_letters_and_shown_as_first_written() -> None:
    found = reported(
        "scanner_id,event,at,port,kind\nS-1,commissioned,2020-01-01T00:00:00Z,2304,LEP\n"
        "S-2,commissioned,2020-01-01T00:00:00Z,2304,lep\nS-3,commissioned,2020-01-01T00:00:00Z,2304,Lep\n"
    )
    assert [(each.name, each.scanners) for each in found.kinds] == [("LEP", 3)]


def test_trouble_of_devices_that_were_never_in_service_is_told_by_name() -> None:
    found = reported(
        "scanner_id,event,at,port,kind\nS-1,commissioned,2020-01-01T00:00:00Z,2304,LEP\n"
        "s-1,down,2020-02-01T00:00:00Z,2304,\ns-1,up,2020-02-05T00:00:00Z,2304,\n"
        "R-1,maintenance_start,2020-02-01T00:00:00Z,2304,RFID reader\nS-2,ordered,2020-02-01T00:00:00Z,,LEP\n"
        "S-3,installed,2020-03-01T00:00:00Z,2304,LEP\nS-3,down,2020-02-01T00:00:00Z,,\nS-3,up,2020-02-02T00:00:00Z,,\n"
    )
    assert found.all.down == 0.0
    assert [(each.what, each.document, each.word) for each in found.remarks] == [
        ("never_in_service", "log", "R-1"), ("never_in_service", "log", "s-1"),
    ]  # fmt: skip


def test_failures_of_ports_and_kinds_add_up_to_those_of_all() -> None:
    more = "S-1,down,2019-12-30T00:00:00Z,,\nS-1,up,2020-01-02T00:00:00Z,,\n"
    found = reported(LOG + more, until=datetime(2020, 3, 1, tzinfo=UTC))
    assert found.all.failures == 2
    assert sum(each.failures for each in found.ports) == sum(each.failures for each in found.kinds) == 2


def test_a_scanner_stands_where_its_life_has_it_and_not_where_a_report_of_trouble_says() -> None:
    other = LOG.replace("2020-01-11T00:00:00Z,,", "2020-01-11T00:00:00Z,2506,")
    found = reported(other, until=datetime(2020, 3, 1, tzinfo=UTC))
    assert {each.name for each in found.ports} == {"2304", "2402"}
    # Where no step of its life gives a port, what else there is does.
    bare = other.replace("2019-06-01T00:00:00Z,2304,", "2019-06-01T00:00:00Z,,")
    assert {each.name for each in reported(bare, until=datetime(2020, 3, 1, tzinfo=UTC)).ports} == {"2506", "2402"}


def test_a_scanner_that_is_commissioned_again_after_it_retired_is_named() -> None:
    more = "S-2,retired,2020-02-01T00:00:00Z,,\nS-2,commissioned,2020-02-10T00:00:00Z,,\n"
    assert reported(LOG + more).recommissioned == ("S-2",)
    assert reported(LOG + more, until=datetime(2020, 2, 9, tzinfo=UTC)).recommissioned == ()
    assert reported(LOG + "S-2,commissioned,2020-02-10T00:00:00Z,,\n").recommissioned == ()


def test_only_kinds_that_count_are_utilised() -> None:
    targets = parse(TARGETS.replace(b"[utilisation]\n", b'[utilisation]\nkinds = ["lep"]\n', 1))
    found = reported(LOG, targets, SCANS, datetime(2020, 3, 1, tzinfo=UTC))
    told = {(each.port, each.month): each for each in found.utilisation}
    assert told["2402", "2020-02"].hours == 15 * 24
    assert ("2402", "2020-01") not in told


def test_what_waits_for_service_has_its_age_and_its_blocker() -> None:
    log = """scanner_id,event,at,port,blocker
A,ordered,2020-01-01T00:00:00Z,,
A,stored,2020-06-01T00:00:00Z,,funding
B,ordered,2020-01-01T00:00:00Z,,staff
B,delivered,2020-06-01T00:00:00Z,2304,
C,ordered,2020-01-01T00:00:00Z,,
D,ordered,2024-11-01T00:00:00Z,,
E,delivered,2020-06-01T00:00:00Z,,
"""
    found = reported(log)
    told = [(each.stage, each.blocker, each.scanners) for each in found.stages]
    assert told == [
        ("ordered", None, 1), ("stored", "funding", 1), ("delivered", None, 1), ("unaccounted", None, 2),
    ]  # fmt: skip
    assert found.stages[1].days == pytest.approx((1675.0, 1675.0, 1675.0))
    assert found.unaccounted == ("C", "E")
    assert found.ordered == {"stored": 1, "delivered": 1, "unaccounted": 1, "ordered": 1}
    assert found.all.mtbf is None
    assert found.all.lengths.median is None


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'source = "assumed"', b'source = "memo"', "target_source"),
        (b"version = 1", b'version = 1\nzone = "Mars/Base"', "contract_zone"),
        (b'port = "2304"\nshare = 0.01', b"share = 0.01", "contract_twice"),
        (b'month = "2020-02"', b'month = "2020-01"', "contract_twice"),
        (b'month = "2020-02"', b'month = "2020-13"', "contract_not_valid"),
    ],
)
def test_targets_that_are_wrong_say_so(old: bytes, new: bytes, code: str) -> None:
    assert old in TARGETS
    with pytest.raises(ContractError) as raised:
        parse(TARGETS.replace(old, new, 1))
    assert raised.value.code == code
