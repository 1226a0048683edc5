"""Records what came over any transport in a short window in one go, and says to each what of it is durable.

Whoever hands something in waits until it is in the store: that wait is what bounds how much is in memory, since each
transport hands in so much at once and no more. While the store does not answer, what came is tried again; where that
takes too long, who handed it in is told so and acknowledges nothing.

Who sends over a line of his own is told what was not taken, and sends it again. A broker only hands on: what of its
messages may be taken later is put aside, durably, before it is acknowledged to (`log.put_aside`, `retrying`).
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeVar

from aforo.custody.device import PREFIX
from aforo.domain.clock import microseconds
from aforo.domain.device import ReadingForm
from aforo.domain.event import Origin
from aforo.flow.blocks_read import Reader, read_here
from aforo.flow.custody import Custody
from aforo.flow.seal_blocks import FORMS, Taken, give_back, of_portions, of_signed, refuse
from aforo.flow.telemetry import Recorded, record
from aforo.log.outage import is_outage
from aforo.log.put_aside import PutAside
from aforo.log.store import ConcurrencyError

logger = logging.getLogger("aforo.gateways")
T = TypeVar("T")

#: Seconds that what came first waits for more, before all of it is recorded.
WINDOW_S = 0.05
#: Things handed in that are recorded in one go, and their bytes, beyond the last of them.
MOST_AT_ONCE, MOST_BYTES_AT_ONCE = 1_000, 512 * 1024
#: Bytes of one thing handed in: what a signed block may have, and some hundred lines.
MOST_BYTES = 1 << 16
#: Bytes handed in that wait, at most: not everybody who hands in waits for an answer.
MOST_WAITING = 64 << 20
#: Seconds for which a store that does not answer is asked again.
PATIENCE_S = 20.0
#: Seconds between two lines that say what was refused.
TELL_EVERY_S = 60.0


class NotKeptError(Exception):
    """The store took nothing: what was handed in is not to be acknowledged, and may be sent again."""


@dataclass(frozen=True)
class Kept:
    """What became of what was handed in: of these devices all that was understood is durable."""

    devices: frozenset[str]


class _Sent(NamedTuple):
    form: ReadingForm
    data: bytes
    kept: asyncio.Future[Kept]
    #: Whether who sent it is told what was not taken.
    told: bool


class _Understood(NamedTuple):
    """What is told to each of a batch once all of `taken` is recorded."""

    kept: list[Kept]
    taken: Taken


class Counts:
    """Counts what became of messages, by code, and says it in the log behind `head`, TELL_EVERY_S later at most: how
    many and why, never what."""

    def __init__(self, head: str) -> None:
        self._head = head
        self.counted: Counter[str] = Counter()
        self._untold: Counter[str] = Counter()
        self._told_at = -math.inf
        self._later: asyncio.TimerHandle | None = None

    def count(self, code: str, count: int = 1) -> None:
        """So many more; in the loop of who hands in."""
        self.counted[code] += count
        self._untold[code] += count
        due = self._told_at + TELL_EVERY_S - time.monotonic()
        if due <= 0:
            self.tell()
        elif self._later is None:
            # The next of them may be hours away.
            self._later = asyncio.get_running_loop().call_later(due, self.tell)

    def tell(self) -> None:
        """Say what was not said yet."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._untold:
            said = ", ".join(f"{code} {count:,}" for code, count in self._untold.most_common())
            logger.warning("%s: %s", self._head, said)
            self._untold.clear()
            self._told_at = time.monotonic()


