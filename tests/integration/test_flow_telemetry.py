"""Telemetry and the scanner log enter the record: in blocks, each once, with no plate, tag or note in clear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from journeys import payloads

from aforo.domain.bridge import GateReads, LaneClass, WaitsPublished
from aforo.domain.clock import microseconds
from aforo.domain.event import Event
from aforo.domain.scanner import Scanned, ScannerReported
from aforo.domain.wait import PublishedWait
from aforo.flow import telemetry
from aforo.flow.live_bridges import LiveBridges, directory_in_use
from aforo.flow.published_waits import waits_of
from aforo.flow.scanner_reports import reports_of, scans_of
from aforo.flow.telemetry import ReaderAt, Recorded, Statement, blocks_of, record
from aforo.intake import scanner_log
from aforo.intake.gate_reads import Read
from aforo.log.keys import KeyStore
from aforo.log.sequencer import sequence
from aforo.log.store import ConcurrencyError, Log
from aforo.log.verify import verify
from aforo.ports.reads import of_block
from aforo.ports.shipped import directory, ports
from aforo.ports.state import BridgesState

NOW = datetime(2026, 1, 5, 20, tzinfo=UTC)
READERS = {
    "world-trade-start": ReaderAt("world-trade-start", "world-trade", "bridge"),
    "world-trade-end": ReaderAt("world-trade-end", "world-trade", "primary", "fast"),
}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    keys = KeyStore(f"sqlite:///{tmp_path / 'keys.sqlite'}")
    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys, synchronous="OFF", clock=lambda: NOW) as opened:
        yield opened
    keys.close()


def reads(count: int, reader: str = "world-trade-start", first: int = 0, every: int = 1) -> list[Read]:
    """A reading `every` so many seconds until NOW; every tenth read nothing, every third a tag."""
    return [
        Read(
            reader,
            microseconds(NOW - timedelta(seconds=every * (count - n))),
            None if n % 10 == 9 else f"TX{first + n:05}",
            f"0900{first + n:05}" if n % 3 == 0 else None,
        )
        for n in range(count)
    ]


def recorded(said: Sequence[Statement], log: Log) -> Recorded:
    return record(said, log, actor="device")


def test_readings_of_one_reader_in_lanes_of_several_classes_are_blocks_of_each_class(log: Log) -> None:
    lanes: list[LaneClass | None] = ["fast", "standard", None]
    mixed = [msgspec.structs.replace(each, lane=lanes[n % 3]) for n, each in enumerate(reads(30))]
    assert recorded(blocks_of(mixed, READERS, log), log) == Recorded(3, 0)
    assert [each.lane for each in payloads(log.read(types=[GateReads.TYPE]), GateReads)] == [None, "fast", "standard"]
    # A document that gives the reader one class is believed.
    fixed = {"world-trade-start": msgspec.structs.replace(READERS["world-trade-start"], lane="empty")}
    assert [each.payload.lane for each in blocks_of(mixed, fixed, log)] == ["empty"]  # type: ignore[attr-defined]


def test_readings_are_blocks_by_reader_in_the_order_of_their_instants(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "MOST_IN_BLOCK", 40)
    mixed = [*reversed(reads(100)), *reads(30, "world-trade-end")]
    assert recorded(blocks_of(mixed, READERS, log), log) == Recorded(4, 0)
    stored = log.read(types=[GateReads.TYPE])
    assert [(each.event.stream, each.event.version) for each in stored] == [
        ("device/world-trade-end", 1), *(("device/world-trade-start", n) for n in (1, 2, 3)),
    ]  # fmt: skip
    blocks = [each.payload for each in stored]
    assert all(isinstance(each, GateReads) for each in blocks)
    first = blocks[1]
    assert isinstance(first, GateReads)
    columns = of_block(first, 0)
    assert len(columns) == 40
    assert (columns.at[1:] >= columns.at[:-1]).all()
    assert (first.bridge, first.place, first.lane) == ("world-trade", "bridge", None)
    assert isinstance(blocks[0], GateReads)
    assert blocks[0].lane == "fast"
    # A plate is the same truck as the tractor of a filing.
    (tractor,) = log.keys.identity_hashes("tractor", ["tx 00000"])
    assert columns.plate[0] == tractor
    assert columns.plate[9] == 0
    last = stored[-1].event
    assert (last.occurred_at, last.reported_at, last.actor) == (NOW - timedelta(seconds=1), NOW, "device")


def test_the_same_block_is_recorded_once_and_one_that_overlaps_counts_its_readings_once(log: Log) -> None:
    all_of_them = reads(100, every=40)
    said = blocks_of(all_of_them, READERS, log)
    assert recorded(said, log) == Recorded(1, 0)
    assert recorded(said, log) == Recorded(0, 1)
    assert recorded([*said, *said], log) == Recorded(0, 2)
    assert recorded(blocks_of(list(reversed(all_of_them)), READERS, log), log) == Recorded(0, 1)
    overlapping = recorded(blocks_of(all_of_them[50:], READERS, log), log)
    assert overlapping == Recorded(1, 0)
    state = LiveBridges(log, directory()).state("world-trade", NOW)
    assert state.load.arrivals is not None
    assert state.load.arrivals.value == 90.0


def test_what_is_cut_off_is_sent_again_and_nothing_is_lost_or_doubled(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed between two transactions leaves the first ones whole."""
    monkeypatch.setattr(telemetry, "MOST_IN_BLOCK", 10)
    said = blocks_of(reads(100), READERS, log)
    append, appended = log.append, 0

    def killed(events: Sequence[Event]) -> object:
        nonlocal appended
        appended += 1
        if appended == 3:
            raise KeyboardInterrupt
        return append(events)

    monkeypatch.setattr(log, "append", killed)
    with pytest.raises(KeyboardInterrupt):
        record(said, log, actor="tester", at_once=3)
    monkeypatch.setattr(log, "append", append)
    assert len(log.read(types=[GateReads.TYPE])) == 6
    assert recorded(said, log) == Recorded(4, 6)
    assert [each.event.version for each in log.read(types=[GateReads.TYPE])] == list(range(1, 11))
    sequence(log)
    assert verify(log.database, log.keys.signing.first(log.origin)).good


