"""How the clients speak to the node: HTTP, a connection kept for each thread, tried again where the node is busy."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Sequence
from typing import Any

import msgspec

#: Times that a request is made, at most, those after the world was told to stop, and seconds between two where the node
#: does not say how long to wait.
_TRIES, _LAST_TRIES, _WAIT_S = 60, 4, 0.5
_BUSY = (429, 503)


class NoAnswerError(Exception):
    """The node does not answer any more."""


class RefusedError(Exception):
    """The node took nothing of what it was told; its problem is the reason, and `codes` are those of what was wrong."""

    def __init__(self, told: str, codes: Sequence[str] = ()) -> None:
        super().__init__(told)
        self.codes = frozenset(codes)


class _Wrong(msgspec.Struct):
    code: str = ""


class _Problem(msgspec.Struct):
    type: str = ""
    problems: list[_Wrong] = []


def refusal(method: str, path: str, status: int, said: bytes) -> RefusedError:
    """The refusal of a request, by its answer."""
    told = f"{method} {path}: {status} {said[:500].decode(errors='replace')}"
    try:
        problem = msgspec.json.decode(said, type=_Problem)
    except msgspec.MsgspecError:
        return RefusedError(told)
    return RefusedError(told, [each.code for each in problem.problems] or [problem.type.rpartition(":")[2]])


class Wire:
    """Connections to one node. Safe to share between threads."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._own = threading.local()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """The world is to end: try what is not done yet a few times more, no longer."""
        self._stopped.set()

    def post(
        self, path: str, token: str, body: bytes, media_type: str = "application/json", *, second: str = ""
    ) -> Any:
        """The answer to something that is told; `second` is the token of a second officer. Raises NoAnswerError,
        RefusedError."""
        return self._ask("POST", path, token, body, media_type, second)

    def send(self, method: str, path: str, token: str, body: bytes, media_type: str) -> Any:
        """The answer to something that is told by any method. Raises NoAnswerError, RefusedError."""
        return self._ask(method, path, token, body, media_type, "")

    def get(self, path: str, token: str) -> Any:
        """What stands at a path. Raises NoAnswerError, RefusedError."""
        return self._ask("GET", path, token, b"", "", "")

    def stream(self, path: str, token: str, after: str) -> http.client.HTTPResponse:
        """A stream of events behind one of them, on a connection of its own. Raises OSError, HTTPException."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=30.0)
        headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": after} if after else {})
        connection.request("GET", path, headers=headers)
        return connection.getresponse()

    def _ask(self, method: str, path: str, token: str, body: bytes, media_type: str, second: str) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if media_type:
            headers["Content-Type"] = media_type
        if second:
            headers["Second-Authorization"] = f"Bearer {second}"
        why, last = "", _LAST_TRIES
        for _ in range(_TRIES):
            if self._stopped.is_set():
                last -= 1
            if last < 0:
                break
            try:
                status, said, wait = self._once(method, path, body, headers)
            except (OSError, http.client.HTTPException) as error:
                self._own.connection = None
                why, wait = str(error) or type(error).__name__, _WAIT_S
            else:
                if status < 400:
                    return msgspec.json.decode(said)
                if status not in _BUSY:
                    raise refusal(method, path, status, said)
                why = f"{status}"
            time.sleep(min(wait, _WAIT_S) if self._stopped.is_set() else wait)
        raise NoAnswerError(f"{method} {path}: {why}")

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, float]:
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None or time.monotonic() - self._own.used > 10.0:  # the node closes what is idle for longer
            connection = http.client.HTTPConnection(self._host, self._port, timeout=60.0)
            self._own.connection = connection
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        self._own.used = time.monotonic()
        return answer.status, said, float(answer.headers.get("Retry-After", _WAIT_S))


def lines(rows: list[dict[str, Any]]) -> bytes:
    """Rows as NDJSON."""
    return b"\n".join(map(msgspec.json.encode, rows))
