"""People who were found in trucks of a bridge, until somebody has seen to each: where the truck stands, since when,
what is to be done, and whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from aforo.answers.alert import Alert
from aforo.domain.alert import Left
from aforo.domain.bridge import Resource
from aforo.domain.clock import instant
from aforo.domain.dock import Part, Unit
from aforo.exams.dock_record import Record, records
from aforo.flow.alerts_shown import GRAVEST, ShownAlert, Wanted, by_truck
from aforo.flow.crossing_events import followed
from aforo.flow.edge_enrolled import edges
from aforo.flow.findings import claims
from aforo.flow.handover import Place
from aforo.flow.held import hold_of
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.truck_left import left_now
from aforo.ports.work import Work

#: Trucks in one answer, the most urgent first.
MOST_FOUND = 100


class Noted(msgspec.Struct, frozen=True):
    """What an officer noted at a dock; `amount` is in `unit`, both null where nobody counted."""

    at: datetime
    by: str
    part: Part
    what: str
    amount: float | None
    unit: Unit | None


class Standing(msgspec.Struct, frozen=True):
    """Where a truck waits or is served at its bridge; `unit` is the dock or the scanner, empty where nobody named
    it."""

    resource: Resource
    step: str
    unit: str
    since: datetime


class PeopleFound(msgspec.Struct, frozen=True):
    """One truck in which people were found. `crossing_id` is null where a port that was cut off found them in a truck
    of which no filing is known. `found_at` is when, by who found them first; `noted` what stands in the record of a
    dock, `dock` the last one it was at, empty where it was at none. `stands` is null where the bridge knows of no place
    of it now; `held` tells that nobody has let it go."""

    crossing_id: str | None
    alert: ShownAlert
    found_at: datetime
    dock: str
    stands: Standing | None
    held: bool
    noted: list[Noted]


def people_found(place: Place, node: Node) -> tuple[list[PeopleFound], int]:
    """The open alerts of people who were found in trucks of a place, the most urgent first; and how many there are."""
    live, now = node.live(), node.clock()
    ours = _ours(place, node)
    open_ = [each for each in node.alerted.alerts.open() if each.kind == GRAVEST]
    own = [each for each in open_ if ours(each)] if open_ else []
    work = {name: each for bridge in place.bridges for name, each in live.work_of(bridge, now).items()} if own else {}

    def gone(alert: Alert) -> Left | None:
        return None if alert.crossing in work else left_now(alert, node.log)

    groups, count = by_truck(own, now, Wanted(), MOST_FOUND, left_now=gone)
    return [_found(alert, work, node) for group in groups for alert in group.alerts], count


def _found(alert: ShownAlert, work: dict[str, Work], node: Node) -> PeopleFound:
    crossing = alert.crossing_id
    # It may have been raised long after: a port that was cut off tells of it when it hands in.
    raised = node.log.event(alert.alert_id)
    assert raised is not None, "an alert is named by the event that raised it"
    happened = raised.event.occurred_at
    if crossing is None:
        return PeopleFound(None, alert, happened, "", None, False, [])
    events = followed(node.log.stream(stream_of(crossing)), node.log)
    made = list(records(events).values())
    since = [claim.found_at for claim in claims(events).values() if claim.kind == GRAVEST]
    at = work.get(crossing)
    return PeopleFound(
        crossing,
        alert,
        min(since, default=happened),
        made[-1].dock if made else "",
        None if at is None else Standing(at.resource, at.step, at.unit, instant(at.at)),
        hold_of(events) is not None,
        list(_noted(made)),
    )


def _noted(made: Iterable[Record]) -> Iterable[Noted]:
    for record in made:
        for each in record.findings:
            if each.threat == "people" and not each.withdrawn:
                yield Noted(each.at, each.actor, each.part, each.what, each.amount, each.unit)


def _ours(place: Place, node: Node) -> Callable[[Alert], bool]:
    """Whether an alert is about a truck of a place: of the bridge at whose dock it was, else of that which its filings
    mean; of a truck without a filing, whether the port is that of the edge that tells of it."""
    live = node.live()

    def ours(alert: Alert) -> bool:
        crossing = alert.crossing
        if crossing is None:
            edge = alert.subject.removeprefix("edge-visit/").rpartition("/")[0]
            known = edges(node.log).get(edge)
            return known is not None and known.port == place.port.code
        events = followed(node.log.stream(stream_of(crossing)), node.log)
        bridges = [bridge for each in records(events).values() if (bridge := live.called(each.bridge)) is not None]
        return (bridges[-1] if bridges else node.alerted.of_crossings({crossing})[crossing]) in place.bridges

    return ours
