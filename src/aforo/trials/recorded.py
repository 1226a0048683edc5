"""A rule tried on what the node has decided lately: its own record as a history, with what examinations have found."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from aforo.domain.event import Decided, Filed
from aforo.domain.table import LABEL_SCHEMA
from aforo.flow.earlier import as_decided
from aforo.flow.examinations import examinations
from aforo.flow.node import Node
from aforo.flow.recorded import columns_of
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.risk.features import FEATURES
from aforo.risk.rules import RuleDocument
from aforo.risk.rules.impact import Impact, impact
from aforo.trials.drafts import by_model, history_with

#: Events that are looked through, from the end of the log backwards, for each crossing that is asked for.
_EVENTS_A_CROSSING = 8


def impact_on_record(
    rule: RuleDocument, rate: float | None, crossings: int, node: Node, since: int = 0
) -> Impact | None:
    """What `rule` would have changed among the last crossings that the node decided, at most `crossings` of them and
    after position `since` of the log, judged with the model, the rules and the policy in force, at a rate of
    examination, or at theirs; None where it has decided none. It only reads."""
    filed: list[Filed] = []
    filed_at: list[datetime] = []
    features, labels, names = [], [], list[str]()
    ordered = dict[str, bool]()
    for stream in _last_decided(node.log, crossings, since):
        events = node.log.stream(stream)
        then = as_decided(events, len(FEATURES))
        if then is None or not then.stood or len(then.features) != len(then.stood):
            continue
        filed += then.filed
        filed_at += then.filed_at
        features.append(then.features)
        labels += [_label(events, then.decided)] * len(then.stood)
        names += [stream] * len(then.stood)
        ordered[stream] = then.decided.examination != "release"
    if not filed:
        return None
    order = sorted(range(len(filed)), key=lambda place: filed_at[place])
    table, _ = columns_of([filed[place] for place in order], [filed_at[place] for place in order])
    told = pl.DataFrame([labels[place] for place in order], schema=LABEL_SCHEMA, orient="row")
    force = node.force
    judged = by_model(table, np.concatenate(features)[order], force.risk, force.policy)
    history = history_with(rule, table, told, force.rules, judged, node.clock(), [names[place] for place in order])
    return impact(rule.code, history, sum(ordered.values()) / len(ordered) if rate is None else rate)


def _last_decided(log: Log, crossings: int, since: int) -> list[str]:
    after = max(since, log.position() - _EVENTS_A_CROSSING * crossings)
    streams: dict[str, None] = {}
    while events := log.read(after, types=[Decided.TYPE]):
        streams.update((stored.event.stream, None) for stored in events)
        after = events[-1].position
    return list(streams)[-crossings:]


def _label(events: list[StoredEvent], decided: Decided) -> tuple[object, ...]:
    """A row of LABEL_SCHEMA: what the crossing's last examination found."""
    made = examinations(events)
    if not made:
        return (False, decided.propensity / 1e9, None, None, None, None)
    outcome = made[-1].last.outcome
    return (
        True, decided.propensity / 1e9, outcome.violation, outcome.threat, outcome.severity, outcome.by_override,
    )  # fmt: skip
