"""The messages of a text: one JSON object, an array of them, one a line, or one after another.

JSON is read strictly (RFC 8259): UTF-8, no field twice in an object, numbers as they were written, and no deeper than
any manifest is. A message that cannot be read is refused alone wherever the next one can be told from it: what is
wrong in a line ends with the line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NoReturn

import msgspec

from aforo.intake.message import Fault

#: Characters of one message, and how deeply it may be nested; the deepest field of the manual lies at eight.
MESSAGE_CHARS, DEPTH = 4 * 1024 * 1024, 16
#: Commas of one message at most: each stands for a value, and the largest trips have some ten thousand.
MOST_COMMAS = 100_000
#: How much of a text is looked at to know whether it has one message a line.
_LOOKED_AT = 1024 * 1024
_SPACE = " \t\r\n"
#: Repeated field names that are told of one message, and broken messages that are told of a text which has not one a
#: line: each may cost a look at the whole text.
_MOST_TWICE, _MOST_BROKEN = 20, 20


class Number:
    """A number as it was written: nothing of it is rounded, and no digit makes it slow."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


@dataclass
class Read:
    """One message. `place` says which of the text's it is; `value` is None where it cannot be read, for `faults`.

    `lost` says that where the message ends is not known.
    """

    place: str
    raw: str
    value: dict[str, object] | None = None
    faults: list[Fault] = field(default_factory=list)
    lost: bool = False


def encoded(value: object) -> bytes:
    """A value as JSON, numbers as they were written. Raises UnicodeEncodeError for half a surrogate pair."""
    return msgspec.json.encode(value, enc_hook=_number)


def _number(value: object) -> msgspec.Raw:
    if isinstance(value, Number):
        return msgspec.Raw(value.text.encode())
    raise TypeError(type(value))


