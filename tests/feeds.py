"""What stands for a node where its feed is made of a state of the scoreboard and of waits that a test has in hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import msgspec

from aforo.domain.bridge import LaneClass
from aforo.domain.clock import microseconds
from aforo.domain.scoreboard import ScoreboardPublished
from aforo.flow.feed import Feed, feed_of
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_shown import public_shown
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.shipped import directory, ports
from aforo.ports.standing import BridgeLoad, BridgeState, LaneStanding, ResourceStanding
from aforo.ports.waits import LaneWaits
from aforo.scoreboard import public
from aforo.scoreboard.places import Period, Places
from aforo.scoreboard.shipped import definitions
from aforo.scoreboard.state import BoardState, Publication

MEASURES = definitions()
UNREAD = LaneWaits(None, missing="no_reads")


def a_state(bridges: Sequence[str] = ()) -> BoardState:
    """A scoreboard that has counted nothing yet: of the shipped ports, or of those that have these bridges alone."""
    own = [each for each in ports() if not bridges or any(bridge.id in bridges for bridge in each.bridges)]
    return BoardState(Places(own), lambda streams: {})


@dataclass
class Waits:
    """The waits of a bridge at an instant: of all lanes, and by class; what its own page has and the feed has not."""

    every: LaneWaits = UNREAD
    by_lane: Mapping[LaneClass, LaneWaits] = field(default_factory=dict)
    closed: bool = False
    resources: tuple[ResourceStanding, ...] = ()


@dataclass
class Stands:
    """Stands for the scoreboard of a log and for its bridges, at an instant of the test's choice."""

    state: BoardState
    now: datetime
    waits: Mapping[str, Waits] = field(default_factory=dict)
    bridges: Sequence[str] = ()
    measures = MEASURES

    def __post_init__(self) -> None:
        self._of: dict[str, tuple[PortDocument, Bridge]] = {
            bridge.id: (port, bridge) for port in directory().ports for bridge in port.bridges
        }

    def published(self) -> list[list[Publication]]:
        return sorted(self.state.published.values(), key=lambda own: (own[0].told.last, own[0].told.first))

    def refused_of(self, periods: Sequence[object]) -> list[object]:
        return []

    def next_due(self) -> tuple[Period, int]:
        return public.next_due(self.state, microseconds(self.now))

    def place(self, bridge: str) -> tuple[PortDocument, Bridge]:
        return self._of[bridge]

    def states(self, now: datetime) -> list[BridgeState]:
        """As `LiveBridges.states`: it has far more of a bridge than anyone is told."""
        made = []
        for bridge in self.bridges or self._of:
            own = self.waits.get(bridge, Waits())
            load = BridgeLoad(bridge, "", microseconds(now), 0, 0, None, {}, own.resources, own.closed)
            lanes = tuple(LaneStanding(lane, None, each) for lane, each in own.by_lane.items())
            made.append(BridgeState(load, own.every, lanes))
        return made

    def publish(self, at: datetime | None = None) -> list[ScoreboardPublished]:
        """Publish what is due, by the product's own code."""
        when = microseconds(at or self.now)
        told = [public.published(self.state, MEASURES.in_use(), each) for each in public.due(self.state, when)]
        for each in told:
            self.state.published.setdefault(each.period, []).append(Publication(when, 1, each))
        return told

    def feed(self, weeks: int = 4) -> Feed:
        board, live = cast(Board, self), cast(LiveBridges, self)
        return feed_of(public_shown(board, live, self.now, "synthetic", weeks), self.measures)


def as_read(feed: Feed) -> dict[str, Any]:
    """A feed as whoever fetches it has it."""
    return dict(msgspec.json.decode(msgspec.json.encode(feed)))
