"""A message that is tried out: read and checked as one that is filed, told of in the same words, and not filed.

Nothing of it enters the log, no control number is used up, and nobody else learns of it. Of what is filed it tells
what the filer's own filings say alone, so that nobody finds out by trials what others filed: names are told as they
were sent. What depends on what else is filed by then (that a name is taken, that a declaration came before and said
otherwise, what is selected) is told when it is filed, and filing leaves a trace.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from aforo.answers.answer import MOST_LISTED, Mend
from aforo.domain.problem import Problem
from aforo.flow.correspondence import own_rows
from aforo.flow.filer import Filer
from aforo.flow.node import Node
from aforo.flow.receiving import UnknownFormatError, letter_of
from aforo.intake.together import read_together

#: Records that are shown as they were understood; the others are counted.
MOST_SHOWN = 20
#: What a trial may be at most, in bytes and in records: less than a filing, which is worth more of a node's time.
MOST_BYTES = 128 * 1024
MOST_RECORDS = 100
#: Columns that are the reading's own.
_OWN = ("record", "filed_offset_minutes")


class TrialTooLargeError(ValueError):
    """A message that may be filed, and is too large to be tried."""


class Said(msgspec.Struct, frozen=True):
    """One thing that a record says, by the column of the declaration table that it stands for."""

    column: str
    value: str


class Understood(msgspec.Struct, frozen=True):
    """A record that would be taken, as it was understood."""

    record: int
    said: list[Said]


class Tried(msgspec.Struct, frozen=True):
    """What would become of a message: its format, the status that its filer would be told, its records and those of
    them that would be taken, what is to be mended and where (`unlisted` more), and what was understood."""

    format: str
    status: Literal["accepted", "partly", "refused", "noted"]
    records: int
    taken: int
    mend: list[Mend]
    unlisted: int
    understood: list[Understood]


def tried(data: bytes, filer: Filer, node: Node) -> Tried:
    """What would become of a message that a filer files now. Raises UnknownFormatError, TrialTooLargeError."""
    if len(data) > MOST_BYTES:
        raise TrialTooLargeError
    letter = letter_of(data, node.clock())
    if isinstance(letter, UnknownFormatError):
        raise letter
    if letter.records + len(letter.faults) > MOST_RECORDS:
        raise TrialTooLargeError
    read = read_together([letter])
    table = own_rows(read, [letter], [filer.carriers], node, tried=True)
    (told,) = read.told
    problems = sorted(told.problems, key=Problem.rank)
    mend = [Mend(each.record, each.place, each.code, each.gravity, each.reason) for each in problems[:MOST_LISTED]]
    shown = table.head(MOST_SHOWN).rows(named=True)
    return Tried(
        format=told.source,
        status=_status(taken=bool(table.height), noted=bool(told.notices), good=told.good),
        records=told.records,
        taken=table.height,
        mend=mend,
        unlisted=len(problems) - len(mend),
        understood=[Understood(read.of[int(row["record"])][1], _said(row)) for row in shown],
    )


def _status(*, taken: bool, noted: bool, good: bool) -> Literal["accepted", "partly", "refused", "noted"]:
    if taken:
        return "accepted" if good else "partly"
    return "noted" if noted and good else "refused"


def _said(row: dict[str, object]) -> list[Said]:
    told = {column: value for column, value in row.items() if value is not None and column not in _OWN}
    return [
        Said(column, value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value))
        for column, value in told.items()
    ]
