"""The document of legal grounds of a country: which law stands behind which status, with its source or `assumed`.

An administration replaces the documents that are shipped (`grounds/us.toml`, `grounds/mx.toml`) by its own. A ground
whose text was not read says `assumed` as its source, and the answer shows that it is not confirmed.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from aforo.domain.form import fault_of, not_toml, placed
from aforo.domain.text import Text, catalogue

Status = Literal[
    "received", "noted", "accepted", "partly", "refused", "to_be_examined", "released", "held", "amended", "cancelled"
]
#: Statuses that take something from a filer, and so never go out without a ground.
GROUNDED: tuple[Status, ...] = ("partly", "refused", "to_be_examined", "held")
ASSUMED = "assumed"
LONGEST_DOCUMENT = 64 * 1024

Line = Annotated[str, Meta(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$(?!\n)")]


class GroundsError(ValueError):
    """The document of grounds is not valid; `text` says where and what to do, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text: Text = catalogue("aforo.answers").say(code, **fields)
        super().__init__(self.text.en)


class Ground(msgspec.Struct, frozen=True):
    """One legal ground as a filer sees it. `confirmed` is false where nobody read the law's text."""

    citation: str
    text: Text
    confirmed: bool


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"statuses": "for"}):
    """One ground in the document: the statuses it stands behind, the law, where its text was read or `assumed`."""

    code: Code
    statuses: tuple[Status, ...]
    citation: Line
    source: Line
    en: Line
    es: Line


class Grounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"entries": "ground"}):
    """One country's document. `synthetic` marks that of an exercise: every answer by it says so."""

    country: Country
    version: Annotated[str, Meta(pattern=r"^[0-9A-Za-z.-]{1,20}$(?!\n)")]
    entries: Annotated[tuple[Entry, ...], Meta(min_length=1, max_length=100)]
    synthetic: bool = False

    def of(self, status: Status) -> tuple[Ground, ...]:
        """The grounds of a status, in the document's order."""
        return tuple(
            Ground(each.citation, Text(each.en, each.es), each.source.split(":")[0].strip() != ASSUMED)
            for each in self.entries
            if status in each.statuses
        )


def parse(document: bytes) -> Grounds:
    """Raises GroundsError."""
    if len(document) > LONGEST_DOCUMENT:
        raise GroundsError("grounds_large")
    try:
        table = tomllib.loads(document.decode())
        grounds = msgspec.convert(table, Grounds)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise GroundsError("grounds_unreadable", why=not_toml(error)) from None
    except msgspec.ValidationError as error:
        raise GroundsError("grounds_not_valid", why=placed(*fault_of(error, Grounds, table))) from None
    codes = [each.code for each in grounds.entries]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise GroundsError("grounds_twice", ground=twice[0])
    for status in GROUNDED:
        if not grounds.of(status):
            raise GroundsError("grounds_missing", status=status)
    return grounds


@cache
def shipped(country: str) -> Grounds:
    """The document that is shipped for a country, `US` or `MX`. Raises GroundsError for another."""
    path = resources.files("aforo.answers") / "grounds" / f"{country.lower()}.toml"
    if country not in ("US", "MX"):
        raise GroundsError("grounds_not_shipped", country=country[:2])
    return parse(path.read_bytes())
