"""An erasure that is stopped on the way, or kept from its end, is completed by the next: no word is left anywhere."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.pool import NullPool
from test_retention import BEGUN, Years, words_of
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.custody.retention import shipped
from aforo.domain.response import PeopleSigned
from aforo.domain.trip import CustodyStated, TripCause, TripCaused
from aforo.flow.custody import Custody
from aforo.flow.custody_bundle import state_custody
from aforo.flow.custody_kept import KeptFollower
from aforo.flow.retention import due, erase_due
from aforo.flow.telemetry import Statement, record
from aforo.log import postgres_scrub, scrubbed, withheld
from aforo.log.keyfile import ErasureIncompleteError
from aforo.log.sequencer import sequence
from aforo.log.sqlite import SqliteDatabase

LATER = datetime(2026, 1, 1, tzinfo=UTC)
#: Erases what is due, and is killed at a point.
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from aforo.custody.retention import shipped
from aforo.flow.retention import erase_due
from aforo.log import scrubbed, withheld
from aforo.log.keys import KeyStore
from aforo.log.store import Log

url, keys, point = sys.argv[1:]
calls = 0

def killed_at(function, number):
    def called(*given):
        global calls
        calls += 1
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*given)
    return called

if point == "between parts":
    withheld.AT_ONCE = 1
    withheld._erase = killed_at(withheld._erase, 2)
elif point == "amid a part":
    withheld._write_over = killed_at(withheld._write_over, 3)
elif point == "before the files are written anew":
    scrubbed.scrub = killed_at(scrubbed.scrub, 1)
now = datetime(2026, 1, 1, tzinfo=UTC)
with Log.open(url, KeyStore(keys), clock=lambda: now) as log:
    erase_due(log, shipped(), now, "Five years are over.", actor="tester")
"""


@pytest.fixture
def years(store_url: str, tmp_path: Path) -> Iterator[Years]:
    """Two trips that are due, with what was cause to act and signs of people."""
    made = Years(store_url, tmp_path)
    with closing(made.keys), made.log:
        for number in range(2):
            name = f"T{number}"
            made.trip(name, BEGUN.replace(day=2 + number))
            cause = TripCause("fence:1", "fenced", "seal-1", 0, 0, 0, 1, "device", f"yard-{name}", "", 1, 1)
            said = [
                Statement(TripCaused((cause,)), f"causes/{name}", made.now, f"causes:{name}"),
                Statement(
                    PeopleSigned(("call",), f"customs-{name}"), f"people-signs/{name}", made.now, f"signs:{name}"
                ),
            ]
            record(said, made.log, actor="tester")
        sequence(made.log)
        yield made


def erase(years: Years) -> int:
    years.now = LATER
    return erase_due(years.log, shipped(), LATER, "Five years are over.", actor="tester").events


def worded(years: Years, name: str) -> int:
    """How many events of a trip have words."""
    streams = (f"trip/{name}", f"causes/{name}", f"people-signs/{name}")
    kept = (CustodyStated.TYPE, "log.withheld")
    return sum(each.event.type not in kept for stream in streams for each in years.log.stream(stream))


def nothing_left(years: Years) -> bool:
    return not words_of(years, "T0") and not words_of(years, "T1")


