"""One truck's whole story: its events as they lie in the log, its evidence term by term, its lot, and what was learnt.

What was learnt is shown by making the memory again from the log, once up to the examination and once with it, and by
asking both about the same parties' next load.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from aforo.demo.trucks import local
from aforo.domain.declaration import Declaration
from aforo.domain.event import Decided, Examined, Filed, LotteryCommitted
from aforo.domain.text import Text
from aforo.domain.threat import THREATS, Threat
from aforo.domain.units import MICRO, PPB
from aforo.flow.judge import judge
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.projection import NodeState, learn_outcome
from aforo.flow.recorded import columns_of
from aforo.flow.replay import logged, replay
from aforo.flow.selection import Selection
from aforo.log.stored import StoredEvent
from aforo.risk import artefacts
from aforo.risk.features import ENTITIES, INDEX
from aforo.risk.memory import Memory

#: The next load of the same parties is taken to be worth this much of this one's value: another load, much like it.
_NEXT_VALUE = 1.1


class Moment(msgspec.Struct, frozen=True):
    """One event of the truck: where it lies in the log, and when it happened on the port's clock."""

    type: str
    position: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    origin: str


class Step(msgspec.Struct, frozen=True):
    """One signed piece of evidence, in millionths of log-odds."""

    source: str
    code: str
    micro_log_odds: int


class Case(msgspec.Struct, frozen=True):
    """One threat: base + Σ steps = total, exactly, in millionths of log-odds; `probability` is that of the total."""

    threat: Threat
    base: int
    steps: tuple[Step, ...]
    total: int
    probability: float


class Lot(msgspec.Struct, frozen=True):
    """What the lottery drew: the truck is in the control sample where `lot` is below `chance` (both fractions).

    `commitment` is the SHA-256 of the day's key, which lies in the log at `committed_at`, before the day's decisions.
    """

    day: date
    zone: str
    pool: str
    lot: float
    chance: float
    drawn: bool
    commitment: str
    committed_at: int


class Learnt(msgspec.Struct, frozen=True):
    """What the examination taught: what the memory of each party says (log-odds), and the probability of any threat
    for their next load, before and after."""

    parties: tuple[tuple[str, float, float], ...]
    next_before: float
    next_after: float


class Story(msgspec.Struct, frozen=True):
    """`learnt` is None where the truck was not examined; `differences` is empty where the replay gave the same bits.
    `declared` is without its parties' identifiers; `sealed` names the fields that are kept under their persons' keys,
    and are not shown."""

    crossing_id: str
    declaration_id: str
    port: str
    bridge: str
    zone: str
    declared: Declaration
    sealed: tuple[str, ...]
    moments: tuple[Moment, ...]
    cases: tuple[Case, ...]
    probability: float
    value: float
    price: float
    examination: str
    basis: str | None
    mandatory: tuple[str, ...]
    lot: Lot
    reasons: Text
    public_reason: Text
    violation: bool | None
    threat: Threat | None
    learnt: Learnt | None
    decision: str
    differences: tuple[tuple[str, str, str], ...]


def hero(answers: Sequence[Selection], found: dict[str, bool]) -> Selection:
    """The truck whose story is told: of the finds the likeliest that value chose; failing that the likeliest find, the
    likeliest examined, the likeliest of all."""
    return max(
        answers,
        key=lambda each: (
            each.basis is not None and found[each.declaration_id],
            each.basis is not None,
            each.basis == "priced",
            each.probability,
            each.crossing_id,
        ),
    )


