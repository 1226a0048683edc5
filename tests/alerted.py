"""Trucks that are held, what screening says of them, and the alerts that they raise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from journeys import Post

from aforo.answers.alert import Alert
from aforo.domain.event import Overridden, new_event
from aforo.domain.screening import ScreeningDismissed, ScreeningHit, ScreeningListed
from aforo.flow.alerts import Alerts
from aforo.flow.node import Node
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.routing import policy as policies


@contextmanager
def held(post: Post) -> Iterator[Node]:
    """A node at which every truck is held for the lives in it."""
    document = policies.default_document().replace(b"probability = 0.5", b"probability = 0.0")
    with post.node(policy=document) as node:
        yield node


def only(alerts: Alerts) -> Alert:
    """The one alert that is open."""
    (alert,) = alerts.open()
    return alert


def said(log: Log, payload: ScreeningHit | ScreeningDismissed | ScreeningListed | Overridden, stream: str) -> None:
    """Append what screening says, or an officer ordered."""
    at, version = log.clock(), log.versions([stream]).get(stream, 0) + 1
    log.append([new_event(event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor="tester")])


def hit(entry: str = "7001", score: int = 950_000, crossing: str | None = "A") -> ScreeningHit:
    """A hit of a list, by its entry and score."""
    return ScreeningHit("00000000000000ff", "ofac", entry, "0" * 32, 0, score, (), "1" * 64, crossing=crossing)
