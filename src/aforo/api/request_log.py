"""The log of requests: one line each, at warning where it failed and at info else, never with what was sent.

Refusals that say no more than "later" come by the thousand when too much comes: so many lines a second are written, and
the next one says how many were left out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from aforo.api.watch import Exchange, Watcher

logger = logging.getLogger("aforo.requests")
#: Lines a second of requests that failed, over time.
MOST_FAILED = 20.0


class RequestLog(Watcher):
    """See the module. With `every`, requests that went well are lines too."""

    def __init__(self, *, every: bool = False, now: Callable[[], float] = time.monotonic) -> None:
        self._every = every
        self._now = now
        self._left, self._last = MOST_FAILED, now()
        self._unwritten = 0

    def ended(self, exchange: Exchange) -> None:
        if exchange.status < 400 and exchange.status:
            if self._every:
                logger.info("request", extra=_fields(exchange))
            return
        now = self._now()
        self._left = min(MOST_FAILED, self._left + (now - self._last) * MOST_FAILED)
        self._last = now
        if self._left < 1:
            self._unwritten += 1
            return
        self._left -= 1
        more = {"unwritten": self._unwritten} if self._unwritten else {}
        self._unwritten = 0
        level = logging.ERROR if exchange.status >= 500 and exchange.status != 503 else logging.WARNING
        logger.log(level, "request", extra=_fields(exchange) | more)


def _fields(exchange: Exchange) -> dict[str, object]:
    return {
        "request": exchange.id,
        "method": exchange.method,
        "route": exchange.route or "-",
        "status": exchange.status,
        "ms": round(exchange.seconds * 1000, 1),
        "token": exchange.token,
        "role": exchange.role,
        "policy": exchange.policy,
        "problem": exchange.problem,
    }
