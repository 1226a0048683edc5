"""What is kept up beside a log is what would be made from it anew, whatever was asked of it, however clocks leapt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from journeys import Post, file, truck
from priced import COLOMBIA, WORLD_TRADE, book, put_in_force

from aforo.bootstrap import save_state
from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, ExaminationStarted
from aforo.domain.event import Moved, Overridden, Passed, Payload, new_event
from aforo.exams.outcomes import Report
from aforo.flow.at_booth import arrive, at_yard
from aforo.flow.node import Node
from aforo.flow.on_the_way import Expected, OnTheWay
from aforo.flow.reports import report
from aforo.flow.repricing import reprice
from aforo.flow.trips import Trips
from aforo.log.merkle import leaf_hash
from aforo.log.projections import Follower
from aforo.log.stored import StoredEvent, encode
from aforo.ports.state import BridgesState
from aforo.routing.choice import CLASSES

START = datetime(2024, 3, 20, 12, tzinfo=UTC)
SECOND = int(START.timestamp())
#: Instants close enough to meet in the hour of a list and at the edge of what is kept, and leaps between them.
minutes = st.sampled_from([-4_000, -90, -30, 0, 20, 30, 45, 60, 75, 90, 1_450, 1_470, 2_900, 4_000])
names = st.sampled_from(["a", "b", "c", "d", "e"])
filers = st.integers(0, 2)
expected = st.builds(
    Expected,
    bridge=st.sampled_from(["x", "y"]),
    at=minutes.map(lambda m: SECOND + 60 * m),
    place=st.integers(0, CLASSES - 1),
    work=st.integers(1, 500),
    filer=filers,
    sent=st.integers(-1, 1),
    asks=st.integers(1, 500),
)
acts = st.one_of(
    st.tuples(st.just("add"), names, expected),
    st.tuples(st.just("drop"), names, st.none()),
    st.tuples(st.just("ask"), st.sampled_from(["x", "y"]), minutes),
    st.tuples(st.just("ask"), st.just("x"), minutes),
    st.tuples(st.just("save"), names, st.none()),
)


def believed(bridge: str, filer: int) -> bool:
    return filer != 2


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


@settings(max_examples=300)
@given(st.lists(acts, min_size=10, max_size=40), minutes)
@example([("add", "a", Expected("x", SECOND + 1_800, 3, 100)), ("ask", "x", 0), ("ask", "x", 4_000)], 0)
def test_whoever_asks_and_whatever_the_clock_says_the_list_is_that_of_what_was_filed(
    history: list[tuple[str, str, object]], last: int
) -> None:
    live, plain = OnTheWay(believes=believed), OnTheWay(believes=believed)
    for what, name, more in history:
        if what == "ask" and isinstance(more, int):
            live.listed(name, at(more))
        elif what == "save":
            live.dump()
            again = OnTheWay(believes=believed)
            again.load(live.dump())
            live = again
        for each in (live, plain):
            if isinstance(more, Expected):
                each.add(name, more)
            elif what == "drop":
                each.drop(name)
    assert live.dump() == plain.dump()
    now = int(at(last).timestamp())
    for bridge in ("x", "y"):
        work: dict[int, int] = {}
        for coming in plain.trucks.values():
            if coming.bridge == bridge and now <= coming.at <= now + 3_600 and coming.filer != 2:
                work[coming.place] = work.get(coming.place, 0) + coming.work
        assert live.listed(bridge, at(last)) == [(place, work[place] / 100) for place in sorted(work)]
        until, up = at(last) + timedelta(minutes=30), [1, 1, 1, 1, 1, 1]
        assert live.beyond(bridge, at(last), until, up) == plain.beyond(bridge, at(last), until, up)


steps: st.SearchStrategy[Payload] = st.one_of(
    st.builds(ExaminationQueued, names, st.sampled_from(["scanner", "dock"]), st.just(480_000)),
    st.builds(ExaminationStarted, names, st.sampled_from(["scanner", "dock"])),
    st.builds(ExaminationEnded, names, st.sampled_from(["scanner", "dock"])),
    st.builds(Moved, names),
    st.builds(Overridden, st.sampled_from(["release", "hold"]), st.just("a tip"), st.just(0)),
    st.just(Passed(1, "2304", "2024-03-20")),
)


@given(st.lists(st.tuples(steps, names, minutes), max_size=30), st.sets(st.integers(0, 30)))
def test_a_bridge_s_state_is_not_changed_by_saving_it(history: list[tuple[Payload, str, int]], saved: set[int]) -> None:
    live, plain = BridgesState(), BridgesState()
    for place, (payload, name, minute) in enumerate(history):
        of_bridge = isinstance(payload, ExaminationQueued | ExaminationStarted | ExaminationEnded)
        stream = "port/x" if of_bridge else f"crossing/{name}"
        event = new_event(
            f"e{place}", payload, stream, place + 1, occurred_at=at(minute), recorded_at=at(minute), actor="t"
        )
        body = encode(event)
        stored = StoredEvent(place + 1, leaf_hash(body), body)
        for each in (live, plain):
            each.apply([stored])
        if place in saved:
            before = dict(live.work)
            live.dump()
            assert live.work == before
            again = BridgesState()
            again.load(live.dump())
            assert again.work == live.work
            live = again
    assert live.work == plain.work
    assert live.dump() == plain.dump()


#: What happens to trucks at a node, by number: filed, filed again, cancelled, at a yard, at a booth, examined, weighed
#: again.
HAPPENINGS: dict[str, Callable[[Node, str, int], object]] = {
    "file": lambda node, own, n: file(node, truck(own, bridge=("World Trade", "Colombia")[n % 2], filed_at=_now(node))),
    "again": lambda node, own, n: file(
        node, truck(f"{own}-{n}", amends=own, action="replace", filed_at=_now(node), gross_mass_kg=9_000.0 + n)
    ),
    "cancel": lambda node, own, n: file(node, truck(f"{own}-{n}", amends=own, action="cancel", filed_at=_now(node))),
    "yard": lambda node, own, n: at_yard(own, node, "reader", WORLD_TRADE),
    "booth": lambda node, own, n: arrive(own, node, "booth", WORLD_TRADE),
    "examined": lambda node, own, n: report([Report(n, own, None, True, False, None, None, None)], node),
    "price": lambda node, own, n: reprice(list(node.trucks.trucks), {WORLD_TRADE, COLOMBIA}, node),
}


def _now(node: Node) -> str:
    return node.clock().isoformat(timespec="seconds")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_node_s_list_is_that_of_its_log_after_leaps_of_the_clock(post: Post, seed: int) -> None:
    chance = Random(seed)
    with post.log() as log:
        put_in_force(log, book(), book(COLOMBIA))
    filed: list[str] = []
    with post.node() as node:
        assert node.bridges is not None
        for number in range(60):
            post.clock.now = START + timedelta(minutes=chance.choice((5 * number, 5 * number, 4_000, -90)))
            what = chance.choice(("file", "file", *HAPPENINGS))
            own = f"t{number}" if what == "file" or not filed else chance.choice(filed)
            if what == "file" or not filed:
                what = "file"
                filed.append(own)
            HAPPENINGS[what](node, own, number)
            node.bridges.way.listed(WORLD_TRADE, node.clock())
        node.bridges.look_again()
        node.bridges.state(WORLD_TRADE, node.clock(), node.clock())
        anew, trips = OnTheWay(), Trips()
        for each in (anew, trips):
            each.apply(node.log.read(types=each.types, limit=100_000))
        assert node.bridges.way.trucks == anew.trucks
        assert node.bridges.way.dump() == anew.dump()
        assert node.bridges.trips.trips == trips.trips
        assert node.bridges.trips.dump() == trips.dump()
        assert anew.trucks
        assert trips.trips
        save_state(node)
    with post.log() as log:
        kept, tied = OnTheWay(), Trips()
        for state in (kept, tied):
            Follower(log, state).look()
        assert (kept.dump(), tied.dump()) == (anew.dump(), trips.dump())
