"""The scoreboard of a log, kept up to date: what staff see of it, and what is published when it is due."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

from aforo.domain.clock import microseconds
from aforo.domain.event import Origin, new_event
from aforo.domain.scoreboard import ScoreboardPublished
from aforo.fleet.contract import Contract
from aforo.fleet.interruptions import port_at
from aforo.flow.fleet_documents import FleetDocuments
from aforo.flow.forum import KIND, Forum
from aforo.flow.live_bridges import directory_in_use
from aforo.flow.looking import Looking
from aforo.flow.names import NODE
from aforo.log.ids import event_id
from aforo.log.projections import Follower
from aforo.log.store import ConcurrencyError, Log
from aforo.measures.definition import Definition, Definitions
from aforo.measures.estimates import Measured
from aforo.scoreboard import official, public
from aforo.scoreboard.bridge_days import measured_on
from aforo.scoreboard.incidents import KnownIncident
from aforo.scoreboard.input_refusals import InputRefusals, OpenRefusal, RefusedShown
from aforo.scoreboard.official import Asked, Row
from aforo.scoreboard.places import Period, Places, date_of, number_of
from aforo.scoreboard.responses import TimedResponse
from aforo.scoreboard.state import SETTLES, BoardState, Publication

logger = logging.getLogger("aforo.scoreboard")


class NeverPublishedError(LookupError):
    """Nothing was published of this period, so there is nothing to revise."""


class PublishedPeriod(Protocol):
    """A week or a quarter that was published: its local days."""

    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...


class Board:
    """The scoreboard of a log, with the port documents that were in use when it was opened, and the measures that the
    forum has in force. `contracts` say what service is agreed of scanners; by default those in force in the log do.
    Safe to share between threads. Raises PortError, ArtefactMissingError, ArtefactChangedError."""

    def __init__(
        self, log: Log, measures: Definitions | None = None, contracts: Sequence[Contract] | None = None
    ) -> None:
        self.log = log
        self.directory = directory_in_use(log)
        self.places = Places(self.directory.ports)
        self.forum = Forum(log, self.places)
        self._measures = measures
        self._contracts, self._fleet = contracts, FleetDocuments(log)
        self._state = BoardState(self.places, log.streams)
        self._follower = Follower(log, self._state)
        self._refusals = InputRefusals()
        self._follower_of_refusals = Follower(log, self._refusals)
        self._lock = threading.RLock()

    @property
    def measures(self) -> Definitions:
        """All measures, with those in use today."""
        return self.measures_on(None)

    def measures_on(self, day: int | None) -> Definitions:
        """All measures, with those in use on a local day."""
        return self._measures or self.forum.definitions(None if day is None else date_of(day))

    @property
    def unplaced(self) -> int:
        """Crossings that came to primary at no bridge that anyone knows, by what was taken in."""
        return self._state.unplaced

    def rows(self, measures: Sequence[Definition], asked: Asked) -> list[Row]:
        """The figures that are asked for, by all that the log has. Raises TooManyRowsError."""
        with self._lock:
            self._look_at_scanners()
            return official.rows(self._state, measures, asked, self._now())

    def figure(
        self, measure: Definition, bridges: Sequence[str], days: Sequence[int], lane: str | None = None
    ) -> Measured:
        """One figure, by all that the log has; of one lane class where that is given, which is for times alone."""
        with self._lock:
            self._look_at_scanners()
            return official.figure_of_lane(self._state, measure, bridges, days, self._now(), lane)

    def days_measured(
        self, measure: Definition, bridge: str, days: Sequence[int], lane: str | None = None
    ) -> list[int]:
        """Those local days of which a time of any truck is known, of one lane class where that is given."""
        with self._lock:
            self._follower.look()
            on = measured_on(self._state, measure, [(bridge, day) for day in days], lane)
        return [day for _, day in on]

    def spans(self, bridges: Sequence[str], days: Sequence[int], *, blocks: bool = False) -> tuple[int, int]:
        """The positions in the log between which crossings of some days came to primary, or (`blocks`) readings of
        them were recorded; (0, 0) where there are none."""
        with self._lock:
            self._follower.look()
            kept = self._state.days
            own = [kept[bridge][day] for bridge in bridges for day in days if day in kept.get(bridge, {})]
        ends = [(each.first_block, each.last_block) if blocks else (each.first, each.last) for each in own]
        known = [each for each in ends if each != (0, 0)]
        return (min(first for first, _ in known), max(last for _, last in known)) if known else (0, 0)

    def heard(self, bridge: str, days: Sequence[int]) -> tuple[int, int]:
        """Crossings that came to primary at a bridge on some days, and on how many of these its gates were read."""
        with self._lock:
            self._follower.look()
            kept = self._state.days.get(bridge, {})
            own = [kept[day] for day in days if day in kept]
        return sum(sum(each.cells.values()) for each in own), sum(each.blocks > 0 for each in own)

    def days_heard(self, bridges: Sequence[str]) -> frozenset[int]:
        """The local days that are kept on which crossings came to primary at some of these bridges."""
        with self._lock:
            self._follower.look()
            kept = self._state.days
            return frozenset(day for bridge in bridges for day, own in kept.get(bridge, {}).items() if own.cells)

    def incidents(self) -> list[KnownIncident]:
        """The incidents that are kept, the last to begin first."""
        with self._lock:
            self._follower.look()
            return sorted(self._state.incidents.values(), key=lambda each: (-each.started, each.incident))

    def responses(self, days: Sequence[int]) -> list[TimedResponse]:
        """The responses on the road whose alert was raised on some local days, the first first."""
        with self._lock:
            self._follower.look()
            return sorted(self._state.responses.on(self.places, days), key=lambda each: (each.raised, each.response))

    def refused(self, measures: Sequence[Definition], asked: Asked) -> list[RefusedShown]:
        """The refused rows that figures lack and that nobody settled, of measures of some bridges and local days."""
        with self._lock:
            self._follower_of_refusals.look()
            found = self._refusals.concerning(asked.bridges, date_of(asked.first), date_of(asked.last))
            shown = [RefusedShown.of(each, measures) for each in found]
        return [each for each in shown if each.measures]

    def open_refusals(self) -> list[OpenRefusal]:
        """The refused rows of input that nobody settled, the oldest first."""
        with self._lock:
            self._follower_of_refusals.look()
            return self._refusals.open()

    def refused_of(self, periods: Sequence[PublishedPeriod]) -> list[RefusedShown]:
        """The refused rows that figures of some published periods, in public measures, lack and that nobody settled,
        each once."""
        zones = list(self.places.zones)
        found: dict[str, RefusedShown] = {}
        for each in periods:
            first, last = number_of(each.first), number_of(each.last)
            measures = [own for own in self.measures_on(last).in_use() if own.public != "none"]
            of_period = self.refused(measures, Asked(zones, first, last, frozenset()))
            found |= {one.refusal: one for one in of_period}
        return list(found.values())

    def kept(self) -> tuple[int, int]:
        """Since when the record was heard, and up to when (microseconds since 1970)."""
        with self._lock:
            self._follower.look()
            return self._state.since, self._state.heard

    def scanner_meant(self, scanner: str, at: int) -> list[str]:
        """The bridge at which a scanner stood at an instant, or all of its port where no more is known; else none."""
        with self._lock:
            self._follower.look()
            port = port_at(self._state.scanners.fleet.reports.get(scanner, ()), at)
        return [] if port is None else self.places.meant(port)

    def published(self) -> list[list[Publication]]:
        """What was published of each period, in the order of the periods; revisions in theirs."""
        with self._lock:
            self._follower.look()
            return sorted(self._state.published.values(), key=lambda own: (own[0].told.last, own[0].told.first))

    def due(self) -> list[Period]:
        """The weeks and quarters that could be published now, and are not."""
        with self._lock:
            self._follower.look()
            return public.due(self._state, self._now())

    def heard_until(self) -> int | None:
        """When the last event that it looks at was recorded (microseconds since 1970); None where there is none."""
        with self._lock:
            self._follower.look()
            return self._state.heard or None

    def next_due(self) -> tuple[Period, int]:
        """The week that is published next, and when (microseconds since 1970)."""
        with self._lock:
            return public.next_due(self._state, self._now())

    def publish(self, *, actor: str = NODE, origin: Origin = "live") -> list[ScoreboardPublished]:
        """Publish what is due: each week and quarter once, whoever else tries. What was published."""
        with self._lock:
            self._follower.look()
            told = [
                public.published(self._state, self.measures_on(period.last).in_use(), period)
                for period in public.due(self._state, self._now())
            ]
        return [each for each in told if self._record(each, 1, actor, origin)]

    def revise(self, period: str, reason: str, *, actor: str, origin: Origin = "live") -> ScoreboardPublished | None:
        """Publish a period anew, as it is known now, with the reason; None where nothing of it would be seen to change.

        Raises NeverPublishedError, ConcurrencyError.
        """
        with self._lock:
            self._follower.look()
            before = self._state.published.get(period)
            if before is None:
                raise NeverPublishedError(period)
            last = before[-1]
            days = Period(period, number_of(last.told.first), number_of(last.told.last))
            anew = public.published(self._state, self.measures_on(days.last).in_use(), days)
            made = public.revised(last.told, anew, reason)
        if made is None:
            return None
        self._append(made, last.revision + 1, actor, origin)
        return made

    def settles(self, bridge: str, day: int) -> int:
        """When a local day is over for good, but for late words on its crossings (microseconds since 1970)."""
        return self.places.bounds(bridge, day)[1] + SETTLES

    def save(self) -> None:
        """Keep the state, so that it is quickly there the next time."""
        with self._lock:
            for each in (self._follower, self._follower_of_refusals):
                each.look()
                each.save()

    def _look_at_scanners(self) -> None:
        """Take in what the log has, and what service is agreed of scanners by now."""
        self._follower.look()
        self._state.contracts = self._fleet.contracts() if self._contracts is None else self._contracts

    def _record(self, made: ScoreboardPublished, revision: int, actor: str, origin: Origin) -> bool:
        """Whether it was recorded: another process may have been faster, with the same."""
        try:
            self._append(made, revision, actor, origin)
        except ConcurrencyError:
            return False
        return True

    def _append(self, made: ScoreboardPublished, revision: int, actor: str, origin: Origin) -> None:
        documents = self.measures.documents
        for hash_ in {each.document for each in made.figures}:
            self.log.artefacts.put(KIND, documents[hash_])
        at = self.log.clock()
        event = new_event(
            event_id(at), made, f"scoreboard/{made.period}", revision, occurred_at=at, recorded_at=at, actor=actor,
            origin=origin,
        )  # fmt: skip
        self.log.append([event])

    def _now(self) -> int:
        return microseconds(self.log.clock())


class Scoreboards:
    """The scoreboard of a log, opened when it is first asked for: it reads the whole record once."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = threading.Lock()
        self.opened: Board | None = None

    def __call__(self) -> Board:
        """The scoreboard. Raises PortError, ArtefactMissingError, ArtefactChangedError."""
        with self._lock:
            if self.opened is None:
                self.opened = Board(self._log)
            return self.opened

    def renew(self) -> None:
        """Take up the port documents that are in force by now."""
        with self._lock:
            if self.opened is not None:
                self.opened.save()
            self.opened = None


class Publishing(Looking):
    """A thread that publishes what is due. A look that fails is made again."""

    def __init__(self, board: Callable[[], Board | None], *, interval: float = 10.0) -> None:
        """`board` gives the scoreboard, None while there is no node; `interval`: seconds between two looks."""
        super().__init__(
            "scoreboard", interval, "the scoreboard could not be published", logger, at_once=True,
            patient=(ConcurrencyError,),
        )  # fmt: skip
        self._board = board

    def look(self) -> list[ScoreboardPublished]:
        """Publish what is due."""
        board = self._board()
        return [] if board is None else board.publish()
