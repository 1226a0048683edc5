"""Who trades in the synthetic world: importers with their habits, and the carriers, brokers and exporters they use.

Every actor has a place among its kind and a birth and a death; activity is Zipf-like. Drivers and tractors are slots of
a carrier that are filled by one person or machine after another. Who is a bad risk persists, and drifts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aforo.trials.world_places import GOODS, ORIGINS, PLACES

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Effects drift by a step every so many weeks.
DRIFT_WEEKS = 8
#: The share of loaded crossings of importers that come a few times within weeks and never again.
OCCASIONAL = 0.06
SUPPLIER_SLOTS, BROKER_SLOTS, CARRIER_SLOTS, GOOD_SLOTS = 4, 2, 3, 3


def stream(seed: int, name: str) -> np.random.Generator:
    """A random stream of its own for each purpose: counter-based (Philox), keyed by the seed and the purpose's name."""
    key = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))


def zipf(count: int, exponent: float, shift: float) -> Floats:
    """Zipf–Mandelbrot weights of ranks 1…count, that add up to 1."""
    weight = np.power(np.arange(1.0, count + 1.0) + shift, -exponent)
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def pick(rng: np.random.Generator, weight: Floats, size: int | tuple[int, ...]) -> Ints:
    """Draw indexes with chances in proportion to `weight`."""
    cumulative = np.cumsum(weight)
    drawn = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")
    return np.asarray(np.minimum(drawn, len(weight) - 1), dtype=np.int64)


def drifting(rng: np.random.Generator, count: int, weeks: int, persistent: float, drift: float) -> Floats:
    """Latent effects [count, blocks of DRIFT_WEEKS]: a persistent part, and a random walk of about `drift` a year."""
    blocks = weeks // DRIFT_WEEKS + 1
    steps = rng.normal(0.0, drift * np.sqrt(DRIFT_WEEKS / 52.0), (count, blocks))
    steps[:, 0] += rng.normal(0.0, persistent, count)
    return np.cumsum(steps, axis=1)


@dataclass
class Importers:
    """Habits of importers, one row each; those that schemes bring in are appended, with no activity of their own."""

    weight: Floats
    birth: Floats
    death: Floats
    good: Ints  # [n, GOOD_SLOTS]
    origin: Ints  # [n, 2]
    exporter: Ints  # [n, SUPPLIER_SLOTS, 3 generations]
    broker: Ints  # [n, BROKER_SLOTS]
    carrier: Ints  # [n, CARRIER_SLOTS]
    place: Ints  # [n, 2]
    programme: Ints
    price: Floats  # log level against the good's price
    density: Floats  # log level against the good's mass per package
    size: Floats  # log level of packages
    hour: Floats
    turnover: Floats  # the week in which its suppliers begin to change

    def __len__(self) -> int:
        return len(self.weight)

    def clone(self, templates: Ints, birth: Floats, death: Floats) -> Ints:
        """Append importers that look like `templates` and are chosen by schemes alone; returns their codes."""
        first = len(self)
        for name in self.__dataclass_fields__:
            column = getattr(self, name)
            setattr(self, name, np.concatenate([column, column[templates]]))
        codes = np.arange(first, first + len(templates), dtype=np.int64)
        self.weight[codes] = 0.0
        self.birth[codes], self.death[codes] = birth, death
        self.programme[codes] = 0
        return codes


@dataclass(frozen=True)
class Carriers:
    """Carriers: how many slots of drivers and tractors each has, and how it works."""

    weight: Floats
    drivers: Ints
    tractors: Ints
    tenure: Floats  # weeks a driver stays
    place: Ints  # [n, 2]
    fast: Bools
    night: Floats  # share of its crossings at night
    sloppy: Bools  # keeps its seals in several boxes, and takes from any


@dataclass
class Population:
    """Everyone, with the latent effects on the background of violations (log scale, by block of DRIFT_WEEKS)."""

    importers: Importers
    carriers: Carriers
    exporters: int
    brokers: int
    exporter_effect: Floats
    broker_effect: Floats
    carrier_effect: Floats
    importer_effect: Floats
    flow_effect: Floats  # [good, origin]
    time_effect: Floats  # [place, hour of the day]


