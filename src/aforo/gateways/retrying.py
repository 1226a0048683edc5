"""What was put aside is tried again, once what kept it from being taken may be over, and at the next start.

Every RETRY_S it is asked of whom something waits, and whether the device is registered now, may send again, or whether
the keys of who signed are others than when it was tried last. What is taken then is recorded as anything else is, and
forgotten afterwards: who is killed between the two records the same block again, which is the one that stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from aforo.domain.clock import instant, microseconds
from aforo.domain.event import Origin
from aforo.flow.custody import Custody
from aforo.flow.seal_blocks import FORMS, Taken, give_back, keys_of, of_portions, of_signed, refuse
from aforo.flow.telemetry import record
from aforo.gateways.broker import KEPT_S
from aforo.gateways.recorder import Counts
from aforo.log.outage import is_outage
from aforo.log.put_aside import Aside, PutAside, Waits
from aforo.log.store import ConcurrencyError

logger = logging.getLogger("aforo.gateways")

#: Seconds between two looks at what waits.
RETRY_S = 15.0
#: Seconds for which a message waits, from when it first came: as long as a broker is asked to keep one.
WAITS_S = KEPT_S
_S = 1_000_000


@dataclass
class _Done:
    """What became of some messages: events that were written, and what was refused for good, by code."""

    written: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Retrying:
    """See the module; `run` has to run in the loop that `refusals` are counted in."""

    def __init__(
        self, custody: Custody, aside: PutAside, refusals: Counts, *, actor: str, origin: Origin = "live",
        every_s: float = RETRY_S,
    ) -> None:  # fmt: skip
        self._custody, self._aside, self._refusals = custody, aside, refusals
        self._actor, self._origin, self._every_s = actor, origin, every_s
        #: Of what was signed for a device, by who signed it and why it waits: the keys that it was tried with last, and
        #: the last message that was tried.
        self._tried: dict[tuple[str, str, str], tuple[tuple[tuple[str, int], ...], int]] = {}
        #: Blocks that were written of what had been put aside.
        self.written = 0

    async def run(self) -> None:
        """Try again and again until cancelled."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "seal-retrying") as thread:
            while True:
                before, due = self.written, list[Waits]()
                with self._passed():
                    due = await loop.run_in_executor(thread, self._due)
                for whose in due:
                    with self._passed():  # others' may be good
                        parts = self._tries(whose)
                        while (done := await loop.run_in_executor(thread, next, parts, None)) is not None:
                            self.written += done.written
                            self._count(done.refused)
                if self.written > before:
                    logger.info("blocks of what was put aside were recorded: %s", f"{self.written - before:,}")
                with self._passed():
                    # What nobody was here to try until it was too old was tried once more.
                    old = await loop.run_in_executor(thread, self._aside.forget_older, self._now() - WAITS_S * _S)
                    self._count(Counter(waited_too_long=old.total()))
                await asyncio.sleep(self._every_s)

    @contextmanager
    def _passed(self) -> Iterator[None]:
        """What goes wrong is told, unless the store does not answer, and all of it is tried at the next look."""
        try:
            yield
        except Exception as error:
            self._tried.clear()
            if not (is_outage(error) or isinstance(error, ConcurrencyError)):
                logger.exception("what was put aside could not be tried again")

    def _count(self, refused: Counter[str]) -> None:
        for code, count in refused.items():
            if count:
                self._refusals.count(code, count)

    def _now(self) -> int:
        return microseconds(self._custody.log.clock())

    def _due(self) -> list[Waits]:
        """Those of whom something waits that may be taken by now."""
        waits = self._aside.waits()
        known = self._custody.known({name for each in waits for name in (each.device, each.signer)})
        due: list[Waits] = []
        tried: dict[tuple[str, str, str], tuple[tuple[tuple[str, int], ...], int]] = {}
        for each in waits:
            device = known.get(each.device)
            if device is None or device.retired:
                continue
            if each.code == "device_too_often":
                if not self._custody.admission.refuses(each.device):
                    due.append(each)
            elif each.code == "device_unknown":
                due.append(each)
            else:
                own = each.device, each.signer, each.code
                # What came since may have been read when the keys were still others.
                tried[own] = keys_of(each.device, each.signer, known), each.newest
                if tried[own] != self._tried.get(own):
                    due.append(each)
        self._tried = tried
        return due

    def _tries(self, whose: Waits) -> Iterator[_Done]:
        """Try what waits so, a part at a time; what became of each part."""
        after = 0
        while messages := self._aside.of(whose, after):
            after = messages[-1].id
            yield self._try(messages)
            if whose.code == "device_too_often" and self._custody.admission.refuses(whose.device):
                return

    def _try(self, messages: list[Aside]) -> _Done:
        every, done = Taken(), _Done()
        over: list[int] = []
        still: list[tuple[int, str]] = []
        try:
            for each in messages:
                taken = self._taken(each)
                every.said += [replace(said, reported_at=instant(each.came_at)) for said in taken.said]
                if taken.said or not taken.later:
                    over.append(each.id)
                    if not taken.said:
                        done.refused.update(own.code for own in taken.problems if own.gravity == "refusal")
                elif taken.later[0].code != each.what.code:
                    still.append((each.id, taken.later[0].code))
            recorded = record(every.said, self._custody.log, actor=self._actor, origin=self._origin)
        except Exception:
            give_back(every, self._custody)
            raise
        refuse(every, recorded.refused, self._custody)
        done.written = recorded.written
        done.refused.update(each.code for each in every.problems)
        self._aside.settle(over, still)
        return done

    def _taken(self, aside: Aside) -> Taken:
        what = aside.what
        if what.form == "block":
            return of_signed([what.raw], self._custody, lambda device: True)
        return of_portions(FORMS[what.form](what.raw, None).portions, self._custody, lambda device: True)
