"""What those see who watch a node: requests and batches, with nothing in them of what was sent or answered.

Counters, traces and the log of requests are watchers (modules `counters`, `traces`, `request_log`). A watcher that
fails is told of once and harms nothing.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field

from aforo.flow.course import Course
from aforo.flow.reply import Reply

logger = logging.getLogger("aforo.api")


@dataclass(slots=True)
class Exchange:
    """One request and its answer. Times are of `time.perf_counter_ns`; `route` is the pattern of the path, empty where
    no route was met; `token` is the token's identifier; `policy` the one that decided; `problem` the code of the
    problem that was answered. `trace` is whatever a watcher keeps of it."""

    method: str
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    began: int = field(default_factory=time.perf_counter_ns)
    ended: int = 0
    route: str = ""
    status: int = 0
    token: str = ""
    role: str = ""
    policy: str = ""
    problem: str = ""
    trace: object = None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended - self.began) / 1e9


#: The exchange that the running task, or what it called, is a part of.
current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


@dataclass(slots=True)
class Waited:
    """One message of a batch: when it came, when it was taken, its answer, and the exchange it came in."""

    came: int
    taken: int
    reply: Reply
    exchange: Exchange | None


class Watcher:
    """Who is told. This one looks away."""

    def began(self, exchange: Exchange) -> None:
        """A request has come; called in the event loop, as is `ended`."""

    def ended(self, exchange: Exchange) -> None:
        """Its answer has gone."""

    def filed(self, batch: Sequence[Waited], course: Course) -> None:
        """A batch was filed; called in the desk's thread, after the answers were handed out."""


class Watchers(Watcher):
    """Several watchers as one."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = list(watchers)
        self._failed: set[int] = set()

    def began(self, exchange: Exchange) -> None:
        for each in self._watchers:
            try:
                each.began(exchange)
            except Exception as failure:  # noqa: BLE001 (who looks on must not harm)
                self._tell(each, failure)

    def ended(self, exchange: Exchange) -> None:
        for each in self._watchers:
            try:
                each.ended(exchange)
            except Exception as failure:  # noqa: BLE001 (as above)
                self._tell(each, failure)

    def filed(self, batch: Sequence[Waited], course: Course) -> None:
        for each in self._watchers:
            try:
                each.filed(batch, course)
            except Exception as failure:  # noqa: BLE001 (as above)
                self._tell(each, failure)

    def _tell(self, watcher: Watcher, failure: Exception) -> None:
        if id(watcher) not in self._failed:
            self._failed.add(id(watcher))
            logger.error("%s fails: %s", type(watcher).__name__, type(failure).__name__)
