"""A log that the first revision of the tables wrote is opened, upgraded, upcast, verified and signed on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from recorded import Clock, event
from samples.make_payload_samples import SAID
from sqlalchemy import text
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain import event as events
from aforo.domain.event import Payload, UnknownEventError
from aforo.log import merkle, migrations, schema, tree
from aforo.log.checkpoint import opened
from aforo.log.databases import database
from aforo.log.erasure import erase_identity
from aforo.log.keys import KeyStore
from aforo.log.merkle import Frontier
from aforo.log.postgres import PostgresDatabase
from aforo.log.rotation import rotate_key
from aforo.log.sequencer import sequence
from aforo.log.signing import Witnessed
from aforo.log.store import Log
from aforo.log.verify import verify

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "log"
#: As the sample's maker printed it.
SEALED = "vuB5k2xmoU/ZhjECek0x+43wJJq71SycjvsN09QNPeelzM6+ILQ4RIzixTWZiJCLeRWiGoNkkadv49UDp8XLeHC4s1M="


class Counted(Payload, frozen=True):
    """The sample's payload two schemas later: the count became a number, then lanes were counted."""

    TYPE: ClassVar[str] = "sample.counted"
    SCHEMA: ClassVar[int] = 3

    trucks: int
    lanes: int


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Today's product knows the sample's payload in its third schema."""
    monkeypatch.setitem(events.PAYLOADS, Counted.TYPE, Counted)
    monkeypatch.setitem(events.UPCASTERS, (Counted.TYPE, 1), lambda data: {"trucks": int(data["trucks"])})
    monkeypatch.setitem(events.UPCASTERS, (Counted.TYPE, 2), lambda data: {**data, "lanes": 1})


def restore_sqlite(name: str, path: Path) -> sqlite3.Connection:
    with sqlite3.connect(path) as connection:
        connection.executescript((SAMPLES / name).read_text(encoding="utf-8"))
    return connection


def restore_postgres(sample: sqlite3.Connection, url: str, revision: str = "0001") -> None:
    """The sample's rows in tables of their revision on PostgreSQL."""
    store = database(url)
    with store.write() as connection:
        migrations.upgrade(connection, revision)
        for table in ("log", "event", "leaf", "checkpoint", "artefact", "projection"):
            cursor = sample.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
            for row in cursor:
                connection.execute(text(insert), dict(zip(names, row, strict=True)))
        connection.execute(text("SELECT setval('event_position_seq', (SELECT max(position) FROM event))"))
    store.close()


@pytest.fixture
def old_store(store_url: str, tmp_path: Path) -> str:
    """The URL of a restored sample."""
    if store_url.startswith("sqlite"):
        restore_sqlite("record-0001.sql", Path(store_url.removeprefix("sqlite:///"))).close()
    else:
        sample = restore_sqlite("record-0001.sql", tmp_path / "sample.sqlite")
        restore_postgres(sample, store_url)
        sample.close()
    return store_url


@pytest.fixture
def log(old_store: str, tmp_path: Path) -> Iterator[Log]:
    restore_sqlite("keys-0001.sql", tmp_path / "keys.sqlite").close()
    with Log.open(old_store, KeyStore(tmp_path / "keys.sqlite"), clock=Clock()) as opened:
        yield opened


def test_the_sample_is_of_the_first_revision(old_store: str) -> None:
    store = database(old_store)
    with store.read() as connection:
        assert migrations.revision(connection) == "0001" != migrations.HEAD
        columns = connection.execute(text("SELECT * FROM checkpoint")).keys()
    assert "frontier" not in columns
    store.close()


def test_an_old_log_is_read_in_todays_schema_and_not_rewritten(log: Log, tmp_path: Path) -> None:
    stored = log.read()
    assert [each.payload for each in stored] == [Counted(10 * i, 1) for i in range(11)]
    assert {each.event.schema for each in stored} == {1}
    sample = restore_sqlite("record-0001.sql", tmp_path / "compare.sqlite")
    bodies = [row[0] for row in sample.execute("SELECT body FROM event ORDER BY position")]
    assert [each.body for each in stored] == bodies
    sample.close()
    assert log.find(["count:4"])["count:4"].event.stream == "crossing/2"
    assert log.projections.load("counts/1") == (4, b"60")
    _, as_spelled = log.keys.persons_named("driver", "sample driver")
    assert log.keys.open([as_spelled], SEALED) == b"sealed by the first revision"
    _, erased = erase_identity(log, "driver", "sample driver", "a request", actor="test")
    assert erased is not None
    assert log.keys.open([as_spelled], SEALED) is None