def populate(seed: int, weeks: int, rows_per_week: int) -> Population:
    """Everyone in a world of that size."""
    rng = stream(seed, "population")
    importers = max(80, int(0.7 * rows_per_week))
    exporters = max(80, int(0.9 * rows_per_week))
    brokers = max(12, int(0.03 * rows_per_week))
    carriers = max(16, int(0.08 * rows_per_week))
    fleet = _carriers(rng, carriers, rows_per_week)
    traders = _importers(rng, importers, exporters, brokers, fleet, weeks)
    _add_occasional(rng, traders, weeks, rows_per_week)
    effects = stream(seed, "effects")
    return Population(
        importers=traders,
        carriers=fleet,
        exporters=exporters,
        brokers=brokers,
        importer_effect=drifting(effects, importers, weeks, 0.55, 0.4),
        exporter_effect=drifting(effects, exporters, weeks, 0.15, 0.15),
        broker_effect=drifting(effects, brokers, weeks, 0.2, 0.15),
        carrier_effect=drifting(effects, carriers, weeks, 0.2, 0.15),
        flow_effect=_flow_effect(effects),
        time_effect=effects.normal(0.0, 0.2, (len(PLACES), 1)) + effects.normal(0.0, 0.15, (len(PLACES), 24)),
    )


def _flow_effect(rng: np.random.Generator) -> Floats:
    """By good and origin: mostly that of the chapter and that of the origin, some of both together."""
    chapters, chapter = np.unique([good.hs6[:2] for good in GOODS], return_inverse=True)
    of_chapter, of_origin = rng.normal(0.0, 0.35, len(chapters)), rng.normal(0.0, 0.35, len(ORIGINS))
    both: Floats = of_chapter[chapter][:, None] + of_origin + rng.normal(0.0, 0.15, (len(GOODS), len(ORIGINS)))
    return both


def _add_occasional(rng: np.random.Generator, traders: Importers, weeks: int, rows_per_week: int) -> None:
    """Importers of the size of the small ones, each there for one to six weeks, for about three crossings."""
    count = int(OCCASIONAL * rows_per_week * weeks / 3) + 1
    birth = rng.uniform(-6.0, weeks, count)
    span = rng.uniform(1.0, 6.0, count)
    small = rng.integers(len(traders) // 5, len(traders), count)
    codes = traders.clone(small, birth, birth + span)
    traders.weight[codes] = 3.0 / span / rows_per_week
    traders.birth[codes] = np.ceil(birth)


def _carriers(rng: np.random.Generator, count: int, rows_per_week: int) -> Carriers:
    weight = zipf(count, 0.8, 3.0)
    # A tractor makes a handful of trips a week; a carrier has a few more drivers than tractors.
    tractors = np.maximum(2, np.rint(weight * rows_per_week / 3.5)).astype(np.int64)
    place = pick(rng, np.array([p.weight for p in PLACES]), (count, 2))
    return Carriers(
        weight=weight,
        drivers=np.rint(tractors * 1.2).astype(np.int64),
        tractors=tractors,
        tenure=rng.uniform(25, 90, count),
        place=place,
        fast=rng.random(count) < 0.3,
        night=np.where(rng.random(count) < 0.15, rng.uniform(0.2, 0.6, count), rng.uniform(0.0, 0.06, count)),
        sloppy=rng.random(count) < 0.12,
    )


def _importers(
    rng: np.random.Generator, count: int, exporters: int, brokers: int, fleet: Carriers, weeks: int
) -> Importers:
    weight = zipf(count, 0.95, 4.0)
    # The largest were here before and stay; among the rest there are births and deaths.
    rank = np.arange(count) / count
    born = np.where(rng.random(count) < 0.25 + 0.35 * rank, rng.uniform(0, weeks, count), -rng.uniform(0, 200, count))
    born[: count // 20] = -100.0
    death = born + 20 + rng.exponential(np.where(rank < 0.05, 4000.0, 150.0))
    place = pick(rng, np.array([p.weight for p in PLACES]), (count, 2))
    # Carriers are hired mostly among those that work at the same bridge.
    carrier = pick(rng, fleet.weight, (count, CARRIER_SLOTS, 6))
    near = fleet.place[carrier, 0] == place[:, :1, None]
    choice = np.where(near.any(axis=2), near.argmax(axis=2), 0)
    origin_weight = np.array([share for _, share in ORIGINS])
    origin = pick(rng, origin_weight, (count, 2))
    programme = pick(rng, np.array([0.72, 0.08, 0.10, 0.06, 0.04]), count)
    return Importers(
        weight=weight,
        birth=born,
        death=death,
        good=pick(rng, rng.dirichlet(np.full(len(GOODS), 1.5)), (count, GOOD_SLOTS)),
        origin=origin,
        exporter=pick(rng, zipf(exporters, 0.7, 5.0), (count, SUPPLIER_SLOTS, 3)),
        broker=pick(rng, zipf(brokers, 0.8, 2.0), (count, BROKER_SLOTS)),
        carrier=np.take_along_axis(carrier, choice[:, :, None], axis=2)[:, :, 0],
        place=place,
        programme=programme,
        price=rng.normal(0.0, 0.28, count),
        density=rng.normal(0.0, 0.10, count),
        size=rng.normal(0.0, 0.35, count),
        hour=rng.normal(12.5, 3.0, count),
        turnover=rng.uniform(0, 70, count),
    )
