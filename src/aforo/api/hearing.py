"""What live streams hear: one reader of the log for all of them, and a ring of the last events that it announced.

The reader is a thread that looks for new leaves while anybody listens. What it finds goes into the ring, in the event
loop; each stream keeps only its place in it. So a slow reader costs nobody memory: one that the ring has left behind is
cut, and comes again with the last `id` that it has. Who comes with an older one reads pages of the log up to the ring.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from bisect import bisect_right
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from aforo.flow.announced import ANNOUNCED, Announced, Carriers, announced, status_frame
from aforo.log.leaves import last_leaf, leaves_after
from aforo.log.store import Log

logger = logging.getLogger("aforo.api")


@dataclass(frozen=True)
class Limits:
    """Streams of one token, of all, and of those that hear the clock alone, which anybody may; events in the ring,
    pages that are read at once for those who come late, seconds between two looks at the log and between two signs of
    life, and the events of a page and of one write."""

    per_token: int = 4
    streams: int = 256
    clocks: int = 64
    ring: int = 20_000
    readers: int = 2
    interval_s: float = 0.2
    heartbeat_s: float = 10.0
    page: int = 1_000
    write: int = 64


class TooManyStreamsError(Exception):
    """No more streams may be opened: of this token (`own`), or at all."""

    def __init__(self, own: bool) -> None:
        super().__init__("too many streams")
        self.own = own


@dataclass(frozen=True)
class Ear:
    """Who listens: the token, the actions of the events it may hear, and the keyed hashes of the carriers whose status
    it hears (None for who hears none). `holds` says whether it still may."""

    token: str
    actions: frozenset[str]
    carriers: frozenset[int] | None
    holds: Callable[[], Awaitable[bool]]


class Hub:
    """The shared reader and the ring. All but the reader's thread happens in the event loop."""

    def __init__(self, log: Callable[[], Log | None], limits: Limits | None = None) -> None:
        """`log` gives the log that is read, None while there is none."""
        self.limits = limits or Limits()
        self._log = log
        self._ring: list[Announced] = []
        #: The ring has all that was announced behind `_floor` up to `_head`; None before the reader's first look.
        self._floor = self._head = -1
        self._begun = False
        self._round = 0
        self._news = asyncio.Event()
        self._open: dict[str, int] = {}
        self._late = asyncio.Semaphore(self.limits.readers)
        self._wanted = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def streams(self) -> int:
        """How many are open."""
        return sum(self._open.values())

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._read, name="live events", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End all streams and the reader."""
        self._stop.set()
        self._wanted.set()
        self._tell()

    def admit(self, token: str) -> None:
        """Raise TooManyStreamsError where no more may be opened."""
        if self._open.get(token, 0) >= self.limits.per_token:
            raise TooManyStreamsError(True)
        if self.streams >= self.limits.streams:
            raise TooManyStreamsError(False)

    async def known(self, leaf: int) -> bool:
        """Whether a leaf is one of the log's; -1 stands before the first."""
        log = self._log()
        return log is not None and leaf >= -1 and (leaf < 0 or leaf <= await asyncio.to_thread(last_leaf, log))

    async def now(self) -> int | None:
        """The leaf that who begins to hear at this instant hears behind; None while there is no log. The reader of the
        log may begin later, so it cannot say that."""
        log = self._log()
        return None if log is None else await asyncio.to_thread(last_leaf, log)

    async def hear(
        self, ear: Ear, after: int | None, seconds: float | None, taken: Callable[[], None] = lambda: None
    ) -> AsyncGenerator[bytes]:
        """The frames of one stream, joined: from behind leaf `after` on (None: from what the reader of the log meets
        first), until the listener leaves, may hear no more, is too slow, or `seconds` have gone. `taken` is called when
        what was given was taken."""
        try:
            self.admit(ear.token)
        except TooManyStreamsError:
            return  # another was opened since this one was admitted
        self._open[ear.token] = self._open.get(ear.token, 0) + 1
        self._wanted.set()
        try:
            yield b"retry: 2000\n\n"
            async for chunk in self._frames(ear, after, seconds):
                taken()
                yield chunk
        finally:
            self._leave(ear.token)

    async def _frames(self, ear: Ear, after: int | None, seconds: float | None) -> AsyncGenerator[bytes]:
        clock = asyncio.get_running_loop().time
        began = asked = clock()
        while not self._begun and not self._stop.is_set():
            yield b": \n\n"
            await self._wait(1.0)
        cursor, live = self._head if after is None else after, False
        carriers: Carriers | None = None
        while not self._stop.is_set():
            if clock() - asked >= self.limits.heartbeat_s:
                asked = clock()
                if not await ear.holds():
                    return
            if cursor < self._floor:
                log = self._log()
                if live or log is None:
                    return  # too slow: what the ring has lost is for who comes again
                carriers = carriers or Carriers(log)
                async with self._late:
                    heard, cursor = await asyncio.to_thread(self._page, log, cursor, carriers)
                parts: Sequence[Announced] = heard
            else:
                live = True
                parts, cursor = self._since(cursor)
            for start in range(0, len(parts), self.limits.write):
                if chunk := await self._said(ear, parts[start : start + self.limits.write]):
                    yield chunk
            if parts or cursor < self._head:
                continue
            left = None if seconds is None else began + seconds - clock()
            if left is not None and left <= 0:
                return
            if not await self._wait(self.limits.heartbeat_s if left is None else min(left, self.limits.heartbeat_s)):
                yield b": \n\n"

    def _since(self, cursor: int) -> tuple[list[Announced], int]:
        """Some of what the ring has behind a leaf, and the leaf up to which that is all."""
        behind = bisect_right(self._ring, cursor, key=lambda each: each.leaf)
        parts = self._ring[behind : behind + self.limits.write]
        if behind + len(parts) < len(self._ring):
            return parts, parts[-1].leaf
        # Who came late may have read further in the log than the ring has come.
        return parts, max(cursor, self._head)

    async def _said(self, ear: Ear, parts: Sequence[Announced]) -> bytes:
        if ear.carriers is None:
            return b"".join(each.frame for each in parts if each.action in ear.actions)
        own, log = ear.carriers, self._log()
        met = [each for each in parts if each.moves is not None and not own.isdisjoint(each.carriers)]
        if not met or log is None:
            return b""

        def said() -> bytes:
            return b"".join(told for each in met if (told := status_frame(each, own, log)) is not None)

        return await asyncio.to_thread(said)

    async def _wait(self, seconds: float) -> bool:
        """Wait for news; whether there are any."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _leave(self, token: str) -> None:
        self._open[token] -= 1
        if not self._open[token]:
            del self._open[token]
        if not self._open:
            self._wanted.clear()
            self._begun = False
            self._round += 1
            self._ring.clear()

    # The reader's thread

    def _read(self) -> None:
        mine, at = -1, -1
        carriers: Carriers | None = None
        while not self._stop.is_set():
            if not self._wanted.wait(1.0):
                continue
            log = self._log()
            try:
                if log is None:
                    time.sleep(self.limits.interval_s)
                    continue
                if mine != self._round or carriers is None:
                    mine, at, carriers = self._round, last_leaf(log), Carriers(log)
                    self._post(mine, [], at, True)
                    continue
                before = at
                heard, at = self._page(log, before, carriers)
                if at != before:
                    self._post(mine, heard, at, False)
                if len(heard) < self.limits.page // 2:
                    self._stop.wait(self.limits.interval_s)
            except Exception as failure:  # noqa: BLE001 (the database may come back: the next look tries again)
                logger.error("the live events could not be read: %s", type(failure).__name__)
                self._stop.wait(1.0)

    def _page(self, log: Log, after: int, carriers: Carriers) -> tuple[list[Announced], int]:
        found, end = leaves_after(log, after, ANNOUNCED.keys(), self.limits.page)
        said = (announced(leaf, stored, carriers) for leaf, stored in found)
        return [each for each in said if each is not None], end

    def _post(self, mine: int, heard: list[Announced], head: int, first: bool) -> None:
        """Put what was read into the ring, in the event loop, and wait for that."""
        assert self._loop is not None
        done = threading.Event()

        def put() -> None:
            done.set()
            if mine != self._round:
                return
            if first:
                self._ring.clear()
                self._floor, self._begun = head, True
            self._ring.extend(heard)
            self._head = head
            if (lost := len(self._ring) - self.limits.ring) > 0:
                self._floor = self._ring[lost - 1].leaf
                del self._ring[:lost]
            self._tell()

        try:
            self._loop.call_soon_threadsafe(put)
        except RuntimeError:  # the loop has ended
            return
        done.wait(5.0)

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
