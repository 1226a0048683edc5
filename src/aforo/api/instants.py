"""Instants in queries."""

from __future__ import annotations

from datetime import UTC, datetime

from aforo.api.problems import ProblemError

#: Before the first nothing was recorded, and behind the last the calendar ends: what is reckoned from an instant is to
#: be one as well.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def told(at: datetime | None) -> datetime | None:
    """An instant that a query tells, or does not. Raises ProblemError for one without its offset from UTC, and for one
    of which nothing can be known."""
    if at is not None and (at.tzinfo is None or not _FIRST <= at < _LAST):
        raise ProblemError("bad_request", 400)
    return at
