"""A scenario at one seed: its bridges rebuilt, their demand moved, their capacity lost. Ready for the kernel."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec
import numpy as np

from aforo.domain.units import Float64Array
from aforo.ports.directory import Directory
from aforo.ports.document import Bridge, PortDocument
from aforo.twin.border import Border
from aforo.twin.changes import (
    AnyChange,
    Demanded,
    Inspected,
    LaneOpened,
    Lost,
    ScannersAdded,
    SchemeMoved,
    StaffAway,
    TurnedAway,
)
from aforo.twin.diversion import FITTED, Alternative, drawn_shares
from aforo.twin.of_port import Inspections, ModelError, Modelled, hourly_demand, modelled, stream_of
from aforo.twin.rebuilt import rebuilt, spread_over
from aforo.twin.rosters import Leave, Outage
from aforo.twin.scenario import Scenario, ScenarioError, called
from aforo.twin.shocks import Place, road_minutes
from aforo.twin.traffic import Scheme, Times
from aforo.twin.working_days import Month

#: The chance of a normal variate beyond which lies 2.5 per cent.
_Z: Final = 1.959964


@dataclass(frozen=True)
class Ready:
    """The bridges of a scenario under one seed; by port code and bridge, `lost` trucks that cross nowhere, and how many
    `scanners` stand behind primary."""

    bridges: tuple[Modelled, ...]
    lost: dict[tuple[str, str], float]
    scanners: dict[tuple[str, str], int]


@dataclass
class Site:
    """A bridge with all that befalls it in a scenario, not yet a network: `hourly` trucks that come in each hour of the
    run and `forecast` those that its policy expects, float64[24 · days]; `lost` trucks that cross nowhere."""

    port: PortDocument
    bridge: Bridge
    hourly: Float64Array
    forecast: Float64Array
    outages: list[Outage] = field(default_factory=list)
    leave: list[Leave] = field(default_factory=list)
    inspections: Inspections | None = None
    scheme: Scheme | None = None
    lost: float = 0.0

    def modelled(self, scenario: Scenario, seed: int) -> Modelled:
        """The bridge ready for the kernel, with the breakdowns of a seed. ScenarioError where it cannot be run."""
        try:
            return modelled(
                self.port,
                self.bridge,
                scenario.first,
                self.hourly,
                seed,
                profile=scenario.traffic,
                forecast=self.forecast,
                outages=self.outages,
                leave=self.leave,
                inspections=self.inspections,
                scheme=self.scheme,
            )
        except ModelError as wrong:
            raise ScenarioError("scenario_does_not_fit", place="ports", why=wrong.text) from wrong

    def key(self, scenario: Scenario, seed: int) -> str:
        """A digest of all that `modelled` makes the bridge of, and of what is lost: two sites with one key are the same
        bridge on the same trucks, whatever scenarios they are of."""
        of = (
            stream_of(self.port, self.bridge),
            self.bridge,
            scenario.first,
            seed,
            scenario.traffic,
            self.outages,
            self.leave,
            self.inspections,
            self.scheme,
            self.lost,
        )
        digest = hashlib.sha256(msgspec.json.encode(of))
        digest.update(self.hourly.tobytes())
        digest.update(self.forecast.tobytes())
        return digest.hexdigest()


def counts_of(scenario: Scenario, border: Border) -> dict[str, dict[Month, int]]:
    """The counts that feed a scenario: those of the border, under those that it states itself."""
    merged = {code: dict(months) for code, months in border.counts.items()}
    for counted in scenario.count:
        code = called(counted.port, border.ports)[0][0].code
        merged.setdefault(code, {})[counted.key()] = counted.trucks
    return merged


def applied(scenario: Scenario, border: Border, seed: int) -> Ready:
    """The bridges of a scenario with all its changes, at one seed. ScenarioError for what does not fit a port."""
    sites = sites_of(scenario, border, seed)
    return Ready(
        tuple(site.modelled(scenario, seed) for site in sites),
        {(site.port.code, site.bridge.id): site.lost for site in sites},
        {(site.port.code, site.bridge.id): sum(each.units.count for each in site.bridge.scanners) for site in sites},
    )


def sites_of(scenario: Scenario, border: Border, seed: int) -> list[Site]:
    """The bridges of a scenario with all its changes, at one seed, none of them made into a network yet. ScenarioError
    for what does not fit a port."""
    counts = counts_of(scenario, border)
    sites = []
    for port, bridge in scenario.bridges(border.ports):
        try:
            hourly = hourly_demand(port, bridge, scenario.first, scenario.days, counts.get(port.code, {}))
        except ModelError as wrong:
            raise ScenarioError("scenario_no_count", why=wrong.text) from wrong
        sites.append(Site(port, bridge, hourly, hourly.copy()))
    for number, change in enumerate((*scenario.before, *scenario.change)):
        where = [site for site in sites if _is_at(site, change, border.ports)]
        try:
            _apply(scenario, change, where, sites, border.ports, seed, number)
        except ModelError as wrong:
            raise ScenarioError("scenario_does_not_fit", place=f"change[{number}]", why=wrong.text) from wrong
        except ValueError as wrong:
            raise ScenarioError("scenario_does_not_fit", place=f"change[{number}]", why=str(wrong)) from wrong
    return sites


def _is_at(site: Site, change: AnyChange, ports: Directory) -> bool:
    if not change.at:
        return True
    return any(
        (site.port.code, site.bridge.id) == (port.code, bridge.id)
        for name in change.at
        for port, bridge in called(name, ports)
    )


def _apply(
    scenario: Scenario,
    change: AnyChange,
    where: Sequence[Site],
    sites: Sequence[Site],
    ports: Directory,
    seed: int,
    number: int,
) -> None:
    """One change, at the sites where it happens."""
    if isinstance(change, Lost):
        for site in where:
            since, until = scenario.minute(change.since), scenario.minute(change.until)
            site.outages.append(Outage(change.place, since, until, change.share))
    elif isinstance(change, StaffAway):
        if not change.break_minutes and not change.absence:
            raise ValueError("break_minutes = 0, absence = 0")
        leave = Leave(change.place, change.break_minutes, change.break_every, change.absence)
        for site in where:
            site.leave.append(leave)
    elif isinstance(change, Inspected):
        for site in where:
            site.inspections = Inspections(
                scenario.minute(change.since),
                scenario.minute(change.until),
                Times(change.mean_minutes, change.sd_minutes),
                change.places,
            )
    elif isinstance(change, Demanded):
        for site in where:
            part = _hours(scenario, change.since, change.until, len(site.hourly))
            site.hourly = site.hourly * (1.0 + part * (change.factor - 1.0))
            if change.foreseen:
                site.forecast = site.hourly.copy()
    elif isinstance(change, SchemeMoved):
        total = float(sum(site.hourly.sum() for site in where)) / scenario.days
        share = change.trucks_a_day / total if total > 0 else 0.0
        if share >= 0.5:
            raise ValueError(f"{change.trucks_a_day:g}")
        for site in sites:  # a scheme is at one place at a time: where it was before it is no longer
            site.scheme = None
        for site in where:
            site.scheme = Scheme(share, change.threat, change.looks)
    elif isinstance(change, TurnedAway):
        _turn_away(scenario, change, where, sites, ports, seed, number)
    else:
        added = [0] * len(where)
        if isinstance(change, ScannersAdded):
            added = spread_over(change.number, np.array([site.hourly.sum() for site in where]))
        for site, scanners in zip(where, added, strict=True):
            if isinstance(change, LaneOpened) and site.bridge.arrivals.lanes.get(change.lane) is not None:
                gained = change.share >= site.bridge.arrivals.lanes[change.lane].share
                if not gained:
                    continue
            site.bridge = rebuilt(site.bridge, change, scanners)


def _hours(scenario: Scenario, since: datetime | None, until: datetime | None, hours: int) -> Float64Array:
    """float64[hours]: the part of each hour of the run that lies between two instants."""
    begin = 0.0 if since is None else scenario.minute(since) / 60.0
    end = float(hours) if until is None else scenario.minute(until) / 60.0
    at = np.arange(hours, dtype=np.float64)
    part: Float64Array = np.clip(np.minimum(at + 1.0, end) - np.maximum(at, begin), 0.0, 1.0)
    return part


def _turn_away(
    scenario: Scenario,
    change: TurnedAway,
    where: Sequence[Site],
    sites: Sequence[Site],
    ports: Directory,
    seed: int,
    number: int,
) -> None:
    """Moves trucks from the sites to the alternatives of the change; what goes nowhere is lost."""
    share = change.share
    if change.low is not None and change.high is not None:
        drawn = np.random.Generator(np.random.PCG64((seed, number, 1))).standard_normal()
        spread = (change.high - change.share if drawn > 0 else change.share - change.low) / _Z
        share = float(np.clip(change.share + spread * drawn, 0.0, 1.0))
    names = {(port.code, bridge.id) for name in change.alternatives for port, bridge in called(name, ports)}
    others = [site for site in sites if (site.port.code, site.bridge.id) in names]
    for site in where:
        turned = site.hourly * _hours(scenario, change.since, change.until, len(site.hourly)) * share
        site.hourly = site.hourly - turned
        left = float(turned.sum())
        if others and left > 0.0:
            options = [
                Alternative(other.bridge.name, _lanes(other), road_minutes(_place(site), _place(other)))
                for other in others
            ]
            begin = max(scenario.minute(change.since), 0.0) / 1440.0
            ages = [
                max(0.0, day + 0.5 - scenario.minute(change.since) / 1440.0) if day >= int(begin) else 0.0
                for day in range(scenario.days)
            ]
            shares = drawn_shares(FITTED, options, ages, 1, seed)[0]
            for at, other in enumerate(others):
                moved = turned * np.repeat(shares[:, at], 24)
                left -= float(moved.sum())
                other.hourly = other.hourly + _while_open(scenario, other, moved)
        site.lost += left


def _while_open(scenario: Scenario, site: Site, moved: Float64Array) -> Float64Array:
    """The trucks of each day, in the hours in which trucks come to the other bridge."""
    week = site.bridge.week_shape()
    if week is None:
        return moved
    shape = np.stack([week[(scenario.first.weekday() + day) % 7] for day in range(scenario.days)])
    total = shape.sum(axis=1, keepdims=True)
    fit = np.divide(shape, total, out=np.zeros_like(shape), where=total > 0)
    spread: Float64Array = (moved.reshape(-1, 24).sum(axis=1, keepdims=True) * fit).ravel()
    return spread


def _lanes(site: Site) -> int:
    """Lanes for trucks at most: the booths that stand there, else one."""
    return max(1, site.bridge.booths.count if site.bridge.booths is not None else 1)


def _place(site: Site) -> Place:
    if site.port.place is None:
        raise ValueError(f"{site.port.name}: place")
    return Place(site.port.place.lat, site.port.place.lon, _lanes(site))
