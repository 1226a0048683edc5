"""The threads of the console's live stream: one that looks at the log, and one that works out reasons beside it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable

from aforo.api.live_frames import Frame, frame
from aforo.api.live_hub import Listener, LiveHub
from aforo.api.live_reader import LOOK_S, LiveReader, Post
from aforo.api.live_says import TouchedSaid
from aforo.api.live_topics import Ticking, Topic
from aforo.flow.board_reasons import BATCH, work_out
from aforo.flow.node import Node

logger = logging.getLogger("aforo.api")
#: Seconds between two looks for rows without a reason; and, after a batch, how many times as long as it took to wait:
#: the desk computes too.
_REASONS_S, _PAUSE = 0.2, 2.0
#: Seconds between two looks at the log while nobody listens.
_REST_S = 20.0


class LiveThreads:
    """See the module; they all but rest while nobody listens."""

    def __init__(
        self, hub: LiveHub, node: Callable[[], Node | None], clock: Callable[[], Ticking] | None = None
    ) -> None:
        self._hub, self._node = hub, node
        self._reader = LiveReader(hub, node, clock, secrets.token_hex(8))
        self._wanted, self._stop, self._wake = threading.Event(), threading.Event(), threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        hub.joined, hub.left = self._joined, self._left

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        for name, run in (("live board", self._look), ("board reasons", self._reason)):
            threading.Thread(target=run, name=name, daemon=True).start()

    def close(self) -> None:
        """End the threads and all streams."""
        self._stop.set()
        self._wanted.set()
        self._wake.set()
        self._hub.close()

    def _joined(self, listener: Listener) -> None:
        self._reader.join(listener)
        self._wanted.set()
        self._wake.set()

    def _left(self) -> None:
        if not self._hub.streams:
            self._wanted.clear()

    def _look(self) -> None:
        while not self._stop.is_set():
            if not self._wanted.is_set():
                self._rest()
                continue
            self._wake.clear()
            try:
                post = self._reader.look(time.monotonic())
            except Exception as failure:  # noqa: BLE001 (the database may come back: the next look tries again)
                logger.error("the live state could not be read: %s", type(failure).__name__)
                self._stop.wait(1.0)
                continue
            if post:
                self._deliver(post)
            if not self._reader.waiting:
                self._wake.wait(LOOK_S)

    def _rest(self) -> None:
        """While nobody listens the boards are kept up all the same, so that who comes need not wait for a long log."""
        self._reader.rest()
        node = self._node()
        if node is not None:
            try:
                node.boards.look()
            except Exception as failure:  # noqa: BLE001 (the database may come back: the next look tries again)
                logger.error("the boards could not be read: %s", type(failure).__name__)
        self._wanted.wait(_REST_S)

    def _deliver(self, post: Post) -> None:
        """Give out what a look has to tell, in the event loop, and wait for that: what comes next comes after it."""
        assert self._loop is not None
        done = threading.Event()

        def give() -> None:
            try:
                if post.anew:
                    self._hub.start_again()
                self._hub.say(post.said)
                self._hub.tell(post.touched, _touched)
                for listener, whole in post.begun:
                    self._hub.begin(listener, whole)
                for listeners, part in post.parts:
                    self._hub.give(listeners, part)
            finally:
                done.set()

        try:
            self._loop.call_soon_threadsafe(give)
        except RuntimeError:  # the loop has ended
            return
        done.wait(5.0)

    def _reason(self) -> None:
        while not self._stop.is_set():
            if not self._wanted.is_set():
                self._wanted.wait()
                continue
            began = time.monotonic()
            try:
                worked = self._work_out()
            except Exception as failure:  # noqa: BLE001 (rows stay without a reason, which is said of them)
                logger.error("reasons could not be worked out: %s", type(failure).__name__)
                worked = True
            took = time.monotonic() - began
            self._stop.wait(max(_PAUSE * took, 0.02) if worked else _REASONS_S)

    def _work_out(self) -> bool:
        node = self._node()
        if node is None:
            return False
        bridges = [topic.name for topic in self._hub.topics if topic.kind == "board"]
        names = node.boards.unreasoned(bridges, BATCH) if bridges else []
        if names:
            work_out(names, node)
            node.boards.touch(names)
        return bool(names)


def _touched(topics: tuple[Topic, ...]) -> Frame:
    return frame("touched", TouchedSaid([topic.text for topic in topics]))
