"""Every measure in every version, kept live in pages and restarts, is the measure of the whole record read at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from boards import decided, examined, filed
from hypothesis import given, settings
from hypothesis import strategies as st

from aforo.domain.bridge import GateReads, PublishedLaneWait, WaitsPublished
from aforo.domain.clock import microseconds
from aforo.domain.dock import ExaminationBegun
from aforo.domain.event import Arrived, Moved, Overridden, Passed, Payload, new_event
from aforo.domain.scanner import Scan, Scanned, ScannerReported
from aforo.domain.trip import CustodyJudged, Discharged, Sealed, TripOpened
from aforo.log.stored import StoredEvent, encode
from aforo.ports.shipped import ports
from aforo.scoreboard.official import Asked, Row, rows
from aforo.scoreboard.places import Places
from aforo.scoreboard.shipped import definitions
from aforo.scoreboard.state import BoardState

PLACES = Places(ports())
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
BRIDGES = ("world-trade", "pharr")
MEASURES = definitions().all()
#: What happens to something: its stream, and a payload made for when it happens.
Happening = tuple[str, object]


def _packed(values: Sequence[int]) -> str:
    import base64

    return base64.b64encode(b"".join(each.to_bytes(8, "little") for each in values)).decode()


@st.composite
def happenings(draw: st.DrawFn) -> list[tuple[Happening, int, int]]:
    """What happens, in the order in which it is recorded; how much later than the one before, and how late told."""
    crossing = st.sampled_from(["crossing/C-0", "crossing/C-1", "crossing/C-2"])
    trip = st.sampled_from(["trip/T-0", "trip/T-1", "trip/T-2"])
    scanner = st.sampled_from(["scanner/S-0", "scanner/S-1"])
    bridge = st.sampled_from(BRIDGES)
    one = st.one_of(
        st.tuples(crossing, st.one_of(
            st.builds(lambda lane, own, programme: filed(declaration_id="D", lane=lane, bridge=own,
                                                         trade_programme=programme),
                      st.sampled_from(["fast", "standard"]), bridge, st.sampled_from(["none", "ctpat2", "oea"])),
            st.builds(lambda option, own: decided(option, bridge=own),
                      st.sampled_from(["release", "scan", "joint"]), bridge),
            st.builds(Arrived, bridge),
            st.just(Passed(0, "2304", "2026-03-02")),
            st.builds(lambda option: Overridden(option, "Seal.", 0), st.sampled_from(["release", "scan"])),
            st.builds(lambda both: ExaminationBegun("E", "joint", "pharr", "1", "", ("US", "MX") if both else ("US",)),
                      st.booleans()),
            st.builds(lambda found, done: ("examined", found, done), st.sampled_from([None, True, False]),
                      st.sampled_from(["scan", "joint", None])),
            st.just(Moved("C-0")),
        )),
        st.tuples(trip, st.one_of(
            st.builds(lambda of: TripOpened("import", "carrier", NOON + timedelta(days=9), of),
                      st.sampled_from(["C-0", "C-1", "C-2", ""])),
            st.builds(lambda: Sealed("D-0", "123")),
            st.builds(lambda state, before: CustodyJudged(state, "unsigned", before=before),
                      st.sampled_from(["intact", "silent", "broken", "unsealed"]), st.sampled_from(["", "silent"])),
            st.just(Discharged("yard")),
        )),
        st.tuples(scanner, st.one_of(
            st.builds(lambda what, where, cause: ScannerReported(what, cause, "port", where),
                      st.sampled_from(["commissioned", "down", "up", "moved", "retired", "maintenance_start"]),
                      st.sampled_from([*BRIDGES, "2304", None]), st.sampled_from(["parts", None])),
            st.builds(lambda ago, what: ("scans", tuple(ago), what), st.lists(st.integers(0, 90_000), min_size=1,
                      max_size=4), st.sampled_from(["truck", "Bus"])),
        )),
        st.tuples(bridge.map(lambda each: f"port/{each}"), st.builds(
            lambda minutes: WaitsPublished("cbp-bwt", (PublishedLaneWait("standard", minutes),)),
            st.sampled_from([None, 10, 35]))),
        st.tuples(bridge.map(lambda each: f"device/{each}"), st.builds(
            lambda place, tags: ("reads", place, tuple(tags)), st.sampled_from(["queue_end", "primary", "exit"]),
            st.lists(st.integers(0, 6), min_size=1, max_size=6))),
    )  # fmt: skip
    later = st.integers(0, 7 * 3_600)
    return draw(st.lists(st.tuples(one, later, st.integers(0, 30 * 3_600)), min_size=1, max_size=50))


def record(happened: Sequence[tuple[Happening, int, int]]) -> list[StoredEvent]:
    """The events as they lie in a log: those that are told late come late, each stream in its own order."""
    at, told = NOON, list[tuple[datetime, datetime, str, object]]()
    reached: dict[str, datetime] = {}
    for (stream, what), later, late in happened:
        at += timedelta(seconds=later)
        recorded = max(at + timedelta(seconds=late), reached.get(stream, at))
        reached[stream] = recorded
        told.append((recorded, at, stream, what))
    versions: Counter[str] = Counter()
    stored: list[StoredEvent] = []
    for recorded, occurred, stream, what in sorted(told, key=lambda each: each[0]):
        versions[stream] += 1
        event = new_event(f"{len(stored):08}", _payload(what, stream, occurred), stream, versions[stream],
                          occurred_at=occurred, recorded_at=recorded, actor="tester")  # fmt: skip
        stored.append(StoredEvent(len(stored) + 1, b"", encode(event)))
    return stored


def _payload(what: object, stream: str, at: datetime) -> Payload:
    match what:
        case ("examined", found, done):
            return examined("C", at, found, carried_out=done)
        case ("scans", ago, conveyance):
            instants = sorted(microseconds(at) - seconds * 1_000_000 for seconds in ago)
            return Scanned(tuple(Scan(each, conveyance, 60_000) for each in instants))
        case ("reads", place, tags):
            begins = microseconds(at)
            instants = [begins + 60_000_000 * number for number in range(len(tags))]
            bridge = stream.removeprefix("device/")
            return GateReads("R", bridge, place, _packed(instants), tags=_packed(tags))
    assert isinstance(what, Payload)
    return what


def figures(state: BoardState, now: int) -> list[Row]:
    first = PLACES.day("world-trade", microseconds(NOON)) - 2
    found: list[Row] = []
    for by in ("bridge", "bridge day", "lane programme", ""):
        bridges = list(PLACES.zones) if not by else list(BRIDGES)
        asked = Asked(bridges, first, first + 20, frozenset(by.split()))  # type: ignore[arg-type]
        found += rows(state, MEASURES, asked, now, most=1_000_000)
    return found


@settings(max_examples=60, deadline=None)
@given(happenings(), st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 3))
def test_live_figures_are_those_of_the_whole_record(
    happened: list[tuple[Happening, int, int]], pages: list[int], kept: int
) -> None:
    events = record(happened)
    streams: dict[str, list[StoredEvent]] = {}
    for stored in events:
        streams.setdefault(stored.event.stream, []).append(stored)

    written = len(events)  # so much is in the log when it is read back

    def read(names: Sequence[str]) -> dict[str, list[StoredEvent]]:
        found = {name: [each for each in streams.get(name, ()) if each.position <= written] for name in names}
        return {name: own for name, own in found.items() if own}

    whole = BoardState(PLACES, read)
    whole.apply(events)
    now = microseconds(events[-1].event.recorded_at)
    live, first, page = BoardState(PLACES, read), 0, 0
    # So little is kept in mind that what was told before is read back again and again.
    with patch("aforo.scoreboard.trips.MOST", 1), patch("aforo.scoreboard.state._MOST_SEEN", 1):
        while first < len(events):
            size = pages[page % len(pages)]
            written = first + size
            live.apply(events[first : first + size])
            if page % 2:
                figures(live, now)  # asking changes nothing
            first, page = first + size, page + 1
            if page % (kept + 1) == 0:
                saved = live.dump()
                live = BoardState(PLACES, read)
                live.load(saved)
    assert figures(live, now) == figures(whole, now)
