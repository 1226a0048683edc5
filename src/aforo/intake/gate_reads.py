"""Port telemetry: what readers at the gates of a bridge read, as CSV or NDJSON.

Columns: `reader` (the identifier that the port document gives it), `at` (ISO 8601 with an offset), and `plate` or `tag`
or both; a row with neither is a truck that passed unread, and counts. `seal_id` is the number that was read on a seal,
`signature` what the reader signed of that (base64; docs/reference/seal-messages.md). Other columns are ignored. Where
the reader stands, and which lanes it watches, the port document says, not the file; of a reader that watches lanes of
several classes, `lane_class` is that of the lane in which this truck was read, if it is known.

A plate is personal, so no problem quotes a value. Times ahead of this node's clock are refused, since a wait would come
out of them that nobody has had; late ones are taken, since a line to a port may have been down.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from aforo.domain.bridge import LANE_CLASSES, LaneClass
from aforo.domain.clock import microseconds
from aforo.domain.declaration import identity_text
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.intake import rows
from aforo.intake.telemetry import AHEAD, Telemetry, Wrong, absent, texts_of, understood

#: Older readings are said to be late.
LATE = timedelta(days=1)
#: Rows of one file: a day of the whole border, several times.
MOST_ROWS = 1_000_000
#: Columns, and how long the text of each may be.
_TEXTS = dict.fromkeys(("reader", "at", "plate", "tag", "lane_class", "seal_id"), 64) | {"signature": 88}
#: What readers write where they read nothing, as `identity_text` has it.
UNREAD = frozenset(
    {"NOREAD", "NOPLATE", "UNREAD", "UNREADABLE", "UNKNOWN", "NONE", "NULL", "NA", "ERROR", "ILEGIBLE", "SINLECTURA"}
)


class Read(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One reading; `at` in microseconds since 1970. What was not read is None. `seal` is a seal's number as it was
    read, `signature` the base64 of what the reader signed of it, empty where it signed nothing."""

    reader: str
    at: int
    plate: str | None
    tag: str | None
    lane: LaneClass | None = None
    seal: str | None = None
    signature: str = ""


@dataclass
class Reads(Telemetry):
    """The readings of a file in its order."""

    reads: list[Read] = field(default_factory=list)


def read(data: bytes, known: Collection[str], now: datetime, *, most: int = MOST_ROWS) -> Reads:
    """The readings of a file by the readers `known`, as the clock says `now`. A bad row stops no other."""
    result = Reads()
    ahead, late = microseconds(now + AHEAD), microseconds(now - LATE)
    result.reads += understood(data, most, lambda row: _read(row, known, ahead), result)
    if held_back := sum(one.at < late for one in result.reads):
        told = catalogue("aforo.intake").say("reads_late", count=f"{held_back:,}")
        result.problems.append(Problem(0, "file", "reads_late", told, "warning"))
    return result


def _read(row: Mapping[str, Any], known: Collection[str], ahead: int) -> Read | Wrong:
    """The reading of a row, or the code of what is wrong and the column."""
    said = texts_of(row, _TEXTS)
    if isinstance(said, tuple):
        return said
    reader, written = said["reader"], said["at"]
    if reader is None or written is None:
        return absent(row, "reader" if reader is None else "at")
    if reader not in known:
        return "reader_unknown", "reader"
    at = rows.instant(written)
    if not isinstance(at, datetime):
        return (at, "at") if at else absent(row, "at")
    instant = microseconds(at)
    if instant > ahead:
        return "row_ahead", "at"
    written_lane = said["lane_class"]
    lane = next((each for each in LANE_CLASSES if each == written_lane), None)
    if written_lane is not None and lane is None:
        return "lane_class_unknown", "lane_class"
    seal = said["seal_id"] if _readable(said["seal_id"]) else None
    signature = (said["signature"] or "") if seal else ""
    return Read(reader, instant, _readable(said["plate"]), _readable(said["tag"]), lane, seal, signature)


def _readable(text: str | None) -> str | None:
    """What was read, as it is compared; None where it was not."""
    if text is None:
        return None
    compared = identity_text(text)
    return None if compared in UNREAD or not any(map(str.isalnum, compared)) else compared
