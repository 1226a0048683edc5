"""Code lists that a standard defines: HS six-digit codes, ISO 3166-1 countries, Schedule D ports and their time zones.

The lists are packaged tables (`domain/tables/*.csv`, each with its source in its header), read once when first asked
for. A code that a list does not know is not wrong: it may belong to another edition or another country's customs. One
that has not the form of its standard is: `HsCode`, `CountryCode` and `SchedulePortCode` are these forms.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import Annotated
from zoneinfo import available_timezones

import msgspec
from msgspec import Meta

# In Python `$` also matches before a line's end, which the lookahead rules out; in a JSON schema it changes nothing.
HsCode = Annotated[
    str, Meta(pattern=r"^[0-9]{6}$(?!\n)", description="six digits of the Harmonized System, such as 870829")
]
CountryCode = Annotated[
    str, Meta(pattern=r"^[A-Z]{2}$(?!\n)", description="an ISO 3166-1 alpha-2 code in capitals, such as MX")
]
SchedulePortCode = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{2}(?:[0-9]{2}|XX)$(?!\n)",
        description="a Schedule D code of four digits (or two and XX), such as 2304",
    ),
]


class SchedulePort(msgspec.Struct, frozen=True):
    """A US port of entry by its Schedule D code; `state` is the postal code."""

    code: str
    name: str
    state: str


def _rows(table: str) -> list[dict[str, str]]:
    text = (resources.files("aforo.domain") / "tables" / table).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


@cache
def hs6_codes() -> frozenset[str]:
    """The Harmonized System's six-digit codes (5,613)."""
    return frozenset(row["code"] for row in _rows("hs6.csv"))


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes in upper case (249)."""
    return frozenset(row["code"] for row in _rows("countries.csv"))


@cache
def countries_by_alpha3() -> dict[str, str]:
    """ISO 3166-1 alpha-3 codes in upper case (249), each with its alpha-2 code."""
    return {row["alpha3"]: row["code"] for row in _rows("countries_alpha3.csv")}


@cache
def schedule_d() -> dict[str, SchedulePort]:
    """US ports of entry by Schedule D code (501, the districts' `NNXX` included)."""
    return {row["code"]: SchedulePort(row["code"], row["name"], row["state"]) for row in _rows("schedule_d.csv")}


@cache
def port_zones() -> dict[str, str]:
    """The IANA zone of each US–Mexico land port of entry by Schedule D code."""
    return {row["code"]: row["zone"] for row in _rows("port_zones.csv")}


def port_zone(port: str | None) -> str | None:
    """The IANA zone of a port by its Schedule D code, or None where it is not known."""
    return port_zones().get(port) if port else None


def port_named(port: str) -> str:
    """A port with its name, as `Laredo, TX (2304)`; what the list does not know, a bridge's name among it, as it is."""
    known = schedule_d().get(port)
    return port if known is None else f"{known.name}, {known.state} ({known.code})"


@cache
def zones() -> frozenset[str]:
    """The names of the IANA time zones."""
    return frozenset(available_timezones())
