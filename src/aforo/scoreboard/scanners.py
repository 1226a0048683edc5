"""What the scoreboard keeps of scanners: what was reported of each, and its scans of the days that are kept.

A scan is told once by scanner, instant and class, however often a portion repeats it. Scans are kept in columns, since
figures are asked for by any days; what was reported is kept as `fleet.state` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from aforo.domain.scanner import Scanned
from aforo.domain.units import Int64Array
from aforo.fleet.classes import classes, only
from aforo.fleet.interruption_rule import interruption_rules
from aforo.fleet.interruptions import Said
from aforo.fleet.ledger import Ledger, ledger
from aforo.fleet.places import Places as Stays
from aforo.fleet.places import places as stays_of
from aforo.fleet.record import ABSENT, CAUSE_CODES, EVENT_CODES, Names, Record, ordered
from aforo.fleet.state import FleetState
from aforo.fleet.utilisation import UNSAID
from aforo.log.stored import StoredEvent
from aforo.measures.definition import Definition

#: Classes of conveyances that are told apart; what comes beyond them counts as one.
MOST_CLASSES = 1_000
_OTHER = ""
#: Portions of one scanner that are kept apart before they are put together.
_PARTS = 64

#: Instant in microseconds since 1970, code of the class, milliseconds of an operator or UNSAID; a row a scan.
Rows = Int64Array


class ScannersSoFar:
    """What is known of scanners and their scans."""

    def __init__(self) -> None:
        self.fleet = FleetState()
        self.classes: dict[str, int] = {}
        self._scans: dict[str, list[Rows]] = {}
        #: By version of the definition of an interruption, the ledger as it was made last, with up to when, and after
        #: how many reports.
        self._made: dict[int, tuple[int, int, Ledger, Stays]] = {}
        self._reports = 0

    def reported(self, stored: StoredEvent) -> None:
        """Take in a report."""
        self.fleet.apply([stored])
        self._reports += 1

    def scanned(self, scanner: str, block: Scanned) -> None:
        """Take in a portion of scans."""
        codes = [self._code(each.conveyance) for each in block.scans]
        operator = [UNSAID if each.operator_ms is None else each.operator_ms for each in block.scans]
        rows = np.array([[each.at for each in block.scans], codes, operator], dtype=np.int64).T
        parts = self._scans.setdefault(scanner, [])
        parts.append(rows)
        if len(parts) > _PARTS:
            parts[:] = [_together(parts)]

    def scans(self, scanner: str) -> Rows:
        """The scans of a scanner that are kept, in the order of their instants, each once."""
        parts = self._scans.get(scanner)
        if not parts:
            return np.zeros((0, 3), np.int64)
        if len(parts) > 1:
            parts[:] = [_together(parts)]
        return parts[0]

    def forget(self, before: int) -> None:
        """Keep no more scans of before an instant."""
        for scanner in list(self._scans):
            rows = self.scans(scanner)
            kept = rows[rows[:, 0] >= before]
            if len(kept):
                self._scans[scanner] = [kept]
            else:
                del self._scans[scanner]

    def ledger(self, until: int, measure: Definition) -> tuple[Ledger, Stays]:
        """When each scanner was in service, down, and where, by what is reported up to `until` and by the definition of
        an interruption that a measure names; the first where it names none."""
        rule = interruption_rules()[measure.interruption_rule or 1]
        made = self._made.get(rule.version)
        if made is None or made[:2] != (until, self._reports):
            record = _record(self.fleet.reports)
            # Figures of scanners are of no reader, camera or weighbridge.
            record = only(record, "scanner", classes(record))
            made = until, self._reports, ledger(record, until, rule), stays_of(record)
            self._made[rule.version] = made
        return made[2:]

    def saved(self) -> tuple[bytes, list[str], list[tuple[str, bytes]]]:
        """All that is kept, as bytes: reports, classes, and the scans of each scanner."""
        rows = [(scanner, self.scans(scanner).astype("<i8").tobytes()) for scanner in self._scans]
        return self.fleet.dump(), list(self.classes), rows

    @classmethod
    def of(cls, reports: bytes, classes: Sequence[str], scans: Iterable[tuple[str, bytes]]) -> ScannersSoFar:
        """What `saved` gave."""
        made = cls()
        made.fleet.load(reports)
        made.classes = {name: code for code, name in enumerate(classes)}
        made._scans = {scanner: [np.frombuffer(rows, "<i8").astype(np.int64).reshape(-1, 3)] for scanner, rows in scans}
        return made

    def _code(self, conveyance: str) -> int:
        name = conveyance.strip().casefold()
        if name not in self.classes and len(self.classes) >= MOST_CLASSES:
            name = _OTHER
        return self.classes.setdefault(name, len(self.classes))


def _together(parts: Sequence[Rows]) -> Rows:
    """All rows in the order of their instants; of one instant and class the first that was told."""
    rows = np.concatenate(parts)
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    fresh = np.ones(len(rows), np.bool_)
    fresh[1:] = (np.diff(rows[:, :2], axis=0) != 0).any(axis=1)
    kept: Rows = rows[fresh]
    return kept


def _record(reports: Mapping[str, Sequence[Said]]) -> Record:
    """The reports of all scanners in columns; those of one in the order in which they were told."""
    words: dict[str, dict[str, int]] = {name: {} for name in ("reporter", "port", "kind", "contract_id", "blocker")}
    rows: list[tuple[int, ...]] = []
    for code, said in enumerate(reports.values()):
        for each in said:
            given = (each.reporter, each.port, each.kind, each.contract_id, each.blocker)
            named = [
                ABSENT if word is None else own.setdefault(word, len(own))
                for word, own in zip(given, words.values(), strict=True)
            ]
            cause = ABSENT if each.cause is None else CAUSE_CODES[each.cause]
            planned = ABSENT if each.planned is None else int(each.planned)
            rows.append((code, each.at, len(rows), EVENT_CODES[each.event], cause, planned, *named))
    table = np.array(rows, dtype=np.int64).reshape(-1, len(_COLUMNS))
    columns = {name: table[:, place].astype(kind) for place, (name, kind) in enumerate(_COLUMNS.items())}
    return ordered(Names(list(reports), *(list(own) for own in words.values())), columns)


#: The columns of a record, in the order in which rows give them.
_COLUMNS = {
    "scanner": np.int32, "at": np.int64, "row": np.int64, "event": np.int8, "cause": np.int8, "planned": np.int8,
    "reporter": np.int32, "port": np.int32, "kind": np.int32, "contract": np.int32, "blocker": np.int32,
}  # fmt: skip
