"""An edge asks its node before it lets a truck go, and waits for no node that does not answer."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from booth import booth, edge_of
from cut_off import PORT
from journeys import Post, truck
from listening import Listening, listening

from aforo.api.edge_link import EdgeLink, LinkDownError, NodeClient
from aforo.flow.edge_bundle import Signed
from aforo.flow.edge_node import Named
from aforo.flow.edge_report import edge_report
from aforo.flow.override import override
from aforo.log.sequencer import sequence

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served"))) as made:
        yield made


def released(served: Listening, own: str) -> None:
    """File a truck that nothing is ordered of."""
    assert served.carrier().post("/v1/filings", content=json.dumps(truck(own))).status_code == 200
    override(served.log, own, "hold", "Ana", "For the test.")
    override(served.log, own, "release", "Ana", "For the test.", "Bea")


def test_a_hold_that_was_set_a_moment_ago_is_not_missed(served: Listening, tmp_path: Path) -> None:
    for own in ("tipped", "again", "free"):
        released(served, own)
    officer = served.token("officer", "Luz", (PORT,))
    with edge_of(served, tmp_path / "edge") as (edge, link, tokens, _):
        link.look()
        assert edge.force is not None
        with booth(edge, link, tokens, officer) as client:
            assert client.post("/v1/booth", json={"plate": "TR-again"}).json()["examination"] == "release"
            for own in ("tipped", "again"):
                override(served.log, own, "hold", "Ana", "A tip.")
                said = client.post("/v1/booth", json={"plate": f"TR-{own}"}).json()
                assert (said["examination"], said["status"]) == ("hold", "held"), own
            assert (said["code"], said["repeated"]) == ("edge_changed", True)
            assert said["reason"]["en"].startswith("Held now")
            assert client.post("/v1/crossings/free/arrival").json()["instruction"] == "release"
        sequence(edge.log)
        link.look()
        assert link.problem == ""
        rows = edge_report(served.log, served.log.clock() - timedelta(hours=1)).rows
        assert {each.crossing: each.missed for each in rows if each.edge == edge.log.origin}["tipped"] is None


def test_a_truck_that_would_go_waits_a_second_for_a_node_that_hangs_and_the_next_one_not_at_all(
    served: Listening, tmp_path: Path
) -> None:
    for own in ("one", "two", "three"):
        released(served, own)
    with edge_of(served, tmp_path / "edge") as (edge, link, tokens, clock):
        link.look()
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
            hung = EdgeLink(edge, NodeClient(url, "aforo_x"), tokens, now=clock)
            waited = []
            for own in ("one", "two"):
                began = time.monotonic()
                assert edge.arrive(Named(trip=own), "Luz", hung.refresh).examination == "release"
                waited.append(time.monotonic() - began)
        assert 0.9 < waited[0] < 2.5
        assert waited[1] < 0.8
        assert hung.problem.startswith("link_down")
        # When a look has heard the node, trucks are asked about again.
        link.refresh()
        link._unheard("link_down slow")
        override(served.log, "three", "hold", "Ana", "A tip.")
        link.look()
        assert link.problem.startswith("link_down"), "not before it is time"
        clock.now += 2
        link.look()
        assert link.problem == ""
        assert edge.arrive(Named(trip="three"), "Luz", link.refresh).examination == "hold"


def test_a_truck_is_not_kept_by_a_look_that_hangs(served: Listening, tmp_path: Path) -> None:
    released(served, "kept")
    with edge_of(served, tmp_path / "edge") as (edge, link, _, _):
        link.look()
        with link._one:
            began = time.monotonic()
            for _ in range(3):
                link.refresh()
            assert time.monotonic() - began < 2.5
        assert link.problem.startswith("link_down")
        assert edge.arrive(Named(trip="kept"), "Luz", link.refresh).examination == "release"


def test_an_edge_that_asks_for_each_truck_still_fetches_what_its_bundle_names(
    served: Listening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released(served, "busy")
    with edge_of(served, tmp_path / "edge") as (edge, link, _, clock):
        link.look()
        fetched: list[float] = []

        def nothing_missing() -> list[str]:
            fetched.append(clock.now)
            return []

        monkeypatch.setattr(edge, "missing", nothing_missing)
        for _ in range(7):
            clock.now += 10
            link.refresh()
            link.look()
        assert len(fetched) > 7, "a look fetched too, though a truck had the bundle renewed ten seconds ago"


def test_what_happened_is_handed_in_though_what_was_asked_for_a_truck_hangs(
    served: Listening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released(served, "hung")
    with edge_of(served, tmp_path / "edge") as (edge, link, _, clock):
        link.look()
        asked, bundle = threading.Event(), link._client.bundle

        def hangs(*args: Any, **named: Any) -> Signed:
            asked.wait(30)
            return bundle(*args, **named)

        with monkeypatch.context() as patched:
            patched.setattr(link._client, "bundle", hangs)
            assert edge.arrive(Named(trip="hung"), "Luz", link.refresh).examination == "release"
        assert link._one.locked()
        sequence(edge.log)
        waits = link.waiting
        assert waits
        clock.now += 120
        began = time.monotonic()
        link.look()
        assert time.monotonic() - began < 8
        assert link.waiting == 0, "the bundle waits for the one that was asked for, and nothing else does"
        assert link.problem == "link_down slow"
        asked.set()
        with link._one:  # it was given back
            pass
        clock.now += 120
        link.look()
        assert link.problem == ""


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"])
def test_an_answer_that_comes_byte_by_byte_is_not_waited_for_for_ever(
    head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aforo.api.edge_link.WHOLE", 1.5)
    done = threading.Event()

    def drip(listener: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.sendall(head or b"HTTP/1.1 200 OK\r\nX: ")
                while not done.wait(0.02):
                    connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        dripping = threading.Thread(target=drip, args=(listener,), daemon=True)
        dripping.start()
        client = NodeClient(f"http://127.0.0.1:{listener.getsockname()[1]}", "aforo_x")
        began = time.monotonic()
        with pytest.raises(LinkDownError, match="slow"):
            client.bundle("aforo/1", "n", None, "", 1.0)
        assert 1.4 < time.monotonic() - began < 8
        done.set()
        dripping.join()
