"""The pack that an audit of a trusted trader wants of a carrier's seals: as values, every figure with its grade.

Three parts of one thing: the seal log (which seal, of which class, was put on what, where, by whose record, and taken
off), the inspections (view, verify, tug and twist of seals; the seventeen points of truck and trailer), and the
tracking log with its gaps, which are told as gaps and never filled. What was not recorded is absent, and says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from aforo.custody.fact import FactCode, Gap, State
from aforo.domain.port import SealClass
from aforo.domain.reading import Grade, ReadingKind
from aforo.domain.trip import Found, InspectionKind, Regime

#: By what a seal ended: somebody took it off, or the trip was discharged with it on.
SealEnd = Literal["unsealed", "discharge"]


class PackSeal(msgspec.Struct, frozen=True):
    """A seal on a load. `supplier`, `seal_class` (ISO 17712) and `promise_s` are those of its device's registration
    that was in force when it was put on, None where there is none. `recorded_by` recorded that it was put on, `off_by`
    what ended it; `authority` is whose act it was to take it off, which a discharge does not say. `ended` is None while
    it stands, and where nothing is recorded that ended it. `crossing` and `carta_porte` are those that the trip named
    when it was put on, `off_crossing` and `off_carta_porte` when it was taken off; empty where it named none, and of
    what was recorded before they were."""

    device: str
    seal_id: str
    seal_class: SealClass | None
    supplier: str
    promise_s: int | None
    since: datetime
    where: str
    recorded_by: str
    until: datetime | None
    off_where: str
    off_by: str
    authority: str
    ended: SealEnd | None
    crossing: str
    carta_porte: str
    off_crossing: str
    off_carta_porte: str


class PackInspection(msgspec.Struct, frozen=True):
    """An inspection, point by point. `own` says whether `seal_id` is the number of a seal of the trip; None where no
    number was given."""

    at: datetime
    kind: InspectionKind
    points: list[tuple[str, Found]]
    passed: bool
    seal_id: str
    own: bool | None
    where: str
    recorded_by: str
    note: str


class PackRead(msgspec.Struct, frozen=True):
    """A number that was read on a seal of the trip; `own` says whether a seal of the trip bears it."""

    at: datetime
    seal_id: str
    own: bool
    where: str
    reader: str
    grade: Grade


class PackState(msgspec.Struct, frozen=True):
    """What a seal was, from when until when (None: still), by which facts."""

    device: str
    state: State
    since: datetime
    until: datetime | None
    grade: Grade
    facts: list[FactCode]


class PackGap(msgspec.Struct, frozen=True):
    """A time of which nothing, or nothing in time, was heard: between `earliest` and `latest`; `gap` is None where
    blocks never came. The grade is that of what shows it: the readings at its ends, or those that came late."""

    device: str
    code: FactCode
    earliest: datetime
    latest: datetime
    gap: Gap | None
    grade: Grade


class PackPosition(msgspec.Struct, frozen=True):
    """A reading of the tracking log; the position in degrees and the speed in km/h are None where it had none."""

    device: str
    at: datetime
    latitude: float | None
    longitude: float | None
    speed: float | None
    kind: ReadingKind
    door: str
    grade: Grade


class PackTrip(msgspec.Struct, frozen=True):
    """A trip, whole. `discharged_by` recorded its discharge. `origin` is `live`, or says that it was played."""

    trip: str
    regime: Regime
    carrier: str
    carta_porte: str
    crossing: str
    deadline: datetime
    discharged_at: datetime | None
    discharged_where: str
    discharged_by: str
    origin: str
    seals: list[PackSeal]
    inspections: list[PackInspection]
    reads: list[PackRead]
    states: list[PackState]
    gaps: list[PackGap]
    positions: list[PackPosition]


class Pack(msgspec.Struct, frozen=True):
    """The trips of a carrier (empty: of all) that were first sealed, or else announced, from `since` until before
    `until`, by what the log of this origin had at `known_by`."""

    carrier: str
    since: datetime
    until: datetime
    known_by: datetime
    log: str
    trips: list[PackTrip]

    @property
    def played(self) -> list[str]:
        """The origins of trips that are not live."""
        return sorted({each.origin for each in self.trips} - {"live"})


class Counted(msgspec.Struct, frozen=True):
    """A figure of the summary: how many there are, and how many of them are of each grade (None: it has none)."""

    name: str
    count: int
    of: int | None = None
    grades: dict[Grade, int] | None = None


def summary(pack: Pack) -> list[Counted]:
    """What the pack says in figures. A rate is given as so many of so many, never as a share alone."""
    seals = [seal for trip in pack.trips for seal in trip.seals]
    inspections = [each for trip in pack.trips for each in trip.inspections]
    states = [each for trip in pack.trips for each in trip.states]
    gaps = [each for trip in pack.trips for each in trip.gaps]
    positions = [each for trip in pack.trips for each in trip.positions]
    reads = [each for trip in pack.trips for each in trip.reads]
    made = [
        Counted("trips", len(pack.trips)),
        Counted("trips_discharged", sum(each.discharged_at is not None for each in pack.trips), len(pack.trips)),
        Counted("seals", len(seals)),
        Counted("seals_high", sum(each.seal_class == "H" for each in seals), len(seals)),
        Counted("seals_no_class", sum(each.seal_class is None for each in seals), len(seals)),
    ]
    for kind in ("vvtt", "conveyance"):
        own = [each for each in inspections if each.kind == kind]
        inspected = sum(any(each.kind == kind for each in trip.inspections) for trip in pack.trips)
        made.append(Counted(f"trips_{kind}", inspected, len(pack.trips)))
        made.append(Counted(f"passed_{kind}", sum(each.passed for each in own), len(own)))
    made.append(Counted("reads", len(reads), grades=_by_grade([each.grade for each in reads])))
    for state in ("broken", "suspect", "silent"):
        own_states = [each for each in states if each.state == state]
        made.append(Counted(f"spans_{state}", len(own_states), grades=_by_grade([each.grade for each in own_states])))
    made.append(Counted("gaps", len(gaps), grades=_by_grade([each.grade for each in gaps])))
    lost = [each for each in gaps if each.gap in ("permanent", None)]
    made.append(Counted("gaps_permanent", len(lost), len(gaps), _by_grade([each.grade for each in lost])))
    made.append(Counted("positions", len(positions), grades=_by_grade([each.grade for each in positions])))
    return made


def _by_grade(grades: list[Grade]) -> dict[Grade, int]:
    return {grade: grades.count(grade) for grade in dict.fromkeys(sorted(grades))}
