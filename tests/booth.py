"""An edge with its link, which is looked at by hand, and its server on a free port: for tests that speak HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
from cut_off import PORT, Bridge
from listening import Listening

from aforo.api.access import Access
from aforo.api.edge_app import edge_application
from aforo.api.edge_booth import EdgeFront
from aforo.api.edge_link import EdgeLink, NodeClient
from aforo.api.server import server
from aforo.flow.edge_enrolled import bridge_at, confirm, edges, enrol, retire
from aforo.flow.edge_node import EdgeNode
from aforo.flow.live_bridges import directory_in_use
from aforo.log.tokens import Tokens


class Seconds:
    """A clock of the link's that stands where it is put."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def edge_of(
    served: Listening, folder: Path, bridge: str = "World Trade", *, confirmed: bool = True
) -> Iterator[tuple[EdgeNode, EdgeLink, Tokens, Seconds]]:
    """An edge with its link, in the place of whichever had its bridge; an administrator confirmed it, or it is not even
    enrolled."""
    text = served.token("port", f"edge at {bridge}", (PORT,))
    clock = Seconds()
    files = Bridge(folder, served.log.clock, served.log, bridge)
    with files.edge() as edge, closing(Tokens(folder / "keys.sqlite")) as tokens:
        log, directory = served.log, directory_in_use(served.log)
        for each in edges(log).values():
            if not each.retired and bridge_at(each, directory) == directory.bridge_called(bridge)[1].id:  # type: ignore[index]
                retire(log, each.origin, "Another test's.", "Root")
        if confirmed:
            key = edge.log.keys.signing.current(edge.log.origin).verifier.text
            confirm(log, enrol(log, PORT, bridge, key, "edge", directory).origin, edge.fingerprint, "Root")
        yield edge, EdgeLink(edge, NodeClient(served.address, text), tokens, now=clock), tokens, clock


@contextmanager
def booth(edge: EdgeNode, link: EdgeLink, tokens: Tokens, token: str) -> Iterator[httpx.Client]:
    """The edge's server, and a client with a token."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = server(edge_application(EdgeFront(edge, Access(tokens), link)), "127.0.0.1", port)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as client:
            for _ in range(600):
                try:
                    client.get("/healthz")
                    break
                except httpx.TransportError:
                    threading.Event().wait(0.05)
            yield client
    finally:
        running.should_exit = True
        thread.join(30)
