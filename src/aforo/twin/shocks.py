"""The shocks that counts show, and the places that they moved trucks between: `shocks.toml`, read and checked."""

from __future__ import annotations

import math
import tomllib
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Final

import msgspec

from aforo.twin.working_days import Month, bounds, working_days

#: Assumed: a drayage tractor's road is this much longer than the great circle, and this fast (km/h).
CIRCUITY: Final = 1.3
ROAD_SPEED: Final = 60.0
_EARTH_KM: Final = 6371.0


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a bridge stands (degrees) and its lanes for trucks at most; `assumed` where the lanes have no source."""

    latitude: float
    longitude: float
    lanes: int
    assumed: bool = False


class Hit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A port or bridge that a shock hit: the name of its counts and the place from which its trucks turn away."""

    port: str
    at: str
    closed: bool = False
    inspected: bool = False


class Shock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One shock: its days (both included), whom it hit, where they could go, and the months in which counts show it."""

    name: str
    months: tuple[str, ...]
    first: date
    last: date
    hit: tuple[Hit, ...]
    alternatives: tuple[str, ...]
    source: str

    def shown(self) -> tuple[Month, ...]:
        """The months as pairs of numbers."""
        return tuple((int(month[:4]), int(month[5:])) for month in self.months)

    def age(self, month: Month) -> float:
        """The mean number of days since the first, over the shock's days of this month."""
        first, last = self._within(month)
        return ((first - self.first).days + (last - self.first).days) / 2.0

    def part(self, month: Month) -> float:
        """The share of the month's working days on which the shock lasted."""
        begins, ends = bounds(month)
        return working_days(*self._within(month)) / working_days(begins, ends)

    def _within(self, month: Month) -> tuple[date, date]:
        begins, ends = bounds(month)
        return max(self.first, begins), min(self.last, ends)


class Shocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All shocks and places of the document."""

    shock: tuple[Shock, ...]
    place: dict[str, Place]

    def named(self, name: str) -> Shock:
        """The shock of this name; KeyError where there is none."""
        return next(iter(each for each in self.shock if each.name == name))

    def affected(self) -> dict[str, frozenset[Month]]:
        """By port or bridge, the months that show nothing normal of it: a shock hit it, or it took another's trucks."""
        found: dict[str, set[Month]] = {}
        for shock in self.shock:
            months: set[Month] = set()
            month = (shock.first.year, shock.first.month)
            while month <= (shock.last.year, shock.last.month):
                months.add(month)
                month = (month[0] + month[1] // 12, month[1] % 12 + 1)
            for name in (*(hit.port for hit in shock.hit), *shock.alternatives):
                found.setdefault(name, set()).update(months)
        return {name: frozenset(months) for name, months in found.items()}


@lru_cache(maxsize=1)
def known() -> Shocks:
    """The shocks that ship with the product."""
    text = resources.files("aforo.twin").joinpath("shocks.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Shocks)


def road_minutes(one: Place, other: Place) -> float:
    """Minutes by road between two places: the great circle, times `CIRCUITY`, at `ROAD_SPEED` (both assumed)."""
    south, west, north, east = map(math.radians, (one.latitude, one.longitude, other.latitude, other.longitude))
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(half)) * CIRCUITY / ROAD_SPEED * 60.0
