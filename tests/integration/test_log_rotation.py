"""Signing keys are rotated, beside a server that runs too; what was signed before and after verifies from the first."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from journeys import Post, truck
from listening import listening
from recorded import START, Clock, event
from typer.testing import CliRunner

from aforo.api import readiness
from aforo.cli import complete_app
from aforo.log.checkpoint import opened
from aforo.log.keys import KeyStore
from aforo.log.note import NoteError
from aforo.log.rotation import rotate_key
from aforo.log.sequencer import sequence
from aforo.log.signing import SigningKeyMissingError
from aforo.log.store import Log
from aforo.log.tree import head
from aforo.log.verify import verify

if TYPE_CHECKING:
    from journeys import Learnt


def note_of(log: Log) -> str:
    with log.database.read() as connection:
        note = head(connection).note
    assert note is not None
    return note


def test_receipts_and_checkpoints_hold_from_before_and_after(store_url: str, tmp_path: Path) -> None:
    with closing(KeyStore(tmp_path / "keys.sqlite")) as keys, Log.open(store_url, keys, clock=Clock()) as log:
        first = keys.signing.first(log.origin)
        before = log.append([event("a/1"), event("a/2")])[1].portable()
        sequence(log)
        kept = {"before": note_of(log)}
        new = rotate_key(log, actor="test")
        sequence(log)
        after = log.append([event("a/3")])[0].portable()
        sequence(log)
        kept["after"] = note_of(log)
        assert START < before.check(first) < after.check(new)
        for receipt, wrong in ((before, new), (after, first)):
            with pytest.raises(NoteError):
                receipt.check(wrong)
        assert opened(kept["before"], first).size == 2
        assert opened(kept["after"], new).size == 4
        report = verify(log.database, first, notes=kept, witnessed=keys.signing.witnessed(log.origin))
        assert report.good, report.findings
        with pytest.raises(SigningKeyMissingError):
            keys.signing.signer(first)


def test_a_server_that_runs_takes_the_new_key_up(learnt: Learnt, tmp_path: Path) -> None:
    post = Post(learnt, tmp_path / "post")
    where = ["--store", post.store, "--keys", post.settings.keys]
    with listening(post) as made:
        carrier, signing = made.carrier(), made.log.keys.signing
        assert carrier.post("/v1/filings", content=json.dumps(truck("B1"))).status_code == 200
        old = signing.current(made.log.origin).verifier
        done = CliRunner().invoke(complete_app(), ["log", "rotate-key", *where, "--json"])
        assert done.exit_code == 0, done.output
        new = json.loads(done.stdout)["key"]
        assert carrier.post("/v1/filings", content=json.dumps(truck("B2"))).status_code == 200
        assert made.log._signer().verifier.text == new != old.text
        assert all(signer.verifier.text == new for signer in signing._signers.values()), "the old one is forgotten"
        assert made.nobody.get("/readyz").status_code == 200
    told = CliRunner().invoke(complete_app(), ["log", "verify", *where, "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["keys"] == [old.text, new]


def test_keys_from_before_a_rotation_are_told_of(
    learnt: Learnt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "BELIEVED_S", 0.0)
    post = Post(learnt, tmp_path / "post")
    keys = tmp_path / "post" / "log-keys.sqlite"
    with post.log() as log:
        log.append([event("a/1")])
        sequence(log)
        log.keys._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        shutil.copy(keys, tmp_path / "old-keys.sqlite")
        rotate_key(log, actor="test")
        sequence(log)
    told = ["doctor", "--store", post.store, "--keys", str(tmp_path / "old-keys.sqlite")]
    done = CliRunner().invoke(complete_app(), told)
    assert done.exit_code == 1
    assert "from before a rotation" in done.output
    with closing(KeyStore(tmp_path / "old-keys.sqlite")) as old, Log.open(post.settings.store, old) as log:
        assert not log.can_sign
