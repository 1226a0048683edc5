"""The control plan: how many random examinations each stratum gets, and what they will and will not be able to say.

A stratum is a port, a lane and a trade programme. The lottery examines every crossing with a chance that depends on its
stratum alone. The plan spends a floor of the examination capacity on it, gives every pool of strata a minimum, and
joins strata that are too small for the minimum to others, by one rule:

    While a pool is too small, or the minima together take more than their share of the examinations, the pool with the
    fewest crossings joins the smallest other pool of the same port and lane; where there is none, of the same port;
    else of the same lane; else any. Ties go by name.

A pool is too small where the minimum would need more than `most_oversampling` times the chance that all would have if
the examinations were spread evenly. What the minima leave is spread in proportion to the crossings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.text import catalogue
from aforo.measures.figures import without_noise

Int64Array = npt.NDArray[np.int64]
Float64Array = npt.NDArray[np.float64]

PPB = 1_000_000_000
#: What stands in a stratum for a value that a declaration does not give.
ABSENT = "-"
#: What stands in the name of a pool for several values.
SEVERAL = "*"
#: The name of the pool of crossings whose stratum the plan does not know.
UNPLANNED = "unplanned"


class PlanError(ValueError):
    """What a plan cannot be made of: the code of the sentence that says why, and its fields."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(catalogue("aforo.measures").say(code, **fields).en)
        self.code, self.fields = code, fields


class Stratum(msgspec.Struct, frozen=True, order=True):
    """Crossings a year of one port, lane and trade programme."""

    port: str
    lane: str
    programme: str
    crossings: float


class PlanParameters(msgspec.Struct, frozen=True):
    """What governance sets.

    `rate`: the share of crossings that is examined. `floor_share`: the share of those examinations that is random.
    `minimum`: random examinations a year that a pool should at least have. `minimum_share`: the greatest share of the
    random examinations that minima may take. `most_oversampling`: as the module says. `largest_relative_width`: a rate
    is published where its 95 % interval is no wider than this many times the rate itself; else counts are (2 asks for
    about six finds). The last four are assumptions of the product.
    """

    rate: float
    floor_share: float = 0.10
    minimum: float = 30.0
    minimum_share: float = 0.25
    most_oversampling: float = 4.0
    largest_relative_width: float = 2.0

    def __post_init__(self) -> None:
        for name, value in (
            ("rate", self.rate),
            ("floor_share", self.floor_share),
            ("minimum_share", self.minimum_share),
        ):
            if not 0.0 < value <= 1.0:
                raise PlanError("plan.share", name=name, value=value)
        for name, value, least in (
            ("minimum", self.minimum, 0.0),
            ("most_oversampling", self.most_oversampling, 1.0),
            ("largest_relative_width", self.largest_relative_width, 0.0),
        ):
            if not least <= value < math.inf:
                raise PlanError("plan.number", name=name, value=value, least=f"{least:g}")

    @property
    def even_chance(self) -> float:
        """The chance of every crossing where the random examinations are spread evenly."""
        return self.rate * self.floor_share


class Pool(msgspec.Struct, frozen=True):
    """Strata that share one chance: crossings and expected random examinations a year, and the chance in ppb."""

    name: str
    port: str
    crossings: float
    examinations: float
    propensity_ppb: int


class Membership(msgspec.Struct, frozen=True):
    """The pool (an index) of one stratum."""

    port: str
    lane: str
    programme: str
    crossings: float
    pool: int


class ControlPlan(msgspec.Struct, frozen=True, dict=True):
    """The plan document. `default_propensity_ppb` is the chance of a crossing whose stratum the plan does not know."""

    parameters: PlanParameters
    pools: tuple[Pool, ...]
    strata: tuple[Membership, ...]
    default_propensity_ppb: int
    schema: int = 1

    @classmethod
    def load(cls, document: bytes) -> ControlPlan:
        """The plan of a JSON document. Raises msgspec.ValidationError, msgspec.DecodeError."""
        return msgspec.json.decode(document, type=cls)

    def dump(self) -> bytes:
        """The plan as a JSON document; the same plan always gives the same bytes."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"

    @property
    def names(self) -> list[str]:
        """The names of the pools by index; the last is that of crossings whose stratum is not planned."""
        return [*(pool.name for pool in self.pools), UNPLANNED]

    def pools_of(self, port: pl.Series, lane: pl.Series, programme: pl.Series) -> Int64Array:
        """The pool index of each crossing; `len(pools)` where its stratum is not planned."""
        strata = list(zip(*(column.to_list() for column in (port, lane, programme)), strict=True))
        unplanned = len(self.pools)
        pool_of = {
            (port, lane, programme): self._lookup.get((_key(port), _key(lane), _key(programme)), unplanned)
            for port, lane, programme in set(strata)
        }
        return np.array([pool_of[stratum] for stratum in strata], dtype=np.int64)

    def propensity_ppb(self, port: pl.Series, lane: pl.Series, programme: pl.Series) -> Int64Array:
        """The chance, in ppb, with which the lottery examines each crossing."""
        chances: Int64Array = self._chances[self.pools_of(port, lane, programme)]
        return chances

    @cached_property
    def _lookup(self) -> dict[tuple[str, str, str], int]:
        return {(s.port, s.lane, s.programme): s.pool for s in self.strata}

    @cached_property
    def _chances(self) -> Int64Array:
        return np.array([*(pool.propensity_ppb for pool in self.pools), self.default_propensity_ppb], dtype=np.int64)


class _Draft(msgspec.Struct):
    """A pool in the making."""

    name: str
    ports: frozenset[str]
    lanes: frozenset[str]
    programmes: frozenset[str]
    crossings: float
    members: tuple[int, ...]

    def near(self, other: _Draft) -> int:
        """0: same port and lane, 1: same port, 2: same lane, 3: neither. A pool of several has no port or lane."""
        same_port = self.ports == other.ports and len(self.ports) == 1
        same_lane = self.lanes == other.lanes and len(self.lanes) == 1
        return 0 if same_port and same_lane else 1 if same_port else 2 if same_lane else 3


def _key(value: object) -> str:
    """A part of a stratum's name as the plan has it."""
    return ABSENT if value is None else str(value)


