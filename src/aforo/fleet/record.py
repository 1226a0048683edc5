"""The reports of a whole fleet in columns: what a history of years is computed from, each row read once.

`interruptions` reads the record of one scanner and is the plain statement of the rules; `ledger` follows the same rules
for all scanners at once, and a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from aforo.domain.scanner import CAUSES, SCANNER_EVENTS, ScannerEvent
from aforo.domain.units import Int64Array

#: Codes of words: of two bytes where there are few words, else of four.
Codes = npt.NDArray[np.signedinteger[Any]]
Small = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]

#: The code of what a report did not say.
ABSENT = -1
EVENT_CODES: dict[ScannerEvent, int] = {event: code for code, event in enumerate(SCANNER_EVENTS)}
#: Causes by code. What no report gave has ABSENT.
CAUSE_CODES = {cause: code for code, cause in enumerate(CAUSES)}


@dataclass(frozen=True)
class Names:
    """What the codes of a record stand for."""

    scanners: Sequence[str]
    reporters: Sequence[str]
    ports: Sequence[str]
    kinds: Sequence[str]
    contracts: Sequence[str]
    blockers: Sequence[str]


@dataclass(frozen=True)
class Record:
    """Reports ordered by scanner, then by instant, then as they were told; all columns have one row a report.

    `at` in microseconds since 1970; `row` the number of the report in what it was read from, from 1. The others are
    codes, ABSENT where a report said nothing; `planned` is 0 or 1.
    """

    names: Names
    scanner: Codes
    at: Int64Array
    row: npt.NDArray[np.signedinteger[Any]]
    event: Small
    cause: Small
    planned: Small
    reporter: Codes
    port: Codes
    kind: Codes
    contract: Codes
    blocker: Codes

    def __len__(self) -> int:
        return len(self.at)

    def where(self, *events: ScannerEvent) -> Int64Array:
        """The rows of these events, in order."""
        wanted = np.zeros(len(EVENT_CODES), dtype=np.bool_)
        wanted[[EVENT_CODES[each] for each in events]] = True
        return np.flatnonzero(wanted[self.event]).astype(np.int64)

    def parts(self, rows: int) -> Iterator[Record]:
        """The record in parts of about so many rows, each with all that is told of its scanners; nothing is copied."""
        edges = np.append(np.flatnonzero(self.scanner[1:] != self.scanner[:-1]) + 1, len(self))
        columns = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "names"}
        since = 0
        while True:
            until = int(edges[np.searchsorted(edges, min(since + rows, len(self)))])
            yield replace(self, **{name: column[since:until] for name, column in columns.items()})
            if until == len(self):
                return
            since = until

    def last(self, column: Codes) -> Codes:
        """Of each scanner the last code that a report gave in a column, ABSENT where none did."""
        found = np.full(len(self.names.scanners), ABSENT, dtype=np.int32)
        told = np.flatnonzero(column != ABSENT)
        # Where a scanner has several rows the last one is written last.
        found[self.scanner[told]] = column[told]
        return found


def ordered(names: Names, columns: MutableMapping[str, npt.NDArray[Any]]) -> Record:
    """A record of columns in any order; the names of `columns` are the fields of `Record`.

    The columns are taken out of `columns` one by one, so that no more than one of them is in memory twice.
    """
    order = np.lexsort((columns["row"], columns["at"], columns["scanner"]))
    return Record(names, **{name: columns.pop(name)[order] for name in list(columns)})
