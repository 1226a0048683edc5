"""Who hears the console's live stream: listeners by topic, each with the frames that it has not taken yet.

A frame is one object for all who hear it. What a listener has not taken is bounded: one that is too slow is cut, and
begins with the whole state when it comes again. All of this happens in the event loop; the frames are made by a thread
(`live_reader`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from aforo.api.hearing import Limits, TooManyStreamsError
from aforo.api.live_frames import BEAT, GZIP_HEADER, RETRY, Frame
from aforo.api.live_topics import Topic

#: What a listener may have waiting, in frames and in bytes, before it is cut; and bytes that are written at once.
MOST_FRAMES, MOST_BYTES, WRITE_BYTES = 512, 8 * 1024 * 1024, 256 * 1024

Said = tuple[Topic, Frame]


@dataclass(eq=False)
class Listener:
    """One stream: whose it is, what it hears, and whether it is compressed. `holds` says whether it still may."""

    token: str
    topics: frozenset[Topic]
    packed: bool
    holds: Callable[[], Awaitable[bool]]
    waiting: deque[bytes] = field(default_factory=deque)
    size: int = 0
    over: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def give(self, frame: Frame) -> None:
        """One more frame to take; too many end the stream, and what ended takes no more."""
        if self.over:
            return
        part = frame.packed if self.packed else frame.plain
        self.waiting.append(part)
        self.size += len(part)
        if len(self.waiting) > MOST_FRAMES or self.size > MOST_BYTES:
            self.end()
        self.news.set()

    def end(self) -> None:
        """Nothing more is given."""
        self.over = True
        self.waiting.clear()
        self.news.set()

    def take(self) -> bytes:
        """Some of what waits, joined; empty where nothing does."""
        parts, size = [], 0
        while self.waiting and size < WRITE_BYTES:
            parts.append(self.waiting.popleft())
            size += len(parts[-1])
        self.size -= size
        if not self.waiting:
            self.news.clear()
        return b"".join(parts)


def _the_clock_alone(topics: Collection[Topic]) -> bool:
    return all(each.kind == "clock" for each in topics)


class LiveHub:
    """The listeners. `joined` is told of each that comes, so that it is given the whole state of its topics."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.joined: Callable[[Listener], None] = lambda listener: None
        self.left: Callable[[], None] = lambda: None
        self._by_topic: dict[Topic, dict[Listener, None]] = {}
        self._open: dict[str, int] = {}
        self._all: dict[Listener, None] = {}

    @property
    def streams(self) -> int:
        """How many are open."""
        return len(self._all)

    @property
    def topics(self) -> list[Topic]:
        """What somebody hears. May be asked beside the event loop."""
        return list(self._by_topic)

    def admit(self, token: str, topics: Collection[Topic]) -> None:
        """Raise TooManyStreamsError where no more may be opened. Those that hear the clock alone, carriers' among them,
        take no more than their share from who works at the border."""
        if self._open.get(token, 0) >= self.limits.per_token:
            raise TooManyStreamsError(True)
        clocks = sum(_the_clock_alone(each.topics) for each in self._all)
        if self.streams >= self.limits.streams or (_the_clock_alone(topics) and clocks >= self.limits.clocks):
            raise TooManyStreamsError(False)

    def begin(self, listener: Listener, whole: Iterable[Frame]) -> None:
        """Give a listener the whole state, and from here on what changes."""
        if listener not in self._all:
            return  # it left meanwhile
        for each in whole:
            listener.give(each)
        for topic in listener.topics:
            self._by_topic.setdefault(topic, {})[listener] = None

    def give(self, listeners: Iterable[Listener], frame: Frame) -> None:
        """Give one more frame to those of some listeners who are still there."""
        for listener in listeners:
            if listener in self._all:
                listener.give(frame)

    def say(self, said: Sequence[Said]) -> None:
        """Give frames to all who hear their topics."""
        for topic, frame in said:
            for listener in list(self._by_topic.get(topic, ())):
                listener.give(frame)

    def tell(self, touched: Iterable[Topic], frame_of: Callable[[tuple[Topic, ...]], Frame]) -> None:
        """Tell listeners which of their topics were touched, in one frame each."""
        own: dict[Listener, list[Topic]] = {}
        for topic in touched:
            for listener in self._by_topic.get(topic, ()):
                own.setdefault(listener, []).append(topic)
        made: dict[tuple[Topic, ...], Frame] = {}
        for listener, topics in own.items():
            key = tuple(topics)
            if key not in made:
                made[key] = frame_of(key)
            listener.give(made[key])

    def start_again(self) -> None:
        """Everyone begins anew: the state is another's than what was told so far."""
        self._by_topic.clear()
        for listener in self._all:
            self.joined(listener)

    def close(self) -> None:
        """End all streams."""
        for listener in list(self._all):
            listener.end()

    async def hear(self, listener: Listener, seconds: float | None, taken: Callable[[], None]) -> AsyncGenerator[bytes]:
        """The bytes of one stream, until the listener leaves, may hear no more, is too slow, or `seconds` have gone.
        `taken` is called when what was given was taken."""
        clock = asyncio.get_running_loop().time
        began = asked = clock()
        self._open[listener.token] = self._open.get(listener.token, 0) + 1
        self._all[listener] = None
        self.joined(listener)
        beat, retry = (each.packed if listener.packed else each.plain for each in (BEAT, RETRY))
        try:
            yield GZIP_HEADER + retry if listener.packed else retry
            while not listener.over:
                now = clock()
                if seconds is not None and now - began >= seconds:
                    return
                if now - asked >= self.limits.heartbeat_s:
                    asked = now
                    if not await listener.holds():
                        return
                    yield beat
                    taken()
                if chunk := listener.take():
                    yield chunk
                    taken()
                    continue
                left = asked + self.limits.heartbeat_s - clock()
                if seconds is not None:
                    left = min(left, began + seconds - clock())
                await _wait(listener.news, max(0.0, left))
        finally:
            self._leave(listener)

    def _leave(self, listener: Listener) -> None:
        listener.end()
        self._all.pop(listener, None)
        self._open[listener.token] -= 1
        if not self._open[listener.token]:
            del self._open[listener.token]
        for topic in listener.topics:
            own = self._by_topic.get(topic)
            if own is not None and own.pop(listener, "") is None and not own:
                del self._by_topic[topic]
        self.left()


async def _wait(news: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        pass
