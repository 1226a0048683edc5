"""Figures of a port document: a value in its unit, with its source or the word `assumed`; what is unknown is left out.

`source` is `assumed` or the key of a source that the document names under `[sources]`. `note` says how a figure was
computed or assumed, where that is not plain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Final

import msgspec
import numpy as np
from msgspec import Meta

from aforo.domain.units import Float64Array

#: The source of a figure that no public source is known for.
ASSUMED: Final = "assumed"

Source = Annotated[str, Meta(min_length=1, max_length=100, description="`assumed`, or a key of [sources]")]
Note = Annotated[str, Meta(max_length=1_000)]
Weight = Annotated[float, Meta(ge=0.0, le=1e6)]


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every figure has beside its value."""

    source: Source
    note: Note = ""


class Count(Figure, frozen=True):
    """How many there are: booths, units, docks, or places, one truck each."""

    count: Annotated[int, Meta(ge=0, le=10_000)]


class Minutes(Figure, frozen=True):
    minutes: Annotated[float, Meta(ge=0.0, le=10_000.0)]


class Kilometres(Figure, frozen=True):
    km: Annotated[float, Meta(ge=0.0, le=500.0)]


class PerHour(Figure, frozen=True):
    """Trucks an hour that one unit takes when it is never idle."""

    per_hour: Annotated[float, Meta(gt=0.0, le=1_000.0)]


class Hours(Figure, frozen=True):
    hours: Annotated[float, Meta(gt=0.0, le=10_000.0)]


class Share(Figure, frozen=True):
    """A fraction; `period` says of what time, where it was counted."""

    share: Annotated[float, Meta(ge=0.0, le=1.0)]
    period: Annotated[str, Meta(max_length=50)] = ""


class Service(Figure, frozen=True):
    """How long one truck takes: mean and standard deviation, minutes."""

    mean_minutes: Annotated[float, Meta(gt=0.0, le=1_000.0)]
    sd_minutes: Annotated[float, Meta(ge=0.0, le=1_000.0)]


class Place(Figure, frozen=True):
    """Degrees, WGS 84."""

    lat: Annotated[float, Meta(ge=-90.0, le=90.0)]
    lon: Annotated[float, Meta(ge=-180.0, le=180.0)]


class Hourly(Figure, frozen=True):
    """Weights of the 24 local hours of a day, from midnight; only their proportions count."""

    weights: Annotated[tuple[Weight, ...], Meta(min_length=24, max_length=24)]

    def array(self) -> Float64Array:
        """float64[24], as they stand."""
        return np.array(self.weights, dtype=np.float64)


class Weekly(Figure, frozen=True):
    """Weights of the seven days of a week, from Monday; only their proportions count."""

    weights: Annotated[tuple[Weight, ...], Meta(min_length=7, max_length=7)]

    def array(self) -> Float64Array:
        """float64[7], as they stand."""
        return np.array(self.weights, dtype=np.float64)


def figures(node: Any, place: str = "") -> Iterator[tuple[str, Figure]]:
    """Every figure below a node of a document, with its place as TOML would write it."""
    if isinstance(node, Figure):
        yield place, node
    elif isinstance(node, msgspec.Struct):
        for attribute, name in _fields(type(node)):
            yield from figures(getattr(node, attribute), f"{place}.{name}" if place else name)
    elif isinstance(node, dict):
        for name, child in node.items():
            yield from figures(child, f"{place}.{name}" if place else name)
    elif isinstance(node, tuple):
        for number, child in enumerate(node):
            yield from figures(child, f"{place}[{getattr(child, 'id', number)}]")


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, str], ...]:
    """The fields of a kind of node and their names in TOML; to find them costs more than to walk a document."""
    return tuple((field.name, field.encode_name) for field in msgspec.structs.fields(kind))


def not_finite(node: Any, place: str = "") -> str | None:
    """The place of the first number of a decoded document that is neither finite nor missing: TOML can write `nan`."""
    if isinstance(node, float):
        return None if math.isfinite(node) else place
    if isinstance(node, dict):
        inside = ((not_finite(child, f"{place}.{name}" if place else name)) for name, child in node.items())
    elif isinstance(node, list):
        inside = (not_finite(child, f"{place}[{number}]") for number, child in enumerate(node))
    else:
        return None
    return next((found for found in inside if found is not None), None)
