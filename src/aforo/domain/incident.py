"""Something that happened at a place and is not a crossing: a closure, a blockade, a surge, a finding to publish."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal, get_args

from msgspec import Meta

from aforo.domain.checked import Checked, Identifier, Instant
from aforo.domain.payload import Payload

Severity = Annotated[int, Meta(ge=1, le=5, description="a whole number from 1 (noted) to 5 (corridor stopped)")]

#: What kind of thing happened. The first six are seen from the road; the others tell of what a port can examine, or of
#: what it found.
IncidentKind = Literal[
    "closure", "blockade", "accident", "weather", "hazard", "surge",
    "system_outage", "scanner_outage", "staffing", "finding", "other",
]  # fmt: skip
INCIDENT_KINDS: tuple[IncidentKind, ...] = get_args(IncidentKind)
#: Those of which the public is told, a day and more later: who stands in the queue sees them.
SEEN_FROM_THE_ROAD: frozenset[IncidentKind] = frozenset(INCIDENT_KINDS[:6])


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


class IncidentReported(Payload, frozen=True, omit_defaults=True, gc=False):
    """An incident was reported. Stream `incident/<id>`, version 1; `occurred_at` of the envelope is when it began.

    `place` is a bridge's identifier in a port document, or the code of a port for all its bridges. `source` is who or
    what told of it; neither it nor `note` names a person, since both are recorded in clear.
    """

    TYPE: ClassVar[str] = "incident.reported"

    kind: IncidentKind
    place: str
    source: str
    severity: int
    note: str = ""


class IncidentClosed(Payload, frozen=True, omit_defaults=True, gc=False):
    """The incident is over; `occurred_at` of the envelope is when it ended. Stream `incident/<id>`."""

    TYPE: ClassVar[str] = "incident.closed"

    note: str = ""


class IncidentCorrected(Payload, frozen=True, omit_defaults=True, gc=False):
    """What is now said of the incident, in place of all that was said before. Stream `incident/<id>`.

    `withdrawn` tells that there was none: it was recorded in error. `reason` says why it is corrected.
    """

    TYPE: ClassVar[str] = "incident.corrected"

    kind: IncidentKind
    place: str
    source: str
    severity: int
    started_at: datetime
    reason: str
    ended_at: datetime | None = None
    note: str = ""
    withdrawn: bool = False


INCIDENT_PAYLOADS: tuple[type[Payload], ...] = (IncidentReported, IncidentClosed, IncidentCorrected)
