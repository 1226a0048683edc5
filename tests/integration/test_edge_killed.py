"""A node and the edge of a port as processes: cut, killed and started again, and nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import file, truck_now
from programs import program
from typer.testing import CliRunner

from aforo.bootstrap import open_node
from aforo.cli import complete_app
from aforo.domain.decision import Examination
from aforo.domain.edge import EdgeFact
from aforo.domain.event import Examined, Passed
from aforo.flow.override import override
from aforo.log.keys import KeyStore
from aforo.log.opened import open_log
from aforo.log.store import Log
from aforo.log.tokens import Tokens
from aforo.settings import Settings

if TYPE_CHECKING:
    from journeys import Post

BRIDGE = "2304/World Trade"


class EdgeProcess:
    """`aforo serve --edge` as its users start it."""

    def __init__(self, folder: Path, node: Any, token: str, key: str) -> None:
        folder.mkdir(mode=0o700)
        self.folder, self.node, self.key = folder, node, key
        self.store = folder / "log.sqlite"
        self.environment = {**os.environ, "AFORO_KEYS": "", "AFORO_EDGE_TOKEN": token}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "aforo.cli", "serve", "--edge", f"http://127.0.0.1:{self.node.port}"]
        command += ["--bridge", BRIDGE, "--node-key", self.key, "--store", str(self.store), "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.environment, stderr=(self.folder / "errors").open("ab"))
        assert until(lambda: httpx.get(f"{self.address}/healthz", trust_env=False).status_code == 200)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(60)


def until(holds: Callable[[], object], seconds: float = 60) -> bool:
    """Whether something comes to hold."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(httpx.TransportError):
            if holds():
                return True
        time.sleep(0.05)
    return False


def payloads(served: Any, kind: type[Any]) -> list[Any]:
    with closing(KeyStore(served.keys)) as keys, Log.open_to_read(f"sqlite:///{served.store}", keys) as log:
        return [stored.payload for stored in log.read(types=[kind.TYPE])]


def prepared(served: Any) -> tuple[str, str, str]:
    """Three trucks in the node's log, with what is ordered of them; an officer's token, the port's, and the node's
    first key."""
    where = Settings(f"sqlite:///{served.store}", f"sqlite:///{served.keys}")
    with open_log(where) as log:
        node = open_node(log, served.model, 0.05)
        wanted: tuple[tuple[str, Examination], ...] = (("A", "release"), ("B", "scan"), ("C", "hold"))
        for own, order in wanted:
            (line,) = file(node, truck_now(own))
            if line.examination != order:
                override(log, own, order, "Ana", "For the test.", "Bea")
        key = log.keys.signing.first(log.origin).text
    now = datetime.now(UTC)
    with closing(Tokens(served.keys)) as tokens:
        officer, _ = tokens.issue("Luz", "officer", ("2304",), now, now + timedelta(hours=1))
        port, _ = tokens.issue("bridge", "port", ("2304",), now, now + timedelta(hours=1))
    return officer, port, key


def run(*arguments: str) -> tuple[int, str]:
    clean = {"LANG": "C", "LC_ALL": "C", "COLUMNS": "200", "AFORO_KEYS": ""}
    made = CliRunner().invoke(complete_app(), list(arguments), env=clean)
    return made.exit_code, made.stdout


def confirm(edge: EdgeProcess, node: Any, client: httpx.Client) -> None:
    """An administrator at the node compares the fingerprint that the edge shows, and lets it in."""
    ready = f"{edge.address}/readyz"
    assert until(lambda: httpx.get(ready, trust_env=False).json()["pending"])
    shown = httpx.get(ready, trust_env=False).json()
    assert shown["checks"] == {"log": True, "bundle": False}
    assert client.get(f"{edge.address}/v1/edge").status_code == 401, "it has no officers' tokens yet"
    assert shown["fingerprint"] in (edge.folder / "errors").read_text()
    (listed,) = json.loads(run("edge", "list", "--json", "--store", node.store)[1])
    assert (listed["pending"], listed["bridge"]) == (True, "world-trade")
    assert shown["fingerprint"] in run("edge", "list", "--store", node.store)[1]
    other = run("edge", "confirm", listed["edge"], "--fingerprint", "0000-" * 8, "--store", node.store)
    assert other[0] == 1, other
    told = run("edge", "confirm", listed["edge"], "--fingerprint", shown["fingerprint"].upper(), "--store", node.store)
    assert told[0] == 0, told


