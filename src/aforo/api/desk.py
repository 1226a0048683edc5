"""The desk: where filings meet the node. Senders wait in a bounded queue; one thread takes what waits and answers it.

What waits together is read and screened together, as one transaction, since a batch costs little more than a message.
Each sender is answered after what it filed is durable. Where the log refuses, the node is dropped and opened again,
and the batch tried once more; then each message alone, so that one which cannot be filed spoils no other. While the
database is out of reach everyone is refused at once, and the node is opened again when it is back, whether anyone asks
or not. An errand that another process was faster than is run again, on the same node; see `Desk.do`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aforo.api.pace import Pace
from aforo.api.queued_message import QueuedMessage, Waiter, batch_of
from aforo.api.refusal import RefusalError
from aforo.api.watch import Waited, Watcher
from aforo.domain.credential import current_credential, use_credential
from aforo.flow.correspondence import answer
from aforo.flow.course import Course
from aforo.flow.decision_turn import decision_turn
from aforo.flow.node import Node
from aforo.flow.receiving import Message, receive
from aforo.flow.reply import Reply
from aforo.intake.together import Letter
from aforo.log.contention import retried
from aforo.log.failure import is_log_failure
from aforo.log.outage import is_outage
from aforo.log.store import ConcurrencyError

T = TypeVar("T")
logger = logging.getLogger("aforo.api")

#: Seconds for which a batch waits at most for those who were just answered; else a quarter of what the last one took.
LONGEST_PAUSE_S = 0.01
#: Batches begun at once, at most, after waiting was in vain.
MOST_WITHOUT_PAUSE = 64
#: Seconds between two attempts to open a node that would not open.
REOPEN_AFTER_S = 1.0


#: What an errand raises for its asker, and what another process was faster with: no fault of the node's.
ASKERS = (RefusalError, ValueError, LookupError, ConcurrencyError)


class DeskFullError(RefusalError):
    """Nothing more can wait; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__("the queue is full")
        self.retry_after = retry_after


class DeskClosedError(DeskFullError):
    """The desk is closing, or its node cannot be opened."""


class StaleNodeError(DeskClosedError):
    """An errand recorded something that the node could not take in: the node is opened again."""


@dataclass(frozen=True)
class Capacity:
    """How much may wait (messages and their bytes), and how much is taken at once (messages, their bytes and their
    records): no more than an errand, a booth's among them, may wait for. One message is taken whatever it has."""

    waiting: int = 512
    waiting_bytes: int = 64 * 1024 * 1024
    messages: int = 256
    bytes: int = 1024 * 1024
    records: int = 1_024


@dataclass
class _Errand:
    run: Callable[[Node], object]
    future: Future[Any] = field(default_factory=Future)
    credential: str | None = field(default_factory=current_credential)


Results = Sequence[tuple[Waiter, Reply | BaseException]]


def hand_out(results: Results) -> None:
    """Give each waiting sender its answer, those who have gone away left out."""
    for future, result in results:
        if future.done():
            continue
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)