class Recorder:
    """See the module; `run` has to run in the loop of those who call `keep`. `reader` reads signed blocks; without
    `aside` nothing is put aside, and what a broker handed in is refused as another's is."""

    def __init__(
        self, custody: Custody, *, actor: str, origin: Origin = "live", reader: Reader = read_here,
        aside: PutAside | None = None, window_s: float = WINDOW_S, patience_s: float = PATIENCE_S,
    ) -> None:  # fmt: skip
        self._custody, self._actor, self._origin, self._reader = custody, actor, origin, reader
        self._aside, self._window_s, self._patience_s = aside, window_s, patience_s
        self._sent: asyncio.Queue[_Sent] = asyncio.Queue()
        #: Bytes that wait in it.
        self._waiting = 0
        self.refusals = Counts("messages of seals were refused")
        self.put_aside = Counts("messages of seals were put aside")
        #: Readings that were acknowledged, and events that were written for them.
        self.readings = self.written = 0

    async def keep(self, form: ReadingForm, data: bytes) -> Kept:
        """Record what a device sent that is told what of it was taken, a block or lines; returns when that is durable.

        Raises NotKeptError.
        """
        return await self._hand_in(form, data, told=True)

    async def keep_or_put_aside(self, form: ReadingForm, data: bytes) -> None:
        """Record what a broker handed on, a block or lines; returns when it is durable, was put aside, or was refused
        for good.

        Raises NotKeptError.
        """
        await self._hand_in(form, data, told=False)

    async def _hand_in(self, form: ReadingForm, data: bytes, *, told: bool) -> Kept:
        if len(data) > MOST_BYTES:
            self.refusals.count("too_large")
            return Kept(frozenset())
        if self._waiting >= MOST_WAITING:
            raise NotKeptError
        kept: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        self._sent.put_nowait(_Sent(form, data, kept, told))
        self._waiting += len(data)
        return await kept

    async def run(self) -> None:
        """Record what is handed in until cancelled. What is being written then is written to its end.

        While one batch is written the next is understood: the database, and what verifies signatures, each have a
        processor of their own.
        """
        understood: asyncio.Queue[tuple[Sequence[_Sent], _Understood]] = asyncio.Queue(1)
        try:
            with ThreadPoolExecutor(1, "seal-reader") as reader, ThreadPoolExecutor(1, "seal-recorder") as writer:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._understand(understood, reader))
                    group.create_task(self._record(understood, writer))
        finally:
            self.refusals.tell()
            self.put_aside.tell()

    async def _understand(
        self, understood: asyncio.Queue[tuple[Sequence[_Sent], _Understood]], thread: ThreadPoolExecutor
    ) -> None:
        while True:
            batch = await self._batch()
            try:
                found = await self._patiently(partial(self._understood, batch), thread)
            except Exception as error:  # noqa: BLE001 (told to each who waits, and the next batch may be good)
                _give_up(batch, error)
                continue
            await understood.put((batch, found))

    async def _record(
        self, understood: asyncio.Queue[tuple[Sequence[_Sent], _Understood]], thread: ThreadPoolExecutor
    ) -> None:
        """Record what was understood, and tell each who handed something in."""
        while True:
            batch, found = await understood.get()
            try:
                done, aside = await self._patiently(partial(self._written, found.taken), thread)
            except Exception as error:  # noqa: BLE001 (told to each who waits, and the next batch may be good)
                give_back(found.taken, self._custody)
                _give_up(batch, error)
                continue
            refuse(found.taken, done.refused, self._custody)
            gone = {each.said.stream.removeprefix(PREFIX) for each in done.refused}
            self.readings += found.taken.readings
            self.written += done.written
            refused = Counter(each.code for each in found.taken.problems if each.gravity == "refusal")
            for code, count in (refused - aside).items():
                self.refusals.count(code, count)
            for code, count in aside.items():
                self.put_aside.count(code, count)
            for each, kept in zip(batch, found.kept, strict=True):
                if not each.kept.done():
                    each.kept.set_result(Kept(kept.devices - gone) if gone else kept)

    def _written(self, taken: Taken) -> tuple[Recorded, Counter[str]]:
        """Put aside what is to be, and record what was taken: what was written, and what was put aside, by code."""
        aside: Counter[str] = Counter()
        if taken.later and self._aside is not None:
            left = self._aside.put(taken.later, microseconds(self._custody.log.clock()))
            aside = Counter(each.code for each in taken.later) - Counter(each.code for each in left)
        log = self._custody.log
        return record(taken.said, log, actor=self._actor, origin=self._origin, at_once=MOST_AT_ONCE), aside

    async def _batch(self) -> list[_Sent]:
        """What came in a window, in its order; at once, where as much waits as is recorded in one go."""
        batch = [await self._sent.get()]
        if self._sent.qsize() < MOST_AT_ONCE and self._waiting < MOST_BYTES_AT_ONCE:
            await asyncio.sleep(self._window_s)
        size = len(batch[0].data)
        while len(batch) < MOST_AT_ONCE and size < MOST_BYTES_AT_ONCE and not self._sent.empty():
            batch.append(self._sent.get_nowait())
            size += len(batch[-1].data)
        self._waiting -= size
        return batch

    async def _patiently(self, work: Callable[[], T], thread: ThreadPoolExecutor) -> T:
        """Do something in a thread, again and again while the store does not answer, or others are faster."""
        until, wait = time.monotonic() + self._patience_s, 0.1
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(thread, work)
            except Exception as error:
                passes = is_outage(error) or isinstance(error, ConcurrencyError)
                if not passes or time.monotonic() + wait > until:
                    raise
            await asyncio.sleep(wait)
            wait = min(2 * wait, 0.5)

    def _understood(self, batch: Sequence[_Sent]) -> _Understood:
        """All that is to be recorded of a batch, and what is then told to each who handed something in."""
        kept = [Kept(frozenset())] * len(batch)
        every = Taken()
        try:
            for places, taken in self._read(batch):
                devices = frozenset(each.stream.removeprefix(PREFIX) for each in taken.said)
                for place in places:
                    kept[place] = Kept(devices)
                every.said += taken.said
                every.readings += taken.readings
                every.problems += taken.problems
                if not batch[places[0]].told:
                    every.later += taken.later
        except Exception:
            give_back(every, self._custody)  # all of it is understood anew
            raise
        return _Understood(kept, every)

    def _read(self, batch: Sequence[_Sent]) -> Iterable[tuple[list[int], Taken]]:
        """What is understood of a batch, by what was read together: blocks, plain text, and the rest one by one. What
        is told to who sent it is not read together with what is not."""
        for told in (True, False):
            blocks = [place for place, each in enumerate(batch) if each.told is told and each.form == "block"]
            texts = [place for place, each in enumerate(batch) if each.told is told and each.form == "seal_text"]
            if blocks:
                sent = [batch[place].data for place in blocks]
                yield blocks, of_signed(sent, self._custody, lambda device: True, self._reader)
            if texts:
                together = self._taken("seal_text", b"\n".join(batch[place].data for place in texts))
                # A flood of names from one sender is not to cost another his place.
                if any(each.code == "reading_devices" for each in together.problems):
                    yield from (([place], self._taken("seal_text", batch[place].data)) for place in texts)
                else:
                    yield texts, together
        for place, each in enumerate(batch):
            if each.form not in ("block", "seal_text"):
                yield [place], self._taken(each.form, each.data)

    def _taken(self, form: ReadingForm, data: bytes) -> Taken:
        told = FORMS[form](data, None)
        taken = of_portions(told.portions, self._custody, lambda device: True)
        taken.problems[:0] = told.problems
        return taken


def _give_up(batch: Sequence[_Sent], error: Exception) -> None:
    """Tell each who handed something in that it was not kept."""
    logger.error("readings of seals could not be recorded", exc_info=None if is_outage(error) else error)
    for each in batch:
        if not each.kept.done():
            each.kept.set_exception(NotKeptError())
