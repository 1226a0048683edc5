"""Every leaf that an edge can hand in changes nothing at the node where the edge was not let in, or was retired."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from booth import Seconds, booth, edge_of
from cut_off import PORT, signed_hand_in
from journeys import Post, truck
from listening import Listening, listening
from tokens_issued import issue_token

from aforo.api.edge_link import EdgeLink, LinkRefusedError, NodeClient
from aforo.domain.edge import EDGE_PAYLOADS, EdgeFact, EdgeOrdered
from aforo.domain.event import Overridden
from aforo.domain.role import Role
from aforo.exams.outcomes import Report
from aforo.flow.alert_watch import Watch
from aforo.flow.alerts import Alerts
from aforo.flow.edge_enrolled import retire
from aforo.flow.edge_handing import HandIn, hand_in
from aforo.flow.edge_node import EdgeNode, Named
from aforo.flow.edge_orders import standing_order
from aforo.flow.edge_reports import report
from aforo.flow.edge_telemetry import keep_readings, keep_scanner_log
from aforo.intake import scanner_log
from aforo.intake.gate_reads import Read
from aforo.log.note import Signer
from aforo.log.sequencer import sequence
from aforo.log.stored import StoredEvent
from aforo.log.tokens import Tokens

if TYPE_CHECKING:
    from journeys import Learnt

#: The types of the leaves of an edge's own log.
LEAVES = {each.TYPE for each in EDGE_PAYLOADS} - {
    "edge.enrolled", "edge.confirmed", "edge.retired", "edge.fact", "edge.matched", "edge.attested",
}  # fmt: skip
ROGUE = Signer("aforo/rogue", b"5" * 32)
TRUCKS = ("held", "scanned", "gone", "unseen")
ORDERED = ["hold", "scan", "release", "hold"]


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served"))) as made:
        yield made


def order(served: Listening, own: str, examination: str, *, second: bool = False) -> httpx.Response:
    headers = {"Second-Authorization": f"Bearer {served.token('supervisor', 'Boss')}"} if second else {}
    return served.as_("officer", "Ana").post(
        f"/v1/crossings/{own}/override", json={"examination": examination, "reason": "A tip."}, headers=headers
    )


class Full:
    """An edge at World Trade whose log has every type of leaf, and none of them handed in: its line is cut."""

    def __init__(self, served: Listening, edge: EdgeNode, link: EdgeLink, tokens: Tokens, clock: Seconds) -> None:
        self.served, self.edge, self.tokens, self.clock = served, edge, tokens, clock
        self.trucks = [f"{own}-{edge.log.origin[-6:]}" for own in TRUCKS]
        for own, wanted in zip(self.trucks, ORDERED, strict=True):
            assert served.carrier().post("/v1/filings", content=json.dumps(truck(own))).status_code == 200
            order(served, own, wanted, second=True)
        link.look()
        assert edge.force is not None
        held, scanned, gone, _ = self.trucks
        edge.arrive(Named(trip=held), "Luz")
        edge.order(held, "release", "Ana Nobody", "Nobody inside.", "Pedro Nobody")
        edge.arrive(Named(trip=scanned), "Luz")
        clear = Report(1, None, scanned, True, False, None, None, None)
        assert report([clear], edge, "Luz").examinations == 1
        edge.arrive(Named(trip=gone), "Luz")
        at = edge.log.clock()
        micros = int(at.timestamp() * 1e6) - 60_000_000
        keep_readings([Read("world-trade-start", micros, "PLATE-1", "T1")], edge, "gate")
        rows = f"scanner_id,event,at,port\nLRD-1,down,{at.isoformat()},world-trade\n".encode()
        keep_scanner_log(scanner_log.read(rows, at), edge, "gate")
        sequence(edge.log)

    def leaves(self) -> HandIn:
        handed = hand_in(self.edge.log, 0)
        assert handed is not None
        kinds = {StoredEvent(0, b"", body.encode()).event.type for body in handed.bodies}
        assert kinds == LEAVES, "a leaf of a new type belongs into this test"
        return handed

    def standing(self) -> list[str]:
        return [standing_order(self.served.log.stream(f"crossing/{own}")) for own in self.trucks]

    def port(self, code: str = PORT) -> httpx.Client:
        return self.served.as_("port", f"port {code}", (code,))

    def line(self) -> EdgeLink:
        """The line is back."""
        client = NodeClient(self.served.address, self.served.token("port", "its token", (PORT,)))
        return EdgeLink(self.edge, client, self.tokens, now=self.clock)

    def look(self, link: EdgeLink) -> None:
        sequence(self.edge.log)
        self.clock.now += 100
        link.look()


@pytest.fixture
def full(served: Listening, tmp_path: Path) -> Iterator[Full]:
    with edge_of(served, tmp_path / "edge") as (edge, link, tokens, clock):
        yield Full(served, edge, link, tokens, clock)


def as_rogue(full: Full) -> HandIn:
    """The same leaves, signed by a key of an attacker's under a name of its own."""
    handed = msgspec.structs.replace(full.leaves(), edge=ROGUE.verifier.name, checkpoint="")
    return signed_hand_in(handed, ROGUE)


