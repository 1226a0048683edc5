"""What the console's live stream says: the frames by their events, and how those of bridges and boards are made.

A board is told in parts. The first has how the bridge stands, what its trucks come to, and the rows that a screen shows
at once; the others follow behind it, each as of when it is sent, so that what changed between is not told as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

import msgspec

from aforo.api.live_frames import Frame, frame
from aforo.api.live_topics import Ticking, Topic
from aforo.flow.board_first import BoardCounts
from aforo.flow.board_shown import BoardRow, BridgeSummary
from aforo.flow.boards import Changes
from aforo.flow.bridges_shown import BridgeShown, refused_of_states, shown
from aforo.flow.node import Node
from aforo.scoreboard.input_refusals import RefusedShown

#: Rows of the first part of a board, and of each part that follows.
FIRST_ROWS, PART_ROWS = 100, 200


class HelloSaid(msgspec.Struct, frozen=True):
    """What a stream begins with: which start of the server it is, its time, whether all is synthetic, and its clock,
    where that goes at a speed of its own."""

    boot: str
    now: datetime
    synthetic: bool
    clock: Ticking | None


class TouchedSaid(msgspec.Struct, frozen=True):
    """Topics of which something changed."""

    topics: Sequence[str]


class BoardSaid(msgspec.Struct, frozen=True):
    """Rows of a board, and the crossings that left it. A `whole` one begins the board anew: what was told before is no
    more, and `counts` is what all its trucks come to. `left` is how many of its rows are still to come, in this part
    and in those that follow; it is null where rows changed. `state` is null where it is as it was said last."""

    bridge: str
    whole: bool
    zone: str | None
    state: BridgeShown | None
    rows: Sequence[BoardRow]
    gone: Sequence[str]
    counts: BoardCounts | None
    left: int | None


class BridgesSaid(msgspec.Struct, frozen=True):
    """Bridges in a few figures: all where it is `whole`, else those that changed."""

    whole: bool
    bridges: Sequence[BridgeSummary]


def board_said(bridge: str, changes: Changes | None, state: BridgeShown | None = None) -> Frame:
    """What changed on a board."""
    rows, gone = ([], []) if changes is None else (changes.rows, changes.gone)
    return frame("board", BoardSaid(bridge, False, None, state, rows, gone, None, None))


def part_said(bridge: str, rows: Sequence[BoardRow], left: int) -> Frame:
    """A part of a board that follows its first; `left` rows come after it."""
    return frame("board", BoardSaid(bridge, False, None, None, rows, [], None, left))


def bridges_said(summaries: Sequence[BridgeSummary], whole: bool) -> Frame:
    """Bridges in a few figures."""
    return frame("bridges", BridgesSaid(whole, summaries))


class Whole:
    """The whole state of topics as of one look, made once for all who ask."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._live = node.live()
        self._now = node.clock()
        self._frames: dict[Topic, Frame | None] = {}
        self._states: dict[str, BridgeShown] = {}
        self._asking: dict[str, set[str]] | None = None
        #: The crossings that the first part of a board left to those that follow, by bridge.
        self.left: dict[str, list[str]] = {}

    def of(self, topic: Topic) -> Frame | None:
        """The whole state of a topic; None of one that only says that something was touched."""
        if topic not in self._frames:
            self._frames[topic] = self._made(topic)
        return self._frames[topic]

    def has(self, bridge: str) -> bool:
        """Whether there is a bridge of this name."""
        return self._live.has(bridge)

    def state(self, bridge: str) -> BridgeShown:
        """How a bridge stands. Raises KeyError."""
        if bridge not in self._states:
            self._states[bridge] = shown(self._live.state(bridge, self._now), self._live, self._refused)
        return self._states[bridge]

    @cached_property
    def _refused(self) -> list[RefusedShown]:
        return refused_of_states(self._node.scoreboards().open_refusals(), self._live.names(), self._now)

    def summaries(self, alerts: bool) -> list[BridgeSummary]:
        """Every bridge in a few figures, with its alerts where they may be seen."""
        boards, live = self._node.boards, self._live
        if alerts and self._asking is None:
            self._asking = self._node.alerted.asking_soon(self._now)
        asking = self._asking if alerts else None
        return [
            boards.summary(
                each,
                self.state(each),
                live.place(each)[0].zone,
                None if asking is None else len(asking.get(each, ())),
            )
            for each in live.names()
        ]

    def _made(self, topic: Topic) -> Frame | None:
        if topic.kind == "bridges":
            return bridges_said(self.summaries(topic.name == "alerts"), True)
        if topic.kind != "board" or not self._live.has(topic.name):
            return None
        names, counts = self._node.boards.first(topic.name)
        rows = self._node.boards.some(topic.name, names[:FIRST_ROWS])
        if left := names[FIRST_ROWS:]:
            self.left[topic.name] = left
        zone, state = self._live.place(topic.name)[0].zone, self.state(topic.name)
        return frame("board", BoardSaid(topic.name, True, zone, state, rows, [], counts, len(left)))
