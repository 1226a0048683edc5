"""The log on both databases: what is appended once is there once, in order, and nothing is there by halves."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from recorded import Clock, event
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.databases import database
from aforo.log.keys import KeyStore
from aforo.log.migrations import HEAD, StoreForeignError, StoreTooNewError
from aforo.log.projections import SAVE_EVERY_S, catch_up
from aforo.log.signing import SigningKeyMissingError
from aforo.log.store import (
    ConcurrencyError,
    Log,
    StoreMissingError,
    StoreUnusableError,
    open_store,
    open_to_read,
)
from aforo.log.stored import StoredEvent, encode


@pytest.fixture
def log(store_url: str, tmp_path: Path) -> Iterator[Log]:
    with Log.open(store_url, KeyStore(tmp_path / "keys.sqlite"), clock=Clock()) as opened:
        yield opened


def identifiers(log: Log) -> list[str]:
    return [stored.event.event_id for stored in log.read()]


def test_what_is_appended_is_read_as_it_was(log: Log) -> None:
    events = [event("a", 1, key="k"), event("a", 2), event("b", 1)]
    receipts = log.append(events)
    stored = log.read()
    assert [each.event.event_id for each in stored] == [each.event_id for each in events]
    assert [each.body for each in stored] == [encode(each) for each in events]
    assert [each.leaf_hash for each in stored] == [receipt.leaf_hash for receipt in receipts]
    assert [each.payload for each in stored] == [each.data for each in events]
    assert log.position() == stored[-1].position
    assert [each.event.version for each in log.stream("a")] == [1, 2]
    assert log.versions(["a", "b", "c"]) == {"a": 2, "b": 1}
    assert log.find(["k", "no"])["k"] == stored[0]
    assert log.event(events[2].event_id) == stored[2]
    assert log.event("no") is None
    assert len(log.append([])) == 0


def test_receipts_hold_under_the_logs_key(log: Log) -> None:
    verifier = log.keys.signing.verifiers(log.origin)[0]
    for receipt in log.append([event("a", 1), event("b", 1), event("c", 1)]):
        assert not receipt.duplicate
        receipt.portable().check(verifier)
    receipts = log.append([event("d", 1), event("e", 1)])
    assert receipts[-1].event_id == receipts[1:][0].event_id == list(receipts)[1].event_id
    with pytest.raises(IndexError):
        receipts[2]


def test_reading_goes_on_where_it_stopped(log: Log) -> None:
    log.append([event(f"s{i}", 1) for i in range(25)])
    everything = log.read()
    parts: list[StoredEvent] = []
    while part := log.read(parts[-1].position if parts else 0, limit=7):
        parts += part
    assert parts == everything
    assert log.read(types=["log.key_rotated"]) == []
    assert len(log.read(types=["person.erased", "log.key_rotated"])) == 25


def test_a_version_is_taken_once_and_follows_the_one_before(log: Log) -> None:
    log.append([event("a", 1)])
    for wrong in (event("a", 1), event("a", 3), event("b", 2), event("b", 0)):
        with pytest.raises(ConcurrencyError) as refused:
            log.append([event("c", 1), wrong])
        assert (refused.value.stream, refused.value.version) == (wrong.stream, wrong.version)
        assert wrong.stream in str(refused.value)
    with pytest.raises(ConcurrencyError):
        log.append([event("c", 1), event("c", 1)])
    with pytest.raises(ConcurrencyError):
        log.append([event("c", 1), event("c", 3)])
    assert len(log.read()) == 1, "all of an append or nothing"


def test_the_same_append_twice_is_written_once(log: Log) -> None:
    events = [event("a", 1, key="k"), event("a", 2)]
    first = log.append(events)
    second = log.append(events)
    assert [receipt.duplicate for receipt in second] == [True, True]
    assert [receipt.leaf_hash for receipt in second] == [receipt.leaf_hash for receipt in first]
    assert len(log.read()) == 2


def test_a_filing_that_is_sent_twice_leaves_one_assessment_and_one_decision(log: Log) -> None:
    def filing(key: str, stream: str) -> list:
        filed = event(stream, 1, key=key)
        assessed = event(stream, 2, cause=filed.event_id)
        return [filed, assessed, event(stream, 3, cause=assessed.event_id)]

    first = log.append(filing("k1", "a"))
    again, other = filing("k1", "a"), filing("k2", "b")
    receipts = log.append([*again, *other])
    assert [receipt.duplicate for receipt in receipts] == [True] * 3 + [False] * 3
    assert {receipt.event_id for receipt in receipts[:3]} == {first[0].event_id}
    assert {receipt.leaf_hash for receipt in receipts[:3]} == {first[0].leaf_hash}
    verifier = log.keys.signing.verifiers(log.origin)[0]
    for receipt in receipts:
        receipt.portable().check(verifier)
    assert identifiers(log) == [r.event_id for r in first] + [each.event_id for each in other]


def test_a_duplicate_within_one_append_is_written_once(log: Log) -> None:
    first, second = event("a", 1, key="k"), event("b", 1, key="k")
    follower, same = event("b", 2, cause=second.event_id), event("c", 1, identifier=first.event_id)
    caused = event("a", 2, cause=first.event_id)
    receipts = log.append([first, second, follower, same, caused])
    assert [receipt.duplicate for receipt in receipts] == [False, True, True, True, False]
    assert identifiers(log) == [first.event_id, caused.event_id]


def test_a_duplicate_beside_a_conflict_writes_nothing(log: Log) -> None:
    log.append([event("a", 1, key="k"), event("b", 1)])
    with pytest.raises(ConcurrencyError) as refused:
        log.append([event("a", 1, key="k"), event("c", 1), event("b", 1)])
    assert refused.value.stream == "b"
    assert len(log.read()) == 2


def test_many_writers_lose_nothing_and_repeat_nothing(log: Log) -> None:
    """Eight threads file the same keys, half of them backwards: on PostgreSQL some of them deadlock, and go on."""

    def file(worker: int) -> None:
        for first in range(0, 1000, 200):
            order = list(range(first, first + 200))
            log.append([event(f"s{n}", 1, key=f"k{n}") for n in (order if worker % 2 else order[::-1])])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(file, range(8)))
    assert sorted(stored.event.stream for stored in log.read()) == sorted(f"s{n}" for n in range(1000))


def test_artefacts_are_named_by_what_they_are(log: Log) -> None:
    hash_ = log.artefacts.put("model", b"weights")
    assert log.artefacts.put("model", b"weights") == hash_
    assert log.artefacts.get(hash_) == b"weights"
    with pytest.raises(ArtefactMissingError):
        log.artefacts.get("0" * 64)
    with log.database.write() as connection:
        connection.execute(text("UPDATE artefact SET body = :body"), {"body": b"others"})
    with pytest.raises(ArtefactChangedError):
        log.artefacts.get(hash_)


class Count:
    """How many events there were."""

    name, version, types = "count", 1, ()

    def __init__(self) -> None:
        self.count = 0

    def apply(self, events: list[StoredEvent]) -> None:
        self.count += len(events)

    def dump(self) -> bytes:
        return b"%d" % self.count

    def load(self, state: bytes) -> None:
        self.count = int(state)


def test_a_projection_goes_on_from_its_cursor_and_can_be_made_anew(log: Log) -> None:
    log.append([event(f"s{i}", 1) for i in range(10)])
    catch_up(log, Count(), batch=3)
    log.append([event("t", 1)])
    again = Count()
    assert catch_up(log, again) == log.position()
    assert again.count == 11
    assert log.projections.load("count/1") == (log.position(), b"11")
    log.projections.drop("count/1")
    assert log.projections.load("count/1") is None
    anew = Count()
    catch_up(log, anew, batch=4)
    assert anew.count == 11
    newer = Count()
    newer.version = 2
    catch_up(log, newer)
    assert newer.count == 11, "another version's state is not taken over"


def test_of_each_kind_the_last_saved_state_is_kept(log: Log) -> None:
    for name in ("node", "node/a/1", "nodes/a/1", "no%e/a/1", "node/b/1"):
        log.projections.save(name, 1, name.encode())
    with log.database.read() as connection:
        names = set(connection.execute(text("SELECT name FROM projection")).scalars())
    assert names == {"nodes/a/1", "no%e/a/1", "node/b/1"}
    log.append([event("a", 1)])
    newer = Count()
    newer.version = 2
    catch_up(log, Count())
    catch_up(log, newer)
    assert log.projections.load("count/1") is None
    assert log.projections.load("count/2") == (log.position(), b"1")


def test_a_projection_that_catches_up_is_saved_now_and_then(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append([event(f"s{i}", 1) for i in range(20)])
    saved: list[bytes] = []
    save = log.projections.save
    now = 0.0

    def keep(name: str, cursor: int, state: bytes) -> None:
        nonlocal now
        now += 5 * SAVE_EVERY_S  # a saving that takes long is not followed by the next one at once
        saved.append(state)
        save(name, cursor, state)

    class Slow(Count):
        def apply(self, events: list[StoredEvent]) -> None:
            nonlocal now
            now += SAVE_EVERY_S / 4
            super().apply(events)
            if self.count == 18:
                raise KeyboardInterrupt

    monkeypatch.setattr(log.projections, "save", keep)
    with pytest.raises(KeyboardInterrupt):
        catch_up(log, Slow(), batch=2, seconds=lambda: now)
    assert saved == [b"8", b"16"]
    catch_up(log, Count(), seconds=lambda: now)
    assert saved == [b"8", b"16", b"20"]
    catch_up(log, Count(), seconds=lambda: now)
    assert len(saved) == 3, "nothing new is not saved again"


def test_a_log_opens_again_and_only_with_its_keys(log: Log, store_url: str, tmp_path: Path) -> None:
    log.append([event("a", 1)])
    with Log.open(store_url, KeyStore(tmp_path / "keys.sqlite")) as again:
        assert again.origin == log.origin
        assert len(again.read()) == 1
    with pytest.raises(SigningKeyMissingError):
        Log.open(store_url, KeyStore(tmp_path / "others.sqlite"))


def test_a_newer_store_is_left_alone(log: Log, store_url: str, tmp_path: Path) -> None:
    with log.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNewError, match=HEAD):
        Log.open(store_url, KeyStore(tmp_path / "keys.sqlite"))
    with pytest.raises(StoreTooNewError, match=HEAD):
        open_to_read(store_url)


def test_a_log_that_is_only_looked_at_refuses_every_write(log: Log, store_url: str, tmp_path: Path) -> None:
    log.append([event("a", 1, key="k")])
    log.artefacts.put("model", b"weights")
    with Log.open_to_read(store_url, KeyStore(tmp_path / "keys.sqlite")) as seen:
        assert (seen.origin, seen.read()) == (log.origin, log.read())
        log.append([event("a", 2)])
        assert [each.event.version for each in seen.stream("a")] == [1, 2]
        writes: list[Callable[[], Any]] = [
            lambda: seen.append([event("b", 1)]),
            lambda: seen.artefacts.put("model", b"others"),
        ]
        for write in writes:
            with pytest.raises(DBAPIError, match=r"read-?only"):
                write()
        # A projection is brought to the end of such a log in memory alone.
        log.projections.save("count/1", 1, b"1")
        seen.projections.save("count/2", 2, b"2")
        seen.projections.drop("count/1")
        assert (seen.projections.load("count/1"), seen.projections.load("count/2")) == ((1, b"1"), None)
    with pytest.raises(SigningKeyMissingError):
        Log.open_to_read(store_url, KeyStore(tmp_path / "others.sqlite"))
    with log.database.write() as connection:
        connection.execute(text("DELETE FROM log"))
    with pytest.raises(StoreUnusableError, match="name"):
        open_to_read(store_url)


def files(folder: Path) -> dict[str, bytes]:
    """What lies in a folder but key stores; SQLite's index of the write-ahead log is no part of what is kept."""
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.is_file() and not path.name.endswith("-shm") and "keys" not in path.name
    }


