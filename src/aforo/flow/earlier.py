"""Crossings that the log has already: what a new filing adds to, and which of its declarations still stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from aforo.domain.event import Decided, Filed, Overridden
from aforo.flow.filing import stream_of
from aforo.flow.order import order_of
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.risk import feature_rows

#: (declaration, the one it amends, action) of a filing.
Amendment = tuple[str, str | None, str | None]


def standing(filings: Sequence[Amendment]) -> list[int]:
    """Which filings of one crossing, in their order, still stand: no cancellations, none replaced or cancelled.

    An amendment may come before what it amends, which then is gone when it comes. Of filings that amend each other in a
    circle the one that closes it stands, so that only a cancellation empties a crossing. What is gone never stands
    again, whatever comes later: a decision names what stood then, and the next one builds on it.
    """
    amended: dict[str, str] = {}
    early: dict[str, list[str]] = {}
    come: set[str] = set()
    gone: set[str] = set()

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
                gone.add(old)
            else:
                early.setdefault(old, []).append(own)
        if any(not leads_to(own, each) for each in early.get(own, ())):
            gone.add(own)
        come.add(own)
    return [at for at, (own, _, action) in enumerate(filings) if action != "cancel" and own not in gone]


def amendment_of(filed: Filed) -> Amendment:
    declaration = filed.declaration
    return declaration["declaration_id"], declaration.get("amends"), declaration.get("action")


@dataclass(frozen=True)
class EarlierCrossing:
    """A crossing as the log has it: its stream's version, its last decision, and its filings with their feature rows.

    `filed`, `filed_at` and the rows of `features` are those of the filings that stood at that decision, `stood` their
    places in `amendments`; `root` is the first filing of all, `overridden` an officer's order that stands at the end.
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


def filed_before(events: Sequence[StoredEvent], version: int) -> list[tuple[StoredEvent, Filed]]:
    """The filings of a crossing's stream up to a version."""
    filings = []
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Filed) and stored.event.version <= version:
            filings.append((stored, payload))
    return filings


def as_decided(events: Sequence[StoredEvent], width: int) -> EarlierCrossing | None:
    """The crossing of a stream's events at its last decision; None where it has none. `width` is the feature count."""
    last: tuple[int, Decided] | None = None
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Decided):
            last = stored.event.version, payload
    if last is None:
        return None
    version, decided = last
    filings = filed_before(events, version)
    amendments = [amendment_of(filed) for _, filed in filings]
    stood = standing(amendments)
    kept = [filings[place] for place in stood]
    return EarlierCrossing(
        events[-1].event.version,
        decided,
        filings[0][1],
        amendments,
        stood,
        [filed for _, filed in kept],
        [stored.event.occurred_at for stored, _ in kept],
        feature_rows.from_text(decided.features, width),
        order_of(events)[1],
    )


def earlier_crossings(crossings: Iterable[str], log: Log, width: int) -> dict[str, EarlierCrossing]:
    """Those of the crossings that the log has decided before."""
    streams = log.versions([stream_of(crossing) for crossing in crossings])
    found = {}
    for stream in streams:
        earlier = as_decided(log.stream(stream), width)
        if earlier is not None:
            found[stream.removeprefix("crossing/")] = earlier
    return found
