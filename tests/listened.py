"""A log with seals, and what listens to them, in the loop of the test."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from programs import program

from aforo.flow.custody import Custody
from aforo.gateways.recorder import Recorder
from aforo.gateways.tcp import Bounds, TcpLine
from aforo.log.keys import KeyStore
from aforo.log.store import Log

kills = program("seal_kills")
SEALS = ("T-0", "T-1", "M-0", "N-0")


@contextmanager
def log_of_seals(folder: Path, url: str = "") -> Iterator[Log]:
    """A log in which SEALS are registered."""
    where = url or f"sqlite:///{folder / 'log.sqlite'}"
    with closing(KeyStore(f"sqlite:///{folder / 'keys.sqlite'}")) as keys, Log.open(where, keys) as log:
        kills.register(log, *SEALS)
        yield log


@asynccontextmanager
async def recording(log: Log, patience_s: float = 10.0) -> AsyncIterator[Recorder]:
    """A recorder that runs."""
    recorder = Recorder(Custody(log), actor="tester", window_s=0.01, patience_s=patience_s)
    async with running(recorder.run()):
        yield recorder


@asynccontextmanager
async def running(work: Awaitable[None]) -> AsyncIterator[None]:
    """Something that runs until the end of the block; what it raises is raised there."""
    task = asyncio.ensure_future(work)
    try:
        yield
        if task.done():
            await task
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def tcp(recorder: Recorder, bounds: Bounds | None = None) -> AsyncIterator[tuple[int, TcpLine]]:
    """Plain-text seals are listened to: the port, and what listens."""
    listening, line = socket.create_server(("127.0.0.1", 0)), TcpLine(recorder, bounds)
    async with running(line.run(listening)):
        yield listening.getsockname()[1], line


async def until(holds: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until something holds, for so long at most."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)
