"""Batches written up and recorded behind the deciding of the next: two threads more, each batch in its turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import polars as pl

from aforo.flow.journey import Screened, Settled, record, write_up
from aforo.flow.node import Node
from aforo.flow.told import lines_of

#: Batches that may wait while the next is decided: one is written up, one is recorded.
_IN_HAND = 2


class Writing:
    """What follows the deciding of a batch, done in the background and in order.

    `answer` is called with a batch and its lines once all that they say is durable. Where a batch cannot be recorded,
    none behind it is, and its error is raised by the next `put` or on leaving: the price and the memory that decided
    the others had taken it in.
    """

    def __init__(self, node: Node, source: str, answer: Callable[[Screened, list[str]], None]) -> None:
        self._node, self._source, self._answer = node, source, answer
        self._clerk, self._recorder = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._in_hand: deque[Future[None]] = deque()
        self._failed = False

    def put(self, settled: Settled, table: pl.DataFrame) -> None:
        """Take one more batch; waits while too many are in hand."""
        while len(self._in_hand) > _IN_HAND:
            self._in_hand.popleft().result()
        written_up = self._clerk.submit(self._write_up, settled, table)
        self._in_hand.append(self._recorder.submit(self._record, written_up))

    def __enter__(self) -> Writing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is in hand; what stops the block meanwhile stops none of it."""
        self._clerk.shutdown()
        self._recorder.shutdown()
        if error is None:
            for each in self._in_hand:
                each.result()

    def _write_up(self, settled: Settled, table: pl.DataFrame) -> tuple[Screened, list[str]]:
        screened = write_up(settled, self._node, self._source)
        return screened, lines_of(screened, table, self._node)

    def _record(self, written_up: Future[tuple[Screened, list[str]]]) -> None:
        if self._failed:
            return
        try:
            screened, lines = written_up.result()
            record(screened, self._node)
            self._answer(screened, lines)
        except BaseException:
            self._failed = True
            raise
