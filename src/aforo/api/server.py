"""The process that listens: uvicorn with limits on what a client may hold without sending a request.

A connection that sends no request, or its head slowly, or many without waiting, or does not read its answer, is cut;
one whose body comes slowly is answered so (module `body_limits`). Headers are bounded, and so is the number of
connections: for one more, that which has waited longest without a request has to go, so that who only connects keeps
nobody out. On SIGINT or SIGTERM no new request is taken, and those in hand are answered.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from aforo.api.body_limits import ARRIVAL, MOST_UNKNOWN_BYTES, Arrival
from aforo.api.names import with_slashes
from aforo.api.observed import observed
from aforo.api.watch import Watcher

if TYPE_CHECKING:
    from litestar.types import ASGIApp

#: Bytes of a request's line and headers together.
MOST_HEADER_BYTES = 16 * 1024
#: Connections at once; and files that the process may have open, theirs among them, where the system lets it.
MOST_CONNECTIONS, MOST_FILES = 16_384, 20_000
#: Requests that a connection may send before the first of them is answered: each is held in memory.
MOST_IN_LINE = 16
#: Seconds for the head of a request to arrive, from the connection or its first byte on; before a body's least rate is
#: asked of it; and for an answer to be taken.
ARRIVES_S, TAKEN_S = 10.0, 45.0
#: Seconds for the answer to a body that is late, before the connection is cut; and between two reads of what is left
#: of a body that was answered already.
LATE_S, DISCARD_PAUSE_S = 2.0, 0.02
#: Seconds that a connection may be kept between requests, and that requests in hand may take when the server stops.
IDLE_S, LAST_S = 15, 40
#: The name, among a request's extensions, of what gives an answer that comes in parts its time anew with each part that
#: the client has taken. A connection that does so is a stream, and is closed when the server stops.
PATIENCE = "aforo.patience"


class GuardedProtocol(HttpToolsProtocol):
    """HTTP/1.1 with the limits of this module."""

    #: Connections of one server without a request in hand, the longest waiting first.
    _idle: ClassVar[dict[GuardedProtocol, None]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        super().connection_made(transport)
        self._head = 0
        self._in_head = True
        self._due: float | None = self.loop.time() + ARRIVES_S
        self._watch: asyncio.TimerHandle | None = self.loop.call_later(ARRIVES_S, self._look)
        self._streams = False
        self._arrival = Arrival(ARRIVES_S)
        self._idle[self] = None
        if len(self.connections) > most_connections():
            longest = next(iter(self._idle))
            del self._idle[longest]
            self.connections.discard(longest)  # it is lost later: what comes meanwhile is not to cut another for it
            longest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._idle.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
            if self._due is None:
                self._due = self.loop.time() + ARRIVES_S
        super().data_received(data)
        if self._in_head and self._head > MOST_HEADER_BYTES:
            self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._arrival = Arrival(ARRIVES_S)
        self.scope["extensions"] = {PATIENCE: self._taken, ARRIVAL: self._arrival}  # type: ignore[dict-item]  # our own

    def _taken(self) -> None:
        self._streams = True
        self._due = self.loop.time() + TAKEN_S

    def shutdown(self) -> None:
        super().shutdown()
        if self._streams and not self.transport.is_closing():
            self.transport.close()
            self.loop.call_later(1.0, self.transport.abort)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if sum(len(each) + len(said) for each, said in self.headers) > MOST_HEADER_BYTES:
            raise ValueError("headers too large")  # the parser's caller answers 400 and closes

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._arrival.began = self.loop.time()
        super().on_headers_complete()
        if len(self.pipeline) > MOST_IN_LINE:
            # An answer to this one would be taken for that to the first.
            self.transport.abort()
            raise ValueError("too many requests in line")  # so that no more of what was read is parsed

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._arrival.received += len(body)
        if self.cycle.response_complete:
            # It was answered before it came whole, and is read on for the answer to be heard, but not as fast as it
            # comes: who sends in bulk what is refused is not to busy the loop that speaks to everybody.
            self.flow.pause_reading()
            self.loop.call_later(DISCARD_PAUSE_S, self._read_on)
            return
        # Before it is read, no more is taken in than of somebody unknown.
        if len(self.cycle.body) > MOST_UNKNOWN_BYTES:
            self.flow.pause_reading()

    def _read_on(self) -> None:
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._idle.pop(self, None)
        self._in_head, self._head = True, 0
        self._due = self.loop.time() + TAKEN_S

    def on_response_complete(self) -> None:
        self._streams = False
        # An answer may go out before the request's body has come: what is still to come has its time too.
        self._due = None if self._in_head and not self._head else self.loop.time() + ARRIVES_S
        if not self.transport.is_closing():
            self._idle[self] = None
        if self.pipeline:  # the next in line is read from now on
            self._arrival.began = self.loop.time()
        super().on_response_complete()

    @property
    def _arrives(self) -> bool:
        """Whether the body of a request is under way that is to be answered."""
        awaited = self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete
        return awaited and not self._in_head and not self.pipeline and not self._arrival.is_late

    @property
    def _is_made(self) -> bool:
        """Whether the answer to the one request in hand is still being made: how long that takes is the server's own
        affair, and no client is cut for it."""
        return self._in_head and not self.pipeline and self.cycle is not None and not self.cycle.response_started

    def _look(self) -> None:
        """Cut the connection if it is overdue, where a body is late once that was answered; else look again when it
        may be."""
        now, arrives = self.loop.time(), self._arrives
        if self._is_made:
            self._due = now + TAKEN_S
        due = self._arrival.due if arrives else self._due
        if due is not None and due <= now:
            if not arrives:
                self.transport.abort()
                return
            self._arrival.is_late = True
            self._due = due = now + LATE_S
            self.cycle.message_event.set()  # who reads the body learns it
        self._watch = self.loop.call_later(min(ARRIVES_S, max(0.1, (due or now + ARRIVES_S) - now)), self._look)


@cache
def most_connections() -> int:
    """How many connections this process takes: fewer than MOST_CONNECTIONS where the system lets it open few files."""
    try:
        import resource
    except ImportError:  # a system without such limits
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    # A fifth is left for files and databases.
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft * 4 // 5)


class Server(uvicorn.Server):
    """A server that ends by returning: what stands around it has work of its own to finish. `first` is done, in a
    thread of its own, before it stops to take requests; a second signal does not wait for that."""

    def __init__(self, config: uvicorn.Config, first: Callable[[], None] | None = None) -> None:
        super().__init__(config)
        self._first = first

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        first, self._first = self._first, None
        if first is None:
            super().handle_exit(sig, frame)
            return

        def end() -> None:
            try:
                first()
            finally:
                self.should_exit = True

        threading.Thread(target=end, name="before the end", daemon=True).start()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def server(
    app: ASGIApp, host: str, port: int, watcher: Watcher | None = None, *, first: Callable[[], None] | None = None
) -> Server:
    """A server of an application; `run` returns when it was told to stop and has answered what it had in hand.

    `watcher` is told of every request; `first` is done when it is told to stop, while it still answers.
    """

    class OfThisServer(GuardedProtocol):
        _idle: ClassVar[dict[GuardedProtocol, None]] = {}

    settings: dict[str, Any] = {
        "http": OfThisServer,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": IDLE_S,
        "timeout_graceful_shutdown": LAST_S,
    }
    watched = observed(with_slashes(app), watcher or Watcher())
    return Server(uvicorn.Config(watched, host=host, port=port, **settings), first)


def listen(host: str, port: int) -> socket.socket:
    """A socket to give to `Server.run`: who cannot have the address learns it before anything else is done.

    Raises OSError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)
