"""A node takes in what other processes recorded on its log since it decided last.

It takes the events in as the process that recorded them did: a finding as it was reported then, and a correction of it
as a mark that the memory is outdated, which the next opening of the node mends.
"""

from __future__ import annotations

from collections.abc import Sequence

from aforo.domain.event import (
    ArtefactPromoted,
    Decided,
    Examined,
    Filed,
    LotteryCommitted,
    LotteryRevealed,
    Passed,
)
from aforo.flow.examinations import examinations, taught
from aforo.flow.node import Node
from aforo.flow.projection import learn_outcome, moves_price, price_after
from aforo.flow.recorded import columns_of
from aforo.log.stored import StoredEvent
from aforo.risk.columns import crossing_keys

#: What the projections of a node follow from, and what is in force.
TYPES: tuple[str, ...] = tuple(
    each.TYPE for each in (ArtefactPromoted, Decided, Examined, Filed, LotteryCommitted, LotteryRevealed, Passed)
)
#: Events that are read at once.
_PAGE = 10_000


def follow(node: Node, last: int) -> None:
    """Take in the events of TYPES behind the node's mark, up to position `last`. The decision lock must be held.

    Raises what the log raises: the node is then to be opened again.
    """
    node.log.database.settle(last)
    after, promoted = node.mark.position, list[StoredEvent]()
    while events := node.log.read(after, types=TYPES, limit=_PAGE):
        _take_in(events, node)
        promoted += [each for each in events if isinstance(each.payload, ArtefactPromoted)]
        after = events[-1].position
    if promoted:
        node.renew(node, promoted)
    if node.bridges is not None:
        node.bridges.catch_up()


def _take_in(events: Sequence[StoredEvent], node: Node) -> None:
    filed: list[tuple[Filed, StoredEvent]] = []
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Filed):
            filed.append((payload, stored))
        elif isinstance(payload, Examined):
            _observe(filed, node)
            _learn(stored, payload, node)
        elif isinstance(payload, Decided):
            if moves_price(payload) and node.shares_price(payload.artefacts):
                node.price = price_after(payload, node.price)
        elif isinstance(payload, Passed):
            node.passages.add(payload, node.revealed_days)
        elif isinstance(payload, LotteryCommitted):
            node.committed_days.add(payload.day)
        elif isinstance(payload, LotteryRevealed):
            node.revealed_days.add(payload.day)
            node.passages.forget(payload.day)
    _observe(filed, node)
    node.trucks.apply(events)


def _observe(filed: list[tuple[Filed, StoredEvent]], node: Node) -> None:
    """Have the memory take in declarations that were filed."""
    if not filed:
        return
    columns = columns_of([payload for payload, _ in filed], [stored.event.occurred_at for _, stored in filed])
    crossings = [stored.event.stream.removeprefix("crossing/") for _, stored in filed]
    node.memory.features(*columns, crossing_keys(crossings))
    filed.clear()


def _learn(stored: StoredEvent, examined: Examined, node: Node) -> None:
    """Have the memory learn a finding; a correction marks it as outdated, where it changes what was learnt."""
    own = stored.event
    before = [each for each in node.log.stream(own.stream) if each.event.version < own.version]
    if examined.corrects is None:
        learn_outcome(node.memory, before, examined)
        return
    known = next((e for e in examinations(before) if e.first.event.event_id == examined.corrects), None)
    node.outdated |= known is not None and taught(examined.outcome) != taught(known.last.outcome)
