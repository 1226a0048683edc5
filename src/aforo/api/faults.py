"""What is wrong with the body of a request: which field, and what it must be, in both languages.

What is said comes from the type that the route takes, never from what was sent.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import inspect

from aforo.domain.clock import EARLIEST, LATEST
from aforo.domain.problem import Problem
from aforo.domain.text import Text, catalogue

#: Where in a body a fault is that no field has.
WHOLE = "body"
_STEP = re.compile(r"\.([^.\[]+)|\[[0-9]+\]")
_MISSING = re.compile(r"Object missing required field `([^`]+)`")
_say = catalogue("aforo.api").say


def unreadable() -> Problem:
    """The body is no JSON."""
    return Problem(0, WHOLE, "body_no_json", _say("body_no_json"))


def instant_fault(place: str) -> Problem:
    """The fault of an instant, or a day, that no input may name."""
    first, last = f"{EARLIEST.year}", f"{LATEST.year - 1}"
    return Problem(
        0, place or WHOLE, "body_instant", _say("body_instant", field=place or WHOLE, first=first, last=last)
    )


def fault_of(error: msgspec.ValidationError, kind: type[Any]) -> Problem:
    """The fault for which a JSON body is no `kind`. Its place is the path of the field, `documents[0].body` for one."""
    what, _, path = str(error).rpartition(" - at `$")
    place, expected = _at(path.removesuffix("`") if what else "", inspect.type_info(kind))
    told = what or path
    if (missing := _MISSING.fullmatch(told)) and isinstance(expected, inspect.StructType):
        name = missing[1]
        # A tag, which tells what kind of object it is, is a text and none of the fields.
        kinds = (each.type for each in expected.fields if each.encode_name == name)
        return _fault("body_field_missing", f"{place}.{name}" if place else name, next(kinds, inspect.StrType()))
    if told.startswith("Object contains unknown field"):
        if not isinstance(expected, inspect.StructType):
            # The name that was sent looks like a path.
            place, expected = "", inspect.type_info(kind)
        return _fault("body_field_unknown", place, expected)
    return _fault("body_field_bad", place, expected)


def _fault(code: str, place: str, expected: inspect.Type) -> Problem:
    return Problem(0, place or WHOLE, code, _say(code, field=place or WHOLE, kind=_kind(expected)))


def _at(path: str, kind: inspect.Type) -> tuple[str, inspect.Type]:
    """The path without its root and the type there; the root where the type has no such path, as a name that was sent
    may look like one."""
    found: inspect.Type | None = kind
    for step in _STEP.finditer(path):
        found = _within(found, step[1])
        if found is None:
            return "", kind
    return path.removeprefix("."), _given(found or kind)


def _within(kind: inspect.Type | None, name: str | None) -> inspect.Type | None:
    """The type of a field, or (None) of an element."""
    kind = None if kind is None else _given(kind)
    if name is not None and isinstance(kind, inspect.StructType):
        return next((each.type for each in kind.fields if each.encode_name == name), None)
    if name is None and isinstance(kind, inspect.CollectionType):
        return kind.item_type
    return None


def _given(kind: inspect.Type) -> inspect.Type:
    """The type of a value that is there: that of an optional one without its null."""
    if isinstance(kind, inspect.UnionType):
        return next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    return kind


def _kind(kind: inspect.Type) -> Text:
    """What a value must be, as the end of a sentence."""
    kind = _given(kind)
    match kind:
        case inspect.LiteralType(values=values):
            return _say("kind_choice", choices=", ".join(f"`{value}`" for value in values))
        case inspect.StructType(fields=fields):
            return _say("kind_object", fields=", ".join(f"`{each.encode_name}`" for each in fields))
        case inspect.StrType(pattern=str(pattern)):
            return _say("kind_pattern", pattern=pattern)
        case inspect.StrType(min_length=least, max_length=int(most)):
            return _say("kind_text_within", least=least or 0, most=f"{most:,}")
        case inspect.CollectionType(min_length=least, max_length=int(most)):
            return _say("kind_list_within", least=least or 0, most=most)
        case inspect.IntType(ge=int(least), le=int(most)):
            return _say("kind_whole_within", least=f"{least:,}", most=f"{most:,}")
        case inspect.FloatType(ge=float(low), le=float(high)):
            return _say("kind_number_within", least=low, most=high)
        case _:
            return _say(next((code for type_, code in _PLAIN if isinstance(kind, type_)), "kind_other"))


_PLAIN: tuple[tuple[type[inspect.Type], str], ...] = (
    (inspect.StrType, "kind_text"),
    (inspect.BytesType, "kind_base64"),
    (inspect.BoolType, "kind_flag"),
    (inspect.DateType, "kind_day"),
    (inspect.CollectionType, "kind_list"),
)
