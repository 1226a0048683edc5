"""A document as TOML (1.0): tables of plain values, in the order in which they come."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(table: Mapping[str, Any]) -> str:
    """The document of a table of text, numbers, flags, days, instants, lists and tables; None is left out.

    Tables of tables become sections, lists of tables `[[sections]]`; all else is written in one line.
    """
    lines: list[str] = []
    _section(table, "", lines)
    return "\n".join(lines).strip() + "\n"


def _section(table: Mapping[str, Any], path: str, lines: list[str]) -> None:
    plain = {key: value for key, value in table.items() if value is not None and not _is_section(value)}
    if path and plain:
        lines += ["", f"[{path}]"]
    lines += [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in table.items():
        own = f"{path}.{_key(key)}" if path else _key(key)
        if key in plain or value is None:
            continue
        if isinstance(value, Mapping):
            _section(value, own, lines)
            continue
        for each in value:
            lines += ["", f"[[{own}]]"]
            lines += [f"{_key(name)} = {_value(inner)}" for name, inner in each.items() if inner is not None]


def _is_section(value: Any) -> bool:
    """Whether a value is a table of tables, or a list of tables."""
    if isinstance(value, Mapping):
        return any(isinstance(each, Mapping) for each in value.values())
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    # JSON escapes all that TOML does; what it leaves that TOML does not take is the delete character.
    return msgspec.json.encode(value).decode("utf-8").replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case int() | float():
            return repr(value)
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            inside = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items() if each is not None)
            return f"{{ {inside} }}" if inside else "{}"
        case list() | tuple():
            return f"[{', '.join(_value(each) for each in value)}]"
        case _:
            raise TypeError(type(value).__name__)
