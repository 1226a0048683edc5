"""The link between an edge and its node over HTTP, and the edge's own routes."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest
from booth import booth, edge_of
from cut_off import PORT
from journeys import Post, truck
from listening import Listening, listening

from aforo.api.edge_link import EdgeLink, LinkDownError, LinkRefusedError, NodeClient
from aforo.flow.edge_bundle import InForce, Signed, sign, take
from aforo.flow.edge_expected import digest_of
from aforo.flow.edge_node import EdgeNode, Named
from aforo.log.kept_file import KeptFile
from aforo.log.leaves import last_leaf
from aforo.log.sequencer import sequence
from aforo.log.tokens import STAFF

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served"))) as made:
        yield made


def file(served: Listening, own: str) -> None:
    assert served.carrier().post("/v1/filings", content=json.dumps(truck(own))).status_code == 200


def test_the_link_fetches_the_bundle_and_hands_in(served: Listening, tmp_path: Path) -> None:
    file(served, "first")
    with edge_of(served, tmp_path / "edge") as (edge, link, tokens, clock):
        link.look()
        assert link.problem == ""
        assert edge.force is not None
        assert edge.look("first") is not None
        # A truck that filed a moment ago is asked for before it is referred.
        file(served, "second")
        said = edge.arrive(Named(plate="TR-second"), "Luz", link.refresh)
        assert said.known
        assert edge.force.bundle.since is not None
        sequence(edge.log)
        clock.now += 1
        link.look()
        assert link.waiting == 0
        assert served.log.stream("crossing/second")[-1].event.type in ("crossing.arrived", "crossing.passed")
        listed = served.as_("officer").get("/v1/edges").json()["edges"]
        (own,) = [each for each in listed if each["edge"] == edge.log.origin]
        assert (own["port"], own["bridge"], own["cursor"] > 0, own["retired"]) == (PORT, "world-trade", True, False)
        assert tokens.find(served.token("officer", "Nobody here")) is None
        served.as_("supervisor").post("/v1/edge/retirement", json={"edge": edge.log.origin, "reason": "Over."})
        edge.arrive(Named(plate="LAST-1"), "Luz")
        sequence(edge.log)
        clock.now += 100
        link.look()
        assert link.problem == "edge_retired"
        listed = served.as_("supervisor").get("/v1/edges").json()["edges"]
        (own,) = [each for each in listed if each["edge"] == edge.log.origin]
        assert own["cursor"] == last_leaf(edge.log) + 1


def test_what_happened_is_handed_in_before_a_new_bundle_is_fetched(
    served: Listening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file(served, "ordered")
    with edge_of(served, tmp_path / "edge") as (edge, link, _, clock):
        link.look()
        edge.arrive(Named(trip="ordered"), "Luz")
        sequence(edge.log)
        cursors: list[int] = []
        take = edge.take

        def noted(signed: Signed, nonce: str = "") -> InForce:
            force = take(signed, nonce)
            cursors.append(force.bundle.cursor)
            return force

        monkeypatch.setattr(edge, "take", noted)
        clock.now += 100
        link.look()
        assert link.problem == ""
        assert cursors == [last_leaf(edge.log) + 1], "the bundle was made by a node that had heard of the arrival"


def test_an_edge_is_given_the_tokens_of_its_own_port_alone(served: Listening, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    own = {role: served.token(role, f"{role} here", (PORT,)) for role in STAFF}
    others = [served.token(role, f"{role} elsewhere", ("2401",)) for role in STAFF]
    others += [served.token(role, f"{role} of no port", ()) for role in STAFF]
    others.append(served.token("device", "another bridge's reader", ("bota",)))
    others.append(served.token("analyst", "Uma", ()))
    others.append(served.tokens.issue("late", "officer", (PORT,), now - timedelta(days=2), now - timedelta(days=1))[0])
    revoked, token = served.tokens.issue("Rita", "officer", (PORT,), now, now + timedelta(days=1))
    with edge_of(served, tmp_path / "edge") as (edge, link, tokens, clock):
        link.look()
        assert edge.force is not None
        names = {each.name for each in edge.force.bundle.tokens}
        assert names >= {f"{role} here" for role in STAFF} | {"Rita"}
        assert not {name for name in names if "elsewhere" in name or "no port" in name or "another" in name}
        assert "late" not in names
        assert all(tokens.find(text) is not None for text in own.values())
        assert [tokens.find(text) for text in others] == [None] * len(others)
        served.tokens.revoke(token.id, now)
        clock.now += 100
        link.look()
        found = tokens.find(revoked)
        assert found is not None
        assert not found.holds(now)
        # What an edge was given before, and is given no more, is good there no more; what was issued there is.
        of_the_edge, _ = tokens.issue("local", "officer", (PORT,), now, now + timedelta(days=1))
        tokens.take([], [each.id for each in edge.force.bundle.tokens])
        assert [tokens.find(text) for text in own.values()] == [None] * len(own)
        assert tokens.find(of_the_edge) is not None


def test_a_withdrawn_token_is_good_no_more_though_the_edge_stopped_before_it_was_told(
    served: Listening, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    text, token = served.tokens.issue("Rita", "officer", (PORT,), now, now + timedelta(days=1))
    with edge_of(served, tmp_path / "edge") as (edge, link, tokens, _):
        link.look()
        assert edge.force is not None
        assert tokens.find(text) is not None
        left = tuple(each for each in edge.force.bundle.tokens if each.id != token.id)
        without = msgspec.structs.replace(
            edge.force.bundle, nonce="n", trucks=(), digest=digest_of([]), since=None, tokens=left
        )
        signed = sign(without, served.log.keys.signing.current(served.log.origin))
        for _ in range(2):
            edge.take(signed, "n")  # and it stops there
        restarted = EdgeNode(edge.log, edge.place, KeptFile(tmp_path / "edge" / "bundle.json"))
        assert tokens.find(text) is not None
        EdgeLink(restarted, NodeClient(served.address, "aforo_x"), tokens)
        assert tokens.find(text) is None
        assert restarted.force is not None
        assert list(restarted.force.withdrawn) == [token.id]
        later = take(signed, edge.wanted("n"), restarted.force, now + timedelta(days=2))
        assert not later.withdrawn, "by then it is worthless by itself"


def test_a_node_that_does_not_answer_or_refuses_leaves_the_booth_as_it_is(served: Listening, tmp_path: Path) -> None:
    with edge_of(served, tmp_path / "edge") as (edge, _, tokens, clock):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
        down = EdgeLink(edge, NodeClient(nobody, "aforo_x"), tokens, now=clock)
        down.look()
        assert down.problem.startswith("link_down")
        assert edge.arrive(Named(trip="any"), "Luz", down.refresh).code == "edge_no_bundle"
        bad = EdgeLink(edge, NodeClient(served.address, "aforo_x"), tokens, now=clock)
        bad.look()
        assert bad.problem == "token_bad"
        other = NodeClient(served.address, served.token("port", "elsewhere", ("2401",)))
        with pytest.raises(LinkRefusedError, match="edge_unknown"):
            other.bundle("aforo/none", "n", None, "")
        with pytest.raises(LinkRefusedError, match="edge_key_bad"):
            other.enrol("no key", "B")
        officer = NodeClient(served.address, served.token("officer", "Ana"))
        with pytest.raises(LinkRefusedError, match="forbidden"):
            officer.enrol("no key", "B")


@pytest.mark.parametrize("url", ["http://node.example", "ftp://127.0.0.1", "https://u:p@node.example", "node", ""])
def test_a_node_is_spoken_to_over_tls_alone(url: str) -> None:
    with pytest.raises(ValueError, match="a node's address is"):
        NodeClient(url, "t")
    assert NodeClient("https://node.example", "SECRET") is not None
    assert "SECRET" not in repr(NodeClient("https://node.example", "SECRET"))


@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"[]", b'{"type": 1}'])
def test_what_answers_in_the_nodes_place_is_no_node(body: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listens:

        def answer() -> None:
            connection, _ = listens.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 404 No\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(LinkDownError):
            NodeClient(f"http://127.0.0.1:{listens.getsockname()[1]}", "t").enrol("k", "b")
        thread.join(10)


def test_the_routes_of_an_edge_answer_as_its_node_does(served: Listening, tmp_path: Path) -> None:
    file(served, "booth")
    officer = served.token("officer", "Luz", (PORT,))
    second = served.token("supervisor", "Eva", ("2401", PORT))
    analyst = served.token("analyst", "Uma")
    with edge_of(served, tmp_path / "edge") as (edge, link, tokens, _):
        link.look()
        with booth(edge, link, tokens, officer) as client:
            assert client.get("/readyz").json()["checks"] == {"log": True, "bundle": True}
            standing = client.get("/v1/edge").json()
            assert (standing["port"], standing["bridge"], len(standing["days"])) == (PORT, "World Trade", 2)
            for bad in ({}, {"trip": ""}, {"plate": 1}, {"driver": "X"}):
                assert client.post("/v1/booth", json=bad).status_code == 400
            [nothing] = client.post("/v1/booth", json={}).json()["problems"]
            assert "`plate`" in nothing["reason"]["es"], "what to mend is said"
            first = client.post("/v1/booth", json={"plate": "TR-booth"}).json()
            assert first["known"]
            arrival = client.post("/v1/crossings/booth/arrival").json()
            assert (arrival["repeated"], arrival["instruction"]) == (True, first["examination"])
            assert client.get("/v1/crossings/booth").json()["visit"] == first["visit"]
            assert client.get("/v1/crossings/nobody").status_code == 404
            raised = client.post("/v1/crossings/booth/override", json={"examination": "hold", "reason": "A tip."})
            assert (raised.status_code, raised.json()["now"]) == (200, "hold")
            lower = {"examination": "release", "reason": "Empty."}
            assert client.post("/v1/crossings/booth/override", json=lower).status_code == 422
            for header, status in ((f"Bearer {officer}", 403), (f"Bearer {analyst}", 401), (f"Bearer {second}", 200)):
                by = {"Second-Authorization": header}
                assert client.post("/v1/crossings/booth/override", json=lower, headers=by).status_code == status, header
            told = client.post("/v1/outcomes", json={"crossing_id": "booth", "examined": 0}).json()
            assert told["repeated"] == 1
            assert client.post("/v1/readings", json={"reader": "p1"}).status_code == 422  # the node has no such reader
            row = {"scanner_id": "LRD-1", "event": "down", "at": "2024-03-20T10:00:00Z", "port": "world-trade"}
            for new in (1, 0):
                told = client.post("/v1/scanners/reports", json=row).json()
                assert (told["taken"], told["written"], told["known"]) == (1, new, 1 - new)
            assert client.post("/v1/scanners/reports", json={"scanner_id": "LRD-1"}).status_code == 422
            assert client.post("/v1/filings", json={}).status_code == 404
            nobody = httpx.post(f"{client.base_url}/v1/booth", json={"trip": "booth"}, trust_env=False)
            assert nobody.status_code == 401
            # What the edge keeps says no plate.
            assert not any(b"TR-booth" in stored.body for stored in edge.log.read())
            assert msgspec.json.decode(client.get("/openapi.json").content)["paths"].keys() >= {"/v1/booth", "/v1/edge"}
