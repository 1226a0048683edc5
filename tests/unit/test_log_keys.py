"""The key store: hashes that last, seals that only their persons' keys open, and keys that are gone when erased."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.declaration import identity_text
from aforo.log.keyfile import KeyFile, KeyStoreForeignError
from aforo.log.keys import KeyStore
from aforo.log.store import Log


@pytest.fixture
def keys(keys_place: str) -> Iterator[KeyStore]:
    with closing(KeyStore(keys_place)) as made:
        yield made


def reopened(keys: KeyStore) -> KeyStore:
    keys.close()
    return KeyStore(keys.place)


def test_identities_last_and_tell_kinds_apart(keys: KeyStore) -> None:
    first = keys.identity_hashes("driver", ["a", None, "b", "a"])
    assert first.dtype == np.uint64
    assert first[0] == first[3] != first[2]
    assert first[1] == 0
    assert keys.identity_hashes("importer", ["a"])[0] != first[0]
    again = reopened(keys).identity_hashes("driver", ["a", None, "b", "a"])
    assert (again == first).all()


SPELLINGS = ["AB-123-Ñ", "ab123ñ", " A.B 123 Ñ", "ＡＢ１２３N\u0303", "ab/123_ñ\u200b"]


def test_an_identity_is_the_same_however_it_is_spelled(keys: KeyStore) -> None:
    assert len(set(keys.identity_hashes("tractor", SPELLINGS).tolist())) == 1
    others = ["AB-124-Ñ", "AB-123-N", "A&B-123-Ñ", "-", "--", ""]
    assert len(set(keys.identity_hashes("tractor", [SPELLINGS[0], *others]).tolist())) == 1 + len(others)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_spelling_an_identity_as_it_is_compared_changes_nothing(value: str) -> None:
    text = identity_text(value)
    assert identity_text(text) == text
    assert identity_text(value.lower()) == identity_text(value.lower().upper())


def test_identities_are_keyed(keys: KeyStore, tmp_path: Path) -> None:
    other = KeyStore(tmp_path / "other.sqlite")
    assert other.identity_hashes("driver", ["a"])[0] != keys.identity_hashes("driver", ["a"])[0]


def test_a_secret_is_made_once(keys: KeyStore) -> None:
    secret = keys.secret("lottery")
    assert len(secret) == 32
    assert keys.secret("lottery") == secret != keys.secret("content")
    assert reopened(keys).secret("lottery") == secret


def test_what_is_sealed_opens_for_its_persons_only(keys: KeyStore) -> None:
    sealed = keys.seal([7, 2**64 - 1, 0, 7], b"a driver's name")
    assert keys.open([2**64 - 1, 7], sealed) == b"a driver's name"
    assert keys.open([7], sealed) is None
    assert keys.open([8, 7], sealed) is None
    assert keys.seal([7], b"same") != keys.seal([7], b"same")
    assert reopened(keys).open([7, 2**64 - 1], sealed) == b"a driver's name"


def test_what_names_nobody_is_sealed_under_the_nodes_key(keys: KeyStore) -> None:
    sealed = keys.seal([], b"a broken line")
    assert keys.open([], sealed) == b"a broken line"
    assert keys.open([0], sealed) == b"a broken line"
    keys.ensure([7])
    assert keys.open([7], sealed) is None


@pytest.mark.parametrize("gone", [3, 5, 2**63 + 11])
def test_erasing_any_person_closes_what_is_sealed_under_several(keys: KeyStore, gone: int) -> None:
    persons = [3, 5, 2**63 + 11]
    sealed = keys.seal(persons, b"a crew of three")
    assert keys.erase(gone)
    assert keys.open(persons, sealed) is None
    assert not keys.erase(gone)


def test_who_files_again_after_erasure_gets_a_key_that_opens_nothing_old(keys: KeyStore) -> None:
    sealed = keys.seal([3], b"before")
    keys.erase(3)
    again = keys.seal([3], b"after")
    assert keys.open([3], sealed) is None
    assert keys.open([3], again) == b"after"


def test_another_process_forgets_an_erased_key(keys: KeyStore) -> None:
    sealed = keys.seal([3], b"before")
    other = KeyStore(keys.place)
    other.erase(3)
    assert keys.open([3], sealed) is None
    keys.ensure([3])
    other.ensure([3])
    assert other.open([3], keys.seal([3], b"after")) == b"after"


def test_two_processes_make_one_key(keys: KeyStore) -> None:
    other = KeyStore(keys.place)
    keys.ensure(range(1, 2000))
    other.ensure(range(1, 2000))
    assert other.open([1999], keys.seal([1999], b"x")) == b"x"


def test_an_erasure_stays_to_be_recorded_until_it_is(keys: KeyStore) -> None:
    person = 2**63 + 5
    keys.ensure([person])
    keys.erase_all([person, 9])
    keys = reopened(keys)
    assert keys.unrecorded_erasures() == {person}
    keys.erasure_recorded(person)
    assert keys.unrecorded_erasures() == set()


def test_the_file_is_its_owners_alone_and_shows_no_secret(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "apart" / "keys.sqlite")
    keys.secret("x")
    for path in (tmp_path / "apart").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert keys.secret("x").hex() not in repr(keys)


def test_a_place_is_a_file_or_a_database(tmp_path: Path) -> None:
    for place in ("mysql://host/keys", "sqlite://", "postgresql://host/keys"):
        with pytest.raises(ValueError, match="postgresql\\+psycopg"):
            KeyStore(place)
    KeyStore(f"sqlite:///{tmp_path / 'url.sqlite'}").close()
    assert (tmp_path / "url.sqlite").is_file()


def test_another_programs_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE invoice (number INTEGER)")
    was = path.read_bytes()
    with pytest.raises(KeyStoreForeignError):
        KeyStore(path)
    Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", KeyStore(tmp_path / "own.sqlite")).close()
    for language, words in (("en", "another program"), ("es", "otro programa")):
        for command in (["log", "checkpoint"], ["rules", "promote", "x", "--to", "shadow", "--by", "Ana"]):
            place = ["--store", str(tmp_path / "log.sqlite"), "--lang", language]
            environment = {"AFORO_KEYS": str(path), "COLUMNS": "200"}
            made = CliRunner().invoke(complete_app(), [*command, *place], env=environment)
            assert (made.exit_code, words in made.output) == (2, True), made.output
    assert path.read_bytes() == was


def test_another_process_takes_nothing_from_one_that_opened_the_file_twice(tmp_path: Path) -> None:
    """Else the other, when it leaves, deletes the write-ahead log under the first: what that writes is lost with it."""
    path = tmp_path / "keys.sqlite"
    files = []
    for _ in range(2):
        files.append(KeyFile(path, "t"))
        files[-1].prepare("CREATE TABLE IF NOT EXISTS t (x TEXT)")
    other = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute(\"INSERT INTO t VALUES ('other')\");"
        "db.commit(); db.close()"
    )
    subprocess.run([sys.executable, "-c", other, str(path)], check=True)
    with files[0].write() as rows:
        rows.execute("INSERT INTO t VALUES ('first')")
    read = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT x FROM t ORDER BY x').fetchall())"
    seen = subprocess.run([sys.executable, "-c", read, str(path)], check=True, capture_output=True, text=True).stdout
    for each in files:
        each.db.close()
    assert seen.strip() == "[('first',), ('other',)]"