def tell(answer: Selection, node: Node, model: Path) -> Story:
    """The story of a crossing from the log of a node; `answer` is what was answered to its filing."""
    stream = stream_of(answer.crossing_id)
    events = node.log.stream(stream)
    filed = next(payload for event in events if isinstance(payload := event.payload, Filed))
    decided = next(payload for event in events if isinstance(payload := event.payload, Decided))
    examined = next((event for event in events if isinstance(event.payload, Examined)), None)
    outcome = examined.payload.outcome if examined and isinstance(examined.payload, Examined) else None
    fields = filed.declaration
    (replayed,) = replay(list(logged(events))[-1:], node.log, node.force.code)
    return Story(
        crossing_id=answer.crossing_id,
        declaration_id=answer.declaration_id,
        port=fields["port"],
        bridge=fields["bridge"],
        zone=local(events[0].event.occurred_at, fields["port"])[1],
        declared=_declared(fields, events[0].event.occurred_at),
        sealed=tuple(filed.sealed or ()),
        moments=tuple(_moment(event, fields["port"]) for event in events),
        cases=_cases(answer),
        probability=answer.probability,
        value=answer.value,
        price=answer.price,
        examination=answer.examination,
        basis=answer.basis,
        mandatory=decided.mandatory,
        lot=_lot(decided, node),
        reasons=answer.reasons,
        public_reason=answer.public_reason,
        violation=outcome.violation if outcome else None,
        threat=outcome.threat if outcome else None,
        learnt=_learnt(events, filed, examined, node, model) if examined else None,
        decision=answer.decision,
        differences=replayed.differences,
    )


def _declared(fields: dict[str, Any], filed_at: datetime) -> Declaration:
    """What was filed, in the fields that are recorded in clear, without the identifiers of parties."""
    own = {name: value for name, value in fields.items() if name == "declaration_id" or not name.endswith("_id")}
    return Declaration(filed_at=filed_at, **own)


def _moment(stored: StoredEvent, port: str) -> Moment:
    event = stored.event
    occurred_at, _ = local(event.occurred_at, port)
    recorded_at, _ = local(event.recorded_at, port)
    return Moment(event.type, stored.position, occurred_at, recorded_at, event.actor, event.origin)


def _cases(answer: Selection) -> tuple[Case, ...]:
    """The threats, the likeliest first."""
    cases = []
    for threat in THREATS:
        line = answer.threats[threat]
        base = round(line.base * MICRO)
        steps = tuple(Step(each.source, each.code, round(each.log_odds * MICRO)) for each in line.evidence)
        total = base + sum(step.micro_log_odds for step in steps)
        cases.append(Case(threat, base, steps, total, line.probability))
    return tuple(sorted(cases, key=lambda case: -case.total))


def _lot(decided: Decided, node: Node) -> Lot:
    (committed,) = node.log.stream(f"artefact/lottery/{decided.day}")[:1]
    payload = committed.payload
    assert isinstance(payload, LotteryCommitted)
    return Lot(
        payload.day,
        decided.zone,
        decided.stratum,
        decided.lot / PPB,
        decided.control_propensity / PPB,
        decided.control,
        payload.commitment,
        committed.position,
    )


def _learnt(events: Sequence[StoredEvent], filed: Filed, examined: StoredEvent, node: Node, model: Path) -> Learnt:
    """What the memory says of the parties just before and just after the examination entered the log."""
    state = NodeState(node.force.hash, artefacts.load(model).memory(), node.price, 0, node.log.stream)
    after_position = 0
    while part := node.log.read(after_position, types=state.types):
        state.apply([event for event in part if event.position < examined.position])
        after_position = part[-1].position
        if after_position >= examined.position:
            break
    dumped = state.memory.dump()
    before, after = Memory.load(dumped), Memory.load(dumped)
    payload = examined.payload
    assert isinstance(payload, Examined)
    learn_outcome(after, events, payload)
    table, identities = columns_of([filed], [examined.event.occurred_at])
    table = table.with_columns(pl.col("value_usd") * _NEXT_VALUE)
    force = node.force
    rows = [memory.features(table, identities) for memory in (before, after)]
    odds = [
        int(judge(table, row, force.risk, force.rules, force.policy, examined.event.recorded_at).probability_ppb[0])
        for row in rows
    ]
    parties: list[tuple[str, float, float]] = []
    for kind in ENTITIES:
        if identities[kind][0]:
            was, now = (float(np.nan_to_num(row[0, INDEX[f"{kind}.shift"]])) for row in rows)
            parties.append((kind, round(was, 4), round(now, 4)))
    return Learnt(tuple(parties), odds[0] / PPB, odds[1] / PPB)
