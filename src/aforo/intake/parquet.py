"""Parquet files of declarations, decoded in a process apart: a hostile file can end that one, never this one.

A process that has answered is kept for the next file; one that has died, or was left in the middle, is not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import Timer
from typing import BinaryIO, cast

import msgspec
import polars as pl

from aforo.intake import parquet_process as protocol
from aforo.intake.limits import Limits
from aforo.intake.parquet_process import Described, Request
from aforo.intake.parquet_rows import ParquetError, Texts

__all__ = ["MAGIC", "Described", "ParquetError", "Reading", "Texts", "reading"]

MAGIC = b"PAR1"
MOST_IDLE = 2
#: After so many files a process is let go, with whatever memory it has not given back.
MOST_FILES = 500


@dataclass
class _Decoder:
    """A process that decodes, and how many files it was given."""

    process: subprocess.Popen[bytes]
    files: int = 0


#: Processes that wait for a file. A deque's ends may be used from any thread.
_idle: deque[_Decoder] = deque()
if hasattr(os, "register_at_fork"):
    # A forked process shares the pipes of these with its parent, and must not speak into them.
    os.register_at_fork(after_in_child=_idle.clear)


@dataclass(frozen=True)
class Reading:
    """A file that is being read: what it says of itself, and its rows."""

    described: Described
    rows: Iterator[Texts]


@contextmanager
def reading(source: Path | bytes, rows: int, limits: Limits) -> Iterator[Reading]:
    """Read a file, at most `rows` rows at once. Raises ParquetError, then or while its rows are taken; OSError."""
    decoder = _decoder()
    taken = _Conversation(decoder.process, limits.parquet_seconds)
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        request = Request(
            None if isinstance(source, bytes) else str(source.resolve()),
            rows,
            limits.block_bytes,
            limits.field_chars,
            limits.parquet_memory_bytes + size,
        )
        taken.ask(request, source if isinstance(source, bytes) else None)
        described = taken.described()
        yield Reading(described, taken.frames(described))
    finally:
        decoder.files += 1
        if taken.ended and len(_idle) < MOST_IDLE and decoder.files < MOST_FILES:
            _idle.append(decoder)
        else:
            decoder.process.kill()
            decoder.process.communicate()


def _decoder() -> _Decoder:
    """A process that waits for a request: an idle one that still lives, else a new one."""
    while _idle:
        decoder = _idle.pop()
        if decoder.process.poll() is None:
            return decoder
    # Two threads are enough for one file, and keep the address space that they reserve small.
    # It looks for modules where this process does, and never in the folder that it happens to be started in.
    places = [place for place in sys.path if place]
    program = f"import sys; sys.path[:] = {places!r}; from {protocol.__name__} import main; main()"
    process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours, no shell
        [sys.executable, "-P", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "POLARS_MAX_THREADS": "2", "RUST_BACKTRACE": "0"},
        start_new_session=True,
    )
    return _Decoder(process)


class _Conversation:
    """One request to a process and its answer."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self._process = process
        self._seconds = seconds
        self.ended = False

    def ask(self, request: Request, content: bytes | None) -> None:
        requests = cast(BinaryIO, self._process.stdin)
        try:
            protocol.send(requests, protocol.REQUEST, msgspec.json.encode(request))
            if content is not None:
                protocol.send(requests, protocol.CONTENT, content)
        except BrokenPipeError as error:
            raise ParquetError("the process that decodes Parquet has gone") from error

    def described(self) -> Described:
        _, payload = self._part()
        return msgspec.json.decode(payload, type=Described)

    def frames(self, described: Described) -> Iterator[Texts]:
        """The rows, in the columns described; the marks of fields over the limit are behind them."""
        width = len(described.columns)
        while True:
            kind, payload = self._part()
            if kind == protocol.END:
                self.ended = True
                return
            frame = pl.read_ipc(BytesIO(payload))
            marks = frame.columns[width:]
            too_long = {name.removeprefix(protocol.TOO_LONG): frame[name] for name in marks}
            yield Texts(frame[:, :width], too_long)

    def _part(self) -> tuple[bytes, bytes]:
        """The next part of the answer; a process that says nothing for too long is ended, and says nothing more."""
        watch = Timer(self._seconds, self._process.kill)
        watch.start()
        try:
            part = protocol.receive(cast(BinaryIO, self._process.stdout))
        finally:
            watch.cancel()
        if part is None:
            raise ParquetError("the file ended the process that decodes it")
        if part[0] == protocol.DAMAGED:
            self.ended = True
            raise ParquetError("the file is damaged")
        return part
