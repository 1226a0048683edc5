"""The process that plays the world, from the side of whoever serves the node that it speaks to."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

import msgspec

from aforo.demo.outside.process import Happened, Scene, Stage

#: Seconds that it may take to hand in its last step and to keep how it stands.
_LAST_S = 20.0


class Player:
    """A process that draws the world of a scene at once, and plays it when it is told where the node is.

    A context manager: it is stopped, in good order, when the block is left.
    """

    def __init__(self, scene: Scene, heard: Callable[[Happened], None]) -> None:
        """`heard` is told of what happens, in a thread of its own; of the code `world_gone` where the process ended by
        itself."""
        self._heard = heard
        self._closing = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "aforo.demo.outside.process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._tell(scene)
        self._thread = threading.Thread(target=self._hear, name="the world", daemon=True)
        self._thread.start()

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *raised: object) -> None:
        self._closing = True
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it ended before
            self._process.stdin.close()
        try:
            self._process.wait(_LAST_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._thread.join(_LAST_S)

    def stop(self) -> None:
        """Let the world end, while the node still answers."""
        self.__exit__()

    def play(self, stage: Stage) -> None:
        """Begin to play."""
        self._tell(stage)

    def _tell(self, what: Scene | Stage) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it ended, which is told of by itself
            self._process.stdin.write(msgspec.json.encode(what) + b"\n")
            self._process.stdin.flush()

    def _hear(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._heard(msgspec.json.decode(line, type=Happened))
        if not self._closing:
            self._heard(Happened("world_gone"))
