"""Incidents as the log has them: each with its last word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from aforo.domain.clock import microseconds
from aforo.domain.event import Event, Payload
from aforo.domain.incident import IncidentClosed, IncidentCorrected, IncidentKind, IncidentReported

#: Incidents that are kept, the last ones to begin; all are in the log.
MOST = 10_000
PREFIX = "incident/"

State = Literal["open", "closed", "withdrawn"]


class KnownIncident(msgspec.Struct, frozen=True):
    """An incident; instants in microseconds since 1970. `closed_by` and `corrected` say who ended it, and how often it
    was corrected."""

    incident: str
    kind: IncidentKind
    place: str
    source: str
    severity: int
    started: int
    reported: int
    reported_by: str
    version: int
    ended: int | None = None
    note: str = ""
    closing: str = ""
    closed_by: str = ""
    corrected: int = 0
    reason: str = ""
    withdrawn: bool = False

    @property
    def state(self) -> State:
        """Whether it goes on, is over, or never was."""
        return "withdrawn" if self.withdrawn else "open" if self.ended is None else "closed"


def after(known: KnownIncident | None, event: Event, payload: Payload) -> KnownIncident | None:
    """An incident after the next event of its stream."""
    at = microseconds(event.occurred_at)
    if isinstance(payload, IncidentReported):
        own = event.stream.removeprefix(PREFIX)
        return KnownIncident(
            own, payload.kind, payload.place, payload.source, payload.severity, at, microseconds(event.recorded_at),
            event.actor, event.version, note=payload.note,
        )  # fmt: skip
    if known is None:
        return None
    replace = msgspec.structs.replace
    if isinstance(payload, IncidentClosed):
        return replace(known, ended=at, closing=payload.note, closed_by=event.actor, version=event.version)
    if isinstance(payload, IncidentCorrected):
        return replace(
            known, kind=payload.kind, place=payload.place, source=payload.source, severity=payload.severity,
            started=microseconds(payload.started_at),
            ended=None if payload.ended_at is None else microseconds(payload.ended_at),
            note=payload.note, reason=payload.reason, withdrawn=payload.withdrawn, corrected=known.corrected + 1,
            version=event.version,
        )  # fmt: skip
    return known


def overlapping(known: Iterable[KnownIncident], bridges: set[str], since: int, until: int) -> list[KnownIncident]:
    """Those of a place in `bridges` (identifiers, and the codes of their ports) that went on between two instants, and
    were not withdrawn."""
    return [
        each for each in known
        if not each.withdrawn and each.place in bridges and each.started < until
        and (each.ended is None or each.ended > since or each.started >= since)
    ]  # fmt: skip


def hours(some: Iterable[KnownIncident], since: int, until: int) -> float:
    """The hours between two instants in which at least one of them went on."""
    spans = sorted((max(each.started, since), min(each.ended or until, until)) for each in some)
    covered, reached = 0, since
    for begins, ends in spans:
        covered += max(0, ends - max(begins, reached))
        reached = max(reached, ends)
    return covered / 3_600_000_000
