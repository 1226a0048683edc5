"""The alerts of one trip as the product raises and settles them, where an operator closes each a while after it opened.

Nothing is written: what the watch over alerts would append is applied to a book in memory, by the rules that the watch
goes by (`flow.custody_causes`, `flow.alert_found`, `flow.alerts.Book`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from aforo.answers import response
from aforo.answers.alert import Alert
from aforo.custody.trip import CAUSES
from aforo.domain.alert import AlertClosed
from aforo.domain.event import Payload, new_event
from aforo.domain.trip import TripCaused
from aforo.flow.alert_found import Found, Settled
from aforo.flow.alert_rules import AlertRules
from aforo.flow.alerts import Book, events_of, stream_of
from aforo.flow.custody_causes import of_causes
from aforo.flow.names import NODE
from aforo.log.ids import event_id
from aforo.log.stored import StoredEvent, encode


class Asked:
    """The alerts of a trip, as its causes are recorded in the order of time."""

    def __init__(self, trip: str, closes_after: timedelta) -> None:
        """An operator closes each alert so long after it opened, with all that has joined it."""
        self._stream, self._closes_after = CAUSES + trip, closes_after
        document = response.shipped()
        self._rules = AlertRules(response.parse(document), response.hash_of(document))
        self._said: list[StoredEvent] = []
        self._book = Book()
        self._raised: set[str | None] = set()
        self._over: set[str] = set()
        self._position = 0

    @property
    def alerts(self) -> list[Alert]:
        """Every alert that there was: those that are open, and those that are closed."""
        return [*self._book.open.values(), *self._book.closed.values()]

    def take(self, caused: TripCaused, at: datetime) -> None:
        """What was recorded of the trip's causes at an instant, no earlier than the last one."""
        self.close_until(at)
        stored = self._stored(self._stream, len(self._said) + 1, caused, at)
        self._said.append(stored)
        told = Found()
        of_causes(stored, caused, self._rules, self._events, told)
        raises = [each for each in told.raises if not each.seen_to(self.alerts)]
        for event in events_of(raises, self._rules, at, NODE, "synthetic"):
            if event.idempotency_key not in self._raised:
                self._raised.add(event.idempotency_key)
                self._position += 1
                self._book.apply(StoredEvent(self._position, b"", encode(event)))
        for settled in told.settles:
            self._settle(settled, at)

    def _events(self, stream: str) -> list[StoredEvent]:
        return self._said if stream == self._stream else []

    def _settle(self, settled: Settled, at: datetime) -> None:
        for alert in list(self._book.open.values()):
            if over := settled.over_of(alert, self._over):
                self._close(alert, AlertClosed(settled.ending, over, why=settled.why), at)
                self._over.difference_update(each.about for each in alert.causes[:over])

    def close_until(self, at: datetime) -> None:
        """The operator closes what is to be closed by an instant."""
        for alert in list(self._book.open.values()):
            if (by := alert.raised_at + self._closes_after) <= at:
                self._close(alert, AlertClosed("handled", len(alert.causes), "SYNTHETIC"), by)

    def _close(self, alert: Alert, said: AlertClosed, at: datetime) -> None:
        self._book.apply(self._stored(stream_of(alert.alert_id), alert.version + 1, said, at))

    def _stored(self, stream: str, version: int, said: Payload, at: datetime) -> StoredEvent:
        self._position += 1
        event = new_event(
            event_id(at), said, stream, version, occurred_at=at, recorded_at=at, actor=NODE, origin="synthetic"
        )
        return StoredEvent(self._position, b"", encode(event))