def test_another_process_that_is_faster_is_followed(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    said, others = blocks_of(reads(20), READERS, log), blocks_of(reads(20, first=500), READERS, log)
    append, before = log.append, [others]

    def contended(events: Sequence[Event]) -> object:
        if before:
            theirs = before.pop()
            recorded(theirs, log)
        return append(events)

    monkeypatch.setattr(log, "append", contended)
    assert recorded(said, log) == Recorded(1, 0)
    assert [each.event.version for each in log.stream("device/world-trade-start")] == [1, 2]

    def always(events: Sequence[Event]) -> object:
        raise ConcurrencyError("device/world-trade-start", 3, "taken")

    monkeypatch.setattr(log, "append", always)
    with pytest.raises(ConcurrencyError):
        recorded(blocks_of(reads(5, first=900), READERS, log), log)


LOG = b"""scanner_id,event,at,cause,reporter,port,kind,note,reported_at,conveyance,operator_minutes
S-1,commissioned,2025-01-01T00:00:00Z,,port,world-trade,HE,,,,
S-1,down,2026-01-05T10:00:00Z,,Port,world-trade,HE,Ana says that the gantry sticks.,2026-01-05T12:00:00Z,,
S-2,commissioned,2025-01-01T00:00:00Z,,port,2304,HE,,,,
S-3,commissioned,2025-01-01T00:00:00Z,,port,colombia,XX,,,,
S-1,,2026-01-04T10:00:00Z,,,,,,,truck,1.5
S-1,,2026-01-04T09:00:00Z,,,,,,,bus,
"""


def test_the_scanner_log_is_recorded_once_with_its_notes_sealed(log: Log, tmp_path: Path) -> None:
    told = scanner_log.read(LOG, NOW)
    assert told.problems == []
    said = [*reports_of(told.reports, log), *scans_of(told.scans)]
    assert recorded(said, log) == Recorded(5, 0)
    again = [*reports_of(told.reports, log), *scans_of(told.scans)]
    assert recorded(again, log) == Recorded(0, 5)
    down = log.stream("scanner/S-1")[1]
    payload = down.payload
    assert isinstance(payload, ScannerReported)
    assert (down.event.occurred_at.hour, (down.event.reported_at or NOW).hour) == (10, 12)
    assert payload.sealed is not None
    (reporter,) = log.keys.identity_hashes("reporter", ["port"]).tolist()
    assert log.keys.open([reporter], payload.sealed) == b"Ana says that the gantry sticks."
    assert b"gantry" not in (tmp_path / "log.sqlite").read_bytes()
    (scans,) = log.read(types=[Scanned.TYPE])
    assert isinstance(scans.payload, Scanned)
    assert [(each.conveyance, each.operator_ms) for each in scans.payload.scans] == [("bus", None), ("truck", 90_000)]


def test_scanners_are_counted_where_they_stand(log: Log) -> None:
    told = scanner_log.read(LOG, NOW)
    recorded(reports_of(told.reports, log), log)
    live = LiveBridges(log, directory_in_use(log))
    assert [(each.scanner_id, each.status) for each in live.fleet(NOW)] == [
        ("S-1", "down"),
        ("S-2", "up"),
        ("S-3", "up"),
    ]
    here = live.state("world-trade", NOW).load.resources[0]
    assert here.up is not None
    assert here.stands is not None
    # Laredo has two bridges, so who says `2304` names neither; a kind that no document lists is taken for secondary.
    assert (here.up.value, here.stands.value, here.stands.source) == (0.0, 1.0, "log")
    there = live.state("colombia", NOW).load.resources[0]
    assert there.up is not None
    assert there.up.value == 1.0


def test_published_waits_are_recorded_by_bridge_once(log: Log) -> None:
    at = NOW - timedelta(minutes=20)
    readings = [
        PublishedWait(
            crossing="Laredo - World Trade Bridge", lane="standard", at=at, seen_at=NOW, minutes=35, lanes_open=4
        ),
        PublishedWait(crossing="x", port_number="230404", lane="fast", at=at, seen_at=NOW, missing="closed"),
        PublishedWait(crossing="Nowhere", lane="fast", at=at, seen_at=NOW, minutes=5),
    ]
    said = waits_of(readings, ports())
    assert recorded(said, log) == Recorded(1, 0)
    assert recorded(waits_of(readings, ports()), log) == Recorded(0, 1)
    (stored,) = log.read(types=[WaitsPublished.TYPE])
    assert stored.event.stream == "port/world-trade"
    lanes = {each.lane: each for each in LiveBridges(log, directory()).state("world-trade", NOW).lanes}
    standard, fast = lanes["standard"].waits, lanes["fast"].waits
    assert standard is not None
    assert standard.now is not None
    assert (standard.now.minutes.value, standard.now.source) == (35.0, "cbp-bwt")
    assert fast is not None
    assert fast.now is None


def test_saved_states_are_gone_on_with_and_dropped_ones_are_made_anew(log: Log) -> None:
    live = LiveBridges(log, directory())
    assert live.state("world-trade", NOW).load.arrivals is None
    recorded(blocks_of(reads(100, every=40), READERS, log), log)
    assert live.expected("world-trade", NOW).arrivals is None, "it goes by what was taken in"
    assert live.look() == 1
    assert live.expected("world-trade", NOW).arrivals is not None
    assert live.expected("world-trade", NOW - timedelta(hours=2)).arrivals is None
    live.save()
    saved = LiveBridges(log, directory())
    recorded(blocks_of(reads(7, first=700), READERS, log), log)
    anew = LiveBridges(log, directory())
    log.projections.drop(f"bridges/{BridgesState.version}")
    dropped = LiveBridges(log, directory())
    states = [each.state("world-trade", NOW) for each in (saved, anew, dropped)]
    assert states[0] == states[1] == states[2]
    assert states[0].load.arrivals is not None
    assert states[0].load.arrivals.value == 97.0
