"""Who waits at a bridge for an examination, by the decisions that ask for one."""

from __future__ import annotations

from journeys import Post, file, truck
from priced import WORLD_TRADE, book, different, last, put_in_force, stand

from aforo.domain.bridge import ExaminationEnded, ExaminationQueued
from aforo.exams.outcomes import Report
from aforo.flow.at_booth import arrive
from aforo.flow.queueing import place_of
from aforo.flow.reports import report
from aforo.log.store import Log
from aforo.ports.state import BridgesState


def queues(log: Log) -> list[tuple[str, str, str]]:
    """What was recorded of the queues of bridges: the kind, the crossing, the resource."""
    kinds = (ExaminationQueued, ExaminationEnded)
    payloads = [each.payload for each in log.read(types=[kind.TYPE for kind in kinds])]
    return [(type(each).__name__[11:], each.crossing, each.resource) for each in payloads if isinstance(each, kinds)]


def waiting_now(log: Log) -> dict[str, str]:
    """Who waits at World Trade by the live state, and at what."""
    state = BridgesState()
    state.apply(log.read(0, types=state.types))
    return {crossing: each.resource for crossing, each in state.work_of(WORLD_TRADE).items()}


def test_a_truck_waits_from_the_decision_that_asks_for_it_to_the_one_that_does_not(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    with post.node() as node:
        stand(node, waiting=1e5)
        file(node, truck("a"))
        assert arrive("a", node, "booth", WORLD_TRADE).instruction == "release"
        assert queues(node.log) == []
        # What is amended asks for an examination of the truck that stands there.
        stand(node, waiting=0.0)
        file(node, truck("a2", amends="a", action="replace", gross_mass_kg=11_000.0))
        place = place_of(last(node.log, "a"))
        assert place is not None
        assert waiting_now(node.log) == {"a": place}
        # Said again it keeps its place.
        file(node, truck("a3", amends="a2", action="replace", gross_mass_kg=11_500.0))
        assert queues(node.log) == [("Queued", "a", place)]
        # Nothing stands of it any more: there is nobody to wait.
        file(node, truck("a4", amends="a3", action="cancel"))
        assert last(node.log, "a").examination == "release"
        assert queues(node.log) == [("Queued", "a", place), ("Ended", "a", place)]
        assert waiting_now(node.log) == {}
        assert different(node.log) == []


def test_a_truck_that_was_examined_or_went_on_does_not_wait_for_what_is_filed_later(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=0.0001))
    with post.node() as node:
        stand(node)
        file(node, truck("a"), truck("b"))
        arrive("a", node, "booth", WORLD_TRADE)
        arrive("b", node, "booth", WORLD_TRADE)
        assert set(waiting_now(node.log)) == {"a", "b"}
        post.clock.move(minutes=5)
        report(
            [Report(1, "a", None, True, False, None, None, None), Report(2, "b", None, False, None, None, None, None)],
            node,
        )
        assert waiting_now(node.log) == {}
        file(node, truck("a2", amends="a", action="replace", gross_mass_kg=11_000.0))
        file(node, truck("b2", amends="b", action="cancel"))
        assert waiting_now(node.log) == {}
        assert [kind for kind, _, _ in queues(node.log)] == ["Queued", "Queued"]
