"""A process that reads signed blocks for another one, so that who takes them in has his own processor for the rest.

One interpreter runs one thread of Python at a time: while blocks are decoded and signatures verified in it, nothing is
recorded, acknowledged or watched.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

import msgspec

from aforo.flow.blocks_read import BlockRead, Reader, Signed, read_here

#: Seconds that the process has to end once nobody asks it any more.
_ENDS_S = 10.0
_SIGNED, _READ = msgspec.msgpack.Decoder(list[Signed]), msgspec.msgpack.Decoder(list[BlockRead])


class ReaderLostError(RuntimeError):
    """The process ended while it read something, and the one after it did too."""


@contextmanager
def read_apart() -> Iterator[Reader]:
    """Within the block a process apart reads blocks: the `Reader` that asks it. It is started anew where it is lost;
    raises ReaderLostError where that does not help."""
    apart = _Apart()
    try:
        yield apart.read
    finally:
        apart.end()


class _Apart:
    """The process, from here; safe to share between threads, which take turns."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._line, self._process = _started()

    def read(self, blocks: Sequence[Signed]) -> Sequence[BlockRead]:
        """See `Reader`."""
        if not blocks:
            return []
        asked = msgspec.msgpack.encode(blocks)
        with self._turn:
            # Who is short of memory loses processes: of what is in the blocks nothing does it twice.
            for _ in range(2):
                try:
                    self._line.send_bytes(asked)
                    return _READ.decode(self._line.recv_bytes())
                except (EOFError, OSError):
                    self._line.close()
                    self._process.join()
                    self._line, self._process = _started()
        raise ReaderLostError("the process that reads the blocks of seals ended twice over the same ones")

    def end(self) -> None:
        """Let it go."""
        with self._turn:
            self._line.close()
            self._process.join(_ENDS_S)
            if self._process.is_alive():
                self._process.kill()


def _started() -> tuple[Connection, SpawnProcess]:
    # A fork would take over the threads' locks as they happen to be.
    context = get_context("spawn")
    line, other = context.Pipe()
    process = context.Process(target=_serve, args=(other,), name="seal-blocks", daemon=True)
    process.start()
    other.close()
    return line, process


def _serve(line: Connection) -> None:
    """Read what is asked until the other side has gone, in good order or not."""
    # An interrupt is for the one that asks, which then closes the line.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with line, suppress(EOFError, OSError):
        while True:
            line.send_bytes(msgspec.msgpack.encode(read_here(_SIGNED.decode(line.recv_bytes()))))
