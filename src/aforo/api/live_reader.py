"""The thread that looks at the log for all listeners of the console's live stream, and makes their frames.

While anybody listens it looks many times a second. What changed on the boards that somebody looks at is told at once;
how bridges stand, once a second at most and only where it changed; that something else was touched, twice a second. A
listener that comes is given the whole state as of a look, and what changed since that look: nothing is missed between.
"""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from aforo.api.live_frames import Frame, frame
from aforo.api.live_hub import Listener, LiveHub, Said
from aforo.api.live_parties import OpenParties
from aforo.api.live_parts import Part, Parts
from aforo.api.live_says import HelloSaid, Whole, board_said, bridges_said
from aforo.api.live_topics import TOUCHING, Ticking, Topic, may_touch, touched_by
from aforo.domain.event import payload_of
from aforo.flow.board_shown import BridgeSummary
from aforo.flow.bridges_shown import BridgeShown
from aforo.flow.node import Node

logger = logging.getLogger("aforo.api")
#: Seconds between two looks; between two words on how a bridge stands, the same where nothing but its age changed;
#: between two words that a topic was touched; and between two of a clock that goes at a speed of its own.
LOOK_S, STATE_S, SAME_S, TOUCHED_S, CLOCK_S = 0.05, 1.0, 15.0, 0.5, 1.0
#: How long a look makes whole states for those who have come; the others have theirs in the next.
JOINING_S = 0.05
_PAGE = 2_000
BRIDGES, CLOCK = Topic("bridges"), Topic("clock")
#: What says of a figure when it was told: it alone is no change worth a word.
_AGES = re.compile(rb'"(?:age_minutes|at|local_time)":(?:"[^"]*"|[^,}]*),?')


