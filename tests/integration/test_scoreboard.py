"""The scoreboard kept live from the log: the same figures as a recomputation from the raw events, whatever order and
however often it is stopped; late words and corrections count in their own day; what is unknown is missing, never
zero."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from boards import BRIDGES, Written, a_log, day_of_trucks, day_of_waits, decided, examined, filed, reads, truck

from aforo.domain.event import Arrived, Decided, Examined, Moved, Passed
from aforo.domain.units import PPB
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_events import behind
from aforo.log.store import Log
from aforo.measures.definition import Definitions
from aforo.measures.estimates import Measured, WhyMissing
from aforo.measures.waits import waits
from aforo.scoreboard.held import HELD
from aforo.scoreboard.official import Asked, Row, TooManyRowsError
from aforo.scoreboard.places import number_of
from aforo.scoreboard.responses import STAGE_OF
from aforo.scoreboard.shipped import definitions

#: Laredo's midnight.
MIDNIGHT = datetime(2026, 3, 2, tzinfo=ZoneInfo("America/Chicago"))
DAY = MIDNIGHT.date()
MEASURES = definitions().in_use()


def asked(by: str = "bridge day", days: int = 1, first: date = DAY, **more: Any) -> Asked:
    since = number_of(first)
    named: Any = frozenset(by.split())
    return Asked(list(more.pop("bridges", BRIDGES)), since, since + days - 1, named, **more)


def of(row: Row, measure: str) -> Measured:
    (found,) = [each for each in row.figures if each.measure == measure]
    return found


def missing(row: Row) -> WhyMissing:
    """Why a row has no wait to primary."""
    found = of(row, "wait-to-primary").missing
    assert found is not None
    return found


def rows(log: Log, wanted: Asked) -> list[Row]:
    return Board(log).rows(MEASURES, wanted)


def two_days(seed: int = 1) -> Written:
    said, draw = Written(), Random(seed)
    for bridge, share in (("world-trade", 0.3), ("pharr", 0.1), ("ysleta", 0.2)):
        for day in range(2):
            day_of_trucks(said, draw, MIDNIGHT + timedelta(days=day), bridge, 120, share)
    for day in range(2):
        day_of_waits(said, draw, MIDNIGHT + timedelta(days=day), "world-trade", 200, 30.0)
    return said


def recomputed(said: Written, day: date, bridge: str) -> dict[str, tuple[int, int]]:
    """Parts and wholes of the shares, from the raw events alone and in another way than the product's."""
    crossings: dict[str, dict[str, Any]] = {}
    for stream, payload, at, _ in sorted(said.events, key=lambda each: each[3]):
        if not stream.startswith("crossing/"):
            continue
        own = crossings.setdefault(stream, {"exams": {}})
        if isinstance(payload, Decided):
            own.update(bridge=payload.bridge, drawn=payload.control, sure=payload.propensity == PPB)
        elif isinstance(payload, Arrived | Passed):
            own.setdefault("at", at)
        elif isinstance(payload, Examined):
            own["exams"][payload.corrects or len(own["exams"])] = payload
    told: Counter[str] = Counter()
    for own in crossings.values():
        zone = ZoneInfo("America/Denver" if own["bridge"] == "ysleta" else "America/Chicago")
        if own["bridge"] != bridge or own["at"].astimezone(zone).date() != day:
            continue
        exams = list(own["exams"].values())
        found, order = any(e.outcome.violation for e in exams), any(e.outcome.by_override for e in exams)
        told["all"] += 1
        told["examined"] += bool(exams)
        told["scanned"] += any(e.carried_out == "scan" for e in exams)
        told["control"] += bool(exams) and own["drawn"]
        told["control found"] += found and own["drawn"]
        told["targeted"] += bool(exams) and own["sure"] and not order
        told["targeted found"] += found and own["sure"] and not order
    return {
        "scan-rate": (told["scanned"], told["all"]),
        "examination-rate": (told["examined"], told["all"]),
        "control-hit-rate": (told["control found"], told["control"]),
        "targeted-hit-rate": (told["targeted found"], told["targeted"]),
    }


def test_figures_are_those_of_a_recomputation_from_the_raw_events(tmp_path: Path) -> None:
    said = two_days()
    with a_log(tmp_path, MIDNIGHT + timedelta(days=4)) as (log, _):
        said.put(log)
        found = rows(log, asked(days=2))
        assert len(found) == len(BRIDGES) * 2
        for row in found:
            assert row.bridge is not None
            assert row.day is not None
            day = MIDNIGHT.date() + timedelta(days=row.day - number_of(MIDNIGHT.date()))
            for measure, (part, whole) in recomputed(said, day, row.bridge).items():
                own = of(row, measure)
                if whole:
                    assert (own.part, own.whole) == (part, whole), (row.bridge, day, measure)
                else:
                    assert (own.part, own.whole, own.estimates) == (None, None, ()), measure
                    assert own.missing is not None


