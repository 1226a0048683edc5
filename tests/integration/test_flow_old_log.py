"""A log that earlier versions wrote has the board and the timeline that it had: what they did not say stays unsaid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post, file, truck
from priced import WORLD_TRADE
from test_log_upgrade import restore_sqlite

from aforo.domain.event import new_event, payload_of
from aforo.flow.node import Node
from aforo.flow.timeline import timeline
from aforo.log.ids import event_id

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture
def post(learnt: Learnt, tmp_path: Path) -> Post:
    """A post whose log began with the first revision of the tables, under the keys of that time."""
    made = Post(learnt, tmp_path / "old")
    keys = Path(made.folder / "log-keys.sqlite")
    keys.unlink()
    restore_sqlite("keys-0001.sql", keys).close()
    restore_sqlite("record-0001.sql", Path(made.store)).close()
    return made


def append(node: Node, kind: str, data: dict[str, Any], stream: str = "crossing/a", actor: str = "Ana") -> str:
    """An event as an earlier version wrote it: the bytes of its payload are these."""
    at, own = node.clock(), event_id(node.clock())
    version = node.log.versions([stream]).get(stream, 0) + 1
    said = payload_of(kind, 1, data)
    node.log.append(
        [new_event(own, said, stream, version, occurred_at=at, recorded_at=at, actor=actor, origin=node.origin)]
    )
    (stored,) = [each for each in node.log.stream(stream) if each.event.event_id == own]
    assert (stored.event.data, stored.event.said_at) == (data, None)
    return own


def test_what_an_earlier_version_wrote_has_the_board_and_the_timeline_that_it_had(post: Post) -> None:
    with post.node() as node:
        (line,) = file(node, truck("a"))
        order = append(
            node,
            "crossing.overridden",
            {"examination": "secondary", "reason": "The seal differs.", "propensity": 1_000_000},
        )
        accepted = append(
            node, "crossing.accepted", {"decision": line.decision, "examination": "secondary"}, actor="Bea"
        )
        # A board that was saved by a version which kept nothing of the acceptance's event is made anew.
        node.log.projections.save("board/1", node.log.position(), b"\xc0")
        node.boards.look()
        (row,) = node.boards.rows(WORLD_TRADE)
        assert (row.crossing_id, row.examination, row.basis, row.state) == ("a", "secondary", "override", "expected")
        assert row.order is not None
        assert (row.order.event_id, row.order.by, row.order.reason, row.order.ground, row.order.undoable) == (
            order, "Ana", "The seal differs.", None, True,
        )  # fmt: skip
        assert row.accepted is not None
        assert (row.accepted.by, row.accepted.event_id) == ("Bea", accepted)
        append(node, "crossing.arrived", {}, actor="booth")
        told = {"instruction": "secondary", "reason": "booth_ordered", "marks": ["0" * 16], "crossing": "a"}
        append(node, "booth.instructed", told, "booth/world-trade", "booth")
        shown = timeline("a", node)
        assert shown is not None
        assert (shown.standing.instruction, shown.standing.ordered_by, shown.standing.finished) == (
            "secondary", order, False,
        )  # fmt: skip
        assert shown.standing.order is not None
        assert (shown.standing.order.ground, shown.standing.order.undoable) == (None, False)
        types = {each.type for each in shown.entries} - {"crossing.assessed", "crossing.decided"}
        assert types == {
            "crossing.filed", "crossing.overridden", "crossing.accepted", "crossing.arrived", "booth.instructed",
        }  # fmt: skip
        assert {each.said_at for each in shown.entries} == {None}