@pytest.mark.parametrize(
    ("point", "left"),
    [("between parts", (0, 5)), ("amid a part", (5, 5)), ("before the files are written anew", (0, 0))],
)
def test_an_erasure_that_was_killed_is_completed_by_the_next(
    years: Years, tmp_path: Path, point: str, left: tuple[int, int]
) -> None:
    place = [years.url, str(tmp_path / "keys"), point]
    done = subprocess.run([sys.executable, "-c", KILLED, *place], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (worded(years, "T0"), worded(years, "T1")) == left, "of each trip all or nothing"
    if years.url.startswith("sqlite"):
        assert not nothing_left(years), "the files hold it still"
    years.now = LATER
    found = due(years.log, shipped(), LATER)
    assert found.unscrubbed
    assert found.events == sum(left) + (0 if point.startswith("before") else 8)
    assert erase(years) == found.events
    assert nothing_left(years)
    found = due(years.log, shipped(), LATER)
    assert (found.events, found.unscrubbed) == (0, False)
    assert years.good() == 18
    assert sum(each.erased for each in years.verified().erasures) == 18


def test_what_a_version_left_that_cut_through_trips_is_found_and_erased(years: Years) -> None:
    """It took a trip's announcement first, and looked for trips by that."""
    years.now = LATER
    for name in ("T0", "T1"):
        state_custody(Custody(years.log), name)
    stated = len(years.log.read(types=(CustodyStated.TYPE,)))
    cut = [years.log.stream("trip/T0")[:1], years.log.stream("trip/T1")[:2]]
    withheld.erase(years.log, cut, withheld.Reason("Five years are over.", "1", "0" * 64), actor="tester")
    assert [(each.trip, each.events) for each in due(years.log, shipped(), LATER).trips] == [("T0", 4), ("T1", 3)]
    assert erase(years) == 7 + 8
    assert nothing_left(years)
    # What is left of a trip tells less than was stated of the whole.
    assert len(years.log.read(types=(CustodyStated.TYPE,))) == stated
    assert due(years.log, shipped(), LATER).events == 0


def test_what_was_announced_twice_and_half_erased_is_not_stated_by_what_is_left(years: Years) -> None:
    opened = years.log.stream("trip/T0")[0].payload
    record([Statement(opened, "trip/T0", years.now, "again")], years.log, actor="tester")
    years.now = LATER
    state_custody(Custody(years.log), "T0")
    cut = [years.log.stream("trip/T0")[:2]]
    withheld.erase(years.log, cut, withheld.Reason("Five years are over.", "1", "0" * 64), actor="tester")
    erase(years)
    stated = [each.payload for each in years.log.stream("trip/T0", types=(CustodyStated.TYPE,))]
    assert [len(each.spans) for each in stated if isinstance(each, CustodyStated)] == [1]


def test_files_of_a_version_that_told_nothing_of_it_are_written_anew_once(
    years: Years, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not due(years.log, shipped(), LATER).unscrubbed
    with monkeypatch.context() as earlier:
        earlier.setattr(scrubbed, "written_over", lambda connection: None)
        earlier.setattr(scrubbed, "is_due", lambda log: False)
        assert erase(years) == 18
    if years.url.startswith("sqlite"):
        assert not nothing_left(years)
    assert due(years.log, shipped(), LATER).unscrubbed
    assert erase(years) == 0
    assert nothing_left(years)
    scrubs: list[None] = []
    monkeypatch.setattr(years.log.database, "scrub", lambda: scrubs.append(None))
    assert erase(years) == 0
    assert scrubs == [], "and not each time"


@pytest.fixture
def hurried(years: Years, monkeypatch: pytest.MonkeyPatch) -> Years:
    """Nobody who reads is waited for for a minute."""
    if years.url.startswith("sqlite"):

        @event.listens_for(years.log.database.engine, "checkout")
        def patient(connection: Any, *given: object) -> None:
            connection.execute("PRAGMA busy_timeout = 50")

    monkeypatch.setattr(postgres_scrub, "_PATIENCE_MS", 300)
    return years


@pytest.mark.parametrize("reads", ["SELECT count(*) FROM event", "SELECT 1 FROM log"])
def test_whoever_reads_for_long_keeps_an_erasure_from_its_end_and_is_told_of(hurried: Years, reads: str) -> None:
    if hurried.url.startswith("sqlite"):
        reader: Any = sqlite3.connect(hurried.folder / "log.sqlite", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute(reads).fetchall()
    else:
        engine = create_engine(hurried.url, poolclass=NullPool, isolation_level="REPEATABLE READ")
        reader = engine.connect()
        reader.execute(text(reads)).all()
    with closing(reader):
        for _ in range(2):
            with pytest.raises(ErasureIncompleteError):
                erase(hurried)
            found = due(hurried.log, shipped(), LATER)
            assert (found.events, found.unscrubbed) == (0, True)
        if hurried.url.startswith("sqlite"):
            assert not nothing_left(hurried)
    assert erase(hurried) == 0
    assert nothing_left(hurried)
    assert not due(hurried.log, shipped(), LATER).unscrubbed
    assert hurried.good() == 18


@pytest.mark.parametrize("held", ["projection", "artefact"])
def test_whoever_holds_another_table_than_that_of_events_keeps_an_erasure_from_its_end_and_is_told_of(
    hurried: Years, held: str
) -> None:
    """As a dump does that came to these tables when the erasure began."""
    if hurried.url.startswith("sqlite"):
        pytest.skip("a file is held whole")
    with closing(create_engine(hurried.url, poolclass=NullPool).connect()) as dump:
        # Of no snapshot: only the lock is in the way.
        dump.execute(text(f"LOCK TABLE {held} IN ACCESS SHARE MODE"))
        for _ in range(2):
            with pytest.raises(ErasureIncompleteError):
                erase(hurried)
            assert due(hurried.log, shipped(), LATER).unscrubbed
    assert erase(hurried) == 0
    assert not due(hurried.log, shipped(), LATER).unscrubbed


def test_who_writes_in_another_database_of_the_server_is_waited_for(years: Years) -> None:
    """A snapshot begins behind the oldest transaction that writes, in whichever database of the server."""
    if years.url.startswith("sqlite"):
        pytest.skip("a file is a database of its own")
    other = create_engine(make_url(years.url).set(database="postgres"), poolclass=NullPool).connect()
    other.execute(text("SELECT pg_current_xact_id()")).all()
    ends = threading.Timer(1.5, other.close)
    ends.start()
    erase(years)
    ends.join()
    assert nothing_left(years)


def test_the_command_says_what_to_do_where_somebody_reads(years: Years, monkeypatch: pytest.MonkeyPatch) -> None:
    if not years.url.startswith("sqlite"):
        pytest.skip("said alike of every database")
    place = ["--store", years.url, "--keys", str(years.folder / "keys"), "--lang", "en"]
    erasing = ["seal", "retention", "--erase", "--ground", "Five years are over.", *place]

    def kept(database: SqliteDatabase) -> None:
        raise ErasureIncompleteError("it is being read")

    with monkeypatch.context() as reading:
        reading.setattr(SqliteDatabase, "scrub", kept)
        done = CliRunner().invoke(complete_app(), erasing)
    assert done.exit_code == 1
    for word in ("still in the files", "do it again"):
        assert word in " ".join(done.output.split())
    told = CliRunner().invoke(complete_app(), ["seal", "retention", *place]).output
    assert "did not come to its end" in " ".join(told.split())
    assert CliRunner().invoke(complete_app(), erasing).exit_code == 0
    assert nothing_left(years)


def test_a_state_that_was_saved_meanwhile_stays_to_be_taken_where_somebody_reads(
    years: Years, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch goes on; what its state held of an erased trip is gone with the next erasure."""
    years.trip("T2", BEGUN.replace(year=2025))
    custody = Custody(years.log)
    custody.trips()
    looked: list[bool] = []

    def erased_behind(follower: KeptFollower, cursor: int) -> bool:
        looked.append(True)
        return len(looked) > 1

    def kept() -> None:
        raise ErasureIncompleteError("it is being read")

    monkeypatch.setattr(KeptFollower, "_erased_behind", erased_behind)
    with monkeypatch.context() as reading:
        reading.setattr(years.log.database, "scrub", kept)
        custody.save()
    assert due(years.log, shipped(), LATER).unscrubbed
    erase(years)
    assert nothing_left(years)
