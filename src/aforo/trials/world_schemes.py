"""Ten schemes of very different kinds, and the honest traders that resemble each in its tell-tale.

A scheme runs in episodes: each starts, grows, and stops. An episode casts its actors (established or new), then stages
its crossings: those that violate show the tell-tale, the others are cover. A look-alike is the same play, tell-tale
included, in which nobody violates. Where a scheme is said to move, a violation that the world's own enforcement
finds (at `CAUGHT`, whoever is asked to learn from the history) makes it leave the actor that was caught.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aforo.domain.threat import Threat
from aforo.trials.world_actors import Bools, Ints, Population
from aforo.trials.world_places import GOODS, ORIGINS, PLACES
from aforo.trials.world_traffic import Traffic, crew, load, set_times

#: The chance that one violation is found by the world's own enforcement, which schemes that move respond to.
CAUGHT = 0.08
#: The chance that a crossing shows the scheme's tell-tale where it violates, and where it is cover.
TELL_VIOLATING, TELL_COVER = 0.92, 0.3
#: The share of a scheme's violations that it commits through strangers, leaving nothing that leads to it.
APART = 0.1
#: Violations of one episode, about.
EPISODE = 40
#: Codes of drivers, tractors and exporters that schemes bring in start here.
NEW = 10**12

Stage = Callable[[Traffic, Ints], None]


@dataclass(frozen=True)
class Episode:
    """One run of a scheme, or of its look-alike: each crossing in order of weeks.

    `violates` says which crossings do (in a look-alike: would), `tell` which show the tell-tale: most of those that
    violate, and some of the cover. Those `apart` violate, but are ordinary crossings of others in all else.
    """

    kind: int
    number: int
    week: Ints
    violates: Bools
    tell: Bools
    apart: Bools
    honest: bool

    def turns(self, rng: np.random.Generator, mean_weeks: float) -> Ints:
        """Which actor in a sequence of them plays each crossing: changed after about `mean_weeks`, and when caught."""
        found = self.violates & (rng.random(len(self.week)) < (0.0 if self.honest else CAUGHT))
        turn = np.zeros(len(self.week), dtype=np.int64)
        current, until, caught = 0, self.week[0] + rng.exponential(mean_weeks) + 1, False
        for row, week in enumerate(self.week):
            new_week = row > 0 and week != self.week[row - 1]
            if new_week and (caught or week > until):
                current, until, caught = current + 1, week + rng.exponential(mean_weeks) + 1, False
            turn[row] = current
            caught |= bool(found[row])
        return turn


@dataclass(frozen=True)
class Play:
    """An episode that is cast: the importer of every crossing (−1: an empty trailer), and how it is staged."""

    importer: Ints
    stage: Stage


Scheme = Callable[[np.random.Generator, Population, Episode], Play]


def established(
    rng: np.random.Generator, people: Population, episode: Episode, count: int, low: float, high: float
) -> Ints:
    """Importers between two ranks (shares of all) that live through the whole episode."""
    traders = people.importers
    ordinary = len(people.importer_effect)
    rank = np.arange(ordinary)
    lives = (traders.birth[:ordinary] < episode.week[0] - 4) & (traders.death[:ordinary] > episode.week[-1])
    fits = np.flatnonzero(lives & (rank >= low * ordinary) & (rank <= high * ordinary))
    pool = fits if len(fits) else np.flatnonzero(rank >= low * ordinary)
    return rng.choice(pool, count, replace=count > len(pool))


def shells(rng: np.random.Generator, people: Population, births: Ints) -> Ints:
    """New importers, born in these weeks, whose trade looks like that of some established small one."""
    ordinary = len(people.importer_effect)
    template = rng.integers(ordinary // 5, ordinary, len(births))
    return people.importers.clone(template, births.astype(np.float64), births.astype(np.float64) + 500.0)


def newcomers(rng: np.random.Generator, count: int) -> Ints:
    """Codes of drivers, tractors or exporters that were never seen before."""
    return NEW + rng.integers(0, 10**9, count)


def carriers(rng: np.random.Generator, people: Population, count: int, low: float, high: float) -> Ints:
    """Carriers between two ranks (shares of all)."""
    total = len(people.carriers.weight)
    return rng.choice(
        np.arange(int(low * total), max(int(high * total), int(low * total) + count)), count, replace=False
    )


def starts(episode: Episode, turn: Ints) -> Ints:
    """The week in which each turn begins."""
    return episode.week[np.searchsorted(turn, np.arange(turn[-1] + 1))]


def shell_burst(rng: np.random.Generator, people: Population, episode: Episode) -> Play:
    """A new importer appears with a burst of crossings and is gone in weeks; every other ring keeps its exporter."""
    turn = episode.turns(rng, 4.0)
    importer = shells(rng, people, starts(episode, turn))[turn]
    exporter = newcomers(rng, turn[-1] + 1)[turn * (episode.number % 2)]

    def stage(traffic: Traffic, rows: Ints) -> None:
        traffic.exporter[rows] = exporter

    return Play(importer, stage)


def corrupt_broker(rng: np.random.Generator, people: Population, episode: Episode) -> Play:
    """A broker files for importers that look innocent, some of whose goods are not what it says."""
    broker = int(rng.integers(people.brokers // 5, people.brokers))
    cast = established(rng, people, episode, max(3, len(episode.week) // 9), 0.15, 0.9)
    importer = rng.choice(cast, len(episode.week))

    def stage(traffic: Traffic, rows: Ints) -> None:
        traffic.broker[rows] = broker
        traffic.value[rows[episode.tell]] *= 0.85

    return Play(importer, stage)


def undervaluation(rng: np.random.Generator, people: Population, episode: Episode) -> Play:
    """In one chapter from one origin, many importers declare about half of what the goods are worth."""
    chapters = sorted({good.hs6[:2] for good in GOODS})
    chapter = chapters[int(rng.integers(len(chapters)))]
    goods = np.array([g for g, good in enumerate(GOODS) if good.hs6[:2] == chapter])
    origin = int(rng.integers(1, len(ORIGINS)))
    cast = established(rng, people, episode, max(4, len(episode.week) // 5), 0.05, 1.0)
    importer = rng.choice(cast, len(episode.week))

    def stage(traffic: Traffic, rows: Ints) -> None:
        traffic.good[rows] = rng.choice(goods, len(rows))
        traffic.origin[rows] = origin
        load(rng, people, traffic, rows)
        traffic.value[rows] *= np.where(episode.tell, rng.uniform(0.4, 0.7, len(rows)), 1.0)

    return Play(importer, stage)


def hidden_mass(rng: np.random.Generator, people: Population, episode: Episode) -> Play:
    """The load of a few importers weighs more than its packages should: something rides along."""
    importer = rng.choice(established(rng, people, episode, 4, 0.03, 0.6), len(episode.week))

    def stage(traffic: Traffic, rows: Ints) -> None:
        traffic.mass[rows] *= np.where(episode.tell, rng.uniform(1.12, 1.35, len(rows)), 1.0)

    return Play(importer, stage)


def night_carrier(rng: np.random.Generator, people: Population, episode: Episode) -> Play:
    """One carrier works honestly by day; what it carries by night is another matter."""
    carrier = carriers(rng, people, 1, 0.1, 0.9)
    importer = rng.choice(
        established(rng, people, episode, max(3, len(episode.week) // 6), 0.02, 1.0), len(episode.week)
    )

    def stage(traffic: Traffic, rows: Ints) -> None:
        traffic.carrier[rows] = carrier
        crew(rng, people, traffic, rows)
        set_times(rng, people, traffic, rows, episode.tell)

    return Play(importer, stage)


def fast_pair(rng: np.random.Generator, people: Population, episode: Episode) -> Play:
    """A driver and a tractor in a trusted carrier's FAST lane: only together, among honest trips of either alone."""
    carrier = rng.choice(np.flatnonzero(people.carriers.fast))
    turn = episode.turns(rng, 40.0)
    driver, tractor = newcomers(rng, turn[-1] + 1)[turn], newcomers(rng, 1)[0]
    importer = rng.choice(
        established(rng, people, episode, max(3, len(episode.week) // 8), 0.02, 0.9), len(episode.week)
    )
    alone = rng.random(len(turn)) < 0.5

    def stage(traffic: Traffic, rows: Ints) -> None:
        traffic.carrier[rows] = carrier
        traffic.programme[rows] = 3
        crew(rng, people, traffic, rows)
        traffic.fast[rows] = True
        traffic.driver[rows] = np.where(episode.tell | alone, driver, traffic.driver[rows])
        traffic.tractor[rows] = np.where(episode.tell | ~alone, tractor, traffic.tractor[rows])

    return Play(importer, stage)


def linked_importers(rng: np.random.Generator, people: Population, episode: Episode) -> Play:
    """Unrelated importers, each used two or three times; tractors, drivers and an exporter link them."""
    turn = np.arange(len(episode.week)) // 3
    fresh = shells(rng, people, starts(episode, turn))
    old = established(rng, people, episode, len(fresh), 0.3, 1.0)
    importer = np.where(rng.random(len(fresh)) < 0.5, fresh, old)[turn]
    carrier = rng.choice(carriers(rng, people, 2, 0.05, 0.6), len(turn))
    tractor, driver, exporter = (rng.choice(newcomers(rng, k), len(turn)) for k in (2, 3, 2))
    link = rng.random((3, len(turn))) < np.array([[0.75], [0.6], [0.5]])
    link[0] |= ~link.any(axis=0)

    def stage(traffic: Traffic, rows: Ints) -> None:
        linked = link & episode.tell
        traffic.carrier[rows] = np.where(linked[:2].any(axis=0), carrier, traffic.carrier[rows])
        crew(rng, people, traffic, rows)
        traffic.tractor[rows] = np.where(linked[0], tractor, traffic.tractor[rows])
        traffic.driver[rows] = np.where(linked[1], driver, traffic.driver[rows])
        traffic.exporter[rows] = np.where(linked[2], exporter, traffic.exporter[rows])

    return Play(importer, stage)


def reused_seal(rng: np.random.Generator, people: Population, episode: Episode) -> Play:
    """Seals that were used before, or are far out of the carrier's sequence: the trailer was opened on the way."""
    carrier = rng.choice(carriers(rng, people, 2, 0.05, 0.8), len(episode.week))
    importer = rng.choice(
        established(rng, people, episode, max(3, len(episode.week) // 5), 0.02, 1.0), len(episode.week)
    )

    def stage(traffic: Traffic, rows: Ints) -> None:
        traffic.carrier[rows] = carrier
        crew(rng, people, traffic, rows)
        n = len(rows)
        shift = np.where(rng.random(n) < 0.6, -rng.integers(1, 60, n), rng.integers(300, 5000, n))
        traffic.seal_shift[rows] = np.where(episode.tell, shift, 0)

    return Play(importer, stage)


def mule(rng: np.random.Generator, people: Population, episode: Episode) -> Play:
    """An established importer with a clean record turns bad: a supplier it never had, often goods it never brought."""
    turn = episode.turns(rng, 30.0)
    importer = established(rng, people, episode, turn[-1] + 1, 0.02, 0.3)[turn]
    exporter = newcomers(rng, 1)[0]
    good, origin = int(rng.integers(len(GOODS))), int(rng.integers(len(ORIGINS)))
    changed = episode.tell & (rng.random(len(turn)) < 0.5)

    def stage(traffic: Traffic, rows: Ints) -> None:
        traffic.exporter[rows[episode.tell]] = exporter
        traffic.good[rows[changed]], traffic.origin[rows[changed]] = good, origin
        load(rng, people, traffic, rows[changed])

    return Play(importer, stage)


def cloned_tractor(rng: np.random.Generator, people: Population, episode: Episode) -> Play:
    """Empty trailers behind the double of a tractor that is busy elsewhere, for another carrier, at another bridge."""
    fleet = people.carriers
    turn = episode.turns(rng, 20.0)
    real, other = carriers(rng, people, 2, 0.0, 0.4)
    slots = rng.integers(0, fleet.tractors[real], turn[-1] + 1)[turn]
    drivers = rng.choice(newcomers(rng, 3), len(turn))
    place = int(rng.choice(np.flatnonzero(np.arange(len(PLACES)) != fleet.place[real, 0])))

    def stage(traffic: Traffic, rows: Ints) -> None:
        tell = episode.tell
        traffic.carrier[rows] = np.where(tell, other, real)
        traffic.place[rows] = np.where(tell, place, fleet.place[real, 0])
        crew(rng, people, traffic, rows)
        built = (traffic.week[rows] + slots * 104729 % 150) // 120
        traffic.tractor[rows] = (real * 10_000 + slots) * 100 + built
        traffic.driver[rows[tell]] = drivers[tell]

    return Play(np.full(len(turn), -1, dtype=np.int64), stage)


@dataclass(frozen=True)
class Kind:
    """A scheme's name, the threat it is, the share of all schemes' violations, and how many crossings violate."""

    name: str
    threat: Threat
    share: float
    violating: float
    play: Scheme


KINDS: tuple[Kind, ...] = (
    Kind("shell_burst", "contraband", 0.12, 0.7, shell_burst),
    Kind("corrupt_broker", "misdeclaration", 0.11, 0.4, corrupt_broker),
    Kind("undervaluation", "misdeclaration", 0.12, 0.6, undervaluation),
    Kind("hidden_mass", "contraband", 0.10, 0.5, hidden_mass),
    Kind("night_carrier", "people", 0.10, 0.5, night_carrier),
    Kind("fast_pair", "contraband", 0.09, 0.6, fast_pair),
    Kind("linked_importers", "contraband", 0.10, 0.65, linked_importers),
    Kind("reused_seal", "theft", 0.09, 0.5, reused_seal),
    Kind("mule", "contraband", 0.09, 0.6, mule),
    Kind("cloned_tractor", "people", 0.08, 0.6, cloned_tractor),
)


def plan(rng: np.random.Generator, weeks: int, violations: int) -> list[Episode]:
    """The episodes of all schemes and their look-alikes; those of schemes violate `violations` times in all.

    Each kind has its share of them, in episodes of about EPISODE violations that last 14 to 36 weeks.
    """
    exact = np.array([kind.share for kind in KINDS]) * violations
    counts = np.floor(exact).astype(np.int64)
    counts[np.argsort(counts - exact, kind="stable")[: violations - counts.sum()]] += 1
    episodes: list[Episode] = []
    for k, kind in enumerate(KINDS):
        for honest in (False, True):
            number = int(np.clip(round(counts[k] / EPISODE), 1, 8)) if counts[k] else 0
            first = rng.permutation(number)
            for e in range(number):
                size = int(counts[k] // number + (e < counts[k] % number))
                length = rng.uniform(14.0, 36.0) if weeks > 20 else weeks * rng.uniform(0.4, 0.9)
                begin = (first[e] + rng.random()) / number * max(weeks - 0.6 * length, 0.0)
                cover = round(size * (1.0 / kind.violating - 1.0))
                violates = np.arange(size + cover) < size
                tell = rng.random(size + cover) < np.where(violates, TELL_VIOLATING, TELL_COVER)
                apart = violates & (rng.random(size + cover) < (0.0 if honest else APART))
                # It grows for the first half and then goes on until it stops.
                phase = np.sqrt(rng.random(size + cover)) * 0.5
                phase = np.where(rng.random(size + cover) < 2 / 3, 0.5 + 0.5 * rng.random(size + cover), phase)
                week = np.clip(begin + phase * length, 0, weeks - 1).astype(np.int64)
                order = np.argsort(week, kind="stable")
                episodes.append(Episode(k, e, week[order], violates[order], tell[order], apart[order], honest))
    return episodes


def enter(rng: np.random.Generator, people: Population, episodes: list[Episode]) -> list[Play]:
    """Cast every episode, in order."""
    return [KINDS[episode.kind].play(rng, people, episode) for episode in episodes]
