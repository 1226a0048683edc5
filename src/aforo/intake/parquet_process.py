"""The process that decodes Parquet files: its `main`, started by `parquet`.

It answers one request after another on its standard input and ends when that is closed. A request is a `Request` in
JSON, and the file's bytes where it names no path; the answer is a `Described`, then frames (Arrow IPC), then an end, or
a word that the file is damaged. Every part is a kind, a length and a payload. If the process ends instead, the file was
damaged too: that is what the process is for.
"""

from __future__ import annotations

import struct
import sys
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import msgspec

from aforo.intake import parquet_rows

PART = struct.Struct("<cQ")
REQUEST, CONTENT, DESCRIBED, FRAME, END, DAMAGED = b"R", b"C", b"S", b"F", b"E", b"X"
#: Prefix of the columns of a frame that mark fields over the limit.
TOO_LONG = "too long "


class Request(msgspec.Struct, frozen=True):
    """Which file, at most how many rows and bytes at once, how long a field may be, how much memory may be used."""

    path: str | None
    rows: int
    size: int
    field_chars: int
    memory_bytes: int


class Described(msgspec.Struct, frozen=True):
    """What a file says of itself: columns that can be fields, those that cannot, those of integers, and its rows."""

    columns: list[str]
    nested: list[str]
    integers: list[str]
    rows: int


def send(stream: BinaryIO, kind: bytes, payload: bytes = b"") -> None:
    """Write one part."""
    stream.write(PART.pack(kind, len(payload)))
    stream.write(payload)
    stream.flush()


def receive(stream: BinaryIO) -> tuple[bytes, bytes] | None:
    """Read one part; None where the other side has gone."""
    head = stream.read(PART.size)
    if len(head) < PART.size:
        return None
    kind, length = PART.unpack(head)
    payload = stream.read(length)
    return (kind, payload) if len(payload) == length else None


def limit_memory(size: int) -> None:
    """Keep this process under `size` bytes of address space, where the system can."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = size if hard == resource.RLIM_INFINITY else min(size, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    except (ValueError, OSError):  # macOS refuses it
        return


def answer(request: Request, source: Path | bytes, out: BinaryIO) -> None:
    """Describe the file and send its rows. Raises ParquetError."""
    schema = parquet_rows.schema(source)
    kinds = {name: kind for name, kind in schema.items() if parquet_rows.holds_one_value(kind)}
    described = Described(
        list(kinds),
        [name for name in schema if name not in kinds],
        [name for name, kind in kinds.items() if kind.is_integer()],
        parquet_rows.count(source),
    )
    send(out, DESCRIBED, msgspec.json.encode(described))
    columns = parquet_rows.Columns(kinds, request.field_chars)
    for texts in parquet_rows.batches(source, columns, request.rows, request.size):
        marks = [mark.alias(TOO_LONG + name) for name, mark in texts.too_long.items()]
        buffer = BytesIO()
        texts.frame.hstack(marks).write_ipc(buffer)
        send(out, FRAME, buffer.getvalue())
    send(out, END)


def main() -> None:
    """Answer requests until there are no more."""
    requests, out = sys.stdin.buffer, sys.stdout.buffer
    while (part := receive(requests)) is not None:
        request = msgspec.json.decode(part[1], type=Request)
        source: Path | bytes
        if request.path is None:
            content = receive(requests)
            if content is None:
                return
            source = content[1]
        else:
            source = Path(request.path)
        limit_memory(request.memory_bytes)
        try:
            answer(request, source, out)
        except parquet_rows.ParquetError:
            send(out, DAMAGED)
