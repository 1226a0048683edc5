"""`aforo tokens` and `aforo serve`, as processes: a token opens the door, and stopping loses nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from journeys import truck_now
from recorded import event
from typer.testing import CliRunner
from witnessing import answering

from aforo.api.witness_link import Cosigning
from aforo.cli import complete_app
from aforo.domain.event import Passed, new_event
from aforo.log.backup import back_up, back_up_keys, restore, restore_keys
from aforo.log.cosignature import WitnessSigner
from aforo.log.keys import KeyStore
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.tokens import PREFIX, Tokens

if TYPE_CHECKING:
    from journeys import Learnt, Post


def run(*arguments: str) -> tuple[int, str, str]:
    clean = {"LANG": "C", "LC_ALL": "C", "COLUMNS": "200", "AFORO_KEYS": ""}
    made = CliRunner().invoke(complete_app(), list(arguments), env=clean)
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.stdout, made.output


def test_a_token_is_shown_once_listed_and_revoked(post: Post) -> None:
    store = ("--store", post.store)
    code, text, _ = run("tokens", "issue", "Luz", "--role", "officer", *store)
    assert (code, text.startswith(PREFIX), len(text.strip())) == (0, True, len(PREFIX) + 43)
    _, made, _ = run("tokens", "issue", "ACME", "--role", "carrier", "--carrier", "ABCD", "--json", *store)
    # A device speaks for a bridge, and nobody else's token names one.
    assert run("tokens", "issue", "reader", "--role", "device", *store)[0] == 2
    assert run("tokens", "issue", "Luz", "--role", "officer", "--bridge", "world-trade", *store)[0] == 2
    assert run("tokens", "issue", "reader", "--role", "device", "--bridge", "world-trade", *store)[0] == 0
    # An edge stands at one port; staff may act at several; a carrier files at none.
    port = ["--port", "2304", "--port", "2401"]
    assert run("tokens", "issue", "edge", "--role", "port", *port, *store)[0] == 2
    assert run("tokens", "issue", "edge", "--role", "port", *port[:2], *store)[0] == 0
    assert run("tokens", "issue", "Eva", "--role", "supervisor", *port, *store)[0] == 0
    assert run("tokens", "issue", "ACME", "--role", "carrier", "--carrier", "ABCD", *port, *store)[0] == 2
    every = json.loads(run("tokens", "list", "--json", *store)[1])
    assert next(each["ports"] for each in every if each["name"] == "Eva") == ["2304", "2401"]
    listed = run("tokens", "list", *store)[1]
    assert "2304, 2401" in listed
    assert text.strip() not in listed
    assert "Luz" in listed
    assert "ABCD" in listed
    token_id = json.loads(made)["id"]
    assert run("tokens", "revoke", token_id, *store)[0] == 0
    assert run("tokens", "revoke", token_id, *store)[0] == 1
    assert "revocado" in run("tokens", "list", "--lang", "es", *store)[1]
    found = Tokens(post.settings.keys).find(json.loads(made)["token"])
    assert found is not None
    assert found.revoked_at is not None


@pytest.mark.parametrize(
    "arguments",
    [("ACME", "--role", "carrier"), ("Luz", "--role", "officer", "--carrier", "ABCD"), (" ", "--role", "auditor")],
)
def test_only_a_carriers_token_has_carriers(post: Post, arguments: tuple[str, ...]) -> None:
    code, _, told = run("tokens", "issue", *arguments, "--store", post.store)
    assert code == 2
    assert "--carrier" in told


def test_tokens_of_no_key_store_are_refused_and_none_is_made(tmp_path: Path) -> None:
    code, _, told = run("tokens", "issue", "Luz", "--role", "officer", "--store", str(tmp_path / "none.sqlite"))
    assert code == 2
    assert "none-keys.sqlite" in told
    assert list(tmp_path.iterdir()) == []


class Refusing(BaseHTTPRequestHandler):
    """Answers 422 to all."""

    def do_POST(self) -> None:
        self.send_response(422)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *told: object) -> None:
        """Says nothing."""


def test_a_server_that_is_told_to_stop_answers_what_it_has_in_hand(learnt: Learnt, tmp_path: Path) -> None:
    store = tmp_path / "log.sqlite"
    shutil.copy(learnt.keys, tmp_path / "log-keys.sqlite")
    text = run("tokens", "issue", "Luz", "--role", "officer", "--store", str(store))[1].strip()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "aforo.cli", "serve", "-m", str(learnt.folder), "--store", str(store)]
    # A proxy before its witness refuses whatever it is sent: nobody signed that, and the node starts all the same.
    refusing = HTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=refusing.serve_forever, daemon=True).start()
    witness = WitnessSigner("witness.example", bytes(32)).public.text
    command += ["--witness", f"http://127.0.0.1:{refusing.server_port}={witness}"]
    environment = dict(os.environ, AFORO_KEYS="")
    served = subprocess.Popen(
        [*command, "--port", str(port)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                httpx.get(f"{address}/readyz", trust_env=False).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        head = {"Authorization": f"Bearer {text}"}
        body = json.dumps(truck_now("G1"))
        answer = httpx.post(f"{address}/v1/filings", content=body, headers=head, trust_env=False, timeout=60)
        assert answer.status_code == 200
        served.send_signal(signal.SIGTERM)
        _, told = served.communicate(timeout=60)
    finally:
        served.kill()
    assert served.returncode == 0, told
    refusing.shutdown()
    assert "Stopped" in told
    assert "did not cosign: 422" in told
    assert run("log", "verify", "--store", str(store))[0] == 0


def test_a_server_does_not_start_where_a_witness_knows_more(learnt: Learnt, tmp_path: Path) -> None:
    """Store and key store were put back together: the node itself remembers nothing of what is missing."""
    store, keys = f"sqlite:///{tmp_path / 'log.sqlite'}", tmp_path / "log-keys.sqlite"
    shutil.copy(learnt.keys, keys)
    with closing(KeyStore(keys)) as opened, Log.open(store, opened) as log:
        log.append([event("s1")])
        sequence(log)
        back_up(store, tmp_path / "old.sqlite")
        back_up_keys(opened, tmp_path / "old-keys.sqlite")
        with answering(tmp_path / "witness.sqlite", opened.signing.first(log.origin)) as witness:
            log.append([event("s2")])
            sequence(log)
            Cosigning(log, [witness]).look()
            log.close()
            for path in (tmp_path / "log.sqlite", keys):
                path.unlink()
            restore(tmp_path / "old.sqlite", store)
            restore_keys(tmp_path / "old-keys.sqlite", keys)
            asked = ("--witness", f"{witness.url}={witness.key.text}")
            code, _, told = run("serve", "-m", str(learnt.folder), "--store", store, "--port", "18474", *asked)
    assert (code, "a witness has cosigned more" in told) == (1, True), told
    code, _, told = run("serve", "-m", str(learnt.folder), "--store", store, "--witness", "https://w=x")
    assert (code, "names no witness" in told) == (2, True), told


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe", b'{"event_id": "', 7, "text"], ids=repr)
def test_a_server_does_not_start_on_a_damaged_event(learnt: Learnt, tmp_path: Path, damage: object) -> None:
    store, keys = f"sqlite:///{tmp_path / 'log.sqlite'}", tmp_path / "log-keys.sqlite"
    shutil.copy(learnt.keys, keys)
    with closing(KeyStore(keys)) as opened, Log.open(store, opened) as log:
        # What a node reads when it starts: a passage, though no crossing's own events.
        said = Passed(tractor=1, bridge="2304/World Trade", day="2024-03-20")
        at = datetime(2024, 3, 20, 12, tzinfo=UTC)
        log.append([new_event("passed-1", said, "crossing/S1", 1, occurred_at=at, recorded_at=at, actor="test")])
        sequence(log)
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as db, db:
        assert db.execute("UPDATE event SET body = ? WHERE stream = 'crossing/S1'", (damage,)).rowcount == 1
    asked = ("serve", "-m", str(learnt.folder), "--store", store, "--port", "18472")
    for lang, sentence in (
        ("en", "position 1 of the log, in the stream crossing/S1"),
        ("es", "posición 1 del registro"),
    ):
        code, _, told = run(*asked, "--lang", lang)
        assert (code, sentence in told, "aforo restore" in told) == (1, True, True), told
    code, told, _ = run("log", "verify", "--store", store)
    assert (code, "crossing/S1" in told) == (1, True), told


def test_a_server_does_not_start_on_an_old_copy_of_the_log(learnt: Learnt, tmp_path: Path) -> None:
    store, keys = f"sqlite:///{tmp_path / 'log.sqlite'}", tmp_path / "log-keys.sqlite"
    shutil.copy(learnt.keys, keys)
    with closing(KeyStore(keys)) as opened, Log.open(store, opened) as log:
        log.append([event("s1")])
        sequence(log)
        back_up(store, tmp_path / "old.sqlite")
        log.append([event("s2")])
        sequence(log)
    (tmp_path / "log.sqlite").unlink()
    restore(tmp_path / "old.sqlite", store)
    code, _, told = run("serve", "-m", str(learnt.folder), "--store", store, "--port", "18473")
    assert code == 1
    assert "an old copy" in told
    assert "aforo log succeed" in told
