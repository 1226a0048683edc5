"""The outbox: which answers are due to whom. It follows from the log alone, and is kept as a projection of it.

An answer is due where what a filer is told changes: it files, amends or cancels, a record of its message is refused,
its truck arrives, an officer orders, an examination ends. A delivery is named by its event, its declaration and the
subscription, so that it has the same identifier however often it is derived or tried.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from aforo.answers import Answer, Grounds, Reference, of_message
from aforo.answers.delivery import begin
from aforo.domain.clock import Clock
from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.event import (
    Arrived,
    Delivered,
    Examined,
    Filed,
    OrderUndone,
    Overridden,
    Passed,
    Quarantined,
    Subscribed,
    Unsubscribed,
)
from aforo.domain.instants import with_readable_instants
from aforo.domain.subscription import ConfirmationAsked, SubscriptionConfirmed
from aforo.flow.due import Due, DueLines
from aforo.flow.standing_answer import answer_at
from aforo.flow.subscriptions import Subscription, begun, confirm_in
from aforo.flow.told_publicly import filings_in, turns_of
from aforo.intake.together import Told
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: What makes answers due. A decision that comes with no filing there is none: `Filed` stands for it.
_CHANGES = (Filed.TYPE, Arrived.TYPE, Passed.TYPE, Examined.TYPE, Overridden.TYPE, OrderUndone.TYPE)
_OF_SUBSCRIPTIONS = (Subscribed.TYPE, ConfirmationAsked.TYPE, SubscriptionConfirmed.TYPE, Unsubscribed.TYPE)
TYPES: tuple[str, ...] = (*_CHANGES, Quarantined.TYPE, *_OF_SUBSCRIPTIONS, Delivered.TYPE)
_CARRIER = ENTITY_KINDS.index("carrier") * 8


class Kept(msgspec.Struct):
    """What is saved: who is subscribed, and what is due, by the identifier of the delivery."""

    subscriptions: dict[str, Subscription] = {}
    due: dict[str, Due] = {}


class Outbox:
    """The projection (see `log.projections.Projection`). `now` is when deliveries become due."""

    name = "outbox"
    version = 2

    def __init__(self, log: Log, now: Clock) -> None:
        self._log = log
        self._now = now
        self.subscriptions: dict[str, Subscription] = {}
        self.lines = DueLines()

    @property
    def types(self) -> Sequence[str]:
        """What it has to look at: as long as nobody is subscribed, only whether somebody subscribes."""
        return TYPES if self.subscriptions or self.lines.all else (Subscribed.TYPE,)

    def dump(self) -> bytes:
        return msgspec.json.encode(Kept(self.subscriptions, self.lines.all))

    def load(self, state: bytes) -> None:
        kept = with_readable_instants(msgspec.json.decode(state, type=Kept))
        # What was due to an address before addresses were confirmed is not sent.
        shut = {own for own, each in kept.subscriptions.items() if not each.is_open}
        due = {own: each for own, each in kept.due.items() if each.subscription not in shut or is_of_code(each)}
        self.subscriptions, self.lines = kept.subscriptions, DueLines(due)

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        ended: list[str] = []
        touched: dict[str, StoredEvent] = {}
        found: list[Due] = []
        carriers = self._carriers()
        for stored in events:
            payload = stored.payload
            if isinstance(payload, Subscribed):
                self.subscriptions[payload.subscription] = begun(stored, payload)
                carriers = self._carriers()
            elif isinstance(payload, ConfirmationAsked):
                if (asked := self.subscriptions.get(payload.subscription)) is not None and not asked.is_open:
                    found.append(self._due(asked, stored.event.stream, stored.event.event_id, ""))
            elif isinstance(payload, SubscriptionConfirmed):
                confirm_in(self.subscriptions, stored, payload)
                carriers = self._carriers()
            elif isinstance(payload, Unsubscribed):
                self.subscriptions.pop(payload.subscription, None)
                self.lines.end(payload.subscription)
                carriers = self._carriers()
            elif isinstance(payload, Delivered):
                ended.append(stored.event.stream.removeprefix("delivery/"))
            elif isinstance(payload, Quarantined):
                found += self._refused(stored, payload)
            # The first of a crossing concerns its own filer alone; of all else it is not known before it is read.
            elif not (isinstance(payload, Filed) and stored.event.version == 1 and _carrier(payload) not in carriers):
                touched.setdefault(stored.event.stream, stored)
        for stream, first in touched.items():
            found += self._of_crossing(stream, first.position)
        fresh = {each.delivery.id: each for each in found if each.subscription in self.subscriptions}
        done = self._log.versions([f"delivery/{own}" for own in fresh]) if fresh else {}
        for own, each in fresh.items():
            if f"delivery/{own}" not in done:
                self.lines.enter(own, each)
        for own in ended:
            self.lines.leave(own)

    def _carriers(self) -> frozenset[str]:
        return frozenset(code for each in self.subscriptions.values() if each.is_open for code in each.carriers)

    def _of_crossing(self, stream: str, since: int) -> Iterable[Due]:
        """What became due on a crossing from a position on, to each of its filers that is subscribed."""
        events = self._log.stream(stream)
        filed = {each.declaration["declaration_id"]: _carrier(each) for each in filings_in(events)}
        subscribed = self._carriers()
        asked = [own for own, carrier in filed.items() if carrier in subscribed]
        for own, made in turns_of(events, asked, self._log).items():
            told = [each for each in self.subscriptions.values() if each.is_open and filed[own] in each.carriers]
            for turn in made:
                if turn.event.position < since:
                    continue
                for each in told:
                    if turn.event.position > each.position:
                        yield self._due(each, stream, turn.event.event.event_id, own)

    def _refused(self, stored: StoredEvent, payload: Quarantined) -> Iterable[Due]:
        senders = set(payload.senders)
        for each in self.subscriptions.values():
            if each.is_open and not senders.isdisjoint(each.carriers):
                yield self._due(each, stored.event.stream, stored.event.event_id, "")

    def _due(self, to: Subscription, stream: str, event: str, declaration: str) -> Due:
        return Due(to.id, stream, event, declaration, begin(f"{event}:{declaration}", to.id, self._now()))


def is_of_code(due: Due) -> bool:
    """Whether what is due is the code that confirms an address."""
    return due.stream.startswith("subscriptions/")


def answer_due(due: Due, log: Log, law: Grounds) -> Answer | None:
    """The answer of a delivery, the same whenever it is made; None where the log does not have it any more."""
    events = log.stream(due.stream)
    if due.declaration:
        return answer_at(due.declaration, due.event, events, log, law)
    for stored in events:
        if stored.event.event_id == due.event and isinstance(payload := stored.payload, Quarantined):
            return _of_refused(payload, stored.event.recorded_at, law)
    return None


def _of_refused(payload: Quarantined, at: datetime, law: Grounds) -> Answer:
    return of_message(Reference(), Told(payload.source, 1, list(payload.problems)), (), (), at, law)


def _carrier(filed: Filed) -> str:
    """The keyed hash of a filing's carrier, as subscriptions have it."""
    packed = base64.b64decode(filed.identities)[_CARRIER : _CARRIER + 8]
    return f"{int.from_bytes(packed, 'little'):016x}"