@pytest.fixture
def node(post: Post) -> Iterator[Any]:
    with program("http_served").Served(post.folder, post.model, post.store) as served:
        yield served


def test_an_edge_and_its_node_may_be_killed_at_any_time(node: Any, tmp_path: Path) -> None:
    officer, port, key = prepared(node)
    node.start()
    client = httpx.Client(headers={"Authorization": f"Bearer {officer}"}, timeout=60, trust_env=False)
    there = f"http://127.0.0.1:{node.port}"
    edge = EdgeProcess(tmp_path / "edge", node, port, key)
    edge.start()
    confirm(edge, node, client)
    assert until(lambda: client.get(f"{edge.address}/v1/edge").json().get("expected") == 3)

    # The node is gone; the booth goes on, and its officers' tokens are good there.
    node.stop(signal.SIGKILL)
    answers = {
        own: client.post(f"{edge.address}/v1/booth", json={"plate": f"TR-{own}"}).json() for own in ("A", "B", "C")
    }
    assert {own: each["examination"] for own, each in answers.items()} == {"A": "release", "B": "scan", "C": "hold"}
    for number in range(60):
        said = client.post(f"{edge.address}/v1/booth", json={"plate": f"U-{number}"}).json()
        assert (said["examination"], said["known"]) == ("secondary", False)
    assert client.post(f"{edge.address}/v1/outcomes", json={"crossing_id": "B", "outcome": 0}).status_code == 200
    low = {"examination": "release", "reason": "Nobody inside."}
    refused = client.post(f"{edge.address}/v1/crossings/C/override", json=low)
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (422, "override_needs_second")
    edge.stop(signal.SIGKILL)
    edge.start()
    again = client.post(f"{edge.address}/v1/booth", json={"plate": "TR-C"}).json()
    assert (again["repeated"], again["examination"], again["visit"]) == (True, "hold", answers["C"]["visit"])
    assert client.get(f"{edge.address}/v1/crossings/B").json()["examination"] == "release"
    standing = client.get(f"{edge.address}/v1/edge").json()
    assert standing["problem"].startswith("link_down")

    # The link is back, and the node is killed while it takes in what happened; then the edge is, too.
    node.start()
    edge.stop(signal.SIGKILL)
    edge.start()
    assert until(lambda: len(payloads(node, EdgeFact)) >= 5)
    node.stop(signal.SIGKILL)
    begun = len(payloads(node, EdgeFact))
    node.start()
    edge.stop(signal.SIGKILL)
    edge.start()
    assert until(lambda: client.get(f"{edge.address}/v1/edge").json()["waiting"] == 0)
    edge.stop(signal.SIGTERM)
    assert edge.process is not None
    assert edge.process.returncode == 0
    facts = payloads(node, EdgeFact)
    assert len(facts) >= max(begun, 65)
    assert max(Counter(each.body for each in facts).values()) == 1
    assert (len(payloads(node, Passed)), len(payloads(node, Examined))) == (2, 1)

    report = client.get(f"{there}/v1/edge/report").json()
    assert (report["visits"], report["known"], report["referred"]) == (63, 3, 60)
    node.stop(signal.SIGTERM)
    assert run("log", "verify", "--store", node.store)[0] == 0
    (one,) = json.loads(run("edge", "list", "--json", "--store", node.store)[1])
    assert one["cursor"] == len(facts)
    checked = json.loads(run("edge", "verify", one["edge"], "--json", "--store", node.store)[1])
    assert (checked["leaves"], checked["attested"], checked["good"]) == (len(facts), len(facts), True)
    assert "Visits: 63 (3 known, 60 referred" in run("edge", "report", "--store", node.store)[1]
    spanish = run("edge", "report", "--all", "--lang", "es", "--store", node.store)[1]
    assert "Revisión secundaria" in spanish
    assert "secondary" not in spanish
    assert run("edge", "retire", one["edge"], "--reason", "Over.", "--store", node.store)[0] == 0
    assert "retirado" in run("edge", "list", "--store", node.store, "--lang", "es")[1]
