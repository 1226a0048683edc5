"""A disk as `strace` saw it: which bytes of which file were synced when, and what a power cut would have left.

Every write is pending from when it was asked for until a sync of its file that began later has ended. A power cut keeps
what was synced, and of the pending writes none, or any of their 512-byte sectors. Directory entries are taken to be
durable at once, and shared-memory files to be empty after a cut.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
#: What is to be traced; every string in full and in hexadecimal.
STRACE = (
    "strace", "-f", "-xx", "-s", "100000000",
    "-e", "trace=openat,pwrite64,write,fdatasync,fsync,ftruncate,unlink,close", "-e", "signal=none",
)  # fmt: skip

_LINE = re.compile(r"^(\d+) +(.*)$")
_CALL = re.compile(r"^(\w+)\((.*)$")
_RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>.*= (-?\d+)")
_RESULT = re.compile(r"\) += (-?\d+)")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def _bytes(text: str) -> bytes:
    found = _STRING.search(text)
    return bytes.fromhex(found.group(1).replace("\\x", "")) if found else b""


@dataclass
class Change:
    """A pending write of `data` at `offset`, or a truncation to `offset` where `data` is None."""

    thread: str
    offset: int
    data: bytes | None

    def apply(self, content: bytearray, keep: random.Random | None = None) -> None:
        """Make the change in `content`; with `keep`, each sector only by the toss of a coin."""
        if self.data is None:
            if keep is None or keep.random() < 0.5:
                del content[self.offset :]
                content.extend(bytes(max(0, self.offset - len(content))))
            return
        begin = 0
        while begin < len(self.data):
            end = min(len(self.data), (self.offset + begin) // SECTOR * SECTOR + SECTOR - self.offset)
            if keep is None or keep.random() < 0.5:
                content.extend(bytes(max(0, self.offset + end - len(content))))
                content[self.offset + begin : self.offset + end] = self.data[begin:end]
            begin = end


@dataclass
class File:
    synced: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)


@dataclass
class Acknowledgement:
    """A line that the traced program wrote to its standard output, and whether its thread had synced all that it
    wrote to write-ahead logs; `syncs` of its own since its acknowledgement before.
    """

    line: str
    synced: bool
    syncs: int


class TracedDisk:
    """The files below `folder`, brought forward event by event of the trace."""

    def __init__(self, trace: Path, folder: Path) -> None:
        self._trace = trace
        self._folder = str(folder).encode() + b"/"
        self.files: dict[bytes, File] = {}
        self._open: dict[int, bytes] = {}
        self._waiting: dict[str, tuple[str, str, object]] = {}
        self._syncs: dict[str, int] = {}

    def run(self) -> Iterator[Acknowledgement | None]:
        """Go through the trace; yields at every acknowledgement, and None after every other event that matters."""
        with self._trace.open(encoding="ascii", errors="replace") as lines:
            for line in lines:
                found = _LINE.match(line)
                if found is None:
                    continue
                thread, rest = found.groups()
                resumed = _RESUMED.match(rest)
                if resumed is not None:
                    name, arguments, noted = self._waiting.pop(thread, ("", "", None))
                    if name == resumed.group(1):
                        self._end(thread, name, arguments, int(resumed.group(2)), noted)
                        yield None
                    continue
                call = _CALL.match(rest)
                if call is None:
                    continue
                name, arguments = call.groups()
                acknowledged = self._begin(thread, name, arguments)
                noted = self._note(name, arguments)
                if arguments.endswith("<unfinished ...>"):
                    self._waiting[thread] = (name, arguments, noted)
                else:
                    result = _RESULT.search(arguments)
                    self._end(thread, name, arguments, int(result.group(1)) if result else -1, noted)
                yield acknowledged

    def _file(self, arguments: str) -> File | None:
        path = self._open.get(int(re.match(r"\d+", arguments).group()))  # type: ignore[union-attr]
        return self.files.get(path) if path is not None else None

    def _begin(self, thread: str, name: str, arguments: str) -> Acknowledgement | None:
        """What has happened as soon as the call was made: writes are pending, acknowledgements are out."""
        if name == "write" and arguments.startswith("1,"):
            # What a checkpoint copies into the database file is in the synced log until the whole copy is synced.
            logs = [file for path, file in self.files.items() if path.endswith(b"-wal")]
            unsynced = any(change.thread == thread for file in logs for change in file.pending)
            return Acknowledgement(_bytes(arguments).decode(), not unsynced, self._syncs.pop(thread, 0))
        if name == "pwrite64" and (file := self._file(arguments)) is not None:
            offset = int(re.search(r", (\d+)(?:\)| <unfinished)", arguments.rpartition('"')[2]).group(1))  # type: ignore[union-attr]
            file.pending.append(Change(thread, offset, _bytes(arguments)))
        elif name == "ftruncate" and (file := self._file(arguments)) is not None:
            size = int(re.match(r"\d+, (\d+)", arguments).group(1))  # type: ignore[union-attr]
            file.pending.append(Change(thread, size, None))
        return None

    def _note(self, name: str, arguments: str) -> object:
        """What a sync that begins now will have synced when it ends."""
        file = self._file(arguments) if name in ("fdatasync", "fsync") else None
        return (file, list(file.pending)) if file is not None else None

    def _end(self, thread: str, name: str, arguments: str, result: int, noted: object) -> None:
        if result < 0:
            return
        if name == "openat":
            path = _bytes(arguments)
            if path.startswith(self._folder) and not path.endswith(b"-shm") and "O_DIRECTORY" not in arguments:
                self._open[result] = path
                if "O_CREAT" in arguments:
                    self.files.setdefault(path, File())
            else:
                self._open.pop(result, None)
        elif name == "close":
            self._open.pop(int(re.match(r"\d+", arguments).group()), None)  # type: ignore[union-attr]
        elif name == "unlink":
            self.files.pop(_bytes(arguments), None)
        elif isinstance(noted, tuple):
            file, changes = noted
            for change in changes:
                change.apply(file.synced)
            done = set(map(id, changes))
            file.pending = [change for change in file.pending if id(change) not in done]
            self._syncs[thread] = self._syncs.get(thread, 0) + 1

    def restore(self, target: Path, keep: random.Random | None) -> None:
        """Write to `target` what a power cut would leave now: without `keep`, none of the pending writes."""
        for path, file in self.files.items():
            content = bytearray(file.synced)
            if keep is not None:
                for change in file.pending:
                    change.apply(content, keep)
            place = target / path[len(self._folder) :].decode()
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
