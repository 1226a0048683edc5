"""Whatever happens to crossings, and however the record is read, they are counted as their streams say at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from boards import decided, examined, filed
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.event import Arrived, Moved, Overridden, Passed, Payload, new_event
from aforo.domain.units import PPB
from aforo.log.stored import StoredEvent, encode
from aforo.ports.shipped import ports
from aforo.scoreboard.marks import Seen
from aforo.scoreboard.places import Places
from aforo.scoreboard.state import BoardState

PLACES = Places(ports())
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
BRIDGES = ("world-trade", "pharr", "ysleta", "nowhere", "")


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[int, int, object]]:
    """What happens, in order: to which crossing, how much later, and what; a number stands for a correction."""
    count = draw(st.integers(1, 40))
    bridge = st.sampled_from(BRIDGES)
    kinds = st.one_of(
        st.builds(lambda lane, own: filed(declaration_id="D", lane=lane, bridge=own or None),
                  st.sampled_from(["fast", "standard", None]), bridge),
        st.builds(lambda option, drawn, sure, own: decided(option, control=drawn, bridge=own,
                                                           propensity=PPB if sure else PPB // 20),
                  st.sampled_from(["release", "scan", "secondary"]), st.booleans(), st.booleans(), bridge),
        st.builds(lambda option: Overridden(option, "Seal.", 0), st.sampled_from(["release", "scan", "joint"])),
        st.builds(Arrived, bridge),
        st.just(Passed(0, "2304", "2026-03-02")),
        st.builds(lambda found, order: examined("C", NOON, found, by_override=order),
                  st.sampled_from([None, True, False]), st.booleans()),
        st.just(Moved("C-0")),
        st.integers(0, 3),
    )  # fmt: skip
    return [(draw(st.integers(0, 4)), draw(st.integers(0, 9 * 3_600)), draw(kinds)) for _ in range(count)]


def record(happened: Sequence[tuple[int, int, object]]) -> list[StoredEvent]:
    """The events as they lie in a log."""
    at, stored = NOON, list[StoredEvent]()
    versions: Counter[str] = Counter()
    exams: dict[str, list[str]] = {}
    for number, later, what in happened:
        at += timedelta(seconds=later)
        stream = f"crossing/C-{number}"
        if isinstance(what, int):
            known = exams.get(stream)
            if not known:
                continue
            payload: Payload = examined("C", NOON, what % 2 == 0, known[what % len(known)])
        else:
            assert isinstance(what, Payload)
            payload = what
        versions[stream] += 1
        own = f"{len(stored):08}"
        if payload.TYPE == "crossing.examined" and not isinstance(what, int):
            exams.setdefault(stream, []).append(own)
        event = new_event(own, payload, stream, versions[stream], occurred_at=at, recorded_at=at, actor="tester")
        stored.append(StoredEvent(len(stored) + 1, b"", encode(event)))
    return stored


@given(steps(), st.lists(st.integers(1, 7), min_size=1, max_size=6), st.integers(0, 4))
def test_cells_are_those_of_the_streams_at_the_end(
    happened: list[tuple[int, int, object]], pages: list[int], kept: int
) -> None:
    events = record(happened)
    streams: dict[str, list[StoredEvent]] = {}
    for stored in events:
        streams.setdefault(stored.event.stream, []).append(stored)

    def read(names: Sequence[str]) -> dict[str, list[StoredEvent]]:
        return {name: streams[name] for name in names}

    state, first, page = BoardState(PLACES, read), 0, 0
    while first < len(events):
        size = pages[page % len(pages)]
        state.apply(events[first : first + size])
        first, page = first + size, page + 1
        if page % (kept + 1) == 0:  # stopped, and begun again from what was kept
            saved = state.dump()
            state = BoardState(PLACES, read)
            state.load(saved)
    expected: Counter[tuple[object, ...]] = Counter()
    unplaced = 0
    for own in streams.values():
        seen = Seen()
        for stored in own:
            seen.after(stored.position, stored.event, stored.payload)
        counted = seen.counted(PLACES)
        if counted is not None:
            expected[tuple(counted)] += 1
        unplaced += counted is None and seen.unplaced
    told = {
        (bridge, day, cell): number
        for bridge, days in state.days.items()
        for day, each in days.items()
        for cell, number in each.cells.items()
    }
    assert told == dict(expected)
    assert state.unplaced == unplaced
    assert all(number > 0 for number in told.values())
