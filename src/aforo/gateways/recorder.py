"""Records what came over any transport in a short window in one go, and says to each what of it is durable.

Whoever hands something in waits until it is in the store: that wait is what bounds how much is in memory, since each
transport hands in so much at once and no more. While the store does not answer, what came is tried again; where that
takes too long, who handed it in is told so and acknowledges nothing.

Who sends over a line of his own is told what was not taken, and sends it again. A broker only hands on: what of its
messages may be taken later is put aside, durably, before it is acknowledged to (`log.put_aside`, `retrying`). Where
that cannot be written, what else came is recorded all the same, and only whose messages these are is told so.
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
from aforo.log.put_aside import Later, PutAside
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


class NotPutAsideError(NotKeptError):
    """`later` could not be put aside, and is to be again (`Recorder.put_again`); what else was in the message is
    recorded. It is not to be acknowledged yet."""

    def __init__(self, later: Sequence[Later]) -> None:
        super().__init__()
        self.later = later


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
    #: What of it is to be put aside, with the places in the batch that it was read from.
    later: list[tuple[list[int], list[Later]]]


class _Written(NamedTuple):
    """What was recorded, and what was put aside, by code; None and `why` where nothing could be."""

    recorded: Recorded
    aside: Counter[str] | None
    why: str = ""


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
        #: By what the file that they were to be put aside in answered.
        self.not_put_aside = Counts("messages of seals could not be put aside, and are not acknowledged")
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

        Raises NotKeptError; NotPutAsideError where it is all recorded but for what is to be put aside.
        """
        await self._hand_in(form, data, told=False)

    async def put_again(self, later: Sequence[Later]) -> bool:
        """Put aside what could not be; whether it is now, or found no room."""
        aside, _ = await asyncio.to_thread(self._put, later)
        if aside is not None:
            self._count(Counter(each.code for each in later), aside)
        return aside is not None

    def refuse(self, later: Sequence[Later]) -> None:
        """What was to be put aside is not: it is counted as refused."""
        self._count(Counter(each.code for each in later), Counter())

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
            self.not_put_aside.tell()

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
                done, aside, why = await self._patiently(partial(self._written, found.taken), thread)
            except Exception as error:  # noqa: BLE001 (told to each who waits, and the next batch may be good)
                give_back(found.taken, self._custody)
                _give_up(batch, error)
                continue
            refuse(found.taken, done.refused, self._custody)
            gone = {each.said.stream.removeprefix(PREFIX) for each in done.refused}
            self.readings += found.taken.readings
            self.written += done.written
            refused = Counter(each.code for each in found.taken.problems if each.gravity == "refusal")
            unkept: dict[int, list[Later]] = {}
            if aside is None:
                unkept = _by_place(batch, found.later)
                self.not_put_aside.count(why, len(found.taken.later))
                refused -= Counter(each.code for each in found.taken.later)
            self._count(refused, aside or Counter())
            for place, (each, kept) in enumerate(zip(batch, found.kept, strict=True)):
                if each.kept.done():
                    continue
                if place in unkept:
                    each.kept.set_exception(NotPutAsideError(unkept[place]))
                else:
                    each.kept.set_result(Kept(kept.devices - gone) if gone else kept)

    def _count(self, refused: Counter[str], aside: Counter[str]) -> None:
        """Count what was not taken, by code, and what of that was put aside."""
        for code, count in (refused - aside).items():
            self.refusals.count(code, count)
        for code, count in aside.items():
            self.put_aside.count(code, count)

    def _written(self, taken: Taken) -> _Written:
        """Record what was taken, and put aside what is to be: behind it, since that may fail by itself."""
        log = self._custody.log
        recorded = record(taken.said, log, actor=self._actor, origin=self._origin, at_once=MOST_AT_ONCE)
        return _Written(recorded, *self._put(taken.later))

    def _put(self, later: Sequence[Later]) -> tuple[Counter[str] | None, str]:
        """Put aside: how many found room, by code; None and why where none could be."""
        if not later or self._aside is None:
            return Counter(), ""
        try:
            left = self._aside.put(later, microseconds(self._custody.log.clock()))
        except Exception as error:
            # What came with it is recorded, whatever is wrong with the file.
            if is_outage(error):
                return None, str(error)
            logger.exception("messages of seals could not be put aside")
            return None, type(error).__name__
        return Counter(each.code for each in later) - Counter(each.code for each in left), ""

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
        every, later = Taken(), list[tuple[list[int], list[Later]]]()
        try:
            for places, taken in self._read(batch):
                devices = frozenset(each.stream.removeprefix(PREFIX) for each in taken.said)
                for place in places:
                    kept[place] = Kept(devices)
                every.said += taken.said
                every.readings += taken.readings
                every.problems += taken.problems
                if taken.later and not batch[places[0]].told:
                    every.later += taken.later
                    later.append((places, taken.later))
        except Exception:
            give_back(every, self._custody)  # all of it is understood anew
            raise
        return _Understood(kept, every, later)

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


def _by_place(batch: Sequence[_Sent], later: Sequence[tuple[list[int], list[Later]]]) -> dict[int, list[Later]]:
    """What is to be put aside of each of a batch that has any. Of plain text that was read together, all lines of a
    device in one moment are one: each whose lines are in it waits for it."""
    found: dict[int, list[Later]] = {}
    for places, every in later:
        for place in places:
            each, own = batch[place], every
            if each.form == "block":
                own = [one for one in every if one.raw == each.data]
            elif len(places) > 1:
                read = FORMS[each.form](each.data, None)
                devices = {portion.device for portion in read.portions if len(portion.readings)}
                own = [one for one in every if one.device in devices]
            if own:
                found[place] = own
    return found


def _give_up(batch: Sequence[_Sent], error: Exception) -> None:
    """Tell each who handed something in that it was not kept."""
    logger.error("readings of seals could not be recorded", exc_info=None if is_outage(error) else error)
    for each in batch:
        if not each.kept.done():
            each.kept.set_exception(NotKeptError())
