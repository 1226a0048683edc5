"""What is recorded of a scanner: what was reported of it, and its scans. Stream `scanner/<id>`."""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

import msgspec

from aforo.domain.payload import Payload

ScannerEvent = Literal[
    "ordered",
    "built",
    "stored",
    "delivered",
    "installed",
    "commissioned",
    "down",
    "up",
    "responded",
    "maintenance_start",
    "maintenance_end",
    "moved",
    "retired",
]
SCANNER_EVENTS: tuple[ScannerEvent, ...] = get_args(ScannerEvent)
Cause = Literal["planned", "unplanned", "parts", "site", "operator", "power", "staffing"]
CAUSES: tuple[Cause, ...] = get_args(Cause)


#: What a row of the scanner log that is not counted would have said: the beginning or the end of an outage, a step that
#: bounds a scanner's service or moves it, another step of its purchase, that somebody came, a scan, or nobody knows.
NotCountedKind = Literal["begins", "ends", "service", "steps", "responded", "scans", "unknown"]
_NOT_COUNTED: dict[str, NotCountedKind] = {
    "down": "begins", "maintenance_start": "begins", "up": "ends", "maintenance_end": "ends",
    "commissioned": "service", "installed": "service", "retired": "service", "moved": "service",
    "ordered": "steps", "built": "steps", "stored": "steps", "delivered": "steps", "responded": "responded",
}  # fmt: skip


class RowsNotCounted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows of a scanner log that could not be read, by what they would have said. `scanners` are those whose outages
    `begins` and `ends` concern, None where they are not all known. `causes` counts reports that are kept and whose
    cause, or whether they were planned, nobody knows."""

    begins: int = 0
    ends: int = 0
    service: int = 0
    steps: int = 0
    responded: int = 0
    scans: int = 0
    unknown: int = 0
    scanners: tuple[str, ...] | None = ()
    causes: int = 0

    @property
    def rows(self) -> int:
        """How many rows are not counted."""
        return self.begins + self.ends + self.service + self.steps + self.responded + self.scans + self.unknown

    def __add__(self, other: RowsNotCounted) -> RowsNotCounted:
        known = None if self.scanners is None or other.scanners is None else {*self.scanners, *other.scanners}
        counts = {name: getattr(self, name) + getattr(other, name) for name in _COUNTS}
        return RowsNotCounted(**counts, scanners=None if known is None else tuple(sorted(known)))


#: Every row was read.
ALL_COUNTED = RowsNotCounted()
_COUNTS = ("begins", "ends", "service", "steps", "responded", "scans", "unknown", "causes")


def not_counted_kind(event: str | None, *, is_scan: bool) -> NotCountedKind:
    """What a row that is not counted would have said, by its text of an event; `is_scan` says that it names what was
    scanned."""
    if event is None:
        return "scans" if is_scan else "unknown"
    return _NOT_COUNTED.get(event.strip().lower(), "unknown")


class ScannerReported(Payload, frozen=True, omit_defaults=True, gc=False):
    """Somebody reported something of a scanner, as "The scanner log" of the documentation has it.

    `occurred_at` of the envelope is when it happened, `reported_at` when it was reported, where the report says so.
    `port` is a bridge's identifier or a port's code, as reported. `cause` and `planned` are None where the report gives
    none: a cause is never inferred. `sealed` is the note, under the key of its reporter.
    """

    TYPE: ClassVar[str] = "scanner.reported"

    event: ScannerEvent
    cause: Cause | None = None
    reporter: str | None = None
    port: str | None = None
    kind: str | None = None
    contract_id: str | None = None
    planned: bool | None = None
    blocker: str | None = None
    sealed: str | None = None


class Scan(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """One scan: when (microseconds since 1970), of which class of conveyance, and how long an operator was at it."""

    at: int
    conveyance: str
    operator_ms: int | None = None


class Scanned(Payload, frozen=True, omit_defaults=True, gc=False):
    """A block of scans of one scanner, in the order of their instants. `occurred_at` of the envelope is the last.

    The same block is recorded once. Scans that are told again in another portion are part of another block: who counts
    scans counts those of one scanner, instant and class once.
    """

    TYPE: ClassVar[str] = "scanner.scanned"

    scans: tuple[Scan, ...]


class ScannerRowsRefused(Payload, frozen=True, omit_defaults=True, gc=False):
    """Rows of a scanner log could not be read, or are kept with a cause of unknown meaning. Stream
    `scanner-rows/refused`. The same file is recorded once."""

    TYPE: ClassVar[str] = "scanner.rows_refused"

    rows: RowsNotCounted


class ScannerRowsSettled(Payload, frozen=True, omit_defaults=True, gc=False):
    """A person attests that the rows refused until here are in the record by now, or told of nothing that counts.
    Stream `scanner-rows/refused`."""

    TYPE: ClassVar[str] = "scanner.rows_settled"

    reason: str


SCANNER_PAYLOADS: tuple[type[Payload], ...] = (ScannerReported, Scanned, ScannerRowsRefused, ScannerRowsSettled)
