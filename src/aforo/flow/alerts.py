"""The alerts of a node, as a projection of its log; and what is raised into it.

Which alert a raise joins, and what a closing leaves open, follows from the order of the log alone: no reader and no
writer has to ask another, and none is lost between two of them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from aforo.answers.alert import Alert, after, cause_of, closed, joined, opened
from aforo.domain.alert import ALERT_PAYLOADS, AlertClosed, AlertKind, AlertRaised, Left
from aforo.domain.event import Event, Origin, new_event
from aforo.domain.instants import with_readable_instants
from aforo.flow.alert_rules import AlertRules
from aforo.log.ids import event_ids
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

TYPES: tuple[str, ...] = tuple(payload.TYPE for payload in ALERT_PAYLOADS)
#: Closed alerts that are kept for lists and measures, the last ones; all are in the log.
MOST_CLOSED = 10_000
#: Events that are read at once.
_PAGE = 1_000
#: Positions that are read again at the next start rather than written down when no alert changed.
_FAR = 100_000


def stream_of(alert_id: str) -> str:
    return f"alert/{alert_id}"


@dataclass(frozen=True)
class Raise:
    """An alert to be raised: its kind and subject, what it is about, when its cause happened, and the cause's event
    with its version; and that the truck had left before, where it had. One cause raises one alert of a kind, however
    often it is looked at. `before` is what a cause that came back was named by, the last first, and when it was
    withdrawn each time: what somebody closed while it stood is not raised again."""

    kind: AlertKind
    subject: str
    about: str
    at: datetime
    cause: str
    version: int
    truck: str | None = None
    left: Left | None = None
    before: tuple[tuple[str, datetime], ...] = ()

    def seen_to(self, alerts: Iterable[Alert]) -> bool:
        """Whether the alert on it, among these, was closed other than by withdrawing what it is about."""
        named = {
            cause.about: alert
            for alert in alerts
            if (alert.kind, alert.subject) == (self.kind, self.subject)
            for cause in alert.causes
        }
        for about, gone in self.before:
            if (alert := named.get(about)) is not None:
                return alert.closed_at is not None and alert.closed_at <= gone and alert.ending != "withdrawn"
        return False


def events_of(raises: Sequence[Raise], rules: AlertRules, at: datetime, actor: str, origin: Origin) -> list[Event]:
    """The events that raise alerts at an instant."""
    made = []
    for own, each in zip(event_ids(len(raises), at), raises, strict=True):
        step = rules.response.at(each.kind, 0)
        payload = AlertRaised(
            each.kind,
            each.subject,
            each.about,
            step.role,
            at + step.acknowledge.span,
            rules.hash,
            each.version,
            each.truck,
            each.left,
        )
        made.append(
            new_event(
                own, payload, stream_of(own), 1, occurred_at=each.at, recorded_at=at, actor=actor, origin=origin,
                causation_id=each.cause, idempotency_key=f"alert:{each.kind}:{each.subject}:{each.about}",
            )
        )  # fmt: skip
    return made


class _State(msgspec.Struct, array_like=True):
    open: list[Alert]
    closed: list[Alert]
    cursor: int


class Book:
    """All open alerts and the last closed ones, by identifier, as the log has them up to `cursor`."""

    NAME = "alerts/1"

    def __init__(self) -> None:
        self.open: dict[str, Alert] = {}
        self.closed: dict[str, Alert] = {}
        self.cursor = 0
        self._of: dict[tuple[str, AlertKind], str] = {}

    def apply(self, stored: StoredEvent) -> None:
        """Take in the next event of the log; others than alerts' say nothing here."""
        event, payload = stored.event, stored.payload
        if isinstance(payload, AlertRaised):
            cause = cause_of(event.event_id, payload, event.recorded_at)
            known = self._of.get((payload.subject, payload.kind))
            self._keep(opened(cause, payload) if known is None else joined(self.open[known], cause))
            return
        alert = self.open.get(event.stream.removeprefix("alert/"))
        if alert is None:
            return
        if isinstance(payload, AlertClosed):
            done, left = closed(alert, payload, event.actor, event.recorded_at)
            if done is not None:
                self._file(msgspec.structs.replace(done, version=event.version))
            if left is not None:
                self._keep(left if done is not None else msgspec.structs.replace(left, version=event.version))
            return
        changed = after(alert, payload, event.actor, event.recorded_at)
        self._keep(msgspec.structs.replace(changed, version=event.version))

    def _keep(self, alert: Alert) -> None:
        self.open[alert.alert_id] = alert
        self._of[alert.subject, alert.kind] = alert.alert_id

    def _file(self, alert: Alert) -> None:
        del self.open[alert.alert_id]
        del self._of[alert.subject, alert.kind]
        self.closed[alert.alert_id] = alert
        if len(self.closed) > MOST_CLOSED:
            del self.closed[next(iter(self.closed))]

    def dump(self) -> bytes:
        """The state."""
        return msgspec.msgpack.encode(_State(list(self.open.values()), list(self.closed.values()), self.cursor))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = with_readable_instants(msgspec.msgpack.decode(state, type=_State))
        for alert in saved.open:
            self._keep(alert)
        self.closed = {alert.alert_id: alert for alert in saved.closed}
        self.cursor = saved.cursor


class Alerts:
    """The book of a log, brought up to date whenever it is looked at. Safe to share between threads."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._lock = threading.Lock()
        self._book = Book()
        self._opened = self._changed = False
        self._saved = 0

    def all(self) -> list[Alert]:
        """Every open alert, and the last closed ones."""
        with self._lock:
            self._catch_up()
            return [*self._book.open.values(), *self._book.closed.values()]

    def open(self) -> list[Alert]:
        """Every open alert."""
        with self._lock:
            self._catch_up()
            return list(self._book.open.values())

    def find(self, alert_id: str) -> Alert | None:
        """One alert, with what is done about it and not settled yet in the order of the log; None where none is
        known."""
        with self._lock:
            self._catch_up()
            alert = self._book.open.get(alert_id)
            known = alert or self._book.closed.get(alert_id)
        if alert is None:
            return known
        for stored in self.log.stream(stream_of(alert_id)):
            event, payload = stored.event, stored.payload
            if event.version <= alert.version:
                continue
            if isinstance(payload, AlertClosed):
                done, _ = closed(alert, payload, event.actor, event.recorded_at)
                return done or alert
            alert = msgspec.structs.replace(
                after(alert, payload, event.actor, event.recorded_at), version=event.version
            )
        return alert

    def save(self) -> None:
        """Keep the book, so that the next one begins with it: where it changed, or has come far since it was kept."""
        with self._lock:
            self._open()
            if self._changed or self._book.cursor - self._saved >= _FAR:
                self.log.projections.save(Book.NAME, self._book.cursor, self._book.dump())
                self._saved, self._changed = self._book.cursor, False

    def _open(self) -> None:
        """Begin with the book that was kept, at the first look: a node has alerts, and most that it does asks none."""
        if self._opened:
            return
        if (saved := self.log.projections.load(Book.NAME)) is not None:
            self._book.load(saved[1])
        self._saved, self._opened = self._book.cursor, True

    def _catch_up(self) -> None:
        self._open()
        book, settled = self._book, self.log.position()
        while events := self.log.read(book.cursor, types=TYPES, limit=_PAGE):
            for stored in events:
                book.apply(stored)
            book.cursor = events[-1].position
            self._changed = True
        book.cursor = max(book.cursor, settled)
