"""How many units are up at each place of a bridge, minute by minute of a run: hours, staff, breakdowns, outages.

What is up is the lesser of the units that stand there, are open and are not broken, and of those that are manned by an
officer who is neither absent nor on a break. A unit works and is repaired for exponential times (assumed), drawn by its
number, so that it breaks down at the same chances in every scenario. Three days after the run have the same hours, so
that the last trucks get through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from aforo.domain.units import Int64Array
from aforo.ports.schedule import Window, by_minute
from aforo.twin import draws
from aforo.twin.network import MINUTE, Change

#: Days after the last, in which those who still wait get through.
AFTER: Final = 3
_DAY: Final = 1440
#: Purposes of one fleet at a bridge; a bridge has fewer units of one kind than this.
_UNITS: Final = 1_000
#: First purpose of absences, which are drawn by day; a bridge has fewer fleets than fit before it.
_ABSENCE: Final = draws.STATION + 1_000 * _UNITS


@dataclass(frozen=True)
class Units:
    """Units of one make: how many, the share of the time that they are up, and hours of a repair (mean)."""

    number: int
    availability: float = 1.0
    repair: float = 24.0


@dataclass(frozen=True)
class Outage:
    """Units lost at a place between two minutes of the run: `share` of those that would be up, rounded up.

    `place` is a station of the network (`scanner`, `dock`, …) or `booths` for every lane of the bridge.
    """

    place: str
    since: float
    until: float
    share: float = 1.0


@dataclass(frozen=True)
class Leave:
    """Officers of a place on breaks of `minutes` every `every` hours, and absent on a day with the chance `absence`.

    Breaks of a place follow each other evenly, so as few as can be are on one at once. `place` as of an outage.
    """

    place: str
    minutes: float
    every: float
    absence: float


@dataclass(frozen=True)
class Held:
    """The first `units` of a place that breaks down are up for all of the run, whatever chance says, but `down` between
    two minutes of it where that is said; the others break down at the same chances either way."""

    place: str
    units: int
    down: tuple[float, float] | None = None

    def broken(self, minutes: int) -> Int64Array:
        """int64[minutes]: 1 while such a unit is down."""
        found = np.zeros(minutes, np.int64)
        if self.down is not None:
            since, until = (int(min(max(each, 0.0), minutes)) for each in self.down)
            found[since:until] = 1
        return found


class Rosters:
    """The units that are up at each station of a run that begins at midnight of `first`."""

    def __init__(
        self,
        first: date,
        days: int,
        seed: int,
        stream: int,
        outages: Sequence[Outage] = (),
        held: Sequence[Held] = (),
        leave: Sequence[Leave] = (),
    ) -> None:
        self._weekday = first.weekday()
        self._minutes = (days + AFTER) * _DAY
        self._seed, self._stream = seed, stream
        self._outages = outages
        self._leave = leave
        self._held = {each.place: each for each in held}
        self._up: dict[str, Int64Array] = {}
        self._broken: dict[str, Int64Array] = {}

    def week(self, windows: Sequence[Window]) -> Int64Array:
        """int64[minutes of the run]: units by a week's windows."""
        week = np.roll(by_minute(windows), -self._weekday, axis=0).ravel()
        return np.resize(week, self._minutes)

    def add(self, station: str, standing: Int64Array, manned: Int64Array | None = None) -> None:
        """A station whose units do not break down; `standing` and `manned` int64[minutes]."""
        self.add_fleet(station, standing, (), manned)

    def add_fleet(
        self, station: str, standing: Int64Array, fleet: Sequence[Units], manned: Int64Array | None = None
    ) -> None:
        """A station whose units break down: of `standing` as many as are broken do not work."""
        broken = np.zeros(self._minutes, np.int64)
        held = self._held.get(station)
        unit = 0
        for units in fleet:
            for _ in range(units.number):
                if held is not None and unit < held.units:
                    broken += held.broken(self._minutes)
                else:
                    broken += self._downs(len(self._up), unit, units)
                unit += 1
        for leave in self._leave:
            if _is_at(leave.place, station):
                manned = self._present(standing if manned is None else manned, leave, len(self._up))
        whole = np.maximum(standing - broken, 0)
        working = whole if manned is None else np.minimum(whole, manned)
        lost = np.zeros(self._minutes, np.int64)
        for outage in self._outages:
            if _is_at(outage.place, station):
                part = slice(max(0, int(outage.since)), max(0, int(outage.until)))
                lost[part] = np.maximum(lost[part], np.ceil(outage.share * working[part] - 1e-9).astype(np.int64))
        self._up[station] = np.maximum(working - lost, 0)
        self._broken[station] = broken + lost

    def between(self, station: str, since: float, until: float, units: int) -> None:
        """A station that works between two minutes alone."""
        up = np.zeros(self._minutes, np.int64)
        up[max(0, int(since)) : max(0, int(until))] = units
        self.add(station, up)

    def has(self, station: str) -> bool:
        """Whether the units of this station change."""
        return station in self._up

    def at_start(self, station: str) -> int:
        """Units up in the first minute."""
        return int(self._up[station][0])

    def changes(self) -> list[Change]:
        """The changes of all stations in order; one that a breakdown makes interrupts what is in service."""
        found = []
        for station, up in self._up.items():
            broken = self._broken[station]
            for minute in np.flatnonzero(np.diff(up)) + 1:
                interrupts = bool(up[minute] < up[minute - 1] and broken[minute] > broken[minute - 1])
                found.append(Change(int(minute) * MINUTE, station, int(up[minute]), interrupts))
        return sorted(found, key=lambda change: change.at)

    def _present(self, manned: Int64Array, leave: Leave, fleet: int) -> Int64Array:
        """int64[minutes]: of the officers of a place those that are neither absent nor on a break."""
        officers = int(manned.max(initial=0))
        minute = np.arange(self._minutes, dtype=np.float64)
        period = leave.every * 60.0
        present = np.zeros(self._minutes, np.int64)
        for officer in range(officers):
            chances = draws.uniforms(
                self._seed, self._stream, 0, self._minutes // _DAY, _ABSENCE + fleet * _UNITS + officer
            )
            absent = np.repeat(chances < leave.absence, _DAY)
            rest = (minute + period * officer / officers) % period < leave.minutes
            present += (manned > officer) & ~absent & ~rest
        return present

    def _downs(self, fleet: int, unit: int, units: Units) -> Int64Array:
        """int64[minutes]: 1 while the unit is broken."""
        down = np.zeros(self._minutes, np.int64)
        if units.availability >= 1.0:
            return down
        purpose = draws.STATION + fleet * _UNITS + unit
        chances = iter(draws.uniforms(self._seed, self._stream, 0, 4096, purpose))
        repair = units.repair * 60.0
        works = repair * units.availability / max(1.0 - units.availability, 1e-9) if units.availability > 0 else 0.0
        at = 0.0
        broken = next(chances) >= units.availability
        for chance in chances:
            if at >= self._minutes:
                break
            lasts = -float(np.log1p(-chance)) * (repair if broken else works)
            if broken:
                down[int(at) : int(at + lasts)] = 1
            at += lasts
            broken = not broken
        return down


def _is_at(place: str, station: str) -> bool:
    """Whether a station is at a place: `booths` are those of every lane class."""
    return place == station or (place == "booths" and station.startswith("booth_"))
