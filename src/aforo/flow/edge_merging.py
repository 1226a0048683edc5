"""A node takes in what an edge hands in: facts that happened there, each with what follows from it, once.

A fact and what follows from it in its crossing are one transaction; the stream of an edge's facts has its leaves in
their order, so that what is sent again, late or in pieces says nothing twice.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta

from aforo.domain.clock import is_valid
from aforo.domain.edge import (
    EdgeAttested,
    EdgeFact,
    EdgeMatched,
    EdgeOrdered,
    EdgeReadings,
    EdgeScannerLog,
    FactEffect,
)
from aforo.domain.event import Event, new_event
from aforo.domain.input_refusal import InputRowsRefused
from aforo.domain.scanner import ScannerRowsRefused
from aforo.flow.alert_rules import in_force
from aforo.flow.alerts import Raise
from aforo.flow.alerts import events_of as alert_events
from aforo.flow.edge_book import EdgeBook, Seen, fact_stream, said, visit_of, visit_stream
from aforo.flow.edge_crossing import AHEAD, Merging
from aforo.flow.edge_enrolled import Edge, EdgeRefusedError, edges, key_stream
from aforo.flow.edge_expected import Expecting
from aforo.flow.edge_handing import HandedIn, HandIn, check_signed
from aforo.flow.edge_matching import matched
from aforo.flow.edge_proof import OrderCheck, OrderCredentials
from aforo.flow.edge_telemetry import take_readings, take_refused, take_scanner_log
from aforo.flow.node import Node
from aforo.flow.open_trucks import FORGOTTEN_S
from aforo.flow.projection import learn_outcome
from aforo.log import checkpoint
from aforo.log.ids import event_id
from aforo.log.merkle import leaf_hash
from aforo.log.note import NoteError
from aforo.log.stored import StoredEvent


def take_in(
    handed: HandIn,
    edge: Edge,
    book: EdgeBook,
    expecting: Expecting,
    node: Node,
    actor: str,
    credentials: OrderCredentials,
) -> HandedIn:
    """Take in a hand-in; durable when this returns. What comes before its turn is not taken: the cursor says what is.

    Raises EdgeRefusedError where the edge is still to be confirmed, it is not signed by the edge, contradicts what was
    handed in before, or its checkpoint is over something else; ConcurrencyError, with what was taken before it
    recorded.
    """
    if edge.pending:
        raise EdgeRefusedError("edge_pending")
    book.catch_up()
    own = book.of_edge(edge.origin)
    try:
        hashes = check_signed(handed, edge.key)
    except NoteError:
        raise EdgeRefusedError("edge_unsigned") from None
    if handed.first > own.cursor:
        return HandedIn(own.cursor, 0, len(book.unmatched))
    known = min(own.cursor - handed.first, len(hashes))
    _refuse_fork(handed, hashes[:known], book)
    fresh = handed.bodies[known:]
    note = _attested(handed, hashes[known:], edge, book)
    check = OrderCheck(edge, credentials)
    for body in fresh:
        if edge.retired:
            _keep(body, edge, book, expecting, node, actor)
        else:
            _take(body, check, book, expecting, node, actor)
    if note:
        _attest(edge, note, book, node, actor)
    rematch(book, expecting, node, credentials)
    return HandedIn(own.cursor, len(fresh), len(book.unmatched))


def _key(edge: str, leaf: int) -> str:
    return f"edge-fact:{edge}:{leaf}"


def _refuse_fork(handed: HandIn, hashes: Sequence[bytes], book: EdgeBook) -> None:
    keys = [_key(handed.edge, handed.first + place) for place in range(len(hashes))]
    found = book.log.find(keys)
    for key, wanted in zip(keys, hashes, strict=True):
        fact = found[key].payload
        if not isinstance(fact, EdgeFact) or leaf_hash(fact.body.encode()) != wanted:
            raise EdgeRefusedError("edge_forked")


def _attested(handed: HandIn, fresh: Sequence[bytes], edge: Edge, book: EdgeBook) -> str:
    """The checkpoint of a hand-in, where it is over what the node will have; empty where none was sent."""
    if not handed.checkpoint:
        return ""
    tree = book.of_edge(edge.origin).tree.copy()
    tree.extend(fresh)
    try:
        signed = checkpoint.opened(handed.checkpoint, edge.key)
    except NoteError:
        raise EdgeRefusedError("edge_unsigned") from None
    if signed.size != tree.size:
        return ""  # it is of a part that was handed in before, or of more than this
    if signed.root != tree.root():
        raise EdgeRefusedError("edge_tree")
    return handed.checkpoint


def _attest(edge: Edge, note: str, book: EdgeBook, node: Node, actor: str) -> None:
    tree, stream, at = book.of_edge(edge.origin).tree, f"edge-tree/{edge.origin}", node.clock()
    version = node.log.versions([stream]).get(stream, 0) + 1
    payload = EdgeAttested(tree.size, note, base64.b64encode(tree.dump()).decode())
    key = f"edge-tree:{edge.origin}:{tree.size}"
    node.log.append(
        [
            new_event(
                event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=actor,
                idempotency_key=key, origin=node.origin,
            )
        ]
    )  # fmt: skip


def _take(body: str, check: OrderCheck, book: EdgeBook, expecting: Expecting, node: Node, actor: str) -> None:
    """Record one leaf as a fact, with what follows from it."""
    edge = check.edge
    own, at = book.of_edge(edge.origin), node.clock()
    told = said(body)
    visit = "" if told is None else visit_of(told.event)
    crossing: str | None = None
    effects: tuple[FactEffect, ...] = ("unreadable",) if told is None else ()
    identifier = event_id(at)
    merging: Merging | None = None
    if told is not None and isinstance(device := told.payload, EdgeReadings):
        effects = take_readings(device, told.event, edge, expecting.key, node)
    elif told is not None and isinstance(device, EdgeScannerLog):
        effects = take_scanner_log(device, told.event, edge, expecting.key, node)
    elif told is not None and isinstance(device, InputRowsRefused | ScannerRowsRefused):
        effects = take_refused(device, told.event, edge, node)
    if told is not None and visit:
        seen = book.visit(edge.origin, visit) or Seen(edge.origin, visit, at)
        crossing = matched(seen, told, book, expecting, node)
        if crossing is None:
            effects = ("unmatched",)
        else:
            merging = Merging(crossing, seen, node, expecting.key, identifier, own.bundle_at, check)
            # Facts that found no crossing before come first: they are of the same truck.
            before = [] if seen.crossing is not None else seen.facts
            for each in (*before, told):
                merging.take(each)
            effects = tuple(dict.fromkeys(merging.effects))
    happened = _happened(told, at)
    append(
        _fact(identifier, EdgeFact(body, visit, crossing, effects), edge, own.cursor, happened, node, actor),
        merging,
        node,
    )
    book.catch_up()


def _keep(body: str, edge: Edge, book: EdgeBook, expecting: Expecting, node: Node, actor: str) -> None:
    """Record one leaf of a retired edge as a fact, from which nothing follows but an order that raises: when it
    happened is its clock's word alone, and its key may be in other hands. A supervisor is told once."""
    own, at = book.of_edge(edge.origin), node.clock()
    told, identifier = said(body), event_id(at)
    visit = "" if told is None else visit_of(told.event)
    effects: tuple[FactEffect, ...] = ("edge_retired",)
    crossing: str | None = None
    merging: Merging | None = None
    if told is not None and visit and isinstance(told.payload, EdgeOrdered):
        seen = book.visit(edge.origin, visit) or Seen(edge.origin, visit, at)
        crossing = matched(seen, told, book, expecting, node)
        if crossing is not None:
            merging = Merging(crossing, seen, node, expecting.key, identifier, own.bundle_at)
            merging.take(told)
            effects += tuple(dict.fromkeys(merging.effects))
    happened = _happened(told, at)
    event = _fact(identifier, EdgeFact(body, visit, crossing, effects), edge, own.cursor, happened, node, actor)
    append(event, merging, node, _retired_raise(edge, identifier, at, node))
    book.catch_up()


