"""Events of a truck before the booth."""

from __future__ import annotations

from typing import ClassVar

from aforo.domain.payload import Payload


class Arrived(Payload, frozen=True, omit_defaults=True, gc=False):
    """The truck stands at the booth: from here on its filers are told of the selection. Stream `crossing/<id>`."""

    TYPE: ClassVar[str] = "crossing.arrived"
