"""A node and an edge in one process, with the link between them in the test's hand."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from journeys import NOW as NOW
from journeys import Clock, Post

from aforo.flow.edge_book import EdgeBook
from aforo.flow.edge_bundle import InForce, Signed
from aforo.flow.edge_enrolled import Edge, enrol
from aforo.flow.edge_expected import Expecting
from aforo.flow.edge_handing import HandedIn, HandIn, hand_in
from aforo.flow.edge_issuing import Asked, commit_to_days, issue, stated_of
from aforo.flow.edge_merging import take_in
from aforo.flow.edge_node import EdgeNode, Place
from aforo.flow.node import Node
from aforo.log import merkle
from aforo.log.kept_file import KeptFile
from aforo.log.keys import KeyStore
from aforo.log.note import Signer
from aforo.log.sequencer import sequence
from aforo.log.store import Log

PORT = "2304"


@dataclass
class Bridge:
    """An edge's files, opened as often as a test wants."""

    folder: Path
    clock: Clock
    node_log: Log
    bridge: str = "World Trade"

    @contextmanager
    def edge(self) -> Iterator[EdgeNode]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (
            closing(KeyStore(self.folder / "keys.sqlite")) as keys,
            Log.open(f"sqlite:///{self.folder / 'log.sqlite'}", keys, synchronous="OFF", clock=self.clock) as log,
        ):
            pinned = self.node_log.keys.signing.first(self.node_log.origin)
            yield EdgeNode(log, Place(PORT, self.bridge, pinned), KeptFile(self.folder / "bundle.json"))


class Cut:
    """The node, the edge, and what the node keeps of it."""

    def __init__(self, node: Node, edge: EdgeNode) -> None:
        self.node, self.edge = node, edge
        self.expecting = Expecting(node.log, PORT, lambda: stated_of(node.force))
        self.book = EdgeBook(node.log)

    def enrol(self) -> Edge:
        key = self.edge.log.keys.signing.current(self.edge.log.origin).verifier.text
        return enrol(self.node.log, PORT, self.edge.place.bridge, key, "port token")

    def issue(self, nonce: str = "") -> Signed:
        """What the node answers when the edge asks for its bundle."""
        edge = self.enrol()
        commit_to_days(PORT, self.node)
        force = self.edge.force
        since, last = (None, "") if force is None else (force.bundle.position, force.bundle.last)
        return issue(edge, Asked(nonce, since, last), self.expecting, self.node)

    def connect(self) -> InForce:
        """The edge asks for a bundle and takes it."""
        return self.edge.take(self.issue("n-1"), "n-1")

    def hand_in(self, first: int | None = None, most: int = 500) -> HandIn | None:
        """What the edge has to hand in from what the node has on."""
        sequence(self.edge.log)
        cursor = self.book.catch_up().of_edge(self.edge.log.origin).cursor
        return hand_in(self.edge.log, cursor if first is None else first, most)

    def take_in(self, handed: HandIn) -> HandedIn:
        return take_in(handed, self.enrol(), self.book, self.expecting, self.node, "port token")

    def reconcile(self, most: int = 500) -> None:
        """Everything is handed in, in pieces."""
        while (handed := self.hand_in(most=most)) is not None:
            self.take_in(handed)


def signed_hand_in(handed: HandIn, key: Signer) -> HandIn:
    """A hand-in with the signature that its bodies would have."""
    root = base64.b64encode(merkle.root(merkle.leaf_hashes(body.encode() for body in handed.bodies))).decode()
    text = f"aforo edge hand-in v1\n{handed.edge}\n{handed.first}\n{len(handed.bodies)}\n{root}\n"
    return msgspec.structs.replace(handed, note=key.note(text))


@contextmanager
def bridge_of(post: Post) -> Iterator[Cut]:
    """A post's node with an edge at World Trade Bridge."""
    with post.node() as node, Bridge(post.folder / "edge", post.clock, node.log).edge() as edge:
        yield Cut(node, edge)
