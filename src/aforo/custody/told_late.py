"""Which devices told more of loads that they are on no more, and the earliest instant that each spoke of, until these
loads were looked at.

Until somebody first asks, whoever reads the log from its beginning comes by all that was ever told late: what came days
before the newest of the log was looked at when it came, and is not kept. From then on all is, until it is asked for.
"""

from __future__ import annotations

from aforo.custody.silence import FILL

_DAY = 86_400_000_000
#: How long before the newest of the log something may have come and be looked at by who was never asked: for as long as
#: a gap may be filled, and a day more.
_WITHIN = FILL + _DAY


class ToldLate:
    """See the module. Instants are microseconds since 1970."""

    def __init__(self, waiting: dict[str, int] | None = None, by_day: dict[int, dict[str, int]] | None = None) -> None:
        """`waiting` and `by_day`: what `every` gave."""
        self._waiting = waiting or {}
        #: By the day on which it came; None once somebody asked.
        self._by_day = by_day

    @classmethod
    def unasked(cls) -> ToldLate:
        """Of whom nobody asked yet, and who was told of nothing."""
        return cls(by_day={})

    def spoke(self, device: str, at: int, came: int) -> None:
        """A device spoke of this instant, at which it may have been on a load that it is on no more, by what came when
        `came` says."""
        _keep(self._waiting if self._by_day is None else self._by_day.setdefault(came // _DAY, {}), device, at)

    def passed(self, newest: int) -> None:
        """The log has come this far."""
        if self._by_day:
            for day in [each for each in self._by_day if (each + 1) * _DAY <= newest - _WITHIN]:
                del self._by_day[day]

    def next(self) -> tuple[str, int] | None:
        """The device that waits for longest, and the earliest that it spoke of; None where none waits. Behind all
        others it waits on, until that is `done`: one of which nothing can be found out keeps no other waiting."""
        for told in (self._by_day or {}).values():
            for device, at in told.items():
                _keep(self._waiting, device, at)
        self._by_day = None
        if not self._waiting:
            return None
        device = next(iter(self._waiting))
        at = self._waiting[device] = self._waiting.pop(device)
        return device, at

    def done(self, device: str, at: int) -> None:
        """What a device spoke of is found out, unless it has spoken of earlier meanwhile."""
        if self._waiting.get(device) == at:
            del self._waiting[device]

    def every(self) -> tuple[dict[str, int], dict[int, dict[str, int]] | None]:
        """All of it, to be kept."""
        by_day = None if self._by_day is None else {day: dict(told) for day, told in self._by_day.items()}
        return dict(self._waiting), by_day


def _keep(told: dict[str, int], device: str, at: int) -> None:
    told[device] = min(at, told.get(device, at))
