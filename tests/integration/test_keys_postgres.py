"""A key store in a PostgreSQL database of its own: apart from the record, gone when erased, and shared by servers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from journeys import Post, decisions, file, truck
from programs import program
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool
from typer.testing import CliRunner

from aforo.bootstrap import open_node
from aforo.cli import complete_app
from aforo.log.erasure import erase_person
from aforo.log.keyfile import KeyStoreForeignError, KeyStoreUnreachableError
from aforo.log.keys import KeyStore
from aforo.log.migrations import StoreForeignError
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.tokens import Tokens
from aforo.settings import settings


@pytest.fixture
def keys_url(postgres_server: str) -> Iterator[str]:
    """A database of the key store's own, beside the one of `postgres_url`."""
    with program("databases").database(postgres_server) as url:
        yield url


def run(*arguments: str) -> tuple[int, str]:
    clean = {"LANG": "C", "LC_ALL": "C", "COLUMNS": "200", "AFORO_KEYS": ""}
    made = CliRunner().invoke(complete_app(), list(arguments), env=clean)
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.output


def on_disk(url: str, table: str) -> bytes:
    """The bytes of a table's file."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
        row = connection.execute(text(f"SELECT pg_read_binary_file(pg_relation_filepath('{table}'))")).scalar_one()
        return bytes(row)


def test_the_record_and_its_keys_lie_in_two_databases(postgres_url: str, keys_url: str) -> None:
    with closing(KeyStore(keys_url)) as keys:
        Log.open(postgres_url, keys).close()
        with pytest.raises(KeyStoreForeignError):
            KeyStore(postgres_url)
        with pytest.raises(StoreForeignError):
            Log.open(keys_url, keys)
    for command in (("--store", postgres_url, "--keys", postgres_url), ("--store", keys_url, "--keys", keys_url)):
        code, told = run("log", "checkpoint", *command)
        assert (code, "postgresql" in told) == (2, True), told
    code, told = run("log", "checkpoint", "--store", postgres_url, "--keys", keys_url)
    assert code == 1, told  # nothing is recorded yet


def test_the_keys_of_an_erased_person_and_of_a_retired_signature_are_in_no_file_of_their_tables(keys_url: str) -> None:
    with closing(KeyStore(keys_url)) as keys:
        keys.ensure(range(1, 500))
        sealed = keys.seal([7], b"a driver's name")
        raw = create_engine(keys_url, poolclass=NullPool)
        with raw.connect() as connection:
            key = bytes(connection.execute(text("SELECT key FROM person_key WHERE person = 7")).scalar_one())
        assert key in on_disk(keys_url, "person_key")
        assert keys.erase(7)
        assert key not in on_disk(keys_url, "person_key")
        assert keys.open([7], sealed) is None
        signing = keys.signing
        old = signing.begin("aforo/x")
        new = signing.prepare("aforo/x", old)
        with raw.connect() as connection:
            private = bytes(
                connection.execute(text("SELECT private_key FROM signing_key WHERE generation = 1")).scalar_one()
            )
        assert private in on_disk(keys_url, "signing_key")
        assert signing.retire_before(new) == 1
        assert private not in on_disk(keys_url, "signing_key")


def test_two_writers_of_a_key_store_take_turns(keys_url: str) -> None:
    with closing(KeyStore(keys_url)) as first, closing(KeyStore(keys_url)) as second:
        threads = [
            threading.Thread(target=lambda each=each: [each.ensure(range(n, n + 300)) for n in range(1, 900, 50)])
            for each in (first, second)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        persons = [3, 440, 1100]
        assert first.open(persons, second.seal(persons, b"a crew")) == b"a crew"
        assert first.secret("lottery") == second.secret("lottery")


def test_a_connection_that_the_server_closed_is_opened_again(keys_url: str) -> None:
    with closing(KeyStore(keys_url)) as keys, closing(Tokens(keys_url)) as tokens:
        keys.ensure([7])
        engine = create_engine(keys_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        assert tokens.all() == []
        keys.ensure([8])
        assert keys.open([8], keys.seal([8], b"x")) == b"x"
    with pytest.raises(KeyStoreUnreachableError):
        KeyStore("postgresql+psycopg://nobody@127.0.0.1:1/none")


def test_a_log_is_kept_verified_erased_from_and_replayed_with_keys_on_a_server(
    post: Post, postgres_url: str, keys_url: str, tmp_path: Path
) -> None:
    with closing(KeyStore(keys_url)) as keys:
        with closing(KeyStore(post.settings.keys)) as known:  # those that the model was learnt with
            for name in ("identity", "lottery", "content", "seal", "routing"):
                keys._db.execute("INSERT INTO secret VALUES (?, ?)", (name, known.secret(name)))
        with Log.open(postgres_url, keys, clock=post.clock) as log:
            node = open_node(log, post.model, 0.1, actor="tester")
            file(node, truck("A1", driver_name="Juan Ramos"), truck("A2"))
            assert len(decisions(log)) == 2
            sequence(log)
            (person,) = keys.identity_hashes("driver", ["DR-A1"]).tolist()
            assert erase_person(log, person, "GDPR 17", actor="tester") is not None
            sequence(log)
    place = ("--store", postgres_url, "--keys", keys_url)
    for command in (("log", "verify"), ("replay", "A1"), ("tokens", "issue", "Luz", "--role", "officer")):
        code, told = run(*command, *place)
        assert code == 0, told
    _, told = run("doctor", *place, "--json")
    assert {each["state"] for each in json.loads(told) if each["what"] == "keys"} == {"ok"}
    code, told = run("backup", *place, "--keys-output", str(tmp_path / "keys.backup"))
    assert (code, "pg_dump" in told) == (2, True), told
    note = tmp_path / "checkpoint"
    note.write_text(run("log", "checkpoint", *place)[1])
    code, told = run("restore", *place, "--keys-restored", "--checkpoint", str(note))
    assert code == 0, told
    with closing(Tokens(keys_url)) as tokens:
        assert tokens.all() == [], "who was shut out since the backup is not known"


def test_the_place_of_the_keys_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "keys-url"
    named.write_text("postgresql+psycopg://aforo:secret@db/keys\n")
    monkeypatch.delenv("AFORO_KEYS", raising=False)
    monkeypatch.setenv("AFORO_KEYS_FILE", str(named))
    assert settings("log.sqlite").keys == "postgresql+psycopg://aforo:secret@db/keys"