def never_enrolled(full: Full) -> tuple[HandIn, Signer | None, str, str]:
    return as_rogue(full), ROGUE, PORT, "edge_unknown"


def pending(full: Full) -> tuple[HandIn, Signer | None, str, str]:
    asked = {"key": ROGUE.verifier.text, "bridge": "Colombia"}
    assert full.port().post("/v1/edge/enrolment", json=asked).json()["pending"]
    return as_rogue(full), ROGUE, PORT, "edge_pending"


def another_key(full: Full) -> tuple[HandIn, Signer | None, str, str]:
    wrong = Signer(full.edge.log.origin, b"6" * 32)
    handed = signed_hand_in(msgspec.structs.replace(full.leaves(), checkpoint=""), wrong)
    return handed, wrong, PORT, "edge_unsigned"


def token_of_another_port(full: Full) -> tuple[HandIn, Signer | None, str, str]:
    return full.leaves(), full.edge.log.keys.signing.current(full.edge.log.origin), "2401", "edge_of_another_port"


@pytest.mark.parametrize(
    "by", [never_enrolled, pending, another_key, token_of_another_port], ids=lambda each: each.__name__
)
def test_no_leaf_is_taken_of_an_edge_that_was_not_let_in(
    full: Full, by: Callable[[Full], tuple[HandIn, Signer, str, str]]
) -> None:
    handed, signer, port, code = by(full)
    before, since = full.standing(), full.served.log.position()
    for last in range(len(handed.bodies), 0, -1):  # all together, and each leaf as the last one
        part = msgspec.structs.replace(handed, bodies=handed.bodies[:last], checkpoint="")
        answer = full.port(port).post("/v1/edge/facts", json=msgspec.to_builtins(signed_hand_in(part, signer)))
        assert (answer.status_code, answer.json()["problems"][0]["code"]) == (422, code), answer.text
    assert full.served.log.read(since) == []
    assert full.standing() == before == ORDERED


def test_of_a_retired_edge_the_leaves_are_kept_and_change_nothing(full: Full) -> None:
    log = full.served.log
    retire(log, full.edge.log.origin, "Stolen.", "Ana")
    before, since = full.standing(), log.position()
    handed = full.leaves()
    answer = full.port().post("/v1/edge/facts", json=msgspec.to_builtins(handed))
    assert answer.json()["taken"] == len(handed.bodies)
    made = log.read(since)
    assert {each.event.stream.split("/")[0] for each in made} <= {"edge", "edge-tree", "alert"}
    facts = [each.payload for each in made if isinstance(each.payload, EdgeFact)]
    assert len(facts) == len(handed.bodies)
    for each in facts:
        known = ("edge_retired", "order_unproven", "order_withheld")
        assert each.effects == (known if EdgeOrdered.TYPE in each.body else ("edge_retired",))
    assert full.standing() == before == ORDERED
    told = {(each.kind, each.subject) for each in Alerts(log).open()}
    assert {("edge_withheld", f"edge-key/{handed.edge}"), ("edge_withheld", f"crossing/{full.trucks[0]}")} <= told


def test_a_ports_token_alone_releases_no_held_truck(full: Full) -> None:
    """The attack as it was made: a made-up edge, made-up officers, and a release at the node's own booth."""
    served, log, held = full.served, full.served.log, full.trucks[3]
    officer = served.as_("officer", "Ana")
    assert order(served, held, "release").status_code == 422, "one officer alone"
    for name in ("A Bridge That Is In No Document", "world-trade", "WORLD TRADE", "World Trade ", "World Trade Bridge"):
        rogue = Signer("aforo/made-up", b"4" * 32)
        answer = full.port().post("/v1/edge/enrolment", json={"key": rogue.verifier.text, "bridge": name})
        assert answer.status_code == 422, name
        assert answer.json()["problems"][0]["code"] in ("edge_bridge_unknown", "edge_bridge_taken")
    # The port's own edge, in other hands: its key signs what nobody ordered.
    link = full.line()
    full.edge.order(held, "release", "Ana Nobody", "Nobody inside.", "Pedro Nobody")
    full.look(link)
    assert link.problem == ""
    assert officer.post(f"/v1/crossings/{held}/arrival").json()["instruction"] == "hold"
    assert ("edge_withheld", f"crossing/{held}") in {(each.kind, each.subject) for each in Alerts(log).open()}
    # Retired, it gets no bundle, hands in to no effect, and enrols no more.
    retire(log, full.edge.log.origin, "Stolen.", "Ana")
    full.edge.order(held, "hold", "Ana Nobody", "A tip.", None)
    full.edge.order(held, "release", "Ana Nobody", "Nobody inside.", "Pedro Nobody")
    full.look(link)
    assert link.problem == "edge_retired"
    assert link.cursor == len(log.stream(f"edge/{full.edge.log.origin}"))
    assert officer.post(f"/v1/crossings/{held}/arrival").json()["instruction"] == "hold"


