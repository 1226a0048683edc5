"""What `aforo serve --edge` serves: the booth of a port that decides for itself while it is cut off from its node."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing

from rich.markup import escape

from aforo.api.access import Access, Rate
from aforo.api.edge_app import edge_application
from aforo.api.edge_booth import EdgeFront
from aforo.api.edge_link import EdgeLink, NodeClient
from aforo.api.server import listen, server
from aforo.cli import supervisor, terminal
from aforo.cli.language import Sentences
from aforo.cli.log import refusals
from aforo.flow.edge_bundle import BundleRefusedError
from aforo.flow.edge_node import EdgeNode, Place
from aforo.log.kept_file import KeptFile
from aforo.log.note import NoteError, Verifier
from aforo.log.opened import open_log
from aforo.log.sequencer import Sequencing
from aforo.log.tokens import Tokens
from aforo.settings import Settings, beside_keys

#: The environment's names of what an edge is given: the token of its port, and the node's first key.
TOKEN, NODE_KEY = "AFORO_EDGE_TOKEN", "AFORO_NODE_KEY"


def kept_beside(where: Settings) -> KeptFile:
    """The file of the bundle in force: beside the key store, since it holds secrets."""
    keys = beside_keys(where.keys)
    return KeptFile(keys.with_name(f"{keys.stem}-bundle.json"))


def place_of(bridge: str, key: str | None, say: Sentences) -> Place:
    """Where the edge stands, as the command line says it."""
    port, found, name = bridge.partition("/")
    if not found or not name.strip() or len(port) != 4 or not port.isascii() or not port.isdigit():
        terminal.fail(say("edge_bridge_bad"), where=escape(bridge), to_do=say("edge_bridge_bad_to_do"))
    pinned = key or os.environ.get(NODE_KEY) or ""
    try:
        return Place(port, name.strip(), Verifier.parse(pinned))
    except NoteError:
        terminal.fail(say("edge_node_key"), to_do=say("edge_node_key_to_do"))


def serve_edge(
    url: str, bridge: str, key: str | None, where: Settings, host: str, port: int, requests: float, say: Sentences
) -> None:
    """Serve the booth until it is told to stop; what was answered is in the edge's log."""
    place = place_of(bridge, key, say)
    try:
        client = NodeClient(url, os.environ.get(TOKEN, ""))
    except ValueError:
        terminal.fail(say("edge_url"), where=escape(url), to_do=say("edge_url_to_do"))
    if not os.environ.get(TOKEN):
        terminal.fail(say("edge_token"), to_do=say("edge_token_to_do"))
    try:
        listening = listen(host, port)
    except OSError as error:
        told = say("serve_address", address=f"{host}:{port}", why=error.strerror or error)
        terminal.fail(escape(told), to_do=say("serve_address_to_do"))
    with closing(listening), refusals(where.store), ExitStack() as stack:
        log = stack.enter_context(open_log(where))
        stack.enter_context(log.database.serve(alone=True))
        if log.refusal is not None:
            terminal.fail(
                escape(say("log_refuses", why=log.refusal)), to_do=say("edge_old_copy_to_do"), code=terminal.FOUND
            )
        tokens = stack.enter_context(closing(Tokens(where.keys)))
        try:
            edge = EdgeNode(log, place, kept_beside(where))
        except BundleRefusedError as refused:
            terminal.fail(escape(say.of(refused.text)), code=terminal.FOUND)
        stack.enter_context(Sequencing(log))
        link = stack.enter_context(EdgeLink(edge, client, tokens))
        app = edge_application(EdgeFront(edge, Access(tokens, Rate(requests, 2 * requests)), link))
        terminal.err.print(
            say("edge_ready", bridge=f"{place.port}/{place.bridge}", address=f"http://{host}:{port}"), markup=False
        )
        if edge.force is None:
            terminal.err.print(
                say("edge_to_confirm", edge=log.origin, fingerprint=edge.fingerprint), markup=False, soft_wrap=True
            )
        supervisor.tell("READY=1")
        server(app, host, port).run(sockets=[listening])
        supervisor.tell("STOPPING=1")
    terminal.err.print(say("serve_ended"), markup=False)
