"""Figures are of the days and bridges that are known, and say which: unknown scans are not zero, two sources are
compared over the days that both tell of, and a week is told of bridges that were measured on most of its days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest
from boards import Written, a_log, day_of_waits, reads, truck
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.bridge import PublishedLaneWait, WaitsPublished
from aforo.domain.clock import microseconds
from aforo.domain.event import new_event, payload_of
from aforo.domain.scanner import Scan, Scanned, ScannerReported
from aforo.domain.scoreboard import PublishedFigure, ScoreboardPublished
from aforo.flow.feed import feed_of
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_shown import public_shown, published_shown
from aforo.log.store import Log
from aforo.measures.disagreement import Disagreement
from aforo.measures.estimates import Covered, Measured
from aforo.scoreboard.official import Asked
from aforo.scoreboard.places import number_of
from aforo.scoreboard.public import LEAST_DAYS, revised
from aforo.scoreboard.scanner_figures import LEAST_KNOWN

MONDAY = datetime(2026, 3, 9, tzinfo=ZoneInfo("America/Chicago"))
FIRST = number_of(MONDAY.date())
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
USED, RATE = "scanner-utilisation", "conveyance-scan-rate"


def row(log: Log, names: Iterable[str], *bridges: str, days: int = 7) -> tuple[list[Measured], list[Disagreement]]:
    board = Board(log)
    asked = Asked(list(bridges or board.places.zones), FIRST, FIRST + days - 1, frozenset())
    (own,) = board.rows([board.measures.find(each) for each in names], asked)
    return list(own.figures), list(own.compared)


def share(own: Measured) -> float:
    assert own.missing is None, own
    (found,) = [each.value for each in own.estimates if each.name == "share"]
    assert found is not None
    return found


# ---- scans -----------------------------------------------------------------------------------------------------------


def stands(said: Written, scanner: str, port: str) -> None:
    said.say(f"scanner/{scanner}", ScannerReported("commissioned", port=port), MONDAY - 30 * DAY)


def a_day(said: Written, day: int, bridge: str, scanner: str = "", operator: int | None = 1_800_000) -> None:
    """Twenty trucks at a bridge, and ten scans of half an hour each by a scanner that tells of them."""
    at = MONDAY + day * DAY + 12 * HOUR
    if scanner:
        scans = tuple(Scan(microseconds(at + 30 * n * MINUTE), "truck", operator) for n in range(10))
        said.say(f"scanner/{scanner}", Scanned(scans), at + 8 * HOUR)
    for n in range(20):
        truck(said, f"{bridge}-{day}-{n}", at + n * MINUTE, bridge)


def test_a_bridge_whose_scanners_never_tell_of_scans_is_in_neither_side(tmp_path: Path) -> None:
    said = Written()
    stands(said, "A", "world-trade")
    stands(said, "B", "pharr")
    for day in range(7):
        a_day(said, day, "world-trade", "A")
        a_day(said, day, "pharr")
    with a_log(tmp_path, MONDAY + 9 * DAY) as (log, _):
        said.put(log)
        (used, rate), _ = row(log, [USED, RATE], "world-trade")
        assert (share(used), share(rate)) == (pytest.approx(5 / 24), 0.5)
        assert used.covered == rate.covered == Covered(7, 7)
        (both_used, both_rate), _ = row(log, [USED, RATE], "world-trade", "pharr")
        assert (share(both_used), share(both_rate)) == (share(used), share(rate))
        assert (both_rate.part, both_rate.whole) == (70, 140)
        assert both_used.covered == both_rate.covered == Covered(7, 14)
        # Of all bridges that nobody asked for by name, those without a crossing are no bridge-days.
        (every,), _ = row(log, [RATE])
        assert (every.part, every.whole, every.covered) == (70, 140, Covered(7, 14))
        for own in row(log, [USED, RATE], "pharr")[0]:
            assert own.missing is not None
            assert (own.missing.code, own.covered) == ("no_scan", Covered(0, 7))


def test_of_a_week_with_scans_on_one_day_there_is_no_figure_and_that_is_said(tmp_path: Path) -> None:
    said = Written()
    stands(said, "A", "world-trade")
    for day in range(7):
        a_day(said, day, "world-trade", "A" if day == 0 else "")
    with a_log(tmp_path, MONDAY + 9 * DAY) as (log, _):
        said.put(log)
        (used, rate), _ = row(log, [USED, RATE], "world-trade", days=1)
        assert (share(used), share(rate)) == (pytest.approx(5 / 24), 0.5)
        (used, rate), _ = row(log, [USED, RATE], "world-trade", days=2)
        assert (share(used), share(rate)) == (pytest.approx(5 / 24), 0.5)
        assert used.covered == rate.covered == Covered(1, 2)
        assert 1 / 3 < LEAST_KNOWN <= 1 / 2
        for own in row(log, [USED, RATE], "world-trade", days=3)[0]:
            assert own.missing is not None
            assert (own.missing.code, own.covered) == ("no_scan", Covered(1, 3))
    where = ["--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}"]
    asked = ["--first", "2026-03-09", "--last", "2026-03-11", "--bridge", "world-trade", "--measure", RATE]
    told = CliRunner().invoke(complete_app(), ["measure", "scoreboard", *asked, *where])
    assert told.exit_code == 0, told.output
    assert "unknown, and not zero" in " ".join(told.output.split())
    assert "1 of 3 bridge-days" in " ".join(told.output.split())


def test_a_day_on_which_all_scanners_were_down_had_no_scan_and_that_is_known(tmp_path: Path) -> None:
    said = Written()
    stands(said, "A", "world-trade")
    for day in range(2):
        a_day(said, day, "world-trade", "A" if day == 0 else "")
    said.say("scanner/A", ScannerReported("down", "parts", "port"), MONDAY + DAY)
    said.say("scanner/A", ScannerReported("up", None, "port"), MONDAY + 2 * DAY)
    with a_log(tmp_path, MONDAY + 9 * DAY) as (log, _):
        said.put(log)
        (used, rate), _ = row(log, [USED, RATE], "world-trade", days=2)
        assert (rate.part, rate.whole, rate.covered) == (10, 40, Covered(2, 2))
        assert (share(used), used.covered) == (pytest.approx(5 / 24), Covered(1, 1))


def test_a_day_whose_scans_say_nothing_of_their_operator_is_not_one_without_work(tmp_path: Path) -> None:
    said = Written()
    stands(said, "A", "world-trade")
    for day in range(4):
        a_day(said, day, "world-trade", "A", None if day else 1_800_000)
    with a_log(tmp_path, MONDAY + 9 * DAY) as (log, _):
        said.put(log)
        (used,), _ = row(log, [USED], "world-trade", days=2)
        assert (share(used), used.whole, used.left_out, used.covered) == (
            pytest.approx(5 / 24), 10, 10, Covered(1, 2),
        )  # fmt: skip
        (used,), _ = row(log, [USED], "world-trade", days=4)
        assert used.missing is not None
        assert used.missing.code == "no_operator"


def test_scans_of_days_without_a_recorded_crossing_are_in_neither_side(tmp_path: Path) -> None:
    said = Written()
    stands(said, "A", "world-trade")
    stands(said, "P", "2304")
    for day in range(4):
        a_day(said, day, "world-trade", "A")
    for day in range(4, 7):
        scans = tuple(
            Scan(microseconds(MONDAY + day * DAY + n * HOUR), name) for n in range(9) for name in ("truck", "bus")
        )
        said.say("scanner/A", Scanned(scans), MONDAY + day * DAY + 10 * HOUR)
    with a_log(tmp_path, MONDAY + 9 * DAY) as (log, _):
        said.put(log)
        (rate, _), (sources,) = row(log, [RATE, "scan-rate"], "world-trade")
        assert (rate.part, rate.whole, rate.covered) == (40, 80, Covered(4, 4))
        assert [(each.name, each.value, each.part, each.whole) for each in rate.portions] == [("truck", 0.5, 40, 80)]
        assert rate.left_out == 54
        assert sources.bridge_days == 4
        assert [each.value for each in sources.told if each.source == "scanners"] == [0.5]
        by_day = [row_of_day(log, day) for day in range(7)]
        assert [own.part for own in by_day[:4]] == [10] * 4
        assert [own.missing.code for own in by_day[4:] if own.missing is not None] == ["none_counted"] * 3
        # What was scanned is told where there is no rate.
        assert [(each.name, each.part) for each in by_day[5].portions] == [("truck", 9.0), ("bus", 9.0)]


def row_of_day(log: Log, day: int) -> Measured:
    board = Board(log)
    (own,) = board.rows([board.measures.find(RATE)], Asked(["world-trade"], FIRST + day, FIRST + day, frozenset()))
    return own.figures[0]


# ---- sources ---------------------------------------------------------------------------------------------------------


def published(said: Written, bridge: str, day: int, minutes: int) -> None:
    for hour in range(24):
        feed = WaitsPublished("cbp-bwt", (PublishedLaneWait("standard", minutes),))
        said.say(f"port/{bridge}", feed, MONDAY + day * DAY + hour * HOUR)


def test_waits_of_two_sources_are_compared_on_the_days_that_both_have(tmp_path: Path) -> None:
    said = Written()
    day_of_waits(said, Random(1), MONDAY, "world-trade", 200, 20.0)
    for day in range(7):
        published(said, "world-trade", day, 80 if day else 20)
    published(said, "pharr", 0, 90)
    with a_log(tmp_path, MONDAY + 9 * DAY) as (log, _):
        said.put(log)
        _, (monday,) = row(log, ["wait-to-primary"], "world-trade", days=1)
        _, (week,) = row(log, ["wait-to-primary"], "world-trade")
        _, (border,) = row(log, ["wait-to-primary"])
        for own in (monday, week, border):
            gates, feed = own.told
            assert (gates.count, feed.value, feed.count, feed.apart) == (200, 20.0, 24, False)
            assert own.bridge_days == 1
            assert feed.at == MONDAY + 23 * HOUR


def test_sources_that_have_no_day_in_common_are_not_compared_and_that_is_said(tmp_path: Path) -> None:
    said = Written()
    day_of_waits(said, Random(1), MONDAY, "world-trade", 200, 20.0)
    published(said, "pharr", 0, 80)
    published(said, "world-trade", 1, 80)
    with a_log(tmp_path, MONDAY + 9 * DAY) as (log, _):
        said.put(log)
        _, (own,) = row(log, ["wait-to-primary"])
        assert [(each.source, each.value, each.less) for each in own.told] == [
            ("readings", None, None), ("cbp-bwt", None, None),
        ]  # fmt: skip
        assert own.bridge_days == 0
        assert "in common" in own.words.en
        assert "en común" in own.words.es
    where = ["--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}"]
    asked = ["--first", "2026-03-09", "--last", "2026-03-10", "--measure", "wait-to-primary"]
    told = CliRunner().invoke(complete_app(), ["measure", "scoreboard", *asked, *where, "--lang", "es"])
    assert told.exit_code == 0, told.output
    assert "no se comparan" in " ".join(told.output.split())


def test_the_scan_rate_by_records_is_of_the_days_that_scanners_told_of(tmp_path: Path) -> None:
    said = Written()
    stands(said, "A", "world-trade")
    for day in range(2):
        at = MONDAY + day * DAY + 12 * HOUR
        if day == 0:
            scans = tuple(Scan(microseconds(at + n * MINUTE), "truck", 180_000) for n in range(50))
            said.say("scanner/A", Scanned(scans), at + 8 * HOUR)
        for n in range(100):
            truck(said, f"{day}-{n}", at + n * MINUTE, "world-trade", scan=n % 2 == 0 and day == 0)
    with a_log(tmp_path, MONDAY + 9 * DAY) as (log, _):
        said.put(log)
        (records, _), (own,) = row(log, ["scan-rate", RATE], "world-trade", days=2)
        assert share(records) == 0.25
        assert [(each.source, each.value, each.count) for each in own.told] == [
            ("records", 0.5, 100), ("scanners", 0.5, 100),
        ]  # fmt: skip
        assert own.bridge_days == 1


# ---- what is published -----------------------------------------------------------------------------------------------


def of(told: ScoreboardPublished, place: str) -> PublishedFigure:
    (found,) = [each for each in told.figures if (each.place, each.measure) == (place, "wait-to-primary")]
    return found


def test_a_week_is_told_of_bridges_that_were_measured_on_most_of_its_days_and_says_on_how_many(tmp_path: Path) -> None:
    said, draw = Written(), Random(1)
    on = {"world-trade": 7, "pharr": LEAST_DAYS, "veterans": 5, "colombia": LEAST_DAYS - 1, "camino-real": 1}
    for bridge, days in on.items():
        for day in range(days):
            day_of_waits(said, draw, MONDAY + day * DAY, bridge, 60, 20.0)
    with a_log(tmp_path, MONDAY + 12 * DAY) as (log, clock):
        said.put(log)
        board = Board(log)
        (week,) = [each for each in board.publish() if each.period == "2026-W11"]
        told = {bridge: (of(week, bridge).missing, of(week, bridge).whole, of(week, bridge).days) for bridge in on}
        assert told == {
            "world-trade": ("", 420, 7), "pharr": ("", 240, 4), "veterans": ("", 300, 5),
            "colombia": ("not_known", None, None), "camino-real": ("not_known", None, None),
        }  # fmt: skip
        every = of(week, "")
        assert (every.whole, every.days, every.bridges) == (960, 7, 3)
        feed = feed_of(public_shown(board, LiveBridges(log, board.directory), clock.now, "live", 4), board.measures)
        values = {each.bridge: (each.days, each.bridges) for each in feed.weeks[0].values if each.missing is None}
        assert values == {"world-trade": (7, None), "pharr": (4, None), "veterans": (5, None), None: (7, 3)}
    where = ["--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}"]
    shown = CliRunner().invoke(complete_app(), ["measure", "feed", *where])
    assert "4–7 of 7" in shown.output


def test_the_week_of_all_bridges_is_not_told_where_it_is_that_of_one(tmp_path: Path) -> None:
    said, draw = Written(), Random(1)
    for day in range(7):
        day_of_waits(said, draw, MONDAY + day * DAY, "world-trade", 60, 20.0)
        day_of_waits(said, draw, MONDAY + day * DAY, "mariposa", 1, 20.0)
    with a_log(tmp_path, MONDAY + 12 * DAY) as (log, _):
        said.put(log)
        (week,) = [each for each in Board(log).publish() if each.period == "2026-W11"]
        assert of(week, "").missing == "few_bridges"
        # What is small cannot be had by subtraction from a total that is not told: nothing else has to be kept back.
        assert (of(week, "world-trade").whole, of(week, "mariposa").missing) == (420, "under_ten")
        later = msgspec.structs.replace(
            week, figures=tuple(msgspec.structs.replace(each, missing="", whole=900) for each in week.figures)
        )
        anew = revised(week, later, "More bridges.")
        assert anew is not None
        assert (of(anew, "").missing, of(anew, "mariposa").missing) == ("few_bridges", "under_ten")


def test_which_readers_fail_is_not_told_anew_nor_of_what_was_published_before(tmp_path: Path) -> None:
    said, draw = Written(), Random(1)
    for day in range(7):
        at = [MONDAY + day * DAY + HOUR + 8 * n * MINUTE for n in range(100)]
        tags = [0 if draw.random() < 0.4 else draw.randrange(1, 2**63) for _ in at]
        reads(said, "pharr", "queue_end", at, tags)
        reads(said, "pharr", "primary", [each + 15 * MINUTE for each in at], tags, "standard")
        reads(said, "ysleta", "queue_end", at, [draw.randrange(1, 2**63) for _ in at])
    with a_log(tmp_path, MONDAY + 12 * DAY) as (log, _):
        said.put(log)
        board = Board(log)
        (unreadable,), _ = row(log, ["wait-to-primary"], "pharr")
        assert unreadable.missing is not None
        assert unreadable.missing.code == "unreadable", "staff are told"
        (week,) = [each for each in board.publish() if each.period == "2026-W11"]
        assert {each.missing for each in week.figures} == {"not_known"}
        # As a week was recorded that was published before.
        for code in ("no_reads", "unreadable", "clocks", "no_truck", "no_exit"):
            assert codes_shown(board, code) == {"not_known"}


def codes_shown(board: Board, code: str) -> set[str]:
    """The codes that anyone is told of a week that was recorded with a code."""
    ((kept,),) = [each for each in board.published() if each[0].told.period == "2026-W11"]
    figures = tuple(msgspec.structs.replace(each, missing=code) for each in kept.told.figures)
    old = msgspec.structs.replace(kept, told=msgspec.structs.replace(kept.told, figures=figures))
    return {each.missing.code for each in published_shown([old]).figures if each.missing is not None}


def test_a_week_that_was_published_before_days_were_told_stays_as_it_was(tmp_path: Path) -> None:
    data = {
        "period": "2026-W11", "first": "2026-03-09", "last": "2026-03-15", "form": 2,
        "figures": [["world-trade", "wait-to-primary", 2, "0" * 64, None, 200, [["mean", 21_000, 19_000, 23_000]]],
                    ["", "wait-to-primary", 2, "0" * 64, None, 200, [["mean", 21_000, 19_000, 23_000]], ""]],
    }  # fmt: skip
    old = payload_of(ScoreboardPublished.TYPE, 2, data)
    assert isinstance(old, ScoreboardPublished)
    assert [(each.days, each.bridges, each.whole) for each in old.figures] == [(None, None, 200)] * 2
    with a_log(tmp_path, MONDAY + 12 * DAY) as (log, clock):
        at = clock.now
        said = new_event("w" * 23, old, "scoreboard/2026-W11", 1, occurred_at=at, recorded_at=at, actor="node")
        log.append([said])
        board = Board(log)
        ((kept,),) = board.published()
        assert kept.told == old
        board.save()
        (shown,) = [published_shown(own) for own in Board(log).published()]
        assert [(each.days, each.bridges) for each in shown.figures] == [(None, None)] * 2
        assert shown.figures[0].estimates[0].value == 21.0
        (week,) = feed_of(public_shown(board, LiveBridges(log, board.directory), at, "live", 4), board.measures).weeks
        assert [(each.days, each.whole) for each in week.values] == [(None, 200)] * 2
        assert week.form == 2
