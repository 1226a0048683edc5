"""What scanners at bridges are worth against smugglers who choose the bridge, and what they make trucks wait.

A bridge with n scanners more scans, in each hour of the week, what comes as far as its scanners reach. The *coverage*
c is the share of a year's trucks that is scanned. A smuggler's truck is found with the chance

    d = detection × g(c),   g(c) = (1 − b)·c + b·curve(c),

where `detection` is what a scan finds of what is there, `curve` how many of those that hide something are among the
likeliest c by risk, and b how much of that is believed. Who smuggles chooses the bridge with the least *level*
d + (what it costs to go there), so a plan is worth the least level of all bridges: its *worst case*.

A level that is to be held is held everywhere with no more scans than it needs, the same share of the trucks in every
hour as far as the scanners reach, and never fewer than today. What that takes of trucks is the examination itself and
the queue for it,

    W = (1 + v)/2 · ρ^(√(2(m + 1)) − 1) / (m(1 − ρ)) · s

for m units that are up, load ρ, s hours a truck of a unit and squared variation v: an M/G/m queue (Sakasegawa, Annals
of the Institute of Statistical Mathematics 29, 1977, with the factor of Allen and Cunneen).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from scipy.optimize import brentq

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, Float64Array, Int64Array
from aforo.routing.policy import Policy
from aforo.twin.placing_figures import Figures, PlacingError
from aforo.twin.placing_sites import Sites

#: Levels and coverages nearer to each other than this are one: rounding tells them apart, no figure does.
EQUAL: Final = 1e-9
#: Levels nearer than this are told as one: the solver tells them apart no better.
SAME: Final = 1e-6


@dataclass(frozen=True)
class World:
    """One way in which the figures may be: at their stated values, or drawn.

    `reached` share of the stated throughput; by bridge, `up` availability over the stated one, `standing` scanners over
    those of the document, `growth` trucks over those counted. `detection` chance that a scan finds what is there,
    `believed` how much of the ranking is, `scanned_today` share of all trucks, `use` how full scanners are run, and the
    ranking's curve in two columns.
    """

    reached: float
    up: Float64Array
    standing: Float64Array
    growth: Float64Array
    detection: float
    believed: float
    scanned_today: float
    use: float
    curve: tuple[Float64Array, Float64Array]

    def only(self, at: Int64Array) -> World:
        """The same of the bridges at these places alone."""
        return replace(self, up=self.up[at], standing=self.standing[at], growth=self.growth[at])

    def finds(self, coverage: Float64Array) -> Float64Array:
        """The chance that a smuggler's truck is found where so much is covered, elementwise."""
        ranked = np.interp(coverage, *self.curve)
        chance: Float64Array = self.detection * ((1.0 - self.believed) * coverage + self.believed * ranked)
        return chance

    def covers(self, chance: Float64Array) -> Float64Array:
        """The coverage at which so much is found, elementwise; infinite where no coverage does it."""
        scanned, among = self.curve
        found = self.detection * ((1.0 - self.believed) * scanned + self.believed * among)
        needed: Float64Array = np.where(chance > found[-1] + EQUAL, np.inf, np.interp(chance, found, scanned))
        return needed


def stated(sites: Sites, figures: Figures, policy: Policy) -> World:
    """The world of the stated figures."""
    ones = np.ones(sites.count)
    return World(
        reached=figures.reached.share,
        up=ones,
        standing=figures.standing.factor * ones,
        growth=ones,
        detection=detection_of(figures, policy),
        believed=figures.believed.share,
        scanned_today=figures.scanned_today.share,
        use=figures.use.share,
        curve=figures.ranking.columns(),
    )


def detection_of(figures: Figures, policy: Policy) -> float:
    """What the policy document says that the examination finds of the threat. PlacingError where that is nothing: then
    no place is better than another."""
    examination, threat = figures.finds.examination, figures.finds.threat
    micro = int(policy.detection_micro()[EXAMINATIONS.index(examination), THREATS.index(threat)])
    if micro == 0:
        raise PlacingError("placing_finds_nothing", examination=examination, threat=threat)
    return micro / MICRO


