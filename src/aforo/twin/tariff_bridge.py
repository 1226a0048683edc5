"""A bridge in the busiest week of each future of a tariff, as it stands and as it may be opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Final

import msgspec
import numpy as np
from joblib import Parallel, delayed

from aforo.domain.units import Float64Array
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.schedule import Shift, by_minute, minute_of
from aforo.twin.base_check import base_check
from aforo.twin.border import Border
from aforo.twin.changes import Availability, BoothsAdded, Planned
from aforo.twin.designs_cost import staffed
from aforo.twin.designs_tried import APART
from aforo.twin.levels import policy_of
from aforo.twin.network import NetworkError
from aforo.twin.of_port import ModelError, Modelled, modelled
from aforo.twin.plan_documents import PlanError
from aforo.twin.planned import SOURCE, standing
from aforo.twin.policy import Policy
from aforo.twin.rebuilt import rebuilt
from aforo.twin.tariff_arrivals import Arrivals, week_at
from aforo.twin.tariffs import Tariff
from aforo.twin.traffic import TrafficError
from aforo.twin.week_run import figures_of

#: No more booths than these are opened at once.
_MOST_BOOTHS: Final = 3

Figures = Mapping[str, float]


class Opened(msgspec.Struct, frozen=True, order=True):
    """What is opened beyond what stands open in an ordinary week.

    `standard` and `fast` booths more that stand there unused, whenever the lane is open; `full`: every lane class
    staffed in all open hours as in those with most booths; hours `earlier` and `later`; `manned`: all scanners and
    docks manned in all open hours; `kept`: planned maintenance of scanners moved out of the week.
    """

    standard: int = 0
    fast: int = 0
    full: bool = False
    earlier: int = 0
    later: int = 0
    manned: bool = False
    kept: bool = False

    @property
    def nothing(self) -> bool:
        """Whether nothing is opened."""
        return self == Opened()

    def within(self, other: Opened) -> bool:
        """Whether the other opens all that this does."""
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return all(own <= its for own, its in pairs)


@dataclass(frozen=True)
class Ready:
    """A bridge that weeks can be run on."""

    bridge: Bridge
    policy: Policy


class Site:
    """A bridge under a tariff: its weeks, what may be opened there, and its runs in the futures of `arrivals`."""

    def __init__(self, tariff: Tariff, border: Border, port: PortDocument, bridge: Bridge, arrivals: Arrivals) -> None:
        self.tariff, self.port, self.bridge = tariff, port, bridge
        self.base = base_check(border, [f"{port.code}/{bridge.id}"])
        self._weeks = [week_at(tariff, border, port, bridge, week) for week in arrivals.weeks]
        self._starts = arrivals.weeks
        self._busiest = arrivals.busiest(port.code)
        self._factors = arrivals.factors[:, arrivals.ports.index(port.code)]

    @property
    def id(self) -> str:
        """Its port and bridge."""
        return f"{self.port.code}/{self.bridge.id}"

    @property
    def trusted(self) -> bool:
        """Whether trusted traders have booths of their own here."""
        lane, share = self.bridge.lanes.get("fast"), self.bridge.arrivals.lanes.get("fast")
        return lane is not None and bool(lane.booths) and share is not None and share.share > 0.0

    @cached_property
    def usual_week(self) -> int:
        """The week that is most often the busiest."""
        return int(np.bincount(self._busiest).argmax())

    def options(self) -> tuple[Opened, ...]:
        """All that may be opened here by the document of the port; none that changes nothing beside a lesser one."""
        manned = int(np.max(sum(by_minute(lane.booths) for lane in self.bridge.lanes.values())))
        left = 0 if self.bridge.booths is None else max(min(self.bridge.booths.count - manned, _MOST_BOOTHS), 0)
        longer = self.tariff.contingency.longer_hours
        ways: list[tuple[int, ...]] = [
            tuple(range(left + 1)), (0, 1 if self.trusted else 0), (0, 1), (0, longer), (0, longer), (0, 1), (0, 1),
        ]  # fmt: skip
        single = [[value for value in way if self._does(at, value)] for at, way in enumerate(ways)]
        found = []
        for standard, fast, full, earlier, later, all_manned, kept in product(*single):
            if standard + fast <= left:
                found.append(Opened(standard, fast, bool(full), earlier, later, bool(all_manned), bool(kept)))
        return tuple(dict.fromkeys(found))

    def _does(self, at: int, value: int) -> bool:
        """Whether one thing alone can be opened and changes the bridge; that it is not opened always can."""
        if not value:
            return True
        kinds = (int, int, bool, int, int, bool, bool)
        given = [kind(value) if at == place else kind(0) for place, kind in enumerate(kinds)]
        made = self.built(Opened(*given))
        return made is not None and made != self.bridge

    def built(self, opened: Opened) -> Bridge | None:
        """The bridge with what is opened; None where that cannot be."""
        bridge = _full(self.bridge) if opened.full else self.bridge
        try:
            for lane, number in (("standard", opened.standard), ("fast", opened.fast)):
                if number and lane in bridge.lanes:
                    bridge = rebuilt(bridge, BoothsAdded(lane=lane, number=number))
            hours = _hours(bridge, opened)
            if hours is None:
                return None
            bridge = rebuilt(bridge, hours)
        except ModelError:
            return None
        if opened.manned:
            bridge = _manned(bridge)
        if opened.kept:
            if not bridge.scanners:
                return None
            bridge = rebuilt(bridge, Availability(share=self.tariff.contingency.kept.share))
        return bridge

    def cost(self, opened: Opened) -> tuple[float, float, float]:
        """US$ a week of what is opened: at the stated prices, the least and the most."""
        made = self.built(opened)
        before = {hours.duty: hours.week for hours in staffed(self.bridge)}
        total = np.zeros(3)
        for hours in staffed(made) if made is not None else ():
            more = max(hours.week - before.get(hours.duty, 0.0), 0.0)
            if more > 0.0:
                price = self.tariff.contingency.staff.get(hours.duty)
                if price is None:
                    raise PlanError("tariff_staff", place="contingency.staff", duty=hours.duty)
                total += more * np.array((price.stated(), *price.ends()))
        if opened.kept:
            units = sum(group.units.count for group in self.bridge.scanners)
            moved = self.tariff.contingency.moved
            total += units * np.array((moved.stated(), *moved.ends()))
        return float(total[0]), float(total[1]), float(total[2])

    def ready(self, opened: Opened, ordinary: bool = False) -> Ready:
        """The bridge with the policy whose levels are set for it and for what is foreseen of the week."""
        bridge = self.built(opened)
        assert bridge is not None
        week = self.usual_week
        factor = 1.0 if ordinary else float(self._factors[:, week].mean())
        whole = self._modelled(bridge, week, factor, self.tariff.seed * APART)
        return Ready(bridge, policy_of(self.tariff.policy, whole))

    def runs(self, ready: Ready, futures: Iterable[int], workers: int, ordinary: bool = False) -> Iterator[Figures]:
        """The figures of the busiest week of each future, or of the same without the rule, on trucks of one seed."""

        def one(future: int) -> Figures:
            week = self._busiest[future]
            factor = 1.0 if ordinary else float(self._factors[future, week])
            seed = self.tariff.seed * APART + future
            return figures_of(self._modelled(ready.bridge, week, factor, seed), ready.policy, seed)

        yield from Parallel(n_jobs=workers, backend="threading", return_as="generator")(
            delayed(one)(n) for n in futures
        )

    def _modelled(self, bridge: Bridge, week: int, factor: float, seed: int) -> Modelled:
        try:
            return modelled(self.port, bridge, self._starts[week], factor * self._weeks[week], seed)
        except (ModelError, TrafficError, NetworkError) as wrong:
            raise PlanError("port_plan_no_model", place=self.id, why=getattr(wrong, "text", wrong)) from wrong


def _hours(bridge: Bridge, opened: Opened) -> Planned | None:
    """The hours with those that are opened earlier and later; None where a day has no such hours."""
    now = standing(bridge)
    if not opened.earlier and not opened.later:
        return Planned()
    if now.opens is None or now.closes is None:
        return None
    opens, closes = minute_of(now.opens) - 60 * opened.earlier, minute_of(now.closes) + 60 * opened.later
    return Planned(opens=_clock(opens), closes=_clock(closes)) if opens >= 0 and closes <= 24 * 60 else None


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _full(bridge: Bridge) -> Bridge:
    """The bridge with each lane class staffed in all open hours as in those in which it has most booths, as far as
    booths stand there."""
    lanes = {
        name: msgspec.structs.replace(
            lane,
            booths=tuple(
                Shift(days=each.days, since=each.since, until=each.until, source=SOURCE,
                      count=max(shift.count for shift in lane.booths))
                for each in bridge.open
            ),
        )
        if lane.booths
        else lane
        for name, lane in bridge.lanes.items()
    }  # fmt: skip
    most = int(np.max(sum(by_minute(lane.booths) for lane in lanes.values())))
    if bridge.booths is not None and most > bridge.booths.count:
        return bridge
    same = all((by_minute(lanes[name].booths) == by_minute(lane.booths)).all() for name, lane in bridge.lanes.items())
    return bridge if same else msgspec.structs.replace(bridge, lanes=lanes)


def _manned(bridge: Bridge) -> Bridge:
    """The bridge with all its scanners and docks manned whenever it is open."""
    staff = dict(bridge.staff)
    places = {
        "scanner": sum(group.units.count for group in bridge.scanners),
        "dock": 0 if bridge.docks is None else bridge.docks.units.count,
    }
    for duty, units in places.items():
        if duty in staff and units:
            staff[duty] = tuple(
                Shift(days=each.days, since=each.since, until=each.until, count=units, source=SOURCE)
                for each in bridge.open
            )
    return msgspec.structs.replace(bridge, staff=staff)


def column(figures: Sequence[Figures], name: str) -> Float64Array:
    """One figure over futures."""
    return np.array([each[name] for each in figures])
