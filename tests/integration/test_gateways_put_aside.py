"""What brokers hand over before it can be taken waits: no valid reading that was acknowledged to one is lost."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aside_scene import (
    ACT,
    FORGED,
    KEY,
    NEXT,
    aside,
    block,
    blocks,
    hashes,
    log,
    message,
    mqtt_line,
    mqtt_publishes,
    nats_line,
    nats_publishes,
    register,
    taking,
    waits,
)
from at_custody import key_of
from listened import kills, running, tcp, until

from aforo.domain.device import BlockReceived
from aforo.flow import device_acts
from aforo.flow.allowance import Pace
from aforo.flow.custody import Custody
from aforo.gateways import nats as nats_gateway
from aforo.gateways import retrying
from aforo.gateways.recorder import NotKeptError, Recorder
from aforo.gateways.retrying import Retrying
from aforo.log.put_aside import Bounds, PutAside
from aforo.log.store import Log

__all__ = ["aside", "log"]  # fixtures


@pytest.mark.parametrize(("broker", "line_to", "publishes"), [
    ("mosquitto", mqtt_line, mqtt_publishes), ("nats", nats_line, nats_publishes),
])  # fmt: skip
def test_what_comes_too_early_over_a_broker_is_acknowledged_kept_and_taken_later(
    log: Log, aside: PutAside, request: pytest.FixtureRequest, broker: str, line_to: Any, publishes: Any
) -> None:
    real = request.getfixturevalue(broker)
    register(log, "signing", KEY)
    register(log, "odd", KEY)
    sent = [
        ("seal_text", b"\n".join([message("T-0", 1), message("new", 2), message("T-1", 3)])),
        ("block", block("signing", NEXT)),
        ("block", block("young", KEY)),
        ("block", block("odd", KEY, signer="gate")),
        ("block", block("odd", FORGED)),
        ("seal_text", message("odd", 1)),
        ("block", b"\xd2none"),
        ("morse", b"..."),
    ]

    async def run() -> None:
        async with taking(log, aside) as own:
            line, reached = line_to(real, own.recorder, log.origin), asyncio.Event()
            async with running(line.run(reached.set)):
                await asyncio.wait_for(reached.wait(), 10)
                await publishes(real.port, *sent)
                await until(lambda: line.acknowledged == len(sent))
                waiting = {
                    ("new", "device_unknown"): 1, ("signing", "block_signature"): 1, ("young", "device_unknown"): 1,
                    ("odd", "block_signer_unknown"): 1, ("odd", "block_signature"): 1,
                }  # fmt: skip
                assert waits(aside) == waiting
                assert own.recorder.put_aside.counted == {
                    "device_unknown": 2, "block_signature": 2, "block_signer_unknown": 1,
                }  # fmt: skip
                refused = own.counted
                assert refused == {"block_no_sign1": 1, "device_signs": 1, "topic": 1}
                assert kills.logged(log)[0] == {message("T-0", 1), message("T-1", 3)}
                before = log.clock()
                register(log, "new")
                register(log, "young", KEY)
                register(log, "gate", KEY, "gateway")
                device_acts.rotate(Custody(log), "signing", key_of(NEXT), "", "Nobody had said so.", **ACT)
                await until(lambda: waits(aside) == {("odd", "block_signature"): 1})
                await until(lambda: own.retrying.written == 4)
                assert own.counted == refused, "nothing of it was refused"
        found = {each.event.stream: each.event for each in log.read(types=(BlockReceived.TYPE,))}
        for device in ("new", "signing", "young", "odd"):
            event = found[f"device/{device}"]
            assert event.reported_at is not None
            assert event.reported_at < before < event.recorded_at

    asyncio.run(run())
    assert message("new", 2) in kills.logged(log)[0]
    assert [each.grade for each in blocks(log) if each.form == "block"].count("gateway") == 1
    for raw in (block("signing", NEXT), block("young", KEY), block("odd", KEY, signer="gate")):
        assert sha256(raw).hexdigest() in hashes(log)


def test_nats_goes_on_though_more_waits_than_it_gives_out_unacknowledged(
    log: Log, aside: PutAside, nats: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given back with a delay they would each hold a place, and everybody's messages would wait behind a stranger's."""
    monkeypatch.setattr(nats_gateway, "MOST_IN_FLIGHT", 20)

    async def run() -> None:
        async with taking(log, aside) as own:
            line, reached = nats_line(nats, own.recorder, log.origin), asyncio.Event()
            async with running(line.run(reached.set)):
                await asyncio.wait_for(reached.wait(), 10)
                await nats_publishes(nats.port, *(("seal_text", message("stranger", each)) for each in range(60)))
                await nats_publishes(nats.port, ("seal_text", message("T-0", 1)))
                await until(lambda: kills.logged(log)[0] == {message("T-0", 1)})
        # What came in one moment is one.
        assert 0 < waits(aside)[("stranger", "device_unknown")] <= 60

    asyncio.run(run())


