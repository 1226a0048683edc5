"""Room for trials: who tries messages out keeps nobody waiting who files, or who stands at a booth.

Trials have threads of their own. One filer has one of them at a time, by whatever token, and all filers together two:
who asks for more is told so at once, since a trial that waited would wait for nothing but another.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
#: Trials that run at a time, of all filers.
MOST_AT_A_TIME = 2


class TrialsBusyError(Exception):
    """This filer's last trial is not done yet, or as many of others run as may."""


class Trials:
    """The trials of one server that run now."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(MOST_AT_A_TIME, thread_name_prefix="trial")
        self._lock = threading.Lock()
        self._running: set[str] = set()

    async def run(self, filer: str, trial: Callable[[], T]) -> T:
        """What a filer's trial comes to. Raises TrialsBusyError, and what the trial raises."""
        with self._lock:
            if filer in self._running or len(self._running) >= MOST_AT_A_TIME:
                raise TrialsBusyError
            self._running.add(filer)
        future = self._pool.submit(trial)

        def leave(_: Future[T]) -> None:
            with self._lock:
                self._running.discard(filer)

        # When the work is done, and not when its asker goes: who hangs up and asks again would have many run.
        future.add_done_callback(leave)
        return await asyncio.wrap_future(future)
