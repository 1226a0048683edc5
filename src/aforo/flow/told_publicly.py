"""What a filer may know of a crossing: a status and its legal ground, the same whatever chose it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from aforo.domain.decision import Examination
from aforo.domain.event import Filed
from aforo.domain.text import Text
from aforo.flow.decided import NOBODY
from aforo.flow.earlier import amendment_of, filed_before, standing
from aforo.flow.journey import Screened
from aforo.flow.lines import publicly
from aforo.flow.node import Node
from aforo.flow.order import order_of, stands_over
from aforo.flow.replay import documents
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

Status = Literal["proceed", "examination", "cancelled"]


class Public(msgspec.Struct, frozen=True):
    """A crossing as its filer is told of it."""

    crossing: str
    status: Status
    reason: Text


def _public(
    crossing: str, examination: Examination, cancelled: bool, mandatory: Collection[str], grounds: Mapping[str, Text]
) -> Public:
    status: Status = "cancelled" if cancelled else "proceed" if examination == "release" else "examination"
    return Public(crossing, status, publicly(examination, cancelled, mandatory, grounds))


def told_of_new(screened: Screened, node: Node) -> dict[str, Public]:
    """By declaration, what the filers of a batch's new filings are told; not to be said before it is recorded."""
    verdicts, batch = screened.verdicts, screened.batch
    grounds = {rule.code: Text(rule.public_reason.en, rule.public_reason.es) for rule in node.force.rules.active}
    gone = set(np.flatnonzero(screened.decisions.speaker == NOBODY).tolist())
    examination = list(verdicts.examination)
    for c, old in batch.earlier.items():
        if old.overridden and (order := stands_over(old.overridden, verdicts.decision(c))) is not None:
            examination[c] = order.examination
            gone.discard(c)
    told = [
        _public(name, examination[c], c in gone, verdicts.mandatory.get(c, ()), grounds)
        for c, name in enumerate(batch.names)
    ]
    ids = screened.filings.table["declaration_id"].to_list()
    return {own: told[c] for own, c in zip(ids, batch.crossing[: len(ids)].tolist(), strict=True)}


def told_of_logged(filed: Mapping[str, StoredEvent], log: Log) -> dict[str, Public]:
    """The same of declarations that were filed before, by the last decision on their crossings and what was ordered
    over it."""
    streams = {event.event.stream for event in filed.values()}
    told = {stream: of_events(log.stream(stream), log) for stream in streams}
    return {own: public for own, event in filed.items() if (public := told[event.event.stream]) is not None}


def of_events(events: Sequence[StoredEvent], log: Log) -> Public | None:
    """The same of a crossing by the events of its stream; None where it was never decided."""
    decided, order = order_of(events)
    if decided is None:
        return None
    filings: list[Filed] = [filed for _, filed in filed_before(events, events[-1].event.version)]
    rules = documents(log, decided.artefacts, decided.code).rules.active
    return _public(
        events[0].event.stream.removeprefix("crossing/"),
        order.examination if order else decided.examination,
        order is None and not standing([amendment_of(each) for each in filings]),
        decided.mandatory,
        {rule.code: Text(rule.public_reason.en, rule.public_reason.es) for rule in rules},
    )