def test_waits_are_those_of_the_trucks_in_whole_minutes(tmp_path: Path) -> None:
    said = Written()
    trucks = day_of_waits(said, Random(3), MIDNIGHT, "world-trade", 400, 30.0)
    with a_log(tmp_path, MIDNIGHT + timedelta(days=4)) as (log, _):
        said.put(log)
        (row,) = Board(log).rows([*MEASURES, definitions().find("wait-to-primary", 1)], asked(bridges=["world-trade"]))
        *_, own = row.figures
        expected = waits([float(np.floor(m + 0.5)) for _, m, _ in trucks])
        assert expected is not None
        assert own.whole == expected.trucks == 400
        told = {each.name: each for each in own.estimates}
        assert told["mean"].value == pytest.approx(expected.mean)
        assert (told["p50"].value, told["p50"].low) == (expected.p50.value, expected.p50.low)
        assert expected.p95 is not None
        assert (told["p95"].value, told["p95"].high) == (expected.p95.value, expected.p95.high)
        assert told["buffer_index"].value == pytest.approx(expected.buffer_index)
        index = told["buffer_index"]
        assert index.low is not None
        assert index.value is not None
        assert index.high is not None
        assert index.low < index.value < index.high
        second = {each.name: each for each in row.figures[0].estimates}
        assert second["p95"].value == told["p95"].value
        assert second["buffer_index"].low > index.low  # type: ignore[operator]
        assert second["buffer_index"].high < index.high  # type: ignore[operator]
        crossing = of(row, "crossing-time")
        assert crossing.whole is not None
        assert 350 < crossing.whole <= 400  # those that left after midnight are the next day's
        fast = rows(log, asked("lane", bridges=["world-trade"], lane="fast"))
        assert fast == []  # no crossing was counted, so no row is told apart by lane
        (narrowed,) = rows(log, asked("bridge", bridges=["world-trade"], lane="fast"))
        assert of(narrowed, "wait-to-primary").whole == sum(lane == "fast" for _, _, lane in trucks)


