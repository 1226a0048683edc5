"""What officers and devices state of a bridge: lanes that are open, posts that are manned, trucks at a resource."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

import msgspec

from aforo.domain.bridge import (
    ExaminationEnded,
    ExaminationQueued,
    ExaminationStarted,
    LanesOpen,
    Staffed,
)
from aforo.flow.telemetry import Statement

Stated = LanesOpen | Staffed | ExaminationQueued | ExaminationStarted | ExaminationEnded


def statement(bridge: str, payload: Stated, at: datetime) -> Statement:
    """What is to be recorded of a statement that holds from `at` on; the same of the same instant is one."""
    said = f"{bridge}\0{payload.TYPE}\0{at.timestamp()}\0".encode() + msgspec.json.encode(payload, order="sorted")
    return Statement(payload, f"port/{bridge}", at, f"stated:{blake2b(said, digest_size=16).hexdigest()}")
