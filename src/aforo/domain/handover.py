"""A shift is handed over: who told whom, at which place, and what was shown when they did."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from aforo.domain.payload import Payload


class HandoverSigned(Payload, frozen=True, omit_defaults=True, gc=False):
    """The actor handed a place over `to` the next shift. Stream `handover/<place>`.

    `place` is a bridge's identifier in a port document, or the code of a port for all its bridges. What was handed over
    is of the time from `since` until `shown_at`, and `shown` is the SHA-256 of the page that was shown, which is kept
    as an artefact until the event is erased: who comes later opens what was told. `remarks` are recorded in clear and
    name no person of a crossing.
    """

    TYPE: ClassVar[str] = "handover.signed"

    place: str
    since: datetime
    shown_at: datetime
    to: str
    shown: str
    remarks: str = ""


HANDOVER_PAYLOADS: tuple[type[Payload], ...] = (HandoverSigned,)
