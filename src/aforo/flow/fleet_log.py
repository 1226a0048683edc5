"""The scanner log as `intake` reads it in columns, as the record and the scans that `fleet` computes on."""

from __future__ import annotations

import numpy as np

from aforo.fleet.record import Names, Record, ordered
from aforo.fleet.utilisation import Scans
from aforo.intake.scanner_columns import ScannerColumns, first_told


def record_of(log: ScannerColumns) -> Record:
    """The record of a log. Its columns are taken over, so that a long one is not in memory twice."""
    words = log.words
    names = Names(
        words["scanner_id"].names,
        words["reporter"].names,
        words["port"].names,
        words["kind"].names,
        words["contract_id"].names,
        words["blocker"].names,
    )
    columns, log.reports = log.reports, {}
    return ordered(names, columns)


def scans_of(*logs: ScannerColumns) -> Scans:
    """The scans of logs that share their words."""
    names = logs[0].words["conveyance"].names
    joined = {
        name: np.concatenate([log.scans[name] for log in logs]) for name in ("scanner", "at", "conveyance", "operator")
    }
    # A file of scans may repeat what the log has.
    kept = first_told(joined)
    return Scans(names, *(joined[name][kept] for name in ("scanner", "at", "conveyance", "operator")))
