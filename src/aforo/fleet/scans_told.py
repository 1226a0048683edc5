"""What is to be known of the scans of a period before their figures are believed: how many count nowhere, and why."""

from __future__ import annotations

import msgspec
import numpy as np

from aforo.fleet.ledger import Ledger
from aforo.fleet.places import Places
from aforo.fleet.utilisation import UNSAID, Scans


class ScansTold(msgspec.Struct, frozen=True):
    """Scans of a period, each once.

    `unsaid` are those without operator time. `unnamed` are of scanners that no report names and `unplaced` of scanners
    of which no report gives a port: neither counts anywhere. `unserved` were made before their scanner was in service
    or after it was retired: they count at its port, which had none of its hours then.
    """

    scans: int
    unsaid: int
    unnamed: int
    unplaced: int
    unserved: int


def scans_told(scans: Scans, ledger: Ledger, where: Places, start: int, end: int) -> ScansTold:
    """Of the scans from `start` until before `end`. `ledger` is that of every device of the log."""
    size = len(ledger.began)
    named, placed = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    named[ledger.record.scanner] = True
    placed[where.scanner] = True
    rows = np.flatnonzero((scans.at >= start) & (scans.at < end))
    # A scan of a scanner that only scans name may have a code beyond those of the reports.
    known = (scans.scanner[rows] >= 0) & (scans.scanner[rows] < size)
    known[known] = named[scans.scanner[rows][known]]
    own, at = scans.scanner[rows][known], scans.at[rows][known]
    return ScansTold(
        len(rows),
        int((scans.operator[rows] == UNSAID).sum()),
        int((~known).sum()),
        int((~placed[own]).sum()),
        int(((at < ledger.began[own]) | (at >= ledger.retired[own])).sum()),
    )
