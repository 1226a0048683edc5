"""The decision lock of a log: its holder decides, and no other process records events that decisions follow from.

A node keeps a state that follows from the log: the memory of entities, the price of the rate, the passages of each day.
A second server on the same log has such a state too. The holder first brings its state up to the log, then decides,
then records; no event of DECISIVE types comes between. Decisions of several servers are therefore those of one server
that takes the same messages in the same order.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from aforo.domain.event import (
    Arrived,
    ArtefactPromoted,
    AtYard,
    Decided,
    Examined,
    Filed,
    LotteryCommitted,
    LotteryRevealed,
    Moved,
    Passed,
)

#: The events that the state of a node follows from: `Log.append` records them under the decision lock.
DECISIVE: frozenset[str] = frozenset(
    each.TYPE
    for each in (
        Filed, Decided, Moved, Passed, Examined, Arrived, AtYard, LotteryCommitted, LotteryRevealed, ArtefactPromoted,
    )
)  # fmt: skip
#: Seconds that a process waits for the holder of the lock; a batch takes less than one.
PATIENCE_S = 15.0


class DecisionLockedError(Exception):
    """Another process has held the decision lock, or an append has lasted, for too long: it hangs, or has much to
    decide."""

    def __init__(self) -> None:
        super().__init__(f"another process has kept this log from being decided on for {PATIENCE_S:.0f} seconds")


class Tenure:
    """The time in which the lock is held. `begins` is a position that no event has gone beyond that was committed when
    the lock was taken; `ends`, known afterwards, that of the last event when it was given back."""

    def __init__(self, begins: int) -> None:
        self.begins = self.ends = begins


class DecisionLock(ABC):
    """See the module. Threads of one process take turns; a thread that holds the lock may take it again."""

    def __init__(self) -> None:
        self._mutex = threading.RLock()
        self._depth = 0
        self._holder = 0
        self._tenure = Tenure(0)
        #: Whether this process keeps the lock for as long as it runs: then every thread of it may decide.
        self.kept = False

    @property
    def held_here(self) -> bool:
        """Whether this thread holds the lock, or its process keeps it."""
        return self.kept or self._holder == threading.get_ident()

    def hold_for(self, types: Collection[str]) -> AbstractContextManager[object]:
        """Hold the lock for the block, if events of these types are recorded under it; see `hold`."""
        return nullcontext() if DECISIVE.isdisjoint(types) else self.hold()

    @contextmanager
    def hold(self) -> Iterator[Tenure]:
        """Hold the lock for the block. Raises DecisionLockedError, and what the database raises."""
        if self.kept:
            yield self._tenure
            return
        with self._mutex:
            if not self._depth:
                self._tenure = Tenure(self._take())
                self._holder = threading.get_ident()
            self._depth += 1
            tenure = self._tenure
            try:
                yield tenure
            finally:
                self._depth -= 1
                if not self._depth:
                    self._holder = 0
                    tenure.ends = self._give_back()

    @contextmanager
    def keep(self) -> Iterator[None]:
        """Hold the lock for the block, for all threads of this process."""
        with self._mutex:
            self._tenure = Tenure(self._take())
            self.kept = True
        try:
            yield
        finally:
            with self._mutex:
                self.kept = False
                self._give_back()

    @abstractmethod
    def close(self) -> None:
        """Give up what the lock needs of the system; a lock that is held ends with it."""

    @abstractmethod
    def _take(self) -> int:
        """Keep other processes out, and look how far the log goes then. Raises DecisionLockedError."""

    @abstractmethod
    def _give_back(self) -> int:
        """Let other processes in; the position of the last event before that."""
