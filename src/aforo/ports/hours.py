"""When a bridge is open by the hours of its document: until when it is closed, since when it was open for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from aforo.domain.clock import instant, microseconds
from aforo.ports.reads import MINUTE
from aforo.ports.schedule import MINUTES_A_DAY, Window, by_minute


class Hours:
    """The week of a bridge by the local clock of its port. Instants are microseconds since 1970."""

    def __init__(self, windows: Sequence[Window], zone: str) -> None:
        self._open = by_minute(windows).ravel() > 0
        self._zone = ZoneInfo(zone)

    def open(self, at: int) -> bool:
        """Whether it is open at an instant."""
        return bool(self._open[self._minute(at)])

    def opens(self, at: int) -> int | None:
        """When it opens next after an instant at which it is closed; None where it is open then, or never opens."""
        ahead = np.flatnonzero(np.roll(self._open, -self._minute(at)))
        if not len(ahead) or ahead[0] == 0:
            return None
        # By the local clock, which says when it opens also on the night in which clocks are changed.
        local = instant(at).astimezone(self._zone).replace(second=0, microsecond=0)
        return microseconds(local + timedelta(minutes=int(ahead[0])))

    def since(self, at: int, minutes: int) -> int:
        """The instant since which it was open for so many minutes until `at`; a week before that at most. The hour by
        which clocks are changed counts as any other."""
        back = np.cumsum(np.roll(self._open, -self._minute(at))[::-1])
        return at - (int(np.searchsorted(back, minutes)) + 1) * MINUTE

    def _minute(self, at: int) -> int:
        local = instant(at).astimezone(self._zone)
        return local.weekday() * MINUTES_A_DAY + local.hour * 60 + local.minute


@lru_cache(maxsize=512)
def hours_of(windows: tuple[Window, ...], zone: str) -> Hours:
    """The hours of a bridge: its windows, and the zone of its port."""
    return Hours(windows, zone)