def test_an_edge_that_waits_says_so_and_an_administrator_lets_it_in(served: Listening, tmp_path: Path) -> None:
    with edge_of(served, tmp_path / "edge", confirmed=False) as (edge, link, tokens, clock):
        link.look()
        assert (link.problem, link.pending, edge.force) == ("edge_pending", True, None)
        with booth(edge, link, tokens, "none") as client:
            said = client.get("/readyz").json()
        assert (said["pending"], said["fingerprint"], said["checks"]["bundle"]) == (True, edge.fingerprint, False)
        other = NodeClient(served.address, served.token("port", "the port", (PORT,)))
        with pytest.raises(LinkRefusedError, match="edge_pending"):
            other.bundle(edge.log.origin, "n", None, "")
        with pytest.raises(LinkRefusedError, match="not_found"):
            other.document(edge.log.origin, "0" * 64)
        listed = served.as_("officer").get("/v1/edges").json()["edges"]
        own = next(each for each in listed if each["edge"] == edge.log.origin)
        assert (own["pending"], own["fingerprint"]) == (True, edge.fingerprint)
        confirmation = {"edge": edge.log.origin, "fingerprint": own["fingerprint"]}
        roles: tuple[Role, ...] = ("port", "officer", "supervisor", "auditor", "analyst", "device", "carrier")
        for role in roles:
            client = served.carrier() if role == "carrier" else served.as_(role)
            assert client.post("/v1/edge/confirmation", json=confirmation).status_code == 403, role
        root = served.as_("administrator", "Root")
        wrong = root.post("/v1/edge/confirmation", json=confirmation | {"fingerprint": "0" * 32})
        assert (wrong.status_code, wrong.json()["problems"][0]["code"]) == (422, "edge_fingerprint_other")
        assert root.post("/v1/edge/confirmation", json=confirmation | {"edge": "aforo/none"}).status_code == 404
        assert root.post("/v1/edge/confirmation", json=confirmation).json()["pending"] is False
        clock.now += 100
        link.look()
        assert (link.problem, link.pending, edge.force is not None) == ("", False, True)
        Watch(served.log).look()
        told = {each.kind for each in Alerts(served.log).all() if each.subject == f"edge-key/{edge.log.origin}"}
        assert told == {"edge_enrolled", "edge_confirmed"}


def test_two_officers_at_the_booth_of_an_edge_lower_by_their_own_tokens(full: Full) -> None:
    held, served = full.trucks[3], full.served
    # The clock of the log stands in the past, that of the guard does not.
    begun, ends = served.log.clock() - timedelta(days=1), datetime.now(UTC) + timedelta(hours=1)
    officer, _ = issue_token(served.tokens, "Luz", "officer", (PORT,), begun, ends)
    second, _ = issue_token(served.tokens, "Eva", "supervisor", (PORT,), begun, ends)
    link = full.line()
    full.look(link)
    lower: dict[str, Any] = {"examination": "release", "reason": "Nobody inside."}
    with booth(full.edge, link, full.tokens, officer) as client:
        by = {"Second-Authorization": f"Bearer {second}"}
        said = client.post(f"/v1/crossings/{held}/override", json=lower, headers=by)
        assert said.status_code == 200, said.text
    full.look(link)
    last = served.log.stream(f"crossing/{held}")[-1]
    assert isinstance(last.payload, Overridden)
    assert (last.payload.examination, last.event.actor, last.payload.seconded_by) == ("release", "Luz", "Eva")
    assert ("edge_lowered", f"crossing/{held}") in {(each.kind, each.subject) for each in Alerts(served.log).open()}
    texts = [text.encode() for text in (officer, second)]
    assert not any(text in each.body for log in (full.edge.log, served.log) for each in log.read() for text in texts)
