"""Bodies of requests: little of the unknown, few heavy ones at once, and none that comes too slowly."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from journeys import Post, truck
from listening import Listening, listening
from witnessing import free_port, wait_for

from aforo.api import body_limits
from aforo.api.access import ACTION, PUBLIC, Access, Rate, permitting
from aforo.api.app import application
from aforo.api.desk import Desk
from aforo.api.front import Front
from aforo.api.server import server
from aforo.api.watch import Exchange, Watcher
from aforo.flow.node import Node
from aforo.log.tokens import Tokens

if TYPE_CHECKING:
    from journeys import Learnt

LARGE = 1024 * 1024


class Seen(Watcher):
    """The exchanges that ended."""

    def __init__(self) -> None:
        self.ends: list[Exchange] = []

    def ended(self, exchange: Exchange) -> None:
        self.ends.append(exchange)

    def status_of(self, method: str, seconds: float = 10.0) -> int:
        end = time.monotonic() + seconds
        while not self.ends and time.monotonic() < end:
            time.sleep(0.02)
        (last,) = [each for each in self.ends if each.method == method]
        return last.status


SEEN = Seen()


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6), watchers=[SEEN]) as made:
        yield made


def every_route(folder: Path) -> dict[tuple[str, str], bool]:
    """Every method and path of the application's own table, and whether anybody may ask it."""

    def no_node() -> Node:
        raise RuntimeError("a table of routes needs no node")

    found = {}
    with closing(Tokens(folder / "keys.sqlite")) as tokens:
        for route in application(Front(Desk(no_node), Access(tokens))).routes:
            for handler in getattr(route, "route_handlers", ()):
                for method in handler.http_methods - {"OPTIONS"}:
                    by_anyone = permitting("anyone", str(handler.opt.get(ACTION)), True) is not None
                    path = re.sub(r"{\w+:\w+}", "none", route.path_format)
                    found[str(method), path] = bool(handler.opt.get(PUBLIC)) or by_anyone
    return found


@contextmanager
def asking(
    served: Listening, method: str, path: str, length: int | None, token: str = "", sent: bytes = b""
) -> Iterator[socket.socket]:
    """A connection on which the head of a request was sent, and as much of its body as is given."""
    place = ("127.0.0.1", int(served.address.rpartition(":")[2]))
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    body = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    with socket.create_connection(place, 20) as made:
        made.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{bearer}{body}\r\n\r\n".encode() + sent)
        yield made


def answer_on(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    """Status and problem of the answer."""
    read = b""
    while b"\r\n\r\n" not in read:
        part = connection.recv(65_536)
        assert part, "cut without an answer"
        read += part
    head, _, body = read.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head.lower())[1])  # type: ignore[index]
    while len(body) < length:
        body += connection.recv(65_536)
    told = json.loads(body) if b"problem+json" in head else {}
    if b"retry-after" in head.lower():
        told["again"] = True
    return int(head[9:12]), told


def test_a_megabyte_without_credentials_is_refused_by_every_route_before_it_is_sent(
    served: Listening, tmp_path: Path
) -> None:
    routes = every_route(tmp_path)
    assert len(routes) > 150
    for token in ("", "aforo_" + "x" * 43):
        large = set()
        for (method, path), is_open in routes.items():
            with asking(served, method, path, LARGE, token, b"x" * 1_000) as connection:
                status, told = answer_on(connection)
                assert status in (401, 413), (method, path, token, status)
                if status == 413:
                    large.add((method, path))
                    assert told["type"] == "urn:aforo:problem:too_large_unknown"
                    assert told["reason"]["es"]
            assert token or is_open == ((method, path) in large), (method, path)
        assert ("POST", "/v1/session") in large or token
    for path in ("/nothing", "/v1/nothing/at/all"):
        with asking(served, "POST", path, LARGE, sent=b"x" * 1_000) as connection:
            assert answer_on(connection)[0] in (404, 405)


def test_what_says_no_length_is_counted(served: Listening) -> None:
    chunk = b"%x\r\n%s\r\n"
    with asking(served, "POST", "/v1/session", None, sent=chunk % (10_000, b" " * 10_000)) as connection:
        connection.sendall(chunk % (7_000, b" " * 7_000))
        assert answer_on(connection)[0] == 413
    with asking(served, "POST", "/v1/session", 16_384, sent=b" " * 16_384) as connection:
        assert answer_on(connection)[1]["type"] == "urn:aforo:problem:body_bad"
    # Whoever is known sends more.
    content = json.dumps(truck("LARGE", description="x" * LARGE)).encode()
    assert served.carrier().post("/v1/filings", content=content).status_code == 422


