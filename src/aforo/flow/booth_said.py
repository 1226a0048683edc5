"""What a booth is answered: one instruction, in both languages, and what is told of an act that came late."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aforo.domain.booth import BoothInstructed
from aforo.domain.decision import STRICTNESS, Examination
from aforo.domain.edge import FactEffect
from aforo.domain.event import Filed
from aforo.domain.text import Text, catalogue
from aforo.flow.booth import Done
from aforo.flow.booth_list import GOOD_FOR
from aforo.flow.booth_words import going_to, reason, who_is_needed
from aforo.flow.crossing_events import followed
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.queueing import as_ordered, place_of
from aforo.flow.replay import UNUSABLE
from aforo.flow.selection import Selection
from aforo.flow.told import recalled
from aforo.log.stored import StoredEvent


class Instruction(msgspec.Struct, frozen=True):
    """What the driver is told, or was. `at` is when, `recorded_at` when the node heard of it, `late` whether that was
    later; `repeated` says that the truck had arrived before, `again` that this very act was recorded before.

    `where` is where to go, `reason` why, in words for an officer; `who` is who must be there too. `candidates` are the
    other crossings that it may be by what was typed. Of an act that came late, `would` is what the node had ordered,
    where that is something else; `contradiction` tells it in words, and `alerted` that an alert was raised. `said_at`
    is what the clock of the booth said, where it is doubted.
    """

    act: str
    bridge: str
    at: datetime
    recorded_at: datetime
    late: bool
    again: bool
    repeated: bool
    known: bool
    crossing_id: str | None
    candidates: list[str]
    instruction: Examination
    hold: bool
    where: Text
    reason: Text
    who: Text | None
    list_at: datetime | None = None
    would: Examination | None = None
    contradiction: Text | None = None
    alerted: bool = False
    effects: list[FactEffect] = []
    said_at: datetime | None = None


def instruction_of(done: Done, bridge: str, node: Node) -> Instruction:
    """The answer to an act."""
    event, said = done.stored.event, done.stored.payload
    assert isinstance(said, BoothInstructed), "this is an act at a booth"
    order = said.instruction
    resource, why = None, reason(said.reason, to_do=order if said.reason == "booth_from_list" else None)
    if said.crossing is not None:
        events = followed(node.log.stream(stream_of(said.crossing)), node.log)
        decided, over = order_of(events)
        standing = as_ordered(decided, over)
        if standing is not None and standing.examination == order:
            resource = place_of(standing)
        if said.reason == "booth_ordered":
            why = _officers_reason(events, node) or why
    return Instruction(
        event.event_id, bridge, event.occurred_at, event.recorded_at, said.list_at is not None, done.known,
        done.arrived_before, said.crossing is not None, said.crossing, list(said.candidates), order, order == "hold",
        going_to(order, resource), why, who_is_needed(order), said.list_at, said.would,
        _contradiction(said, event.occurred_at), done.alerted, list(said.effects), event.said_at,
    )  # fmt: skip


def _contradiction(said: BoothInstructed, at: datetime) -> Text | None:
    """In words, that the booth told another thing, at an instant, than the node had ordered or its list can say."""
    words = catalogue("aforo.flow")
    if said.list_at is None:
        return None
    told = words.template(f"option_{said.instruction}")
    if "not_among" in said.effects:
        return words.say("booth_late_not_among", told=told, crossing=said.crossing or "")
    if said.crossing is None:
        return words.template("booth_late_unknown") if said.instruction == "release" else None
    if said.would is None:
        if "order_withheld" in said.effects:
            return words.template("booth_late_not_listed")
        old = said.instruction == "release" and at - said.list_at > GOOD_FOR
        return words.template("booth_late_old_list") if old else None
    fields = {"told": told, "would": words.template(f"option_{said.would}")}
    if "order_withheld" in said.effects:
        return words.say("booth_late_withheld", **fields)
    if said.would == "hold" and said.instruction == "release":
        return words.say("booth_late_hold", **fields)
    laxer = STRICTNESS[said.instruction] < STRICTNESS[said.would]
    return words.say("booth_late_laxer" if laxer else "booth_late_stricter", **fields)


def _officers_reason(events: list[StoredEvent], node: Node) -> Text | None:
    """The reason of what is ordered, as the selection has it for officers; None where its documents are not at hand."""
    filed = next((each for each in events if isinstance(each.payload, Filed)), None)
    if filed is None:
        return None
    own = filed.event.data["declaration"]["declaration_id"]
    try:
        lines = recalled({own: filed}, node)
    except UNUSABLE:
        return None
    return msgspec.json.decode(lines[0], type=Selection).reasons if lines else None
