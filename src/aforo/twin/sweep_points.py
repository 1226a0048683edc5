"""Where a sweep looks: the points of a grid, of a Sobol sequence, or of the pairs of them that sensitivity needs.

A field has values that are listed, or a range from a low to a high number. A grid takes every combination of listed
values. A Sobol sequence (Sobol', USSR Computational Mathematics 7, 1967; scrambled after Owen and Matoušek, as
`scipy.stats.qmc` does) spreads so many points evenly over all fields at once. `saltelli` takes two such sets, A and B,
of one sequence of twice the dimensions, and beside each row of A that row with one field out of B (Saltelli and
others, Computer Physics Communications 181, 2010): from those `measures.sensitivity` tells how much each field matters.

A listed field of a sequence is a factor whose values have equal chances. A range between whole numbers gives whole
numbers, both ends included.
"""

from __future__ import annotations

import itertools
import re
import tomllib
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
import numpy as np

from aforo.domain.units import Float64Array
from aforo.twin.scenario import ScenarioError

Kind = Literal["grid", "sobol", "saltelli"]
KINDS: Final[tuple[Kind, ...]] = ("grid", "sobol", "saltelli")
#: A design has no more points than this; with replications the limit is `cells.MOST_RUNS`.
MOST_POINTS: Final = 100_000
#: A sequence is spread over no more fields.
MOST_FIELDS: Final = 100

_NUMBER: Final = r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_RANGE: Final = re.compile(rf"({_NUMBER})\.\.({_NUMBER})")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,15}")


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From a low number to a high one; of whole numbers where both are."""

    low: int | float
    high: int | float

    def at(self, part: float) -> int | float:
        """The number at a part of the way, in [0, 1)."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return self.low + int(part * (self.high - self.low + 1))
        return self.low + part * (self.high - self.low)


class Design(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the points of a sweep are made from: the values or range of each field, and of a sequence how many `points`
    and the seed of its scrambling. The same design has the same points."""

    kind: Kind
    over: dict[str, list[Any] | Range]
    points: int = 0
    scramble_seed: int = 0

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields, in the order in which they were given."""
        return tuple(self.over)

    @property
    def together(self) -> int:
        """How many points that stand beside each other have most in common: of `saltelli` those of one row."""
        return len(self.over) + 2 if self.kind == "saltelli" else 1


def overs(given: Sequence[str]) -> dict[str, list[Any] | Range]:
    """The fields of `FIELD=VALUE,VALUE…` or `FIELD=LOW..HIGH`. ScenarioError for what is not of that form."""
    found: dict[str, list[Any] | Range] = {}
    for each in given:
        field, equals, values = each.partition("=")
        if not equals or not field or not values or field in found:
            raise ScenarioError("sweep_over", given=each)
        ends = _RANGE.fullmatch(values)
        if ends is None:
            found[field] = [_value(value) for value in values.split(",")]
            continue
        low, high = (int(end) if _WHOLE.fullmatch(end) else float(end) for end in ends.groups())
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise ScenarioError("sweep_range", given=each)
        # Whole numbers only where both ends are.
        whole = isinstance(low, int) and isinstance(high, int)
        found[field] = Range(low, high) if whole else Range(float(low), float(high))
    return found


def _value(text: str) -> Any:
    """A value as TOML would read it, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def points_of(design: Design) -> list[tuple[Any, ...]]:
    """The points, a value for each field in the order of `design.over`. ScenarioError for a design that cannot be.

    Of `saltelli` they come by row: a row of A, the same with each field in turn out of B, and the row of B.
    """
    if design.kind == "grid":
        return _grid(design.over)
    if design.points < 1:
        raise ScenarioError("sweep_points", design=design.kind)
    if len(design.over) > MOST_FIELDS:
        raise ScenarioError("sweep_fields", fields=len(design.over), most=MOST_FIELDS)
    if design.points * design.together > MOST_POINTS:
        raise ScenarioError("sweep_too_large", points=design.points * design.together, most=MOST_POINTS)
    fields = list(design.over.values())
    if design.kind == "sobol":
        return [_point(fields, row) for row in _sequence(len(fields), design)]
    both = _sequence(2 * len(fields), design)
    made = []
    for first, second in zip(both[:, : len(fields)], both[:, len(fields) :], strict=True):
        made.append(_point(fields, first))
        for at in range(len(fields)):
            mixed = first.copy()
            mixed[at] = second[at]
            made.append(_point(fields, mixed))
        made.append(_point(fields, second))
    return made


def _grid(over: Mapping[str, list[Any] | Range]) -> list[tuple[Any, ...]]:
    """Every combination, the last field varying fastest."""
    listed = []
    for field, values in over.items():
        if isinstance(values, Range):
            raise ScenarioError("sweep_range_grid", field=field)
        listed.append(values)
    points = int(np.prod([len(values) for values in listed], dtype=np.float64))
    if points > MOST_POINTS:
        raise ScenarioError("sweep_too_large", points=points, most=MOST_POINTS)
    return list(itertools.product(*listed))


def _sequence(dimensions: int, design: Design) -> Float64Array:
    """float64[points, dimensions] in [0, 1): the first points of a scrambled Sobol sequence."""
    from scipy.stats import qmc

    with warnings.catch_warnings():
        # That its balance wants a power of two is said by whoever asks.
        warnings.simplefilter("ignore", UserWarning)
        drawn: Float64Array = qmc.Sobol(
            dimensions, scramble=True, rng=np.random.default_rng(design.scramble_seed)
        ).random(design.points)
    return np.minimum(drawn, np.nextafter(1.0, 0.0))


def _point(fields: Sequence[list[Any] | Range], parts: Float64Array) -> tuple[Any, ...]:
    return tuple(
        values.at(float(part)) if isinstance(values, Range) else values[int(part * len(values))]
        for values, part in zip(fields, parts, strict=True)
    )
