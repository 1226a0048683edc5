"""Readings that came unsigned, by device: the lines that a device, or who speaks for it, sent, and what they say.

A portion is what is recorded as one block, where it has readings: a block of none has no form, and is none. Its lines
are kept as they were sent, those that say nothing of a reading among them: who reads `raw` again with the reader of its
form gets the same readings. Nothing is left out or put in order: what came twice, late or in conflict is in it as it
came.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import numpy as np

from aforo.domain.clock import FIRST, LAST, microseconds
from aforo.domain.device import ReadingForm
from aforo.domain.problem import Gravity, Problem
from aforo.domain.reading import READING, Readings, no_readings
from aforo.domain.text import catalogue

_UNICODE: Final = unicodedata.ucd_3_2_0
#: Readings of one block: what is signed, recorded and proven at once.
MOST_READINGS: Final = 1_000
#: Bytes of an identifier in UTF-8.
MOST_ID_BYTES: Final = 64
#: What is read at once of what came unsigned.
MOST_BYTES: Final = 16 * 1024 * 1024
#: Devices of one thing sent.
MOST_DEVICES: Final = 10_000
#: Problems of one thing sent that are told one by one; further ones are counted.
MOST_PROBLEMS: Final = 1_000
#: The instants that a reading may have, both within, in microseconds since 1970: a device's clock may begin there anew.
EARLIEST: Final = microseconds(FIRST)
LATEST: Final = microseconds(LAST)

#: What a reading says, by the columns of READING; what is not there is absent.
Said = Mapping[str, int]
#: What is wrong: the code, the column that it is about, and whether it cost the reading.
Fault = tuple[str, str, Gravity]


@dataclass(frozen=True, eq=False)
class Portion:
    """Readings of one device in the order sent, `MOST_READINGS` at most, and the lines that they were read from.

    `raw` has each line ended by a newline; it may have lines that no reading was made of. `zone` is the zone that
    instants without an offset were read in, where the form leaves that open. `problems` are those of its lines.
    `wordless` is how many of the lines were understood and say nothing of a reading.
    """

    device: str
    form: ReadingForm
    raw: bytes
    readings: Readings
    problems: tuple[Problem, ...] = ()
    zone: str = ""
    wordless: int = 0


@dataclass(frozen=True)
class Portions:
    """What came at once, by device; `problems` are those of lines that name no device, and of the whole."""

    portions: tuple[Portion, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass
class _Gathered:
    lines: list[bytes] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    wordless: int = 0


class Gathering:
    """Lines as they come, brought together by device; devices in the order of their first line.

    `head` is a line that every portion begins with, such as the header of a table.
    """

    def __init__(self, form: ReadingForm, head: bytes = b"", zone: str = "") -> None:
        self._form = form
        self._head = [head] if head else []
        self._zone = zone
        self._open: dict[str, _Gathered] = {}
        self._whole: dict[str, list[Portion]] = {}
        self._problems: list[Problem] = []
        self._told = 0

    def add(
        self, device: str, line: bytes, said: Said | None, faults: Sequence[Fault] = (), *, record: int, place: str
    ) -> None:
        """A line of a device without its end, the reading that it says, if any, and what is wrong with it."""
        gathered = self._open.get(device)
        if gathered is None:
            if len(self._open) == MOST_DEVICES:
                self.tell("reading_devices", record=record, place=place, count=MOST_DEVICES)
                return
            gathered = self._open[device] = _Gathered()
        if len(gathered.lines) == MOST_READINGS:
            self._whole.setdefault(device, []).append(self._portion(device, gathered))
            gathered = self._open[device] = _Gathered()
        gathered.lines.append(line)
        if said is not None:
            gathered.said.append(said)
        elif all(gravity != "refusal" for _, _, gravity in faults):
            gathered.wordless += 1
        for code, column, gravity in faults:
            self._tell(gathered.problems, code, column, gravity, record, place)

    def tell(self, code: str, *, record: int = 0, place: str = "file", column: str = "", gravity: Gravity = "refusal",
             count: int = 0) -> None:  # fmt: skip
        """A problem of no device's."""
        self._tell(self._problems, code, column, gravity, record, place, count)

    def done(self) -> Portions:
        """All of it."""
        if self._told > MOST_PROBLEMS:
            said = catalogue("aforo.intake").say("reading_more_problems", count=f"{self._told - MOST_PROBLEMS:,}")
            self._problems.append(Problem(0, "file", "reading_more_problems", said, "warning"))
        portions = [
            portion
            for device, gathered in self._open.items()
            for portion in (*self._whole.get(device, ()), self._portion(device, gathered))
        ]
        return Portions(tuple(portions), tuple(self._problems))

    def _tell(
        self, into: list[Problem], code: str, column: str, gravity: Gravity, record: int, place: str, count: int = 0
    ) -> None:
        self._told += record > 0
        # What is said of the whole is always said.
        if record == 0 or self._told <= MOST_PROBLEMS:
            megabytes = MOST_BYTES >> 20
            said = catalogue("aforo.intake").say(code, column=column, count=f"{count:,}", megabytes=megabytes)
            into.append(Problem(record, place, code, said, gravity))

    def _portion(self, device: str, gathered: _Gathered) -> Portion:
        raw = b"".join(line + b"\n" for line in (*self._head, *gathered.lines))
        return Portion(
            device, self._form, raw, columns(gathered.said), tuple(gathered.problems), self._zone, gathered.wordless
        )


def columns(said: Sequence[Said]) -> Readings:
    """Readings in columns."""
    made = no_readings(len(said))
    for name in READING.names or ():
        absent = no_readings(1)[name][0]
        made[name] = np.array([each.get(name, absent) for each in said], READING[name])
    return made


def device_id(text: str) -> str | None:
    """The identifier of a device or gateway that text is, None where it is none: visible characters of Unicode 3.2 and
    single spaces within, composed (NFC), at most 64 bytes in UTF-8, so that an identifier is not written in two ways.

    A block that names it must be one to every verifier: so the characters are those of a version that Python keeps the
    tables of whatever its own are.
    """
    if not text or " ".join(text.split()) != text:
        return None
    if text.isascii():
        seen = text.isprintable()
    else:
        seen = all(each == " " or _is_seen(each) for each in text) and _UNICODE.is_normalized("NFC", text)
    return text if seen and len(text.encode()) <= MOST_ID_BYTES else None


def _is_seen(character: str) -> bool:
    """Whether Unicode 3.2 has a character that is seen; it had the soft hyphen among the dashes."""
    return _UNICODE.category(character)[0] not in "CZ" and character != "\xad"


def tag_of(tag: str) -> int:
    """The number that a tag that was read is compared by: the first eight bytes of the SHA-256 of its text, as READING
    has them; 0 where there is no text."""
    return int.from_bytes(sha256(tag.encode("utf-8", "surrogatepass")).digest()[:8], "little") if tag else 0
