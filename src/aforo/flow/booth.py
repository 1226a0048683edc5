"""A truck stands at a booth of the node: which it is, its arrival, and the one instruction that the driver is told.

Which truck it is, is found by the rules of an edge (`edge_finding`), with what its node knows; what follows from an act
that a booth did while it was cut off is what follows from an edge's (`edge_crossing`), once, with its true time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aforo.domain.booth import BoothInstructed, BoothMistaken, BoothReason, MistakeReason
from aforo.domain.decision import STRICTNESS, Examination
from aforo.domain.edge import EdgeArrived, FactEffect
from aforo.domain.event import Arrived, Event, Examined, Filed, Passed, Payload, new_event
from aforo.flow.at_booth import arrive
from aforo.flow.booth_list import GOOD_FOR
from aforo.flow.crossing_events import events_of, followed
from aforo.flow.device_clock import TOLERATED, Happened, happened
from aforo.flow.earlier import filed_before
from aforo.flow.edge_book import Seen
from aforo.flow.edge_crossing import Merging
from aforo.flow.edge_deciding import REFERRED, reason_of, strictest
from aforo.flow.edge_expected import Expecting
from aforo.flow.edge_finding import AGAIN, Finder
from aforo.flow.edge_marks import mark, marks_of
from aforo.flow.edge_merging import append
from aforo.flow.edge_orders import standing_order
from aforo.flow.edge_said import Named
from aforo.flow.edge_taken import Expectation
from aforo.flow.edge_visits import Visits
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.override import NoDecisionError
from aforo.flow.receiving import KeyReusedError
from aforo.log.ids import event_id
from aforo.log.stored import StoredEvent, encode


class NotAmongError(LookupError):
    """The crossing that was picked is none of those that what is typed may mean."""


@dataclass(frozen=True)
class ToldOffline:
    """What a booth that was cut off told a driver: when, what, and from the list of which instant; `said_at` is what
    its clock said, where that is doubted."""

    at: datetime
    instruction: Examination
    list_at: datetime
    said_at: datetime | None = None

    def believed(self, now: datetime) -> ToldOffline:
        """The same as far as its instants can be right: it told nothing after `now`, nor before it had its list."""
        list_at = min(self.list_at, now)
        when = happened(self.at, now, list_at)
        ahead = self.list_at - now > TOLERATED
        return ToldOffline(when.at, self.instruction, list_at, when.said_at or (self.at if ahead else None))


@dataclass(frozen=True)
class BoothAct:
    """What a booth does: the truck by what is typed of it (`named`), or by the crossing that was picked of several;
    `key` is its own name for the act, and `offline` what it told while it was cut off."""

    named: Named
    crossing: str | None = None
    key: str = ""
    offline: ToldOffline | None = None


@dataclass(frozen=True)
class Done:
    """An act as it is recorded; `known` where it had been before, `arrived_before` where the truck had, `alerted` where
    the act raised an alert."""

    stored: StoredEvent
    known: bool = False
    arrived_before: bool = False
    alerted: bool = False


@dataclass(frozen=True)
class Meant:
    """The truck that is meant: its marks, its crossing (None where no filing is known), the other crossings that it may
    be, and what is asked of it where one of those is to be examined more strictly. `among` is false where what is typed
    does not mean the crossing."""

    marks: tuple[str, ...]
    crossing: str | None = None
    others: tuple[str, ...] = ()
    stricter: Examination | None = None
    among: bool = True


def meant_by(named: Named, expecting: Expecting, node: Node) -> Meant:
    """The truck that is meant by what is typed of it, by the rules of an edge."""
    marks = _marks(named, expecting)
    under = expecting.under(marks)
    crossings = {truck.ref: name for name, truck in under.items()}
    finder = Finder(Expectation({truck.ref: truck for truck in under.values()}), Visits(), expecting.key, node.clock())
    marks, found, _ = finder.find(named)
    truck = strictest(found)
    if truck is None:
        return Meant(marks, _again(marks, expecting, node))
    crossing = crossings[truck.ref]
    others = tuple(name for name in under if name != crossing)
    other = finder.mistakable(named, truck)
    stricter = other.order if other is not None and STRICTNESS[other.order] > STRICTNESS[truck.order] else None
    return Meant(marks, crossing, others, stricter)


def _marks(named: Named, expecting: Expecting) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mark(expecting.key, kind, value) for kind, value in named.values()))


def _again(marks: Sequence[str], expecting: Expecting, node: Node) -> str | None:
    """The crossing of a truck that was here a moment ago: it is asked about again."""
    lately: list[tuple[datetime, str]] = []
    for name in dict.fromkeys(name for own in marks for name in expecting.crossings(own)):
        events = followed(node.log.stream(stream_of(name)), node.log)
        here = [each.event for each in events if isinstance(each.payload, Arrived | Passed | Examined)]
        if here and node.clock() - here[-1].occurred_at <= AGAIN:
            lately.append((here[-1].occurred_at, here[-1].stream.removeprefix("crossing/")))
    return max(lately, default=(None, None))[1]


def instruct(act: BoothAct, bridge: str, expecting: Expecting, node: Node, actor: str) -> Done:
    """Record an act at the booth of a bridge, and what follows from it; durable when this returns, and recorded once.

    Raises NoDecisionError where the crossing that was picked is not known, NotAmongError where it is none of those that
    what is typed may mean, KeyReusedError where the key was used for another act, ConcurrencyError. What was told while
    the booth was cut off has happened, and is recorded whatever its list said of the truck.
    """
    picked = None if act.crossing is None else _picked(act.crossing, node)
    if act.crossing is not None and picked is None and act.offline is None:
        raise NoDecisionError(act.crossing)
    if not act.named.values():
        act = replace(act, named=Named(picked or act.crossing))
    key = f"booth:{bridge}:{actor}:{act.key}" if act.key else None
    if key is not None and (stored := node.log.find([key]).get(key)) is not None:
        known = _known(stored, act, expecting)
        said = stored.payload
        if act.offline is None or not isinstance(said, BoothInstructed) or said.list_at is not None:
            return known
        if said.instruction == act.offline.instruction:
            return known
        # It was heard and answered, the answer was lost, and the booth told another thing from its list.
        key = f"{key}:told"
        if (stored := node.log.find([key]).get(key)) is not None:
            return _known(stored, act, expecting)
    meant = meant_by(act.named, expecting, node)
    if picked is not None:
        meant = _of_several(picked, meant, _marks(act.named, expecting), expecting)
    if act.offline is not None:
        told = act.offline.believed(node.clock())
        return _late(told, meant, _marks(act.named, expecting), bridge, expecting, node, actor, key)
    if not meant.among:
        raise NotAmongError(picked)
    return _now(meant, bridge, node, actor, key)


def _picked(which: str, node: Node) -> str | None:
    """The crossing that is named; None where it is not known."""
    events = events_of(which, node.log)
    if order_of(events)[0] is None:
        return None
    return events[-1].event.stream.removeprefix("crossing/")


def _of_several(picked: str, meant: Meant, typed: tuple[str, ...], expecting: Expecting) -> Meant:
    """The truck that was picked of those that it may be by its marks. A pick takes no truck past the hold of another
    one: as with an edge's numbers, that stands until two officers lower it. One that is none of those takes none of
    them past whatever is ordered of it."""
    marks = (*typed, *meant.marks)
    among = any(picked in expecting.crossings(own) for own in marks)
    orders = [truck.order for name, truck in expecting.under(marks).items() if name != picked]
    strictest_other = max(orders, key=STRICTNESS.__getitem__, default=None)
    stricter = strictest_other if strictest_other == "hold" or not among else None
    others = tuple(name for name in (meant.crossing, *meant.others) if name is not None and name != picked)
    return Meant(meant.marks, picked, others, stricter, among)


def _listed_then(
    crossing: str, typed: tuple[str, ...], at: datetime, expecting: Expecting, node: Node
) -> Examination | None:
    """What a list that was made at an instant said of a truck by what is typed of it, the strictest where the crossing
    took in others since; None where it cannot have had it: nothing that means it was filed and decided by then."""
    own = node.log.stream(stream_of(crossing))
    filed = [said.payload for said in own if isinstance(said.payload, Filed)]
    taken = dict.fromkeys(each.crossing for one in filed for each in one.takes)
    said: list[Examination] = []
    for name in (crossing, *taken):
        until = [each for each in node.log.stream(stream_of(name)) if each.event.recorded_at <= at]
        events = [each for each in until if each.event.recorded_at < at]
        if order_of(events)[0] is None:
            events = until  # of what was recorded in that very instant, no more than it takes to be on the list
        if order_of(events)[0] is None:
            continue
        filings = [filed for _, filed in filed_before(events, events[-1].event.version)]
        if not set(typed).isdisjoint(marks_of(name, filings, expecting.key, node.log.keys)):
            said.append(standing_order(events))
    return max(said, key=STRICTNESS.__getitem__, default=None)


def _known(stored: StoredEvent, act: BoothAct, expecting: Expecting) -> Done:
    said = stored.payload
    if not isinstance(said, BoothInstructed) or not set(said.marks) <= set(_marks(act.named, expecting)):
        raise KeyReusedError
    return Done(stored, known=True, arrived_before=True)


def _now(meant: Meant, bridge: str, node: Node, actor: str, key: str | None) -> Done:
    """The driver is told now."""
    repeated, order = False, REFERRED
    code: BoothReason = "booth_no_filing"
    if meant.crossing is not None:
        came = arrive(meant.crossing, node, actor, bridge)
        repeated, order, code = came.repeated, came.instruction, "booth_ordered"
        if meant.stricter is not None and STRICTNESS[meant.stricter] > STRICTNESS[order]:
            order, code = meant.stricter, "booth_mistakable"
    payload = BoothInstructed(order, code, meant.marks, meant.crossing, meant.others)
    at = node.clock()
    event = _event(event_id(at), payload, bridge, node, actor, Happened(at), key)
    node.log.append([event])
    return Done(_stored(event), arrived_before=repeated)


def _late(
    told: ToldOffline, meant: Meant, typed: tuple[str, ...], bridge: str, expecting: Expecting, node: Node, actor: str,
    key: str | None,
) -> Done:  # fmt: skip
    """The driver was told while the booth was cut off."""
    identifier, when = event_id(node.clock()), Happened(told.at, told.said_at)
    if meant.crossing is None:
        effects: dict[FactEffect, None] = {} if told.said_at is None else {"clock_doubted": None}
        payload = BoothInstructed(
            told.instruction, "booth_list_unknown", meant.marks, list_at=told.list_at, effects=tuple(effects)
        )
        event = _event(identifier, payload, bridge, node, actor, when, key)
        node.log.append([event])
        return Done(_stored(event))
    before = followed(node.log.stream(stream_of(meant.crossing)), node.log)
    would = _ordered_then(told, before, meant)
    laxer = STRICTNESS[told.instruction] < STRICTNESS[would]
    # What its list cannot have said lets no truck go: what is ordered is left to be carried out. Nor does a list that
    # no booth would go by any more, which whoever writes the instants may have chosen to be before the order.
    listed = _listed_then(meant.crossing, typed, told.list_at, expecting, node)
    old = node.clock() - told.list_at > GOOD_FOR
    unlisted = told.instruction == "release" and listed is None
    withheld = unlisted or (told.instruction == "release" and laxer and (old or listed != "release"))
    seen = Seen(f"booth/{bridge}", key or identifier, node.clock())
    merging = Merging(meant.crossing, seen, node, expecting.key, identifier, told.list_at)
    taken = would if withheld else told.instruction
    if withheld and taken == "release":
        taken = REFERRED  # it stood there; that it went on is not taken from a list that cannot have had it
    came = EdgeArrived(meant.marks, taken, reason_of(taken))
    merging.take(_stored(_event(identifier, came, bridge, node, actor, when, None)))
    if laxer:
        merging.alert(told.at)
    if unlisted or not meant.among:
        merging.contradict(told.at)
    effects = dict.fromkeys(merging.effects)
    effects |= dict.fromkeys(("order_withheld",) if withheld else ())
    effects |= dict.fromkeys(() if meant.among else ("not_among",))
    payload = BoothInstructed(
        told.instruction, "booth_from_list", meant.marks, meant.crossing, meant.others, told.list_at,
        would if would != told.instruction else None, tuple(effects),
    )  # fmt: skip
    event = _event(identifier, payload, bridge, node, actor, when, key)
    append(event, merging, node)
    if node.bridges is not None:
        node.bridges.way.drop(meant.crossing)
    arrived = any(isinstance(each.payload, Arrived) for each in before)
    return Done(_stored(event), arrived_before=arrived, alerted=bool(merging.raises))


def _ordered_then(told: ToldOffline, before: Sequence[StoredEvent], meant: Meant) -> Examination:
    """What is ordered of the truck that was told of, or was when the driver was told, where that is more than was
    told."""
    least = meant.stricter or "release"
    now = max(standing_order(before), least, key=STRICTNESS.__getitem__)
    then = standing_order([each for each in before if each.event.recorded_at <= told.at])
    would = max(now, then, key=STRICTNESS.__getitem__)
    return would if STRICTNESS[told.instruction] < STRICTNESS[would] else now


def mistaken(act: str, reason: MistakeReason, bridge: str, node: Node, actor: str) -> bool:
    """An act at the booth of a bridge was a mistake; whether that was not known. Raises LookupError where there was no
    such act, ConcurrencyError."""
    stored = node.log.event(act)
    stream = f"booth/{bridge}"
    if stored is None or stored.event.stream != stream or not isinstance(stored.payload, BoothInstructed):
        raise LookupError(act)
    key = f"booth-mistaken:{act}"
    if node.log.find([key]):
        return False
    at = node.clock()
    node.log.append([_event(event_id(at), BoothMistaken(act, reason), bridge, node, actor, Happened(at), key)])
    return True


def _event(
    identifier: str, payload: Payload, bridge: str, node: Node, actor: str, when: Happened, key: str | None
) -> Event:
    stream, now = f"booth/{bridge}", node.clock()
    version = node.log.versions([stream]).get(stream, 0) + 1
    return new_event(
        identifier, payload, stream, version, occurred_at=when.at, recorded_at=now, actor=actor,
        reported_at=now if when.at != now else None, idempotency_key=key, origin=node.origin, said_at=when.said_at,
    )  # fmt: skip


def _stored(event: Event) -> StoredEvent:
    return StoredEvent(0, b"", encode(event))
