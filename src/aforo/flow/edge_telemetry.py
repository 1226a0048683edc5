"""What devices at a port report while it is cut off: kept at the edge under the node's seal, block by block, and
recorded by the node as if it had been told itself. What a block says is known again, so nothing counts twice.

An edge speaks for its own bridge, as a device does: what it says of readers and scanners elsewhere, or of a bridge that
no document has, stays in the fact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import msgspec

from aforo.domain.clock import EARLIEST, instant, microseconds
from aforo.domain.edge import EdgeReadings, EdgeScannerLog, FactEffect
from aforo.domain.event import Event
from aforo.domain.input_refusal import InputRowsRefused, RefusedRows
from aforo.domain.scanner import RowsNotCounted, Scan, ScannerRowsRefused, not_counted_kind
from aforo.flow.edge_enrolled import Edge, bridge_at
from aforo.flow.edge_marks import unsealed
from aforo.flow.edge_node import EdgeNode
from aforo.flow.input_refusals import refusal_of
from aforo.flow.node import Node
from aforo.flow.scanner_reports import REFUSED_ROWS, in_blocks, of_bridges, reports_of, scans_of
from aforo.flow.seal_reads import refused_reads, seal_reads_of
from aforo.flow.telemetry import Statement, blocks_of, record
from aforo.intake.gate_reads import Read
from aforo.intake.scanner_log import ScanMade, ScannerLog, ScannerReport
from aforo.intake.telemetry import AHEAD
from aforo.log.sealing import SealingKeyDestroyedError

#: The kinds of what devices tell; the second is also the stream of what is reported of scanners.
READINGS, SCANNERS = "readings", "scanner-log"
#: Reports of scanners in one block: a leaf with all their columns stays below a megabyte.
MOST_REPORTS = 400
#: What is wrong with what was read of a seal, as a fact says it.
_UNTOLD: dict[str, FactEffect] = {each: each for each in ("seal_read_no_trip", "seal_read_not_signed")}


class _Rows(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is under the seal of a block of the scanner log: reports, or scans of a scanner."""

    reports: list[ScannerReport] = []
    scanner: str = ""
    scans: list[Scan] = []


def keep_readings(reads: Sequence[Read], edge: EdgeNode, actor: str) -> tuple[int, int]:
    """Keep what readers saw, a block of each reader; durable. How many blocks were new, and how many were known. Raises
    NoBundleError: the key of the port seals them."""
    by_reader: dict[str, list[Read]] = {}
    for each in reads:
        by_reader.setdefault(each.reader, []).append(each)
    new = 0
    for reader, own in by_reader.items():
        text = msgspec.json.encode(own).decode()
        at = instant(own[-1].at)
        new += edge.keep_once(f"reader/{reader}", READINGS, text, partial(EdgeReadings, len(own)), actor, at)
    return new, len(by_reader) - new


def keep_scanner_log(told: ScannerLog, edge: EdgeNode, actor: str) -> tuple[int, int]:
    """Keep what was reported of scanners, in blocks: of reports in the order of the rows, of scans as the node records
    them, so that it knows them again where it was told the same; as `keep_readings`."""
    parts = [_Rows(told.reports[at : at + MOST_REPORTS]) for at in range(0, len(told.reports), MOST_REPORTS)]
    parts += [_Rows(scanner=scanner, scans=scans) for scanner, scans in in_blocks(told.scans)]
    new = 0
    for part in parts:
        text, count = msgspec.json.encode(part).decode(), len(part.reports) + len(part.scans)
        at = part.reports[-1].at if part.reports else instant(part.scans[-1].at)
        new += edge.keep_once(SCANNERS, SCANNERS, text, partial(EdgeScannerLog, count), actor, at)
    return new, len(parts) - new


