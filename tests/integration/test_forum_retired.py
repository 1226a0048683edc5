"""Retiring ends that version alone and withdraws an adoption that has not begun; old logs mean what they meant."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from boards import Written, a_log, truck
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.event import new_event
from aforo.domain.forum import MeasureStaged
from aforo.flow.forum import KIND, Forum
from aforo.flow.scoreboard import Board
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.scoreboard.forum import ForumError
from aforo.scoreboard.shipped import definitions

NOON = datetime(2026, 12, 2, 12, tzinfo=ZoneInfo("America/Chicago"))
FIRST = definitions().documents[definitions().find("scan-rate", 1).hash]
SECOND = FIRST.replace(b"version = 1", b"version = 2").replace(b'["arrived"]', b'["examined"]')
THIRD = SECOND.replace(b"version = 2", b"version = 3")
YEAR, FEBRUARY, MARCH = date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)


def used(forum: Forum, day: date) -> int | None:
    """The version of the scan rate that is in use on a day."""
    own = {each.id: each.version for each in forum.definitions(day).in_use()}
    return own.get("scan-rate")


def course(forum: Forum) -> list[int | None]:
    """The versions in use at the end of the year, in January, in February and in March."""
    return [used(forum, day) for day in (date(2026, 12, 31), date(2027, 1, 15), date(2027, 2, 15), date(2027, 3, 15))]


def adopted(forum: Forum, document: bytes, since: date) -> None:
    version = forum.bring(document, "Ana").version
    forum.decide(f"scan-rate@{version}", "adopted", "Luis", since=since, reason="Agreed.")


def retired(forum: Forum, version: int, since: date | None = None) -> None:
    forum.decide(f"scan-rate@{version}", "retired", "Eva", since=since, reason="Wrong.")


def test_an_adoption_that_has_not_begun_is_withdrawn_by_retiring_it(tmp_path: Path) -> None:
    with a_log(tmp_path, NOON) as (log, clock):
        forum = Board(log).forum
        adopted(forum, SECOND, YEAR)
        assert course(forum) == [1, 2, 2, 2]
        retired(forum, 2)
        assert course(forum) == course(Board(log).forum) == [1, 1, 1, 1]
        assert [each.stage for each in forum.versions()] == ["retired"]
        with pytest.raises(ForumError) as again:
            retired(forum, 2)
        assert again.value.code == "not_in_use"
        # It can be proposed and adopted anew, and what begins before it is retired ends then.
        adopted(forum, SECOND, YEAR)
        retired(forum, 2, MARCH)
        assert course(forum) == [1, 2, 2, None]
        retired(forum, 2, FEBRUARY)
        assert course(forum) == [1, 2, None, None]
        retired(forum, 2)
        assert course(forum) == [1, 1, 1, 1]
        adopted(forum, SECOND, YEAR)
        clock.now += timedelta(days=30)
        retired(forum, 2)
        assert course(Board(log).forum) == [1, None, None, None], "what was in use on days that are over stays so"


@pytest.mark.parametrize("first", [True, False], ids=["retired before", "retired after"])
def test_retiring_a_version_ends_no_other(tmp_path: Path, first: bool) -> None:
    with a_log(tmp_path, NOON) as (log, _):
        forum = Board(log).forum
        if first:
            retired(forum, 1, FEBRUARY)
            assert course(forum) == [1, 1, None, None]
        adopted(forum, SECOND, YEAR)
        if not first:
            retired(forum, 1, FEBRUARY)
        assert course(forum) == course(Board(log).forum) == [1, 2, 2, 2]
        # Without the second the first ends when it was said to.
        retired(forum, 2)
        assert course(forum) == [1, 1, None, None]


def test_a_version_that_another_replaced_can_be_retired_and_adopted_anew(tmp_path: Path) -> None:
    with a_log(tmp_path, NOON) as (log, clock):
        forum = Board(log).forum
        adopted(forum, SECOND, date(2026, 12, 2))
        adopted(forum, THIRD, YEAR)
        clock.now += timedelta(days=35)
        assert course(forum) == [2, 3, 3, 3]
        retired(forum, 2)
        assert course(forum) == [2, 3, 3, 3]
        adopted(forum, SECOND, FEBRUARY)
        assert course(Board(log).forum) == [2, 3, 2, 2]


def _written(log: Log, at: datetime, stage: Any, version: int, number: int, since: date | None = None) -> None:
    """A step as a product before this one recorded it."""
    document = {1: FIRST, 2: SECOND, 3: THIRD}[version]
    log.artefacts.put(KIND, document)
    said = MeasureStaged("scan-rate", version, sha256(document).hexdigest(), stage, "", (), since, "As it was.")
    log.append([new_event(event_id(at), said, "measure/scan-rate", number, occurred_at=at, recorded_at=at, actor="x")])


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        # What ships is retired, at once or later, and another adopted after that.
        ([("retired", 1, None)], [None] * 4),
        ([("retired", 1, FEBRUARY)], [1, 1, None, None]),
        ([("retired", 1, None), ("proposed", 2, None), ("adopted", 2, FEBRUARY)], [None, None, 2, 2]),
        # One that was adopted is retired while it is in use, on the day on which it began or later.
        ([("proposed", 2, None), ("adopted", 2, None), ("retired", 2, None)], [None] * 4),
        ([("proposed", 2, None), ("adopted", 2, None), ("retired", 2, FEBRUARY)], [2, 2, None, None]),
        # What was only proposed, or a draft, was in use nowhere.
        ([("proposed", 2, None), ("retired", 2, None)], [1] * 4),
        ([("draft", 2, None), ("retired", 2, None)], [1] * 4),
        # Retired, and brought and adopted anew.
        (
            [("proposed", 2, None), ("adopted", 2, None), ("retired", 2, None), ("proposed", 2, None),
             ("adopted", 2, FEBRUARY)],
            [None, None, 2, 2],
        ),
        ([("retired", 1, None), ("proposed", 1, None), ("adopted", 1, MARCH)], [None, None, None, 1]),
    ],
)  # fmt: skip
def test_a_log_that_was_written_before_means_what_it_meant(
    tmp_path: Path, steps: list[tuple[str, int, date | None]], expected: list[int | None]
) -> None:
    with a_log(tmp_path, NOON) as (log, _):
        for number, (stage, version, since) in enumerate(steps, start=1):
            _written(log, NOON, stage, version, number, since)
        assert course(Board(log).forum) == expected


def test_at_the_terminal_an_adoption_is_withdrawn_and_the_measure_stays(tmp_path: Path) -> None:
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
    begins, ends = (f"{now + timedelta(days=days):%Y-%m-%d}" for days in (30, 60))

    def in_use() -> list[int]:
        listed = json.loads(run("definitions", "--on", f"{now + timedelta(days=75):%Y-%m-%d}", "--json"))
        return [each["version"] for each in listed if each["measure"] == "scan-rate" and each["in_use"]]

    run("propose", str(file), "--by", "Ana")
    run("adopt", "scan-rate@2", "--by", "Luis", "--reason", "Agreed.", "--from", begins)
    run("retire", "scan-rate@1", "--by", "Eva", "--reason", "The second is better.", "--from", ends)
    assert in_use() == [2]
    assert "not in use, retired" in run("retire", "scan-rate@2", "--by", "Eva", "--reason", "Wrong.", "--lang", "en")
    told = run("retire", "scan-rate@2", "--by", "Eva", "--reason", "Wrong.", "--lang", "es", code=2)
    assert "nada que retirar" in " ".join(told.split())
