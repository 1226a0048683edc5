"""The first line of a delimited file: which separator, which columns."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from aforo.intake.blocks import UTF32_MARKS, without_mark
from aforo.intake.delimited import decoded
from aforo.intake.limits import STANDARD, Limits
from aforo.intake.mapping import OWN, Mapping, built_in, fold

SEPARATORS = (",", ";", "\t", "|")
#: Beginnings of files that are certainly not text: archives, spreadsheets, PDF, images.
BINARY_MARKS = (
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"BZh",
    *UTF32_MARKS,
)


class HeaderError(ValueError):
    """A header that cannot be used: `code` of the catalogue and the column it is about."""

    def __init__(self, code: str, column: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.column = column


@dataclass(frozen=True)
class Header:
    """`columns` are unique names; `renamed` those that had to be given another name, as they came."""

    separator: str
    columns: tuple[str, ...]
    renamed: tuple[str, ...] = ()


def first_line(head: bytes) -> bytes:
    """The first line of a file's beginning that is not blank."""
    for line in without_mark(head).replace(b"\r", b"\n").split(b"\n"):
        if line.strip():
            return line
    return b""


def is_table(head: bytes) -> bool:
    """Whether a file that begins with `head` is plainly a table, whatever its columns are called: its first two lines
    have the same number of cells, two at least, and are not those of a message's format."""
    lines = [line for line in without_mark(head).replace(b"\r", b"\n").split(b"\n") if line.strip()][:2]
    if not lines or len(lines[0]) > STANDARD.header_bytes or lines[0].lstrip()[:1] in (b"<", b"{", b"["):
        return False
    try:
        separator = best_separator(lines[0], None)
        counts = [len(names(line, separator)) for line in lines]
    except csv.Error:
        return False
    return counts[0] > 1 and (len(counts) == 1 or counts[0] == counts[1]) and _is_text(lines[0])


def _is_text(line: bytes) -> bool:
    text = decoded(line)
    return sum(character.isprintable() or character == "\t" for character in text) == len(text)


def names(line: bytes, separator: str) -> list[str]:
    """The names in a header line, as they stand, trimmed."""
    text = decoded(line).replace("\0", "")
    return [name.strip() for name in next(csv.reader([text], delimiter=separator), [])]


def best_separator(line: bytes, mapping: Mapping | None) -> str:
    """The separator under which the line has most column names that are known, then most columns."""
    known = set(OWN)
    for each in (mapping,) if mapping else built_in():
        known |= set(each.rules())
    split = {separator: names(line, separator) for separator in SEPARATORS}
    return max(SEPARATORS, key=lambda each: (sum(fold(name) in known for name in split[each]), len(split[each])))


def read(line: bytes, mapping: Mapping | None, limits: Limits) -> Header:
    """The header of a file. Raises HeaderError where it is too long, too wide, or names a known column twice."""
    if len(line) > limits.header_bytes:
        raise HeaderError("header_too_long")
    try:
        separator = best_separator(line, mapping)
        found = names(line, separator)
    except csv.Error as error:
        raise HeaderError("header_unreadable") from error
    if len(found) > limits.columns:
        raise HeaderError("columns_too_many")
    rules = mapping.rules() if mapping else {}
    columns: list[str] = []
    folded: set[str] = set()
    renamed: list[str] = []
    for position, name in enumerate(found, start=1):
        unique = name
        if fold(name) in folded or not name:
            if name and (fold(name) in rules or fold(name) in OWN):
                raise HeaderError("column_twice", name)
            unique = f"{name or 'column'} #{position}"
            while fold(unique) in folded:
                unique += "'"
            renamed.append(unique)
        columns.append(unique)
        folded.add(fold(unique))
    return Header(separator, tuple(columns), tuple(renamed))
