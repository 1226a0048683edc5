"""Alerts as staff see them: truck by truck, the most urgent first; and how fast they are seen to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from aforo.answers.alert import Alert, Phase, phase
from aforo.domain.alert import FOUND, AlertKind, Ending, Left, StaffRole
from aforo.domain.text import Text, catalogue
from aforo.flow.alert_trips import TripAlert, TripNamed
from aforo.flow.causes_asked import KINDS
from aforo.measures.response_times import Times, times_of

#: People are known to be in there.
GRAVEST: AlertKind = "people_found"
#: Alerts that come before all others as long as they are open: people are in there, or may be.
_OF_LIFE: tuple[AlertKind, ...] = (GRAVEST, "life_safety_hold", "people_signs")
#: The order of phases in a list: what is late comes first.
_URGENCY: dict[Phase, int] = {"overdue": 0, "waiting": 1, "acknowledged": 2, "snoozed": 3, "closed": 4}


class ShownAlert(msgspec.Struct, frozen=True):
    """One alert at an instant. `due` is when the next step is late; None once it is closed. `about` are the causes, by
    what names them (an event, or a party and an entry). `to_do` says what is to be done where something was found, and
    `left` that the truck had left before, or two officers released it since, where so; both are null of other
    alerts. `settled` says what of the log settled it, where that is known, `trips` what an alert on trips under
    seal is about, and `trip` the one that an alert is about that is of no crossing."""

    alert_id: str
    kind: AlertKind
    what: Text
    phase: Phase
    subject: str
    crossing_id: str | None
    role: StaffRole
    owner: str | None
    level: int
    raised_at: datetime
    due: datetime | None
    acknowledged_at: datetime | None
    snoozed_until: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    ending: Ending | None
    reason: str
    about: list[str]
    to_do: Text | None = None
    left: Left | None = None
    settled: Text | None = None
    trips: TripAlert | None = None
    trip: TripNamed | None = None


class TruckAlerts(msgspec.Struct, frozen=True):
    """The alerts of one truck: `truck` is its tractor's keyed hash; None where an alert is of no truck, or of one whose
    tractor was not named, and then they are those of one subject."""

    truck: str | None
    alerts: list[ShownAlert]


@dataclass(frozen=True)
class Wanted:
    """Which alerts: None is any. `phases` None are those that are open."""

    phases: frozenset[Phase] | None = None
    kind: AlertKind | None = None
    role: StaffRole | None = None
    owner: str | None = None
    truck: str | None = None
    crossing: str | None = None

    def takes(self, alert: Alert, now: datetime) -> bool:
        """Whether an alert is one of them."""
        at = phase(alert, now)
        return (
            (at != "closed" if self.phases is None else at in self.phases)
            and self.kind in (None, alert.kind)
            and self.role in (None, alert.role)
            and self.owner in (None, alert.owner)
            and self.truck in (None, alert.truck)
            and self.crossing in (None, alert.crossing)
        )


class Measure(msgspec.Struct, frozen=True):
    """How fast alerts of one kind are seen to: how many, how many are open and overdue, how many went up the ladder,
    and the times from the raise to the first acknowledgement and to the end. Of an alert that another event settled
    before anybody acknowledged it, the acknowledgement is missing."""

    kind: AlertKind
    alerts: int
    open: int
    overdue: int
    escalated: int
    acknowledge: Times
    respond: Times


#: How the truck of an alert has left since the alert was raised; None where it has not (see `truck_left.left_now`).
LeftNow = Callable[[Alert], Left | None]
#: What an alert is about, where that is trips under seal (see `alert_trips.trip_alert`).
OnTrips = Callable[[Alert], TripAlert | None]
#: The trip that an alert is about, as people call it (see `alert_trips.trip_named`).
NamedTrip = Callable[[Alert], TripNamed | None]
#: Who announced the trip that an alert is about (see `alert_trips.announced_by`).
AnnouncedBy = Callable[[Alert], str | None]
#: How a list is ordered: the most urgent first; or those of trips by which a response can still save most, then others.
Order = Literal["urgency", "saves"]


def _as_raised(alert: Alert) -> Left | None:
    """What tells of no truck that it has left since: for who has no log at hand."""
    return None


def _of_none(alert: Alert) -> None:
    """What tells nothing of trips: for who has no custody at hand."""
    return None


def shown(
    alert: Alert,
    now: datetime,
    left_now: LeftNow = _as_raised,
    on_trips: OnTrips = _of_none,
    named: NamedTrip = _of_none,
    announced_by: AnnouncedBy = _of_none,
) -> ShownAlert:
    """An alert at an instant."""
    at = phase(alert, now)
    say, since = catalogue("aforo.answers").say, left_now(alert)
    what, left = say(f"alert_kind_{alert.kind}"), alert.left or since
    # What two officers released is not to be stopped on the road.
    how = "" if left is None else "_released" if alert.left is None and left.how == "released" else "_left"
    to_do = say(f"alert_to_do_{alert.kind}{how}") if alert.kind in FOUND else None
    return ShownAlert(
        alert.alert_id, alert.kind, what, at, alert.subject, alert.crossing, alert.role, alert.owner, alert.level,
        alert.raised_at, None if at == "closed" else alert.due, alert.acknowledged_at,
        alert.snoozed_until if at == "snoozed" else None, alert.closed_at, alert.closed_by, alert.ending, alert.reason,
        [cause.about for cause in alert.causes], to_do, left,
        _settled(alert, announced_by), on_trips(alert), named(alert),
    )  # fmt: skip


def _settled(alert: Alert, announced_by: AnnouncedBy) -> Text | None:
    """What of the log settled an alert; where an announcement of its trip did, by whom, if that is known."""
    if alert.why is None:
        return None
    say, code = catalogue("aforo.answers").say, f"alert_settled_{alert.why}"
    if alert.why == "announced_otherwise" and (by := announced_by(alert)) is not None:
        return say(f"{code}_by", by=by)
    return say(code)


def group_of(alert: Alert) -> str:
    """What an alert stands together with: its truck's, else those of its subject."""
    return alert.truck or alert.subject


