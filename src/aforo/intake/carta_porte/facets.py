"""The simple types of SAT's schemas: what a value must be, and which sentence says that it is not.

As XML Schema Part 2 (W3C) has it: spaces are collapsed first, then lengths, patterns, lists and ranges are looked at in
the value. A text's length is looked at before its pattern, so that no pattern sees a long one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

#: What is wrong with a value: the sentence's code and what the type allows, in signs that need no language.
Wrong = tuple[str, str]
#: Looks at a collapsed value.
Check = Callable[[str], Wrong | None]

#: XML Schema's decimals and integers; more digits than these are damage.
DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.([0-9]{0,40}))?|\.([0-9]{1,40}))")
INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
TEXT = re.compile(r"text_([0-9]+)_([0-9]+)")
_SPACES = re.compile(r"[ \t\r\n]+")
LONGEST_HINT = 60


class Facets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A simple type. `says` is the code of the sentence for a value that has not its form."""

    base: Literal["text", "decimal", "integer", "date", "datetime"] = "text"
    keeps_spaces: bool = False
    shortest: int = 0
    longest: int | None = None
    pattern: str = ""
    values: tuple[str, ...] = ()
    least: str = ""
    most: str = ""
    decimals: int | None = None
    says: str = "cp_text"


def collapsed(value: str) -> str:
    """A value without leading, trailing and repeated spaces (XML Schema's `collapse`)."""
    if not value or (value[0] > " " and value[-1] > " " and "  " not in value and value.isprintable()):
        return value
    return _SPACES.sub(" ", value).strip(" ")


def named(name: str, types: dict[str, Facets]) -> Facets:
    """The type of a name: from the table, or `text_A_B`. Raises KeyError where it is neither."""
    bounds = TEXT.fullmatch(name)
    if bounds is None:
        return types[name]
    shortest, longest = int(bounds[1]), int(bounds[2])
    return Facets(shortest=shortest, longest=longest, pattern=f"[^|]{{{shortest},{longest}}}")


def check(facets: Facets) -> Check:
    """The check of a type."""
    if facets.values:
        return _of_list(facets)
    if facets.base in ("date", "datetime"):
        return _of_time(facets)
    if facets.base in ("decimal", "integer"):
        return _of_number(facets)
    return _of_text(facets)


def _of_list(facets: Facets) -> Check:
    values = frozenset(facets.values)
    hint = "|".join(facets.values)
    says = "cp_code" if facets.says == "cp_text" else facets.says
    wrong = (says, hint if len(hint) <= LONGEST_HINT else "")
    return lambda value: None if value in values else wrong


def _of_text(facets: Facets) -> Check:
    shortest, longest = facets.shortest, facets.longest
    pattern = re.compile(facets.pattern, re.ASCII) if facets.pattern else None
    of_form = (facets.says, "")
    # A type of free text says its lengths; one with a form of its own says that.
    free = facets.says == "cp_text"
    of_length = ("cp_length", f"{shortest}-{longest}") if free else of_form

    def look(value: str) -> Wrong | None:
        length = len(value)
        if length < shortest or (longest is not None and length > longest):
            return of_length
        return of_form if pattern is not None and pattern.fullmatch(value) is None else None

    return look


def _of_time(facets: Facets) -> Check:
    pattern = re.compile(facets.pattern)
    read: Callable[[str], object] = date.fromisoformat if facets.base == "date" else datetime.fromisoformat
    wrong = (facets.says, "")

    def look(value: str) -> Wrong | None:
        if pattern.fullmatch(value) is None:
            return wrong
        try:
            read(value)
        except ValueError:  # the 30th of February
            return wrong
        return None

    return look


def _of_number(facets: Facets) -> Check:
    pattern = re.compile(facets.pattern) if facets.pattern else None
    least = Decimal(facets.least) if facets.least else None
    most = Decimal(facets.most) if facets.most else None
    decimals = facets.decimals
    form = DECIMAL if facets.base == "decimal" else INTEGER
    says = facets.says if facets.says != "cp_text" else "cp_number"
    out_of_range = ("cp_range", "-".join(part for part in (facets.least, facets.most) if part))

    def look(value: str) -> Wrong | None:
        shape = form.fullmatch(value)
        if shape is None or (pattern is not None and pattern.fullmatch(value) is None):
            return says, ""
        number = Decimal(value)
        if (least is not None and number < least) or (most is not None and number > most):
            return out_of_range
        if decimals is not None and shape.re is DECIMAL:
            fraction = (shape[1] or shape[2] or "").rstrip("0")
            if len(fraction) > decimals:
                return "cp_decimals", f"≤{decimals}"
        return None

    return look
