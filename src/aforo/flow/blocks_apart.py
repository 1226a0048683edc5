"""A process that reads signed blocks for another one, so that who takes them in has his own processor for the rest.

One interpreter runs one thread of Python at a time: while blocks are decoded and signatures verified in it, nothing is
recorded, acknowledged or watched.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

import msgspec

from aforo.flow.blocks_read import BlockRead, Reader, Signed, read_here

logger = logging.getLogger("aforo.gateways")

#: Seconds for an answer: a thousand blocks take some tenth of one, the first of them a start of the process more.
ANSWERS_S = 30.0
#: Seconds that the process has to end once nobody asks it any more.
_ENDS_S = 10.0
_SIGNED, _READ = msgspec.msgpack.Decoder(list[Signed]), msgspec.msgpack.Decoder(list[BlockRead])


@contextmanager
def read_apart() -> Iterator[Reader]:
    """Within the block a process apart reads blocks: the `Reader` that asks it.

    One that is lost, or gives no answer, is started anew; where that does not help, or none can be started, the blocks
    are read in the thread that asks.
    """
    apart = _Apart()
    try:
        yield apart.read
    finally:
        apart.end()


class _Apart:
    """The process, from here; safe to share between threads, which take turns."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._line: Connection | None = None
        self._process: SpawnProcess | None = None
        with suppress(OSError):
            self._start()

    def read(self, blocks: Sequence[Signed]) -> Sequence[BlockRead]:
        """See `Reader`."""
        if not blocks:
            return []
        asked = msgspec.msgpack.encode(blocks)
        with self._turn:
            # Who is short of memory loses processes: of what is in the blocks none ends.
            for _ in range(2):
                if (found := self._ask(asked)) is not None:
                    return found
        logger.warning("the process that reads the blocks of seals was lost twice: these are read by the one that asks")
        return read_here(blocks)

    def end(self) -> None:
        """Let it go."""
        with self._turn:
            if self._line is not None:
                self._line.close()
            if self._process is not None:
                self._process.join(_ENDS_S)
            self._lose()

    def _ask(self, asked: bytes) -> list[BlockRead] | None:
        """What the process answers; None where it is lost, or gave no answer in time."""
        try:
            line, process = self._start()
            late = threading.Timer(ANSWERS_S, process.kill)
            late.daemon = True
            late.start()
            try:
                line.send_bytes(asked)
                return _READ.decode(line.recv_bytes())
            finally:
                late.cancel()
        except (EOFError, OSError):
            self._lose()
            return None
        except BaseException:
            # Its answer would be taken for that to the next question.
            self._lose()
            raise

    def _start(self) -> tuple[Connection, SpawnProcess]:
        """The process, which is started where there is none. Raises OSError."""
        if self._line is not None and self._process is not None:
            return self._line, self._process
        # A fork would take over the threads' locks as they happen to be.
        context = get_context("spawn")
        line, other = context.Pipe()
        process = context.Process(target=_serve, args=(other,), name="seal-blocks", daemon=True)
        # An interrupt is for the one that asks, which then closes the line.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            other.close()
        self._line, self._process = line, process
        return line, process

    def _lose(self) -> None:
        """End the process, if it goes on: the next question is for another one."""
        line, process, self._line, self._process = self._line, self._process, None, None
        if line is not None:
            line.close()
        if process is not None:
            process.kill()
            process.join()


def _serve(line: Connection) -> None:
    """Read what is asked until the other side has gone, in good order or not."""
    with line, suppress(EOFError, OSError):
        while True:
            line.send_bytes(msgspec.msgpack.encode(read_here(_SIGNED.decode(line.recv_bytes()))))
