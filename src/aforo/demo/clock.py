"""The demonstration's clock: it stands still until it is moved, and it only goes forward."""

from __future__ import annotations

from datetime import datetime


class ForwardClock:
    """A clock in the hand of the demonstration; the log and the decisions take their time from it."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def forward(self, to: datetime) -> None:
        """Move to an instant. Raises ValueError for one that has passed."""
        if to < self._now:
            raise ValueError(f"the clock only goes forward: {to.isoformat()} is before {self._now.isoformat()}")
        self._now = to
