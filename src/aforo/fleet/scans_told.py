"""What is to be known of the scans of a period before their figures are believed: how many count nowhere, and why."""

from __future__ import annotations

import msgspec
import numpy as np

from aforo.fleet.ledger import Ledger
from aforo.fleet.places import Places
from aforo.fleet.record import ABSENT, Record
from aforo.fleet.utilisation import UNSAID, Scans


class ScansTold(msgspec.Struct, frozen=True):
    """Scans of a period, each once.

    `unsaid` are those without operator time. Four count nowhere, or in part: each is one of them at most. `unnamed` are
    of devices that no report names, `others` of devices that are no scanners, `unplaced` made where no report tells the
    port of the scanner: none of these counts anywhere. `unserved` were made before their scanner was in service or
    after it was retired: they count at its port, which had none of its hours then.
    """

    scans: int
    unsaid: int
    unnamed: int
    others: int
    unplaced: int
    unserved: int


def scans_told(scans: Scans, every: Record, scanners: Ledger, where: Places, start: int, end: int) -> ScansTold:
    """Of the scans from `start` until before `end`. `every` is the record of every device of the log, `scanners` and
    `where` are of its scanners."""
    rows = np.flatnonzero((scans.at >= start) & (scans.at < end))
    own, at = scans.scanner[rows], scans.at[rows]
    named = np.isin(own, every.scanner)
    scanner = np.isin(own, scanners.record.scanner)
    placed = scanner & (where.at(own, at) != ABSENT)
    mine, when = own[placed], at[placed]
    return ScansTold(
        len(rows),
        int((scans.operator[rows] == UNSAID).sum()),
        int((~named).sum()),
        int((named & ~scanner).sum()),
        int((scanner & ~placed).sum()),
        int(((when < scanners.began[mine]) | (when >= scanners.retired[mine])).sum()),
    )
