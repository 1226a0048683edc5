"""The parts of boards that follow the first: what a screen does not need to begin with, told when it has begun."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from aforo.api.live_frames import Frame
from aforo.api.live_hub import Listener
from aforo.api.live_says import PART_ROWS, part_said
from aforo.flow.boards import Boards

#: Seconds after the first part of a board, in which a page draws it and asks for what else it needs.
AFTER_S = 0.4
#: How long one look makes parts.
MAKING_S = 0.02

Part = tuple[Sequence[Listener], Frame]


@dataclass
class _Left:
    bridge: str
    crossings: list[str]
    listeners: list[Listener]
    since: float


class Parts:
    """What is still to be told, and to whom. Each part is made of the board as it is when it is sent: rows that changed
    meanwhile were told already, and those that left are not told any more."""

    def __init__(self) -> None:
        self._left: deque[_Left] = deque()

    def add(self, bridge: str, crossings: list[str], listeners: list[Listener], now: float) -> None:
        """These crossings of a bridge are to be told to listeners who were given the first part at `now` (seconds)."""
        self._left.append(_Left(bridge, crossings, listeners, now))

    def clear(self) -> None:
        """Nothing is to be told any more: everyone begins anew."""
        self._left.clear()

    def due(self, boards: Boards, now: float) -> list[Part]:
        """The next part for each who waits long enough, as far as a look has time."""
        made: list[Part] = []
        until = time.monotonic() + MAKING_S
        for _ in range(len(self._left)):
            if now - self._left[0].since < AFTER_S or time.monotonic() >= until:
                break
            left = self._left.popleft()
            left.listeners = [each for each in left.listeners if not each.over]
            if not left.listeners:
                continue  # they all left: nothing is made for nobody
            own, left.crossings = left.crossings[:PART_ROWS], left.crossings[PART_ROWS:]
            made.append((left.listeners, part_said(left.bridge, boards.some(left.bridge, own), len(left.crossings))))
            if left.crossings:
                self._left.append(left)
        return made
