"""Deliveries that are due, in lines: what is told of one declaration to one subscription goes out in its order.

A line's first is what may be sent; of each subscription the first that is due is at hand, however much waits behind it
or for others, so that a look at what is due costs as much as what is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

import msgspec

from aforo.answers.delivery import Delivery

#: Deliveries of one subscription that may wait; those beyond are given up.
MOST_WAITING = 20_000


class Due(msgspec.Struct, frozen=True):
    """A delivery that is due: what is told (by stream, event and, of a crossing, declaration), and how it fares."""

    subscription: str
    stream: str
    event: str
    declaration: str
    delivery: Delivery

    @property
    def line(self) -> tuple[str, str, str]:
        """What it has to keep its order with."""
        return self.subscription, self.stream, self.declaration


class DueLines:
    """What is due, by the identifier of the delivery; `all` is in the order in which it became due, `ended` are those
    of it that are not pending any more, to be recorded and to `leave`."""

    def __init__(self, due: Mapping[str, Due] | None = None) -> None:
        self.all: dict[str, Due] = {}
        self.ended: dict[str, None] = {}
        self._of: dict[str, dict[str, None]] = {}
        self._lines: dict[tuple[str, str, str], dict[str, None]] = {}
        #: By subscription, the first of each line that nobody took, a heap; what left meanwhile may still be in it.
        self._firsts: dict[str, list[tuple[datetime, int, str]]] = {}
        self._numbers = count()
        for own, each in (due or {}).items():
            self.enter(own, each)

    def enter(self, own: str, due: Due) -> None:
        """One more; known ones stay as they are, and what is too much for one subscription is given up."""
        if own in self.all:
            return
        waiting = self._of.setdefault(due.subscription, {})
        if len(waiting) >= MOST_WAITING and due.delivery.state == "pending":
            over = msgspec.structs.replace(due.delivery, state="given_up", last="too_many_wait")
            due = msgspec.structs.replace(due, delivery=over)
        self.all[own] = due
        waiting[own] = None
        if due.delivery.state != "pending":
            self.ended[own] = None
            return
        line = self._lines.setdefault(due.line, {})
        line[own] = None
        if len(line) == 1:
            self._offer(own)

    def subscriptions(self) -> list[str]:
        """The subscriptions of which something is at hand, now or later."""
        for each in [each for each in self._firsts if self.next_due(each) is None]:
            del self._firsts[each]
        return list(self._firsts)

    def next_due(self, subscription: str) -> datetime | None:
        """When the first of what nobody took is due to a subscription; None where there is nothing."""
        firsts = self._firsts.get(subscription, [])
        while firsts:
            due, _, own = firsts[0]
            if own in self.all:
                return due
            heappop(firsts)
        return None

    def take(self, subscription: str) -> str:
        """The first of a subscription that `next_due` tells of; it is nobody else's until it has `changed`."""
        return heappop(self._firsts[subscription])[2]

    def changed(self, own: str, delivery: Delivery) -> None:
        """What became of one that was taken; nothing where it left meanwhile."""
        if (due := self.all.get(own)) is None:
            return
        self.all[own] = msgspec.structs.replace(due, delivery=delivery)
        if delivery.state == "pending":
            self._offer(own)
        else:
            self.ended[own] = None

    def leave(self, own: str) -> None:
        """It is recorded how it ended: whatever follows it may be sent."""
        due = self.all.pop(own, None)
        if due is None:
            return
        self.ended.pop(own, None)
        waiting = self._of[due.subscription]
        del waiting[own]
        if not waiting:
            del self._of[due.subscription]
        line = self._lines.get(due.line, {})
        first = next(iter(line), None) == own
        line.pop(own, None)
        if not line:
            self._lines.pop(due.line, None)
        elif first:
            self._offer(next(iter(line)))

    def end(self, subscription: str) -> None:
        """Nothing more is due to a subscription."""
        for own in self._of.pop(subscription, {}):
            self._lines.pop(self.all.pop(own).line, None)
            self.ended.pop(own, None)
        self._firsts.pop(subscription, None)

    def _offer(self, own: str) -> None:
        due = self.all[own]
        heappush(self._firsts.setdefault(due.subscription, []), (due.delivery.due, next(self._numbers), own))
