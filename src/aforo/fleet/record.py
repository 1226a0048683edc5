"""The reports of a whole fleet in columns: what a history of years is computed from, each row read once.

`interruptions` reads the record of one scanner and is the plain statement of the rules; `ledger` follows the same rules
for all scanners at once, and a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
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
    """Reports ordered by scanner, then by instant, then as they were told (see `ordered`); all columns have one row a
    report.

    `at` in microseconds since 1970; `row` the line of the file that the report begins at, or its
    place in the log. The others are
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

    def until(self, at: int) -> Record:
        """What was told of the time up to and with an instant; the names stay."""
        kept = self.at <= at
        columns = {each.name: getattr(self, each.name)[kept] for each in fields(self) if each.name != "names"}
        return replace(self, **columns)

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
    """A record of columns in any order; the names of `columns` are the fields of `Record`, and `told_after` where it is
    known: the microseconds from what happened until it was told, 0 of a report that does not say.

    The columns are taken out of `columns` one by one, so that no more than one of them is in memory twice. Reports of
    one scanner and instant come as they were told, whatever place they have in a file, which they may have reached
    late; those that were told at once, or do not say when, come before the others and as they stand there. One that
    says all that an earlier one says is the same report, told again.
    """
    order = np.lexsort((columns["row"], columns["at"], columns["scanner"]))
    places = _tied(columns, order)
    if (after := columns.pop("told_after", None)) is not None:
        tied = order[places]
        by_told = np.lexsort((columns["row"][tied], after[tied], columns["at"][tied], columns["scanner"][tied]))
        order[places] = tied[by_told]
    order = np.delete(order, _told_again(columns, order, places))
    return Record(names, **{name: columns.pop(name)[order] for name in list(columns)})


def _tied(columns: Mapping[str, npt.NDArray[Any]], order: Int64Array) -> Int64Array:
    """The places in an order at which several rows of one scanner and instant stand: few."""
    scanner, at = columns["scanner"][order], columns["at"][order]
    tied = np.zeros(len(order), dtype=np.bool_)
    tied[1:] = (scanner[1:] == scanner[:-1]) & (at[1:] == at[:-1])
    tied[:-1] |= tied[1:]
    return np.flatnonzero(tied)


def _told_again(columns: Mapping[str, npt.NDArray[Any]], order: Int64Array, places: Int64Array) -> Int64Array:
    """Those of some places in an order at which an earlier row is repeated."""
    said = [column[order[places]] for name, column in columns.items() if name != "row"]
    # Among equal rows the first told stays first.
    by_content = np.lexsort((np.arange(len(places)), *said))
    again = np.zeros(len(places), dtype=np.bool_)
    again[1:] = np.logical_and.reduce([each[by_content[1:]] == each[by_content[:-1]] for each in said])
    return places[by_content[again]]
