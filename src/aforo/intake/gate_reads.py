"""Port telemetry: what readers at the gates of a bridge read, as CSV or NDJSON.

Columns: `reader` (the identifier that the port document gives it), `at` (ISO 8601 with an offset), and `plate` or `tag`
or both; a row with neither is a truck that passed unread, and counts. Other columns are ignored. Where the reader
stands, and which lanes it watches, the port document says, not the file.

A plate is personal, so no problem quotes a value. Times ahead of this node's clock are refused, since a wait would come
out of them that nobody has had; late ones are taken, since a line to a port may have been down.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from aforo.domain.clock import microseconds
from aforo.domain.declaration import identity_text
from aforo.domain.problem import Problem
from aforo.domain.text import Text, catalogue
from aforo.intake import rows

NAME = "gate_reads"
#: How far a reader's clock may be ahead of the node's.
AHEAD = timedelta(minutes=5)
#: Older readings are said to be late.
LATE = timedelta(days=1)
#: Rows of one file: a day of the whole border, several times.
MOST_ROWS = 1_000_000
#: How long the text of a column may be.
LONGEST = 64
#: What readers write where they read nothing, as `identity_text` has it.
UNREAD = frozenset(
    {"NOREAD", "NOPLATE", "UNREAD", "UNREADABLE", "UNKNOWN", "NONE", "NULL", "NA", "ERROR", "ILEGIBLE", "SINLECTURA"}
)


class Read(msgspec.Struct, frozen=True, gc=False):
    """One reading; `at` in microseconds since 1970. What was not read is None."""

    reader: str
    at: int
    plate: str | None
    tag: str | None


@dataclass
class Reads:
    """The readings of a file in its order, what is wrong with the other rows, and how many rows there were.

    `repeated` are rows that say what an earlier one said.
    """

    reads: list[Read] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    records: int = 0
    repeated: int = 0


def read(data: bytes, known: Collection[str], now: datetime, *, most: int = MOST_ROWS) -> Reads:
    """The readings of a file by the readers `known`, as the clock says `now`. A bad row stops no other."""
    result = Reads()
    ahead, late = microseconds(now + AHEAD), microseconds(now - LATE)
    seen: set[Read] = set()
    held_back = 0
    for record, line, row in rows.read(data):
        if record > most:
            result.problems.append(Problem(0, "file", "rows_too_many", _say("rows_too_many", most=f"{most:,}")))
            break
        result.records += bool(record)
        if isinstance(row, rows.Damage):
            result.problems.append(Problem(record, f"line {line}" if line else "file", row.code, row.reason))
            continue
        one = _read(row, known, ahead)
        if not isinstance(one, Read):
            code, column = one
            fields = {"minutes": int(AHEAD.total_seconds() // 60)} if code == "row_ahead" else {}
            told = _say(code, column=column, **fields)
            result.problems.append(Problem(record, f"line {line}, column {column}", code, told))
        elif one in seen:
            result.repeated += 1
        else:
            seen.add(one)
            held_back += one.at < late
            result.reads.append(one)
    if held_back:
        told = _say("reads_late", count=f"{held_back:,}")
        result.problems.append(Problem(0, "file", "reads_late", told, "warning"))
    if not result.records and not result.problems:
        result.problems.append(Problem(0, "file", "rows_none", _say("rows_none")))
    return result


def _say(code: str, **fields: object) -> Text:
    return catalogue("aforo.intake").say(code, **fields)


def _read(row: Any, known: Collection[str], ahead: int) -> Read | tuple[str, str]:
    """The reading of a row, or the code of what is wrong and the column."""
    said: dict[str, str | None] = {}
    for column in ("reader", "at", "plate", "tag"):
        value = said[column] = rows.cell(row, column)
        if value is not None and len(value) > LONGEST:
            return "row_too_long", column
        if value is not None and not rows.DAMAGED_TEXT.isdisjoint(value):
            return "row_damaged", column
    reader, written = said["reader"], said["at"]
    if reader is None or written is None:
        return "row_absent", "reader" if reader is None else "at"
    if reader not in known:
        return "reader_unknown", "reader"
    at = rows.instant(written)
    if not isinstance(at, datetime):
        return at or "row_absent", "at"
    instant = microseconds(at)
    if instant > ahead:
        return "row_ahead", "at"
    return Read(reader, instant, _readable(said["plate"]), _readable(said["tag"]))


def _readable(text: str | None) -> str | None:
    """What was read, as it is compared; None where it was not."""
    if text is None:
        return None
    compared = identity_text(text)
    return None if compared in UNREAD or not any(map(str.isalnum, compared)) else compared
