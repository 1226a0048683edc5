"""The doctor finds what is wrong with a set-up, says what to do, and changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from journeys import Learnt, Post, file, truck
from recorded import event
from sqlalchemy import text
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.cli.looks import documents, machine, record
from aforo.domain.clock import system_clock
from aforo.intake.lists import copies
from aforo.log.backup import back_up, restore
from aforo.log.keys import KeyStore
from aforo.log.sequencer import sequence
from aforo.log.store import Log, open_store
from aforo.log.succession import succeed
from aforo.log.tokens import Tokens


def ask(*arguments: object) -> tuple[int, dict[str, Any]]:
    """Exit code, and the findings by what was looked at."""
    clean = {"AFORO_LISTS": "no/such/folder"}
    done = CliRunner().invoke(complete_app(), ["doctor", "--json", *map(str, arguments)], env=clean)
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
    assert {what: each["state"] for what, each in found.items() if what not in ("space", "disk", "files")} == {
        "extras": "ok", "console": "ok", "keys": "ok", "store": "ok", "signing": "ok", "lists": "warning",
    }  # fmt: skip
    assert "not screened" in found["lists"]["said"]["en"]
    assert "5" in found["store"]["said"]["en"]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_nothing_there_yet_is_odd_and_not_wrong(tmp_path: Path) -> None:
    code, found = ask("--store", tmp_path / "none.sqlite", "--keys", tmp_path / "none-keys.sqlite")
    assert code == 0
    assert (found["store"]["state"], found["keys"]["state"]) == ("warning", "warning")
    assert not list(tmp_path.iterdir())


def test_keys_that_others_can_read_are_wrong(place: list[str], tmp_path: Path) -> None:
    os.chmod(tmp_path / "keys" / "keys.sqlite", 0o644)
    code, found = ask(*place)
    assert (code, found["keys"]["state"]) == (1, "error")
    assert "chmod 600" in found["keys"]["to_do"]["en"]


def test_another_logs_keys_and_an_old_copy_are_wrong(place: list[str], store_url: str, tmp_path: Path) -> None:
    KeyStore(tmp_path / "others.sqlite").close()
    code, found = ask(*place[:2], "--keys", tmp_path / "others.sqlite")
    assert (code, found["signing"]["state"]) == (1, "error")
    with (
        closing(KeyStore(tmp_path / "keys" / "keys.sqlite")) as keys,
        Log.open(store_url, keys) as log,
        log.database.write() as connection,
    ):
        for table in ("checkpoint", "leaf", "event"):
            connection.execute(text(f"DELETE FROM {table}"))
    code, found = ask(*place)
    assert (code, found["signing"]["state"]) == (1, "error")
    assert "old copy" in found["signing"]["said"]["en"]


def test_what_is_no_store_or_no_key_store_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no database at all, and longer than a header of SQLite would be: " * 40)
    code, found = ask("--store", tmp_path / "a.txt", "--keys", tmp_path / "a.txt")
    assert code == 1
    assert (found["store"]["state"], found["keys"]["state"]) == ("error", "error")
    code, found = ask("--store", "mysql://here/there", "--keys", tmp_path / "none.sqlite")
    assert (code, found["store"]["state"]) == (1, "error")
    code, found = ask("--store", "postgresql+psycopg://u:sesame@127.0.0.1:9/x", "--keys", tmp_path / "none.sqlite")
    assert (code, found["store"]["state"]) == (1, "error")
    assert "sesame" not in json.dumps(found)


def test_a_clock_behind_the_log_is_wrong(place: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "system_clock", lambda: system_clock() - timedelta(days=3650))
    code, found = ask(*place)
    assert (code, found["clock"]["state"]) == (1, "error")


def test_a_slow_or_full_disk_is_odd(place: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "SLOW_SYNC_SECONDS", 0.0)
    monkeypatch.setattr(machine, "SPACE_BYTES", 1 << 62)
    code, found = ask(*place)
    assert code == 0
    assert (found["disk"]["state"], found["space"]["state"]) == ("warning", "warning")


def test_a_model_is_looked_at(place: list[str], learnt: Learnt, tmp_path: Path) -> None:
    code, found = ask(*place, "-m", learnt.folder)
    assert (code, found["model"]["state"]) == (0, "ok")
    foreign = tmp_path / "foreign"
    shutil.copytree(learnt.folder, foreign)
    manifest = json.loads((foreign / "manifest.json").read_text())
    (foreign / "manifest.json").write_text(json.dumps({**manifest, "keys": "another key store's"}))
    code, found = ask(*place, "-m", foreign)
    assert (code, found["model"]["state"]) == (1, "error")
    assert "another key store" in found["model"]["said"]["en"]
    code, found = ask(*place, "-m", tmp_path)
    assert (code, found["model"]["state"]) == (1, "error")


def test_people_read_it_in_their_language(place: list[str]) -> None:
    done = CliRunner().invoke(complete_app(), ["doctor", *place, "--lang", "es"])
    assert done.exit_code == 0
    assert "se puede seguir firmando" in done.output


def test_files_and_folders_that_others_can_use_are_wrong(place: list[str], store_url: str, tmp_path: Path) -> None:
    if store_url.startswith("sqlite"):
        assert stat.S_IMODE(os.stat(tmp_path / "log.sqlite").st_mode) == 0o600
        os.chmod(tmp_path / "log.sqlite", 0o644)
        code, found = ask(*place)
        assert (code, found["store"]["state"]) == (1, "error")
        assert "chmod 600" in found["store"]["to_do"]["en"]
    assert stat.S_IMODE(os.stat(tmp_path / "keys").st_mode) == 0o700
    os.chmod(tmp_path / "keys", 0o777)
    code, found = ask(*place)
    assert (code, found["folder"]["state"]) == (1, "error")


def test_tokens_that_open_nothing_are_odd(place: list[str], tmp_path: Path) -> None:
    now = system_clock()
    with closing(Tokens(tmp_path / "keys" / "keys.sqlite")) as tokens:
        tokens.issue("Luz", "officer", (), now, now + timedelta(days=90))
        assert ask(*place)[1]["tokens"]["state"] == "ok"
        tokens.issue("Sol", "officer", (), now, now + timedelta(days=3))
        assert "expire within" in ask(*place)[1]["tokens"]["said"]["en"]
        _, gone = tokens.issue("Mar", "officer", (), now - timedelta(days=3), now - timedelta(days=1))
    told = CliRunner().invoke(complete_app(), ["doctor", *place]).output
    assert gone.id in told
    assert "Mar" not in told


def test_a_port_that_is_taken_is_wrong(place: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, found = ask(*place, "--port", port)
        assert (code, found["address"]["state"]) == (1, "error")
    code, found = ask(*place, "--port", port)
    assert (code, found["address"]["state"]) == (0, "ok")


def test_lists_that_are_missing_stale_or_damaged_are_wrong(place: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    assert "ofac" in ask(*place, "--lists", folder)[1]["lists"]["said"]["en"]
    sample = b"""<?xml version="1.0" encoding="UTF-8"?><CONSOLIDATED_LIST dateGenerated="2026-01-05T00:00:00">
    <INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>A</FIRST_NAME><REFERENCE_NUMBER>X.1</REFERENCE_NUMBER></INDIVIDUAL>
    </INDIVIDUALS><ENTITIES></ENTITIES></CONSOLIDATED_LIST>"""
    copy = copies.keep(folder, "un", {"un.xml": sample}, system_clock() - timedelta(days=400))
    done = CliRunner().invoke(complete_app(), ["doctor", *place, "--lists", str(folder)])
    assert done.exit_code == 1
    assert "lists are stale" in done.output
    (copy / "un.xml").write_bytes(b"changed")
    code, found = ask(*place, "--lists", folder)
    assert (code, found["lists"]["state"]) == (1, "error")
    assert "cannot be used" in found["lists"]["said"]["en"]


def test_backups_that_are_old_missing_or_open_are_wrong(place: list[str], store_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "notes.txt").write_text("no backup")
    code, found = ask(*place, "--backups", folder)
    assert (code, found["backups"]["state"]) == (1, "error")
    back_up(store_url, folder / "a.sqlite")
    code, found = ask(*place, "--backups", folder)
    assert (code, found["backups"]["state"]) == (0, "ok")
    os.chmod(folder / "a.sqlite", 0o640)
    assert ask(*place, "--backups", folder)[0] == 1
    os.chmod(folder / "a.sqlite", 0o600)
    old = (system_clock() - documents.OLDEST_BACKUP - timedelta(hours=1)).timestamp()
    os.utime(folder / "a.sqlite", (old, old))
    code, found = ask(*place, "--backups", folder)
    assert (code, found["backups"]["state"]) == (1, "error")
    assert "49 hours" in found["backups"]["said"]["en"]


def test_what_the_set_up_lacks_is_wrong(place: list[str], store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "EXTRAS", {"postgres": "no_such_module", "otel": "no_such_parent.child"})
    code, found = ask("--store", "postgresql+psycopg://127.0.0.1:9/x", "--keys", "none.sqlite")
    assert code == 1
    told = CliRunner().invoke(complete_app(), ["doctor", "--store", "postgresql+psycopg://127.0.0.1:9/x"]).output
    assert "pip install 'aforo[postgres]'" in told
    monkeypatch.setenv("AFORO_WCO_SCHEMAS", "no/such/folder")
    code, found = ask(*place)
    assert (code, found["schemas"]["state"]) == (1, "error")


def test_few_open_files_are_odd(place: list[str]) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        code, found = ask(*place)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (code, found["files"]["state"]) == (0, "warning")


def test_an_old_database_or_a_careless_one_is_wrong(place: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.log.sqlite._LEAST", (99, 0))
    monkeypatch.setattr("aforo.log.postgres._LEAST", (99, 0))
    code, found = ask(*place)
    assert (code, found["version"]["state"]) == (1, "error")
    monkeypatch.undo()
    for kind in ("sqlite.SqliteDatabase", "postgres.PostgresDatabase"):
        monkeypatch.setattr(f"aforo.log.{kind}.durability", lambda self, connection: [("fsync", "off", "on")])
    code, found = ask(*place)
    assert (code, found["durability"]["state"]) == (1, "error")


def test_a_tree_that_is_left_behind_is_odd(place: list[str], store_url: str, tmp_path: Path) -> None:
    before = system_clock() - timedelta(hours=3)
    with closing(KeyStore(tmp_path / "keys" / "keys.sqlite")) as keys, Log.open(store_url, keys) as log:
        log.append([msgspec.structs.replace(event("late"), recorded_at=before)])
    code, found = ask(*place)
    assert (code, found["tree"]["state"]) == (0, "warning")


def test_another_version_of_the_product_is_odd(learnt: Learnt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post(learnt, tmp_path / "post")
    with post.node() as node:
        file(node, truck("D1"))
    where = ["--store", post.store, "--keys", post.settings.keys, "-m", learnt.folder]
    assert "code" not in ask(*where)[1]
    monkeypatch.setattr("importlib.metadata.version", lambda name: "99.0")
    _, found = ask(*where)
    assert (found["code"]["state"], found["model"]["state"]) == ("warning", "warning")


def test_a_copy_from_before_a_succession_is_wrong(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'log.sqlite'}"
    with closing(KeyStore(tmp_path / "keys.sqlite")) as keys:
        with Log.open(store, keys) as log:
            log.append([event(f"s{i}") for i in range(5)])
            sequence(log)
            back_up(store, tmp_path / "old.sqlite")
            log.append([event("s9")])
            sequence(log)
        for name in ("a", "b"):
            restore(tmp_path / "old.sqlite", f"sqlite:///{tmp_path / name}")
        database, origin = open_store(f"sqlite:///{tmp_path / 'a'}")
        succeed(database, origin, keys, "lost", actor="test")
        database.close()
        with Log.open(f"sqlite:///{tmp_path / 'a'}", keys) as log:
            sequence(log)
    where = ["--keys", tmp_path / "keys.sqlite"]
    assert ask("--store", tmp_path / "a", *where)[0] == 0
    code, found = ask("--store", tmp_path / "b", *where)
    assert (code, found["signing"]["state"]) == (1, "error")
    assert "goes on from it" in found["signing"]["said"]["en"]
