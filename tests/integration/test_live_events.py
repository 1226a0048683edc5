"""The live stream over a log that is being written to, on either database: no gap, no repetition, bounded, cut."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aforo.api.hearing import Ear, Hub, Limits, TooManyStreamsError
from aforo.domain.event import LotteryCommitted, new_event
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.leaves import last_leaf, leaves_after
from aforo.log.sequencer import Sequencing, sequence
from aforo.log.store import Log

ACTIONS = frozenset({"hear_documents"})
QUICK = Limits(interval_s=0.01, heartbeat_s=0.2)


@pytest.fixture
def log(store_url: str, tmp_path: Path) -> Iterator[Log]:
    with closing(KeyStore(tmp_path / "keys.sqlite")) as keys, Log.open(store_url, keys, synchronous="OFF") as opened:
        yield opened


def write(log: Log, stream: str, first: int, count: int) -> None:
    at = log.clock()
    payload = LotteryCommitted(at.date(), stream)
    log.append(
        [
            new_event(event_id(at), payload, stream, first + n, occurred_at=at, recorded_at=at, actor="tester")
            for n in range(count)
        ]
    )


async def always() -> bool:
    return True


def ear(token: str = "t", holds: Callable[[], Awaitable[bool]] = always) -> Ear:
    return Ear(token, ACTIONS, None, holds)


def leaves(chunk: bytes) -> list[int]:
    return [int(line[4:]) for line in chunk.decode().split("\n") if line.startswith("id: ")]


async def heard(hub: Hub, after: int | None, count: int, own: Ear | None = None) -> list[int]:
    """The leaves of a stream until there are so many."""
    got: list[int] = []
    stream = hub.hear(own or ear(), after, None)
    async with asyncio.timeout(60):
        async for chunk in stream:
            got += leaves(chunk)
            if len(got) >= count:
                break
    await stream.aclose()
    return got


def test_leaves_come_in_their_order_with_others_left_out(log: Log) -> None:
    assert (last_leaf(log), leaves_after(log, -1, ["lottery.committed"], 10)) == (-1, ([], -1))
    write(log, "a", 1, 5)
    sequence(log)
    assert [leaf for leaf, _ in leaves_after(log, 1, ["lottery.committed"], 2)[0]] == [2, 3]
    assert leaves_after(log, 1, ["lottery.committed"], 2)[1] == 3
    assert leaves_after(log, 1, ["person.read"], 2) == ([], 4)


def test_a_stream_that_is_cut_again_and_again_misses_nothing_and_repeats_nothing(log: Log) -> None:
    """Several writers append while a listener comes and goes with the last leaf that it has."""
    writers, each = 3, 60

    def append(name: str) -> None:
        for n in range(each):
            write(log, name, 1 + n, 1)

    async def listen() -> list[int]:
        hub = Hub(lambda: log, Limits(interval_s=0.01, heartbeat_s=0.2, ring=40, page=20, write=7))
        hub.start()
        got: list[int] = []
        while len(got) < writers * each:
            stream, taken = hub.hear(ear(), got[-1] if got else -1, None), 0
            async with asyncio.timeout(60):
                async for chunk in stream:
                    got += leaves(chunk)
                    taken += len(leaves(chunk))
                    if taken >= 23 or len(got) >= writers * each:
                        break
            await stream.aclose()
        hub.close()
        return got

    threads = [threading.Thread(target=append, args=(f"w{n}",)) for n in range(writers)]
    with Sequencing(log, interval=0.02):
        for thread in threads:
            thread.start()
        got = asyncio.run(listen())
        for thread in threads:
            thread.join()
    assert got == list(range(writers * each))


def test_many_streams_share_one_reader_and_each_hears_all(log: Log) -> None:
    async def run() -> list[list[int]]:
        hub = Hub(lambda: log, QUICK)
        hub.start()
        before = -1
        listeners = [asyncio.create_task(heard(hub, before, 50, ear(f"t{n}"))) for n in range(20)]
        await asyncio.sleep(0.1)
        for n in range(5):
            await asyncio.to_thread(write, log, "a", 1 + 10 * n, 10)
            await asyncio.to_thread(sequence, log)
        got = await asyncio.gather(*listeners)
        hub.close()
        assert hub.streams == 0
        return got

    assert asyncio.run(run()) == [list(range(50))] * 20


def test_a_stream_without_a_place_begins_now_and_beats(log: Log) -> None:
    write(log, "a", 1, 3)
    sequence(log)

    async def run() -> None:
        hub = Hub(lambda: log, QUICK)
        hub.start()
        stream = hub.hear(ear(), None, None)
        assert await anext(stream) == b"retry: 2000\n\n"
        async with asyncio.timeout(10):
            while (chunk := await anext(stream)) == b": \n\n":
                if hub._begun:
                    await asyncio.to_thread(write, log, "b", 1, 1)
                    await asyncio.to_thread(sequence, log)
                    break
            while chunk == b": \n\n":
                chunk = await anext(stream)
        assert leaves(chunk) == [3]
        assert json.loads(chunk.decode().split("data: ")[1])["commitment"] == "b"
        await stream.aclose()
        hub.close()

    asyncio.run(run())


def test_a_listener_that_the_ring_leaves_behind_is_cut(log: Log) -> None:
    async def run() -> None:
        hub = Hub(lambda: log, Limits(interval_s=0.01, heartbeat_s=0.1, ring=10, page=4, write=2))
        hub.start()
        slow = hub.hear(ear(), None, None)
        async with asyncio.timeout(30):
            while not hub._begun:
                await anext(slow)
            write(log, "a", 1, 2)
            sequence(log)
            while not leaves(await anext(slow)):
                pass
            write(log, "a", 3, 98)
            sequence(log)
            while hub._head < 99:
                await asyncio.sleep(0.01)
            assert len(hub._ring) == 10
            assert [leaf async for chunk in slow for leaf in leaves(chunk)] == []
        # It comes again with what it has, reads what it missed from the log, and goes on.
        assert await heard(hub, 1, 98) == list(range(2, 100))
        hub.close()

    asyncio.run(run())


def test_streams_are_bounded_by_token_and_in_all(log: Log) -> None:
    async def run() -> None:
        hub = Hub(lambda: log, Limits(per_token=2, streams=3, interval_s=0.01, heartbeat_s=0.05))
        hub.start()
        streams = [hub.hear(ear(name), None, None) for name in ("a", "a", "b")]
        for stream in streams:
            await anext(stream)
        for name, own in (("a", True), ("c", False)):
            with pytest.raises(TooManyStreamsError) as refused:
                hub.admit(name)
            assert refused.value.own is own
        assert [chunk async for chunk in hub.hear(ear("a"), None, None)] == []
        await streams[0].aclose()
        hub.admit("a")
        for stream in streams[1:]:
            await stream.aclose()
        assert (hub.streams, hub._ring) == (0, [])
        hub.close()

    asyncio.run(run())


def test_a_token_that_holds_no_more_ends_its_stream(log: Log) -> None:
    async def run() -> None:
        hub = Hub(lambda: log, QUICK)
        hub.start()
        good = [True]

        async def holds() -> bool:
            return good[0]

        stream = hub.hear(ear(holds=holds), None, None)
        await anext(stream)
        good[0] = False
        async with asyncio.timeout(10):
            assert not [leaf async for chunk in stream for leaf in leaves(chunk)]
        hub.close()

    asyncio.run(run())


def test_what_a_role_may_not_hear_is_not_sent(log: Log) -> None:
    write(log, "a", 1, 3)
    sequence(log)

    async def run() -> bytes:
        hub = Hub(lambda: log, QUICK)
        hub.start()
        deaf = Ear("t", frozenset({"hear_crossings"}), None, always)
        got = b"".join([chunk async for chunk in hub.hear(deaf, -1, 0.0)])
        hub.close()
        return got

    assert b"id:" not in asyncio.run(run())