def test_an_old_log_verifies_grows_and_changes_its_key(log: Log) -> None:
    first = log.keys.signing.verifiers(log.origin)[0]
    report = verify(log.database, first, witnessed=log.keys.signing.witnessed(log.origin))
    assert report.good, report.findings
    assert (report.leaves, report.waiting, report.checkpoints) == (10, 1, 2)
    assert log.append([event("crossing/0", 3, key="count:0")])[0].duplicate
    log.append([event("crossing/0", 3)])
    assert sequence(log) == 2, "the tree grows from leaves that kept no frontier"
    new = rotate_key(log, actor="test")
    sequence(log)
    report = verify(log.database, first, witnessed=log.keys.signing.witnessed(log.origin))
    assert report.good, report.findings
    assert (report.leaves, report.waiting, report.checkpoints) == (13, 0, 4)
    assert report.keys == [first.text, new.text]
    with log.database.read() as connection:
        rows = connection.execute(text("SELECT size, note, frontier FROM checkpoint ORDER BY size")).all()
    assert [row.frontier is None for row in rows] == [True, True, False, False]
    said = opened(rows[3].note, new)
    assert Frontier.load(13, bytes(rows[3].frontier)).root() == said.root


def test_an_old_log_is_verified_as_it_is(old_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "_BATCH", 4)
    restore_sqlite("keys-0001.sql", tmp_path / "keys.sqlite").close()
    before = (tmp_path / "log.sqlite").read_bytes() if old_store.startswith("sqlite") else b""
    with Log.open_to_read(old_store, KeyStore(tmp_path / "keys.sqlite")) as log:
        first, witnessed = log.keys.signing.verifiers(log.origin)[0], log.keys.signing.witnessed(log.origin)
        report = verify(log.database, first, witnessed=witnessed)
        assert report.good, report.findings
        assert (report.leaves, report.waiting, report.checkpoints) == (10, 1, 2)
        assert [each.payload for each in log.read()] == [Counted(10 * i, 1) for i in range(11)]
        # The node was stopped after it had signed all eleven, and before it had stored that.
        whole = Witnessed(11, merkle.root([each.leaf_hash for each in log.read()]))
        assert verify(log.database, first, witnessed=whole) == report
        with log.database.read() as connection:
            assert migrations.revision(connection) == "0001"
    if before:
        assert (tmp_path / "log.sqlite").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["log", "verify"], 0),
        (["rules", "list"], 0),
        (["replay", "--all"], 2),  # there is no decision in it
        (["lottery", "verify", "2026-01-05"], 2),  # nor a key of a lottery
    ],
)
def test_a_command_that_only_looks_does_not_upgrade(tmp_path: Path, arguments: list[str], code: int) -> None:
    place = tmp_path / "log.sqlite"
    restore_sqlite("record-0001.sql", place).close()
    restore_sqlite("keys-0001.sql", tmp_path / "log-keys.sqlite").close()
    before = place.read_bytes()
    made = CliRunner().invoke(complete_app(), [*arguments, "--store", str(place)], env={"LC_ALL": "C"})
    assert made.exit_code == code, made.output
    assert isinstance(made.exception, SystemExit | None), "it ends in words"
    assert place.read_bytes() == before
    assert {path.name for path in tmp_path.glob("log.sqlite*")} == {"log.sqlite"}


#: Whole logs with every payload that their version knew, each with the revision of its tables and what was sealed.
VERSIONS = (
    (
        "0002",
        "vy4jKgcqG7P2mWBV5Q953dhVTtGMppVZpgGQTY5Tk0jK9WuHVGYzTRepI548PLtSfsCay86awA2LDhMXBqs=",
    ),
    (
        "0003",
        "SSMW2mBSFNT/Uk/gC7JrEZAo6TBS5PLewmhw15ceX0GvD2UXBTBU+XVhuyzgvdRDAMckg/2sLBu994arevM=",
    ),
)


