"""A witness as a process of its own, and a log that grows, is copied and is put back."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from recorded import Clock, event

from aforo.api.server import server
from aforo.api.witness_app import witness_application
from aforo.api.witness_link import WitnessAt
from aforo.log import merkle
from aforo.log.checkpoint import Checkpoint
from aforo.log.cosignature import WitnessKey
from aforo.log.keys import KeyStore
from aforo.log.note import Signer, Verifier
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.witness import Submission
from aforo.log.witness_state import Witness

NAME = "witness.example/w1"
#: A log whose leaves are known, for witnesses that are asked directly.
LOG = Signer("aforo/test", bytes(range(32)))
LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(300)]


def submission(leaves: list[bytes], old: int, signer: Signer = LOG) -> bytes:
    """A checkpoint over leaves, as it is submitted to a witness that has cosigned `old` of them."""
    checkpoint = Checkpoint(signer.verifier.name, len(leaves), merkle.root(leaves))
    proof = merkle.consistency_proof(leaves, old) if 0 < old < len(leaves) else []
    return Submission(old, proof, checkpoint.signed(signer)).body


def free_port() -> int:
    """A port that was free a moment ago."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def serving(state: Path, port: int, *logs: Verifier) -> Iterator[tuple[subprocess.Popen[bytes], WitnessAt]]:
    """`aforo witness serve`, once it listens; what is left of it is killed."""
    command = [sys.executable, "-m", "aforo", "witness", "serve", "--name", NAME, "--state", str(state)]
    command += ["--port", str(port), *(part for each in logs for part in ("--log", each.text))]
    environment = {**os.environ, "COLUMNS": "1000"}
    running = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment)
    try:
        assert running.stderr is not None
        said = running.stderr.readline().decode()
        assert "/add-checkpoint" in said, said
        wait_for(port)
        yield running, WitnessAt(f"http://127.0.0.1:{port}", WitnessKey.parse(said.split(" ", 1)[0]))
    finally:
        running.kill()
        running.wait()
        if running.stderr is not None:
            running.stderr.close()


@contextmanager
def answering(state: Path, *logs: Verifier) -> Iterator[WitnessAt]:
    """The same witness, in a thread of this process."""
    port = free_port()
    with closing(Witness(state, NAME, logs, lambda: int(time.time()))) as witness:
        running = server(witness_application(witness), "127.0.0.1", port)
        thread = threading.Thread(target=running.run, daemon=True)
        thread.start()
        try:
            wait_for(port)
            yield WitnessAt(f"http://127.0.0.1:{port}", witness.key)
        finally:
            running.should_exit = True
            thread.join(30)


def wait_for(port: int) -> None:
    """Until something listens."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with closing(socket.socket()) as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(port)


class Node:
    """A log in a folder, that can be copied and put back as it was."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.open()

    def open(self) -> None:
        self.keys = KeyStore(self.folder / "keys.sqlite")
        self.log = Log.open(f"sqlite:///{self.folder / 'log.sqlite'}", self.keys, clock=Clock(), synchronous="OFF")

    def close(self) -> None:
        self.log.close()
        self.keys.close()

    def grow(self, count: int, prefix: str) -> None:
        self.log.append([event(f"{prefix}{number}", 1) for number in range(count)])
        sequence(self.log)

    def copied(self, name: str) -> Path:
        """A copy of store and keys, as somebody may put them back."""
        self.close()
        target = self.folder.with_name(name)
        shutil.copytree(self.folder, target)
        self.open()
        return target

    def put_back(self, copy: Path) -> None:
        self.close()
        shutil.rmtree(self.folder)
        shutil.copytree(copy, self.folder)
        self.open()

    @property
    def first(self) -> Verifier:
        return self.keys.signing.first(self.log.origin)
