"""Rows on their way into a SQLite log: in few statements, in order, and all or none, whatever stands in their way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from recorded import Clock, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from aforo.domain.event import Event
from aforo.log.keys import KeyStore
from aforo.log.sqlite import SqliteReader
from aforo.log.store import Log
from aforo.log.stored import encode
from aforo.log.written import Written


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", KeyStore(tmp_path / "keys.sqlite"), clock=Clock()) as opened:
        yield opened


def supply(count: int, stream: str) -> list[Event]:
    return [event(stream, version, identifier=f"{stream}-{version}") for version in range(1, count + 1)]


@contextmanager
def on_checkout(log: Log, prepare: Any) -> Iterator[None]:
    """Within the block `prepare` receives the driver's connection whenever one is taken."""

    def taken(connection: Any, *_: object) -> None:
        prepare(connection)

    sqlalchemy.event.listen(log.database.engine, "checkout", taken)
    try:
        yield
    finally:
        sqlalchemy.event.remove(log.database.engine, "checkout", taken)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 99, 100, 101, 447, 949, 2_499])
def test_any_number_of_events_goes_in_few_statements_and_in_order(log: Log, count: int) -> None:
    events = supply(count, "a")
    said: list[str] = []
    with on_checkout(log, lambda connection: connection.set_trace_callback(said.append)):
        log.append(events)
    assert [each.body for each in log.read()] == [encode(each) for each in events]
    # Each gives the interpreter up, and a busy thread gives it back five milliseconds later.
    assert sum(statement.startswith("INSERT") for statement in said) <= 8 + count // 500


@pytest.mark.parametrize("place", [0, 100, 249, 250, 255], ids=lambda place: f"row {place}")
@pytest.mark.parametrize("taken", ["event_id", "stream", "idempotency_key"])
def test_what_is_taken_leaves_nothing_of_the_others_and_is_not_shown(log: Log, place: int, taken: str) -> None:
    log.append([event("secret", 1, key="secret", identifier="secret")])
    events = supply(256, "a")
    events[place] = {
        "event_id": event("b", 1, identifier="secret"),
        "stream": event("secret", 1),
        "idempotency_key": event("b", 1, key="secret"),
    }[taken]
    with pytest.raises(IntegrityError, match=taken) as raised:
        log.database.insert_events(Written.of(events))
    assert "secret" not in str(raised.value)
    assert "secret" not in str(raised.value.orig)
    assert [each.event.event_id for each in log.read()] == ["secret"]
    del events[place]
    log.database.insert_events(Written.of(events))
    assert len(log.read()) == 256


def test_a_full_disk_leaves_nothing_and_the_log_goes_on(log: Log) -> None:
    events = supply(2_000, "secret")
    with (
        on_checkout(log, lambda connection: connection.execute("PRAGMA max_page_count = 1")),
        pytest.raises(OperationalError, match="full") as raised,
    ):
        log.append(events)
    assert "secret" not in str(raised.value)
    assert log.read() == []
    with on_checkout(log, lambda connection: connection.execute("PRAGMA max_page_count = 1000000")):
        log.append(events)
    assert len(log.read()) == 2_000


def test_what_the_driver_cannot_take_leaves_nothing(log: Log) -> None:
    events = Written.of(supply(110, "a"))
    events.version[105] = 1 << 64
    with pytest.raises(OverflowError):
        log.database.insert_events(events)
    assert log.read() == []
    log.append(supply(110, "a"))
    assert len(log.read()) == 110


def test_a_file_that_is_gone_is_told_as_any_error_of_the_database(tmp_path: Path) -> None:
    gone = SqliteReader(sqlalchemy.make_url(f"sqlite:///{tmp_path / 'gone.sqlite'}"))
    with pytest.raises(DBAPIError, match="unable to open"):
        gone.insert_events(Written.of(supply(1, "a")))
    assert list(tmp_path.iterdir()) == []
