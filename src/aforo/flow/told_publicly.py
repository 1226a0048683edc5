"""What a filer may know of a crossing: a status and what rules state for filers, the same whatever chose it.

Of the selection a filer is told when the truck stands at the booth, or as soon as it is decided where the policy says
so (`answers.tell_before_arrival`); until then the answer is that of the filing. What was told once holds against what
the filer does later: no amendment of its own turns an examination that it was told of into a release, only an officer
does. After an examination the truck goes on, or is held where something was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from aforo.domain.decision import STRICTNESS, Examination
from aforo.domain.event import Arrived, Decided, Examined, Filed, Overridden, Passed
from aforo.domain.text import Text
from aforo.flow.crossing_events import followed
from aforo.flow.earlier import amendment_of, standing
from aforo.flow.journey import Screened
from aforo.flow.node import InForce, Node
from aforo.flow.order import stands_over
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
    events = {name: followed(log.stream(f"crossing/{name}"), log) for name in dict.fromkeys(crossings.values())}
    told = {own: turns(events[name], own, log) for own, name in crossings.items()}
    return {own: made[-1].public for own, made in told.items() if made}


def filings_in(events: Iterable[StoredEvent]) -> Iterator[Filed]:
    """The filings of a crossing, those of what it took in among them, in their order."""
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Filed):
            yield from (each.filed for taken in payload.takes for each in taken.filings)
            yield payload


def turns(events: Sequence[StoredEvent], own: str, log: Log) -> list[Turn]:
    """What the filer of a declaration was told over time, by the events of its crossing: an entry for each change."""
    crossing = _Crossing(own, log)
    made: list[Turn] = []
    for stored in events:
        public = crossing.after(stored)
        if public is not None and (not made or made[-1].public != public):
            made.append(Turn(stored, public))
    return made


@dataclass
class _Crossing:
    """A crossing as its events are read one by one, seen by the filer of one of its declarations."""

    declaration: str
    log: Log
    filed: bool = False
    action: str | None = None
    filings: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    decided: Decided | None = None
    order: Overridden | None = None
    arrived: bool = False
    #: What was found when it was examined last; None where it was not, since it was decided.
    found: bool | None = None
    #: The strictest examination that was told of and that no officer has lowered.
    floor: Examination = "release"

    def after(self, stored: StoredEvent) -> Public | None:
        """What is told from an event on; None as long as the declaration is not filed, and decided after that."""
        payload = stored.payload
        if isinstance(payload, Filed):
            for filed in filings_in([stored]):
                self.filings.append(amendment_of(filed))
                if filed.declaration["declaration_id"] == self.declaration:
                    self.filed, self.action = True, filed.declaration.get("action")
            return None  # its decision is of the same transaction
        elif isinstance(payload, Decided):
            self.decided, self.order = payload, stands_over(self.order, payload)
            # Who was held stays held, whatever is filed; who went on may be chosen again.
            self.found = self.found or None
        elif isinstance(payload, Overridden):
            self.order, self.floor = payload, "release"
        elif isinstance(payload, Arrived | Passed):
            self.arrived = True
        elif isinstance(payload, Examined):
            self.arrived = True
            self.found, self.floor = bool(payload.outcome.violation), "release"
        else:
            return None
        if self.decided is None:
            return None
        public = self._public(self.decided, stored.event.stream.removeprefix("crossing/"))
        return public if self.filed else None

    def _public(self, decided: Decided, name: str) -> Public:
        """What is told now. What the crossing's other filers were told counts too: it is of the same truck."""
        ended = (
            self.action == "cancel"
            or self._cancelled()
            or (not standing(self.filings, decided.upkeep) and self.order is None)
        )
        force: InForce | None = None
        if not self.arrived:
            force = documents(self.log, decided.artefacts, decided.code)
            if not force.policy.answers.tell_before_arrival.choice:
                return Public(name, "cancelled" if ended else _BY_ACTION.get(self.action, "accepted"))
        if self.found is not None:
            return Public(name, "held" if self.found else "released")
        examination = self.order.examination if self.order else decided.examination
        if STRICTNESS[examination] < STRICTNESS[self.floor]:
            examination = self.floor
        self.floor = examination
        if ended:
            return Public(name, "cancelled")
        if not decided.mandatory:
            return _selected(name, examination, (), {})
        force = force or documents(self.log, decided.artefacts, decided.code)
        return _selected(name, examination, decided.mandatory, _stated_of(force))

    def _cancelled(self) -> bool:
        return any(old == self.declaration and action == "cancel" for _, old, action in self.filings)


def _selected(name: str, examination: Examination, mandatory: Iterable[str], stated: Mapping[str, Text]) -> Public:
    if examination == "release":
        return Public(name, "released")
    return Public(name, "to_be_examined", tuple(text for rule in mandatory if (text := stated.get(rule)) is not None))


def _stated_of(force: InForce) -> dict[str, Text]:
    return {rule.code: Text(rule.public_reason.en, rule.public_reason.es) for rule in force.rules.active}
