"""Parts of boards are made for listeners who are there, and for nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, cast

import pytest

from aforo.api import live_parts
from aforo.api.live_hub import Listener, LiveHub
from aforo.api.live_parts import AFTER_S, Parts
from aforo.api.live_says import part_said
from aforo.api.live_topics import Topic
from aforo.flow.boards import Boards

BRIDGE = "world-trade"


class Asked:
    """A board that remembers which rows it was asked for, and has none of them."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def some(self, bridge: str, crossings: Iterable[str]) -> list[Any]:
        self.asked.append(list(crossings))
        return []


async def _holds() -> bool:
    return True


def listener(token: str = "one") -> Listener:
    return Listener(token, frozenset({Topic("board", BRIDGE)}), False, _holds)


def test_nothing_is_made_for_those_who_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_parts, "PART_ROWS", 2)
    parts, board, gone, stays = Parts(), Asked(), listener(), listener("two")
    parts.add(BRIDGE, ["a", "b"], [gone], 0.0)
    parts.add(BRIDGE, ["a", "b", "c"], [gone, stays], 0.0)
    gone.end()
    made = parts.due(cast(Boards, board), AFTER_S)
    assert [heard for heard, _ in made] == [[stays]]
    assert b'"left":1' in made[0][1].plain
    stays.end()
    assert parts.due(cast(Boards, board), AFTER_S) == []
    assert board.asked == [["a", "b"]]


def test_who_closes_a_stream_is_given_nothing_more() -> None:
    hub, own = LiveHub(), listener()

    async def come_and_go() -> None:
        hub.admit(own.token, own.topics)
        heard = hub.hear(own, None, lambda: None)
        await anext(heard)
        assert not own.over
        await heard.aclose()

    asyncio.run(come_and_go())
    assert (own.over, hub.streams) == (True, 0)
    own.give(part_said(BRIDGE, [], 0))
    assert not own.waiting
