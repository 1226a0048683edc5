"""What an event says, whatever it is about: the base of every payload."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Payload(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What an event says. Subclasses name their type and schema version."""

    TYPE: ClassVar[str]
    SCHEMA: ClassVar[int] = 1
