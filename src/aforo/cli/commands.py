"""The application: each command is a module of this package with a `register(app)`; this file lists them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module, metadata
from typing import Annotated

import typer

from aforo.cli.wrong_use import Spoken

app = typer.Typer(
    name="aforo",
    cls=Spoken,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Inspect by risk, and keep the trade moving.",
)

#: Modules of this package that register a command, in the order of the help page.
COMMANDS: tuple[str, ...] = (
    "demo",
    "tour",
    "check",
    "learn",
    "screen",
    "serve",
    "edge",
    "watch",
    "sandbox",
    "accounts",
    "tokens",
    "subscriptions",
    "override",
    "outcomes",
    "challenge",
    "alerts",
    "replay",
    "lottery",
    "erase",
    "log",
    "witness",
    "bundle",
    "backup",
    "restore",
    "doctor",
    "twin",
    "plan",
    "world",
    "backtest",
    "pilot",
    "measure",
    "rules",
    "lists",
    "data",
    "port",
    "prices",
    "fleet",
    "seal",
)


@app.callback(invoke_without_command=True)
def aforo(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        typer.echo(metadata.version("aforo"))
        raise typer.Exit


def complete(names: Sequence[str] = COMMANDS) -> typer.Typer:
    """The application with the commands of these modules registered, all of them unless said otherwise."""
    if not (app.registered_commands or app.registered_groups):
        for name in names:
            import_module(f"aforo.cli.{name}").register(app)
    return app


def called(arguments: Sequence[str]) -> Sequence[str]:
    """The commands that a command line needs: only what is called is imported, since others may be slow to load."""
    name = arguments[0].replace("-", "_") if arguments else ""
    return (name,) if name in COMMANDS else () if name == "__version" else COMMANDS
