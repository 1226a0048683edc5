"""Plain-text seals over TCP: who is answered and when, and what the bounds do to those who say nothing of use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from at_custody import key_of
from listened import kills, log_of_seals, recording, tcp, until
from nacl.signing import SigningKey
from sqlalchemy.exc import OperationalError

from aforo.domain.device import DeviceRegistered
from aforo.flow import device_acts
from aforo.flow.admission import Admission
from aforo.flow.allowance import Pace
from aforo.flow.custody import Custody
from aforo.gateways.recorder import NotKeptError, Recorder
from aforo.gateways.tcp import Bounds
from aforo.log.store import Log

message = kills.message


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with log_of_seals(tmp_path) as opened:
        yield opened


async def said(port: int, data: bytes, answers: int = 0) -> bytes:
    """What is answered to `data` until there are so many lines, or the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    got = b""
    async with asyncio.timeout(10):
        while got.count(b"\n") < answers or not answers:
            try:
                more = await reader.read(65_536)
            except ConnectionResetError:
                break
            if not more:
                break
            got += more
    writer.close()
    return got


def test_each_message_is_answered_once_it_is_in_the_log_and_a_bad_one_stops_no_other(log: Log) -> None:
    sent = [message("T-0", 1), message("T-9", 2), b"##S,eSeal,T-0,nonsense,E##", b"noise", message("T-1", 3)]

    async def run() -> None:
        async with recording(log) as recorder, tcp(recorder) as (port, line):
            answers = await said(port, b"\r\n".join(sent) + b"\r\n", 2)
            assert answers.splitlines() == [
                b"##S,eSeal,T-0,ABCD,1.0,Normal ACK,1,E##",
                b"##S,eSeal,T-1,ABCD,1.0,Normal ACK,3,E##",
            ]
            assert {sent[0], sent[4]} <= kills.logged(log)[0]
            assert recorder.refusals.counted["device_unknown"] == 1
            assert (line.answered, recorder.readings, recorder.written) == (2, 2, 2)
            again = await said(port, sent[0], 1)
            assert again.splitlines() == answers.splitlines()[:1], "what is known is answered again"

    asyncio.run(run())


def test_what_carries_no_reading_is_not_answered_and_stands_beside_a_reading_alone(log: Log) -> None:
    other = b"##S,eSeal,T-0,ABCD,1.0,RC-NFC DEL ACK,,E##"

    async def run() -> None:
        async with recording(log) as recorder, tcp(recorder) as (port, line):
            answers = await said(port, other + message("T-1", 1), 1)
            assert answers.splitlines() == [b"##S,eSeal,T-1,ABCD,1.0,Normal ACK,1,E##"]
            assert kills.logged(log)[0] == {message("T-1", 1)}, "a block without readings has no form"
            answers = await said(port, other + message("T-0", 2), 1)
            assert answers.splitlines() == [b"##S,eSeal,T-0,ABCD,1.0,Normal ACK,2,E##"]
            assert (line.answered, recorder.refusals.counted.total()) == (2, 0)

    asyncio.run(run())
    assert kills.logged(log)[0] == {message("T-1", 1), message("T-0", 2), other}


def test_in_the_name_of_a_seal_that_signs_nothing_is_taken_or_answered(log: Log) -> None:
    custody = Custody(log)
    signs = DeviceRegistered("seal", "Norte", 600, 60, key_of(SigningKey(b"7" * 32)))
    device_acts.register(custody, "S-0", signs, actor="tester", origin="live")

    async def run() -> None:
        async with recording(log) as recorder, tcp(recorder) as (port, _):
            answers = await said(port, message("S-0", 1) + message("T-0", 2) + message("S-0", 3), 1)
            assert answers.splitlines() == [b"##S,eSeal,T-0,ABCD,1.0,Normal ACK,2,E##"]
            assert recorder.refusals.counted["device_signs"] == 1

    asyncio.run(run())
    assert kills.logged(log)[0] == {message("T-0", 2)}


def test_messages_of_many_connections_are_one_transaction(log: Log) -> None:
    async def run() -> None:
        async with recording(log) as recorder, tcp(recorder) as (port, _):
            recorder._window_s = 0.3
            await asyncio.gather(*(said(port, message("T-0", number), 1) for number in range(20)))
            assert recorder.written <= 2, "one block for what came together"

    asyncio.run(run())
    assert len(kills.logged(log)[0]) == 20


