"""Figures of scanners, trips under seal, releases and readers on a log, against sums done by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from boards import Written, a_log, decided, examined, filed, reads, truck

from aforo.domain.clock import microseconds
from aforo.domain.dock import ExaminationBegun
from aforo.domain.event import Arrived, Overridden, Passed
from aforo.domain.scanner import Scan, Scanned, ScannerReported
from aforo.domain.trip import CustodyJudged, Discharged, Sealed, TripOpened
from aforo.fleet import contract
from aforo.flow.fleet_documents import put_contract
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_events import behind
from aforo.log.store import Log
from aforo.measures.estimates import Measured
from aforo.scoreboard.official import Asked
from aforo.scoreboard.places import number_of
from aforo.scoreboard.shipped import definitions

MIDNIGHT = datetime(2026, 3, 2, tzinfo=ZoneInfo("America/Chicago"))
FIRST = number_of(MIDNIGHT.date())
#: Ten local days from that midnight: clocks are put forward on the eighth of March.
HOURS = 10 * 24 - 1
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def figure(board: Board, measure: str, *bridges: str, days: int = 10, **more: str) -> Measured:
    """A measure of some bridges, all where none is named."""
    asked = Asked(list(bridges or board.places.zones), FIRST, FIRST + days - 1, frozenset(), **more)
    (row,) = board.rows([definitions().find(measure)], asked)
    return row.figures[0]


def code(own: Measured) -> str:
    assert own.missing is not None, own
    return own.missing.code


def scanners() -> Written:
    """Two scanners at World Trade and one at the port of Laredo, ten days: the first down twelve times for two hours,
    the second never; the third down for a day."""
    said = Written()
    for scanner, port in (("A", "world-trade"), ("B", "World Trade Bridge"), ("C", "2304")):
        said.say(f"scanner/{scanner}", ScannerReported("commissioned", port=port), MIDNIGHT - timedelta(days=30))
    for number in range(12):
        at = MIDNIGHT + number * 18 * HOUR
        said.say("scanner/A", ScannerReported("down", "parts", "port"), at)
        said.say("scanner/A", ScannerReported("up", None, "port"), at + 2 * HOUR)
    said.say("scanner/C", ScannerReported("down", reporter="port"), MIDNIGHT)
    said.say("scanner/C", ScannerReported("up", reporter="port"), MIDNIGHT + 24 * HOUR)
    for day in range(10):
        at = MIDNIGHT + day * 24 * HOUR + 12 * HOUR
        scans = tuple(Scan(microseconds(at + n * MINUTE), "Truck" if n % 4 else "bus", 180_000) for n in range(20))
        said.say("scanner/A", Scanned(scans), at + HOUR)
        said.say("scanner/A", Scanned(scans[5:]), at + 2 * HOUR)  # told again in another portion
    return said


def test_availability_is_agreed_time_less_downtime_pooled_and_of_each_scanner(tmp_path: Path) -> None:
    with a_log(tmp_path, MIDNIGHT + timedelta(days=10)) as (log, _):
        scanners().put(log)
        board = Board(log)
        own = figure(board, "scanner-availability", "world-trade")
        told = {each.name: each for each in own.estimates}
        assert told["share"].value == pytest.approx(1 - 24 / (2 * HOURS))
        assert told["share"].low is not None
        assert told["share"].high is not None
        assert 0.85 < told["share"].low < 0.95 < told["share"].high < 1.0
        assert (told["scanner_least"].value, told["outages"].value) == (pytest.approx(1 - 24 / HOURS), 12.0)
        assert told["outage_p50"].value == pytest.approx(2.0)
        assert [(each.name, each.value) for each in own.portions] == [("A", pytest.approx(1 - 24 / HOURS)), ("B", 1.0)]
        every = figure(board, "scanner-availability")
        assert [each.name for each in every.portions] == ["A", "C", "B"]
        # Days of all bridges together are those of the first of them, which lies farther west.
        share = {each.name: each.value for each in every.estimates}["share"]
        assert share == pytest.approx(1 - 48 / (3 * HOURS), abs=0.005)
        assert code(figure(board, "scanner-availability", "pharr")) == "scanner_of_bridge"
        assert code(figure(board, "scanner-availability", "world-trade", lane="fast")) == "scanner_by_lane"
        one = figure(board, "scanner-availability", "world-trade", days=1)
        of_day = {each.name: each for each in one.estimates}["share"]
        assert of_day.value == pytest.approx(1 - 4 / 48)
        assert of_day.low is None, "two outages tell nothing of how their lengths spread"


def test_a_scanner_of_which_only_the_port_is_known_counts_where_that_port_is_told(tmp_path: Path) -> None:
    with a_log(tmp_path, MIDNIGHT + timedelta(days=10)) as (log, _):
        scanners().put(log)
        board = Board(log)
        laredo = board.places.by_port["2304"]
        assert len(laredo) > 1
        assert [each.name for each in figure(board, "scanner-availability", *laredo).portions] == ["A", "C", "B"]
        assert [each.name for each in figure(board, "scanner-availability", "world-trade").portions] == ["A", "B"]
        used = figure(board, "scanner-utilisation", *laredo)
        # Nobody tells of scans of the one that is known by its port: what it did is unknown, and not nothing.
        assert used.portions[0].whole == pytest.approx(2 * HOURS - 24)

        def told(*bridges: str) -> set[str | None]:
            page = behind(board, definitions().find("scanner-availability"), _asked(*bridges), 0, 100)
            return {each.scanner_id for each in page.behind}

        assert told(*laredo) == {"A", "C"}
        assert told("world-trade") == {"A"}


CONTRACT = b"""
id = "X"
version = 1
supplier = "S"
currency = "USD"
zone = "America/Chicago"
from = 2026-01-01
scanners = ["A"]
[service]
windows = [{ days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", until = "12:00" }]
[fee]
monthly = 1
"""


def test_a_contract_says_which_time_is_agreed(tmp_path: Path) -> None:
    with a_log(tmp_path, MIDNIGHT + timedelta(days=10)) as (log, _):
        scanners().put(log)
        own = figure(Board(log, contracts=[contract.parse(CONTRACT)]), "scanner-availability", "world-trade")
        first = own.portions[0]
        assert (first.name, first.whole) == ("A", pytest.approx(119.0))
        # Of the twelve outages those that began at 0 and 6 o'clock fall in the twelve hours.
        assert first.part == pytest.approx(119.0 - 2 * 6)


def test_contracts_in_force_say_it_too_each_version_for_its_days(tmp_path: Path) -> None:
    with a_log(tmp_path, MIDNIGHT + timedelta(days=10)) as (log, _):
        scanners().put(log)
        board = Board(log)
        assert figure(board, "scanner-availability", "world-trade").portions[0].whole == pytest.approx(HOURS)
        put_contract(log, CONTRACT, "ana")
        later = CONTRACT.replace(b"version = 1", b"version = 2").replace(b"2026-01-01", b"2026-03-07")
        put_contract(log, later.replace(b'until = "12:00"', b'until = "06:00"'), "ana")
        first = figure(board, "scanner-availability", "world-trade").portions[0]
        # Five days of twelve hours, and five of six, of which one is the day on which an hour is left out.
        assert (first.name, first.whole) == ("A", pytest.approx(5 * 12 + 5 * 6 - 1))


def test_a_reader_is_no_scanner(tmp_path: Path) -> None:
    with a_log(tmp_path, MIDNIGHT + timedelta(days=10)) as (log, _):
        said = scanners()
        commissioned = ScannerReported("commissioned", port="world-trade", kind="plate camera")
        said.say("scanner/R", commissioned, MIDNIGHT - timedelta(days=30))
        said.say("scanner/R", ScannerReported("down", reporter="port"), MIDNIGHT)
        said.put(log)
        own = figure(Board(log), "scanner-availability", "world-trade")
        assert [each.name for each in own.portions] == ["A", "B"]


def test_utilisation_is_operator_hours_over_hours_up_and_unknown_without_scans(tmp_path: Path) -> None:
    with a_log(tmp_path, MIDNIGHT + timedelta(days=10)) as (log, _):
        scanners().put(log)
        board = Board(log)
        own = figure(board, "scanner-utilisation", "world-trade")
        (share,) = own.estimates
        assert share.value == pytest.approx(10.0 / (2 * HOURS - 24))
        assert own.whole == 200, "scans that are told again count once"
        assert share.low is not None
        assert code(figure(board, "scanner-utilisation", "colombia")) == "scanner_of_bridge"


def test_scans_stand_over_the_trucks_that_passed_and_other_classes_have_counts_alone(tmp_path: Path) -> None:
    said = scanners()
    for number in range(300):
        truck(said, f"C-{number}", MIDNIGHT + number * 40 * MINUTE, "world-trade")
    with a_log(tmp_path, MIDNIGHT + timedelta(days=10)) as (log, _):
        said.put(log)
        board = Board(log)
        own = figure(board, "conveyance-scan-rate", "world-trade")
        # Fifteen trucks and five buses were scanned a day; on the tenth no truck is known to have passed.
        assert (own.part, own.whole, own.left_out) == (135, 300, 20)
        assert [(each.name, each.value, each.part) for each in own.portions] == [
            ("truck", 0.45, 135), ("bus", None, 45),
        ]  # fmt: skip
        few = figure(board, "conveyance-scan-rate", "world-trade", days=1)
        assert few.whole == 36
        with a_log(tmp_path / "few", MIDNIGHT + timedelta(days=10)) as (other, _):
            less = scanners()
            truck(less, "C-1", MIDNIGHT + HOUR, "world-trade")
            less.put(other)
            assert code(figure(Board(other), "conveyance-scan-rate", "world-trade")) == "more_scans"


def trip(
    said: Written, name: str, crossing: str, states: list[tuple[str, str]], at: datetime, *, sealed: bool = True
) -> None:
    own = f"trip/{name}"
    said.say(own, TripOpened("import", "carrier", at + timedelta(days=3), crossing), at - 20 * HOUR)
    if sealed:
        said.say(own, Sealed("D", "1"), at - 19 * HOUR)
    for number, (state, before) in enumerate(states):
        said.say(own, CustodyJudged(state, "unsigned", before=before), at - 18 * HOUR + number * HOUR)
    said.say(own, Discharged("yard"), at)


def test_custody_is_continuous_where_it_is_known_to_be(tmp_path: Path) -> None:
    said, at = Written(), MIDNIGHT + 15 * HOUR
    for name in ("C-1", "C-2", "C-3", "C-4", "C-5"):
        truck(said, name, at - HOUR, "world-trade", lane="fast", programme="ctpat3")
    trip(said, "T-1", "C-1", [("intact", "")], at)
    trip(said, "T-2", "C-2", [("intact", ""), ("silent", ""), ("intact", "")], at)  # what was missing came after all
    trip(said, "T-3", "C-3", [("intact", ""), ("intact", "silent")], at)  # a silence that was never filled
    trip(said, "T-4", "C-4", [], at)  # nothing was made of it
    trip(said, "T-5", "C-5", [], at, sealed=False)
    trip(said, "T-6", "", [("intact", "")], at)  # for no crossing
    with a_log(tmp_path, MIDNIGHT + timedelta(days=3)) as (log, _):
        said.put(log)
        board = Board(log)
        own = figure(board, "custody-continuity", "world-trade", lane="fast", programme="ctpat3")
        assert (own.part, own.whole) == (2, 4)
        assert code(figure(board, "custody-continuity", "world-trade", lane="empty")) == "no_trip"
        page = behind(board, definitions().find("custody-continuity"), _asked("world-trade"), 0, 10)
        assert {each.trip_id: each.counted_in for each in page.behind} == {
            "T-1": "numerator", "T-2": "numerator", "T-3": "denominator", "T-4": "denominator",
        }  # fmt: skip


def test_a_trip_counts_where_its_crossing_was_known_to_be_when_it_was_discharged(tmp_path: Path) -> None:
    said, at = Written(), MIDNIGHT + 15 * HOUR
    truck(said, "C-1", at - HOUR, "world-trade", lane="fast")
    trip(said, "T-1", "C-1", [("intact", "")], at)
    said.say("crossing/C-1", filed(declaration_id="C-1", lane="empty"), at + 20 * HOUR)
    with a_log(tmp_path, MIDNIGHT + timedelta(days=3)) as (log, _):
        said.put(log)
        own = figure(Board(log), "custody-continuity", "world-trade", lane="fast")
        assert (own.part, own.whole) == (1, 1)
        assert code(figure(Board(log), "custody-continuity", "world-trade", lane="empty")) == "no_trip"


def _asked(*bridges: str) -> Asked:
    return Asked(list(bridges), FIRST, FIRST + 9, frozenset({"bridge"}))


def released(log: Log, measure: str) -> tuple[int | None, float | None]:
    own = figure(Board(log), measure, "pharr")
    return own.whole, next((each.value for each in own.estimates if each.name == "mean"), None)


def test_release_times_run_from_arrival_to_release_by_stages(tmp_path: Path) -> None:
    said, at = Written(), MIDNIGHT + 9 * HOUR
    begun = ExaminationBegun("E", "joint", "pharr", "1", "", ("US", "MX"))
    for name, order in (("C-1", "release"), ("C-2", "joint"), ("C-3", "joint"), ("C-4", "joint"), ("C-5", "scan")):
        own = f"crossing/{name}"
        said.say(own, filed(declaration_id=name), at - HOUR)
        said.say(own, decided(order, bridge="pharr"), at - HOUR)
        said.say(own, Arrived("pharr"), at)
    said.say("crossing/C-1", Passed(0, "2305", "2026-03-02"), at + 4 * MINUTE)
    for name, found in (("C-2", False), ("C-3", True)):
        said.say(f"crossing/{name}", begun, at + 20 * MINUTE)
        done = examined(name, at + 80 * MINUTE, found, carried_out="joint")
        said.say(f"crossing/{name}", done, at + 81 * MINUTE)
    said.say("crossing/C-4", Passed(0, "2305", "2026-03-02"), at + 2 * MINUTE)  # its order was not carried out
    stands = examined("C-5", at + 10 * MINUTE, None, carried_out="scan", order_stands=True)
    said.say("crossing/C-5", stands, at + 10 * MINUTE)
    with a_log(tmp_path, MIDNIGHT + timedelta(days=3)) as (log, _):
        said.put(log)
        # C-1 after 4 minutes and C-2 after 80; something was found in C-3, and of C-4 and C-5 nobody knows.
        assert released(log, "release-time") == (2, 42.0)
        assert released(log, "time-to-examination") == (1, 20.0)
        assert released(log, "examination-time") == (1, 60.0)
        joint = figure(Board(log), "joint-examination-share", "pharr")
        assert (joint.part, joint.whole) == (2, 3)
        later = Written([("crossing/C-5", Overridden("release", "Clear.", 0), at + HOUR, at + 50 * HOUR)])
        _append(log, later)
        assert released(log, "release-time") == (3, 48.0)


def _append(log: Log, said: Written) -> None:
    from aforo.domain.event import new_event

    for stream, payload, at, recorded in said.events:
        version = log.versions([stream])[stream] + 1
        log.append([new_event("y" * 23, payload, stream, version, occurred_at=at, recorded_at=recorded, actor="t")])


def test_trusted_traders_are_compared_with_all_others(tmp_path: Path) -> None:
    said = Written()
    for number in range(40):
        at = MIDNIGHT + number * 10 * MINUTE
        truck(said, f"T-{number}", at, "pharr", programme="oea", scan=number < 4)
        truck(said, f"N-{number}", at, "pharr", programme="none", scan=number < 16)
    with a_log(tmp_path, MIDNIGHT + timedelta(days=3)) as (log, _):
        said.put(log)
        own = figure(Board(log), "trusted-examination-ratio", "pharr")
        (ratio,) = own.estimates
        assert ratio.value == pytest.approx(0.25)
        assert ratio.low is not None
        assert ratio.high is not None
        assert 0.05 < ratio.low < 0.25 < ratio.high < 0.8
        assert [(each.name, each.part, each.whole) for each in own.portions] == [
            ("trusted", 4, 40), ("others", 16, 40),
        ]  # fmt: skip
        by_one = figure(Board(log), "trusted-examination-ratio", "pharr", programme="oea")
        assert code(by_one) == "ratio_by_programme"


def test_readers_are_told_by_their_places_and_by_the_share_that_is_accepted(tmp_path: Path) -> None:
    said = Written()
    at = [MIDNIGHT + number * MINUTE for number in range(200)]
    reads(said, "pharr", "queue_end", at, [0 if n % 5 == 0 else n for n in range(1, 201)])
    reads(said, "pharr", "primary", at, list(range(1, 201)))
    with a_log(tmp_path, MIDNIGHT + timedelta(days=3)) as (log, _):
        said.put(log)
        own = figure(Board(log), "reader-read-rate", "pharr")
        assert (own.part, own.whole, own.accepted) == (360, 400, True)
        assert {each.name: each.value for each in own.portions} == {"queue_end": 0.8, "primary": 1.0}
        assert code(figure(Board(log), "reader-read-rate", "pharr", programme="oea")) == "not_by_programme"
