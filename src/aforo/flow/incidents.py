"""Incidents as officers report, close and correct them: each is an event on a stream of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from aforo.domain.clock import microseconds
from aforo.domain.event import Origin, Payload, new_event
from aforo.domain.incident import IncidentClosed, IncidentCorrected, IncidentKind, IncidentReported
from aforo.log.contention import retried
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.scoreboard.incidents import PREFIX, KnownIncident, after

#: Longest note, reason and source, in characters.
LONGEST_NOTE, LONGEST_SOURCE = 1_000, 100


class UnknownIncidentError(LookupError):
    """The log has no incident of this identifier."""


class IncidentRefusedError(ValueError):
    """What is said of an incident cannot be; `code` names the sentence that says why, `place` the field."""

    def __init__(self, code: str, place: str) -> None:
        super().__init__(code)
        self.code, self.place = code, place


def find(log: Log, incident: str) -> KnownIncident:
    """An incident as the log has it. Raises UnknownIncidentError."""
    known: KnownIncident | None = None
    for stored in log.stream(PREFIX + incident):
        known = after(known, stored.event, stored.payload)
    if known is None:
        raise UnknownIncidentError(incident)
    return known


def report(
    log: Log, kind: IncidentKind, place: str, started: datetime, source: str, severity: int, note: str,
    *, actor: str, origin: Origin,
) -> KnownIncident:  # fmt: skip
    """Record that something happened, or goes on, at a place. Raises IncidentRefusedError."""
    at = log.clock()
    if started > at:
        raise IncidentRefusedError("incident_ahead", "started_at")
    own = event_id(at)
    payload = IncidentReported(kind, place, source, severity, note)
    log.append(
        [new_event(own, payload, PREFIX + own, 1, occurred_at=started, recorded_at=at, actor=actor, origin=origin)]
    )
    return find(log, own)


def close(log: Log, incident: str, ended: datetime | None, note: str, *, actor: str, origin: Origin) -> KnownIncident:
    """Record that it is over, now or since `ended`. Raises UnknownIncidentError, IncidentRefusedError."""

    def act(known: KnownIncident, at: datetime) -> tuple[Payload, datetime]:
        if known.state != "open":
            raise IncidentRefusedError("incident_over", "incident_id")
        over = ended or at
        if over > at:
            raise IncidentRefusedError("incident_ahead", "ended_at")
        if microseconds(over) < known.started:
            raise IncidentRefusedError("incident_ends_early", "ended_at")
        return IncidentClosed(note), over

    return retried(partial(_do, log, incident, act, actor, origin))


def correct(log: Log, incident: str, said: IncidentCorrected, *, actor: str, origin: Origin) -> KnownIncident:
    """Say anew what it was, with the reason. Raises UnknownIncidentError, IncidentRefusedError."""

    def act(known: KnownIncident, at: datetime) -> tuple[Payload, datetime]:
        if said.started_at > at:
            raise IncidentRefusedError("incident_ahead", "started_at")
        if said.ended_at is not None and said.ended_at > at:
            raise IncidentRefusedError("incident_ahead", "ended_at")
        if said.ended_at is not None and said.ended_at < said.started_at:
            raise IncidentRefusedError("incident_ends_early", "ended_at")
        return said, at

    return retried(partial(_do, log, incident, act, actor, origin))


def _do(
    log: Log,
    incident: str,
    act: Callable[[KnownIncident, datetime], tuple[Payload, datetime]],
    actor: str,
    origin: Origin,
) -> KnownIncident:
    known, at = find(log, incident), log.clock()
    payload, occurred = act(known, at)
    log.append(
        [
            new_event(
                event_id(at), payload, PREFIX + incident, known.version + 1, occurred_at=occurred, recorded_at=at,
                actor=actor, origin=origin,
            )
        ]
    )  # fmt: skip
    return find(log, incident)
