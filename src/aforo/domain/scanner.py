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


SCANNER_PAYLOADS: tuple[type[Payload], ...] = (ScannerReported, Scanned)
