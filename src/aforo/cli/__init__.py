"""The command line. Each command is a module here with a `register(app)`; this file lists them."""

from __future__ import annotations

from importlib import import_module, metadata
from typing import Annotated

import typer

app = typer.Typer(
    name="aforo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Inspect by risk, and keep the trade moving.",
)

#: Modules of this package that register a command, in the order of the help page.
COMMANDS: tuple[str, ...] = ("check", "screen", "outcomes", "replay", "erase", "log", "world", "measure", "rules")


@app.callback(invoke_without_command=True)
def aforo(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        typer.echo(metadata.version("aforo"))
        raise typer.Exit


def complete_app() -> typer.Typer:
    """The application with every command registered."""
    if not (app.registered_commands or app.registered_groups):
        for name in COMMANDS:
            import_module(f"aforo.cli.{name}").register(app)
    return app


def main() -> None:
    """Entry point of the `aforo` command."""
    complete_app()()
