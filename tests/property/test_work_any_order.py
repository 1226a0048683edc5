"""Where trucks are follows from what was said of them, in whatever order it comes, and everybody counts them alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
from boards import decided, filed
from hypothesis import given, settings
from hypothesis import strategies as st

from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, ExaminationStarted
from aforo.domain.decision import Examination
from aforo.domain.event import Arrived, Examined, Moved, Overridden, Passed, Payload, new_event
from aforo.domain.outcome import Outcome
from aforo.flow.board import Board
from aforo.flow.board_orders import seen_in
from aforo.flow.board_truck import Seen
from aforo.log.merkle import leaf_hash
from aforo.log.stored import StoredEvent, encode
from aforo.ports.state import BridgesState

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
BRIDGES = ("world-trade", "colombia")
trucks = st.sampled_from(["a", "b", "c"])
bridges = st.sampled_from(BRIDGES)
resources = st.sampled_from(["scanner", "portal", "dock"])
predicted = st.sampled_from([None, 60_000, 480_000])
work = st.one_of(
    st.builds(ExaminationQueued, trucks, resources, predicted),
    st.builds(ExaminationStarted, trucks, resources, predicted, st.sampled_from(["", "S1"])),
    st.builds(ExaminationEnded, trucks, resources),
)


def examined(crossing: str, carried_out: Examination | None, order_stands: bool) -> Payload:
    outcome = Outcome(crossing, START, None, None, None, False)
    return Examined(outcome, carried_out=carried_out, order_stands=order_stands)


carried_out = st.sampled_from([None, "scan", "scan_then_decide", "secondary"])
of_crossings = st.one_of(
    st.tuples(trucks, st.builds(examined, trucks, carried_out, st.booleans())),
    st.tuples(trucks, st.builds(Overridden, st.sampled_from(["release", "secondary"]), st.just("Seen."), st.just(0))),
    st.tuples(trucks, st.just(Passed(1, "2304", "2026-03-02"))),
    st.tuples(trucks, st.builds(Moved, st.sampled_from(["c", "d"]))),
).map(lambda each: (f"crossing/{each[0]}", each[1], False))
at_bridges = st.tuples(bridges, work, st.booleans()).map(lambda each: (f"port/{each[0]}", each[1], each[2]))
#: A stream, what is said, whether somebody saw it; minutes since the last that was recorded; how late it is told.
words = st.tuples(
    st.one_of(at_bridges, of_crossings), st.sampled_from([0, 0, 1, 7, 55]), st.sampled_from([0, 0, 2, 8, 300, -1])
)


def in_a_log(said: Sequence[tuple[tuple[str, Payload, bool], int, int]]) -> list[StoredEvent]:
    """What is said, as it is recorded: what the node says is of now, what was seen may be told late."""
    now, made, parts = START, [], {"d"}
    for place, ((stream, payload, seen), later, late) in enumerate(said, 1):
        now += timedelta(minutes=later)
        if isinstance(payload, Moved):  # a crossing becomes part of another one once, and takes in none after that
            own = stream.removeprefix("crossing/")
            if own in parts or payload.into in parts - {"d"} or own == payload.into:
                continue
            parts.add(own)
        told = seen or not stream.startswith("port/")
        event = new_event(
            f"e{place}", payload, stream, place, occurred_at=now - timedelta(minutes=late if told else 0),
            recorded_at=now, actor="tester", idempotency_key=f"stated:{place}" if seen else None,
        )  # fmt: skip
        body = encode(event)
        made.append(StoredEvent(place, leaf_hash(body), body))
    return made


def standing(events: Sequence[StoredEvent]) -> dict[str, object]:
    state = BridgesState()
    state.apply(events)
    return {name: work for bridge in BRIDGES for name, work in state.work_of(bridge).items()}


@settings(max_examples=300, deadline=None)
@given(st.lists(words, min_size=2, max_size=14), st.randoms(use_true_random=False), st.integers(0, 14))
def test_in_whatever_order_the_same_is_told_every_truck_is_in_the_same_place(
    said: list[tuple[tuple[str, Payload, bool], int, int]], random: Random, cut: int
) -> None:
    events = in_a_log(said)
    whole = standing(events)
    shuffled = list(events)
    random.shuffle(shuffled)
    assert standing(shuffled) == whole
    # Nor does it change anything where the state was kept on the way, or that something is told twice.
    before, after = BridgesState(), BridgesState()
    before.apply(shuffled[:cut])
    after.load(before.dump())
    after.apply([*shuffled[cut:], *shuffled[: cut // 2]])
    assert {name: each for bridge in BRIDGES for name, each in after.work_of(bridge).items()} == whole


def at_the_bridges(state: BridgesState) -> Counter[tuple[str, str, str]]:
    return Counter((bridge, each.resource, each.step) for bridge in BRIDGES for each in state.work_of(bridge).values())


def on_the_boards(board: Board) -> Counter[tuple[str, str, str]]:
    return Counter(
        (truck.bridge, truck.at.resource, truck.at.step) for truck in board.trucks.values() if truck.at is not None
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(words, min_size=2, max_size=14))
def test_after_every_event_the_board_has_as_many_trucks_at_a_resource_as_the_bridge(
    said: list[tuple[tuple[str, Payload, bool], int, int]],
) -> None:
    crossings = "abcd"
    come: list[tuple[tuple[str, Payload, bool], int, int]] = []
    for each in crossings:
        come.append(((f"crossing/{each}", filed(), False), 0, 0))
        come.append(((f"crossing/{each}", decided("scan", features="AA=="), False), 0, 0))
        come.append(((f"crossing/{each}", Arrived("world-trade"), False), 0, 0))
    events: list[StoredEvent] = []

    def orders(crossing: str) -> Seen:
        return seen_in([each for each in events if each.event.stream == f"crossing/{crossing}"])

    board, state = Board(lambda port, bridge: "world-trade", orders, lambda lane: 60.0), BridgesState()
    for stored in in_a_log([*come, *said]):
        events.append(stored)
        board.apply([stored] if stored.event.type in board.types else [])
        state.apply([stored] if stored.event.type in state.types else [])
        assert on_the_boards(board) == at_the_bridges(state), msgspec.json.encode(stored.event)
