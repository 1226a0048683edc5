"""How often somebody may send: so many messages a second over time, and so many at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Messages a second over time, and at once."""

    per_second: float
    burst: float


class Allowances:
    """What each of many may still send. Who has not sent for long is forgotten, since he has all of it again."""

    #: Senders that are remembered before those are looked for who may be forgotten.
    FEW = 10_000

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._left: dict[str, tuple[float, float]] = {}
        self._clean_at = self.FEW

    def __len__(self) -> int:
        return len(self._left)

    def take(self, sender: str, now: float, count: int = 1) -> bool:
        """Whether a sender may send `count` more at an instant, in seconds; they are then counted. Who may send one may
        send several: what is beyond his pace he owes."""
        left = self._at(sender, now)
        may = left >= 1
        self._left[sender] = (left - may * count, now)
        if len(self._left) > self._clean_at:
            self._forget(now)
        return may

    def give_back(self, sender: str, now: float, count: int) -> None:
        """What was counted of a sender is not, after all."""
        self._left[sender] = (min(self._pace.burst, self._at(sender, now) + count), now)

    def spent(self, sender: str, now: float) -> bool:
        """Whether a sender may send nothing at an instant; nothing is counted."""
        return self._at(sender, now) < 1

    def _at(self, sender: str, now: float) -> float:
        left, at = self._left.get(sender, (self._pace.burst, now))
        return min(self._pace.burst, left + (now - at) * self._pace.per_second)

    def _forget(self, now: float) -> None:
        pace = self._pace
        self._left = {
            sender: (left, at)
            for sender, (left, at) in self._left.items()
            if left + (now - at) * pace.per_second < pace.burst
        }
        # Twice as many before it is looked at again, so that a flood of names does not cost a look a message.
        self._clean_at = max(self.FEW, 2 * len(self._left))


class Slowing:
    """How long one sender has to wait before more of what he sends is read."""

    def __init__(self, pace: Pace, now: float) -> None:
        self._pace, self._left, self._at = pace, pace.burst, now

    def wait(self, count: int, now: float) -> float:
        """Seconds to wait after `count` more at an instant; 0 where they are within the pace."""
        self._left = min(self._pace.burst, self._left + (now - self._at) * self._pace.per_second) - count
        self._at = now
        return max(0.0, -self._left / self._pace.per_second)