def test_looking_leaves_a_log_and_what_a_stopped_node_left_beside_it_as_they_are(tmp_path: Path) -> None:
    live, stopped = tmp_path / "live", tmp_path / "stopped"
    stopped.mkdir()
    keys = KeyStore(tmp_path / "keys.sqlite")
    with Log.open(f"sqlite:///{live.with_suffix('.sqlite')}", keys) as log:
        log.append([event("a", 1)])
        for path in tmp_path.glob("live.sqlite*"):
            shutil.copy(path, stopped / path.name)
    closed = files(tmp_path)
    assert set(closed) == {"live.sqlite"}
    with Log.open_to_read(f"sqlite:///{tmp_path / 'live.sqlite'}", keys) as seen:
        assert len(seen.read()) == 1
    assert files(tmp_path) == closed
    left = files(stopped)
    assert left["live.sqlite-wal"]
    with Log.open_to_read(f"sqlite:///{stopped / 'live.sqlite'}", keys) as seen:
        assert len(seen.read()) == 1
    assert files(stopped) == left


def test_a_store_that_is_not_there_is_missed_and_not_made(store_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError):
        open_to_read(store_url)
    assert list(tmp_path.iterdir()) == []
    if store_url.startswith("sqlite"):
        (tmp_path / "log.sqlite").touch()
        with pytest.raises(StoreMissingError):
            open_to_read(store_url)
    open_store(store_url)[0].close()
    open_to_read(store_url)[0].close()


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("table", ["mine (x)", "alembic_version (version_num)"])
def test_another_programs_file_is_refused_and_left_as_it_is(tmp_path: Path, mode: str, table: str) -> None:
    place = tmp_path / "foreign.sqlite"
    with closing(sqlite3.connect(place)) as foreign:
        foreign.execute(f"PRAGMA journal_mode = {mode}")
        foreign.execute(f"CREATE TABLE {table}")
        foreign.commit()
    before = files(tmp_path)
    for opened in (open_store, open_to_read, lambda url: Log.open(url, KeyStore(tmp_path / "keys.sqlite"))):
        with pytest.raises(StoreForeignError):
            opened(f"sqlite:///{place}")
    looking = (["log", "verify"], ["replay", "--all"], ["lottery", "verify", "2026-01-05"], ["rules", "list"])
    for arguments in (*looking, ["log", "checkpoint"], ["rules", "promote", "x", "--to", "shadow", "--by", "Ana"]):
        for language, words in (("C", "another program"), ("es_MX", "otro programa")):
            environment = {"LANG": language, "LC_ALL": language, "COLUMNS": "200"}
            made = CliRunner().invoke(complete_app(), [*arguments, "--store", str(place)], env=environment)
            assert (made.exit_code, words in made.output) == (2, True), made.output
    assert files(tmp_path) == before


def test_another_programs_revision_on_a_server_is_refused(emptied_postgres: str) -> None:
    with create_engine(emptied_postgres).begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version AS SELECT 'ae1027a6acf' AS version_num"))
    for opened in (open_store, open_to_read):
        with pytest.raises(StoreForeignError):
            opened(emptied_postgres)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://root:secret@localhost/x", "postgresql://x/y"]
)
def test_what_is_no_store_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="a store is") as refused:
        database(url)
    assert "secret" not in str(refused.value)


def test_synchronous_is_one_of_three(store_url: str) -> None:
    with pytest.raises(ValueError, match="FULL"):
        database(store_url, "EXTRA; DROP TABLE event")
