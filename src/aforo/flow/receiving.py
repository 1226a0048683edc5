"""Messages that come in: which of them came before, and when each counts as received.

A message that says no time of filing takes that of its receipt, and its sender may send it again when no answer came:
then it must say the same as the first time. So the receipt of such a message is an event, durable before anything of it
is filed; likewise that of a message whose sender gives a key of its own for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from aforo.domain.credential import use_credential
from aforo.domain.event import Received
from aforo.flow.filer import Filer
from aforo.flow.node import Node
from aforo.flow.recording import EventMaker
from aforo.intake import registry
from aforo.intake.message import Messages
from aforo.intake.together import Letter, opened, opened_table
from aforo.log.stored import StoredEvent


@dataclass(frozen=True)
class Message:
    """What a filer sent; `key` is its own for this message, empty where it gave none."""

    data: bytes
    filer: Filer
    key: str = ""


class KeyReusedError(ValueError):
    """The sender gave another message this key before."""


class UnknownFormatError(ValueError):
    """No format knows the message."""


def receive(messages: Sequence[Message], node: Node) -> list[Letter | Exception]:
    """Open messages; what cannot be opened is a KeyReusedError or an UnknownFormatError. Receipts that later answers
    depend on are durable when this returns."""
    at = node.clock()
    content = [_digest(node, message.data) for message in messages]
    keyed = [_digest(node, f"{each.filer.name}\0{each.key}".encode()) if each.key else "" for each in messages]
    before = _receipts([key for key in keyed if key], node)
    made: list[Letter | Exception] = []
    for message, said, key in zip(messages, content, keyed, strict=True):
        receipt = before.get(key)
        if receipt is not None and receipt.payload != Received(said):
            made.append(KeyReusedError())
        else:
            made.append(letter_of(message.data, receipt.event.occurred_at if receipt else at))
    for place, (message, key) in enumerate(zip(messages, keyed, strict=True)):
        letter = made[place]
        if not key and isinstance(letter, Letter) and letter.undated:
            keyed[place] = _digest(node, message.filer.name.encode() + b"\0" + message.data)
    again = _receipts([key for key in keyed if key and key not in before], node)
    fresh: dict[str, str] = {}
    senders: dict[str, str | None] = {}
    for place, (message, key) in enumerate(zip(messages, keyed, strict=True)):
        if key in again:
            made[place] = letter_of(message.data, again[key].event.occurred_at)
        elif not key or key in before or not isinstance(made[place], Letter):
            continue
        elif fresh.setdefault(key, content[place]) != content[place]:
            made[place] = KeyReusedError()
        else:
            senders.setdefault(key, message.filer.credential)
    make = EventMaker(node, len(fresh), at)
    for key, said in fresh.items():
        with use_credential(senders[key]):
            make.add(Received(said), f"message/{key}", 1, key=f"message:{key}")
    node.log.append(make.events)
    return made


def _receipts(keys: Sequence[str], node: Node) -> dict[str, StoredEvent]:
    if not keys:
        return {}
    found = node.log.find([f"message:{key}" for key in keys])
    return {name.removeprefix("message:"): event for name, event in found.items()}


def _digest(node: Node, text: bytes) -> str:
    return blake2b(text, digest_size=16, key=node.keys.secret("content")).hexdigest()


def letter_of(data: bytes, received: datetime) -> Letter | UnknownFormatError:
    """A message as its format gives it."""
    form = registry.recognise_bytes(data)
    if form is None:
        return UnknownFormatError()
    return opened(form, data, received) if isinstance(form, Messages) else opened_table(data, received)
