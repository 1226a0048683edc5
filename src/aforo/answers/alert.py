"""An alert to staff: a value that follows from its events, and where it stands at an instant. Pure.

An open alert is in one phase: it *waits* to be acknowledged, is *acknowledged* and responded to, *snoozed*, or
*overdue*. `due` is when the next of these is late; no snooze reaches beyond it, so what is put off is never overdue.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from aforo.domain.alert import (
    AlertAcknowledged,
    AlertAssigned,
    AlertClosed,
    AlertEscalated,
    AlertKind,
    AlertRaised,
    AlertSnoozed,
    Ending,
    Left,
    SettledWhy,
    StaffRole,
)
from aforo.domain.payload import Payload

Phase = Literal["waiting", "acknowledged", "snoozed", "overdue", "closed"]


class Cause(msgspec.Struct, frozen=True):
    """One thing that raised an alert: the raise's event, what it is about, the version of that in its own stream, when
    it was raised, who was asked until when, and that the truck had left before, where it had."""

    event_id: str
    about: str
    version: int
    raised_at: datetime
    role: StaffRole
    due: datetime
    document: str
    left: Left | None = None


class Alert(msgspec.Struct, frozen=True):
    """An alert as its events leave it. `version` is the last one of its stream.

    `first_acknowledged_at` stays; `acknowledged_at` is gone where it has to be acknowledged anew (a snooze or an
    escalation came between, or another owner). `respond_by` is when the response is late, once it is acknowledged.
    """

    alert_id: str
    kind: AlertKind
    subject: str
    truck: str | None
    role: StaffRole
    due: datetime
    raised_at: datetime
    causes: tuple[Cause, ...]
    version: int = 1
    owner: str | None = None
    level: int = 0
    acknowledged_at: datetime | None = None
    first_acknowledged_at: datetime | None = None
    respond_by: datetime | None = None
    snoozed_until: datetime | None = None
    snoozes: int = 0
    closed_at: datetime | None = None
    closed_by: str | None = None
    ending: Ending | None = None
    reason: str = ""
    why: SettledWhy | None = None

    @property
    def crossing(self) -> str | None:
        """The crossing that it is about, where it is about one."""
        room, _, name = self.subject.partition("/")
        return name if room == "crossing" else None

    @property
    def left(self) -> Left | None:
        """That the truck had left when something was found in it, where it had."""
        return next((cause.left for cause in self.causes if cause.left is not None), None)


def opened(cause: Cause, raised: AlertRaised) -> Alert:
    """The alert that a raise opens."""
    return _opened((cause,), raised.kind, raised.subject, raised.truck)


def _opened(causes: tuple[Cause, ...], kind: AlertKind, subject: str, truck: str | None) -> Alert:
    first = causes[0]
    return Alert(first.event_id, kind, subject, truck, first.role, first.due, first.raised_at, causes)


def cause_of(event_id: str, raised: AlertRaised, raised_at: datetime) -> Cause:
    """The cause that a raise records."""
    return Cause(
        event_id, raised.about, raised.version, raised_at, raised.role, raised.due, raised.document, raised.left
    )  # fmt: skip


def joined(alert: Alert, cause: Cause) -> Alert:
    """The open alert with a further cause. What is new ends a snooze: it was granted without knowing of it."""
    changed = msgspec.structs.replace(alert, causes=(*alert.causes, cause))
    if alert.snoozed_until is None or alert.snoozed_until <= cause.raised_at:
        return changed
    return msgspec.structs.replace(changed, snoozed_until=None, due=min(alert.due, cause.due))


def after(alert: Alert, payload: Payload, actor: str, at: datetime) -> Alert:
    """The open alert after one of its events, recorded `at`. An event that no alert has leaves it as it is."""
    change = msgspec.structs.replace
    if isinstance(payload, AlertAcknowledged):
        respond_by = alert.respond_by or payload.due
        return change(
            alert, owner=actor, acknowledged_at=at, first_acknowledged_at=alert.first_acknowledged_at or at,
            respond_by=respond_by, due=respond_by, snoozed_until=None,
        )  # fmt: skip
    if isinstance(payload, AlertAssigned):
        if payload.owner == alert.owner:
            return alert
        if payload.owner == actor and alert.acknowledged_at is not None:
            return change(alert, owner=actor)
        # Whoever gets it has not seen it yet, and has no more time than its last owner; a snooze was another's.
        due = min(alert.due, payload.due)
        return change(alert, owner=payload.owner, acknowledged_at=None, snoozed_until=None, due=due)
    if isinstance(payload, AlertSnoozed):
        return change(
            alert, owner=actor, first_acknowledged_at=alert.first_acknowledged_at or at, acknowledged_at=None,
            respond_by=None, snoozed_until=payload.until, snoozes=alert.snoozes + 1,
            due=max(payload.due, payload.until),
        )  # fmt: skip
    if isinstance(payload, AlertEscalated):
        return change(
            alert, level=payload.level, role=payload.role, owner=None, due=payload.due, acknowledged_at=None,
            respond_by=None, snoozed_until=None,
        )  # fmt: skip
    return alert


def _snoozed(alert: Alert, now: datetime) -> bool:
    return alert.snoozed_until is not None and now < alert.snoozed_until


def closed(alert: Alert, payload: AlertClosed, actor: str, at: datetime) -> tuple[Alert | None, Alert | None]:
    """What a closing leaves of an open alert: the closed one, and the one that what had joined it unseen opens."""
    seen, unseen = alert.causes[: payload.causes], alert.causes[payload.causes :]
    if not seen:
        return None, alert
    done = msgspec.structs.replace(
        alert,
        causes=seen,
        closed_at=at,
        closed_by=actor,
        ending=payload.ending,
        reason=payload.reason,
        why=payload.why,
    )
    return done, _opened(unseen, alert.kind, alert.subject, alert.truck) if unseen else None


def phase(alert: Alert, now: datetime) -> Phase:
    """Where an alert stands at an instant."""
    if alert.closed_at is not None:
        return "closed"
    if _snoozed(alert, now):
        return "snoozed"
    if now >= alert.due:
        return "overdue"
    return "waiting" if alert.acknowledged_at is None else "acknowledged"
