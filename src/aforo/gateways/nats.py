"""NATS JetStream: what gateways publish under `aforo.seal.<form>`, taken by a durable consumer.

The server keeps what is published in a stream, and acknowledges it before it is synced to a disk: a transport, never
evidence. A message is acknowledged here once it is in the store, was put aside, or refused for good. Several processes
that record into one log share the consumer, and each message goes to one of them.

What may be taken later is not given back with a delay (NAK): until its time comes it holds one of the places that a
consumer has for what is not acknowledged, and so many of a stranger's would end the delivery of everybody's. Only what
cannot be put aside now is, and as little as leaves the others their places (`held`).

Pulls are asked for in a loop of our own. Each has an end and asks for signs of life meanwhile: after a restart the
server knows of no pull, and a client that waits for the answer to one hears nothing, for ever (nats-io/nats.py#504).
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error, NoServersError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from aforo.gateways.broker import (
    ANSWERS_S,
    KEPT_S,
    SOON_S,
    Address,
    BrokerError,
    end_if_cancelled,
    form_of,
    kept_up,
    session_of,
)
from aforo.gateways.held import Held
from aforo.gateways.recorder import MOST_BYTES, NotKeptError, NotPutAsideError, Recorder

#: The stream that is made where none has the subjects yet, and its subjects.
STREAM, SUBJECTS = "aforo-seal", "aforo.seal.*"
#: Messages, and bytes, of one pull; and messages that the server sends before the first of them is acknowledged.
MOST_OF_PULL, MOST_BYTES_OF_PULL, MOST_IN_FLIGHT = 500, 16 * 1024 * 1024, 2_000
#: Seconds that a pull lasts, and between two signs of life within.
PULL_S, ALIVE_S = 10.0, 1.0
#: Seconds after which what was not acknowledged is sent again: more than the store is given.
AGAIN_S = 30.0
#: The status of a sign of life, and those of a pull at its end; any other says that something is wrong.
_ALIVE, _OVER = "100", ("404", "408")


class NatsLine:
    """A line to one NATS server, or a cluster of them."""

    def __init__(
        self, url: str, recorder: Recorder, *, password: str = "", origin: str, again_s: float = AGAIN_S
    ) -> None:
        """`url` is `nats://[USER@]HOST[:PORT]` or `tls://…`; `origin` the log's. Raises AddressError."""
        self.where = Address.of(url, ("nats", 4222), ("tls", 4222))
        self.address = str(self.where)
        self.session = session_of(origin)
        self._password, self._recorder, self._again_s = password, recorder, again_s
        #: Messages that were acknowledged to the server.
        self.acknowledged = 0

    async def run(self, reached: Callable[[], None]) -> None:
        """See Line."""
        await kept_up(self._session, reached, self.address)

    async def _session(self, reached: Callable[[], None]) -> None:
        """One connection, until it breaks: BrokerError."""
        client = Client()
        try:
            await self._connect(client)
            stream = await self._consumer(client)
            reached()
            await self._pulled(client, stream, Held(MOST_IN_FLIGHT // 2))
        except (OSError, Error, NotKeptError) as error:
            raise BrokerError(str(error) or type(error).__name__) from error
        finally:
            with suppress(OSError, Error):
                await client.close()

    async def _connect(self, client: Client) -> None:
        why: list[Exception] = []

        async def failed(error: Exception) -> None:
            """What the library would print: a line that breaks is seen by what is asked over it."""
            why[:] = [error]

        options: dict[str, Any] = {"tls": ssl.create_default_context()} if self.where.tls else {}
        if self.where.user:
            options |= {"user": self.where.user, "password": self._password}
        # The library would try for two minutes: whether, and how long, is for who holds the session.
        options |= {"allow_reconnect": False, "max_reconnect_attempts": 1, "reconnect_time_wait": SOON_S}
        try:
            await client.connect(
                self.address, name=self.session, connect_timeout=int(ANSWERS_S), error_cb=failed, **options
            )
        except NoServersError as error:
            raise BrokerError(str(why[0]) if why else str(error)) from error

    async def _consumer(self, client: Client) -> str:
        """The stream to pull from, where there is a consumer of ours."""
        manager = client.jsm(timeout=ANSWERS_S)
        try:
            stream = await manager.find_stream_name_by_subject(SUBJECTS)
        except NotFoundError:
            made = StreamConfig(
                STREAM, subjects=[SUBJECTS], storage=StorageType.FILE, max_age=float(KEPT_S), max_msg_size=MOST_BYTES
            )
            await manager.add_stream(made)
            stream = STREAM
        await manager.add_consumer(
            stream,
            ConsumerConfig(
                durable_name=self.session,
                filter_subject=SUBJECTS,
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=self._again_s,
                max_ack_pending=MOST_IN_FLIGHT,
            ),
        )
        return stream

    async def _pulled(self, client: Client, stream: str, held: Held) -> None:
        """Pull, record and acknowledge until the line breaks. Raises Error, NotKeptError."""
        inbox = client.new_inbox()
        heard = await client.subscribe(inbox, pending_msgs_limit=2 * MOST_OF_PULL, pending_bytes_limit=-1)
        asked = msgspec.json.encode(
            {"batch": MOST_OF_PULL, "max_bytes": MOST_BYTES_OF_PULL, "expires": int(PULL_S * 1e9),
             "idle_heartbeat": int(ALIVE_S * 1e9)}
        )  # fmt: skip
        while True:
            await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{self.session}", asked, inbox)
            async for messages in _answers(heard):
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(self._kept(each, held)) for each in messages]
                found = [task.result() for task in tasks]
                if None in found:
                    raise NotKeptError
                for each, kept in zip(messages, found, strict=True):
                    await (each.ack() if kept else each.nak(held.again_s))
                    self.acknowledged += bool(kept)

    async def _kept(self, message: Msg, held: Held) -> bool | None:
        """Record a message, or put it aside; whether it may be acknowledged, or is to come again later. None where the
        store took nothing."""
        form = form_of(message.subject.rpartition(".")[2])
        if form is None:
            self._recorder.refusals.count("topic")
            return True
        try:
            await self._recorder.keep_or_put_aside(form, message.data)
        except NotPutAsideError as error:
            if not held.take(error.later):
                self._recorder.refuse(error.later)
                return True
            asyncio.get_running_loop().call_later(held.again_s, held.give_back, error.later)
            return False
        except NotKeptError:
            return None
        return True


async def _answers(heard: Subscription) -> AsyncIterator[list[Msg]]:
    """What answers a pull, as it comes, until the pull is over. Raises Error where the server gives no sign of life, or
    ends the pull before its time."""
    left, until = MOST_OF_PULL, time.monotonic() + PULL_S + 2 * ALIVE_S
    while left and time.monotonic() < until:
        messages: list[Msg] = []
        over = False
        message = await heard.next_msg(timeout=3 * ALIVE_S)
        while True:
            end_if_cancelled()
            # What the server says itself asks for no acknowledgement: no publisher's header is taken for it.
            status = (message.headers or {}).get("Status", _ALIVE) if not message.reply else None
            if status is None:
                messages.append(message)
            elif status in _OVER or "Batch Completed" in (message.headers or {}).get("Description", ""):
                over = True
            elif status != _ALIVE:
                raise Error(f"the pull was ended: {status}")
            if over or heard.pending_msgs == 0:
                break
            message = await heard.next_msg(timeout=ALIVE_S)
        left -= len(messages)
        if messages:
            yield messages
        if over:
            return
