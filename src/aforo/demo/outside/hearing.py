"""What the world hears of the node meanwhile: what is ordered of trucks, over the live stream."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import msgspec

from aforo.demo.outside.wire import Wire
from aforo.domain.decision import Examination

_AGAIN_S = 1.0
_DECIDED, _RAISED = "crossing.decided", "crossing.overridden"


class Order(NamedTuple):
    """What is ordered of a crossing, and whether by an officer."""

    crossing: str
    examination: Examination
    raised: bool


class _Heard(msgspec.Struct):
    crossing_id: str = ""
    examination: Examination = "release"
    stage: str | None = None


class Hearing:
    """A thread that listens; a context manager. After a break it goes on behind what it heard last."""

    def __init__(self, wire: Wire, token: str, after: str) -> None:
        """`after` is the last event that was heard, empty to begin with what comes now."""
        self._wire, self._token = wire, token
        self.last = after
        self._orders: SimpleQueue[Order] = SimpleQueue()
        self._stop = threading.Event()
        self._stream: http.client.HTTPResponse | None = None
        self._thread = threading.Thread(target=self._run, name="hearing", daemon=True)

    def __enter__(self) -> Hearing:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()

    def orders(self) -> Iterator[Order]:
        """What was ordered since it was last asked."""
        while True:
            try:
                yield self._orders.get_nowait()
            except Empty:
                return

    def _run(self) -> None:
        while not self._stop.is_set():
            # Where it breaks it is tried again: the stream goes on behind the last event.
            with suppress(OSError, http.client.HTTPException, msgspec.MsgspecError):
                self._listen(self._wire.stream("/v1/events", self._token, self.last))
            self._stop.wait(_AGAIN_S)

    def _listen(self, stream: Any) -> None:
        if stream.status != 200:
            return
        leaf, kind = "", ""
        for line in stream:
            if self._stop.is_set():
                return
            if line.startswith(b"id: "):
                leaf = line[4:].strip().decode()
            elif line.startswith(b"event: "):
                kind = line[7:].strip().decode()
            elif line.startswith(b"data: ") and kind in (_DECIDED, _RAISED):
                heard = msgspec.json.decode(line[6:], type=_Heard)
                # What is decided of a truck at the booth or after a scan is answered to whoever stands there.
                if kind == _RAISED or heard.stage in (None, "filed"):
                    self._orders.put(Order(heard.crossing_id, heard.examination, kind == _RAISED))
            elif not line.strip() and leaf:
                self.last = leaf
