"""The command line. Each command is a module here with a `register(app)`; this file lists them."""

from __future__ import annotations

import typer

app = typer.Typer(
    name="aforo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Inspect by risk, and keep the trade moving.",
)

#: Modules of this package that register a command, in the order of the help page.
COMMANDS: tuple[str, ...] = ("world",)


def main() -> None:
    """Entry point of the `aforo` command."""
    from importlib import import_module

    for name in COMMANDS:
        import_module(f"aforo.cli.{name}").register(app)
    app()
