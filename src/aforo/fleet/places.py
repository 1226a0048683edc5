"""Where each scanner of a fleet was, over time.

A moved scanner is at the new port from the move on, whatever later rows say; until its first move it is where the last
step of its life before had it, else where the first one after has it, and only where no such step names a port where
other reports have it (`interruptions.port_at` says so of one).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aforo.domain.units import Int64Array
from aforo.fleet.interruptions import PLACED
from aforo.fleet.ledger import NEVER, first
from aforo.fleet.record import ABSENT, EVENT_CODES, Codes, Record
from aforo.fleet.spans import expanded, last_before

#: Before anything is reported.
ALWAYS = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Places:
    """Stays ordered by scanner and start, one row each: at `port` (a code of the record) from `start` until the next
    stay of the same scanner. The first stay of a scanner begins ALWAYS, with ABSENT where nobody said where it was
    before its first move; a scanner of which no port was ever reported has no stay."""

    scanner: Int64Array
    start: Int64Array
    port: Codes

    @property
    def end(self) -> Int64Array:
        """When each stay ends, NEVER for the last of a scanner."""
        ends = np.append(self.start[1:], NEVER)
        ends[:-1][self.scanner[1:] != self.scanner[:-1]] = NEVER
        return ends

    def at(self, scanner: npt.ArrayLike, at: npt.ArrayLike) -> Codes:
        """The port of each scanner at each instant, ABSENT where none is known."""
        found = last_before(self.scanner, self.start, scanner, at)
        if not len(self.port):
            return np.full(len(found), ABSENT, dtype=np.int32)
        return np.where(found < 0, ABSENT, self.port[np.maximum(found, 0)]).astype(np.int32)

    def cut(
        self, scanner: Int64Array, start: Int64Array, end: Int64Array
    ) -> tuple[Int64Array, Codes, Int64Array, Int64Array]:
        """Spans cut where their scanner changed its place: of each piece the row that it is of, the port, its start and
        its end. Time of which no port is known has ABSENT."""
        first_stay = last_before(self.scanner, self.start, scanner, start)
        last_stay = last_before(self.scanner, self.start, scanner, end - 1)
        known = first_stay >= 0
        counts = np.where(start < end, np.where(known, last_stay - first_stay + 1, 1), 0)
        rows, copy = expanded(counts.astype(np.int64))
        stay = np.where(known[rows], first_stay[rows] + copy, 0)
        if not len(self.port):
            return rows, np.full(len(rows), ABSENT, dtype=np.int32), start[rows], end[rows]
        inside = known[rows]
        port = np.where(inside, self.port[stay], ABSENT).astype(np.int32)
        begins = np.where(inside, np.maximum(start[rows], self.start[stay]), start[rows])
        stops = np.where(inside, np.minimum(end[rows], self.end[stay]), end[rows])
        return rows, port, begins, stops

    def as_in_service(self, began: Int64Array, retired: Int64Array) -> Places:
        """As though each scanner had always been where it came into service, and stayed where it retired. `began` and
        `retired` are by scanner."""
        kept = np.flatnonzero((self.end > began[self.scanner]) & (self.start < retired[self.scanner]))
        scanner, start = self.scanner[kept], self.start[kept]
        heads = np.ones(len(kept), dtype=np.bool_)
        heads[1:] = scanner[1:] != scanner[:-1]
        return Places(scanner, np.where(heads, ALWAYS, start), self.port[kept])


def places(record: Record) -> Places:
    """The stays of every scanner of which a port was ever reported."""
    moves = first(record, "moved")
    moved = record.event == EVENT_CODES["moved"]
    unmoved = (record.port != ABSENT) & (record.at < moves[record.scanner])
    step = unmoved & np.isin(record.event, [EVENT_CODES[each] for each in PLACED])
    placed = np.zeros(len(record.names.scanners), dtype=np.bool_)
    placed[record.scanner[step]] = True
    told = ((record.port != ABSENT) & moved) | step | (unmoved & ~placed[record.scanner])
    # At the instant of the first move the move itself decides.
    rows = np.flatnonzero(told)
    scanner, port = record.scanner[rows].astype(np.int64), record.port[rows]
    news = np.ones(len(rows), dtype=np.bool_)
    news[1:] = (scanner[1:] != scanner[:-1]) | (port[1:] != port[:-1])
    rows, scanner, port = rows[news], scanner[news], port[news]
    start = record.at[rows].astype(np.int64)
    heads = np.ones(len(rows), dtype=np.bool_)
    heads[1:] = scanner[1:] != scanner[:-1]
    start[heads & ~moved[rows]] = ALWAYS
    # A scanner that is first heard of as moved was nowhere that is known before.
    nowhere = np.flatnonzero(heads & moved[rows])
    return Places(
        np.insert(scanner, nowhere, scanner[nowhere]),
        np.insert(start, nowhere, ALWAYS),
        np.insert(port, nowhere, ABSENT).astype(np.int32),
    )
