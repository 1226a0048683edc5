"""The seeded world: a labelled history of synthetic crossings on which selection is tried. Nothing in it is real.

Background violations follow latent, drifting effects of the actors; ten schemes start, grow and stop among them, each
beside honest traders that resemble it (`world_schemes`). The number of violations is exactly the prevalence times the
rows. Difficulty was set so that simple peers stand where they stand on comparable data, see the datasheet
(docs/reference/world.md); it is not a parameter, so that results of different people compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from aforo.domain.declaration import LANES, TRADE_PROGRAMMES
from aforo.domain.threat import THREATS
from aforo.trials import world_schemes as schemes
from aforo.trials.world_actors import Ints, Population, populate, stream
from aforo.trials.world_places import GOODS, ORIGINS, PLACES
from aforo.trials.world_traffic import Traffic, draw, duty_rates, hazard, importers_of_weeks

#: The version of the world: the same seed and sizes give the same bytes as long as it stays.
VERSION = 1
#: The first week begins on this Monday, in each port's local time.
FIRST_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001  (a local date at every port)
#: The share of all violations that belongs to schemes.
SCHEME_SHARE = 0.42
#: At most this share of a week's rows belongs to schemes and look-alikes.
WEEK_LIMIT = 0.8
#: Threats of ordinary violations of loaded trucks and of empty trailers, in the order of THREATS.
_BACKGROUND_THREATS = {False: (0.20, 0.03, 0.12, 0.65), True: (0.55, 0.40, 0.05, 0.0)}
_SEVERITY = {"contraband": (3.0, 0.8), "people": (4.0, 0.6), "theft": (2.0, 0.7), "misdeclaration": (1.0, 0.9)}


@dataclass(frozen=True)
class World:
    """A synthetic history.

    `history` has the columns of the declaration table and `outcome`, `threat`, `severity`, in order of filing; every
    identifier begins with SYN. `truth` has, for the same `declaration_id`, what nobody at the border can know: the
    `scheme` (null: none), its `episode`, and the scheme that an honest trader resembles (`lookalike`).
    """

    history: pl.DataFrame
    truth: pl.DataFrame


def generate(seed: int, weeks: int = 104, rows_per_week: int = 2000, prevalence: float = 0.025) -> World:
    """Make the world of `seed`: weeks × rows_per_week crossings, of which the share `prevalence` violates.

    Raises ValueError for sizes outside 1–520 weeks and 50–50,000 rows a week or a prevalence outside (0, 0.3].
    """
    if not 1 <= weeks <= 520 or not 50 <= rows_per_week <= 50_000:
        raise ValueError("a world has 1 to 520 weeks of 50 to 50,000 rows")
    if not 0.0 < prevalence <= 0.3:
        raise ValueError("prevalence is above 0 and at most 0.3")
    people = populate(seed, weeks, rows_per_week)
    violations = round(prevalence * weeks * rows_per_week)
    in_schemes = round(SCHEME_SHARE * violations)
    rng = stream(seed, "schemes")
    episodes = schemes.plan(rng, weeks, in_schemes)
    plays = schemes.enter(rng, people, episodes)
    traffic = _traffic(seed, people, episodes, plays, weeks, rows_per_week)
    _background(seed, people, traffic, weeks, violations - in_schemes)
    return _written(seed, people, traffic, weeks)


def _traffic(
    seed: int,
    people: Population,
    episodes: list[schemes.Episode],
    plays: list[schemes.Play],
    weeks: int,
    rows_per_week: int,
) -> Traffic:
    """Ordinary traffic, of which the first rows of each week are given to the schemes and staged."""
    rng = stream(seed, "traffic")
    week = np.repeat(np.arange(weeks, dtype=np.int64), rows_per_week)
    importer = importers_of_weeks(rng, people, week, weeks)
    length = [len(episode.week) for episode in episodes]
    owner = np.repeat(np.arange(len(episodes)), length)
    at = _rows(np.concatenate([e.week for e in episodes]) if episodes else week[:0], weeks, rows_per_week)
    if episodes:
        cast = np.concatenate([play.importer for play in plays])
        apart = np.concatenate([episode.apart for episode in episodes])
        importer[at] = np.where(apart, importer[at], cast)
    traffic = draw(rng, people, week, importer)
    for e, (episode, play) in enumerate(zip(episodes, plays, strict=True)):
        rows = at[owner == e]
        ordinary = traffic.rows(rows[episode.apart])
        play.stage(traffic, rows)
        traffic.put(rows[episode.apart], ordinary)
        (traffic.lookalike if episode.honest else traffic.scheme)[rows] = episode.kind
        traffic.episode[rows] = episode.number
        traffic.outcome[rows] = episode.violates & (not episode.honest)
    return traffic


def _rows(wanted: Ints, weeks: int, rows_per_week: int) -> Ints:
    """A row of its own for each planned crossing, in the wanted week or, where that is full, in the next with room."""
    limit = int(WEEK_LIMIT * rows_per_week)
    count = np.bincount(wanted, minlength=weeks)
    given = wanted.copy()
    for w in np.flatnonzero(count > limit):
        surplus = np.flatnonzero(given == w)[limit:]
        room = np.maximum(limit - np.bincount(given, minlength=weeks), 0)
        order = np.argsort(np.abs(np.arange(weeks) - w), kind="stable")
        given[surplus] = np.repeat(order, room[order])[: len(surplus)]
    position = np.empty(len(given), dtype=np.int64)
    order = np.argsort(given, kind="stable")
    first = np.searchsorted(given[order], given[order], side="left")
    position[order] = np.arange(len(given)) - first
    return given * rows_per_week + position


def _background(seed: int, people: Population, traffic: Traffic, weeks: int, count: int) -> None:
    """Exactly `count` ordinary violations among the rows of no scheme and no look-alike, by their hazards."""
    rng = stream(seed, "background")
    ordinary = np.flatnonzero((traffic.scheme < 0) & (traffic.lookalike < 0))
    # The largest of log hazard + Gumbel noise are a sample without replacement in proportion to the hazards.
    score = hazard(people, traffic, weeks)[ordinary] + rng.gumbel(size=len(ordinary))
    chosen = ordinary[np.argpartition(-score, count - 1)[:count]] if count else ordinary[:0]
    traffic.outcome[chosen] = True
    # Some, not all, show in the price.
    cheap = chosen[(rng.random(len(chosen)) < 0.3) & ~traffic.empty[chosen]]
    traffic.value[cheap] *= rng.uniform(0.45, 0.85, len(cheap))


def _named(rng: np.random.Generator, prefix: str, codes: Ints) -> pl.Series:
    """Identifiers that carry nothing but identity: numbered in random order. Null for −1."""
    kinds, inverse = np.unique(codes, return_inverse=True)
    number = rng.permutation(len(kinds)) + 1
    names = [None if code < 0 else f"SYN{prefix}{n:06d}" for code, n in zip(kinds, number, strict=True)]
    return pl.Series(names, dtype=pl.String).gather(inverse)


def _text(words: Sequence[str], codes: Ints) -> pl.Series:
    return pl.Series(list(words), dtype=pl.String).gather(codes)


def _seals(rng: np.random.Generator, traffic: Traffic) -> pl.Series:
    """Seal numbers: each carrier takes the next of its book, with small gaps, unless the row is out of sequence."""
    n = len(traffic)
    step = rng.integers(1, 4, n)
    order = np.argsort(traffic.carrier, kind="stable")
    total = np.cumsum(step[order])
    carrier = traffic.carrier[order]
    first = np.searchsorted(carrier, carrier, side="left")
    number = np.empty(n, dtype=np.int64)
    base = rng.integers(100_000, 4_000_000, int(traffic.carrier.max()) + 1)
    number[order] = base[carrier] + total - total[first]
    place_in_book = np.empty(n, dtype=np.int64)
    place_in_book[order] = np.arange(n) - first
    back = np.minimum(np.maximum(-traffic.seal_shift, 0), place_in_book)
    earlier = np.empty(n, dtype=np.int64)
    earlier[order] = number[order[np.arange(n) - back[order]]]
    number = np.where(traffic.seal_shift < 0, earlier, number + np.maximum(traffic.seal_shift, 0))
    book = rng.permutation(len(base))
    return pl.Series([f"SYN{book[c]:04d}-{k:07d}" for c, k in zip(traffic.carrier, number, strict=True)])


def _written(seed: int, people: Population, traffic: Traffic, weeks: int) -> World:
    """The two tables, from the codes, in order of filing."""
    rng = stream(seed, "names")
    filed = _filed(traffic)
    order = filed["instant"].arg_sort().to_numpy().astype(np.int64)
    traffic.sort(order)
    n = len(traffic)
    width = max(7, len(str(n)))
    serial = [f"{k:0{width}d}" for k in range(1, n + 1)]
    empty, good = traffic.empty, np.maximum(traffic.good, 0)
    codes = {
        "importer_id": ("IM", traffic.importer),
        "exporter_id": ("EX", traffic.exporter),
        "broker_id": ("BR", traffic.broker),
        "carrier_id": ("CA", traffic.carrier),
        "driver_id": ("DR", traffic.driver),
        "tractor_id": ("TR", traffic.tractor),
    }
    identity = {column: _named(rng, prefix, values) for column, (prefix, values) in codes.items()}
    unknown = rng.random(n) < 0.01
    threat, severity = _harm(rng, traffic)
    frame = pl.DataFrame(
        {
            "declaration_id": [f"SYN{seed}D{k}" for k in serial],
            "filed_at": filed["filed_at"].gather(order),
            "crossing_id": [f"SYN{seed}X{k}" for k in serial],
            "port": _text([p.port for p in PLACES], traffic.place),
            "bridge": _text([p.bridge for p in PLACES], traffic.place),
            **identity,
            "hs6": _text([g.hs6 for g in GOODS], good),
            "description": _text([g.description for g in GOODS], good),
            "origin": _text([o for o, _ in ORIGINS], traffic.origin),
            "departure": pl.repeat("MX", n, eager=True),
            "gross_mass_kg": np.rint(traffic.mass),
            "value_usd": np.round(traffic.value, 2),
            "duty_rate": np.round(duty_rates(traffic, weeks), 4),
            "packages": traffic.packages,
            "declared_empty": empty,
            "trade_programme": _text(TRADE_PROGRAMMES, traffic.programme),
            "lane": _text(LANES, np.where(empty, LANES.index("empty"), traffic.fast)),
            "seal_id": _seals(rng, traffic),
            "outcome": traffic.outcome.astype(np.int8),
            "threat": threat,
            "severity": severity,
        }
    )
    goods_only = ("hs6", "description", "origin", "packages", "duty_rate", "value_usd", "gross_mass_kg", "seal_id")
    history = frame.with_columns(
        pl.when(pl.Series(empty)).then(None).otherwise(pl.col(column)).alias(column) for column in goods_only
    ).with_columns(pl.when(pl.Series(unknown)).then(None).otherwise(pl.col("packages")).alias("packages"))
    names = {k: kind.name for k, kind in enumerate(schemes.KINDS)}
    truth = pl.DataFrame(
        {
            "declaration_id": history["declaration_id"],
            "scheme": pl.Series(traffic.scheme).replace_strict(names, default=None, return_dtype=pl.String),
            "episode": pl.Series(traffic.episode).replace(-1, None),
            "lookalike": pl.Series(traffic.lookalike).replace_strict(names, default=None, return_dtype=pl.String),
        }
    )
    return World(history, truth)


def _filed(traffic: Traffic) -> pl.DataFrame:
    """`instant` and `filed_at` (ISO 8601 with the offset of the port's clock) of each row, in the rows' order."""
    minutes = pl.Series((traffic.week * 7 * 24 * 60 + traffic.minute) * 60_000_000).cast(pl.Duration("us"))
    zones = [place.zone for place in PLACES]
    frame = pl.DataFrame({"local": FIRST_MONDAY + minutes, "zone": _text(zones, traffic.place)}).with_row_index("row")

    def at(local: pl.Expr, zone: str) -> pl.Expr:
        return local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")

    # An hour that the clocks skip in spring is the one after it.
    local, later = pl.col("local"), pl.col("local") + pl.duration(hours=1)
    parts = [
        part.select("row", at(local, zone).fill_null(at(later, zone)).alias("instant")).select(
            "row",
            pl.col("instant").dt.convert_time_zone("UTC"),
            pl.col("instant").dt.strftime("%Y-%m-%dT%H:%M:%S%:z").alias("filed_at"),
        )
        for (zone,), part in frame.group_by("zone", maintain_order=True)
    ]
    return pl.concat(parts).sort("row")


def _harm(rng: np.random.Generator, traffic: Traffic) -> tuple[pl.Series, pl.Series]:
    """The threat and the severity of each violation; null where there is none."""
    n = len(traffic)
    u = rng.random(n)
    loaded, empty = (np.searchsorted(np.cumsum(_BACKGROUND_THREATS[e]), u, side="right") for e in (False, True))
    threat = np.minimum(np.where(traffic.empty, empty, loaded), len(THREATS) - 1)
    of_kind = np.array([THREATS.index(kind.threat) for kind in schemes.KINDS])
    threat = np.where(traffic.scheme >= 0, of_kind[np.maximum(traffic.scheme, 0)], threat)
    level = np.array([_SEVERITY[t] for t in THREATS])[threat]
    severity = np.round(np.exp(np.log(level[:, 0]) + level[:, 1] * rng.normal(size=n)), 3)
    found = pl.Series(traffic.outcome)
    frame = pl.select(
        pl.when(found).then(_text(THREATS, threat)).alias("threat"),
        pl.when(found).then(pl.Series(severity)).alias("severity"),
    )
    return frame["threat"], frame["severity"]
