"""Why trucks were decided as they were, in a sentence, for the rows of a board that somebody looks at.

A release is recorded without its reason, which a replay makes again: too dear to do for every truck of a border, and
cheap for many at once. So it is done in batches, beside the desk, and remembered of the last decisions.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date

import msgspec

from aforo.domain.text import Text
from aforo.flow.crossing_events import followed
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.override import NoDecisionError
from aforo.flow.replay import UNUSABLE, Logged, logged
from aforo.flow.told import lines_of_decisions

logger = logging.getLogger("aforo.flow")
#: Trucks whose reasons are worked out at once.
BATCH = 64


class _Line(msgspec.Struct):
    """What is wanted of a selection line."""

    decision: str
    reasons: Text


def work_out(crossings: Sequence[str], node: Node) -> None:
    """Work out the reasons of the last decisions of some crossings, as they were made, before what officers ordered
    over them, for the boards of a node to show. One whose documents are missing, or that cannot be read any more, has
    none."""
    for start in range(0, len(crossings), BATCH):
        part = crossings[start : start + BATCH]
        node.boards.reasons.put(_reasons([last for name in part if (last := _last(name, node)) is not None], node))


def reason_now(crossing: str, node: Node) -> Text | None:
    """The reason of the last decision of one crossing that is on a board now, who looks at which leaves no trace; None
    where it has none. Raises NoDecisionError, also where it is on no board: such a crossing is opened, to be read."""
    node.boards.look()
    last = _last(crossing, node) if node.boards.has(crossing) else None
    if last is None:
        raise NoDecisionError(crossing)
    return _reasons([last], node)[last.event_id]


def _last(crossing: str, node: Node) -> Logged | None:
    every = list(logged(followed(node.log.stream(stream_of(crossing)), node.log)))
    return every[-1] if every and isinstance(every[-1], Logged) else None


def _reasons(asked: Sequence[Logged], node: Node) -> dict[str, Text | None]:
    found: dict[str, Text | None] = {each.event_id: None for each in asked}
    groups: dict[tuple[str, date], list[Logged]] = {}
    for each in asked:
        if each.crossing_then.filed:
            groups.setdefault((each.decided.artefacts, each.at.date()), []).append(each)
    for same in groups.values():
        try:
            lines = lines_of_decisions(same, node)
        except UNUSABLE as missing:
            logger.warning("reasons could not be worked out: %s", type(missing).__name__)
            continue
        for line in lines:
            told = msgspec.json.decode(line, type=_Line)
            found[told.decision] = told.reasons
    return found
