"""The instants and days within a value: where an object that was sent, or the payload of an event, names any.

The fields that may hold one are found from a type once, so that an object without any costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from aforo.domain.clock import is_valid, is_valid_day, readable, readable_day

T = TypeVar("T")


def invalid_instant(value: Any) -> str | None:
    """The place of the first instant or day within a value that no input may name, such as `stretches[0].since`; None
    where there is none."""
    for place, at in _instants(value, ""):
        if not (is_valid(at) if isinstance(at, datetime) else is_valid_day(at)):
            return place
    return None


def with_readable_instants(value: T) -> T:
    """The value, with the nearest that can be read in the place of every instant and day that cannot."""
    made: T = _readable(value)
    return made


def _instants(value: Any, place: str) -> Iterator[tuple[str, date]]:
    if isinstance(value, date):
        yield place, value
    elif isinstance(value, msgspec.Struct):
        for name in _fields(type(value)):
            yield from _instants(getattr(value, name), f"{place}.{name}" if place else name)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _instants(item, f"{place}[{number}]")
    elif isinstance(value, Mapping):
        for item in value.values():  # a key was sent, and is not repeated
            yield from _instants(item, place)


def _readable(value: Any) -> Any:
    if isinstance(value, datetime):
        return readable(value)
    if isinstance(value, date):
        return readable_day(value)
    if isinstance(value, msgspec.Struct):
        given = {name: getattr(value, name) for name in _fields(type(value))}
        changes = {name: made for name, item in given.items() if (made := _readable(item)) is not item}
        return msgspec.structs.replace(value, **changes) if changes else value
    if isinstance(value, list | tuple):
        made = [_readable(item) for item in value]
        same = all(new is old for new, old in zip(made, value, strict=True))
        return value if same else type(value)(made)
    if isinstance(value, dict):
        return {key: _readable(item) for key, item in value.items()}
    return value


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of a type that may hold an instant or a day."""
    told = inspect.type_info(kind)
    assert isinstance(told, inspect.StructType)
    return tuple(each.name for each in told.fields if _holds(each.type, set()))


def _holds(kind: inspect.Type, met: set[int]) -> bool:
    """Whether a value of a type may hold an instant or a day; `met` are the types that are being looked at."""
    if id(kind) in met:
        return False
    met.add(id(kind))
    match kind:
        case inspect.DateTimeType() | inspect.DateType():
            return True
        case inspect.Metadata(type=told):
            return _holds(told, met)
        case inspect.StructType(fields=fields):
            return any(_holds(each.type, met) for each in fields)
        case inspect.UnionType(types=types):
            return any(_holds(each, met) for each in types)
        case inspect.TupleType(item_types=types):
            return any(_holds(each, met) for each in types)
        case inspect.CollectionType(item_type=item):
            return _holds(item, met)
        case inspect.DictType(value_type=item):
            return _holds(item, met)
        case _:
            return False
