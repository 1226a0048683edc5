"""MQTT and NATS: what is published is acknowledged to the broker when it is in the log, also by one that is killed."""

from __future__ import annotations

import asyncio
import base64
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import nats as nats_py
import pytest
from listened import kills, log_of_seals, recording, running, until
from nacl.signing import SigningKey
from nats.aio.msg import Msg
from nats.js.errors import APIError
from paho.mqtt import publish
from programs import program
from sealed import drive

from aforo.domain.device import BlockReceived, DeviceRegistered
from aforo.flow import device_acts
from aforo.flow.custody import Custody
from aforo.gateways.broker import Address, AddressError, BrokerError, session_of
from aforo.gateways.mqtt import MqttLine
from aforo.gateways.nats import NatsLine, _answers
from aforo.intake.seal_block import FIRST, encode
from aforo.log.keys import KeyStore
from aforo.log.store import Log

message = kills.message
KEY = SigningKey(b"7" * 32)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with log_of_seals(tmp_path) as opened:
        key = base64.b64encode(bytes(KEY.verify_key)).decode()
        said = DeviceRegistered("seal", "Norte", 600, 60, key)
        device_acts.register(Custody(opened), "signing", said, actor="tester", origin="live")
        yield opened


def block() -> bytes:
    return encode("signing", "signing", 1, 0, FIRST, drive(3), lambda said: KEY.sign(said).signature)


def chained(count: int) -> list[bytes]:
    """Blocks of one reading each, one after the other."""
    made, previous = list[bytes](), FIRST
    for number in range(count):
        own = drive(count)[number : number + 1]
        made.append(encode("signing", "signing", 1, number, previous, own, lambda said: KEY.sign(said).signature))
        previous = sha256(made[-1]).digest()
    return made


def blocks(log: Log) -> list[BlockReceived]:
    return [each.payload for each in log.read(types=(BlockReceived.TYPE,)) if isinstance(each.payload, BlockReceived)]


async def mqtt_publishes(port: int, *sent: tuple[str, bytes]) -> None:
    said = [{"topic": topic, "payload": payload, "qos": 1} for topic, payload in sent]
    await asyncio.to_thread(publish.multiple, said, "127.0.0.1", port)


async def nats_publishes(port: int, *sent: tuple[str, bytes]) -> None:
    client = await nats_py.connect(f"nats://127.0.0.1:{port}")
    for topic, payload in sent:
        with suppress(APIError):
            await client.jetstream().publish(topic.replace("/", "."), payload)
    await client.close()


async def taken(line: MqttLine | NatsLine, publishes: Callable[..., Awaitable[None]], log: Log) -> None:
    """Whatever a broker hands on: blocks and lines are recorded, and what is refused is not sent for ever."""
    sent = [
        ("aforo/seal/block", block()),
        ("aforo/seal/block", block()[:-1] + b"\0"),
        ("aforo/seal/seal_text", b"\n".join([message("T-0", 1), message("T-9", 2), message("T-1", 3)])),
        ("aforo/seal/morse", b"..."),
        ("aforo/seal/traccar", b"{"),
        ("aforo/seal/seal_text", b"x" * 100_000),
        ("aforo/seal/seal_text", message("T-0", 4)),
    ]
    reached = asyncio.Event()
    async with running(line.run(reached.set)):
        await asyncio.wait_for(reached.wait(), 10)
        await publishes(line.where.port, *sent)
        await until(lambda: message("T-0", 4) in kills.logged(log)[0])
        # What is larger than was asked for no broker takes, or hands on.
        await until(lambda: line.acknowledged == len(sent) - 1)


def test_mqtt_hands_on_every_form(log: Log, mosquitto: Any) -> None:
    async def run() -> None:
        async with recording(log) as recorder:
            await taken(
                MqttLine(f"mqtt://127.0.0.1:{mosquitto.port}", recorder, origin=log.origin), mqtt_publishes, log
            )
            counted = recorder.refusals.counted
            assert (counted["block_signature"], counted["device_unknown"], counted["topic"]) == (1, 1, 1)

    asyncio.run(run())
    assert kills.logged(log)[0] == {message("T-0", 1), message("T-1", 3), message("T-0", 4)}
    assert [each.grade for each in blocks(log) if each.form == "block"] == ["device"]


