"""The fields of Anexo 22 and the codes of its appendices, from the tables that lie beside this module."""

from __future__ import annotations

import csv
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

#: The kind of operation a field is required of: T. OPER. by its letter; C is a complementary pedimento (key CT).
OPERATIONS = {"IMP": "I", "EXP": "E", "TRA": "T"}


@dataclass(frozen=True)
class PedimentoField:
    """A field: `level` is `head` (of the whole pedimento) or `item`; `kind` says which form its value has, `codes` the
    number of the appendix with its codes; `required` and `forbidden` hold letters of operations."""

    name: str
    level: str
    kind: str
    codes: str
    required: str
    forbidden: str
    aliases: tuple[str, ...]


def fold(name: str) -> str:
    """A column's name as it is compared: capitals, without accents and signs."""
    plain = unicodedata.normalize("NFKD", name).upper()
    return "".join(character for character in plain if character.isalnum() and character.isascii())


def _text(name: str) -> str:
    return (resources.files("aforo.intake.pedimento") / name).read_text(encoding="utf-8")


@cache
def fields() -> dict[str, PedimentoField]:
    """The fields by their official names."""
    rows = csv.DictReader(line for line in _text("fields.csv").splitlines() if not line.startswith("#"))
    return {
        row["name"]: PedimentoField(
            row["name"],
            row["level"],
            row["kind"],
            row["list"],
            row["required"],
            row["forbidden"],
            tuple(alias for alias in row["aliases"].split("|") if alias),
        )
        for row in rows
    }


@cache
def names() -> dict[str, str]:
    """The official name of each folded name and alias."""
    known: dict[str, str] = {}
    for each in fields().values():
        for spelling in (each.name, *each.aliases):
            known.setdefault(fold(spelling), each.name)
    return known


@cache
def _codes() -> dict[str, Any]:
    return tomllib.loads(_text("codes.toml"))


@cache
def listed(appendix: str) -> frozenset[str]:
    """The codes of an appendix."""
    return frozenset(_codes()["lists"][appendix])


@cache
def offices() -> frozenset[str]:
    """Customs offices, two digits (appendix 1)."""
    return frozenset(_codes()["offices"]["office"])


@cache
def sections() -> frozenset[str]:
    """Customs offices with their section, three digits (appendix 1)."""
    return frozenset(_codes()["offices"]["section"])


def facing(section: str) -> str | None:
    """The US port of entry (Schedule D) across the border from an office with its section."""
    found: str | None = _codes()["facing"].get(section)
    return found


@cache
def countries() -> dict[str, str]:
    """The two letters of each country's three (appendix 4); empty for a code that is not of ISO 3166."""
    table = _codes()["countries"]
    return {**dict.fromkeys(table["own"], ""), **table["iso"]}
