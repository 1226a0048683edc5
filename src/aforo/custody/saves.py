"""What a response to a cause can still save: what people are asked about is ordered by it."""

from __future__ import annotations

from aforo.custody.cause import Cause
from aforo.custody.limits import Limits


def saves(cause: Cause, now: int, limits: Limits) -> float:
    """What a response to a cause can still save at `now`, a share from 0 to 1, by the document's assumed figures.

    `share · 2^(−age / halves)`, where the age is counted from when it began at the latest; a part (`ended`) of that
    once it is over. It orders causes, and is no forecast.
    """
    own = limits.saves.of(cause.kind)
    age = max(0, now - min(cause.latest, cause.since)) / 60e6
    left = own.share * 2.0 ** -(age / own.halves)
    return float(left * (limits.saves.ended.share if cause.until <= now else 1.0))
