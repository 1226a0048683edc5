"""Events of those who come to the node: a message was received, a record refused, a notice kept, an answer numbered,
persons were shown.
"""

from __future__ import annotations

from typing import ClassVar

from aforo.domain.payload import Payload
from aforo.domain.problem import Problem
from aforo.domain.role import Role


class Received(Payload, frozen=True, omit_defaults=True, gc=False):
    """A message came in that says no time of filing, or that its sender may send again: this receipt is its time.

    Stream `message/<keyed digest of sender and key>`. `content` is the keyed digest of its bytes: the same key with
    other content is told from a repetition.
    """

    TYPE: ClassVar[str] = "message.received"

    content: str


class Quarantined(Payload, frozen=True, omit_defaults=True, gc=False):
    """A record was refused and is kept, sealed, with its reasons. Stream `filing/<content>`.

    `sealed` is the raw record under the keys of every person that could be recognised in it, nested, so that the
    erasure of any of them makes it unreadable. `persons` are their keyed hashes. `senders` are the keyed hashes of the
    codes that who sent it may file under; empty where that was not a carrier.
    """

    TYPE: ClassVar[str] = "filing.quarantined"

    source: str
    record: int
    problems: tuple[Problem, ...]
    sealed: str
    persons: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()


class Noted(Payload, frozen=True, omit_defaults=True, gc=False):
    """What came in and declares nothing (a status, an event, an answer, a query) is kept as received, sealed; nothing
    was done with it. Stream `notice/<content>`.

    `source` is the intake format and `kind` the message's own name for what it is, such as `353`. `sealed` is the JSON
    of what it says by place and of its text, under keys as those of `Quarantined`; `persons` and `senders` likewise.
    """

    TYPE: ClassVar[str] = "message.noted"

    source: str
    kind: str
    record: int
    sealed: str
    persons: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()


class Numbered(Payload, frozen=True, omit_defaults=True, gc=False):
    """An answer got a control number: the version of this event in the stream of its filer and partner, above the last
    of the partner's alone, where numbers were counted before filers were told apart.

    Stream `partner/<keyed digest of the filer, and of the partner's qualifier and identifier>`; `answer` is the
    answer's identifier.
    """

    TYPE: ClassVar[str] = "answer.numbered"

    answer: str


class CrossingOpened(Payload, frozen=True, omit_defaults=True, gc=False):
    """Somebody, the event's actor, opened a crossing: what is known of it was shown. Stream `read/<crossing>`.

    `role` is the one that they had then. Recorded once an hour for each reader and crossing, before anything is shown.
    """

    TYPE: ClassVar[str] = "crossing.opened"

    crossing: str
    role: Role


class PersonRead(Payload, frozen=True, omit_defaults=True, gc=False):
    """Somebody, the event's actor, was shown data of persons. Stream `read/<crossing>`, or `read/person/<person>`.

    `fields` are the columns that were opened, `token` the identifier of the access token. Where a party was looked up
    by itself, and not through a crossing, `crossing` is empty and `person` is the party's keyed hash, in 16 hexadecimal
    digits.
    """

    TYPE: ClassVar[str] = "person.read"

    crossing: str
    fields: tuple[str, ...]
    token: str
    person: str = ""
