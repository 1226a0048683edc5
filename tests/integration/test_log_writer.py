"""A process that writes for another: the log is the same, and what was acknowledged is there whoever is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from recorded import Clock, event
from sqlalchemy import text

from aforo.log.keys import KeyStore
from aforo.log.signing import EquivocationError
from aforo.log.store import ConcurrencyError, Log, StoreUnusableError
from aforo.log.stored import encode
from aforo.log.tree import head
from aforo.log.verify import verify
from aforo.log.writer import written_apart


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys.sqlite")


@pytest.fixture
def log(store_url: str, keys: KeyStore) -> Iterator[Log]:
    with Log.open(store_url, keys, clock=Clock()) as opened:
        yield opened


@pytest.fixture
def file_log(tmp_path: Path, keys: KeyStore) -> Iterator[Log]:
    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys, clock=Clock()) as opened:
        yield opened


def good(log: Log) -> bool:
    return verify(log.database, log.keys.signing.verifiers(log.origin)[0]).good


def leaves(log: Log) -> int:
    with log.database.read() as connection:
        return head(connection).size


def writer_of(log: Log) -> subprocess.Popen[bytes]:
    process = log.insert.__self__._process  # type: ignore[attr-defined]
    assert isinstance(process, subprocess.Popen)
    return process


def test_what_is_written_apart_is_durable_when_it_is_acknowledged_and_in_the_tree_on_leaving(log: Log) -> None:
    written = [event(f"s{i}", 1, key=f"k{i}") for i in range(700)]
    with written_apart(log):
        receipts = log.append(written)
        assert [each.body for each in log.read()] == [encode(each) for each in written]
        assert not receipts.duplicates
    log.append([event("after", 1)])
    assert leaves(log) == 700
    assert [receipt.event_id for receipt in receipts] == [each.event_id for each in written]
    assert good(log)


def test_what_comes_after_the_end_is_refused_and_never_acknowledged(file_log: Log) -> None:
    def append_after_the_end() -> None:
        with written_apart(file_log):
            file_log.append([event("s", 1)])
            file_log.insert.__self__._close_questions()  # type: ignore[attr-defined]
            file_log.append([event("s", 2)])

    with pytest.raises(StoreUnusableError, match="ended before"):
        append_after_the_end()
    assert [each.event.version for each in file_log.stream("s")] == [1]
    assert good(file_log)


def test_duplicates_and_taken_places_are_told_as_they_always_are(log: Log) -> None:
    with written_apart(log):
        first = event("s", 1, key="k")
        log.append([first])
        again = log.append([event("other", 1, key="k"), event("s", 2)])
        assert again.duplicates.keys() == {0}
        assert again[0].event_id == first.event_id
        with pytest.raises(ConcurrencyError):
            log.append([event("s", 2)])
        log.append([event("s", 3)])
    assert [each.event.version for each in log.stream("s")] == [1, 2, 3]
    assert good(log)


def test_a_block_that_fails_leaves_what_was_acknowledged(file_log: Log) -> None:
    def fail() -> None:
        with written_apart(file_log):
            file_log.append([event("s", 1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    file_log.append([event("s", 2)])
    assert len(file_log.stream("s")) == 2
    assert good(file_log)


def test_a_writer_that_is_killed_is_told_and_nothing_acknowledged_is_lost(file_log: Log) -> None:
    acknowledged = []

    def write() -> None:
        with written_apart(file_log):
            for i in range(1, 1000):
                file_log.append([event("s", i)])
                acknowledged.append(i)
                if i == 20:
                    writer_of(file_log).send_signal(signal.SIGKILL)

    with pytest.raises(StoreUnusableError, match="has ended"):
        write()
    assert len(acknowledged) >= 20
    assert len(file_log.stream("s")) in (len(acknowledged), len(acknowledged) + 1)
    assert good(file_log)


def test_a_writer_that_is_gone_already_is_told_in_the_same_words(file_log: Log) -> None:
    def write() -> None:
        with written_apart(file_log):
            file_log.append([event("s", 1)])
            writer_of(file_log).kill()
            writer_of(file_log).wait()
            file_log.append([event("s", 2)])

    with pytest.raises(StoreUnusableError, match="has ended"):
        write()
    assert [each.event.version for each in file_log.stream("s")] == [1]


def test_a_program_that_is_killed_leaves_its_writer_to_finish(tmp_path: Path) -> None:
    store, place = f"sqlite:///{tmp_path / 'log.sqlite'}", tmp_path / "keys.sqlite"
    program = f"""
import sys
sys.path[:] = {sys.path!r}
from recorded import event
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.log.writer import written_apart
with Log.open({store!r}, KeyStore({str(place)!r})) as log, written_apart(log):
    for i in range(1, 100_000):
        log.append([event("s", i)])
        print(i, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(50)][-1]
        process.kill()
        acknowledged = max([acknowledged, *(int(line) for line in process.stdout.read().split("\n")[:-1])])
    with Log.open(store, KeyStore(place)) as log:
        assert len(log.stream("s")) >= acknowledged
        assert good(log)


def test_a_store_that_lost_signed_events_is_told_as_it_always_is(file_log: Log) -> None:
    with written_apart(file_log):
        file_log.append([event("a", 1), event("b", 1)])
    with file_log.database.write() as connection:
        for table in ("event", "leaf", "checkpoint"):
            connection.execute(text(f"DELETE FROM {table}"))
    with pytest.raises(EquivocationError, match="2 leaves"), written_apart(file_log):
        file_log.append([event("c", 1)])
