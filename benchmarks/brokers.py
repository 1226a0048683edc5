"""Private brokers on loopback that may be killed and started again: Mosquitto, and NATS with JetStream.

Both write before they acknowledge, as far as they can: NATS syncs each message; Mosquitto saves its state after each
change, which is right after it has acknowledged it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

_MOSQUITTO = """
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 1
autosave_on_changes true
max_queued_messages 0
log_dest none
{user}
"""
_NATS = """
listen: "127.0.0.1:{port}"
jetstream {{ store_dir: "{folder}", sync_interval: always }}
"""
#: Seconds for a broker to listen.
STARTS_S = 20.0


def program_of(name: str) -> str | None:
    """Where a program is, also where only the administrator's path has it."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/local/bin")


class Broker:
    """A broker of this machine's own."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name, self._command = name, command
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + STARTS_S
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{self.name} does not start")
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill it at once."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    port: int = 0


def mosquitto(folder: Path) -> Broker:
    """Mosquitto, its state in `folder`."""
    user = "user root" if os.geteuid() == 0 else ""
    return _of("mosquitto", ["-c"], _MOSQUITTO, folder, user)


def nats(folder: Path) -> Broker:
    """NATS with JetStream, its streams in `folder`."""
    return _of("nats-server", ["-c"], _NATS, folder)


def _of(name: str, options: list[str], configuration: str, folder: Path, user: str = "") -> Broker:
    program = program_of(name)
    if program is None:
        raise FileNotFoundError(name)
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    file = folder / "configuration"
    file.write_text(configuration.format(port=port, folder=folder, user=user))
    made = Broker(name, [program, *options, str(file)])
    made.port = port
    return made


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
