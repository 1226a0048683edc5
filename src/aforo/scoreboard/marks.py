"""What is true of one crossing at the end of its events, as far as measures count it.

It is a fold: the same events in their order give the same marks, whether they are taken in one by one or read back from
the crossing's stream.
"""

from __future__ import annotations

from typing import NamedTuple

from aforo.domain.clock import microseconds
from aforo.domain.decision import Examination
from aforo.domain.dock import ExaminationBegun
from aforo.domain.event import (
    Arrived,
    Decided,
    Event,
    Examined,
    Filed,
    Moved,
    OrderUndone,
    Overridden,
    Passed,
    Payload,
)
from aforo.domain.outcome import Outcome
from aforo.domain.units import PPB
from aforo.measures.tallies import BIT, Cell
from aforo.scoreboard.places import Places
from aforo.scoreboard.releases import Stages, Taken

#: The events that a crossing's marks follow from.
TYPES: tuple[str, ...] = (
    Filed.TYPE, Moved.TYPE, Decided.TYPE, Overridden.TYPE, OrderUndone.TYPE, Arrived.TYPE, Passed.TYPE,
    Examined.TYPE, ExaminationBegun.TYPE,
)  # fmt: skip
#: What stands for a lane or a programme that no filing gives.
ABSENT = "-"
_ARRIVED, _DRAWN, _TARGETED = BIT["arrived"], BIT["drawn"], BIT["targeted"]
#: Whose officers stand at the dock where an examination is one of both countries.
_BOTH = frozenset({"US", "MX"})
_SCANS: tuple[Examination, ...] = ("scan", "scan_then_decide")


class Timed(NamedTuple):
    """A time that one crossing took, in whole minutes, where and on which local day it ended."""

    bridge: str
    day: int
    lane: str
    programme: str
    taken: Taken


class Counted(NamedTuple):
    """Where a crossing is counted: at which bridge, on which local day, in which cell."""

    bridge: str
    day: int
    cell: Cell


class _Carried(NamedTuple):
    """One examination by its last word: what is true of its crossing by it, and whether it found something."""

    marks: int
    violation: bool | None


def _carried(outcome: Outcome, *, scanned: bool, joint: bool) -> _Carried:
    true = {
        "examined": True,
        "scanned": scanned,
        "resolved": outcome.violation is not None,
        "found": bool(outcome.violation),
        "by_order": outcome.by_override,
        "joint": joint,
    }
    return _Carried(sum(BIT[mark] for mark, holds in true.items() if holds), outcome.violation)


class Seen:
    """A crossing as it is known so far. `position` is that of the event by which it is known at primary, `arrived` is
    the instant (microseconds) at which it is first known at primary."""

    __slots__ = (
        "_both",
        "_bridge",
        "_decided",
        "_filed",
        "_lane",
        "_order",
        "_port",
        "_programme",
        "_stages",
        "arrived",
        "before",
        "examined",
        "moved",
        "position",
    )

    def __init__(self) -> None:
        self._lane = self._programme = ABSENT
        self._filed: str | None = None
        self._port: str | None = None
        #: pool, chance, drawn, targeted, what was ordered
        self._decided: tuple[str, int, bool, bool, str] | None = None
        self._order: Examination | None = None
        self._bridge = ""
        self.arrived: int | None = None
        self.position = 0
        self.examined: dict[str, _Carried] = {}
        self.moved = False
        #: Whether officers of both countries stood at the dock where its examination began last.
        self._both = False
        self._stages: Stages | None = None
        #: Where it was counted, what it took and whether it was unplaced after its last event, for who counts it.
        self.before: tuple[Counted | None, tuple[Timed, ...], bool] | None = None

    def after(self, position: int, event: Event, payload: Payload) -> None:
        """Take in the crossing's next event."""
        if isinstance(payload, Filed):
            self._take(payload)
        elif isinstance(payload, Moved):
            self.moved = True
        elif isinstance(payload, Decided):
            self._bridge = self._bridge or payload.bridge
            self._order = payload.examination
            # What is decided after an examination, as after an alarm, says nothing of why the truck was examined.
            if not self.examined:
                targeted = payload.propensity >= PPB > payload.control_propensity
                self._decided = (
                    payload.stratum, payload.control_propensity, payload.control, targeted, payload.examination
                )  # fmt: skip
        elif isinstance(payload, Overridden | OrderUndone):
            self._order = payload.examination
        elif isinstance(payload, Arrived):
            self._bridge = payload.bridge or self._bridge
            self._came(position, event)
        elif isinstance(payload, Passed):
            self._came(position, event)
        elif isinstance(payload, Examined):
            done = payload.carried_out or self._order
            scanned = done in _SCANS or payload.image is not None
            outcome = payload.outcome
            joint = done == "joint" or self._both
            own = _carried(outcome, scanned=scanned, joint=joint)
            self.examined[payload.corrects or event.event_id] = own
            self._came(position, event)
        elif isinstance(payload, ExaminationBegun):
            self._both = set(payload.present) >= _BOTH
        if self.arrived is not None:
            self._stages = self._stages or Stages()
            self._stages.after(event, payload, self._order)

    def counted(self, places: Places) -> Counted | None:
        """Where it is counted; None of one that has not come to primary, or whose bridge is not known."""
        if self.arrived is None or self.moved:
            return None
        bridge = self.placed(places)
        if bridge is None:
            return None
        pool, chance, drawn, targeted = ("", 0, False, False) if self._decided is None else self._decided[:4]
        marks = _ARRIVED | (drawn and _DRAWN) | (targeted and _TARGETED)
        for each in self.examined.values():
            marks |= each.marks
        cell = Cell(self._lane, self._programme, pool, chance, marks)
        return Counted(bridge, places.day(bridge, self.arrived), cell)

    def timed(self, places: Places) -> tuple[Timed, ...]:
        """The times that it took, as far as it was released; none of one that is not counted."""
        if (
            self._stages is None
            or self.arrived is None
            or self.moved
            or any(e.violation for e in self.examined.values())
        ):
            return ()
        bridge = self.placed(places)
        if bridge is None:
            return ()
        return tuple(
            Timed(bridge, places.day(bridge, ended), self._lane, self._programme, taken)
            for ended, taken in self._stages.taken(self.arrived, self._order, bool(self.examined))
        )

    def placed(self, places: Places) -> str | None:
        """The bridge that it is of, as far as anybody said; None where that is not known."""
        return places.bridge(at=self._bridge, filed=self._filed, port=self._port)

    @property
    def terms(self) -> tuple[str, str]:
        """Its lane class and its programme."""
        return self._lane, self._programme

    @property
    def unplaced(self) -> bool:
        """Whether it came to primary and belongs to no other crossing."""
        return self.arrived is not None and not self.moved

    def _came(self, position: int, event: Event) -> None:
        if self.arrived is None:
            self.arrived, self.position = microseconds(event.occurred_at), position

    def _take(self, filed: Filed) -> None:
        told = filed.declaration
        # A filing in a crossing that had moved opens it again.
        self.moved = False
        self._lane = str(told.get("lane") or self._lane)
        self._programme = str(told.get("trade_programme") or self._programme)
        self._filed = told.get("bridge") or self._filed
        self._port = told.get("port") or self._port
