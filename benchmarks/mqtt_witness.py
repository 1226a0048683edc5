"""A witness on the wire between an MQTT client and its broker: what was delivered, and what of it was acknowledged."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator

_CONNECT, _PUBLISH, _PUBACK = 1, 3, 4


class Witness:
    """Passes on what both say, on a port of its own, and keeps the payloads that were acknowledged to the broker."""

    def __init__(self, broker: int) -> None:
        self._broker = broker
        self.delivered: Counter[bytes] = Counter()
        self.acknowledged: Counter[bytes] = Counter()
        #: Acknowledgements of what was not delivered in their connection.
        self.strays = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """The port."""
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other, towards = await asyncio.open_connection("127.0.0.1", self._broker)
        except OSError:
            writer.transport.abort()
            return
        # What a packet identifier means ends with its connection.
        open_: dict[int, bytes] = {}
        five = [True]

        def from_broker(kind: int, body: bytes) -> None:
            if kind >> 4 == _PUBLISH and kind & 6:
                mid, payload = _published(body, five[0])
                open_[mid] = payload
                self.delivered[payload] += 1

        def from_client(kind: int, body: bytes) -> None:
            if kind >> 4 == _CONNECT:
                five[0] = body[6] == 5
            elif kind >> 4 == _PUBACK:
                payload = open_.pop(int.from_bytes(body[:2], "big"), None)
                if payload is None:
                    self.strays += 1
                else:
                    self.acknowledged[payload] += 1

        await asyncio.gather(_copied(other, writer, from_broker), _copied(reader, towards, from_client))


async def _copied(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Callable[[int, bytes], None]
) -> None:
    """Pass on until one of the two is gone; what is passed on is seen packet by packet."""
    held = b""
    try:
        while data := await reader.read(65_536):
            held += data
            used = 0
            for kind, body, used in _packets(held):  # noqa: B007 - the end of the last one
                seen(kind, body)
            held = held[used:]
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.transport.abort()


def _packets(held: bytes) -> Iterator[tuple[int, bytes, int]]:
    """The whole packets in `held`: their first byte, their body, and where they end."""
    at = 0
    while at + 2 <= len(held):
        size = shift = 0
        start = at + 1
        while start < len(held):
            byte = held[start]
            size |= (byte & 127) << shift
            shift, start = shift + 7, start + 1
            if not byte & 128:
                break
        else:
            return
        if start + size > len(held):
            return
        yield held[at], held[start : start + size], start + size
        at = start + size


def _published(body: bytes, five: bool) -> tuple[int, bytes]:
    """The packet identifier and the payload of a message at quality of service 1."""
    at = 2 + int.from_bytes(body[:2], "big")
    mid = int.from_bytes(body[at : at + 2], "big")
    at += 2
    if five:
        assert body[at] < 128, "no message here has as many properties"
        at += 1 + body[at]
    return mid, body[at:]