def test_what_is_beyond_the_allowance_that_a_stranger_used_up_is_taken_when_there_is_room(
    log: Log, aside: PutAside
) -> None:
    async def run() -> None:
        async with taking(log, aside, Pace(20.0, 10.0)) as own:
            flood = b"\n".join(message("T-0", number) for number in range(100, 130))
            await own.recorder.keep_or_put_aside("seal_text", flood)
            await own.recorder.keep_or_put_aside("seal_text", message("T-0", 1))
            assert waits(aside) == {("T-0", "device_too_often"): 1}
            assert message("T-0", 1) not in kills.logged(log)[0]
            await until(lambda: message("T-0", 1) in kills.logged(log)[0])
            await until(lambda: not waits(aside))
            assert own.counted == {}

    asyncio.run(run())


def test_a_retired_seals_backlog_waits_for_its_being_registered_anew(log: Log, aside: PutAside) -> None:
    device_acts.retire(Custody(log), "T-0", "Lost.", **ACT)

    async def run() -> None:
        async with taking(log, aside) as own:
            await own.recorder.keep_or_put_aside("seal_text", message("T-0", 1))
            await asyncio.sleep(0.3)
            assert waits(aside) == {("T-0", "device_unknown"): 1}
            register(log, "T-0")
            await until(lambda: kills.logged(log)[0] == {message("T-0", 1)})
            assert own.counted == {}

    asyncio.run(run())


def test_what_turns_out_to_be_refused_for_good_is_counted_and_forgotten(log: Log, aside: PutAside) -> None:
    async def run() -> None:
        async with taking(log, aside) as own:
            await own.recorder.keep_or_put_aside("seal_text", message("signing", 1))
            await own.recorder.keep_or_put_aside("block", block("young", KEY)[:-70] + block("young", FORGED)[-70:])
            register(log, "signing", KEY)
            await until(lambda: own.counted == {"device_signs": 1})
            register(log, "young", KEY)
            await until(lambda: waits(aside) == {("young", "block_signature"): 1})

    asyncio.run(run())
    assert blocks(log) == []


