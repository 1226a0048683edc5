"""Answers on their way: a thread that reads what is due from the log and has it sent, until it is taken or given up.

What is told of one declaration goes out in its order. A subscription has few deliveries in hand at a time, and none for
a while after one that failed: whoever does not answer holds up nobody else for long. How a delivery ended is an event.
A subscription ends with the token that it was made by: once that is revoked or has expired, nothing more is sent to it,
not even what is due.
Killed at any point, the thread begins again where it was last saved: what was due is due, and what was sent and not
recorded is sent again under the same identifier.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from aforo.answers import Grounds, mail, webhook
from aforo.answers.delivery import Delivery, Outcome, Policy, attempt
from aforo.answers.mail import MailServer
from aforo.answers.reach import Reach
from aforo.domain.clock import Clock
from aforo.domain.event import Delivered, Event, new_event
from aforo.flow.outbox import Due, Outbox, answer_due
from aforo.flow.subscriptions import Subscription, unsubscribe
from aforo.log.ids import event_ids
from aforo.log.store import ConcurrencyError, Log

logger = logging.getLogger("aforo.flow")

#: Seconds between two looks at the log; between two savings; after an error of the log; and that what is in hand may
#: take when the thread stops.
LOOKS_S, SAVES_S, RESTS_S, LAST_S = 0.25, 10.0, 2.0, 35.0
#: Seconds between two looks while deliveries end one after the other.
SHORTEST_S = 0.01
#: Events of one look, deliveries in hand at once, and the longest that a subscription rests after a failure.
BATCH, AT_ONCE, LONGEST_REST_S = 2_000, 8, 300.0
#: Deliveries that one subscription may have in hand while it takes them.
EACH = 4
#: Seconds for which a token is believed to be good: a revocation holds after that, as for requests.
BELIEVED_S = 2.0
_GONE = "http_410"


def _machine_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Ways:
    """How answers go out: where webhooks may connect, and the relay for mail (None: no mail is sent)."""

    reach: Reach = field(default_factory=Reach)
    mail: MailServer | None = None
    policy: Policy = field(default_factory=Policy)
    now: Clock = _machine_clock
    draw: Callable[[], float] = random.random


@dataclass
class _Rest:
    """A subscription that failed: how often in a row, and until when it rests."""

    failures: int = 0
    until: float = 0.0


@dataclass
class Delivering:
    """See the module. A context manager: it works in a thread of its own while the block lasts. `good` gives the
    identifiers of the access tokens that are good at an instant."""

    log: Log
    law: Grounds
    good: Callable[[datetime], Collection[str]]
    ways: Ways = field(default_factory=Ways)
    actor: str = "aforo"

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.log, self.ways.now)
        self._cursor = 0
        self._saved = (0, 0.0)
        self._in_hand: dict[str, tuple[str, Future[Delivery]]] = {}
        self._rests: dict[str, _Rest] = {}
        #: When tokens were last looked up, for which subscriptions, and those of them whose token was good no more.
        self._looked = -math.inf
        self._looked_for: frozenset[str] = frozenset()
        self._lapsed: frozenset[str] = frozenset()
        self._stop = threading.Event()
        #: Set when an attempt has ended, or the thread is to stop.
        self._wake = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="deliver")
        self._thread = threading.Thread(target=self._run, name="deliveries", daemon=True)

    def __enter__(self) -> Delivering:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._wake.set()
        self._thread.join(LAST_S)

    def _run(self) -> None:
        opened = False
        while True:
            self._wake.wait(LOOKS_S)
            self._wake.clear()
            stopping = self._stop.wait(SHORTEST_S)
            try:
                if not opened:
                    self._open()
                    opened = True
                if stopping:
                    self._finish()
                    return
                self.step()
            except Exception as failure:  # noqa: BLE001 (the database may come back; what is due stays due)
                logger.error("answers cannot be delivered now: %s", type(failure).__name__)
                if stopping or self._stop.wait(RESTS_S):
                    return

    def _open(self) -> None:
        saved = self.log.projections.load(f"{self.outbox.name}/{self.outbox.version}")
        if saved is not None:
            try:
                self.outbox.load(saved[1])
            except msgspec.MsgspecError:
                logger.error("the saved outbox is damaged: it is made anew from the log")
            else:
                self._cursor = saved[0]

    def step(self) -> None:
        """One look: record what ended, take in what is new, send what is due."""
        self._harvest()
        self._take_in()
        self._end_lapsed()
        self._send()
        if time.monotonic() - self._saved[1] >= SAVES_S:
            self._save()

    def _take_in(self) -> None:
        while True:
            settled, types = self.log.position(), self.outbox.types
            # The first to subscribe is taken in alone: what follows it has to be looked at anew.
            limit = BATCH if len(types) > 1 else 1
            events = self.log.read(self._cursor, types=types, limit=limit)
            if events:
                self.outbox.apply(events)
            full = len(events) == limit
            self._cursor = events[-1].position if full else max(settled, events[-1].position if events else 0)
            if not full:
                return

    def _end_lapsed(self) -> None:
        """End the subscriptions whose tokens are good no more; where that cannot be told, the look ends with an error,
        and nothing is sent."""
        standing = self.outbox.kept.subscriptions
        clock = time.monotonic()
        if not standing or (clock - self._looked < BELIEVED_S and self._looked_for.issuperset(standing)):
            return
        good = self.good(self.ways.now())
        self._lapsed = frozenset(own for own, each in standing.items() if each.token not in good)
        self._looked, self._looked_for = clock, frozenset(standing)
        for own in self._lapsed:
            with suppress(ConcurrencyError):  # another process ends it, or it is ended two seconds later
                unsubscribe(own, standing[own].carriers, self.log, self.actor, "token")

    def _send(self) -> None:
        busy = Counter(subscription for subscription, _ in self._in_hand.values())
        clock, now = time.monotonic(), self.ways.now()
        kept = self.outbox.kept
        earlier: set[tuple[str, str, str]] = set()
        for own, due in kept.due.items():
            if len(self._in_hand) >= AT_ONCE:
                return
            subscription = kept.subscriptions.get(due.subscription)
            # What is told of one declaration arrives in the order in which it was told.
            about = due.subscription, due.stream, due.declaration
            follows = about in earlier
            earlier.add(about)
            if follows or subscription is None or own in self._in_hand or due.delivery.state != "pending":
                continue
            if due.subscription in self._lapsed:
                continue
            rest = self._rests.get(due.subscription)
            room = busy[due.subscription] < (EACH if rest is None else 1)
            if room and due.delivery.due <= now and (rest is None or clock >= rest.until):
                busy[due.subscription] += 1
                future = self._pool.submit(self._attempt, due, subscription)
                self._in_hand[own] = due.subscription, future
                future.add_done_callback(lambda _: self._wake.set())

    def _attempt(self, due: Due, subscription: Subscription) -> Delivery:
        return attempt(
            due.delivery, lambda: self._sent(due, subscription), self.ways.policy, self.ways.now, self.ways.draw
        )

    def _sent(self, due: Due, subscription: Subscription) -> Outcome:
        """One attempt. What fails here, and not with the recipient, is tried again."""
        try:
            address = subscription.address(self.log.keys)
            answer = answer_due(due, self.log, self.law)
            if address is None or answer is None:
                return Outcome("never", "erased" if address is None else "unknown")
            if subscription.way == "mail":
                if self.ways.mail is None:
                    return Outcome("again", "no_relay")
                return mail.send(mail.compose(answer, due.delivery, address.to, self.ways.mail), self.ways.mail)
            endpoint = webhook.Endpoint(address.to, (webhook.Secret(address.secret),))
            return webhook.send(due.delivery, endpoint, webhook.payload(answer), self.ways.now(), reach=self.ways.reach)
        except Exception as failure:  # noqa: BLE001 (a delivery that fails here must not end the thread)
            logger.error("a delivery failed: %s", type(failure).__name__)
            return Outcome("again", "failed_here")

    def _harvest(self) -> None:
        """Take over how attempts ended, and record those deliveries that did, in one transaction."""
        kept = self.outbox.kept
        for own, (subscription, future) in list(self._in_hand.items()):
            if not future.done():
                continue
            del self._in_hand[own]
            delivery = future.result()
            if own in kept.due:
                kept.due[own] = msgspec.structs.replace(kept.due[own], delivery=delivery)
            self._rest(subscription, delivery)
        ended = {own: each for own, each in kept.due.items() if each.delivery.state != "pending"}
        if not ended:
            return
        events = self._events(ended)
        try:
            self.log.append(events)
        except ConcurrencyError:  # another process delivered one of them, and recorded it
            for event in events:
                with suppress(ConcurrencyError):
                    self.log.append([event])
        for own, each in ended.items():
            kept.due.pop(own, None)
            if each.delivery.last == _GONE and (gone := kept.subscriptions.get(each.subscription)) is not None:
                unsubscribe(gone.id, gone.carriers, self.log, self.actor, "gone")

    def _events(self, ended: dict[str, Due]) -> list[Event]:
        at = self.log.clock()
        events = []
        for event_id, (own, each) in zip(event_ids(len(ended), at), ended.items(), strict=True):
            made = each.delivery
            payload = Delivered(
                each.subscription, each.event, "delivered" if made.state == "delivered" else "given_up", made.attempts,
                made.last,
            )  # fmt: skip
            events.append(
                new_event(event_id, payload, f"delivery/{own}", 1, occurred_at=at, recorded_at=at, actor=self.actor)
            )
        return events

    def _rest(self, subscription: str, delivery: Delivery) -> None:
        if delivery.state == "delivered":
            self._rests.pop(subscription, None)
            return
        rest = self._rests.setdefault(subscription, _Rest())
        rest.failures += 1
        rest.until = time.monotonic() + min(self.ways.policy.wait_s(rest.failures, self.ways.draw), LONGEST_REST_S)

    def _save(self) -> None:
        if self._cursor != self._saved[0] or self._in_hand or self.outbox.kept.due:
            self.log.projections.save(f"{self.outbox.name}/{self.outbox.version}", self._cursor, self.outbox.dump())
        self._saved = self._cursor, time.monotonic()

    def _finish(self) -> None:
        """Wait for what is in hand, and record and save it."""
        self._pool.shutdown(wait=True, cancel_futures=False)
        self._harvest()
        self._save()
