"""Passwords compared beside the event loop, few at once: each takes 19 MiB and some 30 ms of a core."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from aforo.api.problems import ProblemError
from aforo.log import passwords

T = TypeVar("T")
#: How many are hashed at once, and how many more may wait.
AT_ONCE, WAITING = 2, 32


class Hashing:
    """The threads that hash."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, "passwords")
        self._taken = 0

    async def matches(self, password: str, kept: str | None) -> bool:
        """As `passwords.matches`. Raises ProblemError where too many wait."""
        return await self._run(lambda: passwords.matches(password, kept))

    async def hashed(self, password: str) -> str:
        """As `passwords.hashed`. Raises ProblemError where too many wait."""
        return await self._run(lambda: passwords.hashed(password))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._taken >= AT_ONCE + WAITING:
            raise ProblemError("busy", 503, retry_after=2)
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._taken -= 1