@pytest.mark.parametrize(("revision", "sealed"), VERSIONS, ids=["0.1.0", "before 0.2.0"])
def test_a_log_with_every_payload_of_a_version_is_read_verified_and_goes_on(
    store_url: str, tmp_path: Path, revision: str, sealed: str
) -> None:
    if store_url.startswith("sqlite"):
        restore_sqlite(f"record-{revision}.sql", Path(store_url.removeprefix("sqlite:///"))).close()
    sample = restore_sqlite(f"record-{revision}.sql", tmp_path / "sample.sqlite")
    if not store_url.startswith("sqlite"):
        restore_postgres(sample, store_url, revision)
    bodies = [row[0] for row in sample.execute("SELECT body FROM event ORDER BY position")]
    sample.close()
    restore_sqlite(f"keys-{revision}.sql", tmp_path / "keys.sqlite").close()
    keys = KeyStore(tmp_path / "keys.sqlite")
    with Log.open(store_url, keys, clock=Clock()) as log:
        stored = log.read()
        assert [each.body for each in stored] == bodies
        assert len({each.event.type for each in stored}) >= 21
        said = {each.event.event_id: each.payload for each in stored}
        for name, payload in said.items():
            if name.startswith("sample-"):
                assert payload == SAID[int(name.removeprefix("sample-"))], name
        first = keys.signing.first(log.origin)
        report = verify(log.database, first, witnessed=keys.signing.witnessed(log.origin))
        assert report.good, report.findings
        assert (report.waiting, len(report.keys), report.lost) == (3, 2, [])
        person = int(keys.identity_hashes("driver", ["sample driver"])[0])
        assert keys.open([person], sealed) == b"sealed by this version"
        log.append([event("crossing/0", 1)])
        rotate_key(log, actor="test")
        assert sequence(log) == 5
        report = verify(log.database, first, witnessed=keys.signing.witnessed(log.origin))
        assert report.good, report.findings
        assert len(report.keys) == 3
    keys.close()


def test_damage_to_an_old_log_is_found(log: Log) -> None:
    with log.database.write() as connection:
        connection.execute(text("UPDATE event SET body = :body WHERE position = 6"), {"body": b"{}"})
    assert damage(log) == [("event_unreadable", 5), ("event_changed", 5)]


def test_damage_to_an_old_log_is_found_as_it_is(old_store: str, tmp_path: Path) -> None:
    restore_sqlite("keys-0001.sql", tmp_path / "keys.sqlite").close()
    store = database(old_store)
    with store.write() as connection:
        connection.execute(text("UPDATE event SET body = :body WHERE position = 6"), {"body": b"{}"})
    store.close()
    with Log.open_to_read(old_store, KeyStore(tmp_path / "keys.sqlite")) as log:
        assert damage(log) == [("event_unreadable", 5), ("event_changed", 5)]


def damage(log: Log) -> list[tuple[str, int | None]]:
    """Code and leaf of each finding."""
    report = verify(log.database, log.keys.signing.verifiers(log.origin)[0])
    return [(finding.code, finding.place.leaf) for finding in report.findings]


def test_what_this_version_does_not_know_is_said(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = log.read(limit=1)[0]
    monkeypatch.delitem(events.UPCASTERS, (Counted.TYPE, 2))
    with pytest.raises(UnknownEventError, match="schema 2"):
        _ = stored.payload
    monkeypatch.setattr(Counted, "SCHEMA", 0)
    with pytest.raises(UnknownEventError, match="newer"):
        _ = stored.payload
    monkeypatch.delitem(events.PAYLOADS, Counted.TYPE)
    with pytest.raises(UnknownEventError, match="not known"):
        _ = stored.payload


def test_the_migrations_end_in_the_tables_that_the_code_uses(store_url: str) -> None:
    store = database(store_url)
    with store.write() as connection:
        migrations.upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences: list[Any] = compare_metadata(context, schema.metadata)
    assert differences == []
    versions = sorted((Path(migrations.__file__).parent / "versions").glob("[0-9]*.py"))
    assert versions[-1].name.startswith(migrations.HEAD)
    assert isinstance(store, PostgresDatabase) == store_url.startswith("postgresql")
    store.close()
