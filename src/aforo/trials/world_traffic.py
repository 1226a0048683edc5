"""The ordinary traffic of the synthetic world: who crosses when, with whom, carrying what.

Columns are integer codes and figures, one array each; names and identifiers are written at the end. Schemes are staged
on rows of this traffic, so that whatever they leave untouched is as ordinary as anything else.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from aforo.trials.world_actors import DRIFT_WEEKS, Bools, Floats, Ints, Population, pick
from aforo.trials.world_places import GOODS, ORIGINS, SHOCK_CHAPTERS, SHOCK_DUTY, SHOCK_ORIGINS

DAY = 24 * 60
WEEKDAYS = np.array([0.185, 0.185, 0.185, 0.185, 0.18, 0.062, 0.018])
EMPTY_SHARE = 0.15
#: The tariff shock comes at this share of the history.
SHOCK_AT = 0.55

SHOCKED = np.array([[g.hs6[:2] in SHOCK_CHAPTERS and o in SHOCK_ORIGINS for o, _ in ORIGINS] for g in GOODS])
_DUTY = np.array([g.duty_rate for g in GOODS])
_PRICE = np.log([g.usd_per_kg for g in GOODS])
_DENSITY = np.log([g.kg_per_package for g in GOODS])
_PACKAGES = np.log([g.packages for g in GOODS])


@dataclass
class Traffic:
    """One row a crossing. Codes are −1 where a declaration of an empty trailer has none."""

    week: Ints
    minute: Ints  # of the port's local week, from Monday 00:00
    place: Ints
    importer: Ints
    exporter: Ints
    broker: Ints
    carrier: Ints
    driver: Ints
    tractor: Ints
    good: Ints
    origin: Ints
    mass: Floats
    value: Floats
    packages: Floats
    programme: Ints
    fast: Bools
    seal_shift: Ints  # 0: the next of the book; < 0: used again, so many back; > 0: so far out of sequence
    scheme: Ints  # −1: none
    episode: Ints
    lookalike: Ints  # −1: none
    outcome: Bools

    def __len__(self) -> int:
        return len(self.week)

    def sort(self, order: Ints) -> None:
        """Put the rows into `order`."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name)[order])

    def rows(self, rows: Ints) -> dict[str, npt.NDArray[np.generic]]:
        """What these rows are now, by column."""
        return {field.name: getattr(self, field.name)[rows] for field in fields(self)}

    def put(self, rows: Ints, columns: dict[str, npt.NDArray[np.generic]]) -> None:
        """Make these rows what `rows` said that they were."""
        for name, column in columns.items():
            getattr(self, name)[rows] = column

    @property
    def empty(self) -> Bools:
        """Which rows declare an empty trailer."""
        return self.importer < 0


def shock_week(weeks: int) -> int:
    """The week in which the tariff shock comes."""
    return int(SHOCK_AT * weeks)


def importers_of_weeks(rng: np.random.Generator, people: Population, week: Ints, weeks: int) -> Ints:
    """The importer of each row (−1: an empty trailer): in proportion to activity, among those alive in the week.

    Goods that the tariff shock hits are brought forward in the four weeks before it and fall off after it.
    """
    traders = people.importers
    hit = SHOCKED[traders.good[:, 0], traders.origin[:, 0]]
    shock = shock_week(weeks)
    drawn = np.full(len(week), -1, dtype=np.int64)
    loaded = rng.random(len(week)) >= EMPTY_SHARE
    for w in np.unique(week):
        rows = np.flatnonzero(loaded & (week == w))
        alive = (traders.birth <= w) & (traders.death > w)
        factor = 1.35 if shock - 4 <= w < shock else 0.75 if w >= shock else 1.0
        drawn[rows] = pick(rng, np.where(alive, traders.weight, 0.0) * np.where(hit, factor, 1.0), len(rows))
    return drawn


