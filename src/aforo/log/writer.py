"""A process that writes for another: what many batches cost to store, and to bring into the tree, is paid beside them.

One interpreter runs one thread of Python at a time, so that a program which makes events as fast as SQLite takes them
does either, in turns. Within `written_apart` it hands its events to a process of its own and waits, as before, until
they are durable. A server's database is such a process already.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

import msgspec

from aforo.log import writer_process as protocol
from aforo.log.sequencer import Sequencing
from aforo.log.signing import EquivocationError
from aforo.log.sqlite import SqliteDatabase
from aforo.log.store import Log, StoreUnusableError
from aforo.log.writer_process import Answer, Place
from aforo.log.written import Written


@contextmanager
def written_apart(log: Log) -> Iterator[None]:
    """Within the block a process apart writes what is appended to a SQLite log, and keeps its tree up.

    On leaving, all of it is in the tree. Raises StoreUnusableError where that process fails or ends, then or from an
    append: what was not acknowledged may or may not be in the log, as after any interruption; filing it again tells.
    """
    if not isinstance(log.database, SqliteDatabase) or log.refusal is not None:
        with Sequencing(log):
            yield
        return
    writer = _Writer(log, log.database)
    log.insert = writer.insert
    try:
        yield
    except BaseException:
        writer.stop()
        raise
    else:
        writer.end()
    finally:
        log.insert = log.database.insert_events


class _Writer:
    """The other process, from here; safe to share between threads, which take turns."""

    def __init__(self, log: Log, database: SqliteDatabase) -> None:
        self._database = database
        self._turn = threading.Lock()
        # It looks for modules where this process does, and never in the folder that it happens to be started in.
        places = [place for place in sys.path if place]
        program = f"import sys; sys.path[:] = {places!r}; from {protocol.__name__} import main; main()"
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours, no shell
            [sys.executable, "-P", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ,
            # An interrupt is for this process, which then ends the other in good order.
            start_new_session=True,
        )
        self._questions = cast(BinaryIO, self._process.stdin)
        self._answers = cast(BinaryIO, self._process.stdout)
        self._send(msgspec.msgpack.encode(Place(database.url, database.synchronous, log.keys.place)))

    def insert(self, events: Written) -> None:
        """As `Database.insert_events`."""
        with self._turn:
            self._send(msgspec.msgpack.encode(events))
            answer = self._answer()
        if answer == "ended":
            raise StoreUnusableError("the process that writes the log was ended before it took this")
        if answer == "taken":
            # Written here after all, so that the database's own error says what stands in the way.
            self._database.insert_events(events)

    def end(self) -> None:
        """Let it bring the rest into the tree, and wait for that."""
        with self._turn:
            self._close_questions()
            self._answer()
        self._process.wait()
        self._answers.close()

    def stop(self) -> None:
        """Let it finish what it has, whatever it says to that."""
        with self._turn:
            self._close_questions()
            self._process.wait()
            self._answers.close()

    def _close_questions(self) -> None:
        # What could not be sent to a process that is gone must not hide what is being told of that.
        with suppress(BrokenPipeError):
            self._questions.close()

    def _send(self, payload: bytes) -> None:
        if self._questions.closed:
            raise StoreUnusableError("the process that writes the log was ended before it took this")
        try:
            protocol.send(self._questions, payload)
        except BrokenPipeError:
            self._process.wait()  # what it said before it ended is still to be read

    def _answer(self) -> str:
        said = protocol.receive(self._answers)
        if said is None:
            raise StoreUnusableError(f"the process that writes the log has ended (status {self._process.wait()})")
        answer = msgspec.msgpack.decode(said, type=Answer)
        if answer.kind == "equivocation":
            raise EquivocationError(answer.why)
        if answer.kind == "failed":
            raise StoreUnusableError(answer.why)
        return answer.kind
