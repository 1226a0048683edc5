"""Events of those who come to the node: a message was received, persons were shown."""

from __future__ import annotations

from typing import ClassVar

from aforo.domain.payload import Payload


class Received(Payload, frozen=True, omit_defaults=True, gc=False):
    """A message came in that says no time of filing, or that its sender may send again: this receipt is its time.

    Stream `message/<keyed digest of sender and key>`. `content` is the keyed digest of its bytes: the same key with
    other content is told from a repetition.
    """

    TYPE: ClassVar[str] = "message.received"

    content: str


class PersonRead(Payload, frozen=True, omit_defaults=True, gc=False):
    """Somebody, the event's actor, was shown data of persons. Stream `read/<crossing>`.

    `fields` are the columns that were opened, `token` the identifier of the access token.
    """

    TYPE: ClassVar[str] = "person.read"

    crossing: str
    fields: tuple[str, ...]
    token: str
