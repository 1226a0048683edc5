"""Prices of a bridge over HTTP: a port in service with tables, an edge that fetches them, and the choices of both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from booth import booth, edge_of
from cut_off import PORT
from journeys import Post, truck
from listening import listening
from priced import book, last, put_in_force, stand

from aforo.domain.edge import EdgeArrived
from aforo.domain.event import Arrived
from aforo.flow.node import Node
from aforo.log.sequencer import sequence
from aforo.settings import Settings

#: Minutes of work that wait at the bridge when the trucks come: from a bridge with room to one that is full.
WAITING = (0.0, 7.0, 12.0, 20.0, 24.0, 60.0)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, post: Post) -> Post:
    """A node's store on either database; an edge's is a file."""
    if request.param == "postgresql":
        post.settings = Settings(str(request.getfixturevalue("emptied_postgres")), post.settings.keys)
    return post


def test_an_edge_decides_by_price_as_its_node_would_have(either: Post, tmp_path: Path) -> None:
    post = either
    with post.log() as log:
        put_in_force(log, book(steep=5.0))
    nodes: list[Node] = []
    with listening(post, opened=nodes.append) as served:
        (node,) = nodes
        # Full when they file: all but those that were drawn are released.
        stand(node, waiting=300.0)
        filings = "\n".join(json.dumps(truck(f"T{number}", declared_empty=number % 2)) for number in range(24))
        assert served.carrier().post("/v1/filings", content=filings).status_code == 200
        released = [f"T{n}" for n in range(24) if last(node.log, f"T{n}").examination == "release"]
        assert len(released) > 18
        officer = served.token("officer", "Luz", (PORT,))
        chosen = []
        with edge_of(served, tmp_path / "edge", "World Trade") as (edge, link, tokens, clock):
            link.look()
            assert edge.missing() == []
            with booth(edge, link, tokens, officer) as client:
                for place, own in enumerate(released):
                    post.clock.move(seconds=2)
                    stand(node, waiting=WAITING[place % len(WAITING)])
                    sequence(edge.log)
                    clock.now += 100
                    link.look()  # what happened before is handed in, and the bundle says how the bridge stands now
                    assert link.problem == ""
                    said = client.post("/v1/booth", json={"trip": own}).json()
                    # The node has not heard of that: it decides the same truck when it is told that it is at the booth.
                    told = served.as_("officer").post(f"/v1/crossings/{own}/arrival", json={"bridge": "world-trade"})
                    assert told.status_code == 200, told.text
                    assert said["examination"] == told.json()["instruction"], own
                    made, would = edge.visits.by_ref[said["visit"]].arrived, last(node.log, own)
                    assert isinstance(made, EdgeArrived)
                    assert made.routing is not None
                    assert would.routing is not None
                    assert (made.value, made.price) == (would.value, would.price)
                    assert (made.routing.backlog, made.routing.up) == (would.routing.backlog, would.routing.up)
                    assert (made.routing.book, made.routing.params) == (would.routing.book, would.routing.params)
                    chosen.append(said["code"])
            sequence(edge.log)
            clock.now += 100
            link.look()
        assert {"edge_priced", "edge_released"} == set(chosen), "the prices let some go and keep some"
        arrived = [stored.event.stream for stored in served.log.read(types=[Arrived.TYPE])]
        assert len(arrived) == len(set(arrived)) == len(released)
