"""`aforo sandbox`: the API for carriers' engineers, over a synthetic log of its own."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences


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
    terminal.err.print(Sentences("aforo.demo", lang)("sandbox_starting", folder=folder), markup=False)
    # What serves is slow to load: whoever waits knows by now what for.
    import_module("aforo.cli.sandbox_serving").serve(folder, host, port, requests, json, lang)
