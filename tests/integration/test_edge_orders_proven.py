"""An order at an edge lowers nothing at the node but by the proof of two of its officers' credentials."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cut_off import NOW, PORT, Cut, alerts, events, examined, given, of, signed_hand_in
from tokens_issued import issue_token

from aforo.domain.edge import EdgeBundleTaken, EdgeExamined, EdgeOrdered
from aforo.domain.event import Arrived, Examined, Overridden, Passed
from aforo.domain.role import Role
from aforo.flow.alert_watch import Watch
from aforo.flow.edge_enrolled import retire
from aforo.flow.edge_merging import rematch
from aforo.flow.edge_node import Named
from aforo.flow.edge_orders import standing_order
from aforo.flow.edge_proof import Credential, Signers, signed
from aforo.flow.edge_reports import report
from aforo.log.keys import KeyStore
from aforo.log.stored import StoredEvent, encode
from aforo.log.tokens import Tokens


def issued(
    cut: Cut, name: str, role: Role = "officer", ports: tuple[str, ...] = (PORT,), days: int = 400
) -> Credential:
    at = NOW - timedelta(days=30)
    with closing(Tokens(cut.node.keys.place)) as tokens:
        text, token = issue_token(tokens, name, role, ports, at, at + timedelta(days=days))
    return Credential(token.id, text)


def over_http(cut: Cut, name: str, by: str | None = None) -> Credential:
    """As an administrator issues it over HTTP, or an account to itself."""
    at = NOW - timedelta(days=30)
    with closing(Tokens(cut.node.keys.place)) as tokens:
        text, token = tokens.issue(name, "officer", (PORT,), at, at + timedelta(days=400), by)
    return Credential(token.id, text)


def revoked(cut: Cut) -> Credential:
    credential = issued(cut, "Eva")
    with closing(Tokens(cut.node.keys.place)) as tokens:
        tokens.revoke(credential.id, NOW - timedelta(days=1))
    return credential


def held(cut: Cut) -> None:
    """A truck that stands at the edge, and is held."""
    given(cut, "a", "hold")
    cut.connect()
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "hold"


def lowered(cut: Cut, signers: Signers | None) -> None:
    """Two names order at the edge that the truck is released."""
    cut.edge.order("a", "release", "Ana Nobody", "Nobody inside.", "Pedro Nobody", signers)


def nothing_was_lowered(cut: Cut, *, told: bool = True) -> None:
    assert standing_order(events(cut, "a")) == "hold"
    assert [each.examination for each in of(Overridden, cut, "a")] == ["hold"]
    assert {"order_withheld", "order_unproven"} <= {effect for each in cut.facts() for effect in each.effects}
    assert (("edge_withheld", "crossing/a") in alerts(cut)) == told


#: Two credentials that prove nothing, by what is wrong with them.
UNPROVEN: dict[str, Callable[[Cut], Signers | None]] = {
    "no proof": lambda cut: None,
    "one officer alone": lambda cut: Signers(issued(cut, "Luz")),
    "unknown credentials": lambda cut: Signers(Credential("0" * 12, "aforo_x"), Credential("1" * 12, "aforo_y")),
    "no credentials": lambda cut: Signers(Credential("", ""), Credential("", "")),
    "one token twice": lambda cut: Signers(*[issued(cut, "Luz")] * 2),
    "one person twice": lambda cut: Signers(issued(cut, "Luz Rivera"), issued(cut, "LUZ  rivera")),
    "issued over HTTP": lambda cut: Signers(over_http(cut, "Luz"), over_http(cut, "Eva")),
    "one issued over HTTP": lambda cut: Signers(issued(cut, "Luz"), over_http(cut, "Eva")),
    "one account's own": lambda cut: Signers(over_http(cut, "Luz", "an account"), over_http(cut, "Eva", "an account")),
    "another port": lambda cut: Signers(issued(cut, "Luz"), issued(cut, "Eva", ports=("2401",))),
    "no port": lambda cut: Signers(issued(cut, "Luz", ports=()), issued(cut, "Eva")),
    "an auditor": lambda cut: Signers(issued(cut, "Luz"), issued(cut, "Eva", "auditor")),
    "an administrator": lambda cut: Signers(issued(cut, "Root", "administrator"), issued(cut, "Eva")),
    "a device": lambda cut: Signers(issued(cut, "Luz"), issued(cut, "gate", "device")),
    "the port itself": lambda cut: Signers(issued(cut, "edge", "port"), issued(cut, "Eva")),
    "expired": lambda cut: Signers(issued(cut, "Luz"), issued(cut, "Eva", days=29)),
    "revoked": lambda cut: Signers(issued(cut, "Luz"), revoked(cut)),
}


@pytest.mark.parametrize("of_what", list(UNPROVEN))
def test_what_no_two_officers_signed_lowers_nothing_and_is_told(cut: Cut, of_what: str) -> None:
    held(cut)
    lowered(cut, UNPROVEN[of_what](cut))
    cut.reconcile()
    nothing_was_lowered(cut)


def test_what_two_officers_signed_is_theirs_by_the_names_of_their_tokens(cut: Cut) -> None:
    held(cut)
    lowered(cut, Signers(issued(cut, "Luz"), issued(cut, "Eva", "supervisor")))
    cut.reconcile()
    last = [each for each in events(cut, "a") if each.event.type == Overridden.TYPE][-1]
    assert isinstance(last.payload, Overridden)
    assert (last.payload.examination, last.event.actor, last.payload.seconded_by) == ("release", "Luz", "Eva")
    assert alerts(cut) == [("edge_lowered", "crossing/a")]


def the_order(cut: Cut) -> StoredEvent:
    return next(each for each in cut.edge.log.read(types=[EdgeOrdered.TYPE]))


def hand_in_changed(cut: Cut, change: Callable[[StoredEvent], StoredEvent]) -> None:
    """The edge's own key signs its log with another order in the place of the one that was given."""
    handed = cut.hand_in(first=0)
    assert handed is not None
    bodies = []
    for body in handed.bodies:
        stored = StoredEvent(0, b"", body.encode())
        changed = change(stored) if stored.event.type == EdgeOrdered.TYPE else stored
        bodies.append(changed.body.decode())
    key = cut.edge.log.keys.signing.current(cut.edge.log.origin)
    cut.take_in(signed_hand_in(msgspec.structs.replace(handed, bodies=bodies, checkpoint=""), key))


