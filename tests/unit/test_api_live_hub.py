"""Listeners of the live stream: what is compressed once can be put together by anyone, and who is slow is cut."""

from __future__ import annotations

import asyncio
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.api.hearing import Limits, TooManyStreamsError
from aforo.api.live_frames import GZIP_HEADER, Frame, frame
from aforo.api.live_hub import MOST_FRAMES, Listener, LiveHub
from aforo.api.live_reader import CLOCK, LiveReader, Post
from aforo.api.live_topics import TOUCHING, Ticking, Topic, may_touch, topics_of, touched_by
from aforo.domain.alert import AlertRaised
from aforo.domain.artefact import ArtefactRegistered
from aforo.domain.bridge import ExaminationStarted
from aforo.domain.dock import DOCK_PAYLOADS
from aforo.domain.event import OrderAccepted

ALERTS = Topic("alerts")


def listener(*topics: Topic, packed: bool = False) -> Listener:
    async def holds() -> bool:
        return True

    return Listener("token", frozenset(topics), packed, holds)


@given(st.lists(st.binary(max_size=2_000), max_size=8))
def test_frames_that_were_compressed_apart_are_one_stream(parts: list[bytes]) -> None:
    stream = GZIP_HEADER + b"".join(Frame(part).packed for part in parts)
    assert zlib.decompressobj(31).decompress(stream) == b"".join(parts)


def test_who_hears_the_clock_alone_leaves_room_for_who_works() -> None:
    async def run() -> None:
        hub = LiveHub(Limits(per_token=9, streams=4, clocks=2, heartbeat_s=60.0))
        for topics in ((CLOCK,), (CLOCK, ALERTS), (CLOCK,)):
            own = listener(*topics)
            hub.admit(own.token, own.topics)
            await anext(hub.hear(own, None, lambda: None))
        with pytest.raises(TooManyStreamsError):
            hub.admit("token", {CLOCK})
        hub.admit("token", {CLOCK, ALERTS})

    asyncio.run(run())


def test_who_takes_nothing_is_cut_and_costs_nobody_memory() -> None:
    async def run() -> None:
        hub = LiveHub(Limits(heartbeat_s=60.0))
        slow, quick = listener(ALERTS), listener(ALERTS)
        said = frame("touched", {"topics": ["alerts"]})
        taken: list[bytes] = []

        async def take() -> None:
            async for chunk in hub.hear(quick, 3.0, lambda: None):
                taken.append(chunk)

        stalled = hub.hear(slow, None, lambda: None)
        assert await anext(stalled) == b"retry: 1000\n\n"
        task = asyncio.create_task(take())
        await asyncio.sleep(0)
        for each in (slow, quick):
            hub.begin(each, [said])
        for _ in range(MOST_FRAMES + 10):
            hub.say([(ALERTS, said)])
            await asyncio.sleep(0)
        assert slow.over
        assert not slow.waiting
        assert [chunk async for chunk in stalled] == []
        assert hub.streams == 1
        await asyncio.sleep(0.01)
        hub.close()
        await task
        assert b"".join(taken).count(said.plain) == MOST_FRAMES + 11
        assert (hub.streams, hub.topics) == (0, [])

    asyncio.run(run())


def test_a_frame_of_what_was_touched_is_made_once_for_all_who_hear_the_same() -> None:
    async def run() -> None:
        hub = LiveHub()
        both, one = listener(ALERTS, Topic("rules")), listener(ALERTS)
        streams = [hub.hear(each, None, lambda: None) for each in (both, one)]
        for stream, each in zip(streams, (both, one), strict=True):
            await anext(stream)
            hub.begin(each, [])
        hub.tell([ALERTS, Topic("rules")], lambda topics: frame("touched", [topic.text for topic in topics]))
        assert both.take() == b'event: touched\ndata: ["alerts","rules"]\n\n'
        assert one.take() == b'event: touched\ndata: ["alerts"]\n\n'
        for stream in streams:
            await stream.aclose()

    asyncio.run(run())


def test_a_clock_is_told_when_it_turns_or_leaps_and_else_once_a_second() -> None:
    began = datetime(2026, 3, 2, tzinfo=UTC)
    now = [Ticking(began, 60.0, 60.0, False)]
    reader = LiveReader(LiveHub(), lambda: None, lambda: now[0], "boot")

    def told(at: float, ticking: Ticking) -> bool:
        now[0] = ticking
        post = Post()
        reader._tick({CLOCK}, at, post)
        return bool(post.said)

    def after(seconds: float, **more: Any) -> Ticking:
        given: dict[str, Any] = {"speed": 60.0, "attained": 60.0, "paused": False} | more
        return Ticking(began + timedelta(seconds=seconds), **given)

    assert told(0.0, after(0))
    assert not told(0.5, after(30))
    assert told(1.1, after(66))
    assert told(1.2, after(70, paused=True))
    assert not told(5.0, after(70, paused=True))
    assert told(5.1, after(70, speed=1.0, attained=1.0))
    assert not told(7.0, after(72, speed=1.0, attained=1.0))
    assert told(7.1, after(3_600, speed=1.0, attained=1.0))


def test_topics_are_read_as_they_are_written() -> None:
    asked = topics_of("bridges,board:world-trade,crossing:a%2Fb%2Cc,bridges")
    assert asked == [Topic("bridges"), Topic("board", "world-trade"), Topic("crossing", "a/b,c")]
    assert [each.text for each in asked] == ["bridges", "board:world-trade", "crossing:a/b,c"]


def test_what_an_event_touches() -> None:
    accepted = OrderAccepted("decision", "scan")
    open_ = {Topic("crossing", "a")}
    assert touched_by(accepted.TYPE, "crossing/a", accepted) == [Topic("crossing", "a")]
    assert may_touch(accepted.TYPE, "crossing/a", open_)
    assert not may_touch(accepted.TYPE, "crossing/b", open_)
    started = ExaminationStarted("a", "dock")
    assert touched_by(started.TYPE, "port/otay", started) == [Topic("crossing", "a")]
    raised = AlertRaised("contradiction", "crossing/a", "x", "officer", datetime(2026, 3, 2, tzinfo=UTC), "d", 1)
    assert touched_by(raised.TYPE, "alert/1", raised) == [ALERTS, Topic("crossing", "a")]
    rule = ArtefactRegistered("rule", "one", "hash", "1", "Ana")
    assert touched_by(rule.TYPE, "artefact/rule", rule) == [Topic("rules")]
    assert "device.gate_reads" not in TOUCHING
    # The page of a crossing is told of what is done at the dock.
    assert {each.TYPE for each in DOCK_PAYLOADS} <= set(TOUCHING)