class Post:
    """What a look has to tell: frames by topic, topics that were touched, whole states for who has come, and parts that
    were left of those."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.touched: list[Topic] = []
        self.begun: list[tuple[Listener, list[Frame]]] = []
        self.parts: list[Part] = []
        self.anew = False

    def __bool__(self) -> bool:
        return bool(self.said or self.touched or self.begun or self.parts or self.anew)


class LiveReader:
    """See the module. `look` is one look; the thread that calls it is `live_thread`'s."""

    def __init__(
        self, hub: LiveHub, node: Callable[[], Node | None], clock: Callable[[], Ticking] | None, boot: str
    ) -> None:
        self._hub, self._node, self._clock, self._boot = hub, node, clock, boot
        self._joining: deque[Listener] = deque()
        self._parts = Parts()
        self._of: Node | None = None
        self._parties: OpenParties | None = None
        self._cursor = 0
        self._touched: dict[Topic, float] = {}
        self._pending: dict[Topic, None] = {}
        self._stated: dict[str, tuple[float, bytes]] = {}
        self._state_at = 0.0
        self._ticked: tuple[float, Ticking] | None = None

    def join(self, listener: Listener) -> None:
        """A listener has come; called in the event loop."""
        self._joining.append(listener)

    @property
    def waiting(self) -> bool:
        """Whether somebody has come who was given nothing yet."""
        return bool(self._joining)

    def look(self, now: float) -> Post:
        """Look once, by the machine's clock `now` in seconds; what there is to tell. Raises what the log raises."""
        post = Post()
        node = self._node()
        if node is None:
            return post
        if node is not self._of:
            post.anew = self._of is not None
            self._open(node)
        topics = set(self._hub.topics)
        boards = node.boards
        boards.look()
        for bridge, changes in boards.changes().items():
            topic = Topic("board", bridge)
            if topic in topics:
                post.said.append((topic, board_said(bridge, changes)))
        if now - self._state_at >= STATE_S:
            self._state_at = now
            self._states(node, topics, now, post)
        self._touch(node, topics, now, post)
        self._tick(topics, now, post)
        post.parts = self._parts.due(boards, now)
        whole, until = Whole(node), time.monotonic() + JOINING_S
        # Nobody is lost where this fails; and who comes first is given its state before those of many are made.
        while self._joining and (not post.begun or time.monotonic() < until):
            listener = self._joining[0]
            post.begun.append((listener, self._whole(listener, node, whole)))
            self._said_whole(listener.topics - topics, whole, now)
            self._joining.popleft()
        for bridge, left in whole.left.items():
            heard = [listener for listener, _ in post.begun if Topic("board", bridge) in listener.topics]
            self._parts.add(bridge, left, heard, now)
        return post

    def rest(self) -> None:
        """Nobody listens: what changes need not be remembered."""
        if self._of is not None:
            self._of.boards.followed = False
        self._of = None

    def _open(self, node: Node) -> None:
        self._of, self._parties = node, OpenParties(node)
        self._cursor = node.log.position()
        self._stated.clear()
        self._pending.clear()
        self._parts.clear()
        node.boards.look()  # what was before is told in whole, and is no change
        node.boards.followed = True

    def _whole(self, listener: Listener, node: Node, whole: Whole) -> list[Frame]:
        ticking = None if self._clock is None else self._clock()
        frames = [frame("hello", HelloSaid(self._boot, node.clock(), node.origin == "synthetic", ticking))]
        frames += [made for topic in listener.topics if (made := whole.of(topic)) is not None]
        return frames

    def _states(self, node: Node, topics: Iterable[Topic], now: float, post: Post) -> None:
        whole = Whole(node)
        for topic in topics:
            if topic.kind == "board" and (state := self._new_state(topic, whole, now)) is not None:
                post.said.append((topic, board_said(topic.name, None, state)))
            elif topic.kind == "bridges" and (summaries := self._new_summaries(topic, whole, now)):
                post.said.append((topic, bridges_said(summaries, False)))

    def _said_whole(self, topics: Iterable[Topic], whole: Whole, now: float) -> None:
        """Remember what was told in whole of topics that nobody heard before."""
        for topic in topics:
            if topic.kind == "board":
                self._new_state(topic, whole, now)
            elif topic.kind == "bridges":
                self._new_summaries(topic, whole, now)

    def _new_state(self, topic: Topic, whole: Whole, now: float) -> BridgeShown | None:
        if not whole.has(topic.name):
            return None
        state = whole.state(topic.name)
        return state if self._changed(topic.text, msgspec.json.encode(state), now) else None

    def _new_summaries(self, topic: Topic, whole: Whole, now: float) -> list[BridgeSummary]:
        return [
            each
            for each in whole.summaries(topic.name == "alerts")
            if self._changed(f"{topic.text} {each.bridge}", msgspec.json.encode(each), now)
        ]

    def _changed(self, what: str, said: bytes, now: float) -> bool:
        since, before = self._stated.get(what, (0.0, b""))
        bare = _AGES.sub(b"", said)
        if bare == before and now - since < SAME_S:
            return False
        self._stated[what] = now, bare
        return True

    def _touch(self, node: Node, topics: set[Topic], now: float, post: Post) -> None:
        parties = self._parties
        assert parties is not None, "it is made with the node"
        parties.heard(topics)
        while events := node.log.read(self._cursor, types=TOUCHING, limit=_PAGE):
            self._cursor = events[-1].position
            for stored in events:
                event = stored.event
                if not parties and not may_touch(event.type, event.stream, topics):
                    continue
                payload = payload_of(event.type, event.schema, event.data)
                self._pending |= dict.fromkeys(
                    each for each in touched_by(event.type, event.stream, payload) if each in topics
                )
                self._pending |= dict.fromkeys(parties.touched(event.stream, payload))
        for topic in list(self._pending):
            if now - self._touched.get(topic, 0.0) >= TOUCHED_S:
                self._touched[topic] = now
                del self._pending[topic]
                post.touched.append(topic)
        if len(self._touched) > 1_000:
            self._touched = {topic: at for topic, at in self._touched.items() if now - at < TOUCHED_S}

    def _tick(self, topics: set[Topic], now: float, post: Post) -> None:
        if self._clock is None or CLOCK not in topics:
            return
        ticking = self._clock()
        since, before = self._ticked or (0.0, None)
        turned = before is None or (before.speed, before.paused) != (ticking.speed, ticking.paused)
        jumped = before is not None and _leapt(before, ticking, now - since)
        if turned or jumped or (now - since >= CLOCK_S and not ticking.paused and ticking.speed != 1.0):
            self._ticked = now, ticking
            post.said.append((CLOCK, frame("clock", ticking)))


def _leapt(before: Ticking, ticking: Ticking, seconds: float) -> bool:
    """Whether a clock was put forward by more than it went."""
    went = (ticking.at - before.at).total_seconds()
    return went > max(before.speed, ticking.speed) * (seconds + 1.0) + 1.0