def other(stored: StoredEvent, event: dict[str, Any], payload: dict[str, Any]) -> StoredEvent:
    assert isinstance(stored.payload, EdgeOrdered)
    data = msgspec.to_builtins(msgspec.structs.replace(stored.payload, **payload))
    return StoredEvent(0, b"", encode(msgspec.structs.replace(stored.event, **event, data=data)))


def swapped(order: EdgeOrdered) -> dict[str, Any]:
    return {"proof": order.second_proof, "second_proof": order.proof}


CHANGED: dict[str, Callable[[EdgeOrdered], tuple[dict[str, Any], dict[str, Any]]]] = {
    "another reason": lambda said: ({}, {"reason": "b3RoZXI="}),
    "another order before": lambda said: ({}, {"was": "hold", "over": "another"}),
    "another instant": lambda said: ({"occurred_at": NOW + timedelta(minutes=1)}, {}),
    "the proofs the other way round": lambda said: ({}, swapped(said)),
    "one proof twice": lambda said: ({}, {"second_proof": said.proof}),
    "no second proof": lambda said: ({}, {"second_proof": ""}),
    "no second credential": lambda said: ({}, {"second_credential": "", "second_proof": ""}),
    "no first credential": lambda said: ({}, {"credential": ""}),
    "another second credential": lambda said: ({}, {"second_credential": said.credential}),
    "no base64": lambda said: ({}, {"proof": "*"}),
}


@pytest.mark.parametrize("of_what", list(CHANGED))
def test_a_proof_is_of_one_order_as_it_was_given(cut: Cut, of_what: str) -> None:
    held(cut)
    lowered(cut, Signers(issued(cut, "Luz"), issued(cut, "Eva")))
    hand_in_changed(cut, lambda stored: other(stored, *CHANGED[of_what](stored.payload)))  # type: ignore[arg-type]
    nothing_was_lowered(cut)


def test_an_order_to_release_is_no_proof_of_one_to_release_another_truck(cut: Cut) -> None:
    held(cut)
    given(cut, "b", "hold")
    cut.connect()
    visit = cut.edge.arrive(Named(trip="b"), "Luz").visit
    lowered(cut, Signers(issued(cut, "Luz"), issued(cut, "Eva")))
    hand_in_changed(cut, lambda stored: other(stored, {"stream": f"truck/{visit}"}, {}))
    assert [standing_order(events(cut, own)) for own in ("a", "b")] == ["hold", "hold"]


def test_a_proof_is_good_once(cut: Cut) -> None:
    """The order that two officers signed is told again, after the truck was held again at the edge."""
    held(cut)
    lowered(cut, Signers(issued(cut, "Luz"), issued(cut, "Eva")))
    cut.edge.order("a", "hold", "Luz", "A tip.", None)
    cut.reconcile()
    assert standing_order(events(cut, "a")) == "hold"
    again = other(the_order(cut), {"event_id": "another"}, {})
    handed = cut.hand_in(first=0)
    assert handed is not None
    first, key = len(handed.bodies), cut.edge.log.keys.signing.current(cut.edge.log.origin)
    more = msgspec.structs.replace(handed, first=first, bodies=[again.body.decode()], checkpoint="")
    cut.take_in(signed_hand_in(more, key))
    assert standing_order(events(cut, "a")) == "hold"
    assert cut.facts()[-1].effects == ("order_unproven", "order_withheld")


