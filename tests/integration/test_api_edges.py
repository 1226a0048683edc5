"""The link between an edge and its node over HTTP, and the edge's own routes."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest
from cut_off import PORT, Bridge
from journeys import Post, truck
from listening import Listening, listening

from aforo.api.access import Access
from aforo.api.edge_app import edge_application
from aforo.api.edge_booth import EdgeFront
from aforo.api.edge_link import EdgeLink, LinkDownError, LinkRefusedError, NodeClient
from aforo.api.server import server
from aforo.flow.edge_node import EdgeNode, Named
from aforo.log.leaves import last_leaf
from aforo.log.sequencer import sequence
from aforo.log.tokens import Tokens

if TYPE_CHECKING:
    from journeys import Learnt


class Seconds:
    """A clock of the link's that stands where it is put."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served"))) as made:
        yield made


@contextmanager
def edge_of(served: Listening, folder: Path, bridge: str) -> Iterator[tuple[EdgeNode, EdgeLink, Tokens, Seconds]]:
    """An edge with its link, which is looked at by hand."""
    text = served.token("port", f"edge at {bridge}", (PORT,))
    clock = Seconds()
    files = Bridge(folder, served.log.clock, served.log, bridge)  # type: ignore[arg-type]
    with files.edge() as edge, closing(Tokens(folder / "keys.sqlite")) as tokens:
        yield edge, EdgeLink(edge, NodeClient(served.address, text), tokens, now=clock), tokens, clock


def file(served: Listening, own: str) -> None:
    assert served.carrier().post("/v1/filings", content=json.dumps(truck(own))).status_code == 200


def test_the_link_fetches_the_bundle_and_hands_in(served: Listening, tmp_path: Path) -> None:
    file(served, "first")
    with edge_of(served, tmp_path / "edge", "One") as (edge, link, tokens, clock):
        link.look()
        assert link.problem == ""
        assert edge.force is not None
        assert edge.find(Named(trip="first"))[1]
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
        assert (own["port"], own["bridge"], own["cursor"] > 0, own["retired"]) == (PORT, "One", True, False)
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


def test_a_node_that_does_not_answer_or_refuses_leaves_the_booth_as_it_is(served: Listening, tmp_path: Path) -> None:
    with edge_of(served, tmp_path / "edge", "Two") as (edge, _, tokens, clock):
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
    officer = served.token("officer", "Luz")
    second = served.token("supervisor", "Eva")
    analyst = served.token("analyst", "Uma")
    with edge_of(served, tmp_path / "edge", "Three") as (edge, link, tokens, _):
        link.look()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        running = server(edge_application(EdgeFront(edge, Access(tokens), link)), "127.0.0.1", port)
        thread = threading.Thread(target=running.run, daemon=True)
        thread.start()
        client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {officer}"}, trust_env=False
        )
        try:
            for _ in range(600):
                try:
                    client.get("/healthz")
                    break
                except httpx.TransportError:
                    threading.Event().wait(0.05)
            assert client.get("/readyz").json()["checks"] == {"log": True, "bundle": True}
            standing = client.get("/v1/edge").json()
            assert (standing["port"], standing["bridge"], len(standing["days"])) == (PORT, "Three", 2)
            for bad in ({}, {"trip": ""}, {"plate": 1}, {"driver": "X"}):
                assert client.post("/v1/booth", json=bad).status_code == 400
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
            assert client.post("/v1/filings", json={}).status_code == 404
            nobody = httpx.post(f"http://127.0.0.1:{port}/v1/booth", json={"trip": "booth"}, trust_env=False)
            assert nobody.status_code == 401
            # What the edge keeps says no plate.
            assert not any(b"TR-booth" in stored.body for stored in edge.log.read())
            assert msgspec.json.decode(client.get("/openapi.json").content)["paths"].keys() >= {"/v1/booth", "/v1/edge"}
        finally:
            client.close()
            running.should_exit = True
            thread.join(30)
