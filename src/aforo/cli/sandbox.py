"""`aforo sandbox`: the API for carriers' engineers, over a synthetic log of its own."""

from __future__ import annotations

import logging
import socket
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import typer

from aforo.api.access import Access, Rate
from aforo.api.app import application
from aforo.api.desk import Desk
from aforo.api.front import Front
from aforo.api.sandbox import as_asked, marked
from aforo.api.server import server
from aforo.bootstrap import open_log, save_state
from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import refusals
from aforo.cli.node import node_refusals
from aforo.demo import sandbox as sandboxes
from aforo.demo.sandbox import NoSandboxError, Sandbox
from aforo.log.sequencer import Sequencing
from aforo.log.tokens import Tokens

#: Where it listens unless told otherwise, if nothing else does.
_USUAL_PORT = 8470


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("sandbox")(command)


def command(
    folder: Annotated[Path, typer.Argument(help="A folder of its own: made where there is none.")] = Path("sandbox"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(help="The port to listen on; 8470 unless taken.", min=1, max=65_535)
    ] = None,
    requests: Annotated[float, typer.Option(help="Requests a second that one token may make.", min=0.1)] = 100.0,
    json: Annotated[bool, typer.Option("--json", help="Say where it listens as a line of JSON.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Serve a SYNTHETIC node for carriers' engineers: the same API, a log of its own, every answer on demand.

    It needs no history and no model, and tokens are made for it. Ctrl-C stops it; the folder may be removed then.
    """
    say = Sentences("aforo.demo", lang)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)
    try:
        with terminal.progress(say("sandbox_making")):
            made = sandboxes.prepare(folder)
    except NoSandboxError:
        terminal.fail(say("sandbox_none", folder=folder), to_do=say("sandbox_none_to_do"))
    except OSError as error:
        terminal.fail(say("sandbox_failed", why=error), to_do=say("sandbox_none_to_do"))
    with node_refusals(Sentences("aforo.cli", lang), made.model, made.where), ExitStack() as stack:
        with refusals(made.where.store):
            log = stack.enter_context(open_log(made.where))
            tokens = stack.enter_context(closing(Tokens(made.where.keys)))
        sandboxes.activate_rules(log)
        stack.enter_context(Sequencing(log))
        with Desk(lambda: made.node(log)) as desk:
            number = port or _free(host)
            address = f"http://{host}:{number}"
            front = Front(desk, Access(tokens, Rate(requests, 2 * requests)))
            app = marked(application(front, [as_asked]))
            _tell(made, address, sandboxes.keep_environment(made, address), json, say)
            server(app, host, number).run()
        if desk.node is not None:
            save_state(desk.node)
    terminal.err.print(say("sandbox_ended", folder=folder), markup=False)


def _tell(made: Sandbox, address: str, environment: Path, json: bool, say: Sentences) -> None:
    if json:
        terminal.emit({"synthetic": True, "address": address, "environment": str(environment), "new": made.new})
        return
    terminal.out.print(say("sandbox_notice"), style="bold", markup=False)
    terminal.out.print(say("sandbox_ready", address=address, environment=environment), markup=False)
    terminal.out.file.flush()


def _free(host: str) -> int:
    """The usual port, or where something else listens on it, any."""
    for number in (_USUAL_PORT, 0):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, number))
            except OSError:
                if number == 0:
                    raise
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("the second always gives a port, or says why not")
