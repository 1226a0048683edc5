"""What is put aside of what brokers hand over, and what tries it again; with lines to both brokers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats as nats_py
import pytest
from at_custody import key_of
from listened import kills, log_of_seals, running
from nacl.signing import SigningKey
from paho.mqtt import publish
from sealed import MINUTE, START, drive

from aforo.domain.device import BlockReceived, DeviceRegistered
from aforo.flow import device_acts
from aforo.flow.admission import Admission
from aforo.flow.allowance import Pace
from aforo.flow.custody import Custody
from aforo.gateways.mqtt import MqttLine
from aforo.gateways.nats import NatsLine
from aforo.gateways.recorder import Recorder
from aforo.gateways.retrying import Retrying
from aforo.intake.seal_block import FIRST, encode
from aforo.log.put_aside import PutAside
from aforo.log.store import Log

message = kills.message
KEY, NEXT, FORGED = (SigningKey(bytes([number]) * 32) for number in (7, 8, 9))
ACT: Any = {"actor": "tester", "origin": "live"}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with log_of_seals(tmp_path) as opened:
        yield opened


@pytest.fixture
def aside(tmp_path: Path) -> Iterator[PutAside]:
    with PutAside(tmp_path / "aside.sqlite") as made:
        yield made


class Taking:
    """A recorder with a place to put things aside, and what tries those again."""

    def __init__(self, log: Log, aside: PutAside, pace: Pace | None = None) -> None:
        self.custody = Custody(log)
        if pace is not None:
            self.custody.admission = Admission(pace)
        self.recorder = Recorder(self.custody, actor="tester", aside=aside, window_s=0.01)
        self.retrying = Retrying(self.custody, aside, self.recorder.refusals, actor="tester", every_s=0.05)

    @property
    def counted(self) -> dict[str, int]:
        return dict(self.recorder.refusals.counted)


@asynccontextmanager
async def taking(log: Log, aside: PutAside, pace: Pace | None = None) -> AsyncIterator[Taking]:
    made = Taking(log, aside, pace)
    async with running(made.recorder.run()), running(made.retrying.run()):
        yield made


def register(log: Log, device: str, key: SigningKey | None = None, kind: Any = "seal") -> None:
    text = "" if key is None else key_of(key)
    device_acts.register(Custody(log), device, DeviceRegistered(kind, "Norte", 600, 60, text), **ACT)


def block(device: str, key: SigningKey, signer: str = "", number: int = 0) -> bytes:
    own = drive(3, start=START + number * 10 * MINUTE)
    return encode(device, signer or device, 1, number, FIRST, own, lambda said: key.sign(said).signature)


def blocks(log: Log) -> list[BlockReceived]:
    return [each.payload for each in log.read(types=(BlockReceived.TYPE,)) if isinstance(each.payload, BlockReceived)]


def hashes(log: Log) -> list[str]:
    return sorted(each.hash for each in blocks(log))


def waits(aside: PutAside) -> dict[tuple[str, str], int]:
    return {(each.device, each.code): each.messages for each in aside.waiting()}


def mqtt_line(broker: Any, recorder: Recorder, origin: str) -> MqttLine:
    return MqttLine(f"mqtt://127.0.0.1:{broker.port}", recorder, origin=origin)


def nats_line(broker: Any, recorder: Recorder, origin: str) -> NatsLine:
    return NatsLine(f"nats://127.0.0.1:{broker.port}", recorder, origin=origin)


async def mqtt_publishes(port: int, *sent: tuple[str, bytes]) -> None:
    said = [{"topic": f"aforo/seal/{form}", "payload": payload, "qos": 1} for form, payload in sent]
    await asyncio.to_thread(publish.multiple, said, "127.0.0.1", port)


async def nats_publishes(port: int, *sent: tuple[str, bytes]) -> None:
    client = await nats_py.connect(f"nats://127.0.0.1:{port}")
    for form, payload in sent:
        await client.jetstream().publish(f"aforo.seal.{form}", payload)
    await client.close()
