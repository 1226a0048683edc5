"""A byte stream cut into blocks of whole lines, in UTF-8, with one kind of line break.

Only this much of a file is in memory: a block holds at most a given number of lines and of bytes. A line longer than a
record may be is cut off, and the rest of it passed over, so that a file without line breaks cannot fill the memory.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from aforo.intake.limits import Limits

Int64Array = npt.NDArray[np.int64]

CHUNK_BYTES = 1 << 20
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def without_mark(head: bytes) -> bytes:
    """The beginning of a file as UTF-8 without a byte order mark."""
    if head.startswith(UTF16_MARKS) and not head.startswith(UTF32_MARKS):
        return codecs.getincrementaldecoder("utf-16")(errors="replace").decode(head).encode()
    return head.removeprefix(codecs.BOM_UTF8)


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in UTF-8 with `\\n` for every line break; `\\r\\n` and `\\r` alone count as one each."""
    first = stream.read(CHUNK_BYTES)
    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace") if first.startswith(UTF16_MARKS) else None
    held = b""
    chunk = first if decoder else first.removeprefix(codecs.BOM_UTF8)
    while chunk:
        if decoder is not None:
            chunk = decoder.decode(chunk).encode("utf-8", "replace")
        chunk = held + chunk
        held = b"\r" if chunk.endswith(b"\r") else b""
        if held:
            chunk = chunk[:-1]
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if chunk:
            yield chunk
        chunk = stream.read(CHUNK_BYTES)
    if decoder is not None:
        held += decoder.decode(b"", final=True).encode()
    if held:
        yield held.replace(b"\r", b"\n")


class Blocks:
    """Lines taken from a stream, block by block; what was not used is put back in front."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._chunks = chunks(stream)
        self._limits = limits
        self._pending = b""
        self._ended = False
        self._passing_over = False
        self._open_line = 0

    @property
    def exhausted(self) -> bool:
        """Whether nothing follows what was taken."""
        return self._ended and not self._pending

    def first(self) -> tuple[bytes, int]:
        """The first line that is not blank, without its line break, and its number; empty where there is none."""
        number, at = 1, 0
        while True:
            end = self._pending.find(b"\n", at)
            if end < 0 and not self._ended:
                self._pending, at = self._pending[at:] + self._next(), 0
                continue
            line = self._pending[at : end if end >= 0 else None]
            if line.strip() or end < 0:
                self._pending = self._pending[end + 1 :] if end >= 0 else b""
                return line if line.strip() else b"", number
            number, at = number + 1, end + 1

    def pass_blank(self) -> int:
        """Go on to the next line that is not empty; how many lines were passed over."""
        passed = 0
        while True:
            rest = self._pending.lstrip(b"\n")
            passed += len(self._pending) - len(rest)
            self._pending = rest
            if rest or self._ended:
                return passed
            self._pending = self._next()

    def put_back(self, rest: bytes) -> None:
        """Whole lines to come again at the front of the next block."""
        self._pending = rest + self._pending

    def take(self, lines: int, beyond: int = 0) -> tuple[bytes, Int64Array]:
        """Up to `lines` whole lines, each with its line break, and where those are; empty at the end of the file.

        A block in which a record is open may grow over the bound of blocks, to at most twice `beyond` bytes.
        """
        bound = max(self._limits.block_bytes, 2 * beyond)
        parts = [self._pending]
        size = len(self._pending)
        breaks = self._pending.count(b"\n")
        while breaks < lines and not (size > bound and breaks) and not self._ended:
            chunk = self._next()
            parts.append(chunk)
            size += len(chunk)
            breaks += chunk.count(b"\n")
        buffer = b"".join(parts)
        if self._ended and buffer and not buffer.endswith(b"\n"):
            buffer += b"\n"
        found = np.flatnonzero(np.frombuffer(buffer, np.uint8) == ord("\n"))
        if len(found):
            # Behind the last line break within both bounds, and one line in any case.
            found = found[: max(1, min(lines, int(np.searchsorted(found, bound))))]
        end = int(found[-1]) + 1 if len(found) else 0
        self._pending = buffer[end:]
        return buffer[:end], found

    def _next(self) -> bytes:
        """The next chunk, without what exceeds the length of a record in a line that has no end yet."""
        while True:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ended = True
                return b""
            if self._passing_over:
                end = chunk.find(b"\n")
                if end < 0:
                    continue
                chunk = chunk[end:]
                self._passing_over = False
            last_break = chunk.rfind(b"\n")
            self._open_line = len(chunk) - last_break - 1 + (self._open_line if last_break < 0 else 0)
            excess = self._open_line - self._limits.record_bytes - 1
            if excess > 0:
                self._passing_over = True
                chunk = chunk[: len(chunk) - excess]
            return chunk
