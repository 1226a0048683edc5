"""The live demo: seconds to the first truck, speeds attained, and the processor that the node takes.

A fresh folder with and without compiled loops on disk, a restart, and then each speed for the default bridges and for
the whole border. Processor shares are of one core, of the node's process and of the world's (Linux).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SPEEDS = (1, 10, 60, 600)
SECONDS = 15.0


class Running:
    """A demo that runs, asked over HTTP."""

    def __init__(self, process: subprocess.Popen[str], told: dict[str, Any]) -> None:
        self.process, self._told = process, told

    def ask(self, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """How its clock stands, after something was set."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._told['token']}"}
        request = urllib.request.Request(f"{self._told['address']}/v1/demo/clock", data=data, headers=headers)
        with urllib.request.urlopen(request) as answer:
            said: dict[str, Any] = json.load(answer)
        return said

    def processors(self) -> tuple[float, float]:
        """Processor seconds of the node and of the world so far."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        world = sum(_used(int(each)) for each in children)
        return _used(self.process.pid), world


def _used(process: int) -> float:
    user, system = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(folder: Path, compiled: Path, *arguments: str) -> Iterator[tuple[Running, float]]:
    """A demo in a folder, with loops compiled into another; and the seconds until its trucks were there."""
    began = time.monotonic()
    command = [sys.executable, "-m", "aforo", "demo", "--json", "--no-browser", "--folder", str(folder), *arguments]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(compiled)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    try:
        assert process.stdout is not None
        demo = Running(process, json.loads(process.stdout.readline()))
        while not demo.ask()["world"]["filed"]:
            time.sleep(0.05)
        yield demo, time.monotonic() - began
    finally:
        process.terminate()
        process.wait()


def speeds(demo: Running, name: str) -> None:
    """Each speed in turn."""
    for speed in SPEEDS:
        demo.ask({"speed": speed})
        time.sleep(3.0)
        before, used, since = demo.ask(), demo.processors(), time.monotonic()
        time.sleep(SECONDS)
        after, now, passed = demo.ask(), demo.processors(), time.monotonic() - since
        trucks = (after["world"]["filed"] - before["world"]["filed"]) / passed
        node, world = ((b - a) / passed for a, b in zip(used, now, strict=True))
        print(
            f"{name:8} asked {speed:>3}x  attained {after['attained']:6.1f}x  {trucks:5.1f} trucks/s filed"
            f"  node {node:.2f} cores  world {world:.2f} cores",
            flush=True,
        )


def main() -> None:
    """Measure, and print a line for each figure."""
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} when it began")
    with tempfile.TemporaryDirectory(prefix="aforo-live-demo-") as own:
        folder, compiled = Path(own), Path(own) / "compiled"
        with running(folder / "cold", compiled) as (_, seconds):
            print(f"first truck, nothing compiled yet: {seconds:.1f} s", flush=True)
        with running(folder / "default", compiled) as (demo, seconds):
            print(f"first truck, loops compiled: {seconds:.1f} s", flush=True)
            speeds(demo, "default")
        with running(folder / "default", compiled) as (_, seconds):
            print(f"restart: {seconds:.1f} s", flush=True)
        with running(folder / "border", compiled, "--border") as (demo, seconds):
            print(f"first truck, whole border: {seconds:.1f} s", flush=True)
            speeds(demo, "border")


if __name__ == "__main__":
    main()