def by_truck(
    alerts: Iterable[Alert],
    now: datetime,
    wanted: Wanted,
    limit: int,
    skip: int = 0,
    left_now: LeftNow = _as_raised,
    on_trips: OnTrips = _of_none,
    order: Order = "urgency",
    named: NamedTrip = _of_none,
    announced_by: AnnouncedBy = _of_none,
) -> tuple[list[TruckAlerts], int]:
    """The alerts that are wanted but for the first `skip`, at most `limit` of them, and how many there are in all. The
    truck with the most urgent alert comes first, and so within a truck; what belongs to one truck stands together.
    Where people are in there, or may be, comes before all else. With `order` saves those of trips come first by what
    can be saved."""
    kept = sorted((alert for alert in alerts if wanted.takes(alert, now)), key=lambda alert: _urgency(alert, now))
    if order == "saves":
        kept.sort(key=lambda alert: _saved(alert, now, on_trips))
    groups: dict[str, list[Alert]] = {}
    for alert in kept:
        groups.setdefault(group_of(alert), []).append(alert)
    told: list[TruckAlerts] = []
    before = 0
    for own in groups.values():
        part = own[max(0, skip - before) : max(0, skip + limit - before)]
        before += len(own)
        if part:
            each = [shown(alert, now, left_now, on_trips, named, announced_by) for alert in part]
            told.append(TruckAlerts(own[0].truck, each))
    return told, len(kept)


def _urgency(alert: Alert, now: datetime) -> tuple[int, int, datetime, str]:
    return _lives(alert, now), _URGENCY[phase(alert, now)], alert.due, alert.alert_id


def _saved(alert: Alert, now: datetime, on_trips: OnTrips) -> tuple[int, bool, float]:
    own = on_trips(alert) if alert.kind in KINDS and phase(alert, now) != "closed" else None
    return _lives(alert, now), own is None, 0.0 if own is None else -own.saves


def _lives(alert: Alert, now: datetime) -> int:
    """Where an alert stands by the lives that it is about: what is known of before what is only possible."""
    open_ = alert.kind in _OF_LIFE and phase(alert, now) != "closed"
    return _OF_LIFE.index(alert.kind) if open_ else len(_OF_LIFE)


def measures(alerts: Iterable[Alert], now: datetime) -> list[Measure]:
    """How fast alerts are seen to, kind by kind, of those that are open and those that are kept of the closed."""
    kinds: dict[AlertKind, list[Alert]] = {}
    for alert in alerts:
        kinds.setdefault(alert.kind, []).append(alert)
    return [_measure(kind, own, now) for kind, own in sorted(kinds.items())]


def _measure(kind: AlertKind, alerts: list[Alert], now: datetime) -> Measure:
    phases = [phase(alert, now) for alert in alerts]

    def since(at: datetime | None, alert: Alert) -> float | None:
        return None if at is None else (at - alert.raised_at).total_seconds()

    return Measure(
        kind,
        len(alerts),
        sum(each != "closed" for each in phases),
        phases.count("overdue"),
        sum(alert.level > 0 for alert in alerts),
        times_of([since(alert.first_acknowledged_at, alert) for alert in alerts]),
        times_of([since(alert.closed_at, alert) for alert in alerts]),
    )