class Desk:
    """See the module. A context manager: it opens its node on entering, and on leaving finishes what waits, within
    `patience` seconds, and refuses the rest."""

    def __init__(
        self,
        open_node: Callable[[], Node],
        capacity: Capacity | None = None,
        *,
        patience: float = 20.0,
        watcher: Watcher | None = None,
    ) -> None:
        """`open_node` is called in the desk's thread, and again where a node had to be dropped; `watcher` is told of
        every batch."""
        self._open = open_node
        self._watcher = watcher or Watcher()
        self.capacity = capacity or Capacity()
        self._patience = patience
        self._queue: deque[QueuedMessage] = deque()
        self._errands: deque[_Errand] = deque()
        self._bytes = 0
        self._pause, self._expected = 0.0, 0
        self._without_pause, self._in_vain = 0, 1
        self._more = threading.Condition()
        self._closing = False
        self._deadline = float("inf")
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        #: Gives answers out, in the desk's thread; who waits in an event loop has them carried there.
        self.hand_out: Callable[[Results], None] = hand_out
        self.node: Node | None = None
        self._pace = Pace()
        self._next_try = 0.0
        self._failure: BaseException | None = None
        self._opened = threading.Event()

    def __enter__(self) -> Desk:
        self._thread.start()
        self._opened.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def __exit__(self, *raised: object) -> None:
        with self._more:
            self._closing = True
            self._deadline = time.monotonic() + self._patience
            self._more.notify()
        self._thread.join()

    @property
    def ready(self) -> bool:
        """Whether it takes filings now."""
        return self.node is not None and not self._closing

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return len(self._queue)

    @property
    def waiting_bytes(self) -> int:
        """How many bytes those have that wait."""
        return self._bytes

    def submit(self, message: Message) -> Future[Reply]:
        """Let a message wait for its answer. Raises DeskFullError at once where no more may wait, DeskClosedError."""
        future: Future[Reply] = Future()
        self.put(message, future)
        return future

    def put(self, message: Message, future: Waiter) -> None:
        """As `submit`, with a future of the sender's own."""
        waiting = QueuedMessage(message, future)
        with self._more:
            if self._closing or self.node is None:
                raise DeskClosedError(5)
            if len(self._queue) >= self.capacity.waiting or self._bytes >= self.capacity.waiting_bytes:
                raise DeskFullError
            if self._pace.too_long(len(self._queue), self._bytes):
                raise DeskFullError
            self._queue.append(waiting)
            self._bytes += len(message.data)
            self._more.notify()

    def do(self, run: Callable[[Node], T]) -> Future[T]:
        """Have something else done with the node, between two batches. What it raises is the future's.

        Where another process was faster it is run again, with what the log says then, a few times: what `run` raises a
        ConcurrencyError from must have left the node as the log has it. The node is opened again after a failure of
        the log (`is_log_failure`), after a StaleNodeError, and where the errand wrote and then failed otherwise than
        for its asker (ASKERS): the node may lack what was written. Nothing else costs the node.
        """
        errand = _Errand(run)
        with self._more:
            if self._closing or self.node is None:
                raise DeskClosedError(5)
            if len(self._errands) >= self.capacity.waiting:
                raise DeskFullError
            self._errands.append(errand)
            self._more.notify()
        return errand.future

    # The thread

    def _run(self) -> None:
        try:
            self.node = self._open()
        except BaseException as failure:  # noqa: BLE001 (raised by whoever opens the desk)
            self._failure = failure
            return
        finally:
            self._opened.set()
        while True:
            with self._more:
                # Without a node nothing can be put into the queue: it is opened again here, though nobody asks.
                while not (self._queue or self._errands or self._closing or self.node is None):
                    self._more.wait()
                if self.node is None and not (self._queue or self._errands or self._closing):
                    self._more.wait(max(0.0, self._next_try - time.monotonic()))
                self._let_gather()
                if self._closing and not (self._queue or self._errands):
                    return
                taken = self._take()
            if time.monotonic() > self._deadline or not self._able():
                self._refuse(taken)
                continue
            self._run_errands()
            begun = time.monotonic()
            self._answer(taken)
            self._take_note(taken, time.monotonic() - begun)
            self._expected = min(len(self._queue) + len(taken), self.capacity.messages)

    def _take_note(self, taken: Sequence[QueuedMessage], seconds: float) -> None:
        """Learn the pace from a batch that took so long."""
        self._pause = min(LONGEST_PAUSE_S, seconds / 4)
        if taken:
            self._pace.learn(len(taken), sum(len(each.message.data) for each in taken), seconds)

    def _let_gather(self) -> None:
        """Wait a moment for those who were just answered and send again: a batch costs little more than a message.

        Where they do not, the next batches are begun at once, and more of them each time that it was in vain.
        """
        if self._without_pause:
            self._without_pause -= 1
            return
        until = time.monotonic() + self._pause
        while len(self._queue) < self._expected and not (self._errands or self._closing or self.node is None):
            left = until - time.monotonic()
            if left <= 0:
                self._in_vain = min(2 * self._in_vain, MOST_WITHOUT_PAUSE)
                self._without_pause = self._in_vain
                return
            self._more.wait(left)
        self._in_vain = 1

    def _take(self) -> list[QueuedMessage]:
        taken, size = list[QueuedMessage](), 0
        while self._queue and len(taken) < self.capacity.messages:
            size += len(self._queue[0].message.data)
            if taken and size > self.capacity.bytes:
                break
            taken.append(self._queue.popleft())
            self._bytes -= len(taken[-1].message.data)
        return [each for each in taken if not each.future.cancelled()]

    def _put_back(self, waiting: Sequence[QueuedMessage]) -> None:
        with self._more:
            self._queue.extendleft(reversed(waiting))
            self._bytes += sum(len(each.message.data) for each in waiting)

    def _able(self) -> bool:
        """Whether there is a node, opened anew where it has to be and that was not tried in vain a moment ago."""
        if self.node is None and time.monotonic() >= self._next_try:
            try:
                self.node = self._open()
            except Exception as failure:  # noqa: BLE001 (the database may come back: it is tried again)
                logger.error("the node cannot be opened: %s", type(failure).__name__)
                self._next_try = time.monotonic() + REOPEN_AFTER_S
        return self.node is not None

    def _errand(self) -> _Errand | None:
        with self._more:
            return self._errands.popleft() if self._errands else None

    def _refuse(self, taken: Sequence[QueuedMessage]) -> None:
        self.hand_out([(each.future, DeskClosedError(5)) for each in taken])
        while (errand := self._errand()) is not None:
            if errand.future.set_running_or_notify_cancel():
                errand.future.set_exception(DeskClosedError(5))

    def _run_errands(self) -> None:
        """Run what waits to be done before filings: a booth's errand, though filings came first. What comes meanwhile
        waits for the next batch to be done, so that no filing waits for ever."""
        for _ in range(len(self._errands)):
            if (errand := self._errand()) is not None:
                self._run_errand(errand)

    def _run_errand(self, errand: _Errand) -> None:
        if not errand.future.set_running_or_notify_cancel():
            return  # whoever asked has gone
        if not self._able() or self.node is None:
            errand.future.set_exception(DeskClosedError(5))
            return
        node, written = self.node, self.node.log.appended.done
        try:
            with use_credential(errand.credential), decision_turn(node):
                done = retried(lambda: errand.run(node))
            errand.future.set_result(done)
        except Exception as failure:  # noqa: BLE001 (it is the asker's)
            incomplete = node.log.appended.done != written and not isinstance(failure, ASKERS)
            if incomplete or isinstance(failure, StaleNodeError) or is_log_failure(failure):
                logger.error("the node is opened again after an errand: %s", type(failure).__name__)
                self.node = None
            errand.future.set_exception(failure)

    def _answer(self, taken: list[QueuedMessage]) -> None:
        if not taken:
            return
        if not self._able():  # an errand met a failure of the log
            self._refuse(taken)
            return
        course = Course()
        course.enter("open")
        now = time.perf_counter_ns()
        for each in taken:
            each.taken = each.taken or now
        try:
            self._receive([each for each in taken if each.letter is None])
            opened = [each for each in taken if each.letter is not None]
            batch, later = batch_of(opened, self.capacity.records)
        except Exception as failure:  # noqa: BLE001 (told apart below)
            self._fail(taken, failure)
            return
        self._put_back(later)
        self._run_errands()
        self._file(batch, course)

    def _receive(self, fresh: list[QueuedMessage]) -> None:
        """Open messages; who sent what cannot be opened is answered at once."""
        assert self.node is not None
        refused: list[tuple[Waiter, Reply | BaseException]] = []
        for waiting, letter in zip(fresh, receive([each.message for each in fresh], self.node), strict=True):
            if isinstance(letter, Letter):
                waiting.letter = letter
            else:
                refused.append((waiting.future, letter))
        self.hand_out(refused)

    def _file(self, batch: list[QueuedMessage], course: Course) -> None:
        letters = [each.letter for each in batch if each.letter is not None]
        filers = [each.message.filer for each in batch]
        failure: Exception | None = None
        for _ in range(2):
            if not self._able() or self.node is None:
                break
            try:
                replies = answer(letters, filers, self.node, course)
            except Exception as error:  # noqa: BLE001 (a node that failed is dropped, whatever it was)
                failure, self.node, course = error, None, Course()
                continue
            self.hand_out([(each.future, reply) for each, reply in zip(batch, replies, strict=True)])
            if batch:
                seen = zip(batch, replies, strict=True)
                self._watcher.filed(
                    [Waited(each.came, each.taken, reply, each.exchange) for each, reply in seen], course
                )
            return
        logger.error("a batch of %d could not be filed: %s", len(batch), type(failure).__name__)
        if len(batch) > 1 and not is_outage(failure) and self._able():
            for each in batch:
                self._run_errands()
                self._file([each], Course())
        else:
            self.hand_out([(each.future, failure or DeskClosedError(5)) for each in batch])

    def _fail(self, taken: Sequence[QueuedMessage], failure: Exception) -> None:
        """Messages could not be opened: each is tried alone, or refused. The node is opened again where the log failed;
        to open messages changes nothing in it."""
        logger.error("%d messages could not be received: %s", len(taken), type(failure).__name__)
        if is_log_failure(failure):
            self.node = None
        if len(taken) == 1 or is_outage(failure) or not self._able():
            self.hand_out([(each.future, failure) for each in taken])
            return
        for each in taken:
            self._run_errands()
            self._answer([each])
