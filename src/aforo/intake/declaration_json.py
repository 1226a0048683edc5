"""Declarations as JSON: one object, an array of them, or one a line (NDJSON), under the names of the declaration table.

Numbers are kept as they were written. What the table has no column for is kept under its own name; what is nested is
kept as its JSON text. Without `filed_at` a declaration was filed when it was received.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from aforo.intake.message import COLUMNS, Fault, Said

NAME = "declarations_json"
NAMES: Mapping[str, str] = MappingProxyType({})
_KNOWN = frozenset(COLUMNS)
_FAULTS = ("json_unreadable", "json_key_twice", "json_no_object", "json_text_damaged", "encoding_unreadable")


def recognises(head: bytes, name: str) -> bool:
    """Whether a file begins with an object, or an array of them, one of whose names is `declaration_id`."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[:1] in (b"{", b"[") and b'"declaration_id"' in start


def parse(data: bytes, received: datetime) -> Iterator[Said | Fault]:
    """The declarations of a message; see `message.MessageFormat`."""
    text = data.decode("utf-8-sig", "surrogateescape")
    stripped = text.strip()
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not _is_whole(text) and (stripped.startswith("[") or len(lines) == 1):
        yield Fault("encoding_unreadable", "file")
        return
    if stripped.startswith("["):
        listed = _decoded(stripped)
        if isinstance(listed, str):
            yield Fault(listed, "file")
            return
        for number, each in enumerate(listed, 1):
            yield _said(f"record {number}", json.dumps(each, ensure_ascii=False), each, received)
        return
    if len(lines) > 1:
        whole = _decoded(stripped)
        if isinstance(whole, dict):
            yield _said("record 1", stripped, whole if _is_whole(text) else "encoding_unreadable", received)
            return
    for number, line in lines:
        members = _decoded(line) if _is_whole(line) else "encoding_unreadable"
        yield _said(f"line {number}" if len(lines) > 1 else "record 1", line, members, received)


class _TwiceError(ValueError):
    """A name stands twice in one object: which of its values is meant is not known."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _TwiceError
    return members


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=str)


def _decoded(text: str) -> Any:
    """What a JSON text says, numbers as they are written; the code of a fault where it says nothing."""
    try:
        value = _DECODER.decode(text)
        return "json_no_object" if isinstance(value, str) else value
    except _TwiceError:
        return "json_key_twice"
    except (ValueError, RecursionError):
        return "json_unreadable"


def _said(place: str, raw: str, members: Any, received: datetime) -> Said:
    # What is plain ASCII and escapes nothing as a number cannot hold half a character: asked once, not of each value.
    plain = raw.isascii() and "\\u" not in raw
    said = Said(place, raw if plain else _whole_text(raw), named=True)
    if not isinstance(members, dict):
        code = members if isinstance(members, str) and members in _FAULTS else "json_no_object"
        said.faults.append(Fault(code, place))
        return said
    fields = said.fields
    for name, value in members.items():
        if value is None:
            continue
        if name in _KNOWN:
            if isinstance(value, str):
                if value:
                    fields[name] = value
            elif isinstance(value, bool):
                fields[name] = _text_of(value)
            else:
                said.faults.append(Fault("json_nested", f"{place}, {name}", name=name))
        elif name == "extra" and isinstance(value, dict):
            said.extra.update({own: _text_of(each) for own, each in value.items() if each is not None})
        else:
            said.extra[name] = _text_of(value)
    if not plain and not all(map(_is_whole, (*said.fields.values(), *said.extra, *said.extra.values()))):
        said.fields.clear()
        said.extra.clear()
        said.faults.append(Fault("json_text_damaged", place))
    if "filed_at" not in said.fields:
        said.filed_when_received(received)
    return said


def _text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_whole(text: str) -> bool:
    """Whether a text has no half of a surrogate pair, which JSON can write and no store of text takes."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _whole_text(text: str) -> str:
    return text if _is_whole(text) else text.encode("utf-8", "replace").decode()
