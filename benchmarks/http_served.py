"""The product's server as its users start it, in a process that may be killed and started again."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Served:
    """A server of the product over a store, which may be killed and started again. Its keys lie in `folder`."""

    def __init__(
        self, folder: Path, model: Path, store: str = "", *, python: str = sys.executable, requests: int = 1_000_000
    ) -> None:
        """`python` has the product that serves; `requests` are those a second that a token may make."""
        self.folder, self.model = folder, model
        self.python, self.requests = python, requests
        self.store = store or str(folder / "log.sqlite")
        self.keys = folder / "log-keys.sqlite"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        #: What the server says of itself while it runs.
        self.errors = folder / "errors.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *raised: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop(signal.SIGKILL)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "AFORO_KEYS": str(self.keys)}

    def aforo(self, *arguments: str) -> str:
        command = [self.python, "-m", "aforo.cli", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment).stdout

    def start(self) -> float:
        """Seconds until it takes filings."""
        self.launch()
        return self.until_ready()

    def launch(self) -> None:
        command = [self.python, "-m", "aforo.cli", "serve", "--store", self.store, "-m", str(self.model)]
        command += ["--port", str(self.port), "--requests", str(self.requests)]
        self.process = subprocess.Popen(command, env=self.environment, stderr=self.errors.open("ab"))

    def until_ready(self) -> float:
        """Seconds until it takes filings, from now on."""
        begun = time.perf_counter()
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as ready:
                ready.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                if b" 200 " in ready.recv(100):
                    return time.perf_counter() - begun
            if self.process is None or self.process.poll() is not None:
                raise SystemExit("the server has ended")
            time.sleep(0.05)

    def tokens(self, wanted: int) -> list[str]:
        return [
            self.aforo("tokens", "issue", f"officer {n}", "--role", "officer", "--store", self.store).strip()
            for n in range(wanted)
        ]

    def verifies(self) -> bool:
        """Whether `aforo log verify` passes."""
        command = [sys.executable, "-m", "aforo.cli", "log", "verify", "--store", self.store]
        return subprocess.run(command, check=False, env=self.environment, stdout=subprocess.DEVNULL).returncode == 0

    def memory_mb(self) -> float:
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def processor_s(self) -> float:
        """Seconds of processor time that the server has taken so far."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, number: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(120)


def model_in(folder: Path) -> Path:
    """A model learnt from a small world."""
    aforo = [sys.executable, "-m", "aforo.cli"]
    history, model = folder / "history.parquet", folder / "model"
    subprocess.run(
        [*aforo, "world", "--seed", "5", "--weeks", "12", "--rows-per-week", "300", "-o", str(history)],
        check=True,
        capture_output=True,
    )
    store = ["--store", str(folder / "log.sqlite")]
    subprocess.run([*aforo, "learn", str(history), "-m", str(model), *store], check=True, capture_output=True)
    return model


def conditions() -> str:
    """What a figure depends on."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return f"{versions}, {os.cpu_count()} processors, load {load}, niceness {os.nice(0)}"


@contextmanager
def workplace(folder: Path | None) -> Iterator[Path]:
    """A folder of its own, in `folder` or where the system keeps such, gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="aforo-http-", dir=folder))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made)
