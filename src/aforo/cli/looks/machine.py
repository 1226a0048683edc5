"""The machine: its folders and disk, the address to listen on, how many files may be open."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from aforo.api.server import MOST_CONNECTIONS
from aforo.cli.looks.finding import Finding, State, found

#: Space below which it is said: a busy port writes about a gigabyte a month.
SPACE_BYTES = 2 << 30
#: A sync to the disk that takes longer holds every single filing up.
SLOW_SYNC_SECONDS = 0.02
#: Files that may be open beside the connections.
_OTHER_FILES = 64


def folder(place: Path) -> Iterator[Finding]:
    """Whether a folder can be written to and by whom, how much room it has, and how long its disk takes to sync."""
    there = place
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    room = f"{free / 2**30:,.1f}"
    yield found("space", "ok" if free >= SPACE_BYTES else "warning", "is", folder=place, room=room)
    if there == place and stat.S_IMODE(place.stat().st_mode) & 0o022:
        yield found("folder", "error", "writable", folder=place)
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            took = []
            for _ in range(5):
                file.write(b"a crossing" * 100)
                file.flush()
                started = time.perf_counter()
                os.fsync(file.fileno())
                took.append(time.perf_counter() - started)
    except OSError as error:
        yield found("disk", "error", "unusable", folder=there, problem=error.strerror)
        return
    middle = sorted(took)[len(took) // 2]
    state: State = "ok" if middle <= SLOW_SYNC_SECONDS else "warning"
    yield found("disk", state, "syncs", folder=there, milliseconds=f"{middle * 1000:,.1f}")


def address(host: str, port: int) -> Finding:
    """Whether the server could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return found("address", "error", "taken", address=f"{host}:{port}", problem=error.strerror or error)
    return found("address", "ok", "free", address=f"{host}:{port}")


def open_files() -> Iterator[Finding]:
    """Whether so many files may be open as the server takes connections."""
    try:
        import resource
    except ModuleNotFoundError:  # another system has no such limit
        return
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = MOST_CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        yield found("files", "warning", "few", allowed=f"{soft:,}", needed=f"{needed:,}")