def _name(ports: frozenset[str], lanes: frozenset[str], programmes: frozenset[str]) -> str:
    return "/".join(min(values) if len(values) == 1 else SEVERAL for values in (ports, lanes, programmes))


def _join(one: _Draft, other: _Draft) -> _Draft:
    ports, lanes = one.ports | other.ports, one.lanes | other.lanes
    programmes = one.programmes | other.programmes
    members = tuple(sorted(one.members + other.members))
    return _Draft(_name(ports, lanes, programmes), ports, lanes, programmes, one.crossings + other.crossings, members)


def _allocate(crossings: Float64Array, examinations: float, minimum: float) -> Float64Array:
    """max(minimum, λ · crossings) with the λ that spends all; even where the minima cannot be afforded."""
    if len(crossings) * minimum >= examinations:
        even: Float64Array = crossings * (examinations / crossings.sum())
        return even
    held = np.zeros(len(crossings), dtype=bool)
    while True:
        spread = (examinations - minimum * held.sum()) / crossings[~held].sum()
        below = ~held & (crossings * spread < minimum)
        if not below.any():
            counts: Float64Array = np.where(held, minimum, crossings * spread)
            return counts
        held |= below


def make_plan(strata: Iterable[Stratum], parameters: PlanParameters) -> ControlPlan:
    """The plan of strata with their yearly crossings. Raises PlanError where there are none, or one is given twice."""
    listed = sorted(strata)
    keys = [(s.port, s.lane, s.programme) for s in listed]
    for own, s in zip(keys, listed, strict=True):
        if not 0.0 <= s.crossings < math.inf:
            raise PlanError("plan.crossings_wrong", stratum="/".join(own), value=s.crossings)
    total = sum(s.crossings for s in listed)
    if total <= 0.0:
        raise PlanError("plan.nothing")
    if twice := next((own for own, after in pairwise(keys) if own == after), None):
        raise PlanError("plan.twice", stratum="/".join(twice))
    examinations = parameters.even_chance * total
    enough = parameters.minimum / (parameters.even_chance * parameters.most_oversampling)
    pools = [
        _Draft("/".join(key), frozenset({key[0]}), frozenset({key[1]}), frozenset({key[2]}), s.crossings, (i,))
        for i, (key, s) in enumerate(zip(keys, listed, strict=True))
    ]
    while len(pools) > 1:
        smallest = min(pools, key=lambda pool: (pool.crossings, pool.name, pool.members))
        afforded = len(pools) * parameters.minimum <= parameters.minimum_share * examinations
        if smallest.crossings >= enough and smallest.crossings > 0.0 and afforded:
            break
        others = [pool for pool in pools if pool is not smallest]
        partner = min(others, key=lambda pool: (smallest.near(pool), pool.crossings, pool.name, pool.members))
        pools = [pool for pool in others if pool is not partner] + [_join(smallest, partner)]
    pools.sort(key=lambda pool: pool.members)
    counts = _allocate(np.array([pool.crossings for pool in pools]), examinations, parameters.minimum)
    pool_of = {member: index for index, pool in enumerate(pools) for member in pool.members}
    names = [pool.name for pool in pools]
    return ControlPlan(
        parameters=parameters,
        pools=tuple(
            Pool(
                # two pools of several may read alike: the first of their strata tells them apart
                name=pool.name if names.count(pool.name) == 1 else f"{pool.name} ({'/'.join(keys[pool.members[0]])} …)",
                port=min(pool.ports) if len(pool.ports) == 1 else SEVERAL,
                crossings=pool.crossings,
                examinations=without_noise(count),
                propensity_ppb=min(PPB, round(PPB * float(count) / pool.crossings)),
            )
            for pool, count in zip(pools, counts, strict=True)
        ),
        strata=tuple(Membership(s.port, s.lane, s.programme, s.crossings, pool_of[i]) for i, s in enumerate(listed)),
        default_propensity_ppb=round(PPB * parameters.even_chance),
    )


def strata_of(port: pl.Series, lane: pl.Series, programme: pl.Series, years: float) -> list[Stratum]:
    """The strata of a history of crossings (one row a crossing) that lasted `years`."""
    counted = (
        pl.DataFrame({"port": port, "lane": lane, "programme": programme})
        .with_columns(pl.all().cast(pl.String).fill_null(ABSENT))
        .group_by("port", "lane", "programme")
        .len("crossings")
        .sort("port", "lane", "programme")
    )
    return [
        Stratum(row["port"], row["lane"], row["programme"], row["crossings"] / years)
        for row in counted.iter_rows(named=True)
    ]
