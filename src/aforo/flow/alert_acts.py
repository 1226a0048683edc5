"""What is done about an alert, by a person or when it is late: each is an event, and another's comes in between never.

An act is decided on the alert as the log has it; where another act was faster it is decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from aforo.answers.alert import Alert, phase
from aforo.domain.alert import (
    AlertAcknowledged,
    AlertAssigned,
    AlertClosed,
    AlertEscalated,
    AlertSnoozed,
    Ending,
    Late,
    SettledWhy,
)
from aforo.domain.event import Payload, new_event
from aforo.flow.alert_rules import AlertRules, in_force
from aforo.flow.alerts import Alerts, stream_of
from aforo.flow.crossing_events import followed
from aforo.flow.names import NODE
from aforo.flow.person_named import names_filed_identifier, names_person
from aforo.flow.told_publicly import filings_in
from aforo.log.ids import event_ids
from aforo.log.store import ConcurrencyError

#: Longest name of an owner, and longest reason.
LONGEST_NAME, LONGEST_REASON = 200, 1_000
#: How often an act is decided again where others were faster.
_ATTEMPTS = 10

Act = Callable[[Alert, AlertRules, datetime], Sequence[Payload]]


class UnknownAlertError(LookupError):
    """The log has no alert of this identifier."""


class AlertRefusedError(ValueError):
    """What was asked for is not allowed; `code` names the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def acknowledge(alerts: Alerts, alert_id: str, actor: str) -> Alert:
    """The actor has seen it and owns it. Said again by the same person it is said once."""

    def act(alert: Alert, rules: AlertRules, at: datetime) -> Sequence[Payload]:
        if alert.acknowledged_at is not None:
            if alert.owner == actor:
                return ()
            raise AlertRefusedError("alert_acknowledged_already")
        return (AlertAcknowledged(at + rules.response.at(alert.kind, alert.level).respond.span),)

    return _do(alerts, alert_id, _named(actor), act)


def assign(alerts: Alerts, alert_id: str, owner: str, actor: str) -> Alert:
    """Give it to a person, who is to acknowledge it."""
    given = _named(owner)

    def act(alert: Alert, rules: AlertRules, at: datetime) -> Sequence[Payload]:
        if alert.owner == given:
            return ()
        return (AlertAssigned(given, at + rules.response.at(alert.kind, alert.level).acknowledge.span),)

    return _do(alerts, alert_id, _named(actor), act)


def snooze(alerts: Alerts, alert_id: str, minutes: int, reason: str, actor: str) -> Alert:
    """Put it off for some minutes, as often and as long as the document allows; it wakes by itself."""

    def act(alert: Alert, rules: AlertRules, at: datetime) -> Sequence[Payload]:
        until = at + timedelta(minutes=minutes)
        if not rules.response.may_snooze(alert.kind, alert.snoozes, at, until):
            granted = rules.response.kind[alert.kind].snooze
            used_up = not granted.times or alert.snoozes >= granted.times
            raise AlertRefusedError("alert_snooze_refused" if used_up else "alert_snooze_long")
        again = rules.response.at(alert.kind, alert.level).acknowledge.span
        return (AlertSnoozed(until, until + again, _reason(reason, alert, alerts)),)

    if not 0 < minutes <= 525_600:
        raise AlertRefusedError("alert_snooze_long")
    return _do(alerts, alert_id, _named(actor), act)


def close(alerts: Alerts, alert_id: str, reason: str, actor: str, ending: Ending = "handled") -> Alert:
    """It was seen to, or there was nothing to it."""

    def act(alert: Alert, rules: AlertRules, at: datetime) -> Sequence[Payload]:
        return (AlertClosed(ending, len(alert.causes), _reason(reason, alert, alerts)),)

    return _do(alerts, alert_id, _named(actor), act)


def escalate(alerts: Alerts, alert_id: str, reason: str, actor: str) -> Alert:
    """A person sends it up the ladder before it is late."""

    def act(alert: Alert, rules: AlertRules, at: datetime) -> Sequence[Payload]:
        up = _up(alert, rules, at, "asked", _reason(reason, alert, alerts))
        if up is None:
            raise AlertRefusedError("alert_top_of_ladder")
        return (up,)

    return _do(alerts, alert_id, _named(actor), act)


def escalate_late(alerts: Alerts, alert_id: str) -> Alert:
    """Send it up the ladder if it is late now."""

    def act(alert: Alert, rules: AlertRules, at: datetime) -> Sequence[Payload]:
        if phase(alert, at) != "overdue":
            return ()
        up = _up(alert, rules, at, "acknowledge" if alert.acknowledged_at is None else "respond", "")
        return () if up is None else (up,)

    return _do(alerts, alert_id, NODE, act)


def resolve(
    alerts: Alerts, alert_id: str, causes: int, cause: str | None,
    ending: Literal["resolved", "withdrawn"] = "resolved", why: SettledWhy | None = None,
) -> Alert:  # fmt: skip
    """What raised it, the first so many of its causes, is settled by the event `cause`, or taken back by it."""

    def act(alert: Alert, rules: AlertRules, at: datetime) -> Sequence[Payload]:
        return (AlertClosed(ending, causes, why=why),)

    return _do(alerts, alert_id, NODE, act, cause)


def _up(alert: Alert, rules: AlertRules, at: datetime, late: Late, reason: str) -> AlertEscalated | None:
    step = rules.response.step(alert.kind, alert.level + 1)
    if step is None:
        return None
    return AlertEscalated(alert.level + 1, step.role, at + step.acknowledge.span, late, reason)


def _do(alerts: Alerts, alert_id: str, actor: str, act: Act, cause: str | None = None) -> Alert:
    """Do something about an open alert; what it is then. Raises UnknownAlertError, AlertRefusedError (also where it is
    closed: the node's own acts then do nothing), ConcurrencyError."""
    log = alerts.log
    for attempt in range(_ATTEMPTS):
        alert = alerts.find(alert_id)
        if alert is None:
            raise UnknownAlertError(alert_id)
        if alert.closed_at is not None:
            if actor == NODE:
                return alert
            raise AlertRefusedError("alert_closed_already")
        at = log.clock()
        payloads = act(alert, in_force(log), at)
        events = [
            new_event(
                own, payload, stream_of(alert_id), alert.version + 1 + place, occurred_at=at, recorded_at=at,
                actor=actor, causation_id=cause,
            )
            for place, (own, payload) in enumerate(zip(event_ids(len(payloads), at), payloads, strict=True))
        ]  # fmt: skip
        try:
            log.append(events)
        except ConcurrencyError:
            if attempt + 1 == _ATTEMPTS:
                raise
            continue
        return alerts.find(alert_id) or alert
    raise AssertionError("an act ends in one of its attempts")


def _named(name: str) -> str:
    name = name.strip()
    if not name or name == NODE or len(name) > LONGEST_NAME or not name.isprintable():
        raise AlertRefusedError("alert_needs_name")
    return name


def _reason(reason: str, alert: Alert, alerts: Alerts) -> str:
    """A reason, which is recorded in clear. Raises AlertRefusedError."""
    text = reason.strip()
    if not text or len(text) > LONGEST_REASON:
        raise AlertRefusedError("alert_needs_reason")
    if alert.crossing is not None:
        filings = list(filings_in(followed(alerts.log.stream(alert.subject), alerts.log)))
        if names_person(text, filings, alerts.log.keys):
            raise AlertRefusedError("alert_names_person")
    elif names_filed_identifier(text, alerts.log.keys):
        raise AlertRefusedError("alert_names_person")
    return text
