"""Backup and restore on both databases, drilled: from a store in use, into either, and the rule on checkpoints."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from recorded import START, event
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.event import Filed, new_event
from aforo.log import backup
from aforo.log.backup import TargetInUseError, back_up, back_up_keys, restore, restore_keys, witness
from aforo.log.databases import database
from aforo.log.erasure import erase_again, erase_person
from aforo.log.keyfile import KeyStoreForeignError
from aforo.log.keys import KeyStore
from aforo.log.migrations import StoreForeignError
from aforo.log.note import NoteError
from aforo.log.sequencer import sequence
from aforo.log.signing import EquivocationError
from aforo.log.store import Log, open_to_read
from aforo.log.tokens import Tokens
from aforo.log.tree import head
from aforo.log.verify import verify


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyStore]:
    with closing(KeyStore(tmp_path / "keys.sqlite")) as store:
        yield store


def append(log: Log, count: int, first: int = 0) -> None:
    log.append([event(f"crossing/{n}", 1, key=f"declaration:{n}") for n in range(first, first + count)])


def note_of(log: Log) -> str:
    with log.database.read() as connection:
        note = head(connection).note
    assert note is not None
    return note


def bodies(url: str) -> list[tuple[int, bytes]]:
    store, _ = open_to_read(url)
    with closing(store), store.read() as connection:
        rows = connection.exec_driver_sql("SELECT position, body FROM event ORDER BY position").all()
    return [(position, bytes(body)) for position, body in rows]


def test_a_backup_is_a_store_that_verifies_and_restores_to_the_same_record(
    store_url: str, keys: KeyStore, tmp_path: Path
) -> None:
    target = tmp_path / "backup.sqlite"
    with Log.open(store_url, keys) as log:
        append(log, 30)
        sequence(log)
        hash_ = log.artefacts.put("policy", b"a policy")
        append(log, 5, first=30)  # not in the tree yet
        copied = back_up(store_url, target)
        origin, first = log.origin, keys.signing.verifiers(log.origin)[0]
    assert (copied.origin, copied.events, copied.leaves, copied.artefacts) == (origin, 35, 30, 1)
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith("backup")) == ["backup.sqlite"]
    assert bodies(f"sqlite:///{target}") == bodies(store_url)
    again = f"sqlite:///{tmp_path / 'another' / 'machine' / 'again.sqlite'}"  # a folder that is not there yet
    assert restore(target, again) == copied
    assert bodies(again) == bodies(store_url)
    with Log.open(again, keys) as log:
        assert log.origin == origin
        assert log.artefacts.get(hash_) == b"a policy"
        assert sequence(log) == 5
        append(log, 3, first=35)
        sequence(log)
        assert verify(log.database, first, witnessed=keys.signing.witnessed(origin)).good
        assert log.position() == 38


def test_a_backup_of_one_database_restores_into_the_other(
    emptied_postgres: str, keys: KeyStore, tmp_path: Path
) -> None:
    source = f"sqlite:///{tmp_path / 'log.sqlite'}"
    with Log.open(source, keys) as log:
        append(log, 12)
        sequence(log)
    back_up(source, tmp_path / "backup.sqlite")
    restore(tmp_path / "backup.sqlite", emptied_postgres)
    assert bodies(emptied_postgres) == bodies(source)
    with Log.open(emptied_postgres, keys) as log:
        append(log, 3, first=12)
        sequence(log)
        assert [stored.position for stored in log.read()] == list(range(1, 16))
        assert verify(log.database, keys.signing.verifiers(log.origin)[0]).good


def test_what_is_appended_meanwhile_is_whole_or_absent(store_url: str, keys: KeyStore, tmp_path: Path) -> None:
    with Log.open(store_url, keys) as log:
        append(log, 200)
        sequence(log)
        stop = threading.Event()

        def busy() -> None:
            number = 1_000
            while not stop.is_set():
                append(log, 7, first=number)
                sequence(log)
                number += 7

        writer = threading.Thread(target=busy)
        writer.start()
        try:
            for round_ in range(4):
                back_up(store_url, tmp_path / f"{round_}.sqlite")
        finally:
            stop.set()
            writer.join()
        live = dict(bodies(store_url))
        first = keys.signing.verifiers(log.origin)[0]
    for round_ in range(4):
        held = bodies(f"sqlite:///{tmp_path / f'{round_}.sqlite'}")
        assert (len(held) - 200) % 7 == 0
        assert all(live[position] == body for position, body in held)
        with closing(open_to_read(f"sqlite:///{tmp_path / f'{round_}.sqlite'}")[0]) as store:
            assert verify(store, first).good


def test_an_old_backup_is_read_and_not_signed_on(store_url: str, keys: KeyStore, tmp_path: Path) -> None:
    with Log.open(store_url, keys) as log:
        append(log, 10)
        sequence(log)
        back_up(store_url, tmp_path / "old.sqlite")
        append(log, 10, first=10)
        sequence(log)
    again = f"sqlite:///{tmp_path / 'again.sqlite'}"
    restore(tmp_path / "old.sqlite", again)
    with Log.open(again, keys) as log:
        assert len(log.read()) == 10
        with pytest.raises(EquivocationError, match="old copy"):
            append(log, 1, first=99)


def test_restored_keys_sign_no_second_history(keys: KeyStore, tmp_path: Path) -> None:
    store, secret = f"sqlite:///{tmp_path / 'log.sqlite'}", keys.secret("identity")
    with Log.open(store, keys) as log:
        append(log, 10)
        sequence(log)
        back_up(store, tmp_path / "old.sqlite")
        back_up_keys(keys, tmp_path / "old-keys.sqlite")
        append(log, 10, first=10)
        sequence(log)
        kept, origin = note_of(log), log.origin
    assert stat.S_IMODE(os.stat(tmp_path / "old-keys.sqlite").st_mode) == 0o600
    again = f"sqlite:///{tmp_path / 'again.sqlite'}"
    restore(tmp_path / "old.sqlite", again)
    restore_keys(tmp_path / "old-keys.sqlite", tmp_path / "again-keys.sqlite")
    assert stat.S_IMODE(os.stat(tmp_path / "again-keys.sqlite").st_mode) == 0o600
    with closing(KeyStore(tmp_path / "again-keys.sqlite")) as restored:
        assert restored.secret("identity") == secret
        assert witness(restored, origin, kept) == 20
        assert witness(restored, origin, kept) == 20
        with Log.open(again, restored) as log, pytest.raises(EquivocationError, match="old copy"):
            append(log, 1, first=99)
        with pytest.raises(NoteError):
            witness(restored, origin, kept.replace("20", "21", 1))
        with pytest.raises(NoteError):
            witness(restored, "aforo/another", kept)


def test_a_smaller_checkpoint_than_is_remembered_is_no_news(keys: KeyStore, tmp_path: Path) -> None:
    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys) as log:
        append(log, 3)
        sequence(log)
        small = note_of(log)
        append(log, 3, first=3)
        sequence(log)
        with pytest.raises(EquivocationError):
            witness(keys, log.origin, small)


def test_nothing_is_overwritten(keys: KeyStore, tmp_path: Path) -> None:
    store, target = f"sqlite:///{tmp_path / 'log.sqlite'}", tmp_path / "backup.sqlite"
    with Log.open(store, keys) as log:
        append(log, 3)
    back_up(store, target)
    before = target.read_bytes()
    with pytest.raises(TargetInUseError):
        back_up(store, target)
    with pytest.raises(TargetInUseError):
        back_up_keys(keys, target)
    with pytest.raises(TargetInUseError):
        restore(target, store)
    back_up_keys(keys, tmp_path / "keys-backup.sqlite")
    with pytest.raises(TargetInUseError):
        restore_keys(tmp_path / "keys-backup.sqlite", target)
    with pytest.raises(KeyStoreForeignError):
        restore_keys(target, tmp_path / "new.sqlite")
    assert target.read_bytes() == before
    with closing(sqlite3.connect(tmp_path / "another.sqlite")) as another:
        another.execute("CREATE TABLE theirs (a)")
    with pytest.raises(StoreForeignError):
        restore(tmp_path / "another.sqlite", f"sqlite:///{tmp_path / 'third.sqlite'}")


def test_a_backup_that_fails_leaves_nothing(keys: KeyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = f"sqlite:///{tmp_path / 'log.sqlite'}"
    with Log.open(store, keys) as log:
        append(log, 3)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_sync", full)
    with pytest.raises(OSError, match="No space"):
        back_up(store, tmp_path / "backup.sqlite")
    assert not [each.name for each in tmp_path.iterdir() if each.name.startswith("backup")]


def test_the_drill_by_its_commands(keys: KeyStore, tmp_path: Path) -> None:
    run, app = CliRunner(), complete_app()
    store, key_file = tmp_path / "log.sqlite", str(tmp_path / "keys.sqlite")
    with Log.open(f"sqlite:///{store}", keys) as log:
        append(log, 4)
        sequence(log)
        (tmp_path / "kept.txt").write_text(note_of(log), encoding="utf-8")
    told = run.invoke(
        app,
        ["backup", "-o", str(tmp_path / "b.sqlite"), "--keys-output", str(tmp_path / "k.sqlite"), "--store", str(store),
         "--keys", key_file],
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "4 events" in told.output
    arguments = ["restore", str(tmp_path / "b.sqlite"), "--store", str(tmp_path / "r.sqlite")]
    lost = [*arguments, "--keys", str(tmp_path / "rk.sqlite"), "--keys-backup", str(tmp_path / "k.sqlite")]
    refused = run.invoke(app, [*lost, "--lang", "es"])
    assert refused.exit_code == 2
    assert "segunda historia" in refused.output
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    empty = run.invoke(app, [*lost, "--checkpoint", str(folder)])
    assert (empty.exit_code, "no signed checkpoint" in " ".join(empty.output.split())) == (2, True)
    (folder / "zzz.txt").write_text("not a checkpoint", encoding="utf-8")
    for name, leaves in (("b", 0), ("a", 3)):  # the newest is that of most leaves, whatever it is called
        with Log.open(f"sqlite:///{store}", keys) as log:
            append(log, leaves, first=4)
            sequence(log)
        where = ["--store", str(store), "--keys", key_file]
        written = run.invoke(app, ["backup", "--checkpoint-output", str(folder / f"{name}.checkpoint"), *where])
        assert written.exit_code == 0, written.output
    again = run.invoke(app, ["backup", "--checkpoint-output", str(folder / "a.checkpoint"), *where])
    assert (again.exit_code, "nothing is overwritten" in again.output) == (2, True)
    early = [*arguments[:-1], str(tmp_path / "early.sqlite"), "--keys", str(tmp_path / "ek.sqlite")]
    behind = run.invoke(
        app, [*early, "--keys-backup", str(tmp_path / "k.sqlite"), "--json"], env={"AFORO_CHECKPOINTS": str(folder)}
    )
    assert (behind.exit_code, json.loads(behind.stdout)["behind"]) == (1, 3), behind.output
    done = run.invoke(app, [*lost, "--checkpoint", str(tmp_path / "kept.txt"), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    assert (said["report"]["leaves"], said["report"]["findings"], said["behind"]) == (4, [], 0)
    occupied = run.invoke(app, [*arguments, "--keys", key_file])
    assert occupied.exit_code == 2
    assert "nothing is overwritten" in occupied.output
    nothing = run.invoke(app, ["backup", "--store", str(store), "--keys", key_file])
    assert nothing.exit_code == 2


def test_a_database_that_is_restored_to_is_closed(tmp_path: Path, keys: KeyStore) -> None:
    store = f"sqlite:///{tmp_path / 'log.sqlite'}"
    with Log.open(store, keys) as log:
        append(log, 2)
    back_up(store, tmp_path / "b.sqlite")
    restore(tmp_path / "b.sqlite", f"sqlite:///{tmp_path / 'r.sqlite'}")
    with closing(database(f"sqlite:///{tmp_path / 'r.sqlite'}")) as restored, restored.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM event").scalar_one() == 2


def test_whom_the_record_says_was_erased_is_erased_again_with_restored_keys(keys: KeyStore, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'log.sqlite'}"
    gone, back, here = (int(keys.identity_hashes("driver", [name])[0]) for name in ("DR-1", "DR-2", "DR-3"))
    with Log.open(store, keys) as log:
        sealed = {person: keys.seal([person], b"a name") for person in (gone, back, here)}
        back_up_keys(keys, tmp_path / "old-keys.sqlite")
        for person in (gone, back):
            erase_person(log, person, "a request", actor="test")
        identities = base64.b64encode(np.array([0, 0, 0, 0, back, 0, 0], "<u8").tobytes()).decode()
        filed = Filed({"declaration_id": "D-1"}, identities, "c", "declarations", 1)
        log.append([new_event("e-1", filed, "crossing/D-1", 1, occurred_at=START, recorded_at=START, actor="test")])
        sequence(log)
    restore_keys(tmp_path / "old-keys.sqlite", tmp_path / "again-keys.sqlite")
    with closing(KeyStore(tmp_path / "again-keys.sqlite")) as restored:
        assert restored.open([gone], sealed[gone]) == b"a name"
        with Log.open_to_read(store, restored) as log:
            assert erase_again(log) == 1
            assert erase_again(log) == 0
        assert restored.open([gone], sealed[gone]) is None
        assert [restored.open([person], sealed[person]) for person in (back, here)] == [b"a name"] * 2


def test_tokens_do_not_come_back_with_restored_keys(keys: KeyStore, tmp_path: Path) -> None:
    keys.secret("identity")
    with closing(Tokens(tmp_path / "keys.sqlite")) as tokens:
        text, _ = tokens.issue("Luz", "officer", (), START, START + timedelta(days=1))
    back_up_keys(keys, tmp_path / "old-keys.sqlite")
    restore_keys(tmp_path / "old-keys.sqlite", tmp_path / "again-keys.sqlite")
    with closing(Tokens(tmp_path / "again-keys.sqlite")) as tokens:
        assert tokens.find(text) is None
