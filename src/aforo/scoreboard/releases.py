"""How long a truck was held from its arrival at primary to its release, and in which stages of it.

After the WCO's Guide to measure the time required for the release of goods (Time Release Study, version 3): from the
arrival until the goods are at their holder's disposal. Here that is from when the truck is first known at primary until
the last of these: it passed primary, its last examination ended, an order against it was lifted. A truck in which
something was found is not released, and one whose order was never carried out is not known to be.
"""

from __future__ import annotations

from typing import NamedTuple

from aforo.domain.clock import microseconds
from aforo.domain.decision import Examination
from aforo.domain.dock import ExaminationBegun
from aforo.domain.event import Event, Examined, OrderUndone, Overridden, Passed, Payload
from aforo.measures.definition import Span

MINUTE = 60_000_000
#: No truck is believed to be held for longer: a week, in minutes.
LONGEST = 7 * 24 * 60
#: What orders no examination.
_FREE: Examination = "release"


class Taken(NamedTuple):
    """A stage and the whole minutes that it took, the nearest."""

    span: Span
    minutes: int


class Stages:
    """The instants of one crossing that its release follows from: microseconds since 1970, 0 for what has not been."""

    __slots__ = ("begun", "examined", "freed", "let_go", "passed", "stands")

    def __init__(self) -> None:
        self.passed = self.begun = self.examined = self.freed = 0
        #: Whether what was ordered is still to be carried out after the last examination; whether a port let it go.
        self.stands = self.let_go = False

    def after(self, event: Event, payload: Payload, order: Examination | None) -> None:
        """Take in the crossing's next event; `order` is what is ordered of it now."""
        if isinstance(payload, Passed):
            self.passed = max(self.passed, microseconds(event.occurred_at))
            self.let_go = self.let_go or payload.let_go
        elif isinstance(payload, ExaminationBegun):
            self.begun = self.begun or microseconds(event.occurred_at)
        elif isinstance(payload, Examined):
            self.examined = max(self.examined, microseconds(payload.outcome.found_at))
            self.stands = payload.order_stands
        elif isinstance(payload, Overridden | OrderUndone):
            self.freed = microseconds(event.occurred_at) if order == _FREE else 0

    def taken(self, arrived: int, order: Examination | None, examined: bool) -> list[tuple[int, Taken]]:
        """The stages of a truck that was released, each with the instant at which it ended."""
        if examined and self.stands and not self.freed:
            return []
        if not examined and (not self.passed or (order not in (None, _FREE) and not self.let_go)):
            return []
        ended = max(self.passed, self.examined, self.freed)
        spans: list[tuple[Span, int, int]] = [("release", arrived, ended)]
        if examined and self.begun >= arrived and self.examined >= self.begun:
            spans += [("to_examination", arrived, self.begun), ("in_examination", self.begun, self.examined)]
        told = []
        for span, since, until in spans:
            minutes = (until - since + MINUTE // 2) // MINUTE
            if 0 <= minutes <= LONGEST:
                told.append((until, Taken(span, minutes)))
        return told
