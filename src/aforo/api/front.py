"""What the routes work with: the desk, who may do what, and how an answer comes back into the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TypeVar

from aforo.api.access import Access
from aforo.api.backup_making import Backups
from aforo.api.body_limits import HEAVY_BYTES
from aforo.api.counters import Counters
from aforo.api.desk import Desk, DeskClosedError, Results, hand_out
from aforo.api.live_topics import Ticking
from aforo.api.people import People
from aforo.api.problems import ProblemError
from aforo.api.readiness import Readiness
from aforo.flow.delivering import Ways
from aforo.flow.node import Node
from aforo.flow.own_filings import OwnFilings
from aforo.flow.posts import Posts
from aforo.flow.receiving import Message
from aforo.flow.reply import Reply
from aforo.log.cosignature import WitnessKey
from aforo.trials.plans.planner import Planner

T = TypeVar("T")
#: Seconds after which a sender is told to ask again; what was sent stays filed, or is filed later.
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Front:
    """The parts that routes share. `ways` are those in which answers go out."""

    desk: Desk
    access: Access
    ways: Ways = field(default_factory=Ways)
    #: How the node stands, and what is counted of its work, where that is to be told.
    readiness: Readiness | None = None
    counters: Counters | None = None
    #: Where backups of the record are put, and how carriers find their own filings, where these are kept.
    backups: Backups | None = None
    own_filings: OwnFilings | None = None
    #: The clock of a node that goes at a speed of its own, as the demo's does, for the live stream to tell of.
    clock: Callable[[], Ticking] | None = None
    #: What is kept up for booths, docks and edges.
    posts: Posts = field(default_factory=Posts)
    #: Runs plans, where the server does.
    planner: Planner | None = None
    #: Those who cosign the log's checkpoints.
    witnesses: Sequence[WitnessKey] = ()
    #: The thread in which heavy bodies are read, one at a time: they take none from those who look something up.
    bulk: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="bulk"))

    @property
    def people(self) -> People | None:
        """Those who may sign in, where anybody may."""
        return self.access.people

    @property
    def synthetic(self) -> bool:
        """Whether all that the node records is synthetic."""
        node = self.desk.node
        return node is not None and "synthetic" in (node.origin, node.log.marks)

    def connect(self) -> None:
        """Have the desk carry answers into the running loop, those of a batch at once."""
        loop = asyncio.get_running_loop()

        def carry(results: Results) -> None:
            # Who waits in a thread, as a watched folder does, needs no loop, and may outlive it.
            hand_out([each for each in results if isinstance(each[0], Future)])
            waiting = [each for each in results if not isinstance(each[0], Future)]
            if waiting:
                loop.call_soon_threadsafe(hand_out, waiting)

        self.desk.hand_out = carry

    async def file(self, message: Message) -> Reply:
        """The reply to a message, once it is durable. Raises DeskFullError, ProblemError, and what `receive` tells."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.desk.put(message, future)
        try:
            async with asyncio.timeout(PATIENCE_S) as patience:
                return await future
        except TimeoutError:
            if not patience.expired():
                raise
            raise ProblemError("still_working", 503, retry_after=10) from None

    async def do(self, run: Callable[[Node], T]) -> T:
        """Something done by the desk, between two batches."""
        return await asyncio.wrap_future(self.desk.do(run))

    async def read(self, look: Callable[[Node], T]) -> T:
        """Something looked up in the log, beside the desk. Raises DeskClosedError where there is no node now."""
        node = self.desk.node
        if node is None:
            raise DeskClosedError(5)
        return await asyncio.to_thread(look, node)

    async def read_body(self, size: int, look: Callable[[Node], T]) -> T:
        """As `read`, of what is read out of a body of so many bytes."""
        node = self.desk.node
        if node is None:
            raise DeskClosedError(5)
        if size <= HEAVY_BYTES:
            return await asyncio.to_thread(look, node)
        context = copy_context()
        return await asyncio.get_running_loop().run_in_executor(self.bulk, lambda: context.run(look, node))