def test_what_a_bundle_hands_out_forges_no_proof(cut: Cut) -> None:
    """Who has the port's bundle, and all that the edge keeps of its officers' tokens, signs nothing in their names."""
    held(cut)
    officers = [issued(cut, name) for name in ("Luz", "Eva")]
    with closing(Tokens(cut.node.keys.place)) as tokens:
        handed = {each.id: each for each in tokens.handed(PORT, NOW)}
        keys = {each.id: tokens.holder(each.id) for each in officers}
    for way in ("digest", "public"):
        texts = []
        for each in officers:
            digest, holder = handed[each.id].digest, keys[each.id]
            assert digest == hashlib.sha256(each.text.encode()).hexdigest()
            assert holder is not None
            assert holder.public_key is not None
            texts.append(digest if way == "digest" else holder.public_key.hex())
        forged = Signers(*(Credential(each.id, text) for each, text in zip(officers, texts, strict=True)))
        cut.edge.order("a", "scan" if way == "digest" else "release", "Luz", "Nobody inside.", "Eva", forged)
    cut.reconcile()
    nothing_was_lowered(cut)


def test_what_raises_is_taken_whoever_says_so_and_is_marked(cut: Cut) -> None:
    given(cut, "a", "release")
    cut.connect()
    cut.edge.order("a", "hold", "Ana Nobody", "A tip.", None)
    cut.reconcile()
    assert standing_order(events(cut, "a")) == "hold"
    assert cut.facts()[-1].effects == ("order_unproven", "ordered")
    cut.order("a", "scan", "Luz", "Seen to.", "Eva")
    cut.reconcile()
    assert cut.facts()[-1].effects[0] == "ordered"


def test_no_order_was_given_before_the_hold_that_it_is_over(cut: Cut) -> None:
    """An edge in other hands dates an order back to when both tokens were good, and keeps its bundle to itself."""
    signers = Signers(issued(cut, "Luz"), issued(cut, "Eva", "supervisor"))
    cut.clock.move(hours=2)
    with closing(Tokens(cut.node.keys.place)) as tokens:
        for each in (signers.first, signers.second):
            assert each is not None
            tokens.revoke(each.id, cut.clock() - timedelta(hours=1))
    held(cut)
    lowered(cut, signers)
    handed = cut.hand_in(first=0)
    assert handed is not None
    early, bodies = cut.clock() - timedelta(hours=2), []
    for body in handed.bodies:
        stored = StoredEvent(0, b"", body.encode())
        if isinstance(stored.payload, EdgeBundleTaken):
            continue
        event, order = msgspec.structs.replace(stored.event, occurred_at=early), stored.payload
        if isinstance(order, EdgeOrdered):
            order = signed(order, cut.edge.log.origin, event.stream, early, signers)
        bodies.append(encode(msgspec.structs.replace(event, data=msgspec.to_builtins(order))).decode())
    key = cut.edge.log.keys.signing.current(cut.edge.log.origin)
    cut.take_in(signed_hand_in(msgspec.structs.replace(handed, bodies=bodies, checkpoint=""), key))
    nothing_was_lowered(cut)


@pytest.mark.parametrize("severity", [-1.0, 1e308, -0.5])
def test_a_severity_that_no_outcome_has_stops_no_other_truck(cut: Cut, severity: float) -> None:
    given(cut, "a", "scan")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    assert report([examined("a", cut, violation=True, threat="contraband")], cut.edge, "Luz").examinations == 1
    handed = cut.hand_in(first=0)
    assert handed is not None
    bodies = []
    for body in handed.bodies:
        stored = StoredEvent(0, b"", body.encode())
        event = stored.event
        if isinstance(stored.payload, EdgeExamined):
            event = msgspec.structs.replace(event, data={**event.data, "severity": severity})
        bodies.append(encode(event).decode())
    key = cut.edge.log.keys.signing.current(cut.edge.log.origin)
    cut.take_in(signed_hand_in(msgspec.structs.replace(handed, bodies=bodies, checkpoint=""), key))
    assert [each.outcome.violation for each in of(Examined, cut, "a")] == [True]


