"""MQTT: what devices publish under `aforo/seal/<form>` at any broker, taken at quality of service 1.

The broker keeps the session, and with it what was published while nobody took it. It is acknowledged to once a message
is in the store, was put aside, or refused for good: a broker would send what was refused again for ever. So this speaks
through paho, which lets who uses it acknowledge; aiomqtt, which stands upon it, does not yet (empicano/aiomqtt#345).
What cannot be put aside is acknowledged late: until it can be, it waits here, and the connection goes on (`held`).

A packet identifier means something in its connection only, since a broker that lost its session gives it to another
message. So each connection has a client of its own, and what was taken over one is never acknowledged over the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from aforo.gateways.broker import ANSWERS_S, KEPT_S, Address, BrokerError, form_of, kept_up, session_of
from aforo.gateways.held import Held
from aforo.gateways.recorder import MOST_BYTES, NotKeptError, NotPutAsideError, Recorder

TOPIC = "aforo/seal/+"
#: Messages that a broker may send before the first of them is acknowledged, each held in memory.
MOST_IN_FLIGHT = 512
#: Of these, messages that may wait to be put aside; and by the protocol before version 5, where the broker alone says
#: how many it sends: Mosquitto twenty, RabbitMQ ten.
MOST_HELD, MOST_HELD_BEFORE_5 = MOST_IN_FLIGHT // 2, 5
#: Bytes of a packet around its payload.
_AROUND = 1_024
#: Seconds between two signs of life.
KEEP_ALIVE_S = 30
#: What paho says where a broker knows no version 5 of the protocol.
_OLD = "Unsupported protocol version"


class _OldBrokerError(BrokerError):
    """The broker does not speak version 5."""


class MqttLine:
    """A line to one MQTT broker."""

    def __init__(self, url: str, recorder: Recorder, *, password: str = "", origin: str) -> None:
        """`url` is `mqtt://[USER@]HOST[:PORT]` or `mqtts://…`; `origin` the log's. Raises AddressError."""
        self.where = Address.of(url, ("mqtt", 1883), ("mqtts", 8883))
        self.address = str(self.where)
        self.session = session_of(origin)
        self._password, self._recorder = password, recorder
        self._version = MQTTProtocolVersion.MQTTv5
        #: Messages that were acknowledged to the broker.
        self.acknowledged = 0

    async def run(self, reached: Callable[[], None]) -> None:
        """See Line."""
        await kept_up(self._session, reached, self.address)

    async def _session(self, reached: Callable[[], None]) -> None:
        """One connection, by the newest protocol that the broker speaks, until it breaks: BrokerError."""
        try:
            await self._connection(reached)
        except _OldBrokerError:
            self._version = MQTTProtocolVersion.MQTTv311
            await self._connection(reached)

    async def _connection(self, reached: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        broken: asyncio.Future[None] = loop.create_future()
        keeping: set[asyncio.Task[None]] = set()
        client = self._client()
        held = Held(MOST_HELD if self._version == MQTTProtocolVersion.MQTTv5 else MOST_HELD_BEFORE_5)

        def breaks(error: BrokerError) -> None:
            if not broken.done():
                broken.set_exception(error)

        def began() -> None:
            late.cancel()
            reached()

        async def keep(message: MQTTMessage) -> None:
            try:
                await self._keep(message, held)
            except NotKeptError:
                # The broker keeps it, and sends it to the next connection.
                breaks(BrokerError("the store took nothing"))
                return
            if not broken.done() and message.qos == 1:
                client.ack(message.mid, message.qos)
                self.acknowledged += 1

        def came(message: MQTTMessage) -> None:
            if not broken.done():
                task = loop.create_task(keep(message))
                keeping.add(task)
                task.add_done_callback(keeping.discard)

        def on_connect(
            client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode, more: Properties | None
        ) -> None:
            if reason.is_failure:
                old = self._version == MQTTProtocolVersion.MQTTv5 and reason.getName() == _OLD
                loop.call_soon_threadsafe(breaks, (_OldBrokerError if old else BrokerError)(str(reason)))
            else:
                client.subscribe(TOPIC, qos=1)

        def on_subscribe(client: Client, _: Any, mid: int, reasons: list[ReasonCode], more: Properties | None) -> None:
            if any(each.is_failure for each in reasons):
                loop.call_soon_threadsafe(breaks, BrokerError(str(reasons[0])))
            else:
                loop.call_soon_threadsafe(began)

        def on_disconnect(
            client: Client, _: Any, flags: DisconnectFlags, reason: ReasonCode, more: Properties | None
        ) -> None:
            loop.call_soon_threadsafe(breaks, BrokerError(str(reason)))

        def on_message(client: Client, _: Any, message: MQTTMessage) -> None:
            loop.call_soon_threadsafe(came, message)

        client.on_connect, client.on_subscribe, client.on_disconnect = on_connect, on_subscribe, on_disconnect
        client.on_message = on_message
        late = loop.call_later(2 * ANSWERS_S, breaks, BrokerError("no answer"))
        try:
            try:
                await loop.run_in_executor(None, self._connect, client)
            except (OSError, ValueError) as error:
                raise BrokerError(str(error)) from error
            client.loop_start()
            await broken
        finally:
            late.cancel()
            if not broken.done():
                broken.cancel()
            for task in keeping:
                task.cancel()
            client.on_disconnect = None
            client.disconnect()  # the broker keeps the session, and what was not acknowledged in it
            await asyncio.shield(loop.run_in_executor(None, client.loop_stop))

    def _client(self) -> Client:
        kept = self._version == MQTTProtocolVersion.MQTTv5
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.session,
            clean_session=None if kept else False,
            protocol=self._version,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = ANSWERS_S
        if self.where.user:
            client.username_pw_set(self.where.user, self._password or None)
        if self.where.tls:
            client.tls_set()
        return client

    def _connect(self, client: Client) -> None:
        if self._version != MQTTProtocolVersion.MQTTv5:
            client.connect(self.where.host, self.where.port, KEEP_ALIVE_S)
            return
        asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own
        asked.SessionExpiryInterval = KEPT_S
        asked.ReceiveMaximum = MOST_IN_FLIGHT
        asked.MaximumPacketSize = MOST_BYTES + _AROUND
        client.connect(self.where.host, self.where.port, KEEP_ALIVE_S, clean_start=False, properties=asked)

    async def _keep(self, message: MQTTMessage, held: Held) -> None:
        """Record a message, or put it aside, however late. Raises NotKeptError."""
        form = form_of(message.topic.rpartition("/")[2])
        if form is None:
            self._recorder.refusals.count("topic")
            return
        try:
            await self._recorder.keep_or_put_aside(form, bytes(message.payload))
        except NotPutAsideError as error:
            if not held.take(error.later):
                self._recorder.refuse(error.later)
                return
            try:
                await asyncio.sleep(held.again_s)
                while not await self._recorder.put_again(error.later):
                    await asyncio.sleep(held.again_s)
            finally:
                held.give_back(error.later)
