"""A decision explained: its evidence by threat, the options that were weighed, and what is otherwise than before.

For officers and auditors; nothing of it is a carrier's to see.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from aforo.domain.decision import Basis, Examination
from aforo.domain.event import Decided
from aforo.domain.routed import DecisionStage
from aforo.domain.threat import THREATS, Threat
from aforo.domain.units import PPB
from aforo.flow.node import Node
from aforo.flow.options_weighed import WeighedOption, weighed_options
from aforo.flow.replay import UNUSABLE, Logged, documents, logged
from aforo.flow.waterfall import Waterfall, waterfalls
from aforo.routing.rate import NANOMINUTES


class MovedThreat(msgspec.Struct, frozen=True):
    """The log-odds of a threat, in millionths, at the decision before and at this one."""

    threat: Threat
    was: int
    now: int


class Before(msgspec.Struct, frozen=True):
    """The decision before, and what moved since then."""

    decision: str
    examination: Examination
    basis: Basis | None
    threats: list[MovedThreat]


class ExplainedDecision(msgspec.Struct, frozen=True):
    """A decision and why it was made. `log_odds` are those that were recorded, by threat in millionths: the sum of the
    waterfall that speaks. `value` and `price` are in truck-minutes. `readable` is false where a document that the
    decision names is missing or changed, or a simulation made it: then there is neither waterfall nor option. `options`
    is empty where no bridge's price was asked.
    """

    decision: str
    crossing_id: str
    decided_at: datetime
    examination: Examination
    basis: Basis | None
    kept: bool
    mandatory: tuple[str, ...]
    control: bool
    control_propensity: float
    propensity: float
    value: float
    price: float
    stage: DecisionStage | None
    bridge: str
    log_odds: dict[Threat, int]
    readable: bool
    waterfalls: list[Waterfall]
    options: list[WeighedOption]
    before: Before | None


def explain(event_id: str, node: Node) -> ExplainedDecision | None:
    """The explanation of the decision of this event; None where the log has none. Reads, and writes nothing."""
    stored = node.log.event(event_id)
    if stored is None or not isinstance(decided := stored.payload, Decided):
        return None
    crossing = stored.event.stream.removeprefix("crossing/")
    known = [each for each in logged(node.log.stream(stored.event.stream)) if isinstance(each, Logged)]
    place = next((at for at, each in enumerate(known) if each.event_id == event_id), None)
    own = None if place is None else known[place]
    falls: list[Waterfall] = []
    options: list[WeighedOption] = []
    readable = own is not None
    if own is not None:
        try:
            force = documents(node.log, decided.artefacts, node.force.code)
            falls = waterfalls(own, force, node.keys) if own.crossing_then.filed else []
            options = weighed_options(crossing, decided, force.prices)
        except UNUSABLE:
            readable, falls, options = False, [], []
    return ExplainedDecision(
        event_id,
        crossing,
        stored.event.recorded_at,
        decided.examination,
        decided.basis,
        decided.kept,
        decided.mandatory,
        decided.control,
        decided.control_propensity / PPB,
        decided.propensity / PPB,
        decided.value / NANOMINUTES,
        decided.price / NANOMINUTES,
        decided.stage,
        decided.bridge,
        {} if own is None else dict(zip(THREATS, own.assessed.log_odds, strict=False)),
        readable,
        falls,
        options,
        None if own is None or not place else _before(known[place - 1], own),
    )


def _before(was: Logged, now: Logged) -> Before:
    odds = zip(THREATS, was.assessed.log_odds, now.assessed.log_odds, strict=False)
    threats = [MovedThreat(*each) for each in odds]
    return Before(was.event_id, was.decided.examination, was.decided.basis, threats)
