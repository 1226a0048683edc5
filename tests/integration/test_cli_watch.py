"""`aforo watch`, as processes: killed at any instant, told to stop, started twice, its database gone and back."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import truck_now
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.event import Filed, Received
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.settings import settings

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture
def place(learnt: Learnt, tmp_path: Path) -> Path:
    """A folder to watch, beside the keys that the model was learnt with."""
    shutil.copy(learnt.keys, tmp_path / "log-keys.sqlite")
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def arguments(learnt: Learnt, place: Path, *more: str, store: str = "") -> list[str]:
    own = store or str(place.parent / "log.sqlite")
    return [
        *("watch", str(place), "-m", str(learnt.folder), "--store", own, "--settle", "0", "--every", "0.1", "--json"),
        *("--any-carrier", *more),
    ]


def run(*called: str) -> tuple[int, str, str]:
    clean = {"LANG": "C", "LC_ALL": "C", "COLUMNS": "200", "AFORO_KEYS": ""}
    made = CliRunner().invoke(complete_app(), list(called), env=clean)
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.stdout, made.output


@contextmanager
def started(called: list[str], **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "aforo.cli", *called],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ, AFORO_KEYS="", LANG="C", LC_ALL="C") | environment,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def ready(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    line = process.stderr.readline()
    assert "Watching" in line, line + process.stderr.read()


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


def put(place: Path, name: str, message: Any) -> None:
    """As a careful sender does it: under another name first."""
    (place / f"{name}.part").write_text(json.dumps(message))
    (place / f"{name}.part").rename(place / name)


def counted(store: str) -> tuple[int, int]:
    where = settings(store)
    with closing(KeyStore(where.keys)) as keys, Log.open(where.store, keys) as log:
        filed, received = (
            len({each.event.idempotency_key for each in log.read(types=[kind.TYPE])}) for kind in (Filed, Received)
        )
        return filed, received


def undated(own: str) -> dict[str, Any]:
    message = truck_now(own)
    del message["filed_at"]
    return message


def killed(learnt: Learnt, place: Path, kills: int, per_run: int, seed: int) -> None:
    """Kill the process again and again while files come; then let it come to its end, and count."""
    chance = random.Random(seed)
    called = arguments(learnt, place)
    sent = 0
    for kill in range(kills):
        with started(called) as process:
            if kill % 2 == 0:
                ready(process)
            for _ in range(per_run):
                put(place, f"{sent}.json", undated(f"K{sent}"))
                sent += 1
            if kill % 2 == 0:
                for _ in range(chance.randrange(per_run)):
                    told(process)
            else:  # while it opens its node, or takes up what the one before it left
                time.sleep(chance.uniform(0.5, 3.0))
            time.sleep(chance.uniform(0.0, 0.02))
            process.send_signal(signal.SIGKILL)
            process.wait(30)
    code, out, _ = run(*called, "--once")
    assert code == 0
    assert json.loads(out.splitlines()[-1])["put_off"] == 0
    assert sorted(os.listdir(place / "done"), key=lambda name: int(Path(name).stem)) == [
        f"{number}.json" for number in range(sent)
    ]
    assert len(os.listdir(place / "answers")) == sent + len(list((place / "answers").glob(".*")))
    for number in range(sent):
        answer = json.loads((place / "answers" / f"{number}.json.json").read_bytes())
        assert [each["declaration_id"] for each in answer["filings"]] == [f"K{number}"]
    store = str(place.parent / "log.sqlite")
    assert counted(store) == (sent, sent)
    assert run("log", "verify", "--store", store)[0] == 0


def test_killed_again_and_again_it_loses_nothing_and_files_nothing_twice(learnt: Learnt, place: Path) -> None:
    killed(learnt, place, kills=8, per_run=30, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_killed_a_hundred_times(learnt: Learnt, place: Path, seed: int) -> None:
    killed(learnt, place, kills=20, per_run=100, seed=seed)


def test_told_to_stop_it_finishes_what_it_has_in_hand(learnt: Learnt, place: Path) -> None:
    with started(arguments(learnt, place)) as process:
        ready(process)
        put(place, "trip.json", truck_now("S1"))
        answer = told(process)
        assert (answer["file"], answer["verdict"], answer["answer"]) == (
            "trip.json",
            "accepted",
            "answers/trip.json.json",
        )
        code, _, words = run(*arguments(learnt, place, "--once"))
        assert (code, "another process watches" in words) == (2, True)
        process.send_signal(signal.SIGTERM)
        _, words = process.communicate(timeout=60)
    assert process.returncode == 0, words
    assert "Stopped" in words
    assert run("log", "verify", "--store", str(place.parent / "log.sqlite"))[0] == 0


def test_once_handles_what_is_there_and_says_it_to_people(learnt: Learnt, place: Path) -> None:
    trip = truck_now("E1")
    put(place, "trip.json", trip)
    put(place, "bad.json", "nonsense")
    called = [each for each in arguments(learnt, place, "--once") if each != "--json"]
    code, out, every = run(*called)
    assert code == 0
    assert "trip.json: accepted, 1 of 1 records taken (0 of them before) → answers/trip.json.json" in out
    assert "bad.json: refused, 1 problems → answers/bad.json.json" in out
    assert "2 files answered, 0 put off." in every
    put(place, "trip.json", trip)
    code, out, _ = run(*called, "--lang", "es")
    assert "(1 de ellos antes)" in out


@pytest.mark.parametrize("more", [[], ["--any-carrier", "--carrier", "ABCD"], ["--carrier", " "]])
def test_whose_files_may_be_filed_has_to_be_said(learnt: Learnt, place: Path, more: list[str]) -> None:
    called = [each for each in arguments(learnt, place) if each != "--any-carrier"]
    code, _, words = run(*called, *more)
    assert code == 2
    assert "--any-carrier" in words
    assert not (place.parent / "log.sqlite").exists()


def test_a_folder_that_is_not_there_or_not_fit_is_refused(learnt: Learnt, place: Path) -> None:
    code, _, words = run(*arguments(learnt, place / "none"))
    assert (code, "is no folder" in words) == (2, True)
    (place / "done").symlink_to(place.parent)
    code, _, words = run(*arguments(learnt, place))
    assert (code, "done in" in words) == (2, True)


def test_who_is_told_to_stop_while_it_waits_for_that_does_not_wait_for_itself() -> None:
    """A signal meets the main thread wherever it stands, also within the lock of the event that it waits for."""
    program = """