@pytest.mark.parametrize("recorded", ["before", "after"])
def test_an_order_of_an_edge_that_is_retired_lowers_nothing_whoever_signed_it(cut: Cut, recorded: str) -> None:
    held(cut)
    given(cut, "b", "release")
    cut.connect()
    cut.reconcile()

    def orders() -> None:
        cut.order("a", "release", "Luz", "Nobody inside.", "Eva")
        cut.order("b", "hold", "Luz", "A tip.", None)

    if recorded == "before":
        orders()
    retire(cut.node.log, cut.edge.log.origin, "Stolen.", "Ana")
    if recorded == "after":
        orders()
    cut.reconcile()
    nothing_was_lowered(cut)
    assert standing_order(events(cut, "b")) == "hold", "what raises is taken"
    assert ("edge_withheld", f"edge-key/{cut.edge.log.origin}") in alerts(cut)
    cut.hand_in_anew()
    assert alerts(cut).count(("edge_withheld", f"edge-key/{cut.edge.log.origin}")) == 1


def test_a_visit_that_is_found_later_lowers_nothing_for_a_retired_edge(cut: Cut) -> None:
    """A truck without a filing: what the retired edge told of it meets no crossing that is filed afterwards."""
    cut.connect()
    cut.reconcile()
    retire(cut.node.log, cut.edge.log.origin, "Stolen.", "Ana")
    visit = cut.edge.arrive(Named(trip="a", plate="TR-a"), "Luz").visit
    cut.order(visit, "release", "Luz", "Papers are good.", "Eva")
    cut.reconcile()
    given(cut, "a", "hold")
    with pytest.raises(StopIteration):
        next(each for each in events(cut, "a") if each.event.type == Arrived.TYPE)
    assert standing_order(events(cut, "a")) == "hold"
    assert all("edge_retired" in each.effects for each in cut.facts()[-2:])


def test_what_an_edge_told_of_a_truck_before_it_was_retired_finds_no_crossing_afterwards(cut: Cut) -> None:
    cut.connect()
    visit = cut.edge.arrive(Named(trip="a", plate="TR-a"), "Luz").visit
    cut.order(visit, "hold", "Luz", "A tip.", None)
    assert report([examined(visit, cut, violation=False)], cut.edge, "Luz").examinations == 1
    cut.reconcile()
    retire(cut.node.log, cut.edge.log.origin, "Stolen.", "Ana")
    given(cut, "a", "scan")
    rematch(cut.book, cut.expecting, cut.node, cut.credentials)
    made = {each.event.type for each in events(cut, "a")}
    assert not made & {Arrived.TYPE, Examined.TYPE, Passed.TYPE}


def test_what_a_retired_edge_found_is_told_to_staff_and_recorded_nowhere(cut: Cut) -> None:
    given(cut, "a", "secondary")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    cut.reconcile()
    retire(cut.node.log, cut.edge.log.origin, "Broken.", "Ana")
    before = len(events(cut, "a"))
    for found in (False, True):
        cut.clock.move(hours=1)
        one = examined("a", cut, violation=found, threat="people" if found else None, at=cut.clock())
        assert report([one], cut.edge, "Luz").examinations == 1
    cut.reconcile()
    Watch(cut.node.log).look()
    assert len(events(cut, "a")) == before
    assert {kind for kind, subject in alerts(cut) if subject.startswith("edge-visit/")} == {"people_found"}


def test_a_token_of_before_has_its_public_key_as_soon_as_its_text_is_presented(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite"
    KeyStore(path).close()
    with closing(Tokens(path)) as tokens:
        at = NOW - timedelta(days=1)
        text, token = tokens.issue("Luz", "officer", (PORT,), at, at + timedelta(days=90))
        known = tokens.holder(token.id)
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE access_token DROP COLUMN public_key")
        db.commit()
    with closing(Tokens(path)) as tokens:
        before = tokens.holder(token.id)
        assert before is not None
        assert before.public_key is None
        assert tokens.find(text) == token
        assert tokens.holder(token.id) == known
        # What a node hands out anew leaves it as it is.
        tokens.take(tokens.handed(PORT, NOW))
        after = tokens.holder(token.id)
        assert after is not None
        assert known is not None
        assert after.public_key == known.public_key


def test_the_instant_that_is_signed_is_the_one_that_is_recorded(cut: Cut) -> None:
    """A proof holds for what is read back from the log, to the microsecond."""
    held(cut)
    cut.clock.move(microseconds=123_457)
    lowered(cut, Signers(issued(cut, "Luz"), issued(cut, "Eva")))
    stored = the_order(cut)
    assert isinstance(stored.payload, EdgeOrdered)
    first, second = issued(cut, "X"), issued(cut, "Y")
    at = stored.event.occurred_at
    one = signed(stored.payload, cut.edge.log.origin, stored.event.stream, at, Signers(first, second))
    assert base64.b64decode(one.proof) != base64.b64decode(stored.payload.proof)
    cut.reconcile()
    assert standing_order(events(cut, "a")) == "release"
