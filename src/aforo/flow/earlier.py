"""Crossings that the log has already: what a new filing adds to, and which of its declarations still stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aforo.domain.event import Arrived, AtYard, Decided, Examined, Filed, Moved, Overridden, Passed
from aforo.domain.routed import DecisionStage
from aforo.flow.names import stream_of
from aforo.flow.order import floor_of, order_of, whereabouts
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.risk import feature_rows

#: (declaration, the one it amends, action) of a filing.
Amendment = tuple[str, str | None, str | None]

#: The rules by which a crossing is kept up that was filed before: 1, where an amendment ended only what it amends, and
#: an examination fell where what was filed later no longer asked for it; 2, where it ends all that leads to that (see
#: `standing`), and what was ordered stands (see `order.floor_of`); 3, where an order that sent a truck to a scan asks
#: for an examination by hand when that alarms (see `verdicts.py`). Decisions name theirs, and replay with it.
UPKEEP = 3


def standing(filings: Sequence[Amendment], upkeep: int = UPKEEP) -> list[int]:
    """Which filings of one crossing, in their order, still stand: no cancellations, none replaced or cancelled.

    An amendment ends what it amends and, since upkeep 2, all that came before and leads to that through amendments: of
    two that amend the same, the later one stands. It may come before what it amends, which then is gone when it comes.
    Of filings that amend each other in a circle the one that closes it stands, so that only a cancellation empties a
    crossing. What is gone never stands again, whatever comes later: a decision names what stood then, and the next one
    builds on it.
    """
    over = gone(filings, upkeep)
    return [at for at, (own, _, action) in enumerate(filings) if action != "cancel" and own not in over]


def gone(filings: Sequence[Amendment], upkeep: int = UPKEEP) -> set[str]:
    """What of the filings of one crossing others ended, cancellations too; see `standing`."""
    amended: dict[str, str] = {}
    early: dict[str, list[str]] = {}
    come: set[str] = set()
    over: set[str] = set()
    below = _Below(amended)

    def leads_to(own: str, other: str) -> bool:
        passed: set[str] = set()
        while own not in passed and (old := amended.get(own)) is not None:
            if old == other:
                return True
            passed.add(own)
            own = old
        return False

    for own, old, _ in filings:
        if old:
            amended[own] = old
            if old in come:
                over.add(old)
            else:
                early.setdefault(old, []).append(own)
            if upkeep > 1:
                over.update(below.taken(old))
                below.add(own)
        if any(not leads_to(own, each) for each in early.get(own, ())):
            over.add(own)
        come.add(own)
    return over


class _Below:
    """What leads to a filing through amendments, of what was not taken before: nothing is looked at twice, but for what
    something new comes below of.
    """

    def __init__(self, amended: Mapping[str, str]) -> None:
        self._amended = amended
        self._under: dict[str, list[str]] = {}
        self._linked: set[str] = set()

    def add(self, own: str) -> None:
        """One more amendment."""
        while own not in self._linked and (old := self._amended.get(own)) is not None:
            self._linked.add(own)
            self._under.setdefault(old, []).append(own)
            own = old

    def taken(self, old: str) -> list[str]:
        """All that leads to `old`."""
        found: list[str] = []
        after = [old]
        while after:
            for each in self._under.pop(after.pop(), ()):
                self._linked.discard(each)
                found.append(each)
                after.append(each)
        return found


def amendment_of(filed: Filed) -> Amendment:
    declaration = filed.declaration
    return declaration["declaration_id"], declaration.get("amends"), declaration.get("action")


class Came(NamedTuple):
    """A truck has come: to the yard before a bridge, or to the bridge; empty where nobody said to which."""

    stage: DecisionStage
    bridge: str


@dataclass(frozen=True)
class EarlierCrossing:
    """A crossing as the log has it: its stream's version, its last decision, and its filings with their feature rows.

    `filed`, `filed_at` and the rows of `features` are those of the filings that stood at that decision, `stood` their
    places in `amendments`; `root` is the first filing of all, `overridden` an officer's order that stands at the end,
    `floor` the decision below which no filing takes the crossing (see `order.floor_of`). `over` says that the truck was
    examined, released by an officer, or went on since that decision, and no officer sent it on. `came` is how far the
    truck has come, by whatever said so, whether it was decided there or not; None where it is on its way.
    """

    version: int
    decided: Decided
    root: Filed
    amendments: list[Amendment]
    stood: list[int]
    filed: list[Filed]
    filed_at: list[datetime]
    features: npt.NDArray[np.float32]
    overridden: Overridden | None
    floor: Decided | None = None
    over: bool = False
    came: Came | None = None

    @property
    def waiting(self) -> Decided | None:
        """The last decision, where the truck may still wait for what it asks."""
        return None if self.over else self.decided


def filed_before(events: Sequence[StoredEvent], version: int) -> list[tuple[datetime, Filed]]:
    """The filings of a crossing's stream up to a version, with their times, in the order in which they count.

    Those of crossings that it took in come before the filing that took them in. Of a crossing that was taken into
    another none is left.
    """
    filings: list[tuple[datetime, Filed]] = []
    for stored in events:
        if stored.event.version > version:
            break
        payload = stored.payload
        if isinstance(payload, Filed):
            filings += [(each.at, each.filed) for taken in payload.takes for each in taken.filings]
            filings.append((stored.event.occurred_at, payload))
        elif isinstance(payload, Moved):
            filings.clear()
    return filings


def as_decided(events: Sequence[StoredEvent], width: int) -> EarlierCrossing | None:
    """The crossing of a stream's events at its last decision; None where it has none. `width` is the feature count."""
    last: tuple[int, Decided] | None = None
    root: Filed | None = None
    moved = False
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Decided):
            last, moved = (stored.event.version, payload), False
        elif isinstance(payload, Moved):
            moved = True
        elif root is None and isinstance(payload, Filed):
            root = payload
    if last is None or root is None:
        return None
    version, decided = last
    filings = [] if moved else filed_before(events, version)
    amendments = [amendment_of(filed) for _, filed in filings]
    stood = standing(amendments, decided.upkeep)
    kept = [filings[place] for place in stood]
    return EarlierCrossing(
        events[-1].event.version,
        decided,
        root,
        amendments,
        stood,
        [filed for _, filed in kept],
        [at for at, _ in kept],
        feature_rows.from_text("" if moved else decided.features, width),
        order_of(events)[1],
        floor_of(events),
        whereabouts(events) != "waiting",
        came_by(events),
    )


def came_by(events: Iterable[StoredEvent]) -> Came | None:
    """How far the truck of a crossing's events has come. What is examined or has passed was at its bridge."""
    came: Came | None = None
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Arrived):
            came = Came("primary", payload.bridge)
        elif isinstance(payload, AtYard):
            came = came or Came("yard", payload.bridge)
        elif isinstance(payload, Examined | Passed):
            came = Came("primary", came.bridge if came is not None else "")
        elif isinstance(payload, Moved):
            came = None
    return came


def earlier_crossings(crossings: Iterable[str], log: Log, width: int) -> dict[str, EarlierCrossing]:
    """Those of the crossings that the log has decided before."""
    streams = log.versions([stream_of(crossing) for crossing in crossings])
    found = {}
    for stream in streams:
        earlier = as_decided(log.stream(stream), width)
        if earlier is not None:
            found[stream.removeprefix("crossing/")] = earlier
    return found
