"""Several servers on one PostgreSQL log decide as one does; a log in a file is served by one process."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import textwrap
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import msgspec
import polars as pl
import pytest
from journeys import Learnt, Post, decisions, file, truck
from listening import listening
from priced import book, put_in_force
from programs import program
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.clock import microseconds
from aforo.domain.event import Decided, Event, Passed, new_event
from aforo.exams.outcomes import Report
from aforo.flow.bridge_state import BridgeStates
from aforo.flow.reports import report
from aforo.log.database import ServedError
from aforo.log.databases import database
from aforo.log.decision_lock import DecisionLockedError
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.ports.standing import BridgeLoad

ACTS, PAIRS, SEED = 300, 20, 7


def with_prices(log: Log) -> None:
    put_in_force(log, book())


@pytest.mark.parametrize("priced", [False, True], ids=["rate", "prices"])
def test_two_servers_in_turns_decide_as_one_does(
    learnt: Learnt, postgres_url: str, tmp_path: Path, priced: bool
) -> None:
    trial = program("two_servers")
    one, two, pairs = trial.compared(
        tmp_path, learnt.keys, learnt.folder, postgres_url, ACTS, PAIRS, SEED,
        with_prices if priced else trial.untouched,
    )  # fmt: skip
    assert all(one.kinds[kind] for kind in ("amend", "cancel", "find", "correct", "override", "file again", "arrive"))
    assert two.decided == one.decided
    assert two.told == one.told
    assert any(any(each) for each in one.told)
    made = [decision for _, _, kind, decision in one.decided if kind == Decided.TYPE]
    assert any(b'"passages":1' in each for each in made)
    assert any(b'"routing"' in each for each in made) == priced
    assert pairs == Counter({1: PAIRS})


def run(*arguments: str) -> tuple[int, str]:
    clean = {"LANG": "C", "LC_ALL": "C", "COLUMNS": "200", "AFORO_KEYS": ""}
    made = CliRunner().invoke(complete_app(), list(arguments), env=clean)
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.output


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def csv_of(path: Path, *rows: dict[str, object]) -> str:
    pl.DataFrame(list(rows)).write_csv(path)
    return str(path)


def test_a_second_process_that_decides_on_a_log_in_a_file_is_refused_and_readers_are_not(
    post: Post, tmp_path: Path
) -> None:
    declarations, inbox = csv_of(tmp_path / "day.csv", truck("A1")), tmp_path / "inbox"
    inbox.mkdir()
    place = ("--store", post.store, "-m", str(post.model))
    refused = (
        ("serve", *place, "--port", str(free_port())),
        ("screen", declarations, *place, "-o", str(tmp_path / "selection")),
        ("watch", str(inbox), *place, "--any-carrier", "--once"),
    )
    with post.node() as node:
        file(node, truck("A0"))
        with node.log.database.serve(alone=False):
            for command in refused:
                for language, sentence in (("en", "another process serves this log"), ("es", "otro proceso atiende")):
                    code, told = run(*command, "--lang", language)
                    assert (code, sentence in " ".join(told.split())) == (1, True), told
            for command in (("log", "verify"), ("replay", "A0"), ("backup", "-o", str(tmp_path / "copy"))):
                code, told = run(*command, "--store", post.store)
                assert code == 0, told
    code, told = run(*refused[1])
    assert code == 0, told


def test_a_log_whose_server_was_killed_is_served_at_once(post: Post) -> None:
    with post.log() as log:
        program = f"""
            from aforo.log.databases import database
            with database({post.settings.store!r}).serve(alone=False):
                print("serves", flush=True)
                input()
        """
        holder = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"serves\n"
        with pytest.raises(ServedError), log.database.serve(alone=False):
            raise AssertionError("it is served by another process")
        holder.kill()
        holder.communicate()
        with log.database.serve(alone=False):
            pass


def test_what_a_command_reports_beside_a_server_is_known_to_the_servers_next_decision(
    post: Post, tmp_path: Path
) -> None:
    with listening(post) as made:
        sent = [made.carrier().post("/v1/filings", json=truck(own, tractor_id="TR-1")) for own in ("B1",)]
        passed = csv_of(
            tmp_path / "passed.csv", {"declaration_id": "B1", "examined": 1, "outcome": 1, "threat": "contraband"}
        )
        code, told = run("outcomes", passed, "--store", post.store, "-m", str(post.model))
        assert code == 0, told
        sent += [made.carrier().post("/v1/filings", json=truck(own, tractor_id="TR-1")) for own in ("B2",)]
        assert [each.status_code for each in sent] == [200, 200]
        assert made.desk.node is not None
        own = made.desk.node.memory.dump()
    with post.node() as node:  # made from the log
        first, second = decisions(node.log)
        assert (first.passages, second.passages) == (0, 1)
        assert node.memory.dump() == own


def test_on_a_server_several_serve_and_what_decides_alone_is_refused_beside_them(postgres_url: str) -> None:
    first, second = database(postgres_url), database(postgres_url)
    with closing(first), closing(second):
        with first.serve(alone=False), second.serve(alone=False), pytest.raises(ServedError), second.serve(alone=True):
            raise AssertionError("others serve it")
        with first.serve(alone=True), pytest.raises(ServedError), second.serve(alone=False):
            raise AssertionError("another decides on it alone")
        with second.serve(alone=False):
            pass


def test_answers_are_delivered_by_one_server_and_by_another_when_that_one_has_ended(postgres_url: str) -> None:
    first, second = database(postgres_url), database(postgres_url)
    with closing(first), closing(second):
        one, other = first.duty(), second.duty()
        assert (one.is_ours(), other.is_ours(), one.is_ours()) == (True, False, True)
        one.close()
        # The server ends the session, and with it the lock, a moment after the connection was closed.
        end = time.monotonic() + 30
        while not other.is_ours():
            assert time.monotonic() < end
            time.sleep(0.01)
        other.close()


def a_passage(log: Log) -> Event:
    at = log.clock()
    passed = Passed(1, "b", "2024-03-20")
    return new_event(event_id(at), passed, "crossing/A", 1, occurred_at=at, recorded_at=at, actor="tester")


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_who_waits_too_long_for_the_decision_lock_is_told_and_nothing_is_recorded(
    store: str, post: Post, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = post.settings.store if store == "sqlite" else request.getfixturevalue("postgres_url")
    for module in ("sqlite_locks", "postgres_locks"):
        monkeypatch.setattr(f"aforo.log.{module}.PATIENCE_S", 0.2)
    with closing(KeyStore(post.settings.keys)) as keys, Log.open(url, keys) as log, Log.open(url, keys) as other:
        event = a_passage(log)
        with log.database.decisions.hold():
            with ThreadPoolExecutor(1) as thread, pytest.raises(DecisionLockedError):
                thread.submit(other.append, [event]).result()
            log.append([event])
        assert other.position() == 1


def test_what_was_decided_under_a_lock_that_was_lost_is_not_recorded(post: Post, postgres_url: str) -> None:
    others = "FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
    with closing(KeyStore(post.settings.keys)) as keys, Log.open(postgres_url, keys) as log:
        event = a_passage(log)
        with log.database.decisions.hold():
            with log.database.read() as connection:
                connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) {others}")
            for _ in range(2):
                with pytest.raises((DBAPIError, PendingRollbackError)):
                    log.append([event])
        assert log.position() == 0
        log.append([event])  # under a lock of its own
        assert log.position() == 1


def test_a_corrected_finding_is_learnt_anew_by_each_server_when_it_opens_its_node(
    learnt: Learnt, postgres_url: str, tmp_path: Path
) -> None:
    """What two servers are said to differ in, and how long."""
    trial = program("two_servers")
    keys, clock = tmp_path / "keys.sqlite", trial.Clock()
    shutil.copy(learnt.keys, keys)
    found = Report(1, "A1", None, True, True, "contraband", 1.0, trial.BEGINS)

    def server() -> Any:
        return trial.Server(postgres_url, str(keys), learnt.folder, clock, trial.untouched)

    with server() as first:
        with server() as second:
            first.file(truck("A1"))
            second.do(lambda node: report([found], node))
            first.do(lambda node: report([msgspec.structs.replace(found, violation=False, threat=None)], node))
            second.file(truck("A2"))
            first.do(lambda node: None)  # a turn
            told = [(each.desk.node.outdated, each.desk.node.memory.dump()) for each in (first, second)]
            assert told[0] == told[1]
            assert told[0][0], "both know that what they learnt was corrected"
        with server() as again:
            assert not again.desk.node.outdated
            assert again.desk.node.memory.dump() != told[0][1]
            again.file(truck("A3"))
            first.file(truck("A4"))
            assert first.desk.node.memory.filings == again.desk.node.memory.filings + 1


def test_how_late_a_server_reads_the_queue_of_a_bridge_with_prices_is_as_the_guide_says(repository: Path) -> None:
    """What two servers are said to differ in, and by how much: none has read it longer ago than that."""
    guide = " ".join((repository / "docs" / "guide" / "kubernetes.md").read_text(encoding="utf-8").split())
    assert "at most a second after" in guide
    assert "for up to five seconds" in guide
    reads: list[datetime] = []
    states = BridgeStates(cast(Any, lambda: Unheard(reads)))
    at = datetime(2024, 3, 20, 12, tzinfo=UTC)
    for second in range(20):
        states("b", at + timedelta(seconds=second), at)
    apart = {later - earlier for earlier, later in pairwise(reads)}
    assert max(apart) <= timedelta(seconds=6), "five seconds old, at the next whole second"


class Unheard:
    """Bridges of which nothing is heard; what asks for their state is written down."""

    heard = 0

    def __init__(self, reads: list[datetime]) -> None:
        self._reads = reads

    def has(self, bridge: str) -> bool:
        return True

    def look(self) -> int:
        return 0

    def expected(self, bridge: str, at: datetime) -> BridgeLoad:
        self._reads.append(at)
        return BridgeLoad(bridge, "p", microseconds(at), 0, 0, None, {}, ())