def _retired_raise(edge: Edge, cause: str, at: datetime, node: Node) -> list[Raise]:
    """The alert that a retired edge still hands in, unless it was raised."""
    stream, about = key_stream(edge.origin), f"{edge.origin}/retired"
    if node.log.find([f"alert:edge_withheld:{stream}:{about}"]):
        return []
    return [Raise("edge_withheld", stream, about, at, cause, node.log.versions([stream])[stream])]


def _happened(told: StoredEvent | None, at: datetime) -> datetime:
    """When a leaf that is handed in `at` says that it happened; `at` where it says nothing that an input may name, or
    what is ahead of this node's clock. The leaf itself is kept as it is."""
    if told is None or not is_valid(told.event.occurred_at):
        return at
    return told.event.occurred_at if told.event.occurred_at - at <= AHEAD else at


def _fact(identifier: str, fact: EdgeFact, edge: Edge, leaf: int, happened: datetime, node: Node, actor: str) -> Event:
    at = node.clock()
    return new_event(
        identifier, fact, fact_stream(edge.origin), leaf + 1, occurred_at=happened, recorded_at=at, actor=actor,
        reported_at=at, idempotency_key=_key(edge.origin, leaf), origin=node.origin,
    )  # fmt: skip


def rematch(book: EdgeBook, expecting: Expecting, node: Node, credentials: OrderCredentials) -> int:
    """Look again for the crossings of visits at a port that had none when they were handed in; how many were found.

    Raises ConcurrencyError, with what was found before it recorded.
    """
    found = 0
    waiting = list(book.catch_up().unmatched)
    here = {name: edge for name, edge in edges(node.log).items() if edge.port == expecting.port} if waiting else {}
    if waiting:
        expecting.trucks()  # one look at the log for all of them
    oldest = node.clock() - timedelta(seconds=FORGOTTEN_S)
    for key in waiting:
        seen = book.visits.get(key)
        if seen is None or seen.edge not in here or (seen.at or oldest) < oldest:
            continue
        # A visit without an arrival may name the decision that it is of; any other is known by its marks alone.
        if seen.arrived is not None and not expecting.heard((*seen.arrived.marks, seen.arrived.number, seen.visit)):
            continue
        crossing = matched(seen, seen.facts[-1], book, expecting, node)
        if crossing is None:
            continue
        at = node.clock()
        identifier = event_id(at)
        edge, bundle_at = here[seen.edge], book.of_edge(seen.edge).bundle_at
        check = None if edge.retired else OrderCheck(edge, credentials)
        merging = Merging(crossing, seen, node, expecting.key, identifier, bundle_at, check)
        for each in seen.facts:
            # From an edge that was retired since nothing follows but an order that raises, as when it hands in.
            if check is not None or isinstance(each.payload, EdgeOrdered):
                merging.take(each)
        stream = visit_stream(seen.edge, seen.visit)
        payload = EdgeMatched(seen.edge, seen.visit, crossing, tuple(dict.fromkeys(merging.effects)))
        event = new_event(
            identifier, payload, stream, 1, occurred_at=at, recorded_at=at, actor=node.actor,
            idempotency_key=stream, origin=node.origin,
        )  # fmt: skip
        append(event, merging, node)
        book.catch_up()
        found += 1
    return found


def append(event: Event, merging: Merging | None, node: Node, raises: Sequence[Raise] = ()) -> None:
    """One transaction, with the alerts of `raises` beside those of the merging; then the node's memory and indexes take
    it in."""
    every = [*raises, *(merging.raises if merging is not None else ())]
    rules = in_force(node.log) if every else None
    alerts = alert_events(every, rules, node.clock(), node.actor, node.origin) if rules else []
    node.log.append([event, *(merging.made if merging is not None else ()), *alerts])
    if merging is None:
        return
    name = merging.stream.removeprefix("crossing/")
    if merging.left:
        node.trucks.close(name)
    for before, examined in merging.learnt:
        learn_outcome(node.memory, before, examined)
    node.outdated |= merging.outdated
    for passed in merging.passages:
        node.passages.add(passed, node.revealed_days)
