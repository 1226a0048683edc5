"""A recipient of webhooks on this machine, which says what a test has it say, and a relay that keeps the mail."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import msgspec


@dataclass
class Got:
    """One attempt that came: its headers and its body."""

    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass
class Receiver:
    """What came. It answers with `statuses`, one after the other, and then with 204."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)

    def told(self) -> list[tuple[str, str]]:
        """(declaration, status) of each distinct delivery, in the order in which it first came."""
        first = {each.headers["webhook-id"]: each.said["data"] for each in reversed(self.got)}
        order = dict.fromkeys(each.headers["webhook-id"] for each in self.got)
        named = [(first[each]["reference"]["declarations"], first[each]["status"]) for each in order]
        return [(declarations[0] if declarations else "", status) for declarations, status in named]


@contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    receiver = Receiver(statuses=list(statuses))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(Got({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        receiver.url = f"http://127.0.0.1:{listening.server_address[1]}/hook?token=theirs"
        with _running(listening.serve_forever, listening.shutdown):
            yield receiver


@contextmanager
def relaying(*refusals: str) -> Iterator[tuple[int, list[bytes]]]:
    """A relay: its port, and the mail that it took. It says `refusals` to the first senders, one each."""
    taken: list[bytes] = []
    refused = list(refusals)

    class Handler(StreamRequestHandler):
        timeout = 5

        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self) -> None:
            self.say("220 relay")
            while line := self.rfile.readline():
                command = line[:4].decode().upper().strip()
                if command == "MAIL" and refused:
                    self.say(refused.pop(0))
                elif command == "DATA":
                    self.say("354 go on")
                    taken.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                    self.say("250 taken")
                elif command == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 fine")

    with (
        ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening,
        _running(lambda: listening.serve_forever(0.01), listening.shutdown),
    ):
        yield listening.server_address[1], taken


@contextmanager
def _running(serve: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join()


def until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether something became true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
