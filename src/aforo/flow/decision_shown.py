"""One decision as an officer or an auditor sees it: its evidence and price, the documents that it names, and whether it
can be made again."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aforo.domain.decision import Examination
from aforo.domain.event import Decided
from aforo.domain.routed import DecisionStage, Routed
from aforo.flow.node import Node
from aforo.flow.replay import UNUSABLE, Logged, artefact_set_of, logged, replay
from aforo.flow.selection import Selection
from aforo.flow.shown import ShownListed, shown_listed
from aforo.flow.told import lines_of_decision


class Artefacts(msgspec.Struct, frozen=True):
    """The SHA-256, in hex, of each document that went into a decision; `set` is that of the list of them. `prices` and
    `ports` are the indexes of the price tables and of the port documents, null without any."""

    set: str
    model: str
    combiner: str
    rules: str
    policy: str
    plan: str
    memory: str
    prices: str | None = None
    ports: str | None = None


class Difference(msgspec.Struct, frozen=True):
    """A field of a decision that comes out otherwise today."""

    field: str
    was: str
    now: str


class ReplayVerdict(msgspec.Struct, frozen=True):
    """Whether a decision, made again with the code of today, is the same to the bit, and what differs if it is not."""

    equal: bool
    code: str
    differences: list[Difference]


class ShownDecision(msgspec.Struct, frozen=True):
    """A decision as it was made, before what officers ordered over it.

    `selection` has a line for each declaration that stood then, with evidence, price and propensity; it is empty where
    the crossing was cancelled, or a document is missing (`artefacts` is null where that is the list itself). `position`
    is its place in the log; `superseded` says that a later decision took its place. `listed` are parties that are, or
    may be, on a list. `stage`, `bridge` and `routing` are of a decision by the price of a bridge's minutes: when it was
    made, for which bridge, and all the numbers that went in.
    """

    decision: str
    crossing_id: str
    decided_at: datetime
    position: int
    superseded: bool
    examination: Examination
    selection: list[Selection]
    artefacts: Artefacts | None
    code: str
    listed: list[ShownListed] = []
    replay: ReplayVerdict | None = None
    stage: DecisionStage | None = None
    bridge: str = ""
    routing: Routed | None = None


def show_decision(event_id: str, node: Node, *, replayed: bool = False) -> ShownDecision | None:
    """The decision of this event; None where the log has none. Reads, and writes nothing."""
    stored = node.log.event(event_id)
    if stored is None or stored.event.type != Decided.TYPE:
        return None
    decided = stored.payload
    assert isinstance(decided, Decided)
    events = node.log.stream(stored.event.stream)
    found = next(each for each in logged(events) if each.event_id == event_id)
    try:
        names = artefact_set_of(node.log, decided.artefacts)
        artefacts = Artefacts(
            decided.artefacts, names.model, names.combiner, names.rules, names.policy, names.plan, names.memory,
            names.prices or None, names.ports or None,
        )  # fmt: skip
        lines = lines_of_decision(found, node) if isinstance(found, Logged) else []
    except UNUSABLE:
        artefacts, lines = None, []
    verdict = None
    if replayed:
        (made,) = replay([found], node.log, node.force.code)
        verdict = ReplayVerdict(not made.differences, node.force.code, [Difference(*each) for each in made.differences])
    return ShownDecision(
        event_id,
        stored.event.stream.removeprefix("crossing/"),
        stored.event.recorded_at,
        stored.position,
        any(each.event.type == Decided.TYPE and each.event.version > stored.event.version for each in events),
        decided.examination,
        [msgspec.json.decode(line, type=Selection) for line in lines],
        artefacts,
        decided.code,
        shown_listed(found.crossing_then, node) if isinstance(found, Logged) else [],
        verdict,
        decided.stage,
        decided.bridge,
        None if decided.routing is None else decided.routing.nameless(),
    )
