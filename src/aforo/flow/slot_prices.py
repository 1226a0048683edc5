"""What a scanner out of service costs over the hours of a slot, by the price tables of its bridge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from joblib import Parallel, delayed

from aforo.domain.clock import instant
from aforo.domain.units import Float64Array
from aforo.flow.prices import class_of_day
from aforo.flow.solving import standing
from aforo.ports.document import Bridge, PortDocument
from aforo.routing.choice import QUARTER_MINUTES, RESOURCES
from aforo.routing.prices import DayClass, Inputs, nearest_day, price_of_units

_QUARTERS: Final = 96

#: A stretch of a day: its class, from which quarter hour until before which.
Stretch = tuple[DayClass, int, int]


@dataclass(frozen=True)
class Site:
    """A resource of a bridge with the inputs of its price tables by class of day, at least one."""

    port: PortDocument
    bridge: Bridge
    resource: str
    inputs: Mapping[DayClass, Inputs]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.port.zone)

    def price(self, day: DayClass, out: Float64Array) -> float:
        """What units out of service cost on a day of a class, float64[96] by quarter hour."""
        own = nearest_day(day, self.inputs)
        assert own is not None
        there = standing(self.bridge, RESOURCES.index(self.resource), own)[1]
        return price_of_units(self.inputs[own], there, out)


@dataclass(frozen=True)
class Slot:
    """A unit of a site out from `start` on for `took`, both in microseconds, the first since 1970."""

    site: Site
    start: int
    took: int


class SlotPrices:
    """What slots cost, in truck-minutes: of each day that one touches, added up. Each stretch is solved once."""

    def __init__(self, slots: Iterable[Slot], workers: int, progress: Callable[[int, int], None]) -> None:
        """All slots that will be asked for; `progress` is told how many stretches are solved of how many."""
        wanted: dict[tuple[str, str, Stretch], Site] = {}
        self._stretches: dict[tuple[str, int, int], tuple[Stretch, ...]] = {}
        for slot in slots:
            for stretch in self._of(slot):
                wanted[slot.site.bridge.id, slot.site.resource, stretch] = slot.site
        self._known: dict[tuple[str, str, Stretch], float] = {}
        solved = Parallel(n_jobs=workers, backend="threading", return_as="generator")(
            delayed(_alone)(site, key[2]) for key, site in wanted.items()
        )
        for key, price in zip(wanted, solved, strict=True):
            self._known[key] = price
            progress(len(self._known), len(wanted))

    def of(self, slot: Slot) -> float:
        """The price of a slot alone."""
        return sum(self._known[slot.site.bridge.id, slot.site.resource, each] for each in self._of(slot))

    def _of(self, slot: Slot) -> tuple[Stretch, ...]:
        key = (slot.site.port.zone, slot.start, slot.took)
        if key not in self._stretches:
            self._stretches[key] = tuple((class_of_day(day), since, until) for day, since, until in _days(slot))
        return self._stretches[key]


def together(slots: Iterable[Slot]) -> float:
    """The price of slots, those of one bridge, resource and day at once."""
    out: dict[tuple[str, str, date], Float64Array] = {}
    sites: dict[tuple[str, str], Site] = {}
    for slot in slots:
        key = (slot.site.bridge.id, slot.site.resource)
        sites[key] = slot.site
        for day, since, until in _days(slot):
            out.setdefault((*key, day), np.zeros(_QUARTERS))[since:until] += 1.0
    return sum(sites[bridge, name].price(class_of_day(day), own) for (bridge, name, day), own in out.items())


def local(at: int, zone: tzinfo) -> datetime:
    """An instant, in microseconds since 1970, by the clock of a zone."""
    return instant(at).astimezone(zone)


def _alone(site: Site, stretch: Stretch) -> float:
    day, since, until = stretch
    out = np.zeros(_QUARTERS)
    out[since:until] = 1.0
    return site.price(day, out)


def _days(slot: Slot) -> list[tuple[date, int, int]]:
    """The local days that a slot touches, each with its quarter hours; where clocks jump, the hours that they show."""
    found: list[tuple[date, int, int]] = []
    zone = slot.site.zone
    begin, end = local(slot.start, zone), local(slot.start + slot.took, zone)
    day = begin.date()
    while day <= end.date():
        since = _quarter(begin) if day == begin.date() else 0
        until = _quarter(end) if day == end.date() else _QUARTERS
        if since < until:
            found.append((day, since, until))
        day += timedelta(days=1)
    return found


def _quarter(at: datetime) -> int:
    return int((60 * at.hour + at.minute) // QUARTER_MINUTES)
