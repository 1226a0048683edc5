"""Where what is to wait cannot be written, everybody else's messages are recorded and acknowledged all the same."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest
from aside_scene import (
    KEY,
    aside,
    block,
    log,
    mqtt_line,
    mqtt_publishes,
    nats_line,
    nats_publishes,
    register,
    taking,
    waits,
)
from listened import kills, running, tcp, until
from paho.mqtt.enums import MQTTProtocolVersion

from aforo.domain.device import ReadingForm
from aforo.gateways import held, mqtt
from aforo.gateways.recorder import NotKeptError, NotPutAsideError
from aforo.log.put_aside import Later, PutAside
from aforo.log.store import Log

__all__ = ["aside", "log"]  # fixtures
message = kills.message
BROKERS = [("mosquitto", mqtt_line, mqtt_publishes), ("nats", nats_line, nats_publishes)]


class Volume:
    """The disk under what is put aside, which is full until it is not."""

    def __init__(self, aside: PutAside, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full, self.tried = True, 0
        self.error: Exception = sqlite3.OperationalError("database or disk is full")
        self._put = aside.put
        monkeypatch.setattr(aside, "put", self.put)

    def put(self, later: Sequence[Later], at: int) -> list[Later]:
        self.tried += 1
        if self.full:
            raise self.error
        return self._put(later, at)


async def sends_as_a_seal(port: int, data: bytes) -> bytes:
    """What a seal is answered that sends a line over TCP."""

    def answered() -> bytes:
        with closing(socket.create_connection(("127.0.0.1", port), 10)) as seal:
            seal.sendall(data + b"\r\n")
            return seal.recv(1_000)

    return await asyncio.to_thread(answered)


@pytest.mark.parametrize(("broker", "line_to", "publishes"), BROKERS)
def test_a_full_disk_beside_the_keys_stops_no_registered_device(
    log: Log, aside: PutAside, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, broker: str, line_to: Any, publishes: Any,
) -> None:  # fmt: skip
    real, volume = request.getfixturevalue(broker), Volume(aside, monkeypatch)
    monkeypatch.setattr(held, "AGAIN_S", 0.5)
    strangers = [f"new-{number}" for number in range(40)]
    times: list[None] = []

    async def run() -> None:
        async with taking(log, aside) as own, tcp(own.recorder) as (port, _):
            line, reached = line_to(real, own.recorder, log.origin), asyncio.Event()

            def came_so_far() -> None:
                times.append(None)
                reached.set()

            async with running(line.run(came_so_far)):
                await asyncio.wait_for(reached.wait(), 10)
                await publishes(real.port, *(("seal_text", message(each, 1)) for each in strangers))
                await publishes(
                    real.port, ("block", block("young", KEY)), ("seal_text", message("T-0", 1)),
                    ("seal_text", message("M-0", 2) + b"\n" + message("new-0", 2)),
                )  # fmt: skip
                answer = await asyncio.wait_for(sends_as_a_seal(port, message("T-1", 3)), 5)
                assert answer.startswith(b"##S,eSeal,T-1,ABCD,1.0,Normal ACK,3")
                recorded = {message("T-0", 1), message("T-1", 3), message("M-0", 2)}
                await until(lambda: recorded <= kills.logged(log)[0], 5)
                await until(lambda: line.acknowledged == 1, 5)
                tried = volume.tried
                await until(lambda: volume.tried > tried + 3)
                assert (line.acknowledged, waits(aside)) == (1, {})
                assert own.counted == {}, "nothing of it was refused"
                assert own.recorder.not_put_aside.counted["database or disk is full"] >= 41
                volume.full = False
                await until(lambda: line.acknowledged == 43)
                assert waits(aside).keys() == {(each, "device_unknown") for each in [*strangers, "young"]}
                register(log, "young", KEY)
                await until(lambda: ("young", "device_unknown") not in waits(aside))

    asyncio.run(run())
    assert times == [None], "no line was broken"
    told = [each for each in caplog.messages if "could not be put aside" in each]
    assert 1 <= len(told) <= 2, "at once, and at the end"
    assert "database or disk is full" in told[0]


@pytest.mark.parametrize("version", [MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311])
def test_mqtt_goes_on_though_more_cannot_be_put_aside_than_may_wait(
    log: Log, aside: PutAside, mosquitto: Any, monkeypatch: pytest.MonkeyPatch, version: MQTTProtocolVersion
) -> None:
    """Each that waits holds a place of those that the broker has, and what finds none is refused."""
    volume = Volume(aside, monkeypatch)
    monkeypatch.setattr(held, "AGAIN_S", 0.3)
    monkeypatch.setattr(mqtt, "MOST_HELD", 5)

    async def run() -> None:
        async with taking(log, aside) as own:
            line, reached = mqtt_line(mosquitto, own.recorder, log.origin), asyncio.Event()
            line._version = version
            async with running(line.run(reached.set)):
                await asyncio.wait_for(reached.wait(), 10)
                said = [("seal_text", message(f"new-{number}", 1)) for number in range(60)]
                await mqtt_publishes(mosquitto.port, *said, ("seal_text", message("T-0", 1)))
                await until(lambda: kills.logged(log)[0] == {message("T-0", 1)}, 10)
                await until(lambda: line.acknowledged == 56, 10)
                assert own.counted == {"device_unknown": 55}
                volume.full = False
                await until(lambda: line.acknowledged == 61)
                assert len(waits(aside)) == 5

    asyncio.run(run())


def test_only_whose_messages_were_to_be_put_aside_are_told_so(
    log: Log, aside: PutAside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines of many messages are read together, and those of one device in one moment are one; whatever is wrong."""
    Volume(aside, monkeypatch).error = sqlite3.DatabaseError("database disk image is malformed")

    async def run() -> None:
        async with taking(log, aside) as own:
            sent: list[tuple[ReadingForm, bytes]] = [
                ("seal_text", message("T-0", 1)),
                ("seal_text", message("T-1", 1) + b"\n" + message("new", 1)),
                ("seal_text", message("new", 2)),
                ("seal_text", b"##S,eSeal,T-0,nonsense,E##"),
                ("block", block("young", KEY)),
                ("block", b"\xd2none"),
            ]
            found = await asyncio.gather(
                *(own.recorder.keep_or_put_aside(form, data) for form, data in sent), return_exceptions=True
            )
            assert [type(each) for each in found] == [
                type(None), NotPutAsideError, NotPutAsideError, type(None), NotPutAsideError, type(None),
            ]  # fmt: skip
            told = [{own.device for own in each.later} for each in found if isinstance(each, NotPutAsideError)]
            assert told == [{"new"}, {"new"}, {"young"}]
            assert {message("T-0", 1), message("T-1", 1)} <= kills.logged(log)[0]
            assert own.recorder.not_put_aside.counted == {"DatabaseError": 2}

    asyncio.run(run())


def test_where_the_log_does_not_answer_nothing_is_put_aside(
    log: Log, aside: PutAside, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = Volume(aside, monkeypatch)
    volume.full = False

    def fails(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("aforo.gateways.recorder.record", fails)

    async def run() -> None:
        async with taking(log, aside) as own:
            own.recorder._patience_s = 0.3
            with pytest.raises(NotKeptError) as told:
                await own.recorder.keep_or_put_aside("seal_text", message("new", 1))
            assert not isinstance(told.value, NotPutAsideError)

    asyncio.run(run())
    assert volume.tried == 0
