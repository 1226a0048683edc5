"""What a filer may know of a crossing: a status and what rules state for filers, the same whatever chose it.

Of the selection a filer is told when the truck stands at the booth, or as soon as it is decided where the policy says
so (`answers.tell_before_arrival`); until then the answer is that of the filing. What was told once holds against what
the filer does later: no amendment of its own turns an examination that it was told of into a release, only an officer
does. After the examination that was ordered the truck goes on; where one found something it is held, until two
officers release it, or a correction of that very examination says otherwise; another one that found nothing says
nothing of it. Where the record is withdrawn, what was ordered stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from aforo.domain.decision import STRICTNESS, Examination
from aforo.domain.event import Arrived, Decided, Examined, Filed, OrderUndone, Overridden, Passed
from aforo.domain.text import Text
from aforo.flow.crossing_events import followed
from aforo.flow.earlier import amendment_of, standing
from aforo.flow.journey import Screened
from aforo.flow.node import InForce, Node
from aforo.flow.order import but_undone, stands_over
from aforo.flow.replay import documents
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: Statuses of a declaration while nothing is told of its truck, by what it does to an earlier one.
OfFiling = Literal["accepted", "amended", "cancelled"]
Status = Literal["accepted", "amended", "cancelled", "released", "to_be_examined", "held"]
_BY_ACTION: dict[str | None, OfFiling] = {"replace": "amended", "cancel": "cancelled"}


class Public(msgspec.Struct, frozen=True):
    """A declaration and its crossing as its filer is told of it; `stated` is what rules state for filers."""

    crossing: str
    status: Status
    stated: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Turn:
    """What a filer is told from an event on."""

    event: StoredEvent
    public: Public


def told_of_new(screened: Screened, node: Node) -> dict[str, Public]:
    """By declaration, what the filers of a batch's new filings are told; only after it is recorded."""
    verdicts, batch, filings = screened.verdicts, screened.batch, screened.filings
    ids = filings.table["declaration_id"].to_list()
    places = batch.crossing[: len(ids)].tolist()
    # What the log had before may have arrived, or been told of otherwise; and what amends within a batch is rare.
    fresh = [c not in batch.earlier and len(batch.new_rows[c]) == 1 for c in range(len(batch.names))]
    tells = node.force.policy.answers.tell_before_arrival.choice
    stated = _stated_of(node.force)
    told: dict[str, Public] = {}
    later: dict[str, str] = {}
    actions = filings.table["action"]
    acts: Iterable[str | None] = [None] * len(ids) if actions.null_count() == len(ids) else actions.to_list()
    for own, c, action in zip(ids, places, acts, strict=True):
        name = batch.names[c]
        if not fresh[c]:
            later[own] = name
        elif action == "cancel" or not tells:
            told[own] = Public(name, _BY_ACTION.get(action, "accepted"))
        else:
            told[own] = _selected(name, verdicts.examination[c], verdicts.mandatory.get(c, ()), stated)
    return told | _from_log(later, node.log)


def told_of_logged(filed: Mapping[str, StoredEvent], log: Log) -> dict[str, Public]:
    """The same of declarations that were filed before, as the log has their crossings now."""
    return _from_log({own: event.event.stream.removeprefix("crossing/") for own, event in filed.items()}, log)


def _from_log(crossings: Mapping[str, str], log: Log) -> dict[str, Public]:
    named: dict[str, list[str]] = {}
    for own, name in crossings.items():
        named.setdefault(name, []).append(own)
    told: dict[str, Public] = {}
    for name, asked in named.items():
        made = turns_of(followed(log.stream(f"crossing/{name}"), log), asked, log)
        told |= {own: each[-1].public for own, each in made.items() if each}
    return told


def filings_in(events: Iterable[StoredEvent]) -> Iterator[Filed]:
    """The filings of a crossing, those of what it took in among them, in their order."""
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Filed):
            yield from (each.filed for taken in payload.takes for each in taken.filings)
            yield payload


def turns(events: Sequence[StoredEvent], own: str, log: Log) -> list[Turn]:
    """What the filer of a declaration was told over time, by the events of its crossing: an entry for each change."""
    return turns_of(events, (own,), log)[own]


def turns_of(events: Sequence[StoredEvent], asked: Iterable[str], log: Log) -> dict[str, list[Turn]]:
    """The same of several declarations of one crossing, whose events are gone through once: a crossing may have many
    thousand declarations."""
    crossing = _Crossing(log)
    made: dict[str, list[Turn]] = {own: [] for own in asked}
    for stored in events:
        if not crossing.after(stored):
            continue
        for own, told in made.items():
            public = crossing.public(own)
            if public is not None and (not told or told[-1].public != public):
                told.append(Turn(stored, public))
    return made


