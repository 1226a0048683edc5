"""What the readers of lists share: text from bytes, records from lines, and the problems that were found."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from aforo.domain.problem import Gravity, Problem
from aforo.domain.text import catalogue
from aforo.domain.watchlist import Entry
from aforo.intake.batch import printable

PACKAGE = "aforo.intake.lists"

#: Sizes beyond which a file, a record or a field is refused.
MOST_BYTES = 64 * 1024 * 1024
MOST_RECORD_CHARS = 64 * 1024
MOST_NAMES = 1_000
#: Problems of one kind that are kept one by one; further ones are counted.
MOST_PROBLEMS = 1_000

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_DAY = re.compile(r"^(?:circa )?(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4})$")
_MONTH = re.compile(r"^(?:circa )?([A-Za-z]{3})[a-z]* (\d{4})$")
_YEAR = re.compile(r"^(?:circa |approximately )?(\d{4})$")
_IN_YEAR = r"(?:\d{1,2} )?(?:[A-Za-z]{3} )?(\d{4})"
_YEARS = re.compile(rf"^(?:circa |between )?{_IN_YEAR}\s*(?:to|and|-)\s*{_IN_YEAR}$")
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:T.*|Z.*|[+-].*)?$")


@dataclass
class Problems:
    """Problems as they are found, the first of each kind one by one, in bounded memory."""

    file: str
    found: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, record: int, place: str, *, gravity: Gravity = "refusal", **fields: object) -> None:
        """One more problem. `fields` fill its sentence; what comes from the file is made printable."""
        self.counts[code] = self.counts.get(code, 0) + 1
        if self.counts[code] > MOST_PROBLEMS:
            return
        shown = {name: printable(str(value)) for name, value in fields.items()}
        where = f"{printable(self.file)}, {place}" if place else printable(self.file)
        self.found.append(Problem(record, where, code, catalogue(PACKAGE).say(code, **shown), gravity))


@dataclass(frozen=True)
class Reading:
    """What a publisher's files hold: the entries, what was found wrong, and when they were published, if they say it.

    `counts` has how often each kind of problem was found; `problems` lists the first MOST_PROBLEMS of each.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    counts: dict[str, int]
    published_at: datetime | None = None


def text_of(data: bytes, problems: Problems) -> str | None:
    """The text of a file, or None where it is none, which is a refusal of the file."""
    if len(data) > MOST_BYTES:
        problems.add("list_too_large", 0, "")
        return None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            problems.add("list_not_text", 0, "")
            return None
    if b"\0" in data:
        problems.add("list_not_text", 0, "")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.add("list_encoding", 0, "", gravity="warning")
        return data.decode("cp1252", "replace")


def records(text: str, separator: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """The fields of each line with its number, from 1. A line is a record, so that damage stays within its line."""
    # `splitlines` would also break at signs that may stand in a field.
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        # Publishers of the eighties end a file with Ctrl-Z.
        line = line.rstrip("\x1a")
        if not line.strip():
            continue
        if len(line) > MOST_RECORD_CHARS:
            problems.add("record_too_long", number, f"line {number}")
        elif line.count('"') % 2:
            problems.add("quotes_unbalanced", number, f"line {number}")
        else:
            yield number, next(csv.reader([line], delimiter=separator))


def squeezed(text: str) -> str:
    """Text without control characters, and with single spaces."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def birth_of(text: str) -> str | None:
    """A date of birth as a list writes it, in the form of `Entry.born`; None where it is not understood."""
    text = squeezed(text).rstrip(".")
    if found := _ISO.match(text):
        return _day(*found.groups())
    if found := _DAY.match(text):
        day, month, year = found.groups()
        number = _MONTHS.get(month.lower())
        return _day(year, str(number), day) if number else None
    if found := _YEAR.match(text):
        return found[1]
    if found := _MONTH.match(text):
        number = _MONTHS.get(found[1].lower())
        return f"{found[2]}-{number:02}" if number else None
    if found := _YEARS.match(text):
        return f"{found[1]}/{found[2]}"
    return None


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
