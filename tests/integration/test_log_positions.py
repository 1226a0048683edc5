"""PostgreSQL commits side by side: what a reader has passed must never get an event behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from recorded import event
from sqlalchemy import Connection, create_engine, text

from aforo.log.database import stored_columns
from aforo.log.keys import KeyStore
from aforo.log.postgres import PostgresDatabase
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.verify import verify
from aforo.log.written import Written


@pytest.fixture
def log(emptied_postgres: str, tmp_path: Path) -> Iterator[Log]:
    with Log.open(emptied_postgres, KeyStore(tmp_path / "keys.sqlite")) as opened:
        yield opened


class SlowAppend:
    """An append whose transaction stays open until it is told to end."""

    def __init__(self, log: Log, stream: str, key: str | None = None) -> None:
        assert isinstance(log.database, PostgresDatabase)
        self._engine = create_engine(log.database.engine.url)
        self.connection: Connection = self._engine.connect()
        self.event = event(stream, 1, key=key)
        self.connection.exec_driver_sql(log.database._insert, stored_columns(Written.of([self.event])))

    def commit(self) -> None:
        self.connection.commit()
        self.close()

    def rollback(self) -> None:
        self.connection.rollback()
        self.close()

    def close(self) -> None:
        self.connection.close()
        self._engine.dispose()


def test_a_reader_waits_for_what_may_still_come_before(log: Log) -> None:
    log.append([event("first", 1)])
    settled = log.position()
    slow = SlowAppend(log, "slow")
    log.append([event("fast", 1)])
    assert log.position() == settled
    assert [stored.event.stream for stored in log.read()] == ["first"]
    assert sequence(log) == 1
    slow.commit()
    assert [stored.event.stream for stored in log.read(settled)] == ["slow", "fast"]
    assert sequence(log) == 2
    assert verify(log.database, log.keys.signing.verifiers(log.origin)[0]).good


def test_who_asks_what_changed_is_told_of_what_others_wait_for(log: Log) -> None:
    log.append([event("first", 1)])
    settled = log.position()
    slow = SlowAppend(log, "slow")
    log.append([event("fast", 1)])
    (fast,) = log.behind(settled, [event("fast", 1).type])
    assert (fast.event.stream, log.position()) == ("fast", settled)
    assert log.behind(settled, ["none"]) == log.behind(fast.position, [fast.event.type]) == []
    slow.rollback()


def test_an_append_that_ends_during_a_verification_is_the_next_ones(log: Log) -> None:
    log.append([event("first", 1)])
    sequence(log)
    first = log.keys.signing.verifiers(log.origin)[0]
    slow = SlowAppend(log, "slow")
    log.append([event("fast", 1)])

    def end(count: int) -> None:
        slow.commit()
        assert sequence(log) == 2

    report = verify(log.database, first, advance=end)
    assert report.good, report.findings
    assert (report.leaves, report.waiting) == (1, 0)
    report = verify(log.database, first)
    assert report.good, report.findings
    assert report.leaves == 3


def test_an_append_that_came_to_nothing_holds_nobody_back(log: Log) -> None:
    slow = SlowAppend(log, "slow")
    log.append([event("fast", 1)])
    assert log.read() == []
    slow.rollback()
    assert [stored.event.stream for stored in log.read()] == ["fast"]
    assert log.position() == log.read()[0].position


def test_other_work_on_the_server_holds_nobody_back(log: Log) -> None:
    assert isinstance(log.database, PostgresDatabase)
    with log.database.engine.connect() as other:
        other.execute(text("CREATE TABLE elsewhere (x int)"))
        log.append([event("fast", 1)])
        assert len(log.read()) == 1


def test_a_cursor_misses_nothing_under_many_writers(log: Log) -> None:
    """A reader that goes on from its cursor, while writers of very different speed commit, sees every event once."""
    done = threading.Event()

    def write(worker: int) -> None:
        for i in range(40):
            stream = f"s{worker}/{i}"
            if worker == 0:
                slow = SlowAppend(log, stream)
                time.sleep(0.01)
                slow.rollback() if i % 5 == 0 else slow.commit()
            else:
                log.append([event(stream, 1), event(stream, 2)])

    seen: list[str] = []

    def read() -> None:
        cursor = 0
        while True:
            last = done.is_set()
            part = log.read(cursor, limit=7)
            seen.extend(stored.event.event_id for stored in part)
            cursor = part[-1].position if part else cursor
            if last and not part:
                return

    writers = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    reader = threading.Thread(target=read)
    for thread in [reader, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert len(seen) == 32 + 3 * 40 * 2
    assert seen == [stored.event.event_id for stored in log.read()]


def test_two_appends_that_block_each_other_both_end_well(log: Log) -> None:
    """The server ends the append as the victim of a deadlock; it goes on by itself, and finds the duplicate."""
    other = SlowAppend(log, "a", key="k1")
    # The server ends whichever waits first for this long: the append, not the other one.
    other.connection.execute(text("SET LOCAL deadlock_timeout = '60s'"))
    with ThreadPoolExecutor(1) as pool:
        append = pool.submit(log.append, [event("b", 1, key="k2"), event("c", 1, key="k1")])
        time.sleep(0.3)
        second = event("d", 1, key="k2")
        other.connection.execute(
            text(
                "INSERT INTO event (event_id, stream, version, idempotency_key, type, leaf_hash, body)"
                " VALUES (:id, 'd', 1, 'k2', 'x', :hash, :hash)"
            ),
            {"id": second.event_id, "hash": b"x"},
        )
        other.commit()
        assert [receipt.duplicate for receipt in append.result()] == [True, True]
    with log.database.read() as connection:
        streams = connection.execute(text("SELECT stream FROM event ORDER BY stream")).scalars().all()
    assert streams == ["a", "d"]