@dataclass
class _Crossing:
    """A crossing as its events are read one by one, as the filers of its declarations are told of it."""

    log: Log
    #: By declaration, what it does to an earlier one; and those that were cancelled.
    actions: dict[str, str | None] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    filings: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    decided: Decided | None = None
    order: Overridden | None = None
    arrived: bool = False
    #: By examination, what it says of the truck: True holds it, False lets it go on, None leaves what was ordered.
    examined: dict[str, bool | None] = field(default_factory=dict)
    #: Of those that were made since it was decided last, whether that was carried out by them; no other can have.
    since: dict[str, bool] = field(default_factory=dict)
    #: The strictest examination that was told of and that no officer has lowered.
    floor: Examination = "release"
    #: The events so far: what was said of an order that is taken back is gone through again without it.
    before: list[StoredEvent] = field(default_factory=list)
    #: Whether nothing of it stands; and what is told of the truck, None while nothing is.
    over: bool = False
    told: Public | None = None

    def after(self, stored: StoredEvent) -> bool:
        """Take in the next event; whether something else may be told from it on."""
        payload = stored.payload
        self.before.append(stored)
        if isinstance(payload, Filed):
            for filed in filings_in([stored]):
                own, old, action = amendment_of(filed)
                self.filings.append((own, old, action))
                self.actions[own] = action
                if old and action == "cancel":
                    self.cancelled.add(old)
                elif old:
                    self.cancelled.discard(old)
            return False  # its decision is of the same transaction
        elif isinstance(payload, Decided):
            self.decided, self.order = payload, stands_over(self.order, payload)
            # Who was held stays held, whatever is filed; who went on may be chosen again.
            if not self.found:
                self.examined.clear()
            if any(self.since.values()):
                self.floor = "release"
            self.since.clear()
        elif isinstance(payload, Overridden):
            self.order, self.floor = payload, "release"
            if payload.examination == "release":
                self.examined.clear()
        elif isinstance(payload, OrderUndone):
            without = _Crossing(self.log)
            for each in but_undone(self.before):
                if not isinstance(each.payload, OrderUndone):
                    without.after(each)
            self.order, self.floor, self.examined = without.order, without.floor, without.examined
        elif isinstance(payload, Arrived | Passed):
            self.arrived = True
            if isinstance(payload, Passed) and payload.let_go:
                self._let_go(stored.event.event_id)
        elif isinstance(payload, Examined):
            self.arrived = True
            self._examine(payload.corrects or stored.event.event_id, payload)
        else:
            return False
        if self.decided is None:
            return False
        self.over = self.order is None and not standing(self.filings, self.decided.upkeep)
        self.told = self._of_truck(self.decided, stored.event.stream.removeprefix("crossing/"))
        return True

    @property
    def found(self) -> bool | None:
        """Whether an examination found something that still holds it; None where what was ordered is still to be
        carried out."""
        if any(self.examined.values()):
            return True
        return next((each for each in reversed(self.examined.values()) if each is not None), None)

    def _examine(self, own: str, said: Examined) -> None:
        if said.corrects is None or own in self.since:
            self.since[own] = not said.order_stands
        self.examined.pop(own, None)  # what was said last counts
        self.examined[own] = True if said.outcome.violation else False if self.since.get(own) else None

    def _let_go(self, own: str) -> None:
        """A port that was cut off let the truck go: what was ordered meanwhile is not carried out, but for a hold."""
        standing = self.order.examination if self.order else self.decided.examination if self.decided else "release"
        if "hold" not in (standing, self.floor):
            self.since[own], self.examined[own] = True, False

    def public(self, own: str) -> Public | None:
        """What the filer of a declaration is told now; None as long as it is not filed, and decided after that."""
        if own not in self.actions or self.told is None:
            return None
        action = self.actions[own]
        if self.found is None and (self.over or action == "cancel" or own in self.cancelled):
            return Public(self.told.crossing, "cancelled")
        if self.told.status == "accepted":
            return Public(self.told.crossing, _BY_ACTION.get(action, "accepted"))
        return self.told

    def _of_truck(self, decided: Decided, name: str) -> Public:
        """What is told of the truck now, `accepted` while nothing is: to all of its filers the same, since what one was
        told counts for the others too."""
        force: InForce | None = None
        if not self.arrived:
            force = documents(self.log, decided.artefacts, decided.code)
            if not force.policy.answers.tell_before_arrival.choice:
                return Public(name, "accepted")
        if self.found is not None:
            return Public(name, "held" if self.found else "released")
        examination = self.order.examination if self.order else decided.examination
        if STRICTNESS[examination] < STRICTNESS[self.floor]:
            examination = self.floor
        self.floor = examination
        if not decided.mandatory or examination == "release":
            return _selected(name, examination, (), {})
        force = force or documents(self.log, decided.artefacts, decided.code)
        return _selected(name, examination, decided.mandatory, _stated_of(force))


def _selected(name: str, examination: Examination, mandatory: Iterable[str], stated: Mapping[str, Text]) -> Public:
    if examination == "release":
        return Public(name, "released")
    return Public(name, "to_be_examined", tuple(text for rule in mandatory if (text := stated.get(rule)) is not None))


def _stated_of(force: InForce) -> dict[str, Text]:
    return {rule.code: Text(rule.public_reason.en, rule.public_reason.es) for rule in force.rules.active}
