"""The doctor finds what is wrong with a set-up, says what to do, and changes nothing."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from journeys import Learnt
from recorded import event
from sqlalchemy import text
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.cli import doctor as looks
from aforo.domain.clock import system_clock
from aforo.log.keys import KeyStore
from aforo.log.sequencer import sequence
from aforo.log.store import Log


def ask(*arguments: object) -> tuple[int, dict[str, Any]]:
    """Exit code, and the findings by what was looked at."""
    done = CliRunner().invoke(complete_app(), ["doctor", "--json", *map(str, arguments)])
    return done.exit_code, {each["what"]: each for each in json.loads(done.output)}


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> list[str]:
    """A log with a few events and its key store, as options."""
    with (
        closing(KeyStore(tmp_path / "keys" / "keys.sqlite")) as keys,
        Log.open(store_url, keys) as log,
    ):
        log.append([event(f"s{i}") for i in range(5)])
        sequence(log)
    return ["--store", store_url, "--keys", str(tmp_path / "keys" / "keys.sqlite")]


def test_a_sound_set_up_is_good(place: list[str], tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    code, found = ask(*place)
    assert code == 0
    assert {what: each["state"] for what, each in found.items() if what not in ("space", "disk")} == {
        "keys": "good", "store": "good", "signing": "good",
    }  # fmt: skip
    assert "5" in found["store"]["said"]["en"]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_nothing_there_yet_is_odd_and_not_wrong(tmp_path: Path) -> None:
    code, found = ask("--store", tmp_path / "none.sqlite", "--keys", tmp_path / "none-keys.sqlite")
    assert code == 0
    assert (found["store"]["state"], found["keys"]["state"]) == ("odd", "odd")
    assert not list(tmp_path.iterdir())


def test_keys_that_others_can_read_are_wrong(place: list[str], tmp_path: Path) -> None:
    os.chmod(tmp_path / "keys" / "keys.sqlite", 0o644)
    code, found = ask(*place)
    assert (code, found["keys"]["state"]) == (1, "wrong")
    assert "chmod 600" in found["keys"]["to_do"]["en"]


def test_another_logs_keys_and_an_old_copy_are_wrong(place: list[str], store_url: str, tmp_path: Path) -> None:
    KeyStore(tmp_path / "others.sqlite").close()
    code, found = ask(*place[:2], "--keys", tmp_path / "others.sqlite")
    assert (code, found["signing"]["state"]) == (1, "wrong")
    with (
        closing(KeyStore(tmp_path / "keys" / "keys.sqlite")) as keys,
        Log.open(store_url, keys) as log,
        log.database.write() as connection,
    ):
        for table in ("checkpoint", "leaf", "event"):
            connection.execute(text(f"DELETE FROM {table}"))
    code, found = ask(*place)
    assert (code, found["signing"]["state"]) == (1, "wrong")
    assert "old copy" in found["signing"]["said"]["en"]


def test_what_is_no_store_or_no_key_store_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no database at all, and longer than a header of SQLite would be: " * 40)
    code, found = ask("--store", tmp_path / "a.txt", "--keys", tmp_path / "a.txt")
    assert code == 1
    assert (found["store"]["state"], found["keys"]["state"]) == ("wrong", "wrong")
    code, found = ask("--store", "mysql://here/there", "--keys", tmp_path / "none.sqlite")
    assert (code, found["store"]["state"]) == (1, "wrong")
    code, found = ask("--store", "postgresql+psycopg://u:sesame@127.0.0.1:9/x", "--keys", tmp_path / "none.sqlite")
    assert (code, found["store"]["state"]) == (1, "wrong")
    assert "sesame" not in json.dumps(found)


def test_a_clock_behind_the_log_is_wrong(place: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "system_clock", lambda: system_clock() - timedelta(days=3650))
    code, found = ask(*place)
    assert (code, found["clock"]["state"]) == (1, "wrong")


def test_a_slow_or_full_disk_is_odd(place: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "_SLOW_SYNC_SECONDS", 0.0)
    monkeypatch.setattr(looks, "_SPACE_BYTES", 1 << 62)
    code, found = ask(*place)
    assert code == 0
    assert (found["disk"]["state"], found["space"]["state"]) == ("odd", "odd")


def test_a_model_is_looked_at(place: list[str], learnt: Learnt, tmp_path: Path) -> None:
    code, found = ask(*place, "-m", learnt.folder)
    assert (code, found["model"]["state"]) == (0, "good")
    foreign = tmp_path / "foreign"
    shutil.copytree(learnt.folder, foreign)
    manifest = json.loads((foreign / "manifest.json").read_text())
    (foreign / "manifest.json").write_text(json.dumps({**manifest, "keys": "another key store's"}))
    code, found = ask(*place, "-m", foreign)
    assert (code, found["model"]["state"]) == (1, "wrong")
    assert "another key store" in found["model"]["said"]["en"]
    code, found = ask(*place, "-m", tmp_path)
    assert (code, found["model"]["state"]) == (1, "wrong")


def test_people_read_it_in_their_language(place: list[str]) -> None:
    done = CliRunner().invoke(complete_app(), ["doctor", *place, "--lang", "es"])
    assert done.exit_code == 0
    assert "se puede seguir firmando" in done.output
