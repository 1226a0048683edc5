"""A live demonstration as it is started, for tests: its process, a client, and how its clock stands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec

PATIENCE_S = 90.0


@dataclass
class Running:
    """A demonstration that runs: its process, a client of the visitor's, and what it says."""

    process: subprocess.Popen[str]
    http: httpx.Client
    #: Processor seconds that it took until it was ready; None where the system does not tell.
    processor: float | None
    #: What it says of itself when it is ready: its address, and who may sign in by which password.
    told: dict[str, Any]
    said: list[str] = field(default_factory=list)

    def clock(self) -> dict[str, Any]:
        return dict(self.http.get("/v1/demo/clock").raise_for_status().json())

    def set(self, **wanted: object) -> dict[str, Any]:
        return dict(self.http.post("/v1/demo/clock", json=wanted).raise_for_status().json())

    def until(self, reached: Callable[[dict[str, Any]], bool], patience: float = PATIENCE_S) -> dict[str, Any]:
        """How its clock stands when something is reached, in so many seconds at most."""
        ends = time.monotonic() + patience
        while time.monotonic() < ends:
            stands = self.clock()
            if reached(stands):
                return stands
            time.sleep(0.1)
        raise AssertionError(f"not reached: {stands} {''.join(self.said)}")

    def world(self) -> int:
        """The process that plays the world."""
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=True)
        return int(found.stdout.split()[0])


def processor_seconds(process: int) -> float | None:
    """What a process has used of processors so far, on Linux."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return None
    user, system = stat.read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-m", "aforo", "demo", "--json", "--no-browser", "--folder", str(folder), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONFAULTHANDLER": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    errors, said = process.stderr, list[str]()
    reading = threading.Thread(target=lambda: said.extend(errors), daemon=True)
    reading.start()
    try:
        line = process.stdout.readline()
        assert line, (process.wait(10.0), reading.join(5.0), "".join(said))
        told = msgspec.json.decode(line)
        assert told["synthetic"] is True
        headers = {"Authorization": f"Bearer {told['token']}"}
        with httpx.Client(base_url=told["address"], headers=headers, trust_env=False, timeout=60) as client:
            yield Running(process, client, processor_seconds(process.pid), told, said)
    finally:
        ended = process.poll()
        process.kill()
        process.wait()
        reading.join(5.0)
        process.stdout.close()
        process.stderr.close()
        assert ended in (None, 0, -signal.SIGKILL), f"it ended by itself, with {ended}: {''.join(said)}"