@pytest.mark.parametrize("batch", [1, 7, 10_000])
def test_it_goes_on_where_it_was_stopped_and_does_not_depend_on_how_much_is_read_at_once(
    tmp_path: Path, batch: int
) -> None:
    said = two_days()
    with a_log(tmp_path, MIDNIGHT + timedelta(days=4)) as (log, _):
        said.put(log)
        whole = rows(log, asked("bridge day lane programme", days=2))
        board = Board(log)
        events = log.read(limit=100_000)
        for first in range(0, len(events) // 2, batch):
            board._state.apply(events[first : first + batch])
        middle = len(range(0, len(events) // 2, batch)) * batch
        half = board._state.dump()
        anew = Board(log)
        anew._state.load(half)
        assert anew._state.dump() == half
        anew._state.apply(events[middle:])
        anew._follower._cursor = log.position()
        assert anew.rows(MEASURES, asked("bridge day lane programme", days=2)) == whole


def test_equal_inputs_in_another_order_give_equal_figures(tmp_path: Path) -> None:
    said, other = two_days(), Written()
    draw = Random(9)
    streams: dict[str, int] = {}
    for stream, payload, at, recorded in said.events:
        late = streams.setdefault(stream, draw.randrange(6 * 3_600))  # each stream keeps its own order
        other.events.append((stream, payload, at, recorded + timedelta(seconds=late)))
    now = MIDNIGHT + timedelta(days=5)
    with a_log(tmp_path / "one", now) as (one, _), a_log(tmp_path / "other", now) as (another, _):
        said.put(one)
        other.put(another)
        assert rows(one, asked(days=2)) == rows(another, asked(days=2))


def test_a_correction_weeks_later_counts_in_its_own_day(tmp_path: Path) -> None:
    said = Written()
    truck(said, "C-1", MIDNIGHT + timedelta(hours=9), "world-trade", hand=True, targeted=True, found=False)
    truck(said, "C-2", MIDNIGHT + timedelta(hours=9), "world-trade")
    with a_log(tmp_path, MIDNIGHT + timedelta(days=30)) as (log, _):
        made = said.put(log)
        board = Board(log)
        (before,) = board.rows(MEASURES, asked(bridges=["world-trade"]))
        assert (of(before, "targeted-hit-rate").part, of(before, "targeted-hit-rate").whole) == (0, 1)
        (first,) = [each for each in made if each.type == Examined.TYPE]
        anew = Written([("crossing/C-1", examined("C-1", first.occurred_at, True, first.event_id), first.occurred_at,
                         MIDNIGHT + timedelta(days=29))])  # fmt: skip
        for each in (board, Board(log)):  # one that has the crossing in mind, and one that reads it back
            if each is board:
                stream, payload, at, recorded = anew.events[0]
                version = log.versions([stream])[stream] + 1
                from aforo.domain.event import new_event

                log.append([new_event("x" * 23, payload, stream, version, occurred_at=at, recorded_at=recorded,
                                      actor="tester")])  # fmt: skip
            (row,) = each.rows(MEASURES, asked(bridges=["world-trade"]))
            assert (of(row, "targeted-hit-rate").part, of(row, "targeted-hit-rate").whole) == (1, 1)


def test_a_crossing_that_became_part_of_another_and_one_without_a_bridge_are_not_counted(tmp_path: Path) -> None:
    said = Written()
    truck(said, "C-1", MIDNIGHT + timedelta(hours=9), "world-trade")
    truck(said, "C-2", MIDNIGHT + timedelta(hours=9), "world-trade")
    said.say("crossing/C-2", Moved("C-1"), MIDNIGHT + timedelta(hours=12))
    said.say("crossing/C-3", filed(port="2304", bridge=None), MIDNIGHT + timedelta(hours=1))
    said.say("crossing/C-3", decided(), MIDNIGHT + timedelta(hours=2))
    said.say("crossing/C-3", Passed(0, "2304", "2026-03-02"), MIDNIGHT + timedelta(hours=3))
    with a_log(tmp_path, MIDNIGHT + timedelta(days=2)) as (log, _):
        said.put(log)
        board = Board(log)
        (row,) = board.rows(MEASURES, asked(bridges=["world-trade"]))
        assert of(row, "scan-rate").whole == 1
        assert board.unplaced == 1  # Laredo has two bridges, and nobody said which


def test_what_is_not_known_is_missing_with_the_reason(tmp_path: Path) -> None:
    said = Written()
    truck(said, "C-1", MIDNIGHT + timedelta(hours=9), "world-trade")
    noon = MIDNIGHT + timedelta(hours=12)
    minutes = [noon + timedelta(minutes=n) for n in range(60)]
    reads(said, "pharr", "queue_end", minutes, [0] * 30 + list(range(1, 31)))
    reads(said, "pharr", "primary", [at + timedelta(minutes=20) for at in minutes], list(range(1, 61)))
    reads(said, "colombia", "bridge", minutes, list(range(60)))
    reads(said, "colombia", "primary", [at + timedelta(minutes=20) for at in minutes], list(range(60)))
    with a_log(tmp_path, MIDNIGHT + timedelta(days=3)) as (log, _):
        said.put(log)
        (colombia,) = rows(log, asked("bridge", bridges=["colombia"]))
        assert of(colombia, "wait-to-primary").missing is None
        assert of(colombia, "crossing-time").missing.code == "no_exit"  # type: ignore[union-attr]
        world_trade, pharr = rows(log, asked("bridge", bridges=["world-trade", "pharr"]))
        reasons = {
            each.measure: each.missing.code for row in (world_trade,) for each in row.figures if each.missing
        }  # fmt: skip
        assert reasons == {
            "wait-to-primary": "no_reads", "crossing-time": "no_reads", "control-hit-rate": "none_drawn",
            "targeted-hit-rate": "none_counted",
            **dict.fromkeys(("time-to-owner", "time-to-contact", "time-to-scene"), "not_by_bridge"),
            **dict.fromkeys(("time-to-examination", "examination-time"), "none_released"),
            "joint-examination-share": "none_counted", "trusted-examination-ratio": "none_counted",
            "conveyance-scan-rate": "no_scan", "reader-read-rate": "no_reads", "custody-continuity": "no_trip",
            **dict.fromkeys(("scanner-availability", "scanner-utilisation"), "no_scanner"),
        }  # fmt: skip
        assert missing(pharr).code == "unreadable"
        (by_programme,) = rows(log, asked("programme", bridges=["world-trade"]))
        assert missing(by_programme).code == "not_by_programme"
        assert missing(by_programme).text.es


def test_readings_that_come_after_their_day_is_settled_are_told_as_late(tmp_path: Path) -> None:
    said = Written()
    day_of_waits(said, Random(5), MIDNIGHT, "world-trade", 100, 20.0)
    before = len(said.events)
    day_of_waits(said, Random(6), MIDNIGHT, "world-trade", 100, 20.0)
    late = [(s, p, at, at + timedelta(days=3)) for s, p, at, _ in said.events[before:]]
    with a_log(tmp_path, MIDNIGHT + timedelta(days=6)) as (log, _):
        Written(said.events[:before] + late).put(log)
        board = Board(log)
        (row,) = board.rows(MEASURES, asked(bridges=["world-trade"]))
        assert of(row, "wait-to-primary").whole == 100
        assert board._state.days["world-trade"][number_of(MIDNIGHT.date())].late > 0
        assert not row.provisional


def test_what_is_behind_a_figure_is_what_it_counts_and_page_by_page(tmp_path: Path) -> None:
    said = two_days()
    with a_log(tmp_path, MIDNIGHT + timedelta(days=4)) as (log, _):
        said.put(log)
        board, wanted = Board(log), asked(bridges=["world-trade"], days=1)
        (row,) = board.rows(MEASURES, wanted)
        for measure in MEASURES:
            own, found, after = of(row, measure.id), [], 0
            while True:
                page = behind(board, measure, wanted, after, 17)
                found += page.behind
                if page.next is None:
                    break
                assert page.next > after
                after = page.next
            if own.missing is not None and not found:
                continue
            if measure.kind in ("share", "control_share"):
                counted = Counter(each.counted_in for each in found)
                assert (counted["numerator"], counted["numerator"] + counted["denominator"]) == (own.part, own.whole)
                assert counted["left_out"] == own.left_out
                assert len({each.crossing_id for each in found}) == len(found)
            elif measure.between in STAGE_OF:
                assert found == []
            elif measure.between in HELD:
                assert Counter(each.counted_in for each in found)["numerator"] == (own.whole or 0)
            elif measure.kind == "times":
                assert {each.place for each in found} == {"queue_end", "primary", "exit"}


def test_old_versions_stay_computable_beside_new_ones(tmp_path: Path) -> None:
    shipped = definitions()
    (own,) = [each for each in MEASURES if each.id == "scan-rate"]
    second = shipped.documents[own.hash].replace(b"version = 1", b"version = 2")
    second = second.replace(b'denominator = ["arrived"]', b'denominator = ["examined"]')
    both = Definitions((*shipped.documents.values(), second))
    said = two_days()
    with a_log(tmp_path, MIDNIGHT + timedelta(days=4)) as (log, _):
        said.put(log)
        board = Board(log, both)
        measures = [both.find("scan-rate", 1), both.find("scan-rate")]
        (row,) = board.rows(measures, asked("bridge", bridges=["pharr"]))
        first, now = row.figures
        assert (first.version, now.version) == (1, 2)
        assert first.document == own.hash != now.document
        assert first.part == now.part
        assert (now.whole or 0) < (first.whole or 0)


def test_the_bridges_of_a_port_are_told_together_as_all_bridges_are(tmp_path: Path) -> None:
    said = two_days()
    day_of_trucks(said, Random(9), MIDNIGHT, "colombia", 80, 0.5)
    day_of_waits(said, Random(10), MIDNIGHT, "colombia", 100, 50.0)
    with a_log(tmp_path, MIDNIGHT + timedelta(days=4)) as (log, _):
        said.put(log)
        board = Board(log)
        laredo = board.places.by_port["2304"]
        assert {"world-trade", "colombia"} <= set(laredo)
        by_port = {row.port: row for row in board.rows(MEASURES, asked("port", bridges=list(board.places.zones)))}
        assert by_port.keys() == board.places.by_port.keys()
        own = by_port["2304"]
        assert (own.bridge, own.day, own.lane) == (None, None, None)
        (together,) = board.rows(MEASURES, asked("", bridges=laredo))
        assert (own.figures, own.compared) == (together.figures, together.compared)
        assert of(own, "wait-to-primary").whole == 300
        apart = board.rows(MEASURES, asked("port bridge", bridges=laredo))
        assert [(row.port, row.bridge) for row in apart] == [("2304", bridge) for bridge in laredo]
        assert sum(of(row, "scan-rate").whole or 0 for row in apart) == of(own, "scan-rate").whole == 200
        lanes = board.rows(MEASURES, asked("port lane", bridges=laredo))
        assert sum(of(row, "scan-rate").whole or 0 for row in lanes) == 200
        assert {row.port for row in lanes} == {"2304"}
        (part,) = board.rows(MEASURES, asked("port", bridges=["colombia"]))
        assert (part.port, of(part, "scan-rate").whole) == ("2304", 80)


def test_an_answer_has_a_bounded_number_of_rows(tmp_path: Path) -> None:
    with a_log(tmp_path, MIDNIGHT) as (log, _), pytest.raises(TooManyRowsError):
        Board(log).rows(MEASURES, asked(days=1_000))
