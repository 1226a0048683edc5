"""The forum of measures: who may take which step, which version is in use when, and what is published by it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from boards import Clock, Written, a_log, day_of_waits, truck
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.clock import instant
from aforo.domain.forum import MeasureStage
from aforo.flow.counts_compared import counts_compared
from aforo.flow.forum import Forum
from aforo.flow.forum_differs import counts_and_log
from aforo.flow.scoreboard import Board
from aforo.intake import bts
from aforo.log.store import Log
from aforo.measures.definition import DefinitionError, kept
from aforo.scoreboard.forum import ForumError
from aforo.scoreboard.official import Asked
from aforo.scoreboard.places import number_of
from aforo.scoreboard.shipped import definitions

MIDNIGHT = datetime(2026, 3, 2, tzinfo=ZoneInfo("America/Chicago"))
FIRST = definitions().documents[definitions().find("scan-rate", 1).hash]
SECOND = FIRST.replace(b"version = 1", b"version = 2").replace(b'["arrived"]', b'["examined"]')


def refused(forum: Forum, code: str, stage: str, by: str, **more: object) -> str:
    with pytest.raises(ForumError) as why:
        forum.decide(code, stage, by, **({"reason": "Because."} | more))  # type: ignore[arg-type]
    assert why.value.text.en != why.value.text.es
    return why.value.code


def later(clock: Clock, days: int) -> date:
    clock.now += timedelta(days=days)
    return clock.now.date()


def test_a_version_is_in_use_from_its_day_once_another_person_adopted_it(tmp_path: Path) -> None:
    with a_log(tmp_path, MIDNIGHT + timedelta(hours=20)) as (log, clock):
        board = Board(log)
        assert board.measures.find("scan-rate").version == 1
        board.forum.bring(SECOND, "Ana", reason="Only what was examined.")
        assert board.measures.find("scan-rate").version == 1, "what is proposed is not in use"
        assert board.measures.find("scan-rate", 2).version == 2, "and can be computed"
        assert refused(board.forum, "scan-rate@2", "adopted", " ana ") == "same_person"
        assert refused(board.forum, "scan-rate@2", "adopted", "Luis", reason=" ") == "reason"
        assert refused(board.forum, "scan-rate@2", "adopted", "Luis", since=date(2026, 3, 1)) == "past"
        since = clock.now.date() + timedelta(days=3)
        board.forum.decide("scan-rate@2", "adopted", "Luis", since=since, reason="Agreed.")
        assert board.measures.find("scan-rate").version == 1, "its day has not come"
        assert refused(board.forum, "scan-rate@2", "adopted", "Eva") == "not_proposed"
        later(clock, 4)
        for each in (board, Board(log)):
            assert each.measures.find("scan-rate").version == 2
            assert each.measures_on(number_of(since) - 1).find("scan-rate").version == 1
            assert each.measures_on(number_of(since)).find("scan-rate").version == 2
        with pytest.raises(ForumError):
            board.forum.bring(SECOND, "Eva")


def test_both_sides_have_to_agree_where_the_proposal_names_them(tmp_path: Path) -> None:
    with a_log(tmp_path, MIDNIGHT + timedelta(hours=20)) as (log, _):
        forum = Board(log).forum
        with pytest.raises(ForumError) as none:
            forum.bring(SECOND, "Ana", side="us", sides=("mx", "ca"))
        assert none.value.code == "no_side"
        forum.bring(SECOND, "Ana", stage="draft")
        assert refused(forum, "scan-rate@2", "adopted", "Luis") == "not_proposed"
        forum.bring(SECOND, "Ana", side="us", sides=("us", "mx", "town"))
        forum.decide("scan-rate@2", "adopted", "Luis", side="mx", reason="Agreed.")
        (own,) = forum.versions()
        assert (own.stage, own.waits_for) == ("proposed", ("town",))
        assert forum.definitions().find("scan-rate").version == 1
        assert refused(forum, "scan-rate@2", "adopted", "Eva", side="mx") == "side_agreed"
        assert refused(forum, "scan-rate@2", "adopted", "Luis", side="town") == "same_person"
        forum.decide("scan-rate@2", "adopted", "Eva", side="town", reason="Agreed.")
        assert (own.stage, forum.definitions().find("scan-rate").version) == ("adopted", 2)
        assert [(step.stage, step.by, step.side) for step in own.steps][-1] == ("adopted", "Eva", "town")


def test_what_is_retired_is_published_no_more_and_can_be_computed(tmp_path: Path) -> None:
    monday = MIDNIGHT - timedelta(days=0)
    said = Written()
    from random import Random

    for day in range(15):
        day_of_waits(said, Random(day), monday + timedelta(days=day), "world-trade", 40, 20.0)
    with a_log(tmp_path, monday + timedelta(days=9, hours=12)) as (log, clock):
        said.put(log)
        board = Board(log)
        (week, *_) = [each for each in board.publish() if each.period == "2026-W10"]
        assert {(each.measure, each.version) for each in week.figures} == {("wait-to-primary", 3)}
        board.forum.decide("wait-to-primary@3", "retired", "Ana", reason="Both readers were moved.")
        assert "wait-to-primary" not in {each.id for each in board.measures.in_use()}
        with pytest.raises(DefinitionError, match="retired"):
            board.measures.find("wait-to-primary")
        own = board.figure(board.measures.find("wait-to-primary", 1), ["world-trade"], [number_of(MIDNIGHT.date())])
        assert own.estimates
        assert refused(board.forum, "wait-to-primary@3", "retired", "Luis") == "not_in_use"
        later(clock, 7)
        (next_week,) = [each for each in board.publish() if each.period == "2026-W11"]
        assert next_week.figures == ()
        # The older version comes back by being proposed and adopted, like any other.
        first = definitions().documents[definitions().find("wait-to-primary", 1).hash]
        board.forum.bring(first, "Ana")
        board.forum.decide("wait-to-primary@1", "adopted", "Luis", reason="As before.")
        assert board.measures.find("wait-to-primary").version == 1


def test_a_name_stands_for_one_document(tmp_path: Path) -> None:
    with a_log(tmp_path, MIDNIGHT) as (log, _):
        forum = Board(log).forum
        with pytest.raises(ForumError) as other:
            forum.bring(FIRST.replace(b'["arrived"]', b'["examined"]'), "Ana")
        assert other.value.code == "taken"
        with pytest.raises(ForumError) as used:
            forum.bring(FIRST, "Ana")
        assert used.value.code == "in_use"
        with pytest.raises(ForumError):
            forum.decide("scan-rate@x", "adopted", "Ana")
        with pytest.raises(DefinitionError):
            forum.decide("nothing@1", "adopted", "Ana")
        forum.decide("incidents@1", "retired", "Ana", reason="They are told elsewhere.")
        assert "incidents" not in {each.id for each in Board(log).measures.in_use()}


JOINT = definitions().documents[definitions().find("joint-examination-share").hash]
PUBLIC = JOINT.replace(b"version = 1", b"version = 2").replace(b'public = "none"', b'public = "border_quarter"')


def test_what_was_never_tried_is_not_brought_as_public_nor_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_log(tmp_path, MIDNIGHT + timedelta(hours=20)) as (log, _):
        forum = Board(log).forum
        stages: tuple[MeasureStage, ...] = ("draft", "proposed")
        for stage in stages:
            with pytest.raises(DefinitionError) as refused:
                forum.bring(PUBLIC, "Ana", stage=stage)
            assert refused.value.code == "measure.public"
        assert forum.versions() == []
        # A log in which a product before this one accepted it opens, and nothing is published by that document.
        monkeypatch.setattr("aforo.flow.forum.parse", kept)
        forum.bring(PUBLIC, "Ana")
        forum.decide("joint-examination-share@2", "adopted", "Luis", reason="Agreed.")
        own = Board(log).measures.find("joint-examination-share")
        assert (own.version, own.public) == (2, "none")


def test_the_steps_are_taken_at_the_terminal(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with a_log(tmp_path, now) as (log, _):
        said = Written()
        truck(said, "C-1", now - timedelta(hours=9), "pharr")
        said.put(log)
    where = ["--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}"]

    def run(*words: str, code: int = 0) -> str:
        told = CliRunner().invoke(complete_app(), ["measure", *words, *where])
        assert told.exit_code == code, told.output
        return told.output

    file = tmp_path / "scan-rate.2.toml"
    file.write_bytes(SECOND)
    assert "waits for mx" in run("propose", str(file), "--by", "Ana", "--side", "us", "--with", "mx")
    run("adopt", "scan-rate@2", "--by", "Ana", "--side", "mx", "--reason", "Agreed.", code=2)
    done = run("adopt", "scan-rate@2", "--by", "Luis", "--side", "mx", "--reason", "Agreed.", "--json")
    assert json.loads(done)["in_use"] is True
    listed = {(each["measure"], each["version"]): each for each in json.loads(run("definitions", "--json"))}
    assert [listed["scan-rate", n]["in_use"] for n in (1, 2)] == [False, True]
    assert [step["by"] for step in listed["scan-rate", 2]["steps"]] == ["Ana", "Luis"]
    assert "scan-rate@2: not in use, retired" in run("retire", "scan-rate@2", "--by", "Eva", "--reason", "Wrong.")
    assert "en uso" in run("definitions", "--lang", "es")
    file.write_bytes(b"id = ")
    run("propose", str(file), "--by", "Ana", code=2)
    file.write_bytes(PUBLIC)
    assert "border_quarter" in run("propose", str(file), "--by", "Ana", code=2)


def _compared(log: Log) -> list[object]:
    days = number_of(MIDNIGHT.date())
    asked = Asked(["world-trade"], days, days, frozenset())
    (row,) = Board(log).rows(definitions().in_use(), asked)
    return list(row.compared)


def test_sources_that_speak_of_one_figure_stand_together_with_the_difference(tmp_path: Path) -> None:
    from random import Random

    from aforo.domain.bridge import PublishedLaneWait, WaitsPublished

    said = Written()
    day_of_waits(said, Random(2), MIDNIGHT, "world-trade", 300, 20.0)
    for hour, minutes in ((8, 40), (12, None), (16, 50)):
        feed = WaitsPublished("cbp-bwt", (PublishedLaneWait("standard", minutes),))
        said.say("port/world-trade", feed, MIDNIGHT + timedelta(hours=hour))
    with a_log(tmp_path, MIDNIGHT + timedelta(days=3)) as (log, _):
        said.put(log)
        (wait,) = _compared(log)
        first, other = wait.told  # type: ignore[attr-defined]
        assert (first.source, first.count) == ("readings", 300)
        assert (other.source, other.value, other.count) == ("cbp-bwt", 45.0, 2)
        assert other.at == MIDNIGHT + timedelta(hours=16)
        assert other.less == pytest.approx(45.0 - first.value)
        assert other.apart is True
        assert wait.words.es  # type: ignore[attr-defined]


def test_months_of_the_log_stand_beside_the_published_counts(tmp_path: Path) -> None:
    said = Written()
    for number in range(62):  # two days of April are heard of, and of Laredo but one day in two
        truck(said, f"C-{number}", MIDNIGHT - timedelta(days=30) + timedelta(days=number, hours=12), "pharr")
        if number % 2:
            truck(said, f"L-{number}", MIDNIGHT - timedelta(days=30) + timedelta(days=number, hours=12), "colombia")
    table = (
        "Port Name,Port Code,Border,Date,Measure,Value\n"
        "Hidalgo,2305,US-Mexico Border,Mar 2026,Trucks,61\nHidalgo,2305,US-Mexico Border,Jan 2026,Trucks,9\n"
        "Laredo,2304,US-Mexico Border,Mar 2026,Trucks,200000\nHidalgo,2305,US-Mexico Border,Apr 2026,Trucks,70\n"
    )
    with a_log(tmp_path, MIDNIGHT + timedelta(days=35)) as (log, _):
        said.put(log)
        frame = bts.read(table.encode()).frame
        (own,) = counts_compared(Board(log), frame)
        # The report holds the same months against each other, of whatever time it is.
        (same,) = counts_and_log(Board(log), frame, date(2026, 1, 1), date(2026, 6, 1))
        assert (same.when, same.one, same.other) == ("2026-03", 31, 61)
        assert (own.port, own.month) == ("2305", "2026-03")
        log_said, published = own.compared.told
        assert (log_said.value, published.value, published.less) == (31.0, 61.0, 30.0)


def test_a_month_is_whole_when_its_last_day_is_over_at_the_bridges(tmp_path: Path) -> None:
    table = "Port Name,Port Code,Border,Date,Measure,Value\nHidalgo,2305,US-Mexico Border,Mar 2026,Trucks,61\n"
    frame = bts.read(table.encode()).frame
    said = Written()
    for number in range(62):
        truck(said, f"C-{number}", MIDNIGHT - timedelta(days=30) + timedelta(days=number, hours=12), "pharr")
    said.events = [each for each in said.events if each[3] < datetime(2026, 3, 31, 23, 59, tzinfo=UTC)]
    with a_log(tmp_path, datetime(2026, 4, 2, tzinfo=UTC)) as (log, _):
        said.put(log)
        late = Written()
        truck(late, "LATE", datetime(2026, 3, 31, 23, 30, tzinfo=UTC), "pharr")
        late.events = [(*each[:3], datetime(2026, 4, 1, 0, 30, tzinfo=UTC)) for each in late.events]
        late.put(log)
        assert instant(Board(log).kept()[1]) == datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
        assert counts_compared(Board(log), frame) == [], "it is the last of March at Pharr until five"
        assert counts_and_log(Board(log), frame, date(2026, 1, 1), date(2026, 6, 1)) == ()
        over = Written()
        truck(over, "OVER", datetime(2026, 4, 1, 5, 30, tzinfo=UTC), "pharr")
        over.put(log)
        assert [each.month for each in counts_compared(Board(log), frame)] == ["2026-03"]


def test_the_counts_are_compared_at_the_terminal_and_nothing_to_compare_is_said(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    last = now.replace(day=1) - timedelta(days=1)
    said = Written()
    for days in range(1, 70):
        truck(said, f"C-{days}", (now - timedelta(days=days)).replace(hour=18), "pharr")
    with a_log(tmp_path, now) as (log, _):
        said.put(log)
    table = tmp_path / "bts.csv"
    head = "Port Name,Port Code,Border,Date,Measure,Value\n"
    table.write_text(f"{head}Hidalgo,2305,US-Mexico Border,{last:%b %Y},Trucks,99\n", encoding="utf-8")
    where = ["--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}"]
    told = CliRunner().invoke(complete_app(), ["measure", "counts", str(table), "--json", *where])
    assert told.exit_code == 0, told.output
    (own,) = json.loads(told.stdout)["counts"]
    assert own["compared"]["told"][1]["less"] == 99 - last.day
    shown = CliRunner().invoke(complete_app(), ["measure", "counts", str(table), "--lang", "es", *where])
    assert "este registro" in shown.stdout
    kept = ["--data", str(tmp_path / "kept")]
    newest = ["measure", "counts", *kept, *where, "--lang", "en"]
    none = CliRunner().invoke(complete_app(), newest)
    assert (none.exit_code, "There is no copy of bts" in none.output) == (2, True)
    CliRunner().invoke(complete_app(), ["data", "get", "bts", "--file", str(table), *kept])
    taken = CliRunner().invoke(complete_app(), newest)
    assert (taken.exit_code, "this log" in taken.stdout) == (0, True), taken.output
    wrong = f"Hidalgo,2305,US-Mexico Border,{last:%b %Y},Trucks,many\n"
    table.write_text(table.read_text() + wrong, encoding="utf-8")
    refused = CliRunner().invoke(complete_app(), ["measure", "counts", str(table), "--lang", "en", *where])
    assert (refused.exit_code, "refused (line 3): many is no count" in refused.stdout) == (1, True), refused.output
    machine = CliRunner().invoke(complete_app(), ["measure", "counts", str(table), "--json", *where])
    assert (machine.exit_code, len(json.loads(machine.stdout)["counts"])) == (1, 1)
    assert "many" in machine.stderr
    for empty, why in (("", "the file is no table"), (head, "holds no counts of trucks")):
        table.write_text(empty, encoding="utf-8")
        told = CliRunner().invoke(complete_app(), ["measure", "counts", str(table), "--lang", "en", *where])
        assert (told.exit_code, why in told.output) == (1, True), told.output
        assert "no whole month" not in told.output
