"""Whose a token or a session is, by its text: remembered for a moment, and looked up beside the event loop.

The key store is read by a thread of its own, so that neither a store that is slow nor texts that somebody made up hold
up who is known. What is asked for while it reads is looked up together next. Only what was found is remembered: made-up
texts take no room from it, and a token works as soon as it is issued.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: Seconds for which a token that was looked up is believed: a revocation holds after that.
BELIEVED_S = 2.0


class Kept(Protocol[T_co]):
    """What is looked up in: tokens, or sessions."""

    def find_all(self, texts: Iterable[str]) -> Mapping[str, T_co]: ...


class Bearers(Generic[T]):
    """The tokens, or sessions, of a key store as one event loop asks for them."""

    def __init__(self, tokens: Kept[T], now: Callable[[], float] = time.monotonic) -> None:
        self._tokens = tokens
        self._now = now
        self._known: dict[str, tuple[float, T]] = {}
        #: What is to be looked up next; and the task that does so, while there is one.
        self._asked: dict[str, asyncio.Future[T | None]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._reader = ThreadPoolExecutor(1, "tokens")

    def forget(self, text: str) -> None:
        """Look up a text anew when it is asked for next: something was done to what it names."""
        self._known.pop(text, None)

    def forget_all(self) -> None:
        """As `forget`, of every text."""
        self._known.clear()

    async def find(self, text: str) -> T | None:
        """The token of a text, good or not; None where there is none. Raises sqlite3.Error."""
        known = self._known.get(text)
        if known is not None and self._now() - known[0] < BELIEVED_S:
            return known[1]
        loop = asyncio.get_running_loop()
        asked = self._asked.setdefault(text, loop.create_future())
        if self._looking is None:
            self._looking = loop.create_task(self._look())
        # Others may wait for the same: who leaves takes it from none of them.
        return await asyncio.shield(asked)

    async def _look(self) -> None:
        """Look up what was asked for, until nothing is."""
        loop = asyncio.get_running_loop()
        try:
            while self._asked:
                asked, self._asked = self._asked, {}
                began = self._now()
                try:
                    found = await loop.run_in_executor(self._reader, self._tokens.find_all, list(asked))
                except Exception as failure:  # noqa: BLE001 (it is told to each who asked)
                    for each in asked.values():
                        each.set_exception(failure)
                    continue
                for text, each in asked.items():
                    token = found.get(text)
                    if token is None:
                        self._known.pop(text, None)
                    else:
                        self._known[text] = began, token
                    each.set_result(token)
        finally:
            self._looking = None
