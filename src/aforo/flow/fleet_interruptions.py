"""Interruptions of the fleet as CSV, line by line, so that those of years are written in little memory."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from aforo.domain.clock import instant
from aforo.domain.spreadsheet import cell
from aforo.fleet.listing import Listed

_COLUMNS = (
    "scanner_id", "device", "port", "start", "end", "hours_in_period", "causes", "planned", "reporters", "reports",
    "merged", "contradicted", "lines",
)  # fmt: skip


def write(interruptions: Iterable[Listed], file: TextIO) -> int:
    """Write interruptions, one line each, and say how many there are. What had not ended has no `end`; instants are of
    UTC, and several words of a cell are parted by a semicolon, several numbers by a space."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    count = 0
    for each in interruptions:
        writer.writerow(
            (
                cell(each.scanner), each.device, cell(each.port), _written(each.start),
                "" if each.end is None else _written(each.end), round(each.hours, 6), ";".join(each.causes),
                int(each.planned), cell(";".join(each.reporters)), each.reports, int(each.reports > 1),
                int(each.contradicted), " ".join(map(str, each.lines)),
            )
        )  # fmt: skip
        count += 1
    return count


def _written(at: int) -> str:
    return instant(at).isoformat().replace("+00:00", "Z")
