"""A node and an edge in one process, with the link between them in the test's hand."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
from journeys import NOW as NOW
from journeys import Clock, Post, file, truck
from tokens_issued import issue_token

from aforo.api.edge_credentials import TokenCredentials
from aforo.domain.decision import Examination
from aforo.domain.edge import EdgeEnrolled, EdgeFact
from aforo.domain.event import Payload, new_event
from aforo.exams.outcomes import Report
from aforo.flow.alerts import Alerts
from aforo.flow.edge_book import EdgeBook
from aforo.flow.edge_bundle import InForce, Signed
from aforo.flow.edge_enrolled import Edge, confirm, enrol, enrolled, key_stream
from aforo.flow.edge_expected import Expecting
from aforo.flow.edge_handing import HandedIn, HandIn, hand_in
from aforo.flow.edge_issuing import Asked, commit_to_days, issue, stated_of
from aforo.flow.edge_merging import take_in
from aforo.flow.edge_node import EdgeNode, Place
from aforo.flow.edge_proof import Credential, Signers
from aforo.flow.edge_report import EdgeRow, edge_report
from aforo.flow.edge_said import AtEdge
from aforo.flow.node import Node
from aforo.flow.override import override
from aforo.flow.told_publicly import turns
from aforo.log import merkle
from aforo.log.ids import event_id
from aforo.log.kept_file import KeptFile
from aforo.log.keys import KeyStore
from aforo.log.note import Signer
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.log.tokens import Holder, Tokens

PORT = "2304"


@dataclass
class Bridge:
    """An edge's files, opened as often as a test wants."""

    folder: Path
    clock: Callable[[], datetime]
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
        self._credentials: dict[str, Credential] = {}

    def credential(self, name: str) -> Credential:
        """An officer's token of this port, which the node issued."""
        if name not in self._credentials:
            with closing(Tokens(self.node.keys.place)) as tokens:
                at = self.clock() - timedelta(days=30)
                text, token = issue_token(tokens, name, "officer", (PORT,), at, at + timedelta(days=400))
            self._credentials[name] = Credential(token.id, text)
        return self._credentials[name]

    def order(
        self, own: str, wanted: Examination, officer: str, reason: str, second: str | None
    ) -> tuple[str, str, Examination]:
        """Officers order at the edge, each with a token of their own."""
        signers = Signers(self.credential(officer), self.credential(second) if second and second.strip() else None)
        return self.edge.order(own, wanted, officer, reason, second, signers)

    @property
    def credentials(self) -> TokenCredentials:
        """The node's tokens."""

        def find(token_id: str) -> Holder | None:
            with closing(Tokens(self.node.keys.place)) as tokens:
                return tokens.holder(token_id)

        return TokenCredentials(find)

    @property
    def clock(self) -> Clock:
        """The node's clock, which a test moves."""
        return cast(Clock, self.node.clock)

    def seen(self, own: str) -> AtEdge:
        """What the edge would do with a truck that it knows."""
        said = self.edge.look(own)
        assert said is not None, own
        return said

    def enrol(self) -> Edge:
        """The edge as the node has it: enrolled, and confirmed by an administrator."""
        edge = self.enrol_only()
        confirm(self.node.log, edge.origin, self.edge.fingerprint, "Root")
        return replace(edge, pending=False)

    def enrol_as_before(self) -> None:
        """The edge was enrolled by a version that confirmed none and asked no document."""
        origin, at = self.edge.log.origin, self.clock()
        said = EdgeEnrolled(PORT, self.edge.place.bridge, self.edge.log.keys.signing.current(origin).verifier.text)
        made = new_event(event_id(at), said, key_stream(origin), 1, occurred_at=at, recorded_at=at, actor="port token")
        self.node.log.append([made])

    def enrol_only(self, bridge: str | None = None) -> Edge:
        """The edge says with which key it signs."""
        key = self.edge.log.keys.signing.current(self.edge.log.origin).verifier.text
        bridge = bridge or self.edge.place.bridge
        return enrol(self.node.log, PORT, bridge, key, "port token", self.node.live().directory)

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

    def hand_in_anew(self) -> None:
        """All that the edge has is handed in from its first leaf on."""
        handed = self.hand_in(first=0)
        assert handed is not None
        self.take_in(handed)

    def facts(self) -> list[EdgeFact]:
        """What the node was handed in, leaf by leaf."""
        stored = self.node.log.read(types=[EdgeFact.TYPE])
        return [each.payload for each in stored if isinstance(each.payload, EdgeFact)]

    def take_in(self, handed: HandIn) -> HandedIn:
        """What the node does with a hand-in of this edge, retired or not."""
        edge = enrolled(self.node.log, self.edge.log.origin) or self.enrol()
        return take_in(handed, edge, self.book, self.expecting, self.node, "port token", self.credentials)

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


def examined(own: str, cut: Cut, **fields: Any) -> Report:
    """What somebody reports of an examination: by itself that it was done and found nothing."""
    base: dict[str, Any] = {
        "record": 1, "declaration_id": None, "crossing_id": own, "examined": True, "violation": False, "threat": None,
        "severity": None, "at": None,
    }  # fmt: skip
    return Report(**(base | fields))


def given(cut: Cut, own: str, order: Examination, **fields: object) -> None:
    """File a truck, and have two officers order what a test wants of it."""
    (line,) = file(cut.node, truck(own, **fields))
    if line.examination != order:
        override(cut.node.log, own, order, "Ana", "For the test.", "Bea")


def events(cut: Cut, own: str) -> list[StoredEvent]:
    """What the node has of a crossing."""
    return cut.node.log.stream(f"crossing/{own}")


def of(kind: type[Payload], cut: Cut, own: str) -> list[Any]:
    """The payloads of one type of a crossing, at the node."""
    return [stored.payload for stored in events(cut, own) if stored.event.type == kind.TYPE]


def told(cut: Cut, own: str) -> str:
    """What a filer is told now."""
    return turns(events(cut, own), own, cut.node.log)[-1].public.status


def alerts(cut: Cut) -> list[tuple[str, str]]:
    """Kind and subject of the alerts that stand at the node."""
    return [(each.kind, each.subject) for each in Alerts(cut.node.log).open()]


def row(cut: Cut, crossing: str) -> EdgeRow:
    """The line of a crossing in the report of what edges did."""
    return next(each for each in edge_report(cut.node.log, NOW - timedelta(days=1)).rows if each.crossing == crossing)
