"""Batches written up and recorded behind the deciding of the next: two threads more, each batch in its turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import TracebackType

import polars as pl

from aforo.domain.credential import current_credential, set_credential
from aforo.flow.journey import Screened, Settled, record, write_up
from aforo.flow.node import Node
from aforo.flow.told import new_lines, repeated_lines

#: Batches that may be in hand while the next is decided: one is written up, one waits, one is recorded.
_IN_HAND = 3


class Writing:
    """What follows the deciding of a batch, done in the background and in order.

    `answer` is called with a batch and its lines once all that they say is durable. Where a batch cannot be recorded,
    none behind it is, and its error is raised by the next call or on leaving: the price and the memory that decided
    the others had taken it in.
    """

    def __init__(self, node: Node, source: str, answer: Callable[[Screened, list[str]], None]) -> None:
        self._node, self._source, self._answer = node, source, answer
        act_by = partial(ThreadPoolExecutor, 1, initializer=set_credential, initargs=(current_credential(),))
        self._clerk, self._recorder = act_by(), act_by()
        self._in_hand: deque[tuple[frozenset[str], Future[None]]] = deque()
        self._stopped = False

    def ready(self, crossings: Sequence[str]) -> None:
        """Wait until no batch in hand has one of these crossings: its events are in the log then."""
        last = max((place for place, (own, _) in enumerate(self._in_hand) if not own.isdisjoint(crossings)), default=-1)
        self._wait(last + 1)

    def put(self, settled: Settled, table: pl.DataFrame) -> None:
        """Take one more batch; waits while too many are in hand."""
        self._wait(len(self._in_hand) - _IN_HAND + 1)
        written_up = self._clerk.submit(self._write_up, settled)
        recorded = self._recorder.submit(self._record, written_up, table)
        self._in_hand.append((frozenset(settled.batch.names), recorded))

    def __enter__(self) -> Writing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is in hand, also where something else stopped the block; interrupted in that, end with the
        batch that is being recorded."""
        try:
            self._clerk.shutdown()
            self._recorder.shutdown()
        except BaseException:
            self._stopped = True
            self._recorder.shutdown()
            raise
        if error is None:
            self._wait(len(self._in_hand))

    def _wait(self, batches: int) -> None:
        """Until the first so many of those in hand are recorded."""
        for _ in range(batches):
            self._in_hand.popleft()[1].result()

    def _write_up(self, settled: Settled) -> tuple[Screened, list[str]]:
        screened = write_up(settled, self._node, self._source)
        return screened, new_lines(screened, self._node)

    def _record(self, written_up: Future[tuple[Screened, list[str]]], table: pl.DataFrame) -> None:
        if self._stopped:
            return
        try:
            screened, lines = written_up.result()
            record(screened, self._node)
            self._answer(screened, lines + repeated_lines(screened, table, self._node))
        except BaseException:
            self._stopped = True
            raise