def draw(rng: np.random.Generator, people: Population, week: Ints, importer: Ints) -> Traffic:
    """Ordinary crossings of these importers in these weeks."""
    n, traders, fleet = len(week), people.importers, people.carriers
    empty = importer < 0
    who = np.maximum(importer, 0)

    supplier = pick(rng, np.array([0.55, 0.25, 0.13, 0.07]), n)
    generation = np.clip((week - traders.turnover[who]) // 35 + 1, 0, 2).astype(np.int64)
    broker_slot = pick(rng, np.array([0.88, 0.12]), n)
    carrier_slot = pick(rng, np.array([0.7, 0.2, 0.1]), n)
    carrier = np.where(empty, pick(rng, fleet.weight, n), traders.carrier[who, carrier_slot])
    away = rng.random(n) < 0.15
    place = np.where(empty, fleet.place[carrier, away.astype(int)], traders.place[who, away.astype(int)])
    good = traders.good[who, pick(rng, np.array([0.7, 0.2, 0.1]), n)]
    second = (rng.random(n) < 0.12).astype(np.int64)
    origin = traders.origin[who, second]
    programme = np.where(empty, 0, traders.programme[who])
    traffic = Traffic(
        week=week.astype(np.int64),
        minute=np.zeros(n, dtype=np.int64),
        place=place,
        importer=importer.copy(),
        exporter=np.where(empty, -1, traders.exporter[who, supplier, generation]),
        broker=np.where(empty, -1, traders.broker[who, broker_slot]),
        carrier=carrier,
        driver=np.zeros(n, dtype=np.int64),
        tractor=np.zeros(n, dtype=np.int64),
        good=np.where(empty, -1, good),
        origin=np.where(empty, 0, origin),
        mass=np.zeros(n),
        value=np.zeros(n),
        packages=np.zeros(n),
        programme=programme,
        fast=np.zeros(n, dtype=np.bool_),
        seal_shift=np.zeros(n, dtype=np.int64),
        scheme=np.full(n, -1, dtype=np.int64),
        episode=np.full(n, -1, dtype=np.int64),
        lookalike=np.full(n, -1, dtype=np.int64),
        outcome=np.zeros(n, dtype=np.bool_),
    )
    rows = np.arange(n)
    crew(rng, people, traffic, rows)
    load(rng, people, traffic, rows)
    set_times(rng, people, traffic, rows, rng.random(n) < fleet.night[traffic.carrier])
    sloppy = fleet.sloppy[traffic.carrier] & (rng.random(n) < 0.25)
    traffic.seal_shift = np.where(sloppy, rng.integers(20, 4000, n), 0)
    # Now and then a seal is put on again by mistake, whoever carries it.
    again = rng.random(n) < 0.002
    traffic.seal_shift = np.where(again, -rng.integers(1, 30, n), traffic.seal_shift)
    return traffic


def crew(rng: np.random.Generator, people: Population, traffic: Traffic, rows: Ints) -> None:
    """A driver and a tractor of the row's carrier; two times in three the driver's own. Sets the lane that follows."""
    fleet, n = people.carriers, len(rows)
    carrier, week = traffic.carrier[rows], traffic.week[rows]
    slot = (rng.random(n) ** 1.4 * fleet.drivers[carrier]).astype(np.int64)
    person = (week + slot * 7919 % 90) // fleet.tenure[carrier]
    other = (rng.random(n) * fleet.tractors[carrier]).astype(np.int64)
    machine = np.where(rng.random(n) < 0.67, slot % fleet.tractors[carrier], other)
    built = (week + machine * 104729 % 150) // 120
    traffic.driver[rows] = (carrier * 10_000 + slot) * 100 + person.astype(np.int64)
    traffic.tractor[rows] = (carrier * 10_000 + machine) * 100 + built
    # One missing link voids the lane: importer, carrier and driver must all be trusted.
    card = (slot * 2654435761 % 97) < 70
    traffic.fast[rows] = fleet.fast[carrier] & (traffic.programme[rows] > 0) & card & ~traffic.empty[rows]


def load(rng: np.random.Generator, people: Population, traffic: Traffic, rows: Ints) -> None:
    """Packages, mass and value of the row's good, at its importer's levels. An empty trailer has none."""
    n, traders = len(rows), people.importers
    who, good = np.maximum(traffic.importer[rows], 0), np.maximum(traffic.good[rows], 0)
    packages = np.rint(np.exp(_PACKAGES[good] + traders.size[who] + rng.normal(0, 0.3, n)))
    packages = np.maximum(packages, 1.0)
    mass = packages * np.exp(_DENSITY[good] + traders.density[who] + rng.normal(0, 0.09, n))
    # A truck carries so much: what is over is left behind, packages and all.
    cut = np.minimum(1.0, 21_000.0 / mass)
    packages = np.maximum(np.floor(packages * cut), 1.0)
    value = mass * cut * np.exp(_PRICE[good] + traders.price[who] + rng.normal(0, 0.25, n))
    empty = traffic.empty[rows]
    traffic.packages[rows] = np.where(empty, 0.0, packages)
    traffic.mass[rows] = np.where(empty, 0.0, mass * cut)
    traffic.value[rows] = np.where(empty, 0.0, value)


def set_times(rng: np.random.Generator, people: Population, traffic: Traffic, rows: Ints, night: Bools) -> None:
    """A minute of the local week: around the importer's hour by day, between 22:00 and 04:00 where `night`."""
    n = len(rows)
    mean = np.where(traffic.empty[rows], 13.0, people.importers.hour[np.maximum(traffic.importer[rows], 0)])
    by_day = np.clip(rng.normal(mean, 2.6), 5.0, 21.9)
    hour = np.where(night, (22.0 + 6.0 * rng.random(n)) % 24.0, by_day)
    traffic.minute[rows] = pick(rng, WEEKDAYS, n) * DAY + (hour * 60.0).astype(np.int64)


def duty_rates(traffic: Traffic, weeks: int) -> Floats:
    """The duty that applies: by good, and by origin once the tariff shock has come."""
    good = np.maximum(traffic.good, 0)
    after = (traffic.week >= shock_week(weeks)) & SHOCKED[good, traffic.origin]
    return np.where(traffic.empty, 0.0, _DUTY[good] + SHOCK_DUTY * after)


def hazard(people: Population, traffic: Traffic, weeks: int) -> Floats:
    """The log hazard of an ordinary violation, up to a constant: latent effects of the actors, the flow, the duty."""
    block = traffic.week // DRIFT_WEEKS
    who, good = np.maximum(traffic.importer, 0), np.maximum(traffic.good, 0)
    known = traffic.importer < len(people.importer_effect)
    duty = duty_rates(traffic, weeks)
    exporter = np.where(traffic.exporter < len(people.exporter_effect), traffic.exporter, 0)
    loaded = (
        np.where(known, people.importer_effect[np.where(known, who, 0), block], 0.0)
        + people.exporter_effect[np.maximum(exporter, 0), block]
        + people.broker_effect[np.maximum(traffic.broker, 0), block]
        + people.flow_effect[good, traffic.origin]
        + 9.0 * duty
        + 0.35 * (np.log(np.maximum(traffic.value, 1.0)) - 11.0)
        + 0.4 * (traffic.week - people.importers.birth[who] < 6)
        - 0.5 * (traffic.programme > 0)
    )
    hour = traffic.minute % DAY // 60
    odd_hours = 0.8 * ((hour >= 22) | (hour < 5)) + 0.4 * (traffic.minute >= 5 * DAY)
    anyone = people.time_effect[traffic.place, hour] + odd_hours
    return anyone + people.carrier_effect[traffic.carrier, block] + np.where(traffic.empty, 0.0, loaded)
