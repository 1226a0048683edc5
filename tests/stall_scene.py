"""A bridge at which trucks come and none passes: two hours in which trucks pass, and three in which none does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from journeys import NOW as EARLY
from journeys import Post
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.flow.node import Node

if TYPE_CHECKING:
    from journeys import Learnt

BRIDGE = "world-trade"
PASSED, STALLED = 2, 3
#: The bridge has been open for hours by then.
NOW = EARLY + timedelta(hours=8)
#: When a truck passed primary last.
LAST = NOW - timedelta(hours=STALLED, minutes=1)


def readings() -> str:
    """A truck a minute until `NOW`, each ten minutes in line; nobody reaches primary in the last hours."""
    minutes = 60 * (PASSED + STALLED)
    first = NOW - timedelta(minutes=minutes)
    rows = [
        {"reader": f"{BRIDGE}-start", "at": (first + timedelta(minutes=n)).isoformat(), "plate": f"TX{n:04}"}
        for n in range(minutes)
    ]
    rows += [
        {"reader": f"{BRIDGE}-end", "at": (first + timedelta(minutes=n + 10)).isoformat(), "plate": f"TX{n:04}"}
        for n in range(60 * PASSED - 10)
    ]
    return "\n".join(map(json.dumps, rows))


@contextmanager
def stalled(learnt: Learnt, folder: Path, opened: Callable[[Node], None] | None = None) -> Iterator[Listening]:
    """A server over a log in which the line of the bridge stalls."""
    post = Post(learnt, folder)
    post.clock.now = NOW
    with listening(post, rate=Rate(1e6, 1e6), opened=opened or (lambda _: None)) as made:
        answer = made.as_("device").post("/v1/readings", content=readings())
        assert answer.status_code == 200, answer.text
        yield made