def test_bodies_of_the_unknown_under_way_have_a_bound(served: Listening) -> None:
    with ExitStack() as stack:
        for _ in range(body_limits.MOST_UNKNOWN_OF_NETWORK):
            stack.enter_context(asking(served, "POST", "/v1/session", 10_000, sent=b"x"))
        time.sleep(0.3)
        with asking(served, "POST", "/v1/session", 10_000, sent=b"x") as one_more:
            status, told = answer_on(one_more)
            assert (status, told["type"], told["again"]) == (503, "urn:aforo:problem:bodies_unknown", True)
        # What comes whole, as a browser's does, needs no room.
        assert served.nobody.post("/v1/session", json={"name": "nobody", "password": "none"}).status_code == 403
    time.sleep(0.3)
    with asking(served, "POST", "/v1/session", 2, sent=b"x") as again:
        time.sleep(0.1)
        again.sendall(b"x")
        assert answer_on(again)[0] == 400


def test_heavy_bodies_have_a_bound_for_a_party_and_a_role(served: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    own, again = (served.token("carrier", name, ("CA-1",)) for name in ("one token", "another of the same carrier"))
    other, officer = served.token("carrier", "other", ("CA-2",)), served.token("officer", "heavy")
    content = json.dumps(truck("HEAVY", description="x" * 200_000)).encode()

    def filed(token: str, body: bytes = content) -> tuple[int, dict[str, Any]]:
        with asking(served, "POST", "/v1/filings", len(body), token, body) as connection:
            return answer_on(connection)

    with ExitStack() as stack:
        under_way = [
            stack.enter_context(asking(served, "POST", "/v1/filings", len(content), own, content[:1_000]))
            for _ in range(body_limits.MOST_HEAVY_OF_PARTY)
        ]
        time.sleep(0.3)
        for token in (own, again):
            status, told = filed(token)
            assert (status, told["type"], told["again"]) == (429, "urn:aforo:problem:body_heavy", True)
            assert told["reason"]["es"]
        assert filed(own, json.dumps(truck("LIGHT")).encode())[0] == 200
        assert filed(other)[0] == 422
        monkeypatch.setattr(body_limits, "MOST_HEAVY_OF_ROLE", body_limits.MOST_HEAVY_OF_PARTY)
        status, told = filed(other)
        assert (status, told["type"], told["again"]) == (503, "urn:aforo:problem:bodies_heavy", True)
        assert filed(officer)[0] == 422, "carriers' bulk is no officer's"
        for connection in under_way:
            connection.sendall(content[1_000:])
            assert answer_on(connection)[0] == 422
    assert filed(again)[0] == 422


def test_a_body_may_take_long_and_not_be_slow(served: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.api.server.ARRIVES_S", 0.4)
    token = served.token("officer", "slow")
    with asking(served, "POST", "/v1/filings", 100_000, token) as steady:
        for _ in range(10):  # more than twice as fast as it must be, and four times as long as the grace
            steady.sendall(b" " * 10_000)
            time.sleep(0.15)
        assert answer_on(steady)[1]["type"] == "urn:aforo:problem:empty"
    SEEN.ends.clear()
    with asking(served, "POST", "/v1/filings", 100_000, token, b" " * 1_000) as slow:
        began = time.monotonic()
        status, told = answer_on(slow)
        assert (status, told["type"]) == (408, "urn:aforo:problem:body_late")
        assert told["reason"]["es"]
        assert time.monotonic() - began < 5
    assert SEEN.status_of("POST") == 408
    SEEN.ends.clear()
    with asking(served, "POST", "/v1/filings", 100_000, token, b" " * 1_000):
        time.sleep(0.1)
    assert SEEN.status_of("POST") == 408, "who went away is no failure of the server's"
    SEEN.ends.clear()
    with asking(served, "POST", "/v1/crossings/none/examinations/x/photos", 100_000, token, b"x" * 1_000) as photo:
        photo.settimeout(2.0)
        with pytest.raises(TimeoutError):
            photo.recv(1)


async def slow_application(scope: Any, receive: Any, send: Any) -> None:
    """Answers every request after two seconds."""
    if scope["type"] == "lifespan":
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})
        return
    await asyncio.sleep(2.0)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"done"})


def test_an_answer_may_take_the_server_longer_than_its_client_has_to_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulation that was compiled first took a minute: its client was cut while it waited."""
    monkeypatch.setattr("aforo.api.server.TAKEN_S", 0.4)
    monkeypatch.setattr("aforo.api.server.ARRIVES_S", 0.2)
    port = free_port()
    running = server(slow_application, "127.0.0.1", port)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    try:
        wait_for(port)
        assert httpx.get(f"http://127.0.0.1:{port}/", timeout=30, trust_env=False).text == "done"
    finally:
        running.should_exit = True
        thread.join(30)


def test_a_connection_whose_body_was_late_is_cut_after_its_answer(
    served: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aforo.api.server.ARRIVES_S", 0.4)
    token = served.token("officer", "late")
    with asking(served, "POST", "/v1/filings", 100_000, token, b" ") as connection:
        assert answer_on(connection)[0] == 408
        began = time.monotonic()
        while connection.recv(4_096):
            pass
        assert time.monotonic() - began < 5