def take_readings(said: EdgeReadings, event: Event, edge: Edge, key: bytes, node: Node) -> tuple[FactEffect, ...]:
    """Record what readers saw at a port, seals among it, as if they had told this node; what is known is recorded once.
    What is ahead of this node's clock, or of no year that inputs may name, is left in the fact: one such reading would
    make the bridge's state unknown until then. So is a number that no trip bore then, or that its reader did not sign:
    the edge told nobody that it is so.
    """
    try:
        reads = msgspec.json.decode(unsealed(said, edge.origin, key, node.keys) or "", type=list[Read])
    except SealingKeyDestroyedError:
        return ("key_destroyed",)
    except msgspec.MsgspecError:
        return ("unreadable",)
    live = node.live()
    bridge = bridge_at(edge, live.directory)
    readers = {name: at for name, at in live.readers.items() if at.bridge == bridge}
    earliest, latest = microseconds(EARLIEST), microseconds(node.clock() + AHEAD)
    believed = [each for each in reads if earliest <= each.at <= latest]
    own = [each for each in believed if each.reader in readers]
    blocks = blocks_of(own, readers, node.log)
    seals, wrong = seal_reads_of(own, readers, node)
    refused = record([*blocks, *seals], node.log, actor=event.actor, origin=node.origin).refused
    wrong += refused_reads(refused)
    effects: list[FactEffect] = ["readings"] if blocks else []
    effects += ["seal_reads"] if len(seals) > len(refused) else []
    effects += [_UNTOLD[code] for code in dict.fromkeys(each.code for each in wrong)]
    effects += ["elsewhere"] if len(own) < len(believed) else []
    lost = {"clock_doubted": len(reads) - len(believed), "elsewhere": len(believed) - len(own)}
    if reasons := {reason: count for reason, count in lost.items() if count}:
        rows = RefusedRows("readings", f"edge {edge.origin}", sum(reasons.values()), reasons)
        days = [instant(each.at).date() for each in own]
        stated = refusal_of("readings", rows, said.sealed.encode(), node.log, days=days, bridges=_bridges(bridge))
        record(stated, node.log, actor=event.actor, origin=node.origin)
    return (*effects, "clock_doubted") if len(believed) < len(reads) else tuple(effects)


def _bridges(bridge: str | None) -> tuple[str, ...]:
    return () if bridge is None else (bridge,)


def keep_refused(statements: Sequence[Statement], edge: EdgeNode, actor: str) -> None:
    """Keep at the edge which rows it refused: they are handed in, and the node's figures say that they lack them."""
    if statements:
        with edge.lock:
            record(statements, edge.log, actor=actor)


def take_refused(
    said: InputRowsRefused | ScannerRowsRefused, event: Event, edge: Edge, node: Node
) -> tuple[FactEffect, ...]:
    """Record which rows an edge refused, as rows of its bridge alone."""
    key = f"{edge.origin}:{event.event_id}"
    if isinstance(said, ScannerRowsRefused):
        stated = [Statement(said, REFUSED_ROWS, node.clock(), f"scanner-rows:{key}")]
    else:
        bridge = bridge_at(edge, node.live().directory)
        rows = RefusedRows(said.kind, f"edge {edge.origin}: {said.source}", said.rows, said.reasons)
        stated = refusal_of(
            said.kind, rows, key.encode(), node.log, days=() if said.first is None else (said.first, said.last),
            bridges=_bridges(bridge),
        )  # fmt: skip
    record(stated, node.log, actor=event.actor, origin=node.origin)
    return ("rows_refused",)


def take_scanner_log(said: EdgeScannerLog, event: Event, edge: Edge, key: bytes, node: Node) -> tuple[FactEffect, ...]:
    """Record what was reported of scanners at a port; what the node was told already is one. What is ahead of this
    node's clock stays in the fact."""
    try:
        rows = msgspec.json.decode(unsealed(said, edge.origin, key, node.keys) or "", type=_Rows)
    except SealingKeyDestroyedError:
        return ("key_destroyed",)
    except msgspec.MsgspecError:
        return ("unreadable",)
    live, now = node.live(), node.clock()
    latest = now + AHEAD
    reports = [
        each
        for each in rows.reports
        if EARLIEST <= each.at <= latest and EARLIEST <= (each.reported_at or each.at) <= latest
    ]
    scans = [
        ScanMade(rows.scanner, each.at, each.conveyance, each.operator_ms)
        for each in rows.scans
        if microseconds(EARLIEST) <= each.at <= microseconds(latest)
    ]
    bridge = bridge_at(edge, live.directory)
    own = of_bridges(ScannerLog(reports=reports, scans=scans), () if bridge is None else (bridge,), live, now)
    told = [*reports_of(own.reports, node.log), *scans_of(own.scans)]
    lost = _lost(rows, len(scans), [each for each in rows.reports if each not in reports])
    refused = [Statement(ScannerRowsRefused(lost), REFUSED_ROWS, now, f"scanner-rows:{edge.origin}:{event.event_id}")]
    record([*told, *(refused if lost.rows else [])], node.log, actor=event.actor, origin=node.origin)
    effects: list[FactEffect] = ["scanners"] if told else []
    if len(own.reports) + len(own.scans) < len(reports) + len(scans):
        effects.append("elsewhere")
    if len(reports) + len(scans) < said.count:
        effects.append("clock_doubted")
    return tuple(effects)


def _lost(rows: _Rows, scans: int, reports: Sequence[ScannerReport]) -> RowsNotCounted:
    """The rows of a block that its edge's clock makes unbelievable: these reports, and all scans but so many."""
    kinds = Counter[str](not_counted_kind(each.event, is_scan=False) for each in reports)
    scanners = tuple(sorted({each.scanner_id for each in reports}))
    return RowsNotCounted(**kinds, scanners=scanners) + RowsNotCounted(scans=len(rows.scans) - scans)
