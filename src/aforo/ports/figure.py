"""Figures of a port document, each in its unit."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from aforo.domain.figure import Figure
from aforo.domain.units import Float64Array

Weight = Annotated[float, Meta(ge=0.0, le=1e6)]


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
