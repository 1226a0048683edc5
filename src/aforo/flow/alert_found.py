"""What an event says to the alerts: what it raises, what it settles, and what is raised when its time comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from aforo.answers.alert import Alert
from aforo.domain.alert import AlertKind, SettledWhy
from aforo.flow.alerts import Raise

#: What is one alert over many trips is one until it is over for all of them.
_WHOLE: tuple[AlertKind, ...] = ("road_jammed", "convoy_split")


@dataclass(frozen=True)
class Settled:
    """What an event, `cause`, settles of alerts of these kinds: the causes on `subject` that came before it in its
    stream, where it has this `version`, but for those about one of `but`; or the cause `about`. `ending` says whether
    they are over or were taken back, `why` what of the log did that."""

    kinds: tuple[AlertKind, ...]
    cause: str
    version: int
    subject: str | None = None
    about: str | None = None
    but: frozenset[str] = frozenset()
    ending: Literal["resolved", "withdrawn"] = "resolved"
    why: SettledWhy | None = None

    def ends(self, subject: str, about: str, version: int) -> bool:
        """Whether it ends a cause of an alert on a subject."""
        before = subject == self.subject and version < self.version and about not in self.but
        return about == self.about or before

    def over_of(self, alert: Alert, over: set[str]) -> int:
        """How many causes of an open alert, from the first on, are over with it, so that it is to be closed for them; 0
        where it stays open. `over` are the causes that were settled of alerts that have others: what it settles comes
        to them."""
        if alert.kind not in self.kinds:
            return 0
        hit = [each.about for each in alert.causes if self.ends(alert.subject, each.about, each.version)]
        over.update(hit)
        first = 0
        while first < len(alert.causes) and alert.causes[first].about in over:
            first += 1
        whole = alert.kind not in _WHOLE or first == len(alert.causes)
        return first if hit and whole else 0


@dataclass(frozen=True)
class Timer:
    """An alert that is raised when its time comes, unless it is settled before: `name` is replaced by the next of the
    same name, and none where `due` is None."""

    name: str
    due: datetime | None
    raises: Raise | None = None


@dataclass
class Found:
    """What one event says to the alerts."""

    raises: list[Raise] = field(default_factory=list)
    settles: list[Settled] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
