"""A decision by price that was changed in the store is found when it is made again from the log."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from journeys import Post, file, truck
from priced import COLOMBIA, different, put_in_force, stand

from aforo.domain.event import Decided

NUMBERS: dict[str, Callable[[dict[str, Any]], None]] = {
    "minute": lambda said: said.update(minute=said["minute"] + 1.0),
    "backlog": lambda said: said["backlog"].__setitem__(3, 1.0),
    "up": lambda said: said["up"].__setitem__(4, 3),
    "minutes": lambda said: said["minutes"].__setitem__(0, 8.5),
    "prevented": lambda said: said["prevented"].__setitem__(1, said["prevented"][1] + 1e-9),
    "alarm": lambda said: said.update(alarm=said["alarm"] / 2),
    "level": lambda said: said.update(level=1.1),
    "lane": lambda said: said.update(lane=2),
    "listed": lambda said: said.update(listed=[[3, 8.0]]),
    "params": lambda said: said.update(params="0" * 16),
    "policy": lambda said: said.update(policy=4),
    "allowed": lambda said: said.update(allowed=said["allowed"] ^ 2),
    "fallback": lambda said: said.update(fallback=["state"]),
    "mark": lambda said: said.update(mark="AAAAAAAAAAAAAAAA"),
    "book": lambda said: said.update(book="0" * 16),
}


def changed(post: Post, change: Callable[[dict[str, Any]], object]) -> str:
    """Decide a truck by price and change in the store what its decision says; the event's identifier."""
    with post.log() as log:
        put_in_force(log)
    with post.node() as node:
        stand(node)
        file(node, truck("a"))
    with closing(sqlite3.connect(post.store)) as db, db:
        event_id, body = db.execute("SELECT event_id, body FROM event WHERE type = ?", (Decided.TYPE,)).fetchone()
        event = json.loads(body)
        change(event["data"])
        db.execute("UPDATE event SET body = ? WHERE event_id = ?", (json.dumps(event).encode(), event_id))
    return str(event_id)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_was_changed_is_found(post: Post, number: str) -> None:
    event_id = changed(post, lambda said: NUMBERS[number](said["routing"]))
    with post.log() as log:
        (found,) = different(log)
        assert found.event_id == event_id


@pytest.mark.parametrize(("field", "said"), [("stage", "yard"), ("bridge", COLOMBIA)])
def test_a_stage_or_a_bridge_that_was_changed_is_found(post: Post, field: str, said: str) -> None:
    changed(post, lambda data: data.update({field: said}))
    with post.log() as log:
        assert len(different(log)) == 1
