"""The tree follows the log, its heads are signed once, and an old copy is never signed again."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from recorded import Clock, event
from sqlalchemy import text

from aforo.log import merkle, sequencer
from aforo.log.checkpoint import Checkpoint, opened
from aforo.log.keys import KeyStore
from aforo.log.note import NoteError
from aforo.log.rotation import STREAM, follow, rotate_key
from aforo.log.sequencer import Sequencing, sequence
from aforo.log.signing import EquivocationError, SigningKeyMissingError
from aforo.log.store import Log
from aforo.log.tree import head
from aforo.log.verify import verify


@pytest.fixture
def log(store_url: str, tmp_path: Path) -> Iterator[Log]:
    with Log.open(store_url, KeyStore(tmp_path / "keys.sqlite"), clock=Clock()) as opened:
        yield opened


def notes(log: Log) -> list[str]:
    with log.database.read() as connection:
        return list(connection.execute(text("SELECT note FROM checkpoint ORDER BY size")).scalars())


def file(log: Log, *streams: str) -> None:
    log.append([event(stream, 1) for stream in streams])


def test_leaves_are_dense_and_the_signed_root_is_the_trees(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "BATCH", 4)
    file(log, *(f"s{i}" for i in range(10)))
    assert sequence(log) == 10
    assert sequence(log) == 0
    with log.database.read() as connection:
        leaves = connection.execute(text("SELECT leaf_index, position FROM leaf ORDER BY leaf_index")).all()
    stored = log.read()
    assert [tuple(leaf) for leaf in leaves] == [(i, each.position) for i, each in enumerate(stored)]
    verifier = log.keys.signing.verifiers(log.origin)[0]
    hashes = [each.leaf_hash for each in stored]
    assert [opened(note, verifier) for note in notes(log)] == [
        Checkpoint(log.origin, size, merkle.root(hashes[:size])) for size in (4, 8, 10)
    ]


def test_the_thread_brings_an_event_into_the_tree_by_itself(log: Log) -> None:
    with Sequencing(log, interval=0.02):
        file(log, "a")
        until = time.monotonic() + 30
        while not notes(log) and time.monotonic() < until:
            time.sleep(0.02)
        assert len(notes(log)) == 1
        file(log, "b")
    assert opened(notes(log)[-1], log.keys.signing.verifiers(log.origin)[0]).size == 2


def test_what_stops_the_thread_is_raised(log: Log) -> None:
    file(log, "a")
    sequence(log)
    with log.database.write() as connection:
        connection.execute(text("UPDATE checkpoint SET note = replace(note, '1', '2')"))

    def work() -> None:
        with Sequencing(log, interval=0.01) as thread:
            file(log, "b")
            until = time.monotonic() + 30
            while thread.failure is None and time.monotonic() < until:
                time.sleep(0.01)

    with pytest.raises(EquivocationError):
        work()


def test_sequencers_do_not_meet(log: Log) -> None:
    """Four sequence at once while one writes: the tree is one, and dense."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            sequence(log)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(40):
        file(log, f"s{i}", f"t{i}")
    stop.set()
    for thread in threads:
        thread.join()
    sequence(log)
    report = verify(log.database, log.keys.signing.verifiers(log.origin)[0])
    assert report.good, report.findings
    assert report.leaves == 80


def test_a_rotated_key_signs_from_its_event_on(log: Log) -> None:
    file(log, "a")
    sequence(log)
    old = log.keys.signing.current(log.origin).verifier
    new = rotate_key(log, actor="test")
    assert log.keys.signing.current(log.origin).verifier == old, "in force when it is in the tree"
    sequence(log)
    file(log, "b")
    sequence(log)
    assert log.keys.signing.current(log.origin).verifier == new
    with pytest.raises(SigningKeyMissingError):
        log.keys.signing.signer(old)
    first, *later = notes(log)
    assert opened(first, old).size == 1
    for note in later:
        assert opened(note, new)
        with pytest.raises(NoteError):
            opened(note, old)
    third = rotate_key(log, actor="test")
    sequence(log)
    report = verify(log.database, old)
    assert report.good, report.findings
    assert report.keys == [old.text, new.text, third.text]


def test_a_rotation_that_was_interrupted_is_completed(log: Log) -> None:
    old = log.keys.signing.current(log.origin).verifier
    prepared = log.keys.signing.prepare(log.origin, old)
    assert rotate_key(log, actor="test") == prepared
    assert follow(old, log.stream(STREAM)).last == prepared


def test_a_rotation_that_nobody_vouched_for_has_no_effect(log: Log) -> None:
    rotate_key(log, actor="test")
    good = log.stream(STREAM)[0].event
    with log.database.write() as connection:
        connection.execute(text("DELETE FROM event"))
    forged = {**good.data, "signature": good.data["signature"][::-1]}
    log.append([replace(good, data=forged)])
    sequence(log)
    verifier = log.keys.signing.verifiers(log.origin)[0]
    assert opened(notes(log)[0], verifier)
    report = verify(log.database, verifier)
    assert [finding.code for finding in report.findings] == ["rotation_unvouched"]


def test_signing_and_stopping_before_storing_ends_in_the_same_tree(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """The node dies after the key store has remembered the checkpoint, and before the store has it."""
    file(log, "a", "b", "c")
    real = log.keys.signing.sign

    def die(checkpoint: Checkpoint, verifier: object) -> str:
        real(checkpoint, verifier)
        raise KeyboardInterrupt

    monkeypatch.setattr(log.keys.signing, "sign", die)
    with pytest.raises(KeyboardInterrupt):
        sequence(log)
    monkeypatch.undo()
    assert notes(log) == []
    file(log, "d")
    assert sequence(log) == 4
    sizes = [opened(note, log.keys.signing.verifiers(log.origin)[0]).size for note in notes(log)]
    assert sizes == [3, 4], "what was signed comes first"


def test_a_store_that_lost_signed_events_signs_nothing(log: Log, store_url: str, tmp_path: Path) -> None:
    file(log, "a", "b", "c")
    sequence(log)
    with log.database.write() as connection:
        for table in ("event", "leaf", "checkpoint"):
            connection.execute(text(f"DELETE FROM {table}"))
    with pytest.raises(EquivocationError, match="3 leaves"):
        sequence(log)
    with Log.open(store_url, KeyStore(tmp_path / "keys.sqlite")) as again:
        assert again.read() == []
        with pytest.raises(EquivocationError, match="old copy"):
            again.append([event("d", 1)])
    assert notes(log) == []


def test_a_restored_copy_that_was_written_to_is_not_signed(tmp_path: Path) -> None:
    """The copy is of two events, the node has signed three; another third event must not be signed in its place."""
    keys = KeyStore(tmp_path / "keys.sqlite")
    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys) as log:
        file(log, "a", "b")
        sequence(log)
    shutil.copy(tmp_path / "log.sqlite", tmp_path / "copy.sqlite")
    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys) as log:
        file(log, "c")
        sequence(log)
    with Log.open(f"sqlite:///{tmp_path / 'copy.sqlite'}", keys) as copy:
        with pytest.raises(EquivocationError):
            file(copy, "d")
        copy.refusal = None  # as a process that had the copy open all along would have it
        file(copy, "d", "e")
        with pytest.raises(EquivocationError, match="another root"):
            sequence(copy)
        with copy.database.read() as connection:
            assert head(connection).size == 2
