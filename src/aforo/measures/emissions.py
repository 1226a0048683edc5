"""Truck-hours to carbon dioxide, by published rates of idling: a range with its caveats, never one number."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import msgspec

from aforo.domain.text import Text, catalogue
from aforo.measures.economics import Positive, products
from aforo.measures.intervals import Interval


class Idle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A published rate of an engine that idles: US gallons of diesel an hour."""

    name: Text
    gallons: Positive
    url: str


class Carbon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Kilograms of carbon dioxide of a US gallon of diesel."""

    name: Text
    kilograms: Positive
    url: str


class Emission(msgspec.Struct, frozen=True):
    """Kilograms of carbon dioxide from `low` to `high`, both of one sign: spared (positive) or emitted more.

    `least` and `most` are kilograms of a truck-hour.
    """

    low: float
    high: float
    least: float
    most: float
    idle: tuple[Idle, ...]
    carbon: Carbon
    caveats: tuple[Text, ...]


class _Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    idle: tuple[Idle, ...]
    carbon: Carbon


@cache
def _published() -> _Published:
    text = resources.files("aforo.measures").joinpath("emissions.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _Published)


def emission_of(saved: Interval) -> Emission | None:
    """The carbon dioxide of truck-hours saved (negative: lost), over their interval and all published rates; None where
    the interval holds zero."""
    if not (saved.low > 0.0 or saved.high < 0.0):
        return None
    published = _published()
    rates = sorted(each.gallons * published.carbon.kilograms for each in published.idle)
    low, high = products((saved.low, saved.high), (rates[0], rates[-1]))
    caveats = tuple(catalogue("aforo.measures").template(f"emissions.{code}") for code in ("idle", "others"))
    return Emission(low, high, rates[0], rates[-1], published.idle, published.carbon, caveats)
