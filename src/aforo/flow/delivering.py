"""Answers on their way: a thread that reads what is due from the log and has it sent, until it is taken or given up.

What is told of one declaration goes out in its order, and of all that is due what has been due longest. A subscription
has few deliveries in hand at a time, and none for a while after one that failed; those that failed last, or were slow,
have half of the places together: whoever does not answer holds up nobody else. How a delivery ended is an event. A
subscription ends with the token that it was made by: once that is revoked or has expired, nothing more is sent to it,
not even what is due.

Killed at any point, the thread begins again where it was last saved: what was due is due, and what was sent and not
recorded is sent again under the same identifier. Of several servers on one log one delivers, and another one takes over
where that one ends.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush
from itertools import islice

import msgspec

from aforo.answers import Grounds, mail, webhook
from aforo.answers.delivery import Delivery, Outcome, Policy, attempt
from aforo.answers.mail import MailServer
from aforo.answers.reach import Reach
from aforo.domain.clock import Clock
from aforo.domain.event import Delivered, Event, new_event
from aforo.flow.confirmations import code_due
from aforo.flow.due import Due
from aforo.flow.mail_pace import MailPace
from aforo.flow.outbox import Outbox, answer_due, is_of_code
from aforo.flow.subscriptions import Subscription, unsubscribe
from aforo.log.ids import event_ids
from aforo.log.store import ConcurrencyError, Log

logger = logging.getLogger("aforo.flow")

#: Seconds between two looks at the log; between two savings; after an error of the log; and that what is in hand may
#: take when the thread stops.
LOOKS_S, SAVES_S, RESTS_S, LAST_S = 0.25, 10.0, 2.0, 35.0
#: Seconds between two looks while deliveries end one after the other.
SHORTEST_S = 0.01
#: Events that are taken in, and deliveries that are recorded, in one look; and the longest that a subscription rests
#: after a failure.
BATCH, LONGEST_REST_S = 2_000, 300.0
#: Deliveries in hand at once: of all, of the subscriptions that failed last or were slow, and of one that takes them.
AT_ONCE, HELD_UP, EACH = 16, 8, 4
#: Seconds after which who took a delivery is slow.
SLOW_S = 2.0
#: Savings take this share of the time at most, however much waits.
_SAVING = 0.02
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
class _Pace:
    """How a subscription takes what is sent: whether it took the last quickly, how often it failed in a row, and until
    when it rests then."""

    taken: bool = False
    slow: bool = False
    failures: int = 0
    until: float = 0.0

    @property
    def held_up(self) -> bool:
        return self.slow or self.failures > 0

    @property
    def room(self) -> int:
        """How many deliveries it may have in hand."""
        return EACH if self.taken and not self.held_up else 1


@dataclass(frozen=True)
class _InHand:
    """An attempt that was begun, and what it gives: the deliveries after it by their identifiers, of which a digest has
    several, and the seconds that it took."""

    subscription: str
    held_up: bool
    future: Future[tuple[dict[str, Delivery], float]]


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
        self._duty = self.log.database.duty()
        self._cursor = 0
        self._saved, self._save_at = 0, 0.0
        self._in_hand: dict[str, _InHand] = {}
        self._mail_pace = MailPace()
        self._paces: defaultdict[str, _Pace] = defaultdict(_Pace)
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
        self._duty.close()

    def _begin_again(self) -> None:
        """Another server delivers now: what it saves is newer than what is known here."""
        self.outbox, self._cursor = Outbox(self.log, self.ways.now), 0
        self._in_hand.clear()

    def _run(self) -> None:
        opened = False
        while True:
            self._wake.wait(LOOKS_S)
            self._wake.clear()
            stopping = self._stop.wait(SHORTEST_S)
            try:
                if not self._duty.is_ours():
                    if opened:
                        self._begin_again()
                        opened = False
                    if stopping or self._stop.wait(RESTS_S):
                        return
                    continue
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
                for due in self.outbox.lines.all.values():
                    if due.delivery.attempts:
                        self._paces[due.subscription].failures = 1

    def step(self) -> None:
        """One look: record what ended, take in what is new, send what is due."""
        self._harvest()
        if self._take_in():
            self._end_lapsed()
            self._send()
        else:
            self._wake.set()
        if time.monotonic() >= self._save_at:
            self._save()

    def _take_in(self) -> bool:
        """Take in the next events; whether these were the last. Before that it is not known who has ended since."""
        settled, types = self.log.position(), self.outbox.types
        # The first to subscribe is taken in alone: what follows it has to be looked at anew.
        limit = BATCH if len(types) > 1 else 1
        events = self.log.read(self._cursor, types=types, limit=limit)
        if events:
            self.outbox.apply(events)
        full = len(events) == limit
        self._cursor = events[-1].position if full else max(settled, events[-1].position if events else 0)
        return not full

    def _end_lapsed(self) -> None:
        """End the subscriptions whose tokens are good no more; where that cannot be told, the look ends with an error,
        and nothing is sent."""
        standing = self.outbox.subscriptions
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
        """Begin attempts as there are places, with what has been due longest."""
        if len(self._in_hand) >= AT_ONCE:
            return
        clock, now = time.monotonic(), self.ways.now()
        busy = Counter(each.subscription for each in self._in_hand.values())
        held_up = sum(each.held_up for each in self._in_hand.values())
        lines, standing = self.outbox.lines, self.outbox.subscriptions
        next_ones = [
            (due, own)
            for own in lines.subscriptions()
            if own in standing and own not in self._lapsed and (due := lines.next_due(own)) is not None and due <= now
        ]
        heapify(next_ones)
        while next_ones and len(self._in_hand) < AT_ONCE:
            _, subscription = heappop(next_ones)
            pace = self._paces[subscription]
            if busy[subscription] >= pace.room or clock < pace.until or (pace.held_up and held_up >= HELD_UP):
                continue
            share = self._share(standing[subscription], now)
            if not share:
                continue
            own = lines.take(subscription)
            dues = {own: lines.all[own]}
            while len(dues) < share and (due := lines.next_due(subscription)) is not None and due <= now:
                more = lines.take(subscription)
                dues[more] = lines.all[more]
            future = self._pool.submit(self._attempt, dues, standing[subscription])
            self._in_hand[own] = _InHand(subscription, pace.held_up, future)
            future.add_done_callback(lambda _: self._wake.set())
            busy[subscription] += 1
            held_up += pace.held_up
            if (due := lines.next_due(subscription)) is not None and due <= now:
                heappush(next_ones, (due, subscription))

    def _share(self, subscription: Subscription, now: datetime) -> int:
        """How many answers the next attempt at a subscription may hold: of mail as its address's pace allows."""
        if subscription.way != "mail" or (address := subscription.address(self.log.keys)) is None:
            return 1
        share = self._mail_pace.share(address.to, now)
        if share:
            self._mail_pace.take_note(address.to, now)
        return share

    def _attempt(self, dues: dict[str, Due], subscription: Subscription) -> tuple[dict[str, Delivery], float]:
        begun = time.monotonic()
        ways, (due, *more) = self.ways, dues.values()
        sent = self._sent(due, subscription) if not more else self._sent_together([due, *more], subscription)
        made = {
            own: attempt(each.delivery, lambda: sent, ways.policy, ways.now, ways.draw) for own, each in dues.items()
        }
        return made, time.monotonic() - begun

    def _sent_together(self, dues: list[Due], subscription: Subscription) -> Outcome:
        """One attempt at a digest. What fails here is tried again."""
        try:
            address, relay = subscription.address(self.log.keys), self.ways.mail
            if address is None or relay is None:
                return Outcome("never", "erased") if address is None else Outcome("again", "no_relay")
            answers = [made for due in dues if (made := answer_due(due, self.log, self.law)) is not None]
            if not answers:
                return Outcome("never", "unknown")
            return mail.send(mail.compose_digest(answers, dues[0].delivery, address.to, relay), relay)
        except Exception as failure:  # noqa: BLE001 (a delivery that fails here must not end the thread)
            logger.error("a digest failed: %s", type(failure).__name__)
            return Outcome("again", "failed_here")

    def _sent(self, due: Due, subscription: Subscription) -> Outcome:
        """One attempt. What fails here, and not with the recipient, is tried again."""
        try:
            address, relay = subscription.address(self.log.keys), self.ways.mail
            if subscription.way == "mail" and relay is None:
                return Outcome("again", "no_relay")
            if address is not None and relay is not None and is_of_code(due):
                asked = self.log.event(due.event)
                code = None if asked is None else code_due(asked, self.log.keys, self.log.clock())
                if code is None:
                    return Outcome("never", "code_over")
                return mail.send(mail.compose_code(code, due.delivery, address.to, relay), relay)
            answer = answer_due(due, self.log, self.law)
            if address is None or answer is None:
                return Outcome("never", "erased" if address is None else "unknown")
            if subscription.way == "mail" and relay is not None:
                return mail.send(mail.compose(answer, due.delivery, address.to, relay), relay)
            endpoint = webhook.Endpoint(address.to, (webhook.Secret(address.secret),))
            return webhook.send(due.delivery, endpoint, webhook.payload(answer), self.ways.now(), reach=self.ways.reach)
        except Exception as failure:  # noqa: BLE001 (a delivery that fails here must not end the thread)
            logger.error("a delivery failed: %s", type(failure).__name__)
            return Outcome("again", "failed_here")

    def _harvest(self) -> None:
        """Take over how attempts ended, and record those deliveries that did, in one transaction."""
        lines = self.outbox.lines
        for own, each in list(self._in_hand.items()):
            if each.future.done():
                del self._in_hand[own]
                deliveries, seconds = each.future.result()
                for part, delivery in deliveries.items():
                    lines.changed(part, delivery)
                self._learn(each.subscription, deliveries[own], seconds)
        ended = {own: lines.all[own] for own in islice(lines.ended, BATCH)}
        if not ended:
            return
        events = self._events(ended)
        try:
            self.log.append(events)
        except ConcurrencyError:  # another process delivered one of them, and recorded it
            for event in events:
                with suppress(ConcurrencyError):
                    self.log.append([event])
        for own, due in ended.items():
            lines.leave(own)
            gone = self.outbox.subscriptions.get(due.subscription)
            if due.delivery.last == _GONE and gone is not None:
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

    def _learn(self, subscription: str, delivery: Delivery, seconds: float) -> None:
        pace = self._paces[subscription]
        pace.slow = seconds > SLOW_S
        if delivery.state == "delivered":
            pace.taken, pace.failures, pace.until = True, 0, 0.0
            return
        pace.failures += 1
        pace.until = time.monotonic() + min(self.ways.policy.wait_s(pace.failures, self.ways.draw), LONGEST_REST_S)

    def _save(self) -> None:
        begun = time.monotonic()
        for gone in self._paces.keys() - self.outbox.subscriptions.keys():
            del self._paces[gone]
        if self._cursor != self._saved or self._in_hand or self.outbox.lines.all:
            self.log.projections.save(f"{self.outbox.name}/{self.outbox.version}", self._cursor, self.outbox.dump())
        now = time.monotonic()
        self._saved, self._save_at = self._cursor, now + max(SAVES_S, (now - begun) / _SAVING)

    def _finish(self) -> None:
        """Wait for what is in hand, and record and save it."""
        self._pool.shutdown(wait=True, cancel_futures=False)
        self._harvest()
        self._save()
