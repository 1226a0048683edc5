"""Events of a truck before the booth, and at it."""

from __future__ import annotations

from typing import ClassVar

from aforo.domain.payload import Payload


class AtYard(Payload, frozen=True, omit_defaults=True, gc=False):
    """The truck came to a pre-check yard of `bridge`, away from the town: its filers are told nothing new by it.

    Stream `crossing/<id>`.
    """

    TYPE: ClassVar[str] = "crossing.at_yard"

    bridge: str = ""


class Arrived(Payload, frozen=True, omit_defaults=True, gc=False):
    """The truck stands at the booth: from here on its filers are told of the selection. Stream `crossing/<id>`.

    `bridge` is where it stands, by the identifier of a port document; empty where nobody said so, as in older logs.
    """

    TYPE: ClassVar[str] = "crossing.arrived"

    bridge: str = ""
