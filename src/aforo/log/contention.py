"""Doing again what another process was faster to write, with what the log says by then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from aforo.log.store import ConcurrencyError

T = TypeVar("T")
#: How often something is tried; each time somebody else has got further.
ATTEMPTS = 5


def retried(step: Callable[[], T]) -> T:
    """What `step` gives, which reads the log and then appends once; where another process was faster it is done anew,
    ATTEMPTS times at most. Raises ConcurrencyError."""
    for _ in range(ATTEMPTS - 1):
        try:
            return step()
        except ConcurrencyError:
            continue
    return step()
