"""A restored old copy goes on as another log, which says what was lost; whoever trusts the first key can follow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from recorded import event
from sqlalchemy import text
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.event import Origin
from aforo.log.backup import back_up, restore
from aforo.log.findings import Lost, Report
from aforo.log.keys import KeyStore
from aforo.log.note import Verifier
from aforo.log.rotation import rotate_key
from aforo.log.sequencer import sequence
from aforo.log.signing import SigningKeyMissingError
from aforo.log.store import Log, open_store
from aforo.log.succession import NothingLostError, SucceededError, Succession, succeed
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


def lose_the_end(
    store: str, keys: KeyStore, tmp_path: Path, *, rotate: bool = False, marks: Origin = "live"
) -> tuple[str, list[str]]:
    """A store of ten events, two of them not in the tree, of whose log twenty were signed; the checkpoints kept."""
    notes = []
    with Log.open(f"sqlite:///{tmp_path / 'lost.sqlite'}", keys) as log:
        log.marks = marks
        append(log, 8)
        sequence(log)
        notes.append(note_of(log))
        append(log, 2, first=8)
        back_up(f"sqlite:///{tmp_path / 'lost.sqlite'}", tmp_path / "old.sqlite")
        append(log, 4, first=10)
        sequence(log)
        notes.append(note_of(log))
        if rotate:
            rotate_key(log, actor="test")
        append(log, 6 - rotate, first=14)
        sequence(log)
        notes.append(note_of(log))
    restore(tmp_path / "old.sqlite", store)
    return log.origin, notes


def go_on(store: str, keys: KeyStore) -> Succession:
    database, origin = open_store(store)
    with closing(database):
        return succeed(database, origin, keys, "The disk was lost.", actor="test")


def verified(log: Log, first: Verifier, notes: dict[str, str] | None = None) -> Report:
    return verify(log.database, first, notes=notes, witnessed=log.keys.signing.witnessed(log.origin))


def test_what_says_that_a_synthetic_log_goes_on_is_synthetic(keys: KeyStore, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'log.sqlite'}"
    lose_the_end(store, keys, tmp_path, marks="synthetic")
    go_on(store, keys)
    with Log.open(store, keys) as log:
        assert {each.event.origin for each in log.read()} == {"synthetic"}


@pytest.mark.parametrize("rotate", [False, True], ids=["one key", "a key rotated in the lost end"])
def test_a_lost_end_is_declared_and_the_log_goes_on(
    store_url: str, keys: KeyStore, tmp_path: Path, rotate: bool
) -> None:
    old, notes = lose_the_end(store_url, keys, tmp_path, rotate=rotate)
    first = keys.signing.first(old)
    done = go_on(store_url, keys)
    assert (done.predecessor, done.held, done.size) == (old, 10, 20)
    with Log.open(store_url, keys) as log:
        assert log.origin == done.origin != old
        append(log, 3, first=50)
        sequence(log)
        assert log.append([event("crossing/3", 1, key="declaration:3")])[0].duplicate, "it knows what is left"
        report = verified(log, first, dict(zip("abc", notes, strict=True)))
        assert report.good, report.findings
        assert report.origin == done.origin
        assert report.leaves == 14
        assert report.lost == [Lost(old, 10, 20, done.origin, "The disk was lost.")]
        assert keys.signing.first(log.origin) == first
        rotate_key(log, actor="test")
        append(log, 1, first=60)
        sequence(log)
        assert verified(log, first).good
    # Nobody can go on with the old one any more.
    with pytest.raises(SigningKeyMissingError):
        keys.signing.current(old)


def test_a_loss_that_is_understated_is_found(store_url: str, keys: KeyStore, tmp_path: Path) -> None:
    old, notes = lose_the_end(store_url, keys, tmp_path)
    with keys._file.write() as db:  # as if the key store had been restored too, with the checkpoint before the last
        db.execute("UPDATE signed SET size = 14, root = ?", (bytes.fromhex(json.loads(_said(notes[1]))),))
    go_on(store_url, keys)
    with Log.open(store_url, keys) as log:
        sequence(log)
        report = verified(log, keys.signing.first(old), {"a newspaper": notes[2], "kept": notes[1]})
    assert [finding.code for finding in report.findings] == ["loss_understated"]


def _said(note: str) -> str:
    import base64

    return json.dumps(base64.b64decode(note.split("\n")[2]).hex())


def test_a_loss_that_nobody_vouched_for_is_found(store_url: str, keys: KeyStore, tmp_path: Path) -> None:
    old, _ = lose_the_end(store_url, keys, tmp_path)
    first = keys.signing.first(old)
    go_on(store_url, keys)
    with Log.open(store_url, keys) as log:
        sequence(log)
        with log.database.write() as connection:
            statement = "UPDATE event SET body = :body WHERE type = 'log.succeeded'"
            body = connection.execute(text("SELECT body FROM event WHERE type = 'log.succeeded'")).scalar_one()
            connection.execute(text(statement), {"body": bytes(body).replace(b'"size":20', b'"size":11')})
        codes = {finding.code for finding in verified(log, first).findings}
    assert "rotation_unvouched" in codes


def test_what_needs_no_successor_gets_none(store_url: str, keys: KeyStore) -> None:
    with Log.open(store_url, keys) as log:
        append(log, 3)
        sequence(log)
    with pytest.raises(NothingLostError):
        go_on(store_url, keys)


def test_there_is_one_successor_and_what_was_interrupted_is_completed(
    keys: KeyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = f"sqlite:///{tmp_path / 'log.sqlite'}"
    old, _ = lose_the_end(store, keys, tmp_path)
    made = keys.signing.succeed(old, "aforo/begun")  # and then the power went
    done = go_on(store, keys)
    assert (done.origin, done.key) == ("aforo/begun", made[1].text)
    with Log.open(store, keys) as log:
        sequence(log)
    restore(tmp_path / "old.sqlite", f"sqlite:///{tmp_path / 'again.sqlite'}")
    with pytest.raises(SucceededError, match="aforo/begun"):
        go_on(f"sqlite:///{tmp_path / 'again.sqlite'}", keys)


def test_a_successor_is_backed_up_restored_and_may_lose_its_end_too(keys: KeyStore, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'log.sqlite'}"
    old, _ = lose_the_end(store, keys, tmp_path)
    second = go_on(store, keys)
    with Log.open(store, keys) as log:
        sequence(log)
        back_up(store, tmp_path / "second.sqlite")
        append(log, 5, first=70)
        sequence(log)
    again = f"sqlite:///{tmp_path / 'again.sqlite'}"
    restore(tmp_path / "second.sqlite", again)
    third = go_on(again, keys)
    with Log.open(again, keys) as log:
        append(log, 1, first=90)
        sequence(log)
        report = verified(log, keys.signing.first(old))
    assert report.good, report.findings
    assert [(each.predecessor, each.successor, each.held, each.size) for each in report.lost] == [
        (old, second.origin, 10, 20),
        (second.origin, third.origin, 11, 16),
    ]


def test_more_than_a_checkpoints_leaves_may_wait(
    keys: KeyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aforo.log.sequencer.BATCH", 1)
    store = f"sqlite:///{tmp_path / 'log.sqlite'}"
    old, _ = lose_the_end(store, keys, tmp_path)
    go_on(store, keys)
    with Log.open(store, keys) as log:
        append(log, 2, first=50)
        sequence(log)
        assert verified(log, keys.signing.first(old)).good


def test_the_restore_of_an_old_copy_says_so_and_fails(keys: KeyStore, tmp_path: Path) -> None:
    lose_the_end(f"sqlite:///{tmp_path / 'log.sqlite'}", keys, tmp_path)

    def restored(name: str, *more: str) -> Result:
        where = ["--store", str(tmp_path / f"{name}.sqlite"), "--keys", str(tmp_path / "keys.sqlite")]
        return CliRunner().invoke(complete_app(), ["restore", str(tmp_path / "old.sqlite"), *where, *more])

    old = restored("first", "--json")
    assert (old.exit_code, json.loads(old.stdout)["behind"], json.loads(old.stdout)["successor"]) == (1, 10, None)
    assert "aforo log succeed" in old.stderr
    second = go_on(f"sqlite:///{tmp_path / 'first.sqlite'}", keys)
    with Log.open(f"sqlite:///{tmp_path / 'first.sqlite'}", keys) as log:
        sequence(log)
        back_up(f"sqlite:///{tmp_path / 'first.sqlite'}", tmp_path / "newest.sqlite")
    succeeded = restored("second")
    assert (succeeded.exit_code, second.origin in succeeded.stderr) == (1, True)
    assert json.loads(restored("third", "--json").stdout)["successor"] == second.origin
    (tmp_path / "old.sqlite").unlink()
    (tmp_path / "newest.sqlite").rename(tmp_path / "old.sqlite")
    assert restored("fourth").exit_code == 0


def test_it_is_done_by_a_command(keys: KeyStore, tmp_path: Path) -> None:
    old, notes = lose_the_end(f"sqlite:///{tmp_path / 'log.sqlite'}", keys, tmp_path)
    where = ["--store", str(tmp_path / "log.sqlite"), "--keys", str(tmp_path / "keys.sqlite")]
    run, app = CliRunner(), complete_app()
    refused = run.invoke(app, ["log", "checkpoint", *where])
    assert refused.exit_code == 1
    assert "aforo log succeed" in refused.output
    assert run.invoke(app, ["log", "succeed", "--reason", " ", *where]).exit_code == 2
    done = run.invoke(app, ["log", "succeed", "--reason", "The disk was lost.", *where, "--lang", "es"])
    assert done.exit_code == 0, done.output
    assert f"continúa a {old}" in done.output
    assert run.invoke(app, ["log", "succeed", "--reason", "again", *where]).exit_code == 2
    (tmp_path / "kept.txt").write_text(notes[2], encoding="utf-8")
    said = run.invoke(app, ["log", "verify", *where, "--checkpoint", str(tmp_path / "kept.txt")])
    assert said.exit_code == 0, said.output
    assert "lost 10 events behind its first 10" in said.output
