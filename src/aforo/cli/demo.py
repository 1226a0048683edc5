"""`aforo demo`: a border corridor at work on this machine, live, with a console to look at it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.cli.garbage import no_search_for_cycles
from aforo.cli.language import LanguageOption, Sentences


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("demo")(command)


def command(
    bridge: Annotated[
        list[str] | None, typer.Option("--bridge", help="A bridge to show, by id or name (repeat it); default: five.")
    ] = None,
    border: Annotated[
        bool, typer.Option("--border", help="All bridges of the border: about a truck a second.")
    ] = False,
    speed: Annotated[float, typer.Option(help="How many times as fast as here time goes.", min=1, max=600)] = 1.0,
    folder: Annotated[
        Path | None, typer.Option(help="A folder of its own, kept for the next time; default: in the data folder.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Remove what the demo's folder holds and start afresh.")] = False,
    seed: Annotated[int | None, typer.Option(help="The same seed draws the same world; 7 unless said.", min=0)] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(help="The port to listen on; 8480 unless taken.", min=1, max=65_535)
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="End by itself so many seconds after the first truck.", min=0)
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser where there is one.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Say where it listens as a line of JSON.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Show a SYNTHETIC border corridor at work, live, on this machine: nothing but the package is needed.

    Ctrl-C stops it; the next time it goes on where it was.
    """
    terminal.err.print(Sentences("aforo.demo", lang)("demo_notice"), style="bold", markup=False)
    # What serves is slow to load: whoever waits knows by now what for.
    with no_search_for_cycles():
        serving = import_module("aforo.cli.demo_serving")
    asked = serving.Asked(
        tuple(bridge or ()), border, speed, folder, new, seed, host, port, seconds, browser, json, lang
    )
    serving.serve(asked)
