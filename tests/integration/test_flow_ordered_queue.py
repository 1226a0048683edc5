"""What an officer orders takes a resource's minutes like what a price asked for: its truck is in the live queue."""

from __future__ import annotations

import pytest
from journeys import Post, file, truck
from priced import WORLD_TRADE, book, different, put_in_force, stand

from aforo.domain.bridge import ExaminationEnded, ExaminationQueued
from aforo.domain.decision import Examination
from aforo.exams.outcomes import Report
from aforo.flow.at_booth import arrive
from aforo.flow.node import Node
from aforo.flow.override import override
from aforo.flow.reports import report
from aforo.ports.state import BridgesState
from aforo.routing.choice import RESOURCES


def queued(node: Node) -> dict[str, tuple[str, int | None]]:
    """Who waits at World Trade by the live state: at what, and for how many milliseconds."""
    state = BridgesState()
    state.apply(node.log.read(0, types=state.types))
    return {name: (each.resource, each.predicted_ms) for name, each in state.work_of(WORLD_TRADE).items()}


def backlog(node: Node, resource: str) -> float:
    """The minutes of work at a resource, as the next truck is weighed by."""
    node.live().look()
    return node.live().expected(WORLD_TRADE, node.clock()).backlog_minutes()[RESOURCES.index(resource)]


@pytest.fixture
def released(post: Post) -> Post:
    """A bridge that is so full that all are released."""
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    return post


@pytest.mark.parametrize(
    ("wanted", "place"), [("scan", "scanner"), ("scan_then_decide", "scanner"), ("secondary", "dock")]
)
def test_a_released_truck_that_an_officer_sends_joins_the_queue(
    released: Post, wanted: Examination, place: str
) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        assert arrive("a", node, "booth", WORLD_TRADE).instruction == "release"
        assert queued(node) == {}
        override(node.log, "a", wanted, "Ana", "A tip.")
        ((at, predicted),) = queued(node).values()
        assert at == place
        assert predicted
        assert backlog(node, place) == pytest.approx(predicted / 60_000)
        # Said again, or ordered at the same place, it keeps it; decided again, it stands.
        file(node, truck("a2", amends="a", action="replace", gross_mass_kg=11_000.0))
        assert queued(node) == {"a": (place, predicted)}
        assert len(node.log.read(types=[ExaminationQueued.TYPE])) == 1
        override(node.log, "a", "release", "Ana", "A mistake.", "Bea")
        assert queued(node) == {}
        assert backlog(node, place) == 0.0
        assert different(node.log) == []


def test_another_order_moves_the_truck_and_the_record_of_its_examination_takes_it_out(released: Post) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        arrive("a", node, "booth", WORLD_TRADE)
        override(node.log, "a", "scan", "Ana", "A tip.")
        override(node.log, "a", "joint", "Ana", "A better tip.")
        assert [place for place, _ in queued(node).values()] == ["joint"]
        # A lesser examination takes it out, and leaves the order; who is sent again waits again.
        report([Report(1, "a", None, True, False, None, None, None, carried_out="scan")], node)
        assert queued(node) == {}
        override(node.log, "a", "secondary", "Ana", "By hand.")
        assert [place for place, _ in queued(node).values()] == ["dock"]
        override(node.log, "a", "hold", "Ana", "Wait.")
        assert queued(node) == {}
        assert [each.payload for each in node.log.read(types=[ExaminationEnded.TYPE])] == [
            ExaminationEnded("a", "dock")
        ]


def test_what_is_ordered_of_a_truck_on_its_way_waits_from_its_arrival_on_and_one_that_went_on_nowhere(
    released: Post,
) -> None:
    with released.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"), truck("b"))
        override(node.log, "a", "secondary", "Ana", "A tip.")
        assert queued(node) == {}
        assert arrive("a", node, "booth", WORLD_TRADE).instruction == "secondary"
        assert [place for place, _ in queued(node).values()] == ["dock"]
        arrive("b", node, "booth", WORLD_TRADE)
        report([Report(1, "b", None, False, None, None, None, None)], node)
        override(node.log, "b", "scan", "Ana", "Too late.")
        assert set(queued(node)) == {"a"}
        assert different(node.log) == []