import os, signal
from aforo.cli.watch import told_to_stop
with told_to_stop() as stop:
    with stop._cond:
        os.kill(os.getpid(), signal.SIGTERM)
    assert stop.wait(20)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


class Relay(socketserver.ThreadingTCPServer):
    """Stands before a database, and can be cut: what is open is closed, and nothing new is let through."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, target: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), _Carried)
        self.target = target
        self.away = False
        self.open: list[socket.socket] = []

    def cut(self) -> None:
        self.away = True
        for each in self.open:
            with closing(each):
                each.shutdown(socket.SHUT_RDWR)
        self.open.clear()


class _Carried(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        if self.server.away:
            return
        with socket.create_connection(self.server.target) as other:
            self.server.open += [other]
            back = threading.Thread(target=_carry, args=(other, self.request), daemon=True)
            back.start()
            _carry(self.request, other)
            back.join(10)


def _carry(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for each in (source, target):
            each.close()


def test_while_the_database_is_away_files_wait_and_then_go_on(learnt: Learnt, place: Path, postgres_url: str) -> None:
    from sqlalchemy import make_url

    url = make_url(postgres_url)
    with Relay((url.host or "127.0.0.1", url.port or 5432)) as relay:
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        store = url.set(host="127.0.0.1", port=relay.server_address[1]).render_as_string(hide_password=False)
        keys = f"sqlite:///{place.parent / 'log-keys.sqlite'}"
        with started(arguments(learnt, place, store=store), AFORO_KEYS=keys) as process:
            ready(process)
            put(place, "before.json", truck_now("D1"))
            assert told(process)["verdict"] == "accepted"
            relay.cut()
            put(place, "while.json", truck_now("D2"))
            away_until = time.monotonic() + 4
            while (answer := told(process))["verdict"] == "put_off":
                assert answer["file"] == "while.json"
                relay.away = time.monotonic() < away_until
            assert answer["verdict"] == "accepted"
            put(place, "after.json", truck_now("D3"))
            assert told(process)["file"] == "after.json"
            process.send_signal(signal.SIGTERM)
            _, words = process.communicate(timeout=60)
        assert process.returncode == 0, words
        relay.shutdown()
    with closing(KeyStore(keys)) as opened, Log.open(postgres_url, opened) as log:
        assert len(log.read(types=[Filed.TYPE])) == 3


def test_a_server_watches_folders_beside_what_comes_over_http(learnt: Learnt, place: Path) -> None:
    store = str(place.parent / "log.sqlite")
    token = run("tokens", "issue", "ACME", "--role", "carrier", "--carrier", "CA-1", "--store", store)[1].strip()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    put(place, "own.json", undated("V1"))
    put(place, "other.json", truck_now("V2", carrier_id="CA-2"))
    served = ["serve", "-m", str(learnt.folder), "--store", store, "--port", port, "--watch", f"{place}=CA-1"]
    with started(served) as process:
        # What is answered is put away after that.
        away = place / "done" / "own.json", place / "refused" / "other.json"
        until = time.monotonic() + 60
        while not all(each.is_file() for each in away) and time.monotonic() < until:
            time.sleep(0.1)
        assert [each.is_file() for each in away] == [True, True]
        again = httpx.post(
            f"http://127.0.0.1:{port}/v1/filings", content=json.dumps(undated("V1")), trust_env=False, timeout=60,
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert again.json()["filings"][0]["repeated"], "what came by folder is known over HTTP"
        process.send_signal(signal.SIGTERM)
        _, words = process.communicate(timeout=60)
    assert process.returncode == 0, words
    assert counted(store) == (1, 1)


@pytest.mark.parametrize("option", ["folder", "=ABCD", "folder=", "folder=,"])
def test_a_server_is_told_whose_files_a_folder_holds(learnt: Learnt, place: Path, option: str) -> None:
    code, _, words = run("serve", "-m", str(learnt.folder), "--store", str(place.parent / "s"), "--watch", option)
    assert (code, "--watch" in words) == (2, True)
