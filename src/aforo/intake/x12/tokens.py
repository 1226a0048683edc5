"""The text of X12 as segments: separators are read from each interchange's ISA, whose elements have fixed lengths.

X12.5 and X12.6 (interchange and application control structures): ISA is 106 characters long; its fourth is the
element separator, its last but one the component separator, its last the segment terminator, and ISA11 the repetition
separator from version 00402 on. Any character that data do not use will do, a line's end among them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

#: The length of an ISA with its terminator, and where its element separators stand.
ISA_LENGTH = 106
ISA_SEPARATORS = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
#: A segment longer than this is no segment: its terminator is lost.
LONGEST_SEGMENT = 16_384
SPACE = " \t\r\n"
_CP1252_GAPS = re.compile("[\x81\x8d\x8f\x90\x9d]")


class Segment(NamedTuple):
    """A segment: its number within its transaction set, from 1 (ST), and its identifier and elements as text."""

    number: int
    parts: list[str]

    @property
    def name(self) -> str:
        return self.parts[0]

    def get(self, position: int) -> str:
        """The element of that position, from 1, without spaces around it; empty where it is absent."""
        parts = self.parts
        return parts[position].strip() if position < len(parts) else ""


@dataclass(frozen=True)
class Separators:
    """What separates an interchange's elements, components, repetitions (empty where none) and segments."""

    element: str
    component: str
    repetition: str
    segment: str


def separators(isa: str) -> Separators | None:
    """The separators of an ISA of full length; None where they cannot be told apart from each other or from data."""
    found = Separators(isa[3], isa[104], "", isa[105])
    marks = (found.element, found.component, found.segment)
    if len(set(marks)) < len(marks) or any(_is_data(mark) for mark in marks):
        return None
    repetition = isa[82]
    if isa[84:89] >= "00402" and not _is_data(repetition) and repetition not in marks:
        return Separators(found.element, found.component, repetition, found.segment)
    return found


def _is_data(mark: str) -> bool:
    return mark.isalnum() or mark == " " or not mark.isascii()


@lru_cache(maxsize=64)
def patterns(element: str, segment: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Of terminators with nothing but space between them, and of the terminator before what is no content of a set."""
    space, element, end = SPACE.replace(segment, ""), re.escape(element), re.escape(segment)
    envelope = f"(?:SE|ST|GE|GS|IEA|TA1)(?:{element}|{end})|ISA[^0-9A-Za-z]"
    return re.compile(f"(?:[{space}]*+{end})*+"), re.compile(f"{end}[{SPACE}]*+(?={envelope})")


def text_of(data: bytes) -> tuple[str, bool]:
    """The text of a file, and whether it was all of one encoding that X12 uses: ASCII, or UTF-8.

    Otherwise each character stands for one byte, and `mended` makes text of a segment.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8"), True
    except UnicodeDecodeError:
        return data.decode("latin-1"), False


def mended(segment: str) -> tuple[str, str]:
    """A segment of a file that is not UTF-8 throughout, as text, with the code of what is to be said of it."""
    if segment.isascii():
        return segment, ""
    try:
        return segment.encode("latin-1").decode("utf-8"), ""
    except UnicodeDecodeError:
        if _CP1252_GAPS.search(segment):
            return segment, "encoding_unreadable"
        return segment.encode("latin-1").decode("cp1252"), "encoding_guessed"
