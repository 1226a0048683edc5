"""The columns that a table has: how a sentence lists them, and which column of the declaration table each may be.

A guess compares names alone, by the names that exporters use (`column_names.toml`). It proposes, in a sentence or in
the template of a mapping; no file is read by it.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib import resources

from rapidfuzz import fuzz, process

from aforo.domain.text import Text, catalogue
from aforo.intake.batch import LONGEST_NAME, printable

#: Columns that a sentence lists; the others are counted.
MOST_LISTED = 30
#: How alike two names are, of 100, that may mean the same.
ALIKE = 86.0
#: Cells that no column is called: numbers, dates, addresses. A first line with one of them is data.
_DATA = re.compile(
    r"[+-]?[0-9][0-9.,:/\- ]*(?:[T ][0-9:.,]+)?(?:Z|[+-][0-9:]{2,5})?|[^@\s]+@[^@\s]+\.[a-z]+", re.IGNORECASE
)
_SIGNS = re.compile(r"[\W_]+")


def plain_name(name: str) -> str:
    """A column's name as names are compared: lower case, without accents and signs, `%` and units in brackets."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(character for character in bare if not unicodedata.combining(character))
    return _SIGNS.sub(" ", bare).strip()


@cache
def known_names() -> dict[str, str]:
    """The column of the declaration table that each usual name means."""
    text = (resources.files("aforo.intake") / "column_names.toml").read_text(encoding="utf-8")
    table: dict[str, list[str]] = tomllib.loads(text)
    names = {plain_name(target): target for target in table}
    for target, spellings in table.items():
        for spelling in spellings:
            names.setdefault(spelling, target)
    return names


def guesses(header: Sequence[str]) -> dict[str, str]:
    """The column of the header that each column of the declaration table may be: the most alike, each used once."""
    names = known_names()
    scored: list[tuple[float, int, str, str]] = []
    for number, name in enumerate(header):
        found = process.extractOne(plain_name(name), list(names), scorer=fuzz.ratio, score_cutoff=ALIKE)
        if found is not None:
            scored.append((-found[1], number, names[found[0]], name))
    made: dict[str, str] = {}
    for _, _, target, name in sorted(scored):
        made.setdefault(target, name)
    return made


def is_data(header: Sequence[str]) -> bool:
    """Whether a first line holds values rather than names: it has no header, and may name persons."""
    return any(_DATA.fullmatch(name.strip()[:LONGEST_NAME]) for name in header)


def columns_text(header: Sequence[str]) -> Text:
    """The clause that lists the columns of a table."""
    say = catalogue("aforo.intake").say
    if is_data(header):
        return say("columns_are_data")
    shown = ", ".join(printable(name) for name in header[:MOST_LISTED])
    left = len(header) - MOST_LISTED
    return say("columns_listed", shown=shown) if left <= 0 else say("columns_more", shown=shown, count=left)


def close_text(missing: Sequence[str], header: Sequence[str]) -> Text:
    """The clause that says which columns may be those that are missing; empty where none is like one."""
    alike = {} if is_data(header) else guesses(header)
    say = catalogue("aforo.intake").say
    pairs = [say("column_may_be", column=printable(alike[each]), target=each) for each in missing if each in alike]
    if not pairs:
        return Text("", "")
    joined = Text("; ".join(each.en for each in pairs), "; ".join(each.es for each in pairs))
    return say("columns_close", pairs=joined)


def missing_text(missing: Sequence[str], header: Sequence[str]) -> Text:
    """The sentence for a table that lacks required columns: which, what it has, and what may be meant."""
    found, close = columns_text(header), close_text(missing, header)
    return catalogue("aforo.intake").say("columns_missing", missing=", ".join(missing), found=found, close=close)


def label_text(label: str, header: Sequence[str]) -> Text:
    """The sentence for a label column that the table lacks: what it has, and which name is close."""
    say = catalogue("aforo.intake").say
    close = Text("", "")
    if not is_data(header):
        plain = {plain_name(name): name for name in header}
        found = process.extractOne(plain_name(label), list(plain), scorer=fuzz.ratio, score_cutoff=75.0)
        if found is not None:
            close = say("label_close", column=printable(plain[found[0]]))
    return say("label_missing", column=printable(label), found=columns_text(header), close=close)
