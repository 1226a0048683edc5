"""The watch over alerts: raises what the log says, settles what is over, and sends up the ladder what is late.

It goes over the log in its order, each event once, whoever wrote it. What it does carries idempotency keys or is
decided on the state that the log has, so a watch that was killed, or two that run side by side, lose nothing and double
nothing.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import datetime

import msgspec

from aforo.answers.alert import phase
from aforo.flow.alert_acts import escalate_late, resolve
from aforo.flow.alert_causes import TYPES, found
from aforo.flow.alert_found import Settled, Timer
from aforo.flow.alert_rules import AlertRules, in_force
from aforo.flow.alerts import Alerts, Raise, events_of
from aforo.flow.looking import Looking
from aforo.flow.names import NODE
from aforo.flow.truck_left import read_since
from aforo.log.store import ConcurrencyError, Log

logger = logging.getLogger("aforo.alerts")

#: Events that are looked at before what they say is done.
_PAGE = 500
#: Looks between two savings: what is looked at again, at most, after a restart.
_SAVE_EVERY = 60
#: How often, every hundredth of a second, it is asked whether what was written is settled.
_PATIENCE = 500


class _State(msgspec.Struct, array_like=True):
    cursor: int
    timers: list[Timer]
    settled: list[str]


class Watched(msgspec.Struct, frozen=True):
    """What one look did: alerts raised, settled and escalated."""

    raised: int = 0
    settled: int = 0
    escalated: int = 0


class Watch:
    """The watch of a log. Not to be shared between threads."""

    NAME = "alert-watch/1"

    def __init__(self, log: Log, alerts: Alerts | None = None) -> None:
        self.log = log
        self.alerts = alerts or Alerts(log)
        self._cursor = 0
        self._timers: dict[str, Timer] = {}
        #: Causes that are settled of alerts that have others.
        self._over: set[str] = set()
        if (saved := log.projections.load(self.NAME)) is not None:
            state = msgspec.msgpack.decode(saved[1], type=_State)
            self._cursor, self._over = state.cursor, set(state.settled)
            self._timers = {timer.name: timer for timer in state.timers}

    def look(self) -> Watched:
        """Go over what is new in the log and over what is due by the clock now. Raises what the log raises; the next
        look then does what is left."""
        rules, at = in_force(self.log), self.log.clock()
        raised = settled = 0
        end = self.log.position()
        while events := self.log.read(self._cursor, types=TYPES, limit=_PAGE):
            for stored in events:
                told = found(stored, rules, self.log.stream)
                raised += self._raise(told.raises, rules)
                settled += sum(self._settle(each) for each in told.settles)
                for timer in told.timers:
                    self._timers.pop(timer.name, None)
                    if timer.due is not None:
                        self._timers[timer.name] = timer
            self._cursor = events[-1].position
        self._cursor = max(self._cursor, end)
        raised += self._ring(rules, at)
        return Watched(raised, settled, self._escalate(rules, at))

    def save(self) -> None:
        """Keep where it is, so that the next watch need not begin with the first event."""
        self._over &= {each.about for alert in self.alerts.open() for each in alert.causes}
        state = _State(self._cursor, list(self._timers.values()), sorted(self._over))
        self.alerts.save()
        self.log.projections.save(self.NAME, self._cursor, msgspec.msgpack.encode(state))

    def _raise(self, raises: list[Raise], rules: AlertRules) -> int:
        raises = [each for each in raises if not each.before or not each.seen_to(self.alerts.all())]
        if not raises:
            return 0
        read = [self._read_since(each) for each in raises]
        events = events_of(read, rules, self.log.clock(), NODE, "live")
        receipts = self.log.append(events)
        self._await(receipts[-1].event_id)
        return len(events) - len(receipts.duplicates)

    def _read_since(self, own: Raise) -> Raise:
        """Of a truck that had left, with the gate that read it last since then."""
        if own.left is None or own.truck is None:
            return own
        return replace(own, left=read_since(own.left, own.truck, self.log))

    def _await(self, event_id: str) -> None:
        """Wait until an event that was written is settled, so that what settles the alert finds it."""
        stored = self.log.event(event_id)
        for _ in range(_PATIENCE):
            if stored is None or self.log.position() >= stored.position:
                return
            time.sleep(0.01)

    def _ring(self, rules: AlertRules, at: datetime) -> int:
        """Raise what had to wait for its time."""
        due = [timer for timer in self._timers.values() if timer.due is not None and timer.due <= at]
        raised = self._raise([timer.raises for timer in due if timer.raises is not None], rules)
        for timer in due:
            del self._timers[timer.name]
        return raised

    def _settle(self, settled: Settled) -> int:
        """Close the alerts whose causes an event settles; of how many."""
        closed = 0
        for alert in self.alerts.open():
            if not (over := settled.over_of(alert, self._over)):
                continue
            resolve(self.alerts, alert.alert_id, over, settled.cause, settled.ending, settled.why)
            self._over.difference_update(each.about for each in alert.causes[:over])
            closed += 1
        return closed

    def _escalate(self, rules: AlertRules, at: datetime) -> int:
        escalated = 0
        for alert in self.alerts.open():
            if phase(alert, at) != "overdue" or rules.response.step(alert.kind, alert.level + 1) is None:
                continue
            escalated += escalate_late(self.alerts, alert.alert_id).level > alert.level
        return escalated


class AlertWatch(Looking):
    """A thread that looks again and again. A look that fails is made again."""

    def __init__(self, log: Log, *, interval: float = 1.0) -> None:
        """`interval`: seconds between two looks."""
        super().__init__(
            "alerts", interval, "the alerts could not be looked after", logger, at_once=True, at_last=True,
            patient=(ConcurrencyError,),
        )  # fmt: skip
        self._log = log
        self._watch: Watch | None = None
        self._looks = 0

    def look(self) -> Watched:
        """Look after the alerts, and keep from time to time, and at last, where it is."""
        self._looks += 1
        self._watch = self._watch or Watch(self._log)
        done = self._watch.look()
        if self.stop.is_set() or self._looks % _SAVE_EVERY == 0:
            self._watch.save()
        return done