def test_nats_hands_on_every_form(log: Log, nats: Any) -> None:
    async def run() -> None:
        async with recording(log) as recorder:
            line = NatsLine(f"nats://127.0.0.1:{nats.port}", recorder, origin=log.origin)
            await taken(line, nats_publishes, log)

    asyncio.run(run())
    assert kills.logged(log)[0] == {message("T-0", 1), message("T-1", 3), message("T-0", 4)}
    assert [each.grade for each in blocks(log) if each.form == "block"] == ["device"]


def test_mqtt_keeps_what_comes_while_nobody_listens_and_old_brokers_are_spoken_to(log: Log, mosquitto: Any) -> None:
    async def old(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A broker that refuses version 5 of the protocol as version 3.1.1 has it, and otherwise is Mosquitto."""
        first = await reader.read(65_536)
        versions.append(first[first.index(b"MQTT") + 4])
        if versions[-1] == 5:
            writer.write(b"\x20\x02\x00\x01")
            writer.close()
            return
        other, towards = await asyncio.open_connection("127.0.0.1", mosquitto.port)
        towards.write(first)
        copied = program("mqtt_witness")._copied
        await asyncio.gather(copied(reader, towards, lambda *_: None), copied(other, writer, lambda *_: None))

    versions: list[int] = []

    async def run() -> None:
        server = await asyncio.start_server(old, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with recording(log) as recorder:
            reached = asyncio.Event()
            line = MqttLine(f"mqtt://127.0.0.1:{port}", recorder, origin=log.origin)
            async with running(line.run(reached.set)):
                await asyncio.wait_for(reached.wait(), 10)
            await mqtt_publishes(mosquitto.port, ("aforo/seal/seal_text", message("M-0", 1)))
            again = MqttLine(f"mqtt://127.0.0.1:{mosquitto.port}", recorder, origin=log.origin)
            async with running(again.run(lambda: None)):
                await until(lambda: kills.logged(log)[0] == {message("M-0", 1)})
        server.close()

    asyncio.run(run())
    assert versions == [5, 4]


def test_what_was_acknowledged_is_in_the_log_though_its_broker_is_killed(log: Log, mosquitto: Any, nats: Any) -> None:
    trial = kills.Trial()

    async def run() -> Any:
        witness = program("mqtt_witness").Witness(mosquitto.port)
        port = await witness.start()
        async with recording(log) as recorder:
            lines = (
                MqttLine(f"mqtt://127.0.0.1:{port}", recorder, origin=log.origin),
                NatsLine(f"nats://127.0.0.1:{nats.port}", recorder, origin=log.origin, again_s=2.0),
            )
            up = [asyncio.Event() for _ in lines]
            async with running(lines[0].run(up[0].set)), running(lines[1].run(up[1].set)):
                await asyncio.wait_for(asyncio.gather(*(each.wait() for each in up)), 10)
                senders = [
                    asyncio.ensure_future(kills.publish_mqtt(mosquitto.port, "M-0", trial)),
                    asyncio.ensure_future(kills.publish_nats(nats.port, "N-0", trial)),
                ]
                for broker in (mosquitto, nats, mosquitto, nats):
                    await asyncio.sleep(0.3)
                    await asyncio.to_thread(broker.kill)
                    await asyncio.to_thread(broker.start)
                await asyncio.sleep(0.5)
                trial.over = True
                await asyncio.gather(*senders)
                await kills.drained(nats.port, witness, trial)
        witness.close()
        return witness

    witness = asyncio.run(run())
    found, _ = kills.logged(log)
    assert (len(witness.acknowledged) > 20, len(trial.streamed) > 20) == (True, True)
    assert witness.acknowledged.keys() <= found
    assert trial.nats <= trial.streamed <= found, "this NATS syncs before it acknowledges"
    assert witness.strays == 0, "nothing is acknowledged over another connection than it came by"


def test_a_server_of_nats_that_gives_no_sign_of_life_or_loses_the_consumer_is_asked_anew(
    log: Log, nats: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("aforo.gateways.nats.ALIVE_S", 0.2)

    async def run() -> None:
        async with recording(log) as recorder:
            line, reached = NatsLine(f"nats://127.0.0.1:{nats.port}", recorder, origin=log.origin), []
            async with running(line.run(lambda: reached.append(1))):
                await until(lambda: len(reached) == 1)
                await asyncio.sleep(1.0)
                assert "broke" not in caplog.text, "an empty stream is no silence"
                nats.process.send_signal(signal.SIGSTOP)
                await until(lambda: "broke" in caplog.text)
                nats.process.send_signal(signal.SIGCONT)
                await until(lambda: len(reached) == 2)
                client = await nats_py.connect(f"nats://127.0.0.1:{nats.port}")
                await client.jsm().delete_consumer("aforo-seal", line.session)
                await client.jetstream().publish("aforo.seal.block", b"", headers={"Status": "503"})
                await client.close()
                await nats_publishes(nats.port, ("aforo/seal/seal_text", message("N-0", 1)))
                await until(lambda: kills.logged(log)[0] == {message("N-0", 1)})
                await until(lambda: line.acknowledged == 2)

    asyncio.run(run())


def test_two_listeners_share_what_nats_has_and_one_takes_over_what_the_other_had(
    log: Log, nats: Any, tmp_path: Path
) -> None:
    sent = chained(400)

    async def run(other: Log) -> list[int]:
        async with recording(log) as own, recording(other) as others:
            where = f"nats://127.0.0.1:{nats.port}"
            lines = [NatsLine(where, each, origin=log.origin, again_s=2.0) for each in (own, others)]
            up = [asyncio.Event(), asyncio.Event()]
            async with running(lines[0].run(up[0].set)):
                async with running(lines[1].run(up[1].set)):
                    await asyncio.wait_for(asyncio.gather(*(each.wait() for each in up)), 10)
                    await nats_publishes(nats.port, *(("aforo/seal/block", each) for each in sent[:200]))
                    await until(lambda: sum(each.acknowledged for each in lines) == 200, 60)
                    before = lines[1].acknowledged
                    rest = [("aforo/seal/block", each) for each in sent[200:]]
                    published = asyncio.ensure_future(nats_publishes(nats.port, *rest))
                    await until(lambda: lines[1].acknowledged > before, 60)
                # The other is gone, in the midst of what it was given.
                await published
                await until(lambda: len(blocks(log)) == len(sent), 60)
        return [each.acknowledged for each in lines]

    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", KeyStore(f"sqlite:///{tmp_path / 'keys.sqlite'}")) as other:
        assert min(asyncio.run(run(other))) > 0
    assert sorted(each.hash for each in blocks(log)) == sorted(sha256(each).hexdigest() for each in sent), "each once"


def test_a_line_that_is_told_to_end_as_a_message_comes_ends() -> None:
    """Of Python 3.11 `asyncio.wait_for` swallows a cancellation that comes with what it waits for."""

    class Heard:
        pending_msgs = 0

        def __init__(self) -> None:
            self.next: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()

        async def next_msg(self, timeout: float) -> Msg:
            return await asyncio.wait_for(self.next, timeout)

    async def run() -> None:
        heard = Heard()

        async def taken() -> None:
            async for _ in _answers(heard):  # type: ignore[arg-type]
                heard.next = asyncio.get_running_loop().create_future()

        task = asyncio.ensure_future(taken())
        await asyncio.sleep(0.05)
        heard.next.set_result(Msg(None, subject="aforo.seal.block", reply="ack", data=b"block"))  # type: ignore[arg-type]
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()

    asyncio.run(run())


@pytest.mark.parametrize("line", [MqttLine, NatsLine])
def test_a_broker_that_does_not_answer_is_told(log: Log, line: Any) -> None:
    port = program("brokers").free_port()

    async def run() -> None:
        async with recording(log) as recorder:
            scheme = "mqtt" if line is MqttLine else "nats"
            with pytest.raises(BrokerError):
                await line(f"{scheme}://127.0.0.1:{port}", recorder, origin=log.origin).run(lambda: None)

    asyncio.run(run())


def test_addresses_and_sessions() -> None:
    both = ("mqtt", 1883), ("mqtts", 8883)
    address = Address.of("mqtts://ana@broker.example", *both)
    assert (address.host, address.port, address.user, address.tls) == ("broker.example", 8883, "ana", True)
    assert str(Address.of("mqtt://[::1]", *both)) == "mqtt://[::1]:1883"
    for wrong in (
        "",
        "mqtt://",
        "nats://x",
        "mqtt://a:b@x",
        "mqtt://x:0",
        "mqtt://x:99999",
        "mqtt://x/topic",
        "mqtt://[x",
    ):
        with pytest.raises(AddressError):
            Address.of(wrong, *both)
    assert session_of("log-1") != session_of("log-2")
