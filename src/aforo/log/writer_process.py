"""The process that writes a SQLite log for another one: its `main`, started by `writer`.

It is told the log's place, then batches of events on its standard input; each is answered when it is durable. When its
input is closed it brings everything into the tree and answers once more. Every message is a length and MessagePack.
"""

from __future__ import annotations

import os
import struct
import sys
from typing import BinaryIO, Literal

import msgspec
from sqlalchemy.exc import DBAPIError, IntegrityError

from aforo.log.keyfile import KeyStoreUnusableError
from aforo.log.keys import KeyStore
from aforo.log.sequencer import Sequencing
from aforo.log.signing import EquivocationError, SigningKeyMissingError
from aforo.log.store import Log, StoreUnusableError
from aforo.log.written import Written

_LENGTH = struct.Struct("<Q")


class Place(msgspec.Struct, frozen=True):
    """Where the log is, how durably it is written, and where its keys are."""

    store: str
    synchronous: str
    keys: str


class Answer(msgspec.Struct, frozen=True):
    """`written` and `taken` (an identifier, key or version is another's) speak of a batch; the others end it all,
    `ended` in good order."""

    kind: Literal["written", "taken", "ended", "equivocation", "failed"]
    why: str = ""


def send(stream: BinaryIO, payload: bytes) -> None:
    """Write one message."""
    stream.write(_LENGTH.pack(len(payload)))
    stream.write(payload)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Read one message; None where the other side has gone, in the middle of one or before it."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    payload = stream.read(length)
    return payload if len(payload) == length else None


def main() -> None:
    """Serve one log until standard input is closed."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    last = Answer("ended")
    try:
        told = receive(questions)
        if told is None:
            return
        place = msgspec.msgpack.decode(told, type=Place)
        keys = KeyStore(place.keys)
        with Log.open(place.store, keys, synchronous=place.synchronous) as log, Sequencing(log):
            if log.refusal is not None:
                raise log.refusal
            while (events := receive(questions)) is not None:
                _reply(answers, _write(log, msgspec.msgpack.decode(events, type=Written)))
    except (EquivocationError, SigningKeyMissingError) as error:
        last = Answer("equivocation", str(error))
    except (DBAPIError, StoreUnusableError, KeyStoreUnusableError, OSError) as error:
        last = Answer("failed", str(getattr(error, "orig", error)))
    _reply(answers, last)


def _write(log: Log, events: Written) -> Answer:
    try:
        log.database.insert_events(events)
    except IntegrityError:
        return Answer("taken")
    return Answer("written")


def _reply(answers: BinaryIO, answer: Answer) -> None:
    try:
        send(answers, msgspec.msgpack.encode(answer))
    except BrokenPipeError:
        # Nobody waits any more, and nobody is to be told at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), answers.fileno())