class _Reader:
    """Decodes the messages of one text, in order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._twice: list[str] = []
        self._line, self._line_at = 1, 0
        self._scan = json.JSONDecoder(
            object_pairs_hook=self._object, parse_int=Number, parse_float=Number, parse_constant=_not_a_number
        ).raw_decode

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) != len(pairs) and len(self._twice) < _MOST_TWICE:
            seen: set[str] = set()
            for name, _ in pairs:
                if name in seen:
                    self._twice.append(name)
                seen.add(name)
        return made

    def line(self, start: int, end: int, place: str) -> Read:
        """The message that the text has from `start` to `end`, and nothing beside it."""
        raw = self.text[start:end]
        self._twice = []
        try:
            value, used = self._scan(raw)
            if raw[used:].strip(_SPACE):
                raise json.JSONDecodeError("more than one value", raw, used)
        except json.JSONDecodeError as error:
            return _refused("bc_json", self._at(place, start + error.pos), raw)
        except (RecursionError, ValueError) as error:
            return _refused(_why(error), place, raw)
        return self._told(place, raw, value)

    def running(self, start: int, place: str) -> tuple[Read, int]:
        """The message that begins at `start`, and where it ends; for one that is broken, where another may begin."""
        self._twice = []
        try:
            value, stop = self._scan(self.text, start)
        except json.JSONDecodeError as error:
            found = self.text.find("\n{", max(error.pos - 1, start))
            stop = len(self.text) if found < 0 else found + 1
            return _refused("bc_json", self._at(place, error.pos), self.text[start:stop], lost=True), stop
        except (RecursionError, ValueError) as error:
            return _refused(_why(error), place, self.text[start:], lost=True), len(self.text)
        return self._told(place, self.text[start:stop], value), stop

    def past_space(self, at: int) -> int:
        """Where the next thing stands that is no space."""
        while at < len(self.text) and self.text[at] in _SPACE:
            at += 1
        return at

    def _at(self, place: str, at: int) -> str:
        """A place in the text, by line and column. Asked in the order of the text, so that lines are counted once."""
        self._line += self.text.count("\n", self._line_at, at)
        self._line_at = max(at, self._line_at)
        return f"{place}, line {self._line}, column {at - self.text.rfind(chr(10), 0, at)}"

    def _told(self, place: str, raw: str, value: object) -> Read:
        """The message with what is wrong with it as JSON, whatever it says."""
        if len(raw) > MESSAGE_CHARS:
            return _refused("bc_large", place, raw)
        if raw.count(",") > MOST_COMMAS:
            return _refused("bc_values_many", place, raw)
        if not isinstance(value, dict):
            return _refused("bc_not_an_object", place, raw)
        if _deeper(value, DEPTH):
            return _refused("bc_deep", place, raw)
        if not raw.isascii() or "\\u" in raw:
            try:
                raw.encode()
                text = encoded(value)
            except UnicodeEncodeError:
                return _refused("bc_encoding", place, raw)
            if b"\\u0000" in text and _has_nul(value):
                return _refused("nul_byte", place, raw)
        return Read(
            place, raw, value, [Fault("bc_twice", place, "refusal", name) for name in self._twice[:_MOST_TWICE]]
        )


def messages(data: bytes) -> Iterator[Read]:
    """The messages of a text, in order; what stands among them and is none is told as one that cannot be read."""
    reader = _Reader(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape"))
    at = reader.past_space(0)
    if reader.text.startswith("[", at):
        yield from _of_array(reader, at + 1)
    elif _one_a_line(reader.text):
        yield from _of_lines(reader)
    else:
        yield from _in_a_row(reader, at)


def _of_lines(reader: _Reader) -> Iterator[Read]:
    start = number = 0
    while start < len(reader.text):
        end = reader.text.find("\n", start)
        end = len(reader.text) if end < 0 else end
        begins = reader.past_space(start)
        if begins < end:
            number += 1
            yield reader.line(begins, end, f"message {number}")
        start = end + 1


def _in_a_row(reader: _Reader, at: int) -> Iterator[Read]:
    number = broken = 0
    while at < len(reader.text):
        number += 1
        read, end = reader.running(at, f"message {number}")
        broken += read.lost
        if broken > _MOST_BROKEN:
            read, end = _refused("bc_broken", read.place, reader.text[at:]), len(reader.text)
        yield read
        at = reader.past_space(end)


def _of_array(reader: _Reader, at: int) -> Iterator[Read]:
    """The elements of an array. After one that is broken the others cannot be told apart."""
    text, number, more = reader.text, 0, True
    at = reader.past_space(at)
    if text.startswith("]", at):
        more, at = False, at + 1
    while more:
        number += 1
        start = reader.past_space(at)
        read, at = reader.running(start, f"message {number}")
        if read.lost:
            yield replace(read, raw=_shown(text[start:] or "["))
            return
        yield read
        at = reader.past_space(at)
        more = text.startswith(",", at)
        if not more and not text.startswith("]", at):
            yield _refused("bc_array", f"after message {number}", text[at:] or "]")
            return
        at += 1
    at = reader.past_space(at)
    if at < len(text):
        yield _refused("bc_array", "after the array", text[at:])


def _refused(code: str, place: str, raw: str, *, lost: bool = False) -> Read:
    return Read(place, _shown(raw), None, [Fault(code, place)], lost)


def _why(error: Exception) -> str:
    return "bc_deep" if isinstance(error, RecursionError) else "bc_not_a_number"


def _one_a_line(text: str) -> bool:
    """Whether most lines look like an object each. A text of one line, or that is laid out, is read as it comes."""
    lines = [line for line in text[:_LOOKED_AT].split("\n") if line.strip(_SPACE)]
    whole = sum(line.startswith("{") and line.rstrip(_SPACE).endswith("}") for line in lines)
    return len(lines) > 1 and 2 * whole > len(lines)


def _deeper(value: dict[str, object] | list[object], most: int) -> bool:
    """Whether an object or a list holds others more than `most` levels deep."""
    level = [value]
    for _ in range(most + 1):
        within = (each.values() if isinstance(each, dict) else each for each in level)
        level = [each for values in within for each in values if isinstance(each, (dict, list))]
        if not level:
            return False
    return True


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in name or _has_nul(each) for name, each in value.items())
    return isinstance(value, list) and any(_has_nul(each) for each in value)


def _shown(text: str) -> str:
    """Text that may hold bytes which are no UTF-8, so that it can be kept."""
    return text.encode("utf-8", "backslashreplace").decode()


def _not_a_number(word: str) -> NoReturn:
    raise ValueError(word)
