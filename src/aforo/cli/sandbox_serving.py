"""What `aforo sandbox` serves: the API for carriers' engineers, over a synthetic log of its own."""

from __future__ import annotations

import logging
import socket
from contextlib import ExitStack, closing
from pathlib import Path

from aforo.answers.reach import Reach
from aforo.api.access import Access, Rate
from aforo.api.app import application
from aforo.api.custody_weighing import CustodyWeighing
from aforo.api.desk import Desk
from aforo.api.front import Front
from aforo.api.people import People
from aforo.api.sandbox import as_asked, marked
from aforo.api.server import server
from aforo.bootstrap import save_state
from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.cli.log import refusals
from aforo.cli.node import node_refusals
from aforo.demo import sandbox as sandboxes
from aforo.demo.sandbox import NoSandboxError, Sandbox
from aforo.domain import structs
from aforo.flow.alert_watch import AlertWatch
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.delivering import Delivering, Ways
from aforo.flow.own_filings import OwnFilings
from aforo.flow.response_watch import ResponseWatch
from aforo.log.opened import open_log
from aforo.log.sequencer import Sequencing
from aforo.log.tokens import Tokens

#: Where it listens unless told otherwise, if nothing else does.
_USUAL_PORT = 8470


def serve(folder: Path, host: str, port: int | None, requests: float, as_json: bool, lang: str) -> None:
    """Make the sandbox where there is none yet, and serve it until it is stopped; what it does is told on standard
    error."""
    say = Sentences("aforo.demo", lang)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    try:
        terminal.err.print(say("sandbox_making"), markup=False)
        made = sandboxes.prepare(folder)
    except NoSandboxError:
        terminal.fail(say("sandbox_none", folder=folder), to_do=say("sandbox_none_to_do"))
    except OSError as error:
        terminal.fail(say("sandbox_failed", why=error), to_do=say("sandbox_none_to_do"))
    terminal.err.print(say("sandbox_opening"), markup=False)
    structs.make_ready()
    with node_refusals(Sentences("aforo.cli", lang), made.model, made.where), ExitStack() as stack:
        with refusals(made.where.store):
            log = stack.enter_context(open_log(made.where))
            stack.enter_context(log.database.serve(alone=True))
            log.marks = "synthetic"
            tokens = stack.enter_context(closing(Tokens(made.where.keys)))
            people = stack.enter_context(People(made.where.keys))
        sandboxes.activate_rules(log)
        stack.enter_context(Sequencing(log))
        # Whoever tries webhooks listens on this machine, without TLS.
        ways = Ways(Reach(loopback=True))
        stack.enter_context(Delivering(log, sandboxes.law(), tokens.good, ways, sandboxes.ACTOR))
        custody = stack.enter_context(CustodyWatch(log, origin="synthetic")).custody
        stack.enter_context(AlertWatch(log))
        stack.enter_context(ResponseWatch(custody, origin="synthetic"))
        desk = Desk(lambda: made.node(log, custody))
        with desk, CustodyWeighing(desk, log):
            # Taken before it is told: who reads the address may ask at once.
            listening = stack.enter_context(closing(_listening(host, port)))
            number = int(listening.getsockname()[1])
            address = f"http://[{host}]:{number}" if ":" in host else f"http://{host}:{number}"
            own_filings = stack.enter_context(OwnFilings(log))
            access = Access(tokens, Rate(requests, 2 * requests), people)
            front = Front(desk, access, ways, own_filings=own_filings)
            app = marked(application(front, [as_asked]))
            _tell(made, address, sandboxes.keep_environment(made, address), as_json, say)
            server(app, host, number).run(sockets=[listening])
        if desk.node is not None:
            save_state(desk.node)
    terminal.err.print(say("sandbox_ended", folder=folder), markup=False)


def _tell(made: Sandbox, address: str, environment: Path, as_json: bool, say: Sentences) -> None:
    if as_json:
        terminal.emit({"synthetic": True, "address": address, "environment": str(environment), "new": made.new})
        return
    terminal.out.print(say("sandbox_notice"), style="bold", markup=False)
    terminal.out.print(say("sandbox_ready", address=address, environment=environment), markup=False)
    terminal.out.file.flush()


def _listening(host: str, port: int | None) -> socket.socket:
    """A socket that listens on the port; where none is named on the usual one, or if that is taken, on any. Raises
    OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port or _USUAL_PORT), family=family, backlog=128)
    except OSError:
        if port is not None:
            raise
        return socket.create_server((host, 0), family=family, backlog=128)
