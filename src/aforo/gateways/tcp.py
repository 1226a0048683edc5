"""TCP for the plain-text seals: they are listened to, and each message is answered once it is in the store.

Who speaks here is nobody known: a message says which device it is of, and nothing proves it. So what one connection and
one device may send is bounded, a connection that says nothing of use is closed, and a message of a device that is not
registered is not answered. The device sends what was not answered again.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from aforo.flow.allowance import Allowances, Pace, Slowing
from aforo.gateways.recorder import NotKeptError, Recorder
from aforo.intake.seal_text import acknowledgement, cut, device_of

#: Bytes that are read at once: what a connection costs in memory while it waits.
CHUNK = 8 * 1024
#: Seconds for answers to be taken.
TAKEN_S = 30.0


@dataclass(frozen=True)
class Bounds:
    """What those who connect may do.

    Of `connections` at once the one that has been of no use for longest has to go for one more. `first_s` is until the
    first message that is kept, `idle_s` from one to the next, in seconds. `useless` are bytes in a row that belong to
    no message, or to one that is not kept. A connection that sends faster than its pace is read more slowly; what a
    device sends beyond its own is not answered. A device that was out of reach sends for a day at once.
    """

    connections: int = 4_096
    first_s: float = 30.0
    idle_s: float = 1_800.0
    useless: int = 16 * 1024
    connection: Pace = field(default=Pace(200.0, 4_000.0))
    device: Pace = field(default=Pace(5.0, 2_000.0))


class TcpLine:
    """See the module."""

    def __init__(self, recorder: Recorder, bounds: Bounds | None = None) -> None:
        self._recorder, self._bounds = recorder, bounds or Bounds()
        self._devices = Allowances(self._bounds.device)
        # Those that were of no use yet go first: who only connects keeps no device out.
        self._strange: dict[asyncio.StreamWriter, None] = {}
        self._heard: dict[asyncio.StreamWriter, None] = {}
        #: Messages that were answered.
        self.answered = 0

    async def run(self, listening: socket.socket) -> None:
        """Serve on a socket that listens, until cancelled."""
        server = await asyncio.start_server(self._connected, sock=listening, limit=CHUNK)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            server.close()
            for writer in (*self._strange, *self._heard):
                writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._strange[writer] = None
        if len(self._strange) + len(self._heard) > self._bounds.connections:
            longest = next(iter(self._strange if len(self._strange) > 1 or not self._heard else self._heard))
            self._forget(longest)
            self._recorder.refusals.count("connections")
            longest.transport.abort()
        try:
            await self._hear(reader, writer)
        except (OSError, NotKeptError):  # out of time among them
            pass  # it comes again, and sends again what was not answered
        finally:
            self._forget(writer)
            writer.transport.abort()

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop, bounds = asyncio.get_running_loop(), self._bounds
        slowing = Slowing(bounds.connection, time.monotonic())
        due, rest, useless = loop.time() + bounds.first_s, b"", 0
        while useless <= bounds.useless:
            async with asyncio.timeout_at(due):
                data = await reader.read(CHUNK)
            if not data:
                return
            messages, rest, between = cut(rest + data)
            useless += between
            if not messages:
                continue
            await asyncio.sleep(slowing.wait(len(messages), time.monotonic()))
            answers = await self._answers(messages)
            if answers:
                useless, due = 0, loop.time() + bounds.idle_s
                self._strange.pop(writer, None)
                self._heard.pop(writer, None)
                self._heard[writer] = None
                writer.write(b"".join(answers))
                async with asyncio.timeout(TAKEN_S):
                    await writer.drain()
                self.answered += len(answers)
            else:
                useless += sum(map(len, messages))
        self._recorder.refusals.count("useless")

    async def _answers(self, messages: Sequence[bytes]) -> list[bytes]:
        """The answers to those of some messages that are in the store now. Raises NotKeptError."""
        now = time.monotonic()
        said = [(message, device) for message in messages if (device := device_of(message)) is not None]
        taken = [(message, device) for message, device in said if self._devices.take(device, now)]
        if len(taken) < len(messages):
            for code, count in (("too_many", len(said) - len(taken)), ("reading_device", len(messages) - len(said))):
                if count:
                    self._recorder.refusals.count(code, count)
        if not taken:
            return []
        kept = await self._recorder.keep("seal_text", b"\n".join(message for message, _ in taken))
        answers = (acknowledgement(message) for message, device in taken if device in kept.devices)
        return [each for each in answers if each]

    def _forget(self, writer: asyncio.StreamWriter) -> None:
        with suppress(KeyError):
            del self._strange[writer]
        with suppress(KeyError):
            del self._heard[writer]
