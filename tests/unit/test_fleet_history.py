"""What a node has recorded of a fleet says the same of a period as the file that was loaded into it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aforo.domain.clock import microseconds
from aforo.fleet import contract, target
from aforo.fleet.history import FleetHistory
from aforo.fleet.report import FleetFound, report
from aforo.flow.fleet_books import FleetBooks, NoDaysError, Span
from aforo.flow.fleet_documents import kept, put_contract, put_targets
from aforo.flow.fleet_log import record_of, scans_of
from aforo.flow.scanner_reports import reports_of
from aforo.flow.scanner_reports import scans_of as scans_said
from aforo.flow.telemetry import record
from aforo.intake import scanner_columns, scanner_log
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.trials.fleet_log import Fleet, history, write

START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
NOW = END + timedelta(days=100)
SPAN = Span(microseconds(START), microseconds(END))
CONTRACT = b"""id = "C-1"
version = 1
supplier = "SYNTHETIC Imaging"
currency = "USD"
zone = "America/Chicago"
from = 2020-06-01
scanners = ["S-0001", "S-0002", "S-0003", "S-0004", "S-0005", "S-0006"]
[fee]
monthly = 1000.00
[availability]
clause = "4.1"
minimum = 0.98
[[availability.band]]
clause = "4.2"
below = 0.98
credit = 0.1
[repair]
clause = "5.2"
credit = 0.05
[[repair.term]]
hours = 4
"""
TARGETS = b"""version = 1
zone = "America/Chicago"
[[utilisation.target]]
share = 0.4
source = "assumed"
[[scan_rate.eligible]]
port = "2304"
month = "2021-03"
conveyance = "truck"
count = 500
"""


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Log.open(
        f"sqlite:///{tmp_path / 'log.sqlite'}", KeyStore(tmp_path / "keys.sqlite"), clock=lambda: NOW
    ) as made:
        yield made


def told(seed: int) -> str:
    """A log that is told badly, with readers among its scanners, and scans that are told twice."""
    fleet = Fleet(
        fielded=12, down=6, hours=3_001, installed=4, delivered=2, built=1, stored=2, unaccounted=1, outages=60
    )
    text = io.StringIO()
    write(history(seed, fleet, ("2304", "2402"), START, END, repeats=2).rows, text)
    head, *rows = text.getvalue().splitlines()
    rows += [
        "R-1,commissioned,2020-03-01T00:00:00Z,,,2304,RFID reader,,,,,",
        "R-1,down,2021-03-01T00:00:00Z,,port,,,,,,,",
    ]
    rows += ["R-1,up,2021-03-02T00:00:00Z,parts,port,,,,,,,"]
    scans = [
        f"S-{1 + n % 5:04d},,{START + timedelta(hours=37 * n):%Y-%m-%dT%H:%M:%SZ},{',' * 8},truck,{n % 9}.5"
        for n in range(900)
    ]
    scans += ["R-1,,2021-03-03T00:00:00Z,,,,,,,,,,truck,5"]
    return (
        "\n".join([head + ",conveyance,operator_minutes", *(row + ",," for row in rows), *scans, *scans[:200]]) + "\n"
    )


def of_file(text: str, contracts: list[contract.Contract], targets: target.Targets) -> FleetFound:
    read = scanner_columns.read(io.BytesIO(text.encode()), NOW)
    assert not read.problems
    made = scans_of(read)
    return report(record_of(read), made, contracts, targets, *SPAN)


def load(log: Log, text: str) -> None:
    read = scanner_log.read(text.encode(), NOW)
    assert not read.problems
    record([*reports_of(read.reports, log), *scans_said(read.scans)], log, actor="tester", origin="live")


def without_rows(found: FleetFound) -> Any:
    """All of a report but the numbers of rows, which are places in a file or in a log; lists that are ordered by when
    a scanner was first heard of are ordered by its name."""
    plain = msgspec.to_builtins(found)
    plain["unaccounted"] = sorted(plain["unaccounted"])
    plain["scanners"] = sorted(plain["scanners"], key=lambda each: each["scanner"])
    for each in plain["contracts"]:
        for line in each["lines"]:
            line["events"] = len(line["events"])
        each["lines"] = sorted(each["lines"], key=str)
        each["months"] = sorted(each["months"], key=str)
    return plain


@pytest.mark.parametrize("seed", range(3))
def test_a_store_says_what_the_file_says_that_was_loaded(log: Log, seed: int) -> None:
    text = told(seed)
    expected = of_file(text, [contract.parse(CONTRACT)], target.parse(TARGETS))
    assert expected.contracts[0].lines
    assert any(each.share for each in expected.rates)
    assert expected.others[0].all.down == 24.0
    load(log, text)
    put_contract(log, CONTRACT, "tester")
    put_targets(log, TARGETS, "tester")
    found = FleetBooks(log).report(SPAN)
    assert without_rows(found) == without_rows(expected)
    events = {line.events for each in found.contracts for line in each.lines if line.events}
    for rows in events:
        for stored in log.read(min(rows) - 1, limit=1):
            assert stored.event.type == "scanner.reported"


def test_it_is_kept_up_and_goes_on_where_it_was_saved(log: Log) -> None:
    head, *rows = told(7).splitlines(keepends=True)
    load(log, "".join([head, *rows[:150]]))
    books = FleetBooks(log)
    before = books.report(SPAN)
    assert books.report(SPAN) is before, "what nothing has changed is not computed again"
    books.save()
    load(log, "".join([head, *rows[150:]]))
    anew, went_on, kept_up = FleetHistory(), FleetBooks(log), books
    anew.apply(log.read(limit=100_000))
    wanted = report(anew.record, anew.scans(*SPAN[:2]), [], target.Targets(version=1), *SPAN)
    assert without_rows(kept_up.report(SPAN)) == without_rows(wanted)
    assert without_rows(went_on.report(SPAN)) == without_rows(wanted)
    assert wanted.all != before.all


def test_kinds_in_other_capitals_are_one_also_where_the_history_was_saved(log: Log) -> None:
    head = "scanner_id,event,at,port,kind\n"
    load(log, head + "".join(f"S-{n},commissioned,2020-03-0{n}T00:00:00Z,2304,{kind}\n" for n, kind in
                             ((1, "LEP"), (2, "lep"), (3, "HE"))))  # fmt: skip
    books = FleetBooks(log)
    kinds = {each.name: each.scanners for each in books.report(SPAN).kinds}
    assert kinds == {"LEP": 2, "HE": 1}
    books.save()
    assert {each.name: each.scanners for each in FleetBooks(log).report(SPAN).kinds} == kinds


def test_a_version_of_a_contract_is_right_for_the_days_that_it_holds(log: Log) -> None:
    text = told(1)
    load(log, text)
    put_contract(log, CONTRACT, "tester")
    later = CONTRACT.replace(b"version = 1", b"version = 2").replace(b"2020-06-01", b"2022-01-01")
    later = later.replace(b"monthly = 1000", b"monthly = 3000")
    put_contract(log, later, "tester")
    books = FleetBooks(log)
    one, two = books.report(SPAN).contracts
    assert (one.version, two.version) == (1, 2)
    assert max(each.month for each in one.months) == "2021-12"
    assert min(each.month for each in two.months) == "2022-01"
    # The months before are as they were under the first alone; and the first can be reckoned with to its own end.
    alone = of_file(text, [contract.parse(CONTRACT)], target.Targets(version=1)).contracts[0]
    assert sorted(one.months, key=str) == sorted((each for each in alone.months if each.month < "2022"), key=str)
    again = books.documents.called(alone.document)
    assert isinstance(again, contract.Contract)
    assert without_rows(books.report(SPAN, [again]))["contracts"][0]["owed_cents"] == alone.owed_cents
    # One that corrects it leaves it no day.
    put_contract(log, CONTRACT.replace(b"version = 1", b"version = 3"), "tester")
    assert [each.version for each in books.report(SPAN).contracts] == [3]
    assert [(each.version, each.in_force) for each in kept(log)] == [(1, False), (2, False), (3, True)]


def test_another_document_of_a_version_that_is_known_is_refused(log: Log) -> None:
    put_contract(log, CONTRACT, "tester")
    put_contract(log, CONTRACT, "tester")
    with pytest.raises(contract.ContractError) as refused:
        put_contract(log, CONTRACT.replace(b"1000", b"1"), "tester")
    assert refused.value.code == "contract_version_known"
    assert len(kept(log)) == 1


def test_a_day_that_is_not_over_where_a_contract_is_ends_now_and_one_that_is_over_stays(log: Log) -> None:
    load(log, told(1))
    put_contract(log, CONTRACT, "tester")
    books, now = FleetBooks(log), NOW + timedelta(hours=2)
    (found,) = books.report(books.days(now.date(), now.date(), now)).contracts
    assert found.months == (), "in Chicago it has not begun"
    before = now.date() - timedelta(days=1)
    (found,) = books.report(books.days(before, before, now)).contracts
    assert {round(each.agreed, 6) for each in found.months} == {21.016667}, "from five, UTC, to this minute"
    past = (START.date(), END.date())
    assert books.days(*past, now) == books.days(*past, now + timedelta(hours=5))


def test_a_period_is_of_local_days_and_ends_now(log: Log) -> None:
    put_targets(log, TARGETS, "tester")
    books = FleetBooks(log)
    usual = books.days(None, None, NOW)
    assert usual.start == microseconds(datetime(2023, 4, 10, 5, tzinfo=UTC))
    assert usual.end == microseconds(NOW) + 60_000_000
    assert books.days((NOW - timedelta(days=1)).date(), datetime(9000, 1, 1).date(), NOW).end == usual.end
    assert books.days(None, NOW.date(), NOW).asked.within("America/Denver", *usual[:2])[1] == usual.end
    for first, last in ((datetime(1900, 1, 1), None), (datetime(2022, 1, 2), datetime(2022, 1, 1))):
        with pytest.raises(NoDaysError):
            books.days(first.date(), None if last is None else last.date(), NOW)
