"""Something that happened at a place and is not a crossing: a closure, a blockade, a surge, a finding to publish."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from aforo.domain.checked import Checked, Identifier, Instant

Severity = Annotated[int, Meta(ge=1, le=5, description="a whole number from 1 (noted) to 5 (corridor stopped)")]


class Incident(Checked, frozen=True, omit_defaults=True):
    """`severity` runs from 1 (noted) to 5 (corridor stopped); an incident that goes on has no `ended_at`."""

    incident_id: Identifier
    kind: Identifier
    place: Identifier
    started_at: Instant
    ended_at: Instant | None = None
    source: Identifier | None = None
    severity: Severity | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.ended_at is not None and self.ended_at < self.started_at:
            raise self.wrong("ended_at", "no earlier than started_at")
