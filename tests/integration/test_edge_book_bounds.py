"""What a node keeps of edges is bounded by the visits of which something is expected, and nothing that comes later is
lost: a visit of long ago is read again, and the report of any time is the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from boards import Clock, a_log

from aforo.domain.edge import EdgeArrived, EdgeExamined, EdgeFact, EdgeMatched, EdgePassed
from aforo.domain.event import Event, Payload, new_event
from aforo.flow import edge_book
from aforo.flow.edge_book import EdgeBook, Seen, fact_stream, visit_stream
from aforo.flow.edge_report import edge_report
from aforo.flow.visit_index import MONTHS, VisitIndex
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.log.stored import encode

EDGE = "aforo/4f0c9a6be21d7733"
BEGINS = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Log, Clock]]:
    with a_log(tmp_path, BEGINS) as made:
        yield made


class Handing:
    """An edge that hands in one leaf after the other."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self.log, self.clock, self.leaves = log, clock, 0
        self.waiting: list[Event] = []

    def hand_in(self, visit: str, payload: Payload, crossing: str | None) -> None:
        at = self.clock()
        leaf = new_event(
            f"leaf-{self.leaves}", payload, f"truck/{visit}", 1, occurred_at=at, recorded_at=at, actor="booth"
        )
        fact = EdgeFact(encode(leaf).decode(), visit, crossing, ("unmatched",) if crossing is None else ("arrived",))
        self.leaves += 1
        self._add(fact, fact_stream(EDGE), self.leaves)

    def match(self, visit: str, crossing: str) -> None:
        self._add(EdgeMatched(EDGE, visit, crossing, ("arrived",)), visit_stream(EDGE, visit), 1)

    def _add(self, payload: Payload, stream: str, version: int) -> None:
        at = self.clock()
        self.waiting.append(
            new_event(event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor="port")
        )

    def put(self) -> None:
        self.log.append(self.waiting)
        self.waiting = []


def days_of_visits(edge: Handing, days: int, a_day: int, draw: Random) -> list[tuple[str, str | None]]:
    """Visits day after day, of which some are matched later, some never, and some are heard of again much later."""
    made: list[tuple[str, str | None]] = []
    for day in range(days):
        for number in range(a_day):
            visit = f"{day:04}{number:06}"
            crossing = None if draw.random() < 0.05 else f"C-{visit}"
            late = crossing is not None and draw.random() < 0.1
            edge.hand_in(visit, EdgeArrived((visit,), "release", "edge_released"), None if late else crossing)
            edge.hand_in(visit, EdgePassed(), None if late else crossing)
            if late and crossing is not None:
                edge.match(visit, crossing)
            made.append((visit, crossing))
        if day > 40 and day % 7 == 0:
            visit, crossing = made[draw.randrange(len(made) // 2)]
            edge.hand_in(visit, EdgeExamined("secondary", True), crossing)
        edge.put()
        edge.clock.now += timedelta(days=1)
    return made


def told(seen: Seen) -> Any:
    return (
        seen.edge, seen.visit, seen.recorded_at, seen.crossing, seen.at, [each.body for each in seen.facts],
        seen.effects, seen.came, seen.positions, seen.heard_at,
    )  # fmt: skip


def test_visits_of_which_nothing_is_expected_leave_and_are_read_again(
    opened: tuple[Log, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = Handing(*opened)
    made = days_of_visits(edge, days=60, a_day=60, draw=Random(5))
    whole = EdgeBook.behind(edge.log, 0)
    monkeypatch.setattr(edge_book, "SWEEP_AFTER", 50)
    monkeypatch.setattr(edge_book, "_PAGE", 100)
    monkeypatch.setattr(edge_book, "SAVE_AFTER", 1_000)
    book = EdgeBook(edge.log).catch_up()
    # Two days of visits at most, and those of three that have no crossing, however many there were.
    assert len(whole.visits) == len(made) == 3_600
    assert len(book.visits) < 60 * 4
    assert len(book.taken) <= len(book.visits)
    assert len(book.unmatched) <= len(book.visits)
    again = EdgeBook(edge.log).catch_up()
    for known in (book, again):
        assert (known.edges[EDGE].cursor, known.edges[EDGE].tree.root()) == (edge.leaves, whole.edges[EDGE].tree.root())
        for visit, crossing in made:
            assert known.began(EDGE, visit) == whole.visits[EDGE, visit].positions[0]
            assert crossing is None or known.is_taken(crossing)
        assert not known.is_taken("C-nobody")
        assert known.visit(EDGE, "nobody") is None
        for visit, _ in made[::7]:
            seen = known.visit(EDGE, visit)
            assert seen is not None
            assert told(seen) == told(whole.visits[EDGE, visit])


def test_a_state_that_is_saved_does_not_grow_with_the_visits_that_are_over(
    opened: tuple[Log, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = Handing(*opened)
    monkeypatch.setattr(edge_book, "SWEEP_AFTER", 100)
    book = EdgeBook(edge.log)
    days_of_visits(edge, days=40, a_day=50, draw=Random(1))
    size, visits = len(book.catch_up().dump()), len(book.visits)
    # A visit that is over costs where it lies; one that is not, its facts.
    assert visits < 400
    assert size < visits * 2_000 + 2_000 * 80


def test_the_report_of_any_time_is_the_same(opened: tuple[Log, Clock], monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Handing(*opened)
    days_of_visits(edge, days=45, a_day=8, draw=Random(9))
    whole = EdgeBook.behind(edge.log, 0)
    monkeypatch.setattr(edge_book, "SWEEP_AFTER", 10)
    monkeypatch.setattr(edge_book, "_PAGE", 20)
    book = EdgeBook(edge.log).catch_up()
    assert len(book.visits) < 40
    for ago in (0, 1, 3, 20, 44, 60):
        since = edge.clock() - timedelta(days=ago)
        shown = edge_report(edge.log, since, None, book)
        wanted = {key for key, seen in whole.visits.items() if seen.recorded_at >= since}
        assert {(row.edge, row.visit) for row in shown.rows} == wanted
        assert shown.visits == len(wanted)
        assert {row.visit: row.effects for row in shown.rows} == {
            seen.visit: list(dict.fromkeys(seen.effects)) for key, seen in whole.visits.items() if key in wanted
        }


def test_the_index_has_the_last_word_of_a_visit_and_forgets_what_is_long_over() -> None:
    index = VisitIndex()
    for month in range(30):
        at = datetime(2026 + month // 12, month % 12 + 1, 15, tzinfo=UTC)
        index.put({("e", f"v{month}-{n}"): ([month * 1_000 + n, n], f"c{month}-{n}") for n in range(100)}, at)
        index.put({("e", f"v{month}-7"): ([1, 2, 3], None), ("f", "v"): ([month + 1], None)}, at)
    index = VisitIndex(index.dump())
    assert index.positions("e", "v29-8") == [29_008, 8]
    assert index.positions("e", "v29-7") == [1, 2, 3]
    assert index.positions("f", "v") == [30]
    assert index.positions("e", "v29") == index.positions("f", "v29-8") == []
    assert index.has_crossing("c29-99")
    assert (index.has_crossing("c1-1"), index.positions("e", "v1-1")) == (False, [])
    assert len(index) == MONTHS * 102
    assert len(msgspec.msgpack.encode(index.dump())) < MONTHS * 102 * 64
