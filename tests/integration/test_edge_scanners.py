"""What is reported of scanners at a port that is cut off, and what their images showed: kept there, counted once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from cut_off import NOW, Bridge, Cut, bridge_of, events, examined, given, of
from journeys import Post
from priced import put_in_force

from aforo.domain.clock import microseconds
from aforo.domain.edge import EdgeFact, EdgeScannerLog
from aforo.domain.event import Examined
from aforo.domain.scanner import Scanned, ScannerReported
from aforo.flow.edge_node import Named, NoBundleError
from aforo.flow.edge_reports import report
from aforo.flow.edge_telemetry import keep_readings, keep_scanner_log
from aforo.flow.order import ordered
from aforo.flow.scanner_reports import reports_of, scans_of
from aforo.flow.telemetry import record
from aforo.intake import scanner_log
from aforo.intake.gate_reads import Read

ROWS = b"""scanner_id,event,at,reporter,port,note,conveyance,operator_minutes
LRD-1,commissioned,2024-03-01T06:00:00-06:00,port,world-trade,,,
LRD-1,down,2024-03-20T11:00:00Z,port,world-trade,Luis says the tube is gone,,
LRD-1,,2024-03-20T10:30:00Z,,,,truck,2.5
LRD-9,down,2024-03-20T11:10:00Z,port,colombia,,,
"""


@pytest.fixture
def laredo(post: Post) -> Iterator[Cut]:
    """An edge at World Trade, whose port document is in force at the node."""
    with post.log() as log:
        put_in_force(log)
    with bridge_of(post) as made:
        yield made


def effects(cut: Cut) -> list[tuple[str, ...]]:
    return [each.effects for each in cut.facts() if EdgeScannerLog.TYPE in each.body]


def said(cut: Cut) -> list[tuple[str, str]]:
    """Scanner and event of the reports that the node has."""
    stored = cut.node.log.read(types=[ScannerReported.TYPE])
    return [(each.event.stream, each.payload.event) for each in stored if isinstance(each.payload, ScannerReported)]


def test_what_is_reported_of_scanners_during_a_cut_is_recorded_once(laredo: Cut) -> None:
    told = scanner_log.read(ROWS, NOW)
    assert (len(told.reports), len(told.scans), told.problems) == (3, 1, [])
    with pytest.raises(NoBundleError):
        keep_scanner_log(told, laredo.edge, "reader")
    laredo.connect()
    assert keep_scanner_log(told, laredo.edge, "reader") == (2, 0)
    assert keep_scanner_log(told, laredo.edge, "reader") == (0, 2)
    assert not any(word in stored.body for stored in laredo.edge.log.read() for word in (b"Luis", b"LRD-1"))
    # The node was told one of them by another way.
    first = [each for each in told.reports if each.event == "commissioned"]
    record(reports_of(first, laredo.node.log), laredo.node.log, actor="port")
    assert said(laredo) == [("scanner/LRD-1", "commissioned")]
    laredo.reconcile()
    laredo.hand_in_anew()
    # An edge speaks for its own bridge: what it says of Colombia's scanner is in the fact alone.
    assert said(laredo) == [("scanner/LRD-1", "commissioned"), ("scanner/LRD-1", "down")]
    assert effects(laredo) == [("scanners", "elsewhere"), ("scanners",)]
    (block,) = [stored.payload for stored in laredo.node.log.read(types=[Scanned.TYPE])]
    assert isinstance(block, Scanned)
    assert [(each.conveyance, each.operator_ms) for each in block.scans] == [("truck", 150_000)]
    assert {each.scanner_id: each.status for each in laredo.node.live().fleet(NOW)} == {"LRD-1": "down"}
    bodies = [stored.body for stored in laredo.node.log.read(types=[EdgeFact.TYPE, ScannerReported.TYPE])]
    assert not any(b"Luis" in body for body in bodies)


@pytest.mark.parametrize("first", ["edge", "node"])
@pytest.mark.parametrize("many", [401, 7_000])
def test_scans_that_both_are_told_count_once_however_many_they_are(laredo: Cut, many: int, first: str) -> None:
    """Of two scanners in turn, of one of them more than a block holds."""
    live = b"scanner_id,event,at,port\nLRD-1,commissioned,2024-03-01T06:00:00Z,world-trade\n"
    live += b"LRD-2,commissioned,2024-03-01T06:00:00Z,world-trade\n"
    rows = ["scanner_id,at,conveyance,operator_minutes"]
    rows += [f"LRD-{1 + (n % 3 > 0)},{(NOW - timedelta(seconds=20 * n)).isoformat()},truck,2.5" for n in range(many)]
    record(reports_of(scanner_log.read(live, NOW).reports, laredo.node.log), laredo.node.log, actor="port")
    told = scanner_log.read("\n".join(rows).encode(), NOW)
    assert len(told.scans) == many
    laredo.connect()
    keep_scanner_log(told, laredo.edge, "reader")
    if first == "edge":
        laredo.reconcile()
    record(scans_of(told.scans), laredo.node.log, actor="port")
    laredo.reconcile()
    told_of = [(stored.event.stream, stored.payload) for stored in laredo.node.log.read(types=[Scanned.TYPE])]
    counted = [(stream, each.at) for stream, block in told_of if isinstance(block, Scanned) for each in block.scans]
    assert (len(counted), len(set(counted))) == (many, many)


def test_what_differs_in_case_or_signs_alone_is_not_one(laredo: Cut) -> None:
    laredo.connect()
    kept = laredo.edge.log.position()
    for note in ("Tube gone, 2.5 kV", "tube gone 25 kV", "tube gone 25 kv"):
        row = f'scanner_id,event,at,port,note\nLRD-1,down,2024-03-20T11:00:00Z,world-trade,"{note}"\n'
        told = scanner_log.read(row.encode(), NOW)
        assert keep_scanner_log(told, laredo.edge, "reader") == (1, 0)
        assert keep_scanner_log(told, laredo.edge, "reader") == (0, 1)
    at = microseconds(NOW)
    for plate in ("TR-1", "TR1"):
        assert keep_readings([Read("p1", at, plate, None)], laredo.edge, "gate") == (1, 0)
        assert keep_readings([Read("p1", at, plate, None)], laredo.edge, "gate") == (0, 1)
    told_apart = laredo.edge.log.read(kept)
    assert len({stored.event.idempotency_key for stored in told_apart}) == len(told_apart) == 5
    laredo.reconcile()
    assert said(laredo) == [("scanner/LRD-1", "down")] * 3


def test_rows_ahead_of_the_nodes_clock_and_those_of_a_bridge_that_nobody_knows_stay_in_the_fact(post: Post) -> None:
    with post.log() as log:
        put_in_force(log)
    with post.node() as node, Bridge(post.folder / "edge", post.clock, node.log, "Nowhere").edge() as edge:
        cut = Cut(node, edge)
        cut.enrol_as_before()
        cut.connect()
        ahead = b"scanner_id,event,at,port\nLRD-1,down,2024-03-20T14:00:00Z,world-trade\n"
        keep_scanner_log(scanner_log.read(ahead, NOW + timedelta(days=1)), edge, "reader")
        keep_scanner_log(scanner_log.read(ROWS, NOW), edge, "reader")
        cut.reconcile()
        assert effects(cut) == [("clock_doubted",), ("elsewhere",), ("elsewhere",)]
        assert said(cut) == []


def test_a_clear_image_ends_a_scan_that_is_decided_on_and_any_other_has_the_truck_opened(laredo: Cut) -> None:
    for own in ("a", "b", "c"):
        given(laredo, own, "scan_then_decide")
    laredo.connect()
    for own in ("a", "b", "c"):
        laredo.edge.arrive(Named(trip=own), "Luz")
    clear = examined("a", laredo, carried_out="scan", image="clear")
    assert [each.code for each in report([clear], laredo.edge, "Luz").warnings] == []
    assert report([clear], laredo.edge, "Luz").repeated == 1
    assert laredo.seen("a").examination == "release"
    for own, image in (("b", "alarm"), ("c", "inconclusive")):
        told = report([examined(own, laredo, image=image)], laredo.edge, "Luz")
        assert [each.code for each in told.warnings] == ["order_stands"]
        assert laredo.seen(own).examination == "scan_then_decide"
    laredo.clock.move(minutes=40)
    opened = examined("b", laredo, carried_out="secondary", at=laredo.node.clock())
    report([opened], laredo.edge, "Luz")
    assert laredo.seen("b").examination == "release"
    laredo.reconcile()
    assert [each.image for own in ("a", "b", "c") for each in of(Examined, laredo, own)] == [
        "clear", "alarm", None, "inconclusive",
    ]  # fmt: skip
    assert [ordered(events(laredo, own)) for own in ("a", "b", "c")] == ["scan_then_decide"] * 3
    assert [each.order for each in laredo.connect().all().values()] == ["scan_then_decide"]
