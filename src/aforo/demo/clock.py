"""The demonstrations' clocks: they stand still until they are moved, and they only go forward."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta


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


#: How fast time may pass: so many times as fast as the machine's.
SLOWEST, FASTEST = 1.0, 600.0
#: Seconds of the machine's over which the attained speed is taken, and that may be caught up with at most.
_LOOKS_BACK_S, _LAGS_S = 5.0, 1.0
#: How far one jump goes at most.
FURTHEST = timedelta(hours=24)


class PacedClock(ForwardClock):
    """A clock that goes at a speed, is paused, and is hurried to a later instant; it never goes back.

    It does not move by itself: whoever plays the world moves it, up to `reach` at most, which is where the asked speed
    lets it be by now. Who cannot keep up falls behind, and what was missed is not caught up with: so the speed that is
    attained may be below the one that was asked for. Safe to share between threads.
    """

    def __init__(self, start: datetime, speed: float = SLOWEST, machine: Callable[[], float] = time.monotonic) -> None:
        """`machine` gives the machine's seconds."""
        super().__init__(start)
        self._machine = machine
        self._lock = threading.Lock()
        self._speed, self._paused = self._checked(speed), False
        self._hurries_from: datetime | None = None
        self._hurries_to: datetime | None = None
        self._from, self._since = start, machine()
        self._seen: deque[tuple[float, datetime]] = deque([(self._since, start)])

    def begin(self, at: datetime) -> None:
        """Begin at an instant, as where a log ends: it was not moved yet. Raises ValueError for one that has passed."""
        with self._lock:
            super().forward(at)
            self._begin_here()

    @property
    def speed(self) -> float:
        """The speed that was asked for; it says nothing while the clock is paused or hurries."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused

    @property
    def hurries_to(self) -> datetime | None:
        """The instant that it was told to jump to and has not reached yet."""
        return self._hurries_to

    @property
    def hurries_from(self) -> datetime | None:
        """Where it was when it was told to jump, as long as it hurries."""
        return self._hurries_from

    @property
    def attained(self) -> float:
        """How many times as fast as the machine's it went over the last seconds."""
        with self._lock:
            now = self._machine()
            self._forget(now)
            since, at = self._seen[0]
            measured = (self._now - at).total_seconds() / (now - since) if now > since else 0.0
            # What lagged for less than a second is caught up with: that is no higher speed than was asked for.
            return measured if self._hurries_to is not None else min(measured, self._speed)

    def run(self, speed: float) -> None:
        """Go at a speed from now on, paused or not. Raises ValueError for one that is out of range."""
        with self._lock:
            self._speed = self._checked(speed)
            self._begin_here()

    def pause(self, paused: bool) -> None:
        """Stand still, or go on. Who is told to stand still gives up a jump that is not over."""
        with self._lock:
            self._paused = paused
            if paused:
                self._arrive()
            else:
                self._begin_here()

    def jump(self, by: timedelta) -> None:
        """Hurry to an instant so far ahead, as fast as the world can be played; nothing in between is left out.

        Raises ValueError for a jump back, or one beyond `FURTHEST`.
        """
        if not timedelta() < by <= FURTHEST:
            raise ValueError(f"a jump goes forward, {FURTHEST} at most")
        with self._lock:
            ahead = self._now + by
            if self._hurries_to is None:
                self._hurries_from = self._now
                self._begin_here()  # what is attained on the way is counted from here
            self._hurries_to = max(ahead, self._hurries_to or ahead)
            self._paused = False

    def stop_hurrying(self) -> None:
        """Give up a jump that is not over: time goes on from where it is, at the speed that was asked for."""
        with self._lock:
            if self._hurries_to is not None:
                self._arrive()

    def reach(self) -> datetime:
        """The latest instant that it may be moved to now."""
        with self._lock:
            return self._reach()

    def forward(self, to: datetime) -> None:
        """Move to an instant. Raises ValueError for one that has passed, or that is beyond `reach`."""
        with self._lock:
            if to > self._reach():
                raise ValueError(f"the clock may not be moved to {to.isoformat()} yet")
            super().forward(to)
            if self._hurries_to is not None and to >= self._hurries_to:
                self._arrive()
            self._seen.append((self._machine(), to))
            self._forget(self._seen[-1][0])

    def _reach(self) -> datetime:
        if self._paused:
            return self._now
        if self._hurries_to is not None:
            return self._hurries_to
        passed = self._machine() - self._since
        due = self._from + timedelta(seconds=passed * self._speed)
        most = timedelta(seconds=_LAGS_S * self._speed)
        if due - self._now > most:  # what was missed is not caught up with
            self._from, self._since = self._now, self._machine() - _LAGS_S
            due = self._now + most
        return max(due, self._now)

    def _arrive(self) -> None:
        self._hurries_from = self._hurries_to = None
        self._begin_here()

    def _begin_here(self) -> None:
        """Count the asked speed, and the attained one, from here on."""
        self._from, self._since = self._now, self._machine()
        self._seen = deque([(self._since, self._now)])

    def _forget(self, now: float) -> None:
        # The last two moves are kept however long ago they were: where one takes longer than is looked back, time goes
        # slowly, and does not stand.
        while len(self._seen) > 2 and self._seen[1][0] <= now - _LOOKS_BACK_S:
            self._seen.popleft()

    @staticmethod
    def _checked(speed: float) -> float:
        if not SLOWEST <= speed <= FASTEST:
            raise ValueError(f"a speed is {SLOWEST:g} to {FASTEST:g}")
        return speed