def test_a_message_comes_in_any_pieces(log: Log) -> None:
    async def run() -> None:
        async with recording(log) as recorder, tcp(recorder) as (port, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for byte in message("T-0", 5):
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0)
            assert (await reader.readline()).endswith(b"ACK,5,E##\r\n")
            writer.close()

    asyncio.run(run())


def test_who_says_nothing_of_use_is_cut_and_who_does_is_not(log: Log) -> None:
    bounds = Bounds(connections=3, first_s=0.5, useless=2_000)

    async def run() -> None:
        async with recording(log) as recorder, tcp(recorder, bounds) as (port, _):
            assert await said(port, b"x" * 3_000) == b""
            strangers = b"".join(message("T-9", number) for number in range(30))
            assert await said(port, strangers) == b""
            assert await said(port, b"") == b"", "out of time"
            assert recorder.refusals.counted["useless"] == 2
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(message("T-0", 1))
            assert (await reader.readline()).endswith(b"ACK,1,E##\r\n")
            crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(6)]
            await until(lambda: recorder.refusals.counted["connections"] == 4)
            writer.write(message("T-0", 2))
            assert (await reader.readline()).endswith(b"ACK,2,E##\r\n"), "who only connects keeps no device out"
            for _, each in (*crowd, (reader, writer)):
                each.close()

    asyncio.run(run())


def test_a_device_beyond_its_pace_is_not_answered_and_a_connection_is_slowed(log: Log) -> None:
    bounds = Bounds(device=Pace(0.01, 5), connection=Pace(20, 10))

    async def run() -> None:
        async with recording(log) as recorder, tcp(recorder, bounds) as (port, _):
            begun = asyncio.get_running_loop().time()
            sent = b"".join(message("T-0", number) for number in range(16)) + message("T-1", 0)
            answers = await said(port, sent, 6)
            assert [each.split(b",")[6] for each in answers.splitlines()] == [b"0", b"1", b"2", b"3", b"4", b"0"]
            assert recorder.refusals.counted["too_many"] == 11
            assert asyncio.get_running_loop().time() - begun >= 7 / 20

    asyncio.run(run())


def test_nothing_is_answered_while_the_store_is_out(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tries = log.insert, []

    def out(written: object) -> None:
        tries.append(1)
        raise OperationalError("insert", {}, Exception("the disk is full"))

    async def run() -> None:
        async with recording(log, patience_s=0.5) as recorder, tcp(recorder) as (port, line):
            monkeypatch.setattr(log, "insert", out)
            # It may send one, and what was not recorded was none.
            recorder._custody.admission = Admission(Pace(0.0, 1.0))
            assert await said(port, message("T-0", 1)) == b"", "cut, so that it sends again"
            assert (line.answered, len(tries) > 1) == (0, True)
            monkeypatch.setattr(log, "insert", real)
            assert (await said(port, message("T-0", 1), 1)).endswith(b"ACK,1,E##\r\n")

    asyncio.run(run())
    assert kills.logged(log)[0] == {message("T-0", 1)}


def test_what_waits_is_bounded_whoever_hands_it_in(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not everybody who hands something in waits for an answer: a broker's messages at quality of service 0 do not."""
    monkeypatch.setattr("aforo.gateways.recorder.MOST_WAITING", 1_000)

    async def run() -> None:
        made = Recorder(Custody(log), actor="tester")
        tasks = [asyncio.create_task(made.keep("seal_text", message("T-0", number))) for number in range(30)]
        done, waiting = await asyncio.wait(tasks, timeout=0.2)
        assert done
        assert {type(each.exception()) for each in done} == {NotKeptError}
        assert 1_000 <= sum(len(message("T-0", number)) for number in range(len(waiting))) < 1_300
        for each in waiting:
            each.cancel()

    asyncio.run(run())


def test_what_is_refused_soon_after_others_is_told_though_nothing_more_is(
    log: Log, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It was told when the process stopped."""
    monkeypatch.setattr("aforo.gateways.recorder.TELL_EVERY_S", 0.3)

    async def run() -> None:
        async with recording(log) as recorder:
            for code in ("topic", "useless", "topic", "useless"):
                recorder.refusals.count(code)
            assert told(caplog) == ["topic 1"], "at once, and then not for each"
            await until(lambda: len(told(caplog)) > 1)
            assert told(caplog)[1:] == ["useless 2, topic 1"]

    asyncio.run(run())
    assert len(told(caplog)) == 2, "nothing twice"


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    head = "messages of seals were refused: "
    return [each.removeprefix(head) for each in caplog.messages if each.startswith(head)]