class Board:
    """The bridges in one world: what scanners do there. All vectors are by bridge, in the order of the sites.

    `aim` is the share of its trucks that every bridge aims to scan today, as far as its scanners reach: unless it is
    given, such that these bridges together scan what was published.
    """

    def __init__(self, sites: Sites, world: World, aim: float | None = None) -> None:
        self.sites = sites
        self.world = world
        self.arrivals = sites.arrivals * world.growth[:, None]
        self._total = self.arrivals @ sites.hours
        # Trucks an hour that scanners of each kind would scan if they were never idle.
        speed = world.reached * world.up
        self._now = sites.rate[:, :, None] * sites.manned * (speed * world.standing)[:, None]
        self._more = sites.new_rate * sites.manning * speed[:, None]
        reach = self._reach(np.zeros(sites.count, np.int64))
        self.aim = self._aimed_at(reach) if aim is None else aim
        self.today = self._covered(self.aim, reach)

    def only(self, at: Int64Array) -> Board:
        """The board of the bridges at these places alone, at which as much is scanned today as among all."""
        return Board(self.sites.only(at), self.world.only(at), self.aim)

    def coverage(self, units: Int64Array) -> Float64Array:
        """The most that can be covered with so many scanners more at each bridge."""
        return self._covered(1.0, self._reach(units))

    def levels(self, most: int) -> Float64Array:
        """float64[P, most + 1]: the level of each bridge with 0 to `most` scanners more, all used as far as they go.

        Beyond the room of a bridge it stays as it is.
        """
        found = np.stack([self.level(np.minimum(number, self.sites.room)) for number in range(most + 1)], axis=1)
        # What rounding takes is not taken: more scanners never find less.
        return np.maximum.accumulate(found, axis=1)

    def level(self, units: Int64Array) -> Float64Array:
        """The level of each bridge with so many scanners more, all used as far as they go."""
        return self.world.finds(self.coverage(units)) + self.sites.diverting

    def level_today(self) -> Float64Array:
        """The level of each bridge by what is scanned today."""
        return self.world.finds(self.today) + self.sites.diverting

    def found_held(self, level: float) -> Float64Array:
        """The chance of a find at each bridge where this level is held: higher where more is scanned today, and lower
        by what it costs to go there."""
        return self.world.finds(np.minimum(self.held(level), 1.0))

    def held(self, level: float) -> Float64Array:
        """The coverage of each bridge where this level is held: never less than today, infinite where it cannot be."""
        needed = self.world.covers(np.maximum(level - self.sites.diverting, 0.0))
        return np.maximum(needed, self.today)

    def added_hours(self, units: Int64Array, coverage: Float64Array) -> Float64Array:
        """Truck-hours that a mean day's scans take at each bridge beyond those of today, with so many scanners more and
        this coverage; infinite where the scanners do not reach so far."""
        return self._truck_hours(units, coverage) - self._hours_today

    @cached_property
    def _hours_today(self) -> Float64Array:
        return self._truck_hours(np.zeros(self.sites.count, np.int64), self.today)

    def hours_at(self, units: Int64Array, level: float) -> float:
        """Truck-hours that a mean day's scans take beyond today where this level is held with these scanners; infinite
        where they cannot hold it."""
        return float(self.added_hours(units, self.held(level)).sum())

    def worst(self, units: Int64Array, ceiling: float = np.inf) -> float:
        """The worst case of a plan: the highest level that these scanners hold everywhere, at no more truck-hours a day
        beyond today than `ceiling`; never below today's."""
        highest = float(self.level(units).min())
        lowest = min(float(self.level_today().min()), highest)
        if not np.isfinite(ceiling) or highest <= lowest or self.hours_at(units, highest - EQUAL) <= ceiling:
            return highest
        if self.hours_at(units, lowest) >= ceiling:
            return lowest
        found = brentq(lambda level: self.hours_at(units, level) - ceiling, lowest, highest - EQUAL, xtol=1e-6)
        # The root is met from either side: what is told is held within the ceiling.
        return float(max(lowest, found - 1e-6))

    def met(self, found: Float64Array, strength: float) -> float:
        """The chance of a find for smugglers who choose by trucks × e^(−strength × level), where this is found at each
        bridge: at 0 nobody moves for it. What it costs to go somewhere bears on where they go; it finds nobody."""
        level = found + self.sites.diverting
        weights = self.sites.trucks * self.world.growth * np.exp(-strength * (level - level.min()))
        return float((weights * found).sum() / weights.sum())

    def _reach(self, units: Int64Array) -> Float64Array:
        """float64[P, H]: trucks an hour that all scanners scan at most, so many more at each bridge."""
        reach: Float64Array = self.world.use * (self._now.sum(axis=0) + units[:, None] * self._more)
        return reach

    def _covered(self, aim: float, reach: Float64Array) -> Float64Array:
        """The coverage where every hour this share of the trucks is to be scanned, as far as scanners reach."""
        share: Float64Array = (np.minimum(aim * self.arrivals, reach) @ self.sites.hours) / self._total
        return np.minimum(share, 1.0)

    def _aimed_at(self, reach: Float64Array) -> float:
        """The share of the trucks to aim at everywhere such that all together scan what was published; all of them
        where what can be scanned is less."""
        weights = self._total / self._total.sum()

        def beyond(aim: float) -> float:
            return float(weights @ self._covered(aim, reach)) - self.world.scanned_today

        return 1.0 if beyond(1.0) <= 0.0 else float(brentq(beyond, 0.0, 1.0))

    def _scans(self, reach: Float64Array, coverage: Float64Array) -> Float64Array:
        """float64[P, H]: trucks scanned an hour where the coverage is this; NaN where scanners do not reach so far."""
        weights = self.sites.hours
        # Between the shares at which an hour's scanners are full, what is covered is linear in the share aimed at.
        full_at = np.divide(reach, self.arrivals, out=np.ones_like(reach), where=self.arrivals > 0.0).clip(0.0, 1.0)
        order = full_at.argsort(axis=1)
        full_at = np.take_along_axis(full_at, order, axis=1)
        coming = np.take_along_axis(self.arrivals * weights, order, axis=1)
        # What comes in the hours that are not full yet, and what is scanned in those that are, before each such share.
        open_still = coming[:, ::-1].cumsum(axis=1)[:, ::-1]
        done = (full_at * coming).cumsum(axis=1)
        before = done - full_at * coming
        covered = before + full_at * open_still
        # Where a level lies within EQUAL the coverage that it takes may lie a little farther.
        most = done[:, -1] / self._total
        needed = np.minimum(coverage, most) * self._total
        at = np.arange(len(reach)), np.minimum((covered < needed[:, None]).sum(axis=1), covered.shape[1] - 1)
        rest = open_still[at]
        aim = np.divide(needed - before[at], rest, out=np.ones_like(needed), where=rest > 0.0).clip(0.0, 1.0)
        scans: Float64Array = np.minimum(aim[:, None] * self.arrivals, reach)
        scans[coverage > most + 100.0 * EQUAL] = np.nan
        return scans

    def _truck_hours(self, units: Int64Array, coverage: Float64Array) -> Float64Array:
        """Truck-hours in scans and in the queue for them, a mean day; infinite where the coverage is out of reach."""
        sites = self.sites
        reach = self._reach(units)
        scans = self._scans(reach, coverage)
        load = np.divide(scans, reach, out=np.zeros_like(reach), where=reach > 0.0)
        total = np.zeros(sites.count)
        more = units[:, None] * self._more
        for kind in range(len(sites.rate)):
            own = kind == sites.placed
            now = self._now[kind]
            speed = now + more if own else now
            up = sites.manned[kind] * (self.world.up * self.world.standing)[:, None]
            minutes = np.broadcast_to(sites.minutes[kind][:, None], now.shape)
            variation = np.broadcast_to(sites.variation[kind][:, None], now.shape)
            if own:
                up = up + units[:, None] * sites.manning * self.world.up[:, None]
                part = np.divide(more, speed, out=np.zeros_like(speed), where=speed > 0.0)
                minutes = (1.0 - part) * minutes + part * sites.new_minutes
                variation = (1.0 - part) * variation + part * sites.new_variation
            # Kinds share the scans of an hour by what they can do, so that all are equally full.
            done = load * self.world.use * speed
            waits = _queue(load * self.world.use, np.maximum(up, 1.0), speed, variation)
            total += (done * (minutes / 60.0 + waits)) @ sites.hours
        return np.where(np.isnan(scans).any(axis=1), np.inf, total / 7.0)


def _queue(load: Float64Array, up: Float64Array, speed: Float64Array, variation: Float64Array) -> Float64Array:
    """Mean hours in the queue for `up` units that take `speed` trucks an hour together, at a load below one."""
    each = np.divide(up, speed, out=np.zeros_like(speed), where=speed > 0.0)
    crowd = np.power(load, np.sqrt(2.0 * (up + 1.0)) - 1.0) / (up * (1.0 - load))
    waits: Float64Array = 0.5 * (1.0 + variation) * crowd * each
    return waits


def weakest(sites: Sites, level: Float64Array) -> Sequence[int]:
    """The bridges of the least level, in the order of the sites."""
    return [int(at) for at in np.flatnonzero(level <= level.min() + SAME)]
