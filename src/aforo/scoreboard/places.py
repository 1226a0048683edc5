"""Bridges and their local days and weeks, as the scoreboard counts by them.

A day is a number of days since 1970 on the bridge's own calendar. A week is an ISO week, Monday to Sunday; a quarter is
thirteen of them, the last one with the fifty-third where a year has it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from aforo.domain.clock import microseconds
from aforo.domain.zone import offsets_us
from aforo.ports.document import PortDocument
from aforo.ports.named import bridge_of

DAY_US = 86_400_000_000
QUARTER_HOUR = 900_000_000
#: Quarters of an hour whose local day is kept in mind: those that a board keeps, in four zones.
_MOST_QUARTERS = 100_000
_FIRST = date(1970, 1, 1)


class Period(NamedTuple):
    """A week or a quarter: its name, and its first and last local day."""

    name: str
    first: int
    last: int


class Places:
    """The bridges of some port documents."""

    def __init__(self, ports: Iterable[PortDocument]) -> None:
        self._ports = tuple(ports)
        self.zones: dict[str, str] = {bridge.id: port.zone for port in self._ports for bridge in port.bridges}
        self.names: dict[str, str] = {bridge.id: bridge.name for port in self._ports for bridge in port.bridges}
        self._of_port = {port.code: [bridge.id for bridge in port.bridges] for port in self._ports}
        self._port_names = {port.code: port.name for port in self._ports}
        self._called: dict[tuple[str, str | None], str | None] = {}
        self._days: dict[tuple[str, int], int] = {}

    @property
    def mark(self) -> str:
        """What the projection's counts depend on besides the log: the bridges and their zones."""
        told = "\n".join(f"{bridge} {zone}" for bridge, zone in sorted(self.zones.items()))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def called(self, place: str) -> str:
        """The name of a bridge, or of the port of a code; a place that no document has, as it is."""
        return self.names.get(place) or self._port_names.get(place, place)

    @property
    def by_port(self) -> Mapping[str, list[str]]:
        """The bridges of each port, by its code."""
        return self._of_port

    def ports_of(self, bridge: str) -> list[str]:
        """The code of the port that a bridge belongs to."""
        return [code for code, own in self._of_port.items() if bridge in own]

    def bridges_of(self, place: str) -> list[str]:
        """The bridges that a place names: itself, or all of a port's; empty for one that no document has."""
        return [place] if place in self.zones else self._of_port.get(place, [])

    def bridge(self, *, at: str = "", filed: str | None = None, port: str | None = None) -> str | None:
        """The bridge of a crossing: where it was seen, else as its filer called it, else the only one of its port."""
        if at in self.zones:
            return at
        key = (filed or "", port)
        if key not in self._called:
            if len(self._called) > 10_000:  # filers write what they like
                self._called.clear()
            self._called[key] = self._look(*key)
        return self._called[key]

    def _look(self, filed: str, port: str | None) -> str | None:
        if filed:
            for each in self._ports:
                if port in (None, each.code) and (found := each.bridge(filed)) is not None:
                    return found.id
        own = self._of_port.get(port or "", [])
        return own[0] if len(own) == 1 else None

    def meant(self, port: str) -> list[str]:
        """The bridges that a report of a scanner means by its place: one, or all of a port where it says no more than
        the port; empty where it means none."""
        found = bridge_of(port, self._ports)
        if found is not None:
            return [found.id]
        wanted = port.strip().casefold()
        named = (each for each in self._ports if wanted in (each.code.casefold(), each.name.casefold()))
        return next(([bridge.id for bridge in each.bridges] for each in named), [])

    def day(self, bridge: str, at: int) -> int:
        """The local day of an instant (microseconds since 1970)."""
        # Clocks are changed, and days begin, at whole quarters of an hour.
        key = (self.zones[bridge], at // QUARTER_HOUR)
        found = self._days.get(key)
        if found is None:
            if len(self._days) > _MOST_QUARTERS:
                self._days.clear()
            found = self._days[key] = (at + offsets_us(key[0], [at])[0]) // DAY_US
        return found

    def bounds(self, bridge: str, day: int) -> tuple[int, int]:
        """The instants at which a local day begins and ends."""
        return _midnight(self.zones[bridge], day), _midnight(self.zones[bridge], day + 1)


@cache
def _midnight(zone: str, day: int) -> int:
    local = date_of(day)
    at = datetime(local.year, local.month, local.day, tzinfo=ZoneInfo(zone))
    return microseconds(at.astimezone(UTC))


def date_of(day: int) -> date:
    """The date of a day's number."""
    return _FIRST + timedelta(days=day)


def number_of(day: date) -> int:
    """The number of a date."""
    return (day - _FIRST).days


def week_of(day: int) -> Period:
    """The ISO week in which a local day lies."""
    year, week, weekday = date_of(day).isocalendar()
    first = day - (weekday - 1)
    return Period(f"{year}-W{week:02}", first, first + 6)


def quarter_of(day: int) -> Period:
    """The quarter of whole weeks in which a local day lies."""
    year, week, _ = date_of(day).isocalendar()
    quarter = min((week - 1) // 13, 3)
    first = number_of(date.fromisocalendar(year, 13 * quarter + 1, 1))
    after = date.fromisocalendar(year, 13 * quarter + 14, 1) if quarter < 3 else date.fromisocalendar(year + 1, 1, 1)
    return Period(f"{year}-Q{quarter + 1}", first, number_of(after) - 1)
