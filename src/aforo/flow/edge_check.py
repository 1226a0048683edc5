"""What an edge handed in, verified from the node's log alone: its leaves, its checkpoints, the lots that it drew."""

from __future__ import annotations

import base64
from datetime import date

import msgspec

from aforo.domain.edge import EdgeArrived, EdgeAttested, EdgeFact
from aforo.flow.edge_book import fact_stream, said
from aforo.flow.edge_enrolled import Edge
from aforo.flow.lots import lotteries
from aforo.log import checkpoint
from aforo.log.merkle import Frontier, leaf_hash
from aforo.log.note import NoteError
from aforo.log.store import Log
from aforo.risk import lottery


class EdgeCheck(msgspec.Struct, frozen=True):
    """What was found of an edge: its leaves, how many of them are under checkpoints that it signed, checkpoints that
    are not over these leaves or not signed, lots drawn, how many of them could be drawn again (their days' keys are
    published), and the visits whose lots are others."""

    edge: str
    leaves: int
    attested: int
    bad_checkpoints: list[int]
    lots: int
    lots_checked: int
    lots_wrong: list[str]

    @property
    def good(self) -> bool:
        """Whether nothing was found."""
        return not self.bad_checkpoints and not self.lots_wrong


def check_edge(edge: Edge, log: Log) -> EdgeCheck:
    """Verify what an edge handed in."""
    attested: dict[int, EdgeAttested] = {}
    for stored in log.stream(f"edge-tree/{edge.origin}"):
        if isinstance(payload := stored.payload, EdgeAttested):
            attested[payload.size] = payload
    _, revealed = lotteries(log)
    keys = {day: lottery.port_key(bytes.fromhex(key), edge.port) for day, key in revealed.items()}
    tree, good, bad, wrong = Frontier(), 0, [], []
    lots = checked = 0
    for stored in log.stream(fact_stream(edge.origin)):
        fact = stored.payload
        assert isinstance(fact, EdgeFact)
        tree.extend([leaf_hash(fact.body.encode())])
        if tree.size in attested:
            if _holds(attested[tree.size], tree, edge):
                good = tree.size
            else:
                bad.append(tree.size)
        told = said(fact.body)
        arrived = None if told is None else told.payload
        if not isinstance(arrived, EdgeArrived) or arrived.lot is None:
            continue
        lots += 1
        key = keys.get(date.fromisoformat(arrived.day))
        if key is not None:
            checked += 1
            drawn = lottery.draw(key, int(arrived.subject, 16), edge.port, arrived.passages)
            if drawn != arrived.lot or arrived.control != (drawn < arrived.control_propensity):
                wrong.append(fact.visit)
    bad += [size for size in attested if size > tree.size]
    return EdgeCheck(edge.origin, tree.size, good, bad, lots, checked, wrong)


def _holds(said: EdgeAttested, tree: Frontier, edge: Edge) -> bool:
    try:
        signed = checkpoint.opened(said.note, edge.key)
    except NoteError:
        return False
    kept = base64.b64encode(tree.dump()).decode()
    return (signed.size, signed.root, said.frontier) == (tree.size, tree.root(), kept)