def test_what_finds_no_room_or_waited_too_long_is_counted_as_refused(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def run(aside: PutAside) -> None:
        async with taking(log, aside) as own:
            for number in range(5):
                await own.recorder.keep_or_put_aside("seal_text", message("flood", number))
            await own.recorder.keep_or_put_aside("seal_text", message("new", 1))
            assert waits(aside) == {("flood", "device_unknown"): 2, ("new", "device_unknown"): 1}
            assert own.counted == {"device_unknown": 3}
            monkeypatch.setattr(retrying, "WAITS_S", 0)
            await until(lambda: own.counted == {"device_unknown": 3, "waited_too_long": 3})
            assert waits(aside) == {}
        assert "messages of seals were put aside: device_unknown 1" in caplog.text
        assert "waited_too_long 3" in caplog.text

    with PutAside(tmp_path / "small.sqlite", Bounds(device=1_000, all=10_000)) as small:
        asyncio.run(run(small))


def test_a_sender_that_is_told_has_nothing_put_aside(log: Log, aside: PutAside) -> None:
    """Over TCP what was not answered is sent again; in the same moment a broker hands over another's."""

    async def run() -> None:
        async with taking(log, aside) as own, tcp(own.recorder) as (port, _):
            with closing(socket.create_connection(("127.0.0.1", port))) as seal:
                seal.sendall(message("other", 1) + b"\r\n")
                await own.recorder.keep_or_put_aside("seal_text", message("new", 1))
                await until(lambda: own.counted == {"device_unknown": 1})
            assert waits(aside) == {("new", "device_unknown"): 1}

    asyncio.run(run())


def test_what_cannot_be_put_aside_is_not_acknowledged(
    log: Log, aside: PutAside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(aside, "put", full)

    async def run() -> None:
        recorder = Recorder(Custody(log), actor="tester", aside=aside, window_s=0.01, patience_s=0.3)
        async with running(recorder.run()):
            with pytest.raises(NotKeptError):
                await recorder.keep_or_put_aside("seal_text", message("new", 1))

    asyncio.run(run())


AT = "2026-03-02T08:14:40.000+00:00"
POSITION = {"uniqueId": "new", "deviceTime": AT, "fixTime": AT, "valid": True, "latitude": 27.6, "longitude": -99.5,
            "attributes": {}}  # fmt: skip


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        ("seal_text", message("T-9", 1) + b"\n" + message("new", 1) + b"\n" + message("new", 2)),
        ("traccar", json.dumps([POSITION, POSITION | {"uniqueId": "T-9"}]).encode()),
        ("telematics", b"device,timestamp,lat,lng\nT-9,2026-03-02T08:14:40-06:00,27.6,-99.5\n"
                       b"new,2026-03-02T08:14:41-06:00,27.6,-99.5\n"),
    ],
)  # fmt: skip
def test_what_was_put_aside_is_the_block_that_it_would_have_been(
    log: Log, aside: PutAside, tmp_path: Path, form: Any, sent: bytes
) -> None:
    """So a kill between its being recorded and forgotten, and a message that comes again, leave one block."""

    async def run() -> None:
        async with taking(log, aside) as own:
            await own.recorder.keep_or_put_aside(form, sent)
            assert waits(aside) == {(name, "device_unknown"): 1 for name in ("T-9", "new")}
            register(log, "new")
            await until(lambda: len(blocks(log)) == 1)
            await own.recorder.keep_or_put_aside(form, sent)
            assert len(blocks(log)) == 1
            assert waits(aside) == {("T-9", "device_unknown"): 1}

    asyncio.run(run())


def test_what_is_recorded_and_not_yet_forgotten_is_no_second_block(
    log: Log, aside: PutAside, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, failed = aside.settle, list[int]()

    def fails(*said: Any) -> None:
        if not failed:
            failed.append(len(blocks(log)))
            raise sqlite3.OperationalError("disk I/O error")
        settle(*said)

    monkeypatch.setattr(aside, "settle", fails)

    async def run() -> None:
        async with taking(log, aside) as own:
            await own.recorder.keep_or_put_aside("seal_text", message("new", 1))
            register(log, "new")
            await until(lambda: not waits(aside))

    asyncio.run(run())
    assert (failed, len(blocks(log))) == ([1], 1)


def test_what_cannot_be_tried_keeps_nobody_elses_from_being_taken(
    log: Log, aside: PutAside, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    own = Retrying._taken

    def fails(self: Retrying, one: Any) -> Any:
        if one.what.device == "bad":
            raise RuntimeError("odd")
        return own(self, one)

    monkeypatch.setattr(Retrying, "_taken", fails)

    async def run() -> None:
        async with taking(log, aside) as made:
            for device in ("bad", "new"):
                await made.recorder.keep_or_put_aside("seal_text", message(device, 1))
                register(log, device)
            await until(lambda: kills.logged(log)[0] == {message("new", 1)})

    asyncio.run(run())
    assert waits(aside) == {("bad", "device_unknown"): 1}
    assert "could not be tried again" in caplog.text
