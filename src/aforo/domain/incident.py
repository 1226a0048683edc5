"""Something that happened at a place and is not a crossing: a closure, a blockade, a surge, a finding to publish."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Incident(msgspec.Struct, frozen=True, omit_defaults=True):
    """`severity` runs from 1 (noted) to 5 (corridor stopped)."""

    incident_id: str
    kind: str
    place: str
    started_at: datetime
    ended_at: datetime | None = None
    source: str | None = None
    severity: int | None = None
