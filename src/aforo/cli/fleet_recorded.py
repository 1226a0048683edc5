"""What a store has of the fleet, for commands that would otherwise read files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from aforo.cli import terminal
from aforo.cli.fleet_reading import Reading
from aforo.cli.language import Sentences
from aforo.cli.log import log_to_read
from aforo.fleet.contract import Contract
from aforo.fleet.record import Record
from aforo.fleet.target import Targets
from aforo.fleet.utilisation import Scans
from aforo.flow.fleet_books import FleetBooks


class Recorded(NamedTuple):
    """The reports and scans of a store, how much that is, and the documents in force there."""

    record: Record
    scans: Scans
    reading: Reading
    contracts: Sequence[Contract]
    targets: Targets


def recorded_in(store: str | None, keys: str | None, scans: Path | None, say: Sentences) -> Recorded:
    """All that a store has; leaves with an error in words where it has nothing, or where scans of a file are to go
    beside it: they are recorded as the reports are."""
    if scans is not None:
        terminal.fail(say("fleet_scans_alone"), where="--scans", to_do=say("fleet_scans_alone_to_do"))
    with log_to_read(store, keys) as log:
        books = FleetBooks(log)
        with terminal.progress(say("reading_log")) as advance:
            books.look(advance)
        whole = books.whole()
        if whole is None:
            terminal.fail(say("fleet_report_empty"), to_do=say("fleet_nothing_recorded_to_do"), code=terminal.FOUND)
        record, made, (late, undated), missing = books.record(), books.scans(whole), books.late(), books.missing()
        reading = Reading(
            len(record) + len(made.at),
            len(record),
            len(made.at),
            0,
            late,
            undated,
            missing.rows,
            (),
            not_counted=missing,
        )
        return Recorded(record, made, reading, books.documents.contracts(), books.documents.targets())
