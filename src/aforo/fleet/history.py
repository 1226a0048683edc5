"""The history of the fleet in columns, a projection of the log: all that `ledger` and `utilisation` are computed from.

It has what a file of the scanner log has, so that a node says the same of a period as `aforo fleet report` says of the
file that was loaded. A report's row is its position in the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.clock import microseconds
from aforo.domain.event import payload_of
from aforo.domain.scanner import (
    ALL_COUNTED,
    RowsNotCounted,
    Scanned,
    ScannerReported,
    ScannerRowsRefused,
    ScannerRowsSettled,
)
from aforo.domain.units import Int64Array
from aforo.fleet.record import ABSENT, CAUSE_CODES, EVENT_CODES, Names, Record, ordered
from aforo.fleet.utilisation import UNSAID, Scans
from aforo.intake.scanner_columns import Words, new_words
from aforo.log.stored import StoredEvent

#: The columns of a report: those of `Record`, and `told`, when it was reported (ABSENT where it does not say).
_REPORT: Final[dict[str, Any]] = {
    "scanner": np.int32, "at": np.int64, "row": np.int64, "event": np.int8, "cause": np.int8, "planned": np.int8,
    "reporter": np.int32, "port": np.int32, "kind": np.int32, "contract": np.int32, "blocker": np.int32,
    "told": np.int64,
}  # fmt: skip
_SCAN: Final[dict[str, Any]] = {"at": np.int64, "conveyance": np.int32, "operator": np.int64}
Columns = dict[str, npt.NDArray[Any]]


class _Saved(msgspec.Struct, frozen=True):
    words: dict[str, list[str]]
    reports: dict[str, bytes]
    scans: dict[int, dict[str, bytes]]
    missing: RowsNotCounted


class FleetHistory:
    """The projection; see `aforo.log.projections.Projection`. For one thread at a time."""

    name = "fleet_history"
    version = 4
    types: Sequence[str] = (
        ScannerReported.TYPE, Scanned.TYPE, ScannerRowsRefused.TYPE, ScannerRowsSettled.TYPE,
    )  # fmt: skip

    def __init__(self) -> None:
        self._words: dict[str, Words] = new_words()
        #: Columns of reports in the order of the log, in parts that are made one when they are asked for.
        self._parts: list[Columns] = []
        self._scans: dict[int, Columns] = {}
        #: The scans that came since a scanner's were put in order.
        self._news: dict[int, list[Columns]] = {}
        self._record: Record | None = None
        #: Rows that were refused and that nobody settled.
        self.missing = ALL_COUNTED

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        reports: list[tuple[int, ...]] = []
        for stored in events:
            event = stored.event
            payload = payload_of(event.type, event.schema, event.data)
            if isinstance(payload, ScannerRowsRefused):
                self.missing += payload.rows
            elif isinstance(payload, ScannerRowsSettled):
                self.missing = ALL_COUNTED
            if not isinstance(payload, ScannerReported | Scanned):
                continue
            scanner = self._words["scanner_id"].code(event.stream.removeprefix("scanner/"))
            if isinstance(payload, Scanned):
                self._news.setdefault(scanner, []).append(self._block(payload))
                continue
            # Where the report did not say when it was made, the envelope has when it was recorded.
            said = event.reported_at not in (None, event.recorded_at)
            told = microseconds(event.reported_at) if said and event.reported_at is not None else ABSENT
            reports.append(self._row(payload, scanner, microseconds(event.occurred_at), stored.position, told))
        if reports:
            self._parts.append(_columns(_REPORT, reports))
            self._record = None

    @property
    def _reports(self) -> Columns:
        if len(self._parts) != 1:
            parts = self._parts or [_columns(_REPORT, ())]
            self._parts = [{name: np.concatenate([part[name] for part in parts]) for name in _REPORT}]
        return self._parts[0]

    @property
    def record(self) -> Record:
        """All reports."""
        if self._record is None:
            word = self._words
            names = Names(*(list(word[each].names) for each in _NAMES))
            columns = dict(self._reports)
            told = columns.pop("told")
            columns["told_after"] = np.where(told == ABSENT, 0, told - columns["at"])
            self._record = ordered(names, columns)
        return self._record

    def told(self, scanner: int) -> Columns:
        """Every report of a scanner, by its code, in the order of the log: what was told again is there again."""
        reports = self._reports
        rows = reports["scanner"] == scanner
        return {name: column[rows] for name, column in reports.items()}

    def scans(self, start: int, end: int, scanner: int | None = None) -> Scans:
        """The scans from `start` until before `end`, in microseconds since 1970; of one scanner where one is named."""
        wanted = sorted(self._scans.keys() | self._news.keys()) if scanner is None else [scanner]
        parts: dict[str, list[npt.NDArray[Any]]] = {"scanner": [], "at": [], "conveyance": [], "operator": []}
        for code in wanted:
            own = self._of(code)
            first, last = np.searchsorted(own["at"], [start, end])
            parts["scanner"].append(np.full(last - first, code, dtype=np.int32))
            for name in _SCAN:
                parts[name].append(own[name][first:last])
        whole = {
            name: np.concatenate([np.empty(0, dtype), *parts[name]])
            for name, dtype in {"scanner": np.int32, **_SCAN}.items()
        }
        return Scans(list(self._words["conveyance"].names), **whole)

    def late(self, most: int) -> tuple[int, int]:
        """How many reports were told more than `most` microseconds after they happened, and of how many it is not said
        when they were."""
        told = self._reports["told"]
        return int(((told != ABSENT) & (told - self._reports["at"] > most)).sum()), int((told == ABSENT).sum())

    def span(self) -> tuple[int, int] | None:
        """The first and the last instant that a report or a scan speaks of; None without any."""
        ends: list[int] = []
        if len(at := self._reports["at"]):
            ends += [int(at.min()), int(at.max())]
        for code in sorted(self._scans.keys() | self._news.keys()):
            made = self._of(code)["at"]
            ends += [int(made[0]), int(made[-1])]
        return (min(ends), max(ends)) if ends else None

    def dump(self) -> bytes:
        """The state, without personal data in clear."""
        scans = {code: self._of(code) for code in sorted(self._scans.keys() | self._news.keys())}
        return msgspec.msgpack.encode(
            _Saved(
                {name: words.names for name, words in self._words.items()},
                {name: column.tobytes() for name, column in self._reports.items()},
                {code: {name: column.tobytes() for name, column in own.items()} for code, own in scans.items()},
                self.missing,
            )
        )

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self._words = new_words()
        for name, words in saved.words.items():
            for word in words:
                self._words[name].code(word)
        self._parts = [{name: np.frombuffer(saved.reports[name], kind) for name, kind in _REPORT.items()}]
        self._scans = {
            code: {name: np.frombuffer(own[name], kind) for name, kind in _SCAN.items()}
            for code, own in saved.scans.items()
        }
        self._news, self._record = {}, None
        self.missing = saved.missing

    def _row(self, said: ScannerReported, scanner: int, at: int, position: int, told: int) -> tuple[int, ...]:
        word = self._words
        return (
            scanner, at, position, EVENT_CODES[said.event], ABSENT if said.cause is None else CAUSE_CODES[said.cause],
            ABSENT if said.planned is None else int(said.planned), word["reporter"].code(said.reporter),
            word["port"].code(said.port), word["kind"].code(said.kind), word["contract_id"].code(said.contract_id),
            word["blocker"].code(said.blocker), told,
        )  # fmt: skip

    def _block(self, said: Scanned) -> Columns:
        code = self._words["conveyance"].code
        rows = [
            (each.at, code(each.conveyance), UNSAID if each.operator_ms is None else each.operator_ms)
            for each in said.scans
        ]
        return _columns(_SCAN, rows)

    def _of(self, scanner: int) -> Columns:
        """The scans of a scanner in the order of their instants, those that say all the same once."""
        news = self._news.pop(scanner, None)
        known = self._scans.get(scanner) or _columns(_SCAN, ())
        if news is None:
            return known
        every = {name: np.concatenate([known[name], *(each[name] for each in news)]) for name in _SCAN}
        order = np.lexsort((every["operator"], every["conveyance"], every["at"]))
        again = np.zeros(len(order), dtype=np.bool_)
        again[1:] = np.logical_and.reduce([every[name][order[1:]] == every[name][order[:-1]] for name in _SCAN])
        kept: Int64Array = order[~again]
        self._scans[scanner] = {name: column[kept] for name, column in every.items()}
        return self._scans[scanner]


#: The words that the names of a record are, in their order.
_NAMES: Final = ("scanner_id", "reporter", "port", "kind", "contract_id", "blocker")


def _columns(kinds: dict[str, Any], rows: Sequence[tuple[int, ...]]) -> Columns:
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(kinds))
    return {name: table[:, place].astype(kind) for place, (name, kind) in enumerate(kinds.items())}
