"""Messages to begin with, in the formats that carriers' systems write: all in them is made up, and they say so.

Each is as a carrier would send it now: by its own code and of this hour. One has mistakes, for its answer to be seen.
"""

from __future__ import annotations

import re
from datetime import datetime
from importlib import resources
from string import Template
from typing import Literal, get_args

import msgspec

Kind = Literal["json", "ndjson", "csv", "x12", "carta_porte", "mistaken"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_FILES: dict[Kind, str] = {
    "json": "declaration.json",
    "ndjson": "declarations.ndjson",
    "csv": "declarations.csv",
    "x12": "manifest.edi",
    "carta_porte": "carta_porte.xml",
    "mistaken": "mistaken.edi",
}
#: A carrier's code in the United States, and its code in Mexico; the made-up ones stand where it has none.
_SCAC, _RFC = re.compile(r"[A-Z]{2,4}"), re.compile(r"[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}")
#: What bears the one, and what the other.
_BY_SCAC: frozenset[Kind] = frozenset({"x12", "mistaken"})
_BY_RFC: frozenset[Kind] = frozenset({"carta_porte"})
MADE_UP_SCAC, MADE_UP_RFC = "SBXC", "SBX010101AB1"


class Sample(msgspec.Struct, frozen=True):
    """A message by its kind, the name that a file of it has, and its text."""

    kind: Kind
    name: str
    text: str


def samples(carriers: list[str], at: datetime) -> list[Sample]:
    """A message of each kind, as the carrier of these codes would send it at an instant (UTC). A kind is left out that
    bears a code which these carriers do not have: nobody files under another's."""
    scac = next((each for each in carriers if _SCAC.fullmatch(each)), None if carriers else MADE_UP_SCAC)
    rfc = next((each for each in carriers if _RFC.fullmatch(each)), None if carriers else MADE_UP_RFC)
    without = (set() if scac else _BY_SCAC) | (set() if rfc else _BY_RFC)
    filled = {
        "carrier": carriers[0] if carriers else MADE_UP_SCAC,
        "scac": scac or "",
        "wide": (scac or "").ljust(15),
        "rfc": rfc or "",
        "day": f"{at:%Y%m%d}",
        "short": f"{at:%y%m%d}",
        "minute": f"{at:%H%M}",
        "instant": f"{at:%Y-%m-%dT%H:%M:%S}",
    }
    here = resources.files("aforo.intake.samples")
    return [
        Sample(kind, name, Template((here / name).read_text(encoding="utf-8")).substitute(filled))
        for kind, name in _FILES.items()
        if kind not in without
    ]
