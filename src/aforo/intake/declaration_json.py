"""Declarations as JSON: one object, an array of them, or one a line (NDJSON), under the names of the declaration table.

Numbers are kept as they were written. What the table has no column for is kept under its own name; what is nested is
kept as its JSON text. Without `filed_at` a declaration was filed when it was received.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from aforo.intake.limits import STANDARD
from aforo.intake.message import COLUMNS, Fault, Said

NAME = "declarations_json"
NAMES: Mapping[str, str] = MappingProxyType({})
_KNOWN = frozenset(COLUMNS)
#: Characters of one declaration at most: those of a record of a table.
LONGEST = STANDARD.record_bytes
_FAULTS = (
    "json_unreadable",
    "json_key_twice",
    "json_no_object",
    "json_text_damaged",
    "encoding_unreadable",
    "record_too_long",
)


def recognises(head: bytes, name: str) -> bool:
    """Whether a file begins with an object, or an array of them, one of whose names is `declaration_id`."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[:1] in (b"{", b"[") and b'"declaration_id"' in start


def is_broken(head: bytes, whole: int) -> bool:
    """Whether a message of at most `whole` bytes begins as JSON does, and neither it nor its first line is JSON; of a
    longer one this is not known."""
    start = head.removeprefix(b"\xef\xbb\xbf").strip()
    if start[:1] not in (b"{", b"[") or len(head) > whole:
        return False
    return all(_is_unreadable(text) for text in (start, start.partition(b"\n")[0]))


def _is_unreadable(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True
    return False


def parse(data: bytes, received: datetime) -> Iterator[Said | Fault]:
    """The declarations of a message; see `message.MessageFormat`."""
    text = data.decode("utf-8-sig", "surrogateescape")
    stripped = text.strip()
    several = "\n" in stripped
    if not _is_whole(text) and (stripped.startswith("[") or not several):
        yield Fault("encoding_unreadable", "file")
        return
    if stripped.startswith("["):
        yield from _of_array(stripped, received)
        return
    if several and (len(stripped) <= LONGEST or not _one_a_line(stripped)):
        whole = _decoded(stripped)
        if not isinstance(whole, str) or whole == "record_too_long":
            yield _said("record 1", stripped, whole if _is_whole(text) else "encoding_unreadable", received)
            return
    for number, line in _lines(text.rstrip()):
        members = _decoded(line) if _is_whole(line) else "encoding_unreadable"
        yield _said(f"line {number}" if several else "record 1", line, members, received)


def _of_array(text: str, received: datetime) -> Iterator[Said | Fault]:
    """The declarations of an array. It is read as a whole first, since of a broken one it is not known what it holds;
    then one by one, so that who wants only so many need not wait for the others."""
    try:
        _PLAIN.decode(text)
    except (ValueError, RecursionError):
        yield Fault("json_unreadable", "file")
        return
    number, at = 0, _next(text, 1)
    while not text.startswith("]", at):
        number += 1
        try:
            members, end = _DECODER.raw_decode(text, at)
        except _TwiceError:
            members, end = "json_key_twice", _PLAIN.raw_decode(text, at)[1]
        raw = text[at:end]
        yield _said(f"record {number}", raw, "record_too_long" if len(raw) > LONGEST else members, received)
        at = _next(text, end)


def _next(text: str, at: int) -> int:
    """Where what comes after a place begins, beyond what only parts it."""
    between = _BETWEEN.match(text, at)
    return at if between is None else between.end()


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers."""
    start, number = 0, 1
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        if line and not line.isspace():
            yield number, line
        start, number = end + 1, number + 1


def _one_a_line(text: str) -> bool:
    """Whether most lines of its beginning look like an object each."""
    lines = [line.strip() for line in text[:LONGEST].split("\n")]
    return 2 * sum(line.startswith("{") and line.endswith("}") for line in lines) > sum(map(bool, lines))


class _TwiceError(ValueError):
    """A name stands twice in one object: which of its values is meant is not known."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _TwiceError
    return members


_BETWEEN = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")
_PLAIN = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=str)


def _decoded(text: str) -> Any:
    """What a JSON text says, numbers as they are written; the code of a fault where it says nothing."""
    if len(text) > LONGEST:
        return "record_too_long"
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
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole_text(text: str) -> str:
    return text if _is_whole(text) else text.encode("utf-8", "replace").decode()
