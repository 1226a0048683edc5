"""What waits for a person's word is found at the cost of what waits, and is the same however it is found."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from journeys import Post, file, truck
from listed import LADISLAO, NAMED, lists

from aforo.bootstrap import save_state
from aforo.flow.challenge import answer, challenges, contest
from aforo.flow.hits import answer_hit, hits
from aforo.flow.questions import Asking, Questions
from aforo.log.store import Log


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The positions from which the log was read by type."""
    real, after = Log.read, list[int]()

    def read(self: Log, position: int = 0, **more: Any) -> Any:
        if more.get("types") == Questions.types:
            after.append(position)
        return real(self, position, **more)

    monkeypatch.setattr(Log, "read", read)
    return after


def test_no_list_looks_through_what_another_has_looked_through(post: Post, looked: list[int]) -> None:
    with post.node(lists=lists()) as node:
        file(node, truck("a", driver_name=NAMED), truck("b"))
        first = contest(node.log, "a", "carrier", "It is wrong.")
        assert [each.challenge for each in challenges(node.asking)] == [first.challenge]
        assert len(hits(node.asking, None)) == 1
        file(node, truck("c"))
        second = contest(node.log, "c", "carrier", "It is wrong.")
        end = node.log.position()
        assert len(challenges(node.asking)) == 2
        answer(node.log, first.challenge, "dismissed", "Luz", "It is right.")
        answer_hit(node.log, hits(node.asking, None)[0].hit, "dismissed", "Luz", "Another.")
        assert [each.challenge for each in challenges(node.asking)] == [second.challenge]
        assert [each.challenge for each in challenges(node.asking, answered=True)] == [
            first.challenge, second.challenge,
        ]  # fmt: skip
        assert hits(node.asking, None) == []
        assert [each.state for each in hits(node.asking, None, answered=True)] == ["dismissed"]
        assert hits(node.asking, None, answered=True) == hits(Asking(node.log), None, answered=True)
        file(node, truck("d"))
        assert len(challenges(node.asking)) == 1
        assert looked[:1] == [0]
        assert all(position >= end for position in looked[-2:])
        save_state(node)
        saved = node.log.position()
    looked.clear()
    # Neither does the next node, whatever another process wrote meanwhile.
    with post.log() as log:
        answer(log, second.challenge, "upheld", "Luz", "It was wrong.")
    with post.node() as node:
        assert challenges(node.asking) == []
        assert len(challenges(node.asking, answered=True)) == 2
    assert min(looked) >= saved


def test_what_reads_otherwise_waits_anew_and_as_it_read_before_does_not(post: Post) -> None:
    trucks = [truck(own, driver_id="DR-L", driver_name=NAMED) for own in ("a", "b", "c")]
    with post.node(lists=lists()) as node:
        file(node, trucks[0])
        answer_hit(node.log, hits(node.asking, None)[0].hit, "dismissed", "luz", "Another.")
        assert hits(node.asking, None) == []
    other = msgspec.structs.replace(LADISLAO, programmes=("SDGT",))
    with post.node(lists=lists(other, digest="1" * 64)) as node:
        file(node, trucks[1])
        assert [each.state for each in hits(node.asking, None)] == ["open"]
        again = Questions()
        again.apply(node.log.read())
        reloaded = Questions()
        reloaded.load(again.dump())
        assert reloaded.asked == again.asked == [node.log.event(hits(node.asking, None)[0].hit).event.stream]  # type: ignore[union-attr]
    with post.node(lists=lists()) as node:
        file(node, trucks[2])
        whole = {each.hit for each in hits(node.asking, None, answered=True) if each.state == "open"}
        assert {each.hit for each in hits(node.asking, None)} == whole
