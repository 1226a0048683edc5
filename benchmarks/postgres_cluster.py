"""A private PostgreSQL cluster that may be stopped at once, or killed with all its processes, and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Cluster:
    """A private PostgreSQL cluster, of an account that is not root."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("pg_config")
        binaries = [Path(subprocess.check_output([found, "--bindir"], text=True).strip())] if found else []
        binaries += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        self._bin = next(place for place in binaries if (place / "initdb").exists())
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self.folder = folder
        folder.mkdir(parents=True)
        if self._as:
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8")
        self.url = f"postgresql+psycopg://postgres@/postgres?host={folder}&port=5499"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([*self._as, str(self._bin / program), *arguments], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, cwd=self.folder)  # fmt: skip

    def start(self) -> None:
        options = f"-p 5499 -k {self.folder} -c listen_addresses=''"
        log = str(self.folder / "server.log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-t", "120", "-l", log, "-o", options, "start")

    def kill(self) -> None:
        """Kill the server and every process of it, at once; return when none is left."""
        first = self.process()
        every = [first, *_children(first)]
        for process in every:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(_lives(process) for process in every):
            time.sleep(0.01)

    def stop(self, mode: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "stop")

    def process(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])


def _children(of: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(status.read_text().rsplit(")", 1)[1].split()[1]) == of:
                found.append(int(status.parent.name))
    return found


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    made = Cluster(folder)
    made.start()
    try:
        yield made
    finally:
        made.stop("immediate")
